"""MAC steps of all choices at once: the cost of each source's next tonne.

A choice starts from its cheapest way of removing nothing and moves along the lower convex
hull of its measures. The plain version is `lower_hull` choice by choice; the one by arrays
and the compiled one give the same steps to the last bit and are used for large problems.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from optimize.problem import FloatArray, IntArray, order_within

BY_ARRAYS_FROM = 200
"""Number of measures from which all choices move at once: below, the plain loop is as fast."""
COMPILED_FROM = 2_000_000
"""Number of measures from which the compiled loop is used: loading it takes a second."""
AT_ONCE = 10_000  # choices: more of them no longer fit into the processor's cache
Arrays = tuple[IntArray, IntArray, FloatArray, FloatArray, IntArray]


@dataclass(frozen=True, slots=True, eq=False)
class HullSteps:
    """Steps choice by choice, cheapest first within each.

    `before` is the column a step leads from (-1: nothing), `after` the one it leads to.
    """

    before: IntArray  # (K,)
    after: IntArray  # (K,)
    mass_t: FloatArray  # (K,) what the step removes, by one member
    unit: FloatArray  # (K,) yuan/t
    choice: IntArray  # (K,) ascending
    start: IntArray  # (C,) the column that each choice starts from (-1: nothing)


def find_steps(choice: IntArray, count: int, removed_t: FloatArray, cost: FloatArray) -> HullSteps:
    """MAC steps of all choices.

    A measure that removes nothing and saves money is the start of its choice.

    Args:
        choice: (N,) choice of each column, ascending.
        count: number of choices; some may have no column.
        removed_t: (N,) reduction by each column [t].
        cost: (N,) its cost [yuan].
    """
    edges = np.searchsorted(choice, np.arange(count + 1)).astype(np.int64)
    kernel: Callable[..., Arrays] = plain_hull_steps if len(choice) < BY_ARRAYS_FROM else hull_steps
    if len(choice) >= COMPILED_FROM:
        from optimize.kernels import compiled_hull_steps

        kernel = compiled_hull_steps
    before, after, mass, unit, start = kernel(edges, removed_t, cost)
    return HullSteps(before, after, mass, unit, choice[after], start)


def plain_hull_steps(edges: IntArray, removed_t: FloatArray, cost: FloatArray) -> Arrays:
    """The reference version: `before, after, mass, unit, start` as in `Steps`.

    Args:
        edges: (C + 1,) columns of choice c are edges[c] to edges[c + 1].
        removed_t: (N,) reduction by each column [t].
        cost: (N,) its cost [yuan].
    """
    rows: list[tuple[int, int, float, float]] = []
    starts = []
    for begin, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        removed, paid = removed_t[begin:end].tolist(), cost[begin:end].tolist()
        idle = [n for n in range(end - begin) if removed[n] == 0 and paid[n] < 0]
        at = min(idle, key=lambda n: paid[n], default=-1)
        at_t, at_cost = 0.0, paid[at] if at >= 0 else 0.0
        starts.append(begin + at if at >= 0 else -1)
        for n in lower_hull(removed, [value - at_cost for value in paid]):
            step_t = removed[n] - at_t
            from_column = begin + at if at >= 0 else -1
            rows.append((from_column, begin + n, step_t, (paid[n] - at_cost) / step_t))
            at, at_t, at_cost = n, removed[n], paid[n]
    before, after, mass, unit = zip(*rows, strict=True) if rows else ((), (), (), ())
    return (
        np.array(before, dtype=np.int64),
        np.array(after, dtype=np.int64),
        np.array(mass, dtype=float),
        np.array(unit, dtype=float),
        np.array(starts, dtype=np.int64),
    )


def lower_hull(removed: Sequence[float], cost: Sequence[float]) -> list[int]:
    """The measures of one slot on its lower convex hull, in order of what they remove.

    The hull of (0, 0) and the points (removed, cost), from the cheapest point upwards:
    measures dominated by another one, or by a mixture, are left out. A measure that
    removes nothing is never on it.
    """
    order = sorted(
        (n for n in range(len(removed)) if removed[n] > 0), key=lambda n: (removed[n], cost[n])
    )
    hull: list[int] = []
    for n in order:
        if hull and removed[n] == removed[hull[-1]]:
            continue
        while hull and _turns_down(removed, cost, hull, n):
            hull.pop()
        hull.append(n)
    return hull


def _turns_down(removed: Sequence[float], cost: Sequence[float], hull: list[int], n: int) -> bool:
    """Whether the last point of the hull lies on or above the line to `n`."""
    x1, y1 = (removed[hull[-2]], cost[hull[-2]]) if len(hull) > 1 else (0.0, 0.0)
    x2, y2 = removed[hull[-1]], cost[hull[-1]]
    return bool((y2 - y1) * (removed[n] - x1) >= (cost[n] - y1) * (x2 - x1))


def hull_steps(edges: IntArray, removed_t: FloatArray, cost: FloatArray) -> Arrays:
    """`plain_hull_steps` by arrays: all choices take their next measure at the same time.

    Args:
        edges: (C + 1,) columns of choice c are edges[c] to edges[c + 1].
        removed_t: (N,) reduction by each column [t].
        cost: (N,) its cost [yuan].
    """
    starts = range(0, len(edges) - 1, AT_ONCE)
    parts = [_steps_of(edges[n : n + AT_ONCE + 1], removed_t, cost) for n in starts]
    if not parts:
        return plain_hull_steps(edges, removed_t, cost)
    before, after, mass, unit, start = (np.concatenate(part) for part in zip(*parts, strict=True))
    return before, after, mass, unit, start


def _steps_of(edges: IntArray, removed_t: FloatArray, cost: FloatArray) -> Arrays:
    """The steps of choices few enough to stay in the processor's cache."""
    own = slice(int(edges[0]), int(edges[-1]))
    removed, paid, count = removed_t[own], cost[own], len(edges) - 1
    choice = np.repeat(np.arange(count), np.diff(edges))
    start = _idle(choice, removed, paid, count)
    at_cost = np.where(start >= 0, paid[start] if len(paid) else 0.0, 0.0)
    points = np.flatnonzero(removed > 0)
    points = points[order_within(choice[points], (paid[points], removed[points]))]
    owner = choice[points]
    x, y = removed[points], paid[points] - at_cost[owner]
    place = np.arange(len(points)) - np.searchsorted(owner, owner)
    width = int(place.max(initial=-1)) + 1
    hull = np.zeros((count, width + 1), dtype=np.int64)  # points of each hull, from place 1 on
    high = np.zeros(count, dtype=np.int64)
    by_place = np.argsort(place, kind="stable")
    ends = np.cumsum(np.bincount(place, minlength=width)).tolist()
    for begin, end in zip([0, *ends], ends, strict=False):
        fresh = by_place[begin:end]
        c = owner[fresh]
        again = (high[c] > 0) & (x[hull[c, high[c]]] == x[fresh])
        fresh, c = fresh[~again], c[~again]
        falling, of = fresh, c
        while len(falling):
            top, below = hull[of, high[of]], hull[of, high[of] - 1]
            first = high[of] < 2  # the hull's first point stands on (0, 0)
            x1, y1 = np.where(first, 0.0, x[below]), np.where(first, 0.0, y[below])
            down = (y[top] - y1) * (x[falling] - x1) >= (y[falling] - y1) * (x[top] - x1)
            down &= high[of] > 0
            falling, of = falling[down], of[down]
            high[of] -= 1
        high[c] += 1
        hull[c, high[c]] = fresh
    kept = np.arange(1, width + 1) <= high[:, None]
    after, of_step = points[hull[:, 1:][kept]], np.repeat(np.arange(count), high)
    opening = np.diff(of_step, prepend=-1) != 0
    previous = np.concatenate([[0], after[:-1]])[: len(after)]
    before = np.where(opening, start[of_step], previous)
    from_t = np.where(opening, 0.0, removed[previous])
    from_cost = np.where(opening, at_cost[of_step], paid[previous])
    mass = removed[after] - from_t
    unit = (paid[after] - from_cost) / mass
    return (
        np.where(before >= 0, before + own.start, -1),
        after + own.start,
        mass,
        unit,
        np.where(start >= 0, start + own.start, -1),
    )


def _idle(choice: IntArray, removed_t: FloatArray, cost: FloatArray, count: int) -> IntArray:
    """(C,) the first column of least cost, below zero, that removes nothing; -1 without one."""
    found = np.full(count, -1)
    idle = np.flatnonzero((removed_t == 0) & (cost < 0))
    idle = idle[np.lexsort((cost[idle], choice[idle]))]
    first = idle[np.diff(choice[idle], prepend=-1) != 0]
    found[choice[first]] = first
    return found
