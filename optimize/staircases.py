"""Every source's own cheapest whole choice at a share, as a staircase; the lottery of ties.

A source's choices are its measures, one a slot, or none. Of those that cut at least a share
of its baseline it takes the cheapest, of equally cheap ones the greater cut. As the share
rises it climbs from one choice to the next. All staircases of a problem are found at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimize.problem import (
    AllocationProblem,
    BoolArray,
    FloatArray,
    IntArray,
    order_within,
    running_most,
)
from optimize.rounding import masses_mg
from permits.rng import stream

MOST_CHOICES = 4096
"""Combinations of slots kept of one source, spread evenly by cost, where it has more: a bound
on memory; eight slots of two measures stay below a tenth of it."""
COST_PLACES = 6  # of a yuan: sums of the same costs in another order differ by less
LOTS = 200  # lots whose range is given; more would widen it by little (assumed)
SHUFFLED = 200_000
"""Places shuffled for all lots together: large lots share a shuffled circle, and each begins at
a place of its own. Each one alone is still a uniform lot."""


@dataclass(frozen=True, slots=True, eq=False)
class Staircases:
    """Choices of every source, from its cheapest to its greatest cut.

    `picked` (O, D) has the measure of each slot (-1: none). With several pollutants no choice
    is left out, since one that cuts less of the first may cut more of another.
    """

    owner: IntArray  # (O,) ascending; within a source by cost
    cut_mg: IntArray  # (O, P)
    cost_yuan: FloatArray  # (O,)
    picked: IntArray  # (O, D)
    starts: IntArray  # (S,) the first choice of each source

    @property
    def last(self) -> IntArray:
        """(S,) the last choice of each source."""
        ends: IntArray = np.append(self.starts[1:], len(self.owner)) - 1
        return ends

    def built(self, chosen: IntArray, measures: int) -> FloatArray:
        """(M,) one for each measure of the chosen choices, (S,) one a source.

        Args:
            chosen: (S,) the choice of each source.
            measures: M.
        """
        found, picked = np.zeros(measures), self.picked[chosen].ravel()
        found[picked[picked >= 0]] = 1.0
        return found


def find_staircases(problem: AllocationProblem, pollutants: IntArray) -> Staircases:
    """The staircases of all sources, for one pollutant or, unpruned, for several.

    Args:
        problem: sources and measures.
        pollutants: (P,) the pollutants that are asked for.
    """
    removed = masses_mg(problem.removed_t[:, pollutants])
    count, one = len(problem.sources), len(pollutants) == 1
    slots = _by_slot(problem)
    found = _first_slot(problem, removed, slots[0] if slots else np.zeros(0, dtype=np.int64))
    for n in range(max(1, len(slots))):
        found = _with_slot(found, problem, removed, slots[n]) if n else found
        found = _in_order(found)
        found = _climbing(found) if one else found
        found = _thinned(found, count)
    owner, cut, cost, picked = found
    cut = np.minimum(cut, masses_mg(problem.base_t[:, pollutants])[owner])
    return Staircases(owner, cut, cost, picked, _begins(owner, count)[:-1])


_Choices = tuple[IntArray, IntArray, FloatArray, IntArray]  # owner, cut [mg], cost, picked


def _first_slot(problem: AllocationProblem, removed: IntArray, rows: IntArray) -> _Choices:
    """Doing nothing, and each measure (rows) of the first slot, source by source."""
    count, width = len(problem.sources), removed.shape[1]
    owner = problem.source[rows]
    at = np.arange(len(rows)) + owner + 1
    size = len(rows) + count
    cut, cost = np.zeros((size, width), dtype=np.int64), np.zeros(size)
    picked = np.full((size, 1), -1, dtype=np.int64)
    cut[at], cost[at], picked[at, 0] = removed[rows], problem.cost_yuan[rows], rows
    return np.repeat(np.arange(count), np.bincount(owner, minlength=count) + 1), cut, cost, picked


def _begins(owner: IntArray, count: int) -> IntArray:
    """(count + 1,) where the entries of each owner begin; owners ascend."""
    many = np.bincount(owner, minlength=count)
    return np.concatenate([[0], np.cumsum(many)]).astype(np.int64)


def _by_slot(problem: AllocationProblem) -> list[IntArray]:
    """The measures of every source's first slot, of its second one, and so on."""
    if not len(problem.source):
        return []
    choice = problem.choice
    begins = _begins(problem.source, len(problem.sources))
    place = choice - choice[begins[problem.source]]
    return [np.flatnonzero(place == n) for n in range(int(place.max()) + 1)]


def _with_slot(
    found: _Choices, problem: AllocationProblem, removed: IntArray, rows: IntArray
) -> _Choices:
    """Every choice as it is, and with each measure of one more slot of its source."""
    owner, cut, cost, picked = found
    edges = _begins(owner, len(problem.sources))
    begins = edges[problem.source[rows]]
    many = edges[problem.source[rows] + 1] - begins
    row = np.repeat(rows, many)
    before = np.arange(len(row)) - np.repeat(np.cumsum(many) - many, many)
    old = np.repeat(begins, many) + before
    none = np.full((len(owner), 1), -1, dtype=np.int64)
    longer = np.concatenate([picked, none], axis=1)
    more = np.concatenate([picked[old], row[:, None]], axis=1)
    return (
        np.concatenate([owner, owner[old]]),
        np.concatenate([cut, cut[old] + removed[row]]),
        np.concatenate([cost, np.round(cost[old] + problem.cost_yuan[row], COST_PLACES)]),
        np.concatenate([longer, more]),
    )


def _in_order(found: _Choices) -> _Choices:
    """By source, cost and cut; only sources that are not yet in order are sorted."""
    if (np.diff(found[0]) < 0).any():
        found = _taken(found, np.argsort(found[0], kind="stable"))
    owner, cut, cost, _ = found
    cuts = cut[:, 0] if cut.shape[1] == 1 else cut.sum(axis=1)
    falls = (np.diff(cost) < 0) | ((np.diff(cost) == 0) & (np.diff(cuts) < 0))
    wrong = np.zeros(int(owner.max(initial=-1)) + 1, dtype=bool)
    wrong[owner[1:][falls & (np.diff(owner) == 0)]] = True
    if not wrong.any():
        return found
    rows = np.flatnonzero(wrong[owner])
    order = np.arange(len(owner))
    order[rows] = rows[order_within(owner[rows], (cuts[rows], cost[rows]))]
    return _taken(found, order)


def _taken(found: _Choices, rows: IntArray | BoolArray) -> _Choices:
    owner, cut, cost, picked = found
    return owner[rows], cut[rows], cost[rows], picked[rows]


def _climbing(found: _Choices) -> _Choices:
    """Without choices that another one of the source equals or beats in cut and in cost."""
    owner, cut, cost = found[0], found[1][:, 0], found[2]
    before = np.where(np.diff(owner, prepend=-1) != 0, -1, np.roll(running_most(owner, cut), 1))
    kept = np.flatnonzero(cut > before)
    # Of equal costs the greater cut, which stands later.
    again = (np.diff(owner[kept]) == 0) & (np.diff(cost[kept]) == 0)
    return _taken(found, kept[~np.append(again, False)])


def _thinned(found: _Choices, count: int) -> _Choices:
    """At most `MOST_CHOICES` of each source, its first and last always among them."""
    owner = found[0]
    many = np.bincount(owner, minlength=count)
    if int(many.max(initial=0)) <= MOST_CHOICES:
        return found
    place = np.arange(len(owner)) - (np.cumsum(many) - many)[owner]
    top = np.maximum(many[owner] - 1, 1)
    wide = np.minimum(top, MOST_CHOICES - 1)
    number = place * wide // top
    kept = np.append(number[1:] != number[:-1], True) | (np.diff(owner, append=-1) != 0)
    return _taken(found, np.flatnonzero(kept | (place == 0)))


# --- the tie-breaking lottery ----------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class LotDrawn:
    """Who is drawn by the named lot, and the cost of all lots together [yuan]."""

    taken: BoolArray  # (T,)
    low_yuan: float
    high_yuan: float


def draw(gain: FloatArray | IntArray, cost: FloatArray, need: FloatArray | IntArray, seed: int,
         *names: str) -> LotDrawn:  # fmt: skip
    """Draw as many candidates as the targets need, in the order of a tie-breaking lottery.

    The stream of the lot is named by the seed and the names given, so that anyone can draw it
    again; the candidates stand in the order of their names. All together meet the targets.

    Args:
        gain: (T, L) what each candidate adds to each target.
        cost: (T,) what it costs in addition [yuan].
        need: (L,) what each target still needs.
        seed: of the lot.
        names: what the lot is for.
    """
    size = len(cost)
    circles = int(np.clip(SHUFFLED // max(size, 1), 1, LOTS))
    first = np.zeros(0, dtype=np.int64)
    paid = np.zeros(LOTS)
    for circle in range(circles):
        rng = stream(seed, "tie-breaking lottery", *names, circle)
        order = rng.permutation(size)
        own = np.arange(circle, LOTS, circles)
        begins = np.append(0, rng.integers(0, max(size, 1), len(own) - 1))
        ends = _ends(gain[order], need, begins)
        total = np.concatenate([[0.0], np.cumsum(np.tile(cost[order], 2))])
        paid[own] = total[ends] - total[begins]
        first = order[: ends[0]] if circle == 0 else first
    taken = np.zeros(size, dtype=bool)
    taken[first] = True
    return LotDrawn(taken, float(paid.min()), float(paid.max()))


def _ends(gain: FloatArray | IntArray, need: FloatArray | IntArray, begins: IntArray) -> IntArray:
    """Where each lot that begins at a place of the circle has met every target.

    Args:
        gain: (T, L) what the candidates add, in the circle's order.
        need: (L,) what is needed.
        begins: first place of each lot.
    """
    size = len(gain)
    total = np.concatenate([np.zeros((1, gain.shape[1]), gain.dtype),
                            np.cumsum(np.tile(gain, (2, 1)), axis=0)])  # fmt: skip
    if (gain >= 0).all():
        ends = begins.copy()
        for n in range(len(need)):
            met = np.searchsorted(total[:, n], total[begins, n] + need[n])
            ends = np.maximum(ends, met)
        return np.minimum(ends, begins + size)
    # What adds to one pollutant may take from another: the first end that meets all.
    found = []
    for begin in begins.tolist():
        met = (total[begin : begin + size + 1] - total[begin] >= need).all(axis=1)
        found.append(begin + (int(np.argmax(met)) if met.any() else size))
    return np.array(found, dtype=np.int64)
