"""Cities by sectors as a table."""

from __future__ import annotations

from typing import Any

from scenarios.planning.by_source import by_source
from scenarios.planning.solve import PlanResult
from scenarios.results.column import spec
from scenarios.results.result import Table, filled

GRID = spec(
    "plan_grid",
    "plan",
    "Cities by sectors",
    ("city", "text", "City"),
    ("sector", "text", "Sector"),
    ("pollutant", "text", "Pollutant"),
    ("sources", "count", "Sources"),
    ("baseline_t", "mass", "Baseline, t"),
    ("reduction_t", "mass", "Reduction, t"),
    ("reduction_share", "share", "Share of the baseline cut"),
    ("quota_t", "mass", "Quota, t"),
    ("annual_cost_yuan", "money", "Annual cost, yuan"),
)
SPECS = (GRID,)


def tables_of(plan: PlanResult) -> dict[str, Table]:
    """Table `plan_grid`, if there is a plan and its sources have cities and sectors."""
    columns = plan.problem.groups
    if plan.allocation.status == "infeasible" or not {"city", "sector"} <= set(columns):
        return {}
    return {"plan_grid": filled(GRID, grid_rows(plan))}


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
