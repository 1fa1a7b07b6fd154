"""Measures that another one of the same source and slot beats, or a mixture of two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimize.hulls import Steps, find_steps
from optimize.problem import AllocationProblem, BoolArray, FloatArray, IntArray

HALF_FEN = 0.005  # a mixture has to be cheaper by this, or it is as dear
NEAREST = 200
"""With several pollutants a measure is held against so many of its choice, next cheaper."""


@dataclass(frozen=True, slots=True, eq=False)
class Dominated:
    """Beaten measures, ascending, and what beats each.

    `by` is built to `share`; the rest is `mixed` (-1: nothing is built there). What beats
    a measure removes at least as much of every pollutant and is cheaper, or removes more
    and is as cheap. Measures alike in both do not beat each other.
    """

    measure: IntArray  # (D,)
    by: IntArray  # (D,)
    share: FloatArray  # (D,) 1 where one measure beats it by itself
    mixed: IntArray  # (D,)
    cheaper_yuan: FloatArray  # (D,) by how much


def find_dominated(problem: AllocationProblem) -> Dominated:
    """Every beaten measure; by mixtures only where parts of measures are allowed and
    there is one pollutant.

    A limit on how much may be removed, or on a measure, can still make a plan take one.
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
    """(M,) of those as cheap or cheaper, the one that removes most, the cheapest such; -1
    where none beats the measure."""
    removed = removed_t[:, 0]
    order = np.lexsort((-removed, cost, choice))
    levels, rank = np.unique(removed[order], return_inverse=True)
    # Choices stand one after the other, so a running maximum starts anew with each.
    key = choice[order] * (len(levels) + 1) + rank
    before = np.concatenate([[-1], np.maximum.accumulate(key)[:-1]])[: len(key)]
    record = np.where(key > before, np.arange(len(key)), 0)
    place = np.concatenate([[0], np.maximum.accumulate(record)[:-1]])[: len(key)]
    other, own = order[place], order
    beaten = (choice[other] == choice[own]) & (np.arange(len(key)) > 0)
    beaten &= removed[other] >= removed[own]
    beaten &= (cost[other] < cost[own]) | (removed[other] > removed[own])
    found = np.full(len(key), -1, dtype=np.int64)
    found[own[beaten]] = other[beaten]
    return found


def _any_above(choice: IntArray, removed_t: FloatArray, cost: FloatArray) -> IntArray:
    """(M,) the next cheaper measure of the choice that is no worse in any pollutant; -1
    where there is none."""
    order = np.lexsort((*(-removed_t.T), cost, choice))
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
    """The mixture that removes what each measure does at least cost; `by` -1: none."""

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


def _step_of(choice: IntArray, removed: FloatArray, steps: Steps) -> tuple[IntArray, BoolArray]:
    """(M,) the step on which each measure's reduction lies, and whether there is one."""
    levels, rank = np.unique(removed, return_inverse=True)
    wide = len(levels) + 1
    ends = steps.choice * wide + rank[steps.after]
    at = np.searchsorted(ends, choice * wide + rank)
    within = at < len(ends)
    at = np.minimum(at, len(ends) - 1)
    return at, within & (steps.choice[at] == choice) & (removed > 0)
