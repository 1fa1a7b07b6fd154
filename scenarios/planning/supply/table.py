"""Response to prices as a table."""

from __future__ import annotations

from collections.abc import Sequence

from permits.quantity import t_to_mg, yuan_to_fen
from scenarios.planning.supply.solve import SupplyPoint
from scenarios.results.column import spec
from scenarios.results.result import Table, filled

SUPPLY = spec(
    "supply",
    "plan",
    "Reduction at given prices",
    ("price", "title", "Price"),
    ("pollutant", "text", "Pollutant"),
    ("price_yuan_per_t", "price", "Price, yuan/t"),
    ("low_t", "mass", "Reduction from, t"),
    ("high_t", "mass", "Reduction to, t"),
    ("cost_yuan", "money", "Annual cost, yuan"),
    ("status", "text", "Status"),
    ("source", "text", "Published in"),
)
SPECS = (SUPPLY,)


def tables(points: Sequence[SupplyPoint]) -> dict[str, Table]:
    """One row per pollutant and price; no table without prices."""
    rows = [
        (point.title, point.pollutant, yuan_to_fen(point.yuan_per_t), t_to_mg(point.low_t),
         t_to_mg(point.high_t), yuan_to_fen(point.cost_yuan), point.status, point.source)
        for point in points
    ]  # fmt: skip
    return {"supply": filled(SUPPLY, [*rows])} if rows else {}
