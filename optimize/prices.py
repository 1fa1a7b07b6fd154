"""Shadow prices as intervals: every set of prices that proves the same optimum.

With cells as MAC curves, prices y prove a plan where each cell's own price lies between the
marginal cost of its last tonne and of its next one, and no slack limit has a price. That is
a small polytope; the ends of each price over it are the changes in cost of one tonne less
and one tonne more of its limit.
"""

from __future__ import annotations

import numpy as np

from optimize.cell_curves import Curves
from optimize.curves import HALF_MG_T
from optimize.least_cost import Model
from optimize.problem import BoolArray, FloatArray, IntArray
from optimize.solver import Matrix, Program, solve_program

SAME = 1e-9  # relative: marginal costs this close are one step


def price_intervals(
    model: Model, curves: Curves, cut_t: FloatArray, price: FloatArray
) -> dict[str, tuple[float, float]]:
    """Interval of every limit's shadow price [yuan/t].

    An upper end of infinity means that no further tonne is achievable.

    Args:
        model: the model.
        curves: the MAC curves of its cells.
        cut_t: (G,) cut of each cell in the plan [t].
        price: (L,) one set of prices that proves the plan: used where the search fails.
    """
    found = dict.fromkeys(model.names, (0.0, 0.0))
    tight = np.flatnonzero(find_tight(model, cut_t) & (model.counts != 0).any(axis=1))
    if not len(tight):
        return found
    low, high = curves.margins(cut_t)
    counted = model.counts[tight]
    seen = (counted != 0).any(axis=0)
    low, high, counted = low[seen], high[seen], counted[:, seen]
    allowed = _allowed(model, tight, cut_t)
    known = _only_one(counted, low, high)
    if known is not None:
        ends = np.stack([known, known])
    elif len(tight) == 1:
        ends = _of_one(counted[0], low, high)
    else:
        ends = _ends(counted, low, high, allowed, price[tight])
    ends = np.clip(ends, allowed[0], allowed[1])
    return found | {
        model.names[n]: (float(least), float(most))
        for n, least, most in zip(tight.tolist(), *ends, strict=True)
    }


def find_tight(model: Model, cut_t: FloatArray) -> BoolArray:
    """(L,) the binding limits of a plan."""
    held = model.counts @ cut_t
    near = np.maximum(HALF_MG_T, 1e-12 * np.abs(model.counts) @ np.abs(cut_t))
    return (np.abs(held - model.low) <= near) | (np.abs(held - model.high) <= near)


def _allowed(model: Model, tight: IntArray, cut_t: FloatArray) -> FloatArray:
    """(2, T) bounds on prices by sign: >= 0 for a lower limit, <= 0 for an upper one."""
    low, high = model.low[tight], model.high[tight]
    held = model.counts[tight] @ cut_t
    at_low, both = held - low <= high - held, low == high
    return np.stack([np.where(both | ~at_low, -np.inf, 0.0), np.where(both | at_low, np.inf, 0.0)])


def _only_one(counted: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray | None:
    """The prices, where partly taken steps determine them uniquely; else None."""
    inside = np.isfinite(low) & (high - low <= SAME * np.maximum(1.0, np.abs(low)))
    matrix = counted[:, inside].T
    if np.linalg.matrix_rank(matrix) < len(counted):
        return None
    prices = np.linalg.lstsq(matrix, low[inside], rcond=None)[0]
    return np.asarray(prices, dtype=np.float64)


def _of_one(weight: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """(2, 1) the interval of a single price: the intersection of its cells' intervals."""
    begins, ends = np.sort(np.stack([low / weight, high / weight]), axis=0)
    least, most = float(begins.max()), float(ends.min())
    return np.array([[min(least, most)], [max(least, most)]])


def _ends(
    counted: FloatArray, low: FloatArray, high: FloatArray, allowed: FloatArray, price: FloatArray
) -> FloatArray:
    """(2, T) least and greatest price of each tight limit over all that prove the plan."""
    width = len(counted)
    scale = np.where(np.isfinite(low), low, np.where(np.isfinite(high), high, 0.0))
    give = SAME * np.maximum(1.0, np.abs(scale))
    rows = Matrix.of(counted.T)
    ends = np.empty((2, width))
    for n in range(width):
        for end, sign in enumerate((1.0, -1.0)):
            wanted = np.zeros(width)
            wanted[n] = sign
            answer = solve_program(Program(wanted, rows, low - give, high + give, *allowed))
            # Unbounded: the price is free in that direction.
            ends[end, n] = answer.x[n] if answer.answer == "optimal" else -sign * np.inf
    return np.stack([np.minimum(ends[0], price), np.maximum(ends[1], price)])
