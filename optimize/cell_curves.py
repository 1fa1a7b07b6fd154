"""Cells as convex MAC curves: the response of any number of sources to the same prices.

All classes of a cell face the same prices, so a cell is one marginal abatement cost (MAC)
curve: the steps of its choices, cheapest first. Its response to a price is a binary search,
and its part of the Lagrangian bound is exact, however many sources it contains.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimize.curves import HALF_MG_T
from optimize.hulls import HullSteps, find_steps
from optimize.least_cost import Model
from optimize.problem import FloatArray, IntArray, ascending

MOST_CELLS = 3000
"""Above this, one curve per cell costs more time than it saves."""


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """The MAC curve of every cell; steps of cell g stand at starts[g] to starts[g + 1].

    `cut_t` and `paid` are the totals of a cell's curve after each step, `idle_yuan` the cost
    of all choices before their first step (nothing, or a saving).
    """

    steps: HullSteps
    order: IntArray  # (T,) steps, cell by cell, cheapest first
    starts: IntArray  # (G + 1,)
    unit: FloatArray  # (T,) yuan/t
    mass_t: FloatArray  # (T,) of all members
    cut_t: FloatArray  # (T,)
    paid: FloatArray  # (T,) yuan
    pollutant: IntArray  # (G,) which the cell's limits count
    idle_yuan: float

    @property
    def most_t(self) -> FloatArray:
        """(G,) the greatest reduction of each cell [t]."""
        return np.array([self._top(self.cut_t, g) for g in range(len(self.starts) - 1)])

    def _top(self, values: FloatArray, g: int) -> float:
        return float(values[self.starts[g + 1] - 1]) if self.starts[g + 1] > self.starts[g] else 0.0

    def cell(self, g: int) -> slice:
        return slice(int(self.starts[g]), int(self.starts[g + 1]))

    def cost_yuan(self, cut_t: FloatArray) -> float:
        """Least total cost [yuan] of the cells' reductions `cut_t` (G,)."""
        paid = (float(self.costs_of(g, cut_t[g : g + 1])[0]) for g in range(len(cut_t)))
        return self.idle_yuan + sum(paid)

    def costs_of(self, g: int, cut_t: FloatArray) -> FloatArray:
        """(Z,) least cost [yuan] of several reductions `cut_t` (Z,) of one cell."""
        own = self.cell(g)
        if own.start == own.stop:
            return np.zeros(len(cut_t))
        cuts, paid, unit = self.cut_t[own], self.paid[own], self.unit[own]
        k = np.searchsorted(cuts, cut_t)
        before, last = np.maximum(k - 1, 0), np.minimum(k, len(cuts) - 1)
        into = cut_t - np.where(k > 0, cuts[before], 0.0)
        found = np.where(k > 0, paid[before], 0.0) + into * unit[last]
        return np.where(k < len(cuts), found, paid[-1])

    def at_price(self, price: FloatArray) -> FloatArray:
        """(G,) the smallest cost-minimising reduction of each cell at its price [t]."""
        found = np.zeros(len(price))
        for g, value in enumerate(price):
            own = self.cell(g)
            k = int(np.searchsorted(self.unit[own], value)) + own.start
            found[g] = float(self.cut_t[k - 1]) if k > own.start else 0.0
        return found

    def margins(self, cut_t: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(G,) marginal cost of the last tonne and of the next one, per cell.

        They are -inf and inf where there is none. A cut within half a milligram of a kink
        counts as standing at it.
        """
        low, high = np.full(len(cut_t), -np.inf), np.full(len(cut_t), np.inf)
        for g, z in enumerate(cut_t):
            own = self.cell(g)
            cuts, units = self.cut_t[own], self.unit[own]
            # Above 50 000 t the rounding of cumulative sums (1e-14) exceeds half a milligram.
            near = max(HALF_MG_T, 1e-14 * abs(float(z)))
            last, following = np.searchsorted(cuts, [z - near, z + near]).tolist()
            if z > near and len(units):
                low[g] = units[min(last, len(units) - 1)]
            if following < len(units):
                high[g] = units[following]
        return low, high


def fits_curves(model: Model) -> bool:
    """Whether each cell is one MAC curve: its limits count one pollutant, in tonnes."""
    if model.special or model.counts.shape[1] > MOST_CELLS:
        return False
    return bool((_counted(model).sum(axis=0) <= 1).all())


def build_curves(model: Model) -> Curves:
    """The curves of a model that `fits_curves`."""
    pollutant = _counted(model).argmax(axis=0)
    cell = model.cell[model.klass]
    removed = model.removed[:, 0]
    if model.removed.shape[1] > 1:
        removed = model.removed[np.arange(len(cell)), pollutant[cell]]
    steps = find_steps(model.choice, len(model.size), removed, model.cost)
    of_step = cell[steps.after]
    # By unit cost first, then stably by cell: within a cell the cheapest step stays first.
    order = ascending(steps.unit)
    order = order[np.argsort(of_step[order].astype(np.uint16), kind="stable")]
    starts = np.searchsorted(of_step[order], np.arange(model.counts.shape[1] + 1))
    mass = (steps.mass_t * model.size[steps.choice])[order]
    unit = steps.unit[order]
    cut, paid = np.empty(len(order)), np.empty(len(order))
    for begin, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        np.cumsum(mass[begin:end], out=cut[begin:end])
        np.cumsum(mass[begin:end] * unit[begin:end], out=paid[begin:end])
    idle = steps.start >= 0
    saved = float((model.cost[steps.start[idle]] * model.size[idle]).sum())
    return Curves(steps, order, starts, unit, mass, cut, paid, pollutant, saved)


def _counted(model: Model) -> FloatArray:
    """(P, G) 1 where some limit counts a pollutant of a cell."""
    found = np.zeros((model.removed.shape[1], model.counts.shape[1]))
    for n, p in enumerate(model.pollutant):
        found[p] = np.maximum(found[p], model.counts[n] != 0)
    return found
