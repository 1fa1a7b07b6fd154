"""MAC steps of all choices at once: the cost of each source's next tonne.

A choice starts from its cheapest way of removing nothing and moves along the lower convex
hull of its measures. The plain version is `lower_hull` choice by choice; the
compiled one gives the same steps to the last bit and is used for large problems.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from optimize.problem import FloatArray, IntArray

COMPILED_FROM = 50_000
"""Number of measures from which the compiled version is used: below, compiling takes longer."""

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
    kernel = _compiled() if len(choice) >= COMPILED_FROM else plain_hull_steps
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


@cache
def _compiled() -> Callable[[IntArray, FloatArray, FloatArray], Arrays]:
    from optimize.kernels import hull_steps

    return hull_steps
