"""Compiled loops; a test compares each with the plain version next to its caller.

Compiled code is kept in the user's cache folder, so that only the first large problem
waits for it and an installed package is never written to.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numba
import numpy as np

from optimize.problem import FloatArray, IntArray

_config: Any = numba.config
if not _config.CACHE_DIR:
    _home = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    _config.CACHE_DIR = str(Path(_home or Path.home() / ".cache") / "permits")


@numba.njit(cache=True)
def _hull(
    begin: int, end: int, removed: Any, cost: Any, at_cost: float, order: Any, hull: Any
) -> int:
    """The lower hull of the columns begin to end above (0, at_cost), as in `lower_hull`."""
    count = 0
    for n in range(begin, end):
        if removed[n] > 0:
            place = count
            while place > 0 and (
                removed[order[place - 1]] > removed[n]
                or (removed[order[place - 1]] == removed[n] and cost[order[place - 1]] > cost[n])
            ):
                order[place] = order[place - 1]
                place -= 1
            order[place] = n
            count += 1
    high = 0
    for place in range(count):
        n = order[place]
        if high and removed[n] == removed[hull[high - 1]]:
            continue
        while high:
            x1, y1 = 0.0, 0.0
            if high > 1:
                x1, y1 = removed[hull[high - 2]], cost[hull[high - 2]] - at_cost
            x2, y2 = removed[hull[high - 1]], cost[hull[high - 1]] - at_cost
            if (y2 - y1) * (removed[n] - x1) >= (cost[n] - at_cost - y1) * (x2 - x1):
                high -= 1
            else:
                break
        hull[high] = n
        high += 1
    return high


@numba.njit(cache=True)
def compiled_hull_steps(edges: IntArray, removed: FloatArray, cost: FloatArray) -> Any:
    """`plain_steps` of `hulls.py`, compiled.

    Args:
        edges: (C + 1,) columns of choice c are edges[c] to edges[c + 1].
        removed: (N,) reduction by each column [t].
        cost: (N,) its cost [yuan].
    """
    count, widest = len(edges) - 1, 1
    for c in range(count):
        widest = max(widest, edges[c + 1] - edges[c])
    order, hull = np.empty(widest, np.int64), np.empty(widest, np.int64)
    before, after = np.empty(len(cost), np.int64), np.empty(len(cost), np.int64)
    mass, unit = np.empty(len(cost)), np.empty(len(cost))
    starts = np.empty(count, np.int64)
    k = 0
    for c in range(count):
        at, at_t, at_cost = -1, 0.0, 0.0
        for n in range(edges[c], edges[c + 1]):
            if removed[n] == 0 and cost[n] < at_cost:
                at, at_cost = n, cost[n]
        starts[c] = at
        high = _hull(edges[c], edges[c + 1], removed, cost, at_cost, order, hull)
        for h in range(high):
            n = hull[h]
            before[k], after[k] = at, n
            mass[k] = removed[n] - at_t
            unit[k] = (cost[n] - at_cost) / mass[k]
            at, at_t, at_cost = n, removed[n], cost[n]
            k += 1
    return before[:k].copy(), after[:k].copy(), mass[:k].copy(), unit[:k].copy(), starts
