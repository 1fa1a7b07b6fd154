"""Marginal abatement cost (MAC) curves: the cost of the next tonne, and who abates it.

A source moves along the lower convex hull of its measures; the steps of many sources'
hulls, cheapest first, are the MAC curve of the group. Smooth firms (fixed + a z + b z²)
are added up by their marginal cost a + 2 b z.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimize.hulls import find_steps
from optimize.problem import AllocationProblem, FloatArray, IntArray, ascending

PRICE_STEPS = 200  # halvings of a price interval: to the last bit of a double
HALF_MG_T = 5e-10  # the ledger counts whole milligrams: masses closer than this are equal


@dataclass(frozen=True, slots=True, eq=False)
class StepCurve:
    """A MAC curve: steps cheapest first, with what each removes [t] and its unit cost [yuan/t].

    A step leads from one measure of a hull (`before`, -1: nothing) to the next (`after`).
    """

    removes_t: FloatArray  # (K,)
    unit_yuan_per_t: FloatArray  # (K,) ascending
    before: IntArray  # (K,)
    after: IntArray  # (K,)

    @property
    def cumulative_t(self) -> FloatArray:
        return np.cumsum(self.removes_t)

    @property
    def max_t(self) -> float:
        return float(self.removes_t.sum())

    def cost_at(self, reduction_t: float) -> float:
        """Least cost of a reduction [yuan]; steps that save money are always taken."""
        taken = self.taken(reduction_t)
        return float((taken * self.unit_yuan_per_t).sum())

    def taken(self, reduction_t: float) -> FloatArray:
        """(K,) reduction that the least-cost plan takes from each step [t]."""
        before = np.concatenate([[0.0], self.cumulative_t[:-1]])
        needed = np.clip(reduction_t - before, 0.0, self.removes_t)
        return np.where(self.unit_yuan_per_t < 0, self.removes_t, needed)

    def price_at(self, reduction_t: float) -> tuple[float, float]:
        """Saving of one tonne less and cost of one tonne more, at a reduction [yuan/t]."""
        saving = float(self.removes_t[self.unit_yuan_per_t < 0].sum())
        edges, near = self.cumulative_t, max(HALF_MG_T, 1e-12 * reduction_t)
        if reduction_t < saving - near or not len(self.removes_t):
            return 0.0, 0.0
        at = int(np.searchsorted(edges, reduction_t - near))
        at = min(at, len(edges) - 1)
        low = high = max(0.0, float(self.unit_yuan_per_t[at]))
        if abs(edges[at] - reduction_t) <= near:
            more = at + 1 < len(edges)
            high = max(0.0, float(self.unit_yuan_per_t[at + 1])) if more else np.inf
        if reduction_t <= saving:
            low = 0.0
        return low, high

    def cut_at_price(self, price_yuan_per_t: float) -> tuple[float, float]:
        """Least and greatest optimal reduction at a price: steps at exactly it are optional."""
        below = self.unit_yuan_per_t < price_yuan_per_t
        upto = self.unit_yuan_per_t <= price_yuan_per_t
        return float(self.removes_t[below].sum()), float(self.removes_t[upto].sum())


def step_curve(
    problem: AllocationProblem, pollutant: int = 0, members: Sequence[int] | None = None
) -> StepCurve:
    """The MAC curve of one pollutant over some sources.

    Args:
        problem: sources and measures; its limits are not considered.
        pollutant: index of the pollutant.
        members: indices of the sources (None: all).
    """
    columns = np.arange(len(problem.source))
    if members is not None:
        columns = np.flatnonzero(np.isin(problem.source, list(members)))
    choice, removed = problem.choice[columns], problem.removed_t[columns, pollutant]
    # What removes nothing is no step of the curve, even where it saves money.
    cost = np.where(removed > 0, problem.cost_yuan[columns], 0.0)
    found = find_steps(choice, int(choice[-1]) + 1 if len(choice) else 0, removed, cost)
    order = ascending(found.unit, found.mass_t, found.after)
    before, after = found.before[order], columns[found.after[order]]
    before = np.where(before >= 0, columns[before], before)
    return StepCurve(found.mass_t[order], found.unit[order], before, after)


@dataclass(frozen=True, slots=True)
class SmoothCost:
    """fixed + a z + b z² yuan for z tonnes, up to `max_t`; b > 0."""

    fixed_yuan: float
    a_yuan: float
    b_yuan: float
    max_t: float

    def cut_at(self, price_yuan_per_t: float) -> float:
        """What a firm abates at a price [t]: where its marginal cost equals the price."""
        if self.b_yuan == 0:
            return self.max_t if price_yuan_per_t > self.a_yuan else 0.0
        return min(self.max_t, max(0.0, (price_yuan_per_t - self.a_yuan) / (2 * self.b_yuan)))

    def cost(self, cut_t: float) -> float:
        return self.fixed_yuan + self.a_yuan * cut_t + self.b_yuan * cut_t**2


def solve_smooth(firms: Sequence[SmoothCost], target_t: float) -> tuple[float, list[float]]:
    """Least cost of a common target by smooth firms: the price, and each firm's cut [t].

    Marginal costs are equal for all firms that are not at a bound: the price is found by
    bisection to the last bit.

    Source: [BaumolOates1971]; [Montgomery1972].
    """
    high = max((f.a_yuan + 2 * f.b_yuan * f.max_t for f in firms), default=0.0)
    low = min((f.a_yuan for f in firms), default=0.0)
    for _ in range(PRICE_STEPS):
        middle = (low + high) / 2
        if sum(firm.cut_at(middle) for firm in firms) < target_t:
            low = middle
        else:
            high = middle
    return high, [firm.cut_at(high) for firm in firms]
