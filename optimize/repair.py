"""Repair of the solver's tolerance: what a plan lacks of a lower limit is added exactly.

A solver accepts a limit that is missed by a millionth of its largest measure: grams for
hundreds of tonnes, kilograms for hundreds of thousands. The cheapest further steps close
that; the bound stays the solver's, so the proof is not affected.
"""

from __future__ import annotations

import numpy as np

from optimize.curves import HALF_MG_T
from optimize.least_cost import Model
from optimize.problem import FloatArray


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
