"""The cost frontier as a table and JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from optimize.frontier import FrontierPoint
from permits.quantity import fmt_t, t_to_mg, yuan_to_fen
from scenarios.definition.plan_inputs import PlanInputs
from scenarios.planning.frontier.solve import FrontierAnswer
from scenarios.planning.plan_summary import mass, money, one
from scenarios.planning.plan_tables import price_fen
from scenarios.results.column import spec
from scenarios.results.result import Table, filled

FRONTIER = spec(
    "frontier",
    "plan",
    "Cost frontier",
    ("pollutant", "text", "Pollutant"),
    ("target_t", "mass", "Target, t"),
    ("reduction_t", "mass", "Reduction, t"),
    ("cost_yuan", "money", "Annual cost, yuan"),
    ("price_low_yuan_per_t", "price", "Marginal cost from, yuan/t"),
    ("price_high_yuan_per_t", "price", "Marginal cost to, yuan/t"),
    ("status", "text", "Status"),
)
SPECS = (FRONTIER,)


def tables(answer: FrontierAnswer) -> dict[str, Table]:
    """One row per target; a target that cannot be met has no cost."""
    pollutant = answer.pollutant
    rows = [
        (answer.name, t_to_mg(p.target_t), int(p.reduction_mg[pollutant]) if _met(p) else None,
         yuan_to_fen(p.cost_yuan) if _met(p) else None, price_fen(p.price[0]),
         price_fen(p.price[1]), p.status)
        for p in answer.points
    ]  # fmt: skip
    return {"frontier": filled(FRONTIER, rows)}


def as_json(answer: FrontierAnswer) -> dict[str, Any]:
    """The points, each with its reduction, cost and marginal cost."""
    return {"frontier": [_point(answer.inputs, answer.name, p) for p in answer.points]}


def _met(point: FrontierPoint) -> bool:
    return point.status != "infeasible"


def _point(inputs: PlanInputs, name: str, point: FrontierPoint) -> dict[str, Any]:
    met, target = _met(point), t_to_mg(point.target_t)
    low, high = (_price(price) for price in point.price)
    cut = {p: mass(int(point.reduction_mg[n])) for n, p in enumerate(inputs.pollutants)}
    return {
        "status": point.status,
        "target_t": one(inputs, {name: mass(target)}),
        "reduction_t": one(inputs, cut) if met else None,
        "cost_yuan": money(point.cost_yuan) if met else None,
        "shadow_price_yuan_per_t": {f"{name}={fmt_t(target)} t": {"low": low, "high": high}},
    }


def _price(price: float) -> Any:
    return money(price) if np.isfinite(price) else None
