"""Burdens and fairness limits as tables and JSON."""

from __future__ import annotations

from heapq import nsmallest
from typing import Any

from permits.quantity import MG_PER_T, yuan_to_fen
from scenarios.planning.fairness.solve import FairnessAnswer, GroupBurden
from scenarios.results.column import spec
from scenarios.results.result import LazyTables, filled

MOST_ROWS = 200  # per column, assumed: the groups with the largest burden for their size

BURDEN = spec(
    "burden",
    "plan",
    "Distribution of the burden",
    ("column", "text", "By"),
    ("group", "text", "Group"),
    ("pollutant", "text", "Pollutant"),
    ("baseline_t", "mass", "Baseline, t"),
    ("reduction_t", "mass", "Reduction, t"),
    ("of_baseline", "share", "Of its baseline"),
    ("of_reduction", "share", "Of all reduction"),
    ("cost_yuan", "money", "Annual cost, yuan"),
    ("of_cost", "share", "Of all cost"),
    ("cost_yuan_per_t", "price", "Cost per tonne of baseline, yuan/t"),
)
FAIR = spec(
    "fair",
    "plan",
    "Fairness rules",
    ("rule", "text", "Rule and group"),
    ("allowed", "number", "Allowed, t or yuan"),
    ("borne", "number", "Borne, t or yuan"),
    ("binds", "flag", "Binds"),
)
SPECS = (BURDEN, FAIR)


def tables(answer: FairnessAnswer) -> LazyTables:
    """Burdens by group, and the limits of the rules; no table without rows."""
    found = LazyTables({})
    if any(mass > 0 for one in answer.burdens for mass in one.base.values()):
        found |= {"burden": lambda: filled(BURDEN, [r for b in answer.burdens for r in _rows(b)])}
    limits = [(limit.name, limit.allowed, limit.borne, limit.binds) for limit in answer.limits]
    if limits:
        found |= {"fair": filled(FAIR, [*limits])}
    return found


def as_json(answer: FairnessAnswer) -> dict[str, Any]:
    """Gini coefficients by column and pollutant."""
    told: dict[str, Any] = {}
    for one in answer.burdens:
        told.setdefault(one.column, {})[one.pollutant] = {
            "gini_reduction": one.gini_reduction,
            "gini_cost": one.gini_cost,
        }
    return {"fairness": told}


def _rows(of: GroupBurden) -> list[tuple[Any, ...]]:
    """One row per group, those with the largest share cut first."""
    base, cut, cost = of.base, of.cut, of.cost
    cut_all, cost_all = sum(cut.values()), sum(cost.values())
    named = ((-cut[name] / base[name], name) for name in base if base[name] > 0)
    # A column may have as many groups as there are sources: only the first are worked out.
    first = [name for _, name in nsmallest(MOST_ROWS, named)]
    return [
        (of.column, name, of.pollutant, round(base[name]), round(cut[name]),
         cut[name] / base[name], cut[name] / cut_all if cut_all else None,
         yuan_to_fen(cost[name]), cost[name] / cost_all if cost_all > 0 else None,
         yuan_to_fen(cost[name] / base[name] * MG_PER_T))
        for name in first
    ]  # fmt: skip
