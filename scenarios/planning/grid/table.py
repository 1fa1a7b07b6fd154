"""Cities by sectors as a table."""

from __future__ import annotations

from typing import Any

import numpy as np

from scenarios.planning.by_source import by_source, group_sums, numbered
from scenarios.planning.solve import PlanResult
from scenarios.results.column import spec
from scenarios.results.result import LazyTables, filled

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
    totals=("sources", "baseline_t", "reduction_t", "quota_t", "annual_cost_yuan"),
)
SPECS = (GRID,)


def tables_of(plan: PlanResult) -> LazyTables:
    """Table `plan_grid`, if there is a plan and its sources have cities and sectors."""
    columns = plan.problem.groups
    if plan.allocation.status == "infeasible" or not {"city", "sector"} <= set(columns):
        return LazyTables({})
    return LazyTables({"plan_grid": lambda: filled(GRID, grid_rows(plan))})


def grid_rows(plan: PlanResult) -> list[tuple[Any, ...]]:
    """One row per city, sector and pollutant with sources, sorted by name.

    With several pollutants each row has the whole cost of its sources.
    """
    groups, own = plan.problem.groups, by_source(plan)
    cities, city = numbered(groups["city"])
    sectors, sector = numbered(groups["sector"])
    cell, group = np.unique(city * len(sectors) + sector, return_inverse=True)
    base, cut, quota, cost = (
        group_sums(values, group, len(cell))
        for values in (own.base_mg, own.reduction_mg, own.quota_mg, own.cost_fen)
    )
    sources = np.bincount(group, minlength=len(cell)).tolist()
    rows: list[tuple[Any, ...]] = []
    for n, place in enumerate(cell.tolist()):
        names = cities[place // len(sectors)], sectors[place % len(sectors)]
        for p, pollutant in enumerate(plan.inputs.pollutants):
            share = cut[n][p] / base[n][p] if base[n][p] else None
            rows.append(
                (*names, pollutant, sources[n], base[n][p], cut[n][p], share, quota[n][p], cost[n])
            )
    return rows
