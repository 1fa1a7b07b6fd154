"""The pathway as tables and JSON: years, sectors, build schedule."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from optimize import AllocationProblem
from optimize.pathway import Horizon, Pathway
from optimize.problem import FloatArray
from permits.quantity import t_to_mg, yuan_to_fen
from scenarios.definition.plan_inputs import PlanInputs
from scenarios.planning.pathway.solve import PathwayAnswer
from scenarios.planning.plan_summary import mass, money, one
from scenarios.results.column import spec
from scenarios.results.result import Table, filled

PATHWAY = spec(
    "pathway",
    "plan",
    "Year by year",
    ("year", "count", "Year"),
    ("pollutant", "text", "Pollutant"),
    ("target_t", "mass", "Target, t"),
    ("growth_t", "mass", "New projects, t"),
    ("counted_t", "mass", "Reduction that counts, t"),
    ("net_t", "mass", "Net of new projects, t"),
    ("cost_yuan", "money", "Cost of the year, yuan"),
    ("most_t", "mass", "Greatest possible reduction, t"),
)
SECTORS = spec(
    "pathway_sectors",
    "plan",
    "Reduction by installed measures, by year and sector",
    ("year", "count", "Year"),
    ("sector", "text", "Sector"),
    ("pollutant", "text", "Pollutant"),
    ("reduction_t", "mass", "Reduction, t"),
)
BUILDS = spec(
    "pathway_builds",
    "plan",
    "Build schedule",
    ("year", "count", "Year"),
    ("group", "text", "Group"),
    ("city", "text", "City"),
    ("measure", "text", "Measure"),
    ("pollutant", "text", "Pollutant"),
    ("sources", "number", "Sources"),
    ("removes_t", "mass", "Reduction, t"),
    ("cost_yuan", "money", "Annual cost, yuan"),
)
SPECS = (PATHWAY, SECTORS, BUILDS)


def tables(answer: PathwayAnswer) -> dict[str, Table]:
    """The years; sectors and builds are empty without a pathway."""
    problem, years, path = answer.problem, answer.years, answer.path
    return {
        "pathway": filled(PATHWAY, _rows(answer.inputs, years, answer.horizon, path)),
        "pathway_sectors": filled(SECTORS, _sectors(problem, years, path) if answer.found else []),
        "pathway_builds": filled(BUILDS, _builds(problem, years, path) if answer.found else []),
    }


def as_json(answer: PathwayAnswer) -> dict[str, Any]:
    """The pathway, year by year."""
    return {"pathway": _told(answer)}


def _rows(
    inputs: PlanInputs, years: list[int], horizon: Horizon, path: Pathway
) -> list[tuple[Any, ...]]:
    """One row per year and pollutant: target, growth, what counts before and after it, cost."""
    rows = []
    met = path.status in ("optimal", "feasible")
    for y, year in enumerate(years):
        for p, pollutant in enumerate(inputs.pollutants):
            asked, grown = horizon.targets_t[y, p], horizon.growth_t[y, p]
            counted = t_to_mg(float(path.counted_t[y, p])) if met else None
            rows.append(
                (year, pollutant, None if np.isnan(asked) else t_to_mg(float(asked)),
                 t_to_mg(float(grown)), counted,
                 None if counted is None else counted - t_to_mg(float(grown)),
                 yuan_to_fen(float(path.cost_yuan[y])) if met else None, _most(path, y, p))
            )  # fmt: skip
    return rows


def _most(path: Pathway, y: int, p: int) -> int | None:
    found = float(path.most_t[y, p]) if path.most_t.size else np.nan
    return None if np.isnan(found) else t_to_mg(max(0.0, found))


def _labels(problem: AllocationProblem, path: Pathway, column: str) -> list[str]:
    """(N,) the label of each column's class."""
    owner = problem.source[path.model.first].tolist()
    labels = problem.groups.get(column, problem.sources)
    return [labels[s] for s in owner]


def _sectors(problem: AllocationProblem, years: list[int], path: Pathway) -> list[tuple[Any, ...]]:
    """Reduction by the measures in operation over a full year, by sector."""
    labels = np.array(_labels(problem, path, "sector"))
    rows = []
    for y, year in enumerate(years):
        for label in np.unique(labels).tolist():
            own = labels == label
            cut = path.active[y, own] @ path.model.removed[own]
            for p, pollutant in enumerate(problem.pollutants):
                rows.append((year, label, pollutant, t_to_mg(float(cut[p]))))
    return rows


def _builds(problem: AllocationProblem, years: list[int], path: Pathway) -> list[tuple[Any, ...]]:
    """Measures built in each year, by sub-sector, city and measure."""
    column = "subsector" if "subsector" in problem.groups else "sector"
    labels, cities = _labels(problem, path, column), _labels(problem, path, "city")
    if "city" not in problem.groups:
        cities = [""] * len(labels)
    sums: dict[tuple[int, str, str, str], list[FloatArray | float]] = defaultdict(
        lambda: [0.0, np.zeros(len(problem.pollutants)), 0.0]
    )
    for y, n in np.argwhere(path.built > 1e-9).tolist():
        count = float(path.built[y, n])
        row = sums[years[y], labels[n], cities[n], problem.measure(int(path.model.first[n]))]
        row[0] += count
        row[1] = row[1] + count * path.model.removed[n]
        row[2] += count * float(path.model.cost[n])
    return [
        (year, label, city or None, measure, pollutant, float(count),
         t_to_mg(float(cut[p])), yuan_to_fen(float(cost)))  # type: ignore[index]
        for (year, label, city, measure), (count, cut, cost) in sorted(sums.items())
        for p, pollutant in enumerate(problem.pollutants)
    ]  # fmt: skip


def _told(answer: PathwayAnswer) -> dict[str, Any]:
    inputs, horizon, path, met = answer.inputs, answer.horizon, answer.path, answer.found
    lines = []
    for y, year in enumerate(answer.years):
        targets, cuts, grown, most = {}, {}, {}, {}
        for p, name in enumerate(inputs.pollutants):
            if not np.isnan(horizon.targets_t[y, p]):
                targets[name] = mass(t_to_mg(float(horizon.targets_t[y, p])))
            grown[name] = mass(t_to_mg(float(horizon.growth_t[y, p])))
            cuts[name] = mass(t_to_mg(float(path.counted_t[y, p])))
            if (found := _most(path, y, p)) is not None:
                most[name] = mass(found)
        lines.append({
            "year": year,
            "target_t": one(inputs, targets),
            "growth_t": one(inputs, grown),
            "counted_t": one(inputs, cuts) if met else None,
            "most_t": one(inputs, most),
            "cost_yuan": money(float(path.cost_yuan[y])) if met else None,
        })  # fmt: skip
    return {
        "status": path.status,
        "count": answer.asked.count,
        "discount": horizon.discount,
        "years": lines,
        "total_yuan": money(path.total_yuan) if met else None,
        "bound_yuan": money(path.bound_yuan) if met else None,
        "gap": path.gap if met else None,
    }
