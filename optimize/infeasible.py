"""Conflicting limits, and the greatest achievable reduction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimize.cell_curves import fits_curves
from optimize.decompose import solve_cells
from optimize.engine import EXACT_COLUMNS, relax, solve
from optimize.least_cost import Model, build_model
from optimize.problem import AllocationProblem, FloatArray
from optimize.rounding import NEAR_MG, down_mg, masses_mg
from optimize.solver import Patience
from permits.quantity import MG_PER_T, t_to_mg

ANY = Patience(gap=1e9)  # any plan is enough: only its existence matters
EXACT = Patience(gap=1e-9)
NEARLY = Patience(gap=2e-4, nodes=2000)
"""The greatest reduction under upper limits is a packing problem: beyond small models the best
one found stands for it, within this gap."""


def find_conflict(problem: AllocationProblem) -> tuple[str, ...]:
    """An irreducible set of conflicting limits: without any one of them the others can hold."""
    model = build_model(problem)
    return tuple(model.names[n] for n in smallest_conflict(model, range(len(model.names))))


def smallest_conflict(model: Model, limits: Sequence[int]) -> list[int]:
    """An irreducible conflict among limits that cannot all hold.

    Each limit is left out in turn (deletion filter), and stays out where the remaining ones
    still cannot hold. So the order of `limits` decides which conflict is found.
    """
    kept = list(limits)
    for candidate in list(kept):
        rest = [n for n in kept if n != candidate]
        if not can_hold(model, rest):
            kept = rest
    return kept


def further_conflicts(model: Model, first: Sequence[int]) -> list[list[int]]:
    """All disjoint conflicts: one after another, until the remaining limits can hold."""
    found = [list(first)]
    rest = [n for n in range(len(model.names)) if n not in set(first)]
    while not can_hold(model, rest):
        found.append(smallest_conflict(model, rest))
        rest = [n for n in rest if n not in set(found[-1])]
    return found


def can_hold(model: Model, limits: list[int]) -> bool:
    """Whether some plan keeps these limits."""
    free = replace(model.with_limits(limits), cost=np.zeros(len(model.cost)))
    if relax(free, ANY).answer != "optimal":
        return False
    return not free.whole or solve(free, ANY).answer in ("optimal", "feasible")


def greatest_reduction_t(
    problem: AllocationProblem, model: Model, patience: Patience = EXACT
) -> FloatArray:
    """(P,) the greatest reduction of each pollutant by itself, upper limits kept [t].

    Args:
        problem: sources, measures and limits.
        model: the model of the problem.
        patience: its time limit, shared among the pollutants, and its `stopped` count.
    """
    upper = np.flatnonzero(np.isfinite(model.high)).tolist()
    if not upper:
        return _most(problem)
    model = replace(model.with_limits(upper), low=np.full(len(upper), -np.inf))
    if not model.whole and len(problem.pollutants) == 1 and fits_curves(model):
        cells = solve_cells(replace(model, cost=-model.removed[:, 0]))
        return np.array([float(cells.cut_t.sum())])
    found = []
    waiting = NEARLY if len(model.first) > EXACT_COLUMNS else EXACT
    if patience.seconds is not None:
        # A quarter of the time in all: the bound is reported alongside the plan, which needs it.
        waiting = replace(waiting, seconds=patience.seconds / (4 * len(problem.pollutants)))
    waiting = replace(waiting, stopped=patience.stopped, until=patience.until)
    for p in range(len(problem.pollutants)):
        gains = model.removed[:, p]
        best = solve(replace(model, cost=-gains), waiting)
        found.append(float(gains @ best.x))
    return np.array(found)


def beyond_all(problem: AllocationProblem) -> tuple[str, ...]:
    """Names of the limits that ask for more than their sources can remove, in whole mg.

    What a solver accepts within its tolerance does not count. Of emissions that are no whole
    milligrams the rounding is allowed, at most one for each source and slot.
    """
    if not len(problem.source):
        return ()
    exact = problem.removed_t * MG_PER_T
    # Rounded up, but a whole number of milligrams as a float is that number.
    most_mg = masses_mg(problem.removed_t)
    most_mg += (most_mg < exact - np.maximum(NEAR_MG, np.spacing(exact))).astype(np.int64)
    starts = np.flatnonzero(np.diff(problem.choice, prepend=-1))
    best = np.maximum.reduceat(most_mg, starts)
    owner = problem.source[starts]
    base = masses_mg(problem.base_t)
    found = []
    for limit in problem.limits:
        low = limit.kind in ("reduction_min", "emission_max")
        if not low or limit.weight is not None or limit.kinds is not None:
            continue
        members = problem.member_mask(limit)
        needed = t_to_mg(limit.amount_t)
        if limit.kind == "emission_max":
            needed = int(base[members, limit.pollutant].sum()) - needed
        if needed > int(best[members[owner], limit.pollutant].sum()):
            found.append(limit.name)
    return tuple(found)


def most_mg(problem: AllocationProblem, pollutant: int) -> int:
    """The greatest reduction of a pollutant if nothing holds it back, in whole mg.

    Args:
        problem: sources and measures.
        pollutant: index of the pollutant.
    """
    return int(_best(problem, down_mg(problem.removed_t[:, pollutant])).sum())


def most_of_limit_t(problem: AllocationProblem, name: str) -> float:
    """The greatest reduction among the sources that one limit counts [t]."""
    limit = next(limit for limit in problem.limits if limit.name == name)
    return float(_best(problem, problem.row(limit)).sum())


def _most(problem: AllocationProblem) -> FloatArray:
    width = range(len(problem.pollutants))
    return np.array([float(_best(problem, problem.removed_t[:, p]).sum()) for p in width])


def _best(problem: AllocationProblem, removed: NDArray[Any]) -> NDArray[Any]:
    """(C,) the most that each choice removes, in the unit of `removed` (M,)."""
    if not len(removed):
        return removed
    starts = np.flatnonzero(np.diff(problem.choice, prepend=-1))
    best: NDArray[Any] = np.maximum(np.maximum.reduceat(removed, starts), 0)
    return best
