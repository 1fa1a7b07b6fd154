"""The proof of optimality: the Lagrangian bound, recomputed from the data alone.

For prices y on the limits, no plan costs less than

    L(y) = Σ_l (y_l⁺ low_l - y_l⁻ high_l) + Σ_choice n min(0, min_m (cost_m - Σ_l y_l a_lm))

whatever y is, so the proof does not rely on the solver: its prices are only a good y.
For whole measures the bound may be loose; then the solver's own branch and bound is
named as the source of the bound.
"""

from __future__ import annotations

import numpy as np

from optimize.least_cost import Model
from optimize.problem import FloatArray


def lagrangian_bound(model: Model, price: FloatArray) -> float:
    """L(price): a valid lower bound on cost for any prices [yuan]."""
    fixed = priced_limits(model, price)
    if not len(model.first) or fixed == -np.inf:
        return fixed
    return fixed + float(model.size @ np.minimum(best_by_choice(model, price), 0.0))


def priced_limits(model: Model, price: FloatArray) -> float:
    """Value of the limits at prices: Σ y⁺ low - y⁻ high; -inf where a priced end is open."""
    up, down = np.maximum(price, 0.0), np.maximum(-price, 0.0)
    gained, lost = up > 0, down > 0
    if np.isinf(model.low[gained]).any() or np.isinf(model.high[lost]).any():
        return -np.inf
    return float(up[gained] @ model.low[gained]) - float(down[lost] @ model.high[lost])


def reduced_cost(model: Model, price: FloatArray) -> FloatArray:
    """(N,) reduced cost: each column's cost less the value of its reductions [yuan]."""
    # Pollutant by pollutant, so that no (L, N) matrix is built for large models.
    found = model.cost.copy()
    cells = model.cell[model.klass]
    plain = np.array([n not in model.special for n in range(len(model.names))], dtype=bool)
    for p in range(model.removed.shape[1]):
        counted = plain & (model.pollutant == p) & (price != 0)
        if counted.any():
            found -= (price[counted] @ model.counts[counted])[cells] * model.removed[:, p]
    for n, row in model.special.items():
        found -= price[n] * row
    return found


def best_by_choice(model: Model, price: FloatArray) -> FloatArray:
    """(C,) the least reduced cost of each choice's columns [yuan]."""
    starts = np.searchsorted(model.choice, np.arange(len(model.size)))
    best: FloatArray = np.minimum.reduceat(reduced_cost(model, price), starts)
    return best


def relative_gap(cost: float, bound: float) -> float:
    """(cost - bound) / |cost|, at least 0; relative to one yuan where cost is near 0."""
    return max(0.0, cost - bound) / max(abs(cost), 1.0)
