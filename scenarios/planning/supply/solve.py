"""Response to prices: the cut of each pollutant at each price."""

from __future__ import annotations

from dataclasses import dataclass

from optimize.curves import step_curve
from optimize.frontier import supply
from scenarios.planning.anchors import ANCHORS, POLLUTANTS, TITLES
from scenarios.planning.search import Search
from scenarios.planning.solve import PlanResult

Priced = tuple[str, float, str | None, str | None]  # title, yuan/t, status, source


@dataclass(frozen=True, slots=True)
class SupplyAsked:
    """The question's price, next to the published ones [yuan/t] (None: published ones only)."""

    price: float | None = None


@dataclass(frozen=True, slots=True)
class SupplyPoint:
    """A price [yuan/t] of a pollutant, the cut at it [t] (an interval) and its cost [yuan]."""

    pollutant: str
    title: str
    yuan_per_t: float
    status: str | None
    source: str | None
    low_t: float
    high_t: float
    cost_yuan: float


def solve(plan: PlanResult, asked: SupplyAsked, _search: Search) -> tuple[SupplyPoint, ...]:
    """The cut of each pollutant at each published price and at the given one.

    Args:
        plan: the plan, for its problem; its limits are not considered.
        asked: a further price.
        _search: not used: the answer is read off the cost curve.
    """
    found: list[SupplyPoint] = []
    for p, name in enumerate(plan.inputs.pollutants):
        known: list[Priced] = [(TITLES[a.key], a.yuan_per_t, a.status, a.source) for a in ANCHORS]
        points = known if name in POLLUTANTS else []
        if asked.price is not None:
            points = [*points, ("--price", asked.price, None, None)]
        if not points:
            continue
        curve = step_curve(plan.problem, p)
        for title, yuan_per_t, status, source in sorted(points, key=lambda point: point[1]):
            low, high, cost = supply(curve, yuan_per_t)
            found.append(SupplyPoint(name, title, yuan_per_t, status, source, low, high, cost))
    return tuple(found)
