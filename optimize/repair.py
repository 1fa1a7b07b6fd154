"""Repair of the solver's tolerance: what a plan lacks of a lower limit is added exactly.

Twice: in the model, in tonnes, to the half of a milligram; and in the plan of sources, in
whole milligrams, where what is still missing is bought by the cheapest change of one
source's measure.

A solver accepts a limit that is missed by a millionth of its largest measure: grams for
hundreds of tonnes, kilograms for hundreds of thousands. The cheapest further steps close
that; the bound stays the solver's, so the proof is not affected.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimize.curves import HALF_MG_T
from optimize.least_cost import Model
from optimize.problem import AllocationProblem, FloatArray, IntArray
from optimize.rounding import down_mg, round_plan
from permits.quantity import MG_PER_T, t_to_mg
from permits.rng import stream

CHANGES = 50  # of single sources, one after another; more means that the plan was no near miss
FEN_PLACES = 2  # changes whose cost is the same to the fen are drawn by lottery


def repair(model: Model, x: FloatArray) -> FloatArray | None:
    """A plan that keeps every lower limit, from one that nearly does.

    None if no sequence of single steps upwards leads there.
    """
    found = np.round(x) if model.whole else x.copy()
    while (short := shortfall_t(model, found)).any():
        step = _cheapest_step(model, found, int(np.argmax(short > 0)), short)
        if step is None:
            return None
        found += step
    return found


def shortfall_t(model: Model, x: FloatArray) -> FloatArray:
    """(L,) shortfall of each lower limit [t]; less than half a milligram counts as none."""
    low = np.where(np.isfinite(model.low), model.low, -np.inf)
    short: FloatArray = low - model.rows @ x
    near = np.maximum(HALF_MG_T, 1e-15 * np.abs(model.rows) @ x)
    return np.where(short > near, short, 0.0)


def _cheapest_step(model: Model, x: FloatArray, n: int, short: FloatArray) -> FloatArray | None:
    """The step that closes the shortfall of limit `n` at least cost per tonne, or None.

    A step leads from nothing or from one measure to another of its choice, and worsens no
    limit.
    """
    row, best, best_unit = model.rows[n], None, np.inf
    free = model.size - np.bincount(model.choice, weights=x, minlength=len(model.size))
    for to in np.flatnonzero(row > 0).tolist():
        same = np.flatnonzero((model.choice == model.choice[to]) & (row < row[to]) & (x > 0))
        for start in (-1, *same.tolist()):
            gain = row[to] - (row[start] if start >= 0 else 0.0)
            count = short[n] / gain
            count = np.ceil(count) if model.whole else count
            count = min(count, x[start] if start >= 0 else free[model.choice[to]])
            if count <= 0:
                continue
            step = np.zeros(len(x))
            step[to] = count
            if start >= 0:
                step[start] = -count
            unit = float(step @ model.cost) / min(count * gain, short[n])
            if unit < best_unit and _harms_none(model, x + step, short):
                best, best_unit = step, unit
    return best


def _harms_none(model: Model, x: FloatArray, short: FloatArray) -> bool:
    kept = (shortfall_t(model, x) <= short).all()
    return bool(kept and (model.rows @ x <= model.high + HALF_MG_T).all())


# --- whole milligrams ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Changes:
    """From nothing (-1) or one measure of a choice to another; as much as there is of the first."""

    before: IntArray  # (N,)
    after: IntArray  # (N,)
    most: FloatArray  # (N,) members that can change: one, or a part of one
    cost_yuan: FloatArray  # (N,) of a whole change

    def of(self, values: FloatArray | IntArray) -> FloatArray | IntArray:
        """(N,) what a whole change adds of values (M,) of measures."""
        return values[self.after] - np.where(self.before >= 0, values[self.before], 0)


def buy_missing(problem: AllocationProblem, share: FloatArray, seed: int) -> FloatArray | None:
    """A plan (M,) that keeps every limit to the milligram, from one that nearly does.

    What is missing is bought by the cheapest change of one source's measure that fills it;
    where no single one does, by several, each the cheapest per milligram. None if there are
    none.

    Args:
        problem: sources, measures and limits.
        share: (M,) how much of each measure is built.
        seed: of the lot among changes that cost and add the same.
    """
    found = share.copy()
    for _ in range(CHANGES):
        rooms = _rooms(problem, found)
        if all(low >= 0 for _, low, _ in rooms):
            return found
        changes = _find_changes(problem, found)
        best = _best_change(problem, changes, rooms, seed)
        if best is None:
            return None
        n, part = best
        found[changes.after[n]] = min(1.0, found[changes.after[n]] + part)
        if changes.before[n] >= 0:
            found[changes.before[n]] = max(0.0, found[changes.before[n]] - part)
    return None


_Room = tuple[FloatArray | IntArray, float, float]
"""Of a limit: what each measure adds (M,), and how far the plan is from its two ends."""


def _rooms(problem: AllocationProblem, share: FloatArray) -> list[_Room]:
    """Each limit's row and rooms, in whole mg where it counts whole tonnes, else in its units."""
    rounded, found = round_plan(problem, share), []
    for limit in problem.limits:
        p = limit.pollutant
        if limit.weight is None and limit.kinds is None and limit.kind != "cost_max":
            members = problem.member_mask(limit)
            row: FloatArray | IntArray = np.where(
                members[problem.source], down_mg(problem.removed_t[:, p]), 0
            )
            held, amount = int(rounded.reduction_mg[members, p].sum()), t_to_mg(limit.amount_t)
            if limit.kind == "emission_max":
                amount = int(rounded.base_mg[members, p].sum()) - amount
            upper = limit.kind == "reduction_max"
            low, high = (np.inf, amount - held) if upper else (held - amount, np.inf)
        else:
            row = problem.row(limit)
            ends = problem.needed_t(limit)
            reached = float(row @ share)
            # A milligram's worth, or the rounding of the sum: these are no whole numbers.
            near = max(1.0 / MG_PER_T, 1e-12 * abs(reached)) * max(1.0, float(np.abs(row).max()))
            low, high = reached - ends[0] + near, ends[1] - reached + near
        found.append((row, low, high))
    return found


def _find_changes(problem: AllocationProblem, share: FloatArray) -> _Changes:
    choice = problem.choice
    count = int(choice.max(initial=-1)) + 1
    edges = np.searchsorted(choice, np.arange(count + 1))
    free = 1.0 - np.bincount(choice, share, count)
    new = np.flatnonzero((free[choice] > 0) & (share < 1))
    held = np.flatnonzero(share > 0)
    many = (edges[choice[held] + 1] - edges[choice[held]]).astype(np.int64)
    before = np.repeat(held, many)
    place = np.arange(len(before)) - np.repeat(np.cumsum(many) - many, many)
    after = np.repeat(edges[choice[held]], many) + place
    before, after = before[before != after], after[before != after]
    both = np.concatenate([np.full(len(new), -1), before]), np.concatenate([new, after])
    most = np.concatenate([free[choice[new]], share[before]])
    found = _Changes(both[0], both[1], most, np.zeros(0))
    cost = np.asarray(found.of(problem.cost_yuan), dtype=float)
    return _Changes(both[0], both[1], most, cost)


def _best_change(
    problem: AllocationProblem, changes: _Changes, rooms: list[_Room], seed: int
) -> tuple[int, float] | None:
    """The cheapest change that fills what is missing, else the cheapest per milligram."""
    size = np.ones(len(changes.after))
    if problem.divisible:
        size = np.minimum(changes.most, _part_needed(changes, rooms))
    fills = size > 0
    harms, filled = np.zeros(len(size), dtype=bool), np.zeros(len(size))
    for row, low, high in rooms:
        added = changes.of(row) * size if problem.divisible else changes.of(row)
        if low < 0:
            filled += np.clip(added / -low, 0.0, 1.0)
            fills &= low + added >= 0
        harms |= (low + added < min(low, 0.0)) | (high - added < min(high, 0.0))
    able = ~harms & (filled > 0)
    if not able.any():
        return None
    fills &= able
    cost = np.round(changes.cost_yuan * size, FEN_PLACES)
    rows = np.flatnonzero(fills if fills.any() else able)
    value = cost[rows] if fills.any() else changes.cost_yuan[rows] * size[rows] / filled[rows]
    gain = np.asarray(changes.of(problem.removed_t.sum(axis=1)))[rows]
    lot = stream(seed, "missing milligrams").permutation(len(rows))
    n = int(rows[np.lexsort((lot, gain, value))[0]])
    return n, float(size[n])


def _part_needed(changes: _Changes, rooms: list[_Room]) -> FloatArray:
    """(N,) the part of each change that fills every limit that lacks something it adds to."""
    part = np.zeros(len(changes.after))
    for row, low, _ in rooms:
        if low < 0:
            added = np.asarray(changes.of(row), dtype=float)
            needed = np.divide(-low, added, where=added > 0, out=np.zeros_like(added))
            part = np.maximum(part, needed)
    return np.minimum(part * (1 + 1e-12), 1.0)
