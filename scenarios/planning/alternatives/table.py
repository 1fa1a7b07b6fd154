"""Near-optimal alternatives as tables and JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from optimize.alternatives import Alternative
from permits.quantity import yuan_to_fen
from scenarios.planning.alternatives.solve import AlternativesAnswer
from scenarios.planning.plan_summary import mass, money, one
from scenarios.planning.solve import PlanResult
from scenarios.results.column import spec
from scenarios.results.result import Table, filled

COLUMNS = ("sector", "city")

ALTERNATIVES = spec(
    "alternatives",
    "plan",
    "Near-optimal alternatives",
    ("number", "count", "Alternative"),
    ("pollutant", "text", "Pollutant"),
    ("cost_yuan", "money", "Annual cost, yuan"),
    ("more_yuan", "money", "More than least cost, yuan"),
    ("more", "share", "More than least cost"),
    ("reduction_t", "mass", "Reduction, t"),
    ("moved_t", "mass", "Moved between sources, t"),
)
MOVES = spec(
    "alternative_moves",
    "plan",
    "Shifts from the plan, by group",
    ("number", "count", "Alternative"),
    ("column", "text", "By"),
    ("group", "text", "Group"),
    ("pollutant", "text", "Pollutant"),
    ("plan_t", "mass", "Reduction in the plan, t"),
    ("other_t", "mass", "Reduction in the alternative, t"),
    ("difference_t", "mass", "Difference, t"),
)
SOURCES = spec(
    "alternative_sources",
    "plan",
    "Sources that differ in an alternative",
    ("number", "count", "Alternative"),
    ("source", "text", "Source"),
    ("pollutant", "text", "Pollutant"),
    ("plan_t", "mass", "Reduction in the plan, t"),
    ("other_t", "mass", "Reduction in the alternative, t"),
)
SPECS = (ALTERNATIVES, MOVES, SOURCES)


def tables(answer: AlternativesAnswer) -> dict[str, Table]:
    """The cost of each alternative, its shifts by group, and the sources that differ."""
    plan, found = answer.plan, list(enumerate(answer.found, 1))
    rows = [row for n, other in found for row in _rows(plan, n, other)]
    moves = [row for n, other in found for row in _moves(plan, n, other)]
    sources = [row for n, other in found for row in _sources(plan, n, other)]
    return {
        "alternatives": filled(ALTERNATIVES, rows),
        "alternative_moves": filled(MOVES, moves),
        "alternative_sources": filled(SOURCES, sources),
    }


def as_json(answer: AlternativesAnswer) -> dict[str, Any]:
    """The alternatives, and the cap on their cost."""
    plan = answer.plan
    return {
        "alternatives": [_told(plan, n, other) for n, other in enumerate(answer.found, 1)],
        "alternatives_cap_yuan": money(answer.cap_yuan),
    }


def _rows(plan: PlanResult, number: int, other: Alternative) -> list[tuple[Any, ...]]:
    least = plan.allocation.cost_yuan
    more = other.cost_yuan - least
    return [
        (number, pollutant, yuan_to_fen(other.cost_yuan), yuan_to_fen(more),
         more / abs(least) if least else None, int(other.reduction_mg[:, p].sum()),
         int(other.moved_mg[p]))
        for p, pollutant in enumerate(plan.inputs.pollutants)
    ]  # fmt: skip


def _told(plan: PlanResult, number: int, other: Alternative) -> dict[str, Any]:
    names = plan.inputs.pollutants
    cut = {p: mass(int(other.reduction_mg[:, n].sum())) for n, p in enumerate(names)}
    moved = {p: mass(int(other.moved_mg[n])) for n, p in enumerate(names)}
    return {
        "number": number,
        "cost_yuan": money(other.cost_yuan),
        "reduction_t": one(plan.inputs, cut),
        "moved_t": one(plan.inputs, moved),
    }


def _moves(plan: PlanResult, number: int, other: Alternative) -> list[tuple[Any, ...]]:
    """Per sector and city: the plan's cut, the alternative's, and the difference."""
    rows: list[tuple[Any, ...]] = []
    for column in COLUMNS:
        if column not in plan.problem.groups:
            continue
        labels = np.array(plan.problem.groups[column])
        for value in np.unique(labels).tolist():
            own = labels == value
            for p, pollutant in enumerate(plan.inputs.pollutants):
                before = int(plan.allocation.reduction_mg[own, p].sum())
                after = int(other.reduction_mg[own, p].sum())
                rows.append((number, column, value, pollutant, before, after, after - before))
    return rows


def _sources(plan: PlanResult, number: int, other: Alternative) -> list[tuple[Any, ...]]:
    """One row per source and pollutant whose cut differs from the plan's."""
    # In whole mg: shares that differ but round to the same quota are the same plan.
    differs = np.argwhere(other.reduction_mg != plan.allocation.reduction_mg)
    return [
        (number, plan.problem.sources[s], plan.inputs.pollutants[p],
         int(plan.allocation.reduction_mg[s, p]), int(other.reduction_mg[s, p]))
        for s, p in differs.tolist()
    ]  # fmt: skip
