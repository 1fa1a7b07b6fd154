"""Equal percentages for classes that differ only in size.

A catalogue gives effects as shares of a baseline and costs per tonne, so sources of one
trade differ only in size. Where a cell is not a single MAC curve a solver would still cut
some of them and not others; taking the mean of its plan changes no sum and no cost.
"""

from __future__ import annotations

import numpy as np

from optimize.classes import mix
from optimize.least_cost import Model
from optimize.problem import FloatArray, IntArray

DIGITS = 12  # digits of a tonne's cost or effect that must agree; dividing by size changes the last


def even_sizes(model: Model, x: FloatArray) -> FloatArray:
    """(N,) a plan by columns, in parts, of the same cost and the same sums as `x` (N,)."""
    if not len(x):
        return x
    begins = np.searchsorted(model.klass, np.arange(len(model.cell)))
    place = np.arange(len(x)) - begins[model.klass]
    family = _families(model, begins, place)[model.klass]
    _, kin = np.unique(np.stack([family, place]), axis=1, return_inverse=True)
    mass = (model.class_size * _size_t(model))[model.klass]
    members = model.class_size[model.klass]
    mean = np.bincount(kin, x / members * mass) / np.bincount(kin, mass)
    found: FloatArray = mean[kin] * members
    return found


def _size_t(model: Model) -> FloatArray:
    """(K,) emission of a member over all pollutants: the measure of its size."""
    total = model.base_t.sum(axis=1)
    return np.where(total > 0, total, 1.0)


def _families(model: Model, begins: IntArray, place: IntArray) -> IntArray:
    """(K,) the family of each class: same cell, and same data per tonne of baseline."""
    size = _size_t(model)
    starts = model.choice - model.choice[begins][model.klass]
    rows = mix(place.astype(np.uint64), starts.astype(np.uint64))
    each = [model.cost, *model.removed.T, *(model.special[n] for n in sorted(model.special))]
    for values in each:
        rows = mix(rows, _bits(values / size[model.klass]))
    sums = np.add.reduceat(rows, begins)
    found = mix(sums, model.cell.astype(np.uint64))
    for base in model.base_t.T:
        found = mix(found, _bits(base / size))
    return np.unique(found, return_inverse=True)[1].astype(np.int64)


def _bits(values: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """The bits of numbers rounded to `DIGITS` digits."""
    part, power = np.frexp(values)
    return np.ldexp(np.round(part, DIGITS), power).view(np.uint64)
