"""From equal percentage to least cost as a table."""

from __future__ import annotations

from typing import Any

from scenarios.planning.by_source import by_source, group_sums, numbered
from scenarios.planning.solve import PlanResult
from scenarios.results.column import spec
from scenarios.results.result import Table, filled

WATERFALL = spec(
    "plan_waterfall",
    "plan",
    "From equal percentage to least cost",
    ("sector", "text", "Sector"),
    ("equal_cost_yuan", "money", "Cost under equal percentage, yuan"),
    ("cost_yuan", "money", "Annual cost, yuan"),
    ("saved_yuan", "money", "Saved, yuan"),
    ("more_yuan", "money", "Paid more, yuan"),
    ("left_yuan", "money", "Total cost after this step, yuan"),
)
SPECS = (WATERFALL,)


def tables_of(plan: PlanResult) -> dict[str, Table]:
    """Table `plan_waterfall`, if there are both plans and the sources have sectors."""
    solved = plan.allocation.status != "infeasible"
    if not solved or "sector" not in plan.problem.groups:
        return {}
    # Against a comparison that breaks a condition no saving is stated.
    if plan.equal.broken or not plan.equal.asked:
        return {}
    return {"plan_waterfall": filled(WATERFALL, waterfall_rows(plan))}


def waterfall_rows(plan: PlanResult) -> list[tuple[Any, ...]]:
    """One row per sector: its cost by equal percentage and at least cost.

    The largest saving is first, the largest extra payment last; `left_yuan` is the total
    cost when this sector and those above have changed over to the least-cost plan.
    """
    own = by_source(plan)
    sectors, group = numbered(plan.problem.groups["sector"])
    before = group_sums(own.equal_fen, group, len(sectors))
    after = group_sums(own.cost_fen, group, len(sectors))
    paid = list(zip(sectors, before, after, strict=True))
    left = sum(equal for _, equal, _ in paid)
    rows: list[tuple[Any, ...]] = []
    for sector, equal, least in sorted(paid, key=lambda row: (row[2] - row[1], row[0])):
        left += least - equal
        rows.append((sector, equal, least, max(equal - least, 0), max(least - equal, 0), left))
    return rows
