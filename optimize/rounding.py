"""The bridge from tonnes of the optimiser to milligrams of the ledger, adding up exactly.

Every quota is baseline minus reduction. Reductions are rounded down, and what is then
missing to keep a limit is added, one unit at a time, to the sources with the largest
remainders that it counts. A coarser precision (0.01 t) rounds baselines and reductions
to its multiples, so that every printed total is the sum of what is printed above it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimize.problem import AllocationProblem, FloatArray, IntArray, Limit
from permits.quantity import MG_PER_T, t_to_mg

NEAR_MG = 1e-3  # a cut this close below a whole unit, in units, is that unit: solver rounding
EXACT_T = 1e6  # below this, tonnes times 1e9 round to the milligram that was meant


@dataclass(frozen=True, slots=True, eq=False)
class Rounded:
    """Whole milligrams per source and pollutant, each (S, P)."""

    base_mg: IntArray
    reduction_mg: IntArray
    quota_mg: IntArray


def round_plan(problem: AllocationProblem, share: FloatArray, unit_mg: int = 1) -> Rounded:
    """Round a plan to multiples of a unit, keeping lower limits to the milligram.

    Args:
        problem: sources, measures and limits.
        share: (M,) how much of each measure is built.
        unit_mg: the unit of masses [mg].
    """
    cut = np.zeros(problem.base_t.shape)
    taken = np.flatnonzero(share)
    np.add.at(cut, problem.source[taken], share[taken, None] * problem.removed_t[taken])
    base = _nearest(masses_mg(problem.base_t), unit_mg)
    units = cut * (MG_PER_T / unit_mg)
    # Down, never up: rounding up could exceed a measure or an upper limit.
    whole = np.floor(units + NEAR_MG)
    rest = units - whole
    reduction = np.minimum(whole.astype(np.int64) * unit_mg, base)
    # One limit after another: what an earlier one adds counts towards a later one too.
    for limit in problem.limits:
        _make_up(problem, limit, base, reduction, rest, unit_mg)
    return Rounded(base, reduction, base - reduction)


def masses_mg(mass_t: FloatArray) -> IntArray:
    """Whole milligrams nearest to each mass."""
    found: IntArray = np.rint(np.minimum(mass_t, EXACT_T) * MG_PER_T).astype(np.int64)
    for place in zip(*np.nonzero(mass_t >= EXACT_T), strict=True):
        found[place] = t_to_mg(float(mass_t[place]))
    return found


def missing_mg(
    problem: AllocationProblem, limit: Limit, base_mg: IntArray, reduction_mg: IntArray
) -> int:
    """Shortfall of a rounded plan from the least reduction that a limit requires [mg].

    A limit with weights is checked in its own units times 10⁹; the rounding of its float sum
    is not counted. Nor is a limit on some measures: a rounded cut belongs to a source, and
    no longer to a measure.

    Args:
        problem: sources, measures and limits.
        limit: the limit to check.
        base_mg: (S, P) rounded baselines.
        reduction_mg: (S, P) rounded reductions.
    """
    if limit.kind in ("reduction_max", "cost_max") or limit.kinds is not None:
        return 0
    p, members = limit.pollutant, problem.member_mask(limit)
    if limit.weight is not None:
        counts = problem.counts(limit)
        needed = problem.needed_t(limit)[0] * MG_PER_T
        had = float(counts @ reduction_mg[:, p])
        near = float(np.abs(counts).max(initial=0.0)) + 1e-12 * abs(needed)
        return max(0, int(np.ceil(needed - had))) if needed - had > near else 0
    needed_mg = t_to_mg(limit.amount_t)
    if limit.kind == "emission_max":
        needed_mg = _sum(base_mg[members, p]) - needed_mg
    return max(0, needed_mg - _sum(reduction_mg[members, p]))


def excess_mg(problem: AllocationProblem, limit: Limit, reduction_mg: IntArray) -> int:
    """By how much a rounded plan exceeds the greatest reduction that a limit allows [mg].

    A limit on cost or on some measures is not one on rounded cuts.

    Args:
        problem: sources, measures and limits.
        limit: the limit to check.
        reduction_mg: (S, P) rounded reductions.
    """
    if limit.kind != "reduction_max" or limit.kinds is not None:
        return 0
    p, members = limit.pollutant, problem.member_mask(limit)
    if limit.weight is None:
        return max(0, _sum(reduction_mg[members, p]) - t_to_mg(limit.amount_t))
    counts = problem.counts(limit)
    over = float(counts @ reduction_mg[:, p]) - limit.amount_t * MG_PER_T
    near = float(np.abs(counts) @ reduction_mg[:, p]) * 1e-12 + float(np.abs(counts).max())
    return int(np.ceil(over)) if over > near else 0


def _sum(masses: IntArray) -> int:
    """The sum in whole numbers of any size."""
    # A sum of 64-bit numbers wraps silently: beyond half its range Python's own integers add.
    if len(masses) * int(masses.max(initial=0)) < 2**62:
        return int(masses.sum())
    return sum(masses.tolist())


def _make_up(
    problem: AllocationProblem,
    limit: Limit,
    base: IntArray,
    reduction: IntArray,
    rest: FloatArray,
    unit_mg: int,
) -> None:
    """Add what is missing where sources cut in part: one more unit is within their measures.

    Sources equal in cut and baseline are treated equally, whatever their names.
    """
    p, missing = limit.pollutant, missing_mg(problem, limit, base, reduction)
    if missing <= 0:
        return
    counts = problem.counts(limit)
    partly = (counts > 0) & (rest[:, p] > 0) & (reduction[:, p] + unit_mg <= base[:, p])
    rows = np.flatnonzero(partly)
    # Six digits: remainders that differ in the solver's last digits count as equal.
    near, sizes = np.round(rest[rows, p], 6), problem.base_t[rows, p]
    order = np.lexsort((sizes, -near))
    rows, near, sizes = rows[order], near[order], sizes[order]
    last = int(np.searchsorted(np.cumsum(counts[rows] * unit_mg), missing))
    if last < len(rows):
        alike = (near == near[last]) & (sizes == sizes[last])
        rows = rows[: int(np.flatnonzero(alike)[-1]) + 1]
    reduction[rows, p] += unit_mg
    rest[rows, p] = 0.0


def _nearest(mass_mg: IntArray, unit_mg: int) -> IntArray:
    """The nearest multiple of a unit, half to even."""
    whole, rest = np.divmod(mass_mg, unit_mg)
    up = (2 * rest > unit_mg) | ((2 * rest == unit_mg) & (whole % 2 == 1))
    found: IntArray = (whole + up) * unit_mg
    return found
