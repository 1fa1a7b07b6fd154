"""The nearest plan for conflicting limits: how far each limit must be relaxed.

For each limit of a conflict: how far it would have to be relaxed by itself, the others
kept; and how far all of them if each is relaxed by the same share of what it requires. The
plan at those shares is the nearest one. Disjoint conflicts are reported one by one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from optimize.allocate import solve_allocation
from optimize.engine import EXACT_COLUMNS, relax, solve
from optimize.infeasible import ANY, EXACT, NEARLY, further_conflicts
from optimize.least_cost import Model, build_model
from optimize.problem import Allocation, AllocationProblem, FloatArray, Limit
from permits.errors import InputError

HALVINGS = 30  # of the share: to one part in 10⁹, as `_least` rounds it
STEP = 1e-4  # further relaxation of all, where whole measures do not fit what parts did
TRIES = 12  # such steps before giving up: assumed


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """Relaxed limits at which a plan exists, amounts in their own units [t, or yuan].

    `conflicts` are disjoint. `alone` is the amount at which a limit can hold if it is the
    only one of its conflict to be relaxed; `None` where the others cannot hold even then.
    `together` are the amounts if each limit of a conflict is relaxed by the same share
    (`shares`, by limit) of what it requires; `plan` is the least-cost plan at those.
    """

    conflicts: tuple[tuple[str, ...], ...]
    alone: Mapping[str, float | None]
    shares: Mapping[str, float]
    together: Mapping[str, float]
    plan: Allocation


def find_nearest(
    problem: AllocationProblem, conflict: Sequence[str], *, seed: int = 0, unit_mg: int = 1
) -> Nearest | None:
    """Find the smallest equal relaxation of conflicting limits at which a plan exists.

    Every conflict is relaxed by itself, together with the limits that are in none; where the
    limits then still cannot hold together, all are relaxed further. None where no relaxation
    is enough.

    Args:
        problem: sources, measures and limits.
        conflict: names of the limits in a first conflict.
        seed: of the tie-breaking lottery.
        unit_mg: precision of quotas [mg].
    """
    model = build_model(problem)
    first = [n for n, name in enumerate(model.names) if name in set(conflict)]
    conflicts, needs = further_conflicts(model, first), _needs(model)
    given = {n for own in conflicts for n in own}
    sound = [n for n in range(len(model.names)) if n not in given]
    alone: dict[str, float | None] = {}
    share = np.zeros(len(model.names))
    for own in conflicts:
        kept, gives = sorted([*own, *sound]), np.isin(np.arange(len(share)), own).astype(float)
        alone |= {model.names[n]: _alone(problem, model, n, kept) for n in own}
        share += gives * _least(model, kept, needs, np.zeros(len(share)), gives)
    eased = _eased(model, needs, share, given)
    if eased is None:
        return None
    for _ in range(TRIES):
        limits = _given(problem, needs, eased)
        plan = _solved(replace(problem, limits=limits), seed, unit_mg)
        if plan is not None:
            gave = [n for n in range(len(model.names)) if n in given or eased[n] > 0]
            return Nearest(
                conflicts=tuple(tuple(model.names[n] for n in own) for own in conflicts),
                alone=alone,
                shares={model.names[n]: float(eased[n]) for n in gave},
                together={model.names[n]: limits[n].amount_t for n in gave},
                plan=plan,
            )
        eased = np.where(eased > 0, np.minimum(1.0, eased + STEP), 0.0)
    return None


def _eased(
    model: Model, needs: FloatArray, share: FloatArray, given: Collection[int]
) -> FloatArray | None:
    """(L,) shares near those found conflict by conflict at which all limits hold."""
    # First only limits in a conflict are relaxed further; sound ones only if that fails.
    everyone = list(range(len(share)))
    for giving in (sorted(given), everyone):
        room = np.where(np.isin(everyone, giving), 1 - share, 0.0)
        if _can_hold(model, everyone, needs, share + room):
            return share + room * _least(model, everyone, needs, share, room)
    return None


def _least(
    model: Model, kept: Sequence[int], needs: FloatArray, share: FloatArray, room: FloatArray
) -> float:
    """Least part of the remaining `room`, beyond `share`, at which a plan exists.

    Rounded up to one part in 10⁹; 1 where nothing less is enough.
    """
    if _can_hold(model, kept, needs, share):
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        held = _can_hold(model, kept, needs, share + middle * room)
        low, high = (low, middle) if held else (middle, high)
    return min(1.0, ceil(high * 1e9) / 1e9)


def _solved(problem: AllocationProblem, seed: int, unit_mg: int) -> Allocation | None:
    """The plan; None where none exists, or none of whole measures was found."""
    try:
        plan = solve_allocation(problem, seed=seed, unit_mg=unit_mg)
    except InputError:
        return None
    return None if plan.status == "infeasible" else plan


def _needs(model: Model) -> FloatArray:
    """(L,) the amount of each limit of which shares are relaxed.

    The cut that a lower limit requires; the amount that an upper one allows, or, where that
    is nothing, everything it counts.
    """
    found = np.abs(np.where(np.isfinite(model.low), model.low, model.high))
    for n in np.flatnonzero(found == 0):
        found[n] = np.abs(model.row(int(n)) * model.size[model.choice]).sum()
    return found


def _can_hold(model: Model, kept: Sequence[int], needs: FloatArray, share: FloatArray) -> bool:
    """Whether a plan keeps some limits once each is relaxed by a share (L,) of its amount.

    Large problems are checked in parts of measures; whole ones are tried by the caller.
    """
    eased = replace(model, low=model.low - share * needs, high=model.high + share * needs)
    free = replace(eased.with_limits(kept), cost=np.zeros(len(model.cost)))
    if not model.whole or len(model.first) > EXACT_COLUMNS:
        return relax(free, ANY).answer == "optimal"
    return solve(free, ANY).answer in ("optimal", "feasible")


def _given(problem: AllocationProblem, needs: FloatArray, share: FloatArray) -> tuple[Limit, ...]:
    """The limits, each relaxed by its share."""
    limits = list(problem.limits)
    for n in np.flatnonzero(share).tolist():
        eased = float(share[n] * needs[n])
        more = limits[n].kind != "reduction_min"
        limits[n] = replace(limits[n], amount_t=limits[n].amount_t + (eased if more else -eased))
    return tuple(limits)


def _alone(problem: AllocationProblem, model: Model, n: int, kept: Sequence[int]) -> float | None:
    """The amount at which a limit can hold if it is the only one relaxed."""
    limit, row = problem.limits[n], model.row(n)
    others = model.with_limits([k for k in kept if k != n])
    upwards = limit.kind in ("reduction_min", "emission_max")
    patience = EXACT if len(model.first) <= EXACT_COLUMNS else NEARLY
    best = solve(replace(others, cost=-row if upwards else row), patience)
    if best.answer not in ("optimal", "feasible"):
        return None
    reached = float(row @ best.x)
    if limit.kind != "emission_max":
        return reached
    return float(problem.counts(limit) @ problem.base_t[:, limit.pollutant]) - reached
