"""Two views of a plan: cities by sectors, and the change from equal percentage to least cost."""

from __future__ import annotations

from typing import Any

from scenarios.planning.by_source import by_source, group_sums, numbered
from scenarios.planning.solve import PlanResult
from scenarios.results.result import Table, table


def reading_tables(plan: PlanResult) -> dict[str, Table]:
    """Tables `plan_grid` and `plan_waterfall`, if there is a plan and its sources have labels."""
    if plan.allocation.status == "infeasible":
        return {}
    columns, found = plan.problem.groups, {}
    if "city" in columns and "sector" in columns:
        found["plan_grid"] = table("plan_grid", grid_rows(plan))
    if "sector" in columns and plan.equal.feasible and plan.equal.asked:
        found["plan_waterfall"] = table("plan_waterfall", waterfall_rows(plan))
    return found


def grid_rows(plan: PlanResult) -> list[tuple[Any, ...]]:
    """One row per city, sector and pollutant with sources, sorted by name.

    With several pollutants each row has the whole cost of its sources.
    """
    groups, own = plan.problem.groups, by_source(plan)
    members: dict[tuple[str, str], list[int]] = {}
    for s, cell in enumerate(zip(groups["city"], groups["sector"], strict=True)):
        members.setdefault(cell, []).append(s)
    rows: list[tuple[Any, ...]] = []
    for (city, sector), sources in sorted(members.items()):
        base, cut, quota = (
            masses[sources].sum(axis=0).tolist()
            for masses in (own.base_mg, own.reduction_mg, own.quota_mg)
        )
        cost_fen = int(own.cost_fen[sources].sum())
        for p, pollutant in enumerate(plan.inputs.pollutants):
            share = cut[p] / base[p] if base[p] else None
            rows.append(
                (city, sector, pollutant, len(sources), base[p], cut[p], share, quota[p], cost_fen)
            )
    return rows


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
