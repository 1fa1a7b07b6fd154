"""Cost of each condition as a table and JSON."""

from __future__ import annotations

from typing import Any

from optimize.frontier import LimitCost
from permits.quantity import yuan_to_fen
from scenarios.planning.condition_costs.solve import ConditionCostsAnswer
from scenarios.planning.plan_summary import money
from scenarios.planning.plan_tables import price_fen
from scenarios.results.column import spec
from scenarios.results.result import Table, filled

CONDITION_COSTS = spec(
    "condition_costs",
    "plan",
    "Cost of each condition",
    ("condition", "text", "Condition"),
    ("with_yuan", "money", "Least cost with it, yuan"),
    ("without_yuan", "money", "Least cost without it, yuan"),
    ("cost_yuan", "money", "Extra cost, yuan"),
    ("unproved_yuan", "money", "Unproved part at most, yuan"),
    ("price_low_yuan_per_t", "price", "Shadow price from, yuan/t"),
    ("price_high_yuan_per_t", "price", "Shadow price to, yuan/t"),
)
SPECS = (CONDITION_COSTS,)


def tables(answer: ConditionCostsAnswer) -> dict[str, Table]:
    """One row per condition."""
    plan = answer.plan
    # The price of a limit on money is in yuan per yuan, a receptor's in yuan per its own
    # unit: the columns here are in yuan per tonne.
    unpriced = {limit.name for limit in plan.problem.limits if limit.kind == "cost_max"}
    unpriced |= {receptor.name for receptor in plan.inputs.receptors}
    rows: list[tuple[Any, ...]] = []
    for cost in answer.costs:
        priced = cost.price is not None and cost.name not in unpriced
        low, high = cost.price if priced and cost.price is not None else (None, None)
        rows.append(
            (cost.name, yuan_to_fen(cost.with_yuan), _fen(cost.without_yuan), _fen(_more(cost)),
             yuan_to_fen(max(0.0, cost.gap_yuan)), price_fen(low), price_fen(high))
        )  # fmt: skip
    return {"condition_costs": filled(CONDITION_COSTS, rows)}


def as_json(answer: ConditionCostsAnswer) -> dict[str, Any]:
    """The least cost with each condition, without it, and the difference."""
    found = []
    for cost in answer.costs:
        without, more = cost.without_yuan, _more(cost)
        found.append({
            "condition": cost.name,
            "with_yuan": money(cost.with_yuan),
            "without_yuan": None if without is None else money(without),
            "cost_yuan": None if more is None else money(more),
            "unproved_yuan": money(max(0.0, cost.gap_yuan)),
        })  # fmt: skip
    return {"condition_costs": found}


def _more(cost: LimitCost) -> float | None:
    return None if cost.without_yuan is None else cost.with_yuan - cost.without_yuan


def _fen(amount_yuan: float | None) -> int | None:
    return None if amount_yuan is None else yuan_to_fen(amount_yuan)
