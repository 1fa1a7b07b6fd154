"""Dominated measures: another one of the same source and slot, or a mixture, is better."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimize.hulls import HullSteps, find_steps
from optimize.problem import (
    AllocationProblem,
    BoolArray,
    FloatArray,
    IntArray,
    order_within,
    running_most,
)

HALF_FEN = 0.005  # a mixture has to be cheaper by this, or its printed cost is the same
NEAREST = 200
"""With several pollutants, a measure is compared with this many next cheaper of its choice:
comparing all pairs would take time with the square of their number."""


@dataclass(frozen=True, slots=True, eq=False)
class Dominated:
    """Dominated measures, ascending, and what dominates each.

    `by` is built to `share`, the remainder is `mixed` (-1: nothing is built there). It
    removes at least as much of every pollutant and is cheaper, or removes more and is as
    cheap. Measures equal in both do not dominate each other.
    """

    measure: IntArray  # (D,)
    by: IntArray  # (D,)
    share: FloatArray  # (D,) 1 where one measure dominates it by itself
    mixed: IntArray  # (D,)
    cheaper_yuan: FloatArray  # (D,) by how much


def find_dominated(problem: AllocationProblem) -> Dominated:
    """Every dominated measure.

    Mixtures count only where parts of measures are allowed and there is one pollutant. A
    limit on how much may be removed, or on a measure, can still make a plan use one.
    """
    choice = problem.choice
    one = problem.removed_t.shape[1] == 1
    find = _cheapest_above if one else _any_above
    by = find(choice, problem.removed_t, problem.cost_yuan)
    share, mixed = np.ones(len(by)), np.full(len(by), -1, dtype=np.int64)
    paid = np.where(by >= 0, problem.cost_yuan[by], np.inf)
    if one and problem.divisible and (problem.removed_t > 0).any():
        found = _mixtures(choice, problem.removed_t[:, 0], problem.cost_yuan)
        better = (by < 0) & (problem.cost_yuan - found.paid > HALF_FEN) & (found.by >= 0)
        by, share = np.where(better, found.by, by), np.where(better, found.share, share)
        mixed, paid = np.where(better, found.mixed, mixed), np.where(better, found.paid, paid)
    rows = np.flatnonzero(by >= 0)
    cheaper = problem.cost_yuan[rows] - paid[rows]
    return Dominated(rows, by[rows], share[rows], mixed[rows], cheaper)


def _cheapest_above(choice: IntArray, removed_t: FloatArray, cost: FloatArray) -> IntArray:
    """(M,) the measure that dominates each one; -1 where none does.

    Of those that cost no more, the one that removes most, and of these the cheapest.
    """
    removed = removed_t[:, 0]
    order = order_within(choice, (-removed, cost))
    most, differs = running_most(choice, removed[order]), np.diff(choice, prepend=-1) != 0
    before = np.where(differs, -np.inf, np.roll(most, 1))
    record = np.where(removed[order] > before, np.arange(len(order)), 0)
    place = np.concatenate([[0], np.maximum.accumulate(record)[:-1]])[: len(order)]
    other, own = order[place], order
    beaten = (choice[other] == choice[own]) & (np.arange(len(order)) > 0)
    beaten &= removed[other] >= removed[own]
    beaten &= (cost[other] < cost[own]) | (removed[other] > removed[own])
    found = np.full(len(order), -1, dtype=np.int64)
    found[own[beaten]] = other[beaten]
    return found


def _any_above(choice: IntArray, removed_t: FloatArray, cost: FloatArray) -> IntArray:
    """(M,) the next cheaper measure of the choice that dominates each one; -1 where none does.

    It removes no less of any pollutant.
    """
    order = order_within(choice, (*(-removed_t.T), cost))
    sorted_choice = choice[order]
    largest = int(np.bincount(choice).max(initial=0))
    found = np.full(len(order), -1, dtype=np.int64)
    for step in range(1, min(largest, NEAREST + 1)):
        same = np.flatnonzero(sorted_choice[step:] == sorted_choice[:-step]) + step
        own, other = order[same], order[same - step]
        more = (removed_t[other] > removed_t[own]).any(axis=1)
        beaten = (removed_t[other] >= removed_t[own]).all(axis=1)
        beaten &= (more | (cost[other] < cost[own])) & (found[own] < 0)
        found[own[beaten]] = other[beaten]
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Mixtures:
    """The cheapest mixture that removes as much as each measure; `by` -1: none."""

    by: IntArray
    share: FloatArray
    mixed: IntArray
    paid: FloatArray


def _mixtures(choice: IntArray, removed: FloatArray, cost: FloatArray) -> _Mixtures:
    steps = find_steps(choice, int(choice[-1]) + 1, removed, cost)
    step, found = _step_of(choice, removed, steps)
    after = steps.after[step]
    before = steps.before[step]
    from_t = np.where(before >= 0, removed[before], 0.0)
    from_yuan = np.where(before >= 0, cost[before], 0.0)
    share = (removed - from_t) / (removed[after] - from_t)
    paid = from_yuan + share * (cost[after] - from_yuan)
    return _Mixtures(np.where(found, after, -1), share, before, paid)


def _step_of(choice: IntArray, removed: FloatArray, steps: HullSteps) -> tuple[IntArray, BoolArray]:
    """(M,) the step on which each measure's reduction lies, and whether there is one."""
    levels, rank = np.unique(removed, return_inverse=True)
    wide = len(levels) + 1
    ends = steps.choice * wide + rank[steps.after]
    at = np.searchsorted(ends, choice * wide + rank)
    within = at < len(ends)
    at = np.minimum(at, len(ends) - 1)
    return at, within & (steps.choice[at] == choice) & (removed > 0)
