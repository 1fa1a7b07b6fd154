"""The trade-off between two pollutants as a table and JSON."""

from __future__ import annotations

from typing import Any

from optimize import Allocation
from permits.quantity import yuan_to_fen
from scenarios.planning.between.solve import BetweenAnswer
from scenarios.planning.plan_summary import mass, money
from scenarios.results.column import spec
from scenarios.results.result import Table, filled

BETWEEN = spec(
    "frontier_between",
    "plan",
    "One pollutant against another",
    ("first", "text", "First pollutant"),
    ("first_reduction_t", "mass", "Reduction of the first, t"),
    ("second", "text", "Second pollutant"),
    ("second_reduction_t", "mass", "Reduction of the second, t"),
    ("cost_yuan", "money", "Annual cost, yuan"),
)
SPECS = (BETWEEN,)


def tables(answer: BetweenAnswer) -> dict[str, Table]:
    """One row per plan."""
    first, second = answer.pair
    names = answer.inputs.pollutants
    rows = [
        (names[first], _total(plan, first), names[second], _total(plan, second),
         yuan_to_fen(plan.cost_yuan))
        for plan in answer.plans
    ]  # fmt: skip
    return {"frontier_between": filled(BETWEEN, rows)}


def as_json(answer: BetweenAnswer) -> dict[str, Any]:
    """Reductions and cost of each plan."""
    names = answer.inputs.pollutants
    found = [
        {
            "status": plan.status,
            "reduction_t": {names[p]: mass(_total(plan, p)) for p in answer.pair},
            "cost_yuan": money(plan.cost_yuan),
        }
        for plan in answer.plans
    ]
    return {"frontier_between": found}


def _total(plan: Allocation, p: int) -> int:
    return int(plan.reduction_mg[:, p].sum())
