"""The bridge from tonnes of the optimiser to milligrams of the ledger, adding up exactly.

Every quota is baseline minus reduction. A whole measure removes its own whole milligrams;
of parts the sum is rounded down, and what is then missing to keep a limit is added, one
milligram at a time, to the sources with the largest remainders that it counts. For a letter
the totals are rounded to a unit, and the sources fitted in (`letter.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimize.letter import round_totals
from optimize.problem import AllocationProblem, FloatArray, IntArray, Limit
from permits.quantity import MG_PER_T, t_to_mg

NEAR_MG = 1e-3  # a cut this close below a whole milligram is that one: solver rounding
EXACT_T = 1e6  # below this, tonnes times 1e9 round to the milligram that was meant


@dataclass(frozen=True, slots=True, eq=False)
class Rounded:
    """Whole milligrams per source and pollutant, each (S, P).

    `planned_mg` is what the measures remove; `reduction_mg` differs from it where totals are
    rounded to a unit. `fits` is false where no such rounding keeps the limits: the masses are
    then those to the milligram.
    """

    base_mg: IntArray
    reduction_mg: IntArray
    quota_mg: IntArray
    planned_mg: IntArray
    fits: bool = True


def round_plan(problem: AllocationProblem, share: FloatArray, unit_mg: int = 1) -> Rounded:
    """Round a plan, keeping lower limits to the milligram; its totals to multiples of a unit.

    Args:
        problem: sources, measures and limits.
        share: (M,) how much of each measure is built.
        unit_mg: the unit of the totals of a letter [mg].
    """
    base = masses_mg(problem.base_t)
    planned = _planned(problem, share, base)
    exact = Rounded(base, planned, base - planned, planned)
    if unit_mg == 1:
        return exact
    quota = round_totals(problem, base, exact.quota_mg, unit_mg)
    if quota is None or not _keeps(problem, base, planned, base - quota):
        return Rounded(base, planned, base - planned, planned, fits=False)
    return Rounded(base, base - quota, quota, planned)


def _planned(problem: AllocationProblem, share: FloatArray, base: IntArray) -> IntArray:
    """(S, P) what the measures built remove [mg]."""
    found = np.zeros(base.shape, dtype=np.int64)
    full, part = np.flatnonzero(share == 1.0), np.flatnonzero((share != 0) & (share != 1.0))
    np.add.at(found, problem.source[full], down_mg(problem.removed_t[full]))
    cut = np.zeros(base.shape)
    np.add.at(cut, problem.source[part], share[part, None] * problem.removed_t[part])
    units = cut * MG_PER_T
    # Down, never up: rounding up could exceed a measure or an upper limit.
    whole = np.floor(units + NEAR_MG)
    rest = units - whole
    found = np.minimum(found + whole.astype(np.int64), base)
    # One limit after another: what an earlier one adds counts towards a later one too.
    for limit in problem.limits:
        _make_up(problem, limit, base, found, rest)
    return found


def down_mg(mass_t: FloatArray) -> IntArray:
    """The whole milligrams in each mass; a whole number of them as a float is that number."""
    near, exact = masses_mg(mass_t), mass_t * MG_PER_T
    return near - (near > exact + np.maximum(NEAR_MG, np.spacing(exact)))


def _keeps(
    problem: AllocationProblem, base: IntArray, planned: IntArray, reduction: IntArray
) -> bool:
    """Whether rounding to a unit misses no limit by more than the plan itself does."""
    return all(
        missing_mg(problem, limit, base, reduction) <= missing_mg(problem, limit, base, planned)
        and excess_mg(problem, limit, reduction) <= excess_mg(problem, limit, planned)
        for limit in problem.limits
    )


def masses_mg(mass_t: FloatArray) -> IntArray:
    """Whole milligrams nearest to each mass."""
    found: IntArray = np.rint(np.minimum(mass_t, EXACT_T) * MG_PER_T).astype(np.int64)
    for place in zip(*np.nonzero(mass_t >= EXACT_T), strict=True):
        found[place] = t_to_mg(float(mass_t[place]))
    return found


def in_whole_mg(problem: AllocationProblem) -> bool:
    """Whether all that measures remove is a whole number of milligrams."""
    exact = problem.removed_t * MG_PER_T
    away = np.abs(exact - masses_mg(problem.removed_t))
    return bool((away <= np.maximum(NEAR_MG, np.spacing(exact))).all())


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
        # Parts of measures stand at no more sources than there are limits; each is rounded.
        parts = len(problem.limits)
        near = parts * float(np.abs(counts).max(initial=0.0)) + 1e-12 * abs(needed)
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
    problem: AllocationProblem, limit: Limit, base: IntArray, reduction: IntArray, rest: FloatArray
) -> None:
    """Add what is missing where sources cut in part: a milligram more is within their measures.

    Sources equal in cut and baseline are treated equally, whatever their names.

    Args:
        problem: sources and measures.
        limit: the limit to keep.
        base: (S, P) baselines [mg].
        reduction: (S, P) reductions [mg]; written into.
        rest: (S, P) what was rounded down [mg]; written into.
    """
    p, missing = limit.pollutant, missing_mg(problem, limit, base, reduction)
    if missing <= 0:
        return
    counts = problem.counts(limit)
    partly = (counts > 0) & (rest[:, p] > 0) & (reduction[:, p] < base[:, p])
    rows = np.flatnonzero(partly)
    # Six digits: remainders that differ in the solver's last digits count as equal.
    near, sizes = np.round(rest[rows, p], 6), problem.base_t[rows, p]
    order = np.lexsort((sizes, -near))
    rows, near, sizes = rows[order], near[order], sizes[order]
    last = int(np.searchsorted(np.cumsum(counts[rows]), missing))
    if last < len(rows):
        alike = (near == near[last]) & (sizes == sizes[last])
        rows = rows[: int(np.flatnonzero(alike)[-1]) + 1]
    reduction[rows, p] += 1
    rest[rows, p] = 0.0
