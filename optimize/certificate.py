"""The proof: a bound that any prices give, recomputed from the data alone.

For prices y on the limits, no plan costs less than

    L(y) = Σ_l (y_l⁺ low_l - y_l⁻ high_l) + Σ_choice n min(0, min_m (cost_m - Σ_l y_l a_lm))

whatever y is, so the solver's word is not needed for it: its prices are only a good y.
For whole measures the bound may be loose; then the solver's own branch and bound is
named as its source.
"""

from __future__ import annotations

import numpy as np

from optimize.least_cost import Model
from optimize.problem import FloatArray


def lagrangian_bound(model: Model, price: FloatArray) -> float:
    """L(price): a valid lower bound on cost for any prices [yuan]."""
    up, down = np.maximum(price, 0.0), np.maximum(-price, 0.0)
    fixed = float((up[up > 0] * model.low[up > 0]).sum())
    fixed -= float((down[down > 0] * model.high[down > 0]).sum())
    if np.isnan(fixed) or np.isinf(fixed):
        return -np.inf
    reduced = model.cost - price @ model.rows
    best = np.zeros(len(model.size))
    np.minimum.at(best, model.choice, reduced)
    return fixed + float((model.size * best).sum())


def relative_gap(cost: float, bound: float) -> float:
    """(cost - bound) / |cost|, never below 0; against one yuan where cost is near 0."""
    return max(0.0, cost - bound) / max(abs(cost), 1.0)
