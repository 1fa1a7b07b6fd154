"""Egalitarian tie-breaking (water-filling) among plans of equal cost, for divisible measures.

At the prices that prove a plan each cell has steps that must be taken, steps that must
not, and steps whose cost equals their value: these are open. Among all ways of taking them
that keep the limits, the one with the least sum of baseline × share cut² is unique, so
neither a name nor the solver's path decides it. It cuts every source of a cell to one
percentage (the level), as far as each can go, and that level is the sum of one multiplier
per limit. The multipliers are found limit by limit, or by descent on the dual where that
takes too long, and by Newton steps on all together once they are near.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from optimize.cell_curves import Curves
from optimize.curves import HALF_MG_T
from optimize.least_cost import Model
from optimize.problem import BoolArray, FloatArray, IntArray

SAME_PRICE = 1e-9  # relative: steps this close to their cell's price are open
# Sweeps limit by limit before descent takes over, all sweeps, and halvings of one multiplier:
# assumed; limits that do not work against each other need two or three sweeps.
PATIENCE, SWEEPS, TRIES = 20, 40, 100
NEAR_PRICE = 1e-6  # relative: how far a price may lie from the cost of its partly taken step
EXACT = 1e-14  # relative: sums this close are equal up to rounding


@dataclass(frozen=True, slots=True, eq=False)
class _Open:
    """Classes with open steps, and what the limits require of the open steps."""

    cell: IntArray  # (K,)
    base_t: FloatArray  # (K,) of one member
    done_t: FloatArray  # (K,) what one member cuts before any open step
    spare_t: FloatArray  # (K,) what its open steps would add
    members: FloatArray  # (K,)
    counts: FloatArray  # (L, G)
    low: FloatArray  # (L,) what open steps must add at least
    high: FloatArray  # (L,)
    rounding_t: float  # change of a sum over all cuts with the order of its terms

    def extra_t(self, level: FloatArray) -> FloatArray:
        """(K,) added cut per member where its cell is cut to `level` (G,), a share of baselines."""
        found: FloatArray = np.clip(level[self.cell] * self.base_t - self.done_t, 0.0, self.spare_t)
        return found

    def nearly_all(self, extra_t: FloatArray) -> FloatArray:
        """(K,) added cut per member, completed where only the rounding of sums is left."""
        left = self.members * (self.spare_t - extra_t)
        return np.where(left <= self.rounding_t, self.spare_t, extra_t)

    def held(self, level: FloatArray) -> FloatArray:
        """(L,) what the open steps add to each limit."""
        extra = self.members * self.extra_t(level)
        found: FloatArray = self.counts @ np.bincount(self.cell, extra, self.counts.shape[1])
        return found

    def slope(self, level: FloatArray) -> FloatArray:
        """(G,) derivative of a cell's cut by its level [t]."""
        extra = level[self.cell] * self.base_t - self.done_t
        moves = (extra > 0) & (extra < self.spare_t)
        gain = self.members * self.base_t * moves
        return np.bincount(self.cell, gain, self.counts.shape[1]).astype(float)


def even_steps(
    model: Model, curves: Curves, cut_t: FloatArray, price: FloatArray
) -> FloatArray | None:
    """(T,) share of each step that the egalitarian plan takes.

    None where the prices are too inexact to determine which steps are open.

    Args:
        model: the model.
        curves: the MAC curves of its cells.
        cut_t: (G,) cut of each cell in some least-cost plan [t].
        price: (L,) prices that prove it [yuan/t].
    """
    steps = curves.steps
    klass = model.klass[steps.after]
    cell = model.cell[klass]
    at, near = _cell_prices(model, curves, cut_t, price)
    below = steps.unit < (at - near)[cell]
    opened = np.flatnonzero(~below & (steps.unit <= (at + near)[cell]))
    taken = below.astype(float)
    if not len(opened):
        return taken
    classes = np.unique(klass[opened])
    found = _open(model, curves, price, classes, below, opened)
    level = _level(found)
    if level is None:
        return None
    extra = np.zeros(len(model.cell))
    extra[classes] = found.nearly_all(found.extra_t(level))
    taken[opened] = _parts(steps.mass_t[opened], klass[opened], extra)
    return taken


def _cell_prices(
    model: Model, curves: Curves, cut_t: FloatArray, price: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """(G,) each cell's price, and how near to it the cost of an open step lies [yuan/t].

    A step that is cut in part is open: its cost shows how exact the price is.
    """
    at = price @ model.counts if len(price) else np.zeros(len(cut_t))
    last, following = curves.margins(cut_t)
    scale = np.maximum(1.0, np.abs(at))
    inside = np.isfinite(last) & (last == following)
    off = np.where(inside, np.abs(np.where(inside, last, 0.0) - at), 0.0)
    return at, np.where(off <= NEAR_PRICE * scale, np.maximum(SAME_PRICE * scale, 2 * off),
                        SAME_PRICE * scale)  # fmt: skip


def _open(
    model: Model,
    curves: Curves,
    price: FloatArray,
    classes: IntArray,
    below: BoolArray,
    opened: IntArray,
) -> _Open:
    steps, width = curves.steps, len(model.cell)
    klass = model.klass[steps.after]
    done = np.bincount(klass, steps.mass_t * below, width).astype(float)
    spare = np.bincount(klass[opened], steps.mass_t[opened], width).astype(float)
    fixed = np.bincount(model.cell, model.class_size * done, model.counts.shape[1])
    low, high = model.low - model.counts @ fixed, model.high - model.counts @ fixed
    # A limit with a price is met exactly (complementary slackness), so both its ends bind.
    scale = SAME_PRICE * np.maximum(1.0, np.abs(price).max(initial=0.0))
    cells = model.cell[classes]
    return _Open(
        cell=cells,
        base_t=model.base_t[classes, curves.pollutant[cells]],
        done_t=done[classes],
        spare_t=spare[classes],
        members=model.class_size[classes].astype(float),
        counts=model.counts,
        low=np.where((price < -scale) & np.isfinite(high), high, low),
        high=np.where((price > scale) & np.isfinite(low), low, high),
        rounding_t=EXACT * float(model.class_size @ (done + spare)),
    )


def _level(found: _Open) -> FloatArray | None:
    """(G,) the level of each cell: the sum of the multipliers of the limits that count it."""
    weight = np.zeros(len(found.low))
    near = np.abs(found.counts).max(axis=1, initial=0.0)
    near = near * max(HALF_MG_T / 100, found.rounding_t)
    for n in range(SWEEPS):
        if n == PATIENCE:
            weight = _descended(found)
        wrong = np.flatnonzero(np.abs(_lacking(found, weight)) > near)
        if not len(wrong):
            return np.asarray(weight @ found.counts, dtype=np.float64)
        if n < PATIENCE:
            for limit in wrong.tolist():
                weight[limit] = _weight(found, weight, limit, float(near[limit]))
        together = _together(found, weight)
        if np.abs(_lacking(found, together)).max() < np.abs(_lacking(found, weight)).max():
            weight = together
        elif n >= PATIENCE:
            return None
    return None


def _lacking(found: _Open, weight: FloatArray) -> FloatArray:
    """(L,) shortfall (above 0) or excess (below 0) of each limit.

    A multiplier that pushes further than its limit requires counts as a violation too.
    """
    held = found.held(np.asarray(weight @ found.counts, dtype=np.float64))
    lacking = np.where((held < found.low) | (weight > 0), found.low - held, 0.0)
    too_much = (held > found.high) | (weight < 0)
    return np.where(too_much, found.high - held, lacking)


def _weight(found: _Open, weight: FloatArray, n: int, near: float) -> float:
    """The multiplier of one limit at which it is just met, the others being fixed.

    Newton's method, safeguarded by bisection: the held amount is piecewise linear.
    """
    row, rest = found.counts[n], weight.copy()
    rest[n] = 0.0
    level = np.asarray(rest @ found.counts, dtype=np.float64)
    start = float(found.held(level)[n])
    if found.low[n] - near <= start <= found.high[n] + near:
        return 0.0
    target = float(found.low[n] if start < found.low[n] else found.high[n])
    far = (1.0 if start < target else -1.0) / float(np.abs(row).max())
    for _ in range(TRIES):
        if (float(found.held(level + far * row)[n]) - target) * far >= 0:
            break
        far *= 2
    low, high = min(0.0, far), max(0.0, far)
    middle = (low + high) / 2
    for _ in range(TRIES):
        at = level + middle * row
        missing = target - float(found.held(at)[n])
        if abs(missing) <= near / 1000:
            break
        low, high = (middle, high) if missing > 0 else (low, middle)
        slope = float(row**2 @ found.slope(at))
        guess = middle + missing / slope if slope > 0 else low
        middle = guess if low < guess < high else (low + high) / 2
    return middle


def _descended(found: _Open) -> FloatArray:
    """The multipliers by descent on the dual.

    Where limits work against each other, one after another would take very many sweeps.
    """
    from scipy.optimize import minimize  # rarely needed, and slow to load

    count = len(found.low)
    low, high = np.isfinite(found.low), np.isfinite(found.high)
    ends = np.concatenate([found.low[low], -found.high[high]])
    rows = np.concatenate([found.counts[low], -found.counts[high]])
    unit = float(found.members @ found.spare_t)

    def dual(weight: FloatArray) -> tuple[float, FloatArray]:
        level = np.asarray(weight @ rows, dtype=np.float64)
        extra = found.extra_t(level)
        each = (found.done_t + extra) ** 2 / (2 * found.base_t) - level[found.cell] * extra
        lacking = ends - rows @ np.bincount(found.cell, found.members * extra, rows.shape[1])
        value = float(found.members @ each) + float(weight @ ends)
        return -value / unit, -lacking / unit

    # To machine precision: the result has to keep limits to half a milligram.
    options: Any = {"maxiter": 5000, "maxfun": 20000, "ftol": 0.0, "gtol": 1e-13}
    bounds = [(0.0, np.inf)] * len(ends)
    best = minimize(
        dual, np.zeros(len(ends)), jac=True, method="L-BFGS-B", bounds=bounds, options=options
    )
    weight = np.zeros(count)
    weight[low] += best.x[: int(low.sum())]
    weight[high] -= best.x[int(low.sum()) :]
    return weight


def _together(found: _Open, weight: FloatArray) -> FloatArray:
    """One Newton step on all multipliers in use, as if no class reached a bound."""
    used = np.flatnonzero(weight)
    if not len(used):
        return weight
    rows = found.counts[used]
    slope = found.slope(np.asarray(weight @ found.counts, dtype=np.float64))
    step = np.linalg.lstsq((rows * slope) @ rows.T, _lacking(found, weight)[used], rcond=None)[0]
    moved = weight.copy()
    moved[used] += step
    return moved


def _parts(mass_t: FloatArray, klass: IntArray, extra: FloatArray) -> FloatArray:
    """(T,) share of each open step, where a class takes its steps in order."""
    # Stable: steps of a choice stay in their order, since a later one builds on the earlier.
    order = np.argsort(klass, kind="stable")
    mass, owner = mass_t[order], klass[order]
    before = np.cumsum(mass) - mass
    first = np.searchsorted(owner, owner)
    part = np.empty(len(order))
    part[order] = np.clip((extra[owner] - (before - before[first])) / mass, 0.0, 1.0)
    return part
