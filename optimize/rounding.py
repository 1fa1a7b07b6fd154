"""The bridge: tonnes of the optimiser into milligrams of the ledger, adding up exactly.

Every quota is baseline minus reduction. Reductions are rounded down, and what is then
missing to keep a limit is given, a unit at a time, to the sources with the largest
remainders that it counts. A coarser precision (0.01 t) rounds baselines and reductions
to its multiples, so that every printed total is the sum of what is printed above it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from optimize.problem import AllocationProblem, FloatArray, Limit
from permits.quantity import MG_PER_T, t_to_mg

NEAR_MG = 1e-3  # a cut this close below a whole unit, in units, is that unit


@dataclass(frozen=True, slots=True)
class Rounded:
    """Whole milligrams per source and pollutant."""

    base_mg: tuple[tuple[int, ...], ...]
    reduction_mg: tuple[tuple[int, ...], ...]
    quota_mg: tuple[tuple[int, ...], ...]


def round_plan(problem: AllocationProblem, share: FloatArray, unit_mg: int = 1) -> Rounded:
    """Round a plan to multiples of `unit_mg`, keeping lower limits to the milligram."""
    cut = np.zeros(problem.base_t.shape)
    np.add.at(cut, problem.source, share[:, None] * problem.removed_t)
    base = [[_nearest(t_to_mg(value), unit_mg) for value in row] for row in problem.base_t]
    units = cut * (MG_PER_T / unit_mg)
    whole = np.floor(units + NEAR_MG)
    rest = units - whole
    reduction = [[int(value) * unit_mg for value in row] for row in whole]
    for s, row in enumerate(reduction):
        for p, value in enumerate(row):
            reduction[s][p] = min(value, base[s][p])
    for limit in problem.limits:
        _make_up(problem, limit, base, reduction, rest, unit_mg)
    quota = [
        tuple(b - r for b, r in zip(*pair, strict=True))
        for pair in zip(base, reduction, strict=True)
    ]
    return Rounded(tuple(map(tuple, base)), tuple(map(tuple, reduction)), tuple(quota))


def needed_mg(problem: AllocationProblem, limit: Limit, base: list[list[int]]) -> int | None:
    """The least reduction that a limit asks for, in whole mg; None for an upper bound."""
    if limit.kind == "reduction_max":
        return None
    amount = t_to_mg(limit.amount_t)
    if limit.kind == "reduction_min":
        return amount
    mask = problem.member_mask(limit)
    return sum(base[s][limit.pollutant] for s in np.flatnonzero(mask)) - amount


def _make_up(
    problem: AllocationProblem,
    limit: Limit,
    base: list[list[int]],
    reduction: list[list[int]],
    rest: FloatArray,
    unit_mg: int,
) -> None:
    needed, p = needed_mg(problem, limit, base), limit.pollutant
    if needed is None:
        return
    members = np.flatnonzero(problem.member_mask(limit)).tolist()
    short = needed - sum(reduction[s][p] for s in members)
    # Those that cut in part stand first: one unit more is within what they can do.
    # Sources alike in cut and baseline are treated alike, whatever their names.
    by_rest: dict[tuple[float, float], list[int]] = defaultdict(list)
    for s in members:
        if rest[s, p] > 0 and reduction[s][p] + unit_mg <= base[s][p]:
            by_rest[-round(rest[s, p], 6), problem.base_t[s, p]].append(s)
    for _, alike in sorted(by_rest.items()):
        if short <= 0:
            return
        for s in alike:
            reduction[s][p] += unit_mg
            rest[s, p] = 0.0
            short -= unit_mg


def _nearest(mass_mg: int, unit_mg: int) -> int:
    whole, rest = divmod(mass_mg, unit_mg)
    if 2 * rest > unit_mg or (2 * rest == unit_mg and whole % 2):
        whole += 1
    return whole * unit_mg
