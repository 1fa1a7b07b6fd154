"""The nearest plan where limits cannot hold together: how much each would have to give.

Each limit of the conflict is asked how far it would have to give alone, the others kept,
and how far all would if each gave the same share of what it asks. The plan at that share
is the nearest one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimize.allocate import solve_allocation
from optimize.engine import EXACT_COLUMNS, relax, solve
from optimize.infeasible import ANY, EXACT, NEARLY
from optimize.least_cost import Model, build_model
from optimize.problem import Allocation, AllocationProblem, FloatArray, Limit
from permits.errors import InputError

HALVINGS = 40
STEP = 1e-4  # how much more all give where whole measures do not fit what parts did
TRIES = 12


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """What would have to give, amounts in the limits' own units [t, or yuan].

    `alone` is the amount at which a limit can hold if it alone gives; `None` where the
    others cannot hold even then. `together` are the amounts if each gives the same
    `share` of what it asks for; `plan` is least cost at those.
    """

    alone: Mapping[str, float | None]
    share: float
    together: Mapping[str, float]
    plan: Allocation


def find_nearest(
    problem: AllocationProblem, conflict: Sequence[str], *, seed: int = 0, unit_mg: int = 1
) -> Nearest | None:
    """What the limits of a conflict would have to give for a plan to exist.

    Every conflict is found in turn: where the limits left over cannot hold either, those
    of the next conflict give with the first. None where nothing that gives is enough.
    """
    model = build_model(problem)
    giving = [n for n, name in enumerate(model.names) if name in set(conflict)]
    needs = _needs(model)
    alone = {model.names[n]: _alone(problem, model, n) for n in giving}
    if not _can_hold(model, giving, needs, 1.0):
        giving = list(range(len(model.names)))
        if not _can_hold(model, giving, needs, 1.0):
            return None
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if _can_hold(model, giving, needs, middle) else (middle, high)
    for _ in range(TRIES):
        limits = _given(problem, giving, needs, high)
        plan = _solved(replace(problem, limits=limits), seed, unit_mg)
        if plan is not None:
            amounts = {limits[n].name: limits[n].amount_t for n in giving}
            return Nearest(alone, high, amounts, plan)
        high = min(1.0, high + STEP)
    return None


def _solved(problem: AllocationProblem, seed: int, unit_mg: int) -> Allocation | None:
    """The plan; None where there is none, or none of whole measures was found."""
    try:
        plan = solve_allocation(problem, seed=seed, unit_mg=unit_mg)
    except InputError:
        return None
    return None if plan.status == "infeasible" else plan


def _needs(model: Model) -> FloatArray:
    """(L,) what each limit asks for, so that shares of it can be given up: the cut of a
    lower limit; of an upper one what it allows, or where that is nothing all there is."""
    found = np.where(np.isfinite(model.low), model.low, np.abs(model.high))
    for n in np.flatnonzero(found == 0):
        found[n] = np.abs(model.row(int(n)) * model.size[model.choice]).sum()
    return found


def _can_hold(model: Model, giving: Sequence[int], needs: FloatArray, share: float) -> bool:
    """Whether a plan exists once some limits give a share of what they ask; in a large
    problem whole measures are left to be tried."""
    low, high = model.low.copy(), model.high.copy()
    low[giving] -= share * needs[giving]
    high[giving] += share * needs[giving]
    free = replace(model, low=low, high=high, cost=np.zeros(len(model.cost)))
    if not model.whole or len(model.first) > EXACT_COLUMNS:
        return relax(free, ANY).answer == "optimal"
    return solve(free, ANY).answer in ("optimal", "feasible")


def _given(
    problem: AllocationProblem, giving: Sequence[int], needs: FloatArray, share: float
) -> tuple[Limit, ...]:
    """The limits, some of them a share easier."""
    limits = list(problem.limits)
    for n in giving:
        eased = share * float(needs[n])
        more = limits[n].kind != "reduction_min"
        limits[n] = replace(limits[n], amount_t=limits[n].amount_t + (eased if more else -eased))
    return tuple(limits)


def _alone(problem: AllocationProblem, model: Model, n: int) -> float | None:
    """The amount at which a limit can hold if it alone gives."""
    limit, row = problem.limits[n], model.row(n)
    others = model.with_limits([k for k in range(len(model.names)) if k != n])
    upwards = limit.kind in ("reduction_min", "emission_max")
    patience = EXACT if len(model.first) <= EXACT_COLUMNS else NEARLY
    best = solve(replace(others, cost=-row if upwards else row), patience)
    if best.answer not in ("optimal", "feasible"):
        return None
    reached = float(row @ best.x)
    if limit.kind != "emission_max":
        return reached
    return float(problem.counts(limit) @ problem.base_t[:, limit.pollutant]) - reached
