"""A plan as tables: quotas, groups, conditions, the MAC curve."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from permits.quantity import yuan_to_fen
from scenarios.definition.plan_inputs import amount_mg
from scenarios.planning.by_source import by_source, group_sums, numbered
from scenarios.planning.curve import curve_rows
from scenarios.planning.infeasible.solve import nearest
from scenarios.planning.infeasible.table import NEAREST_CHOSEN, NEAREST_QUOTAS
from scenarios.planning.plan_question import find_questions
from scenarios.planning.solve import PlanResult
from scenarios.results.result import Table, filled, table

GROUP_TABLES = {
    "sector": "plan_by_sector",
    "subsector": "plan_by_subsector",
    "city": "plan_by_city",
}


def plan_tables(plan: PlanResult) -> dict[str, Table]:
    """Every table of a plan."""
    tables = {
        name: table(name, group_rows(plan, column))
        for column, name in GROUP_TABLES.items()
        if column in plan.problem.groups
    }
    for question in find_questions():
        tables |= question.of_plan(plan)
    # Quotas of the nearest plan have their own tables: the plan asked for does not exist.
    if (near := nearest(plan)) is not None:
        nearest_plan = replace(plan, allocation=near.plan)
        tables["nearest_quotas"] = filled(NEAREST_QUOTAS, quota_rows(nearest_plan))
        tables["nearest_chosen"] = filled(NEAREST_CHOSEN, chosen_rows(nearest_plan))
    return tables | {
        "conditions": table("conditions", condition_rows(plan)),
        "curve": table("curve", curve_rows(plan)),
        "quotas": table("quotas", quota_rows(plan)),
        "chosen": table("chosen", chosen_rows(plan)),
    }


def quota_rows(plan: PlanResult) -> list[tuple[Any, ...]]:
    """One row per source and pollutant."""
    allocation, by_id = plan.allocation, {s.id: s for s in plan.inputs.sources}
    rows = []
    for s, name in enumerate(plan.problem.sources):
        source = by_id[name]
        labels = [source.labels.get(c) for c in ("sector", "subsector", "city")]
        for p, pollutant in enumerate(plan.inputs.pollutants):
            rows.append(
                (name, source.firm, *labels, pollutant, int(allocation.base_mg[s, p]),
                 int(allocation.reduction_mg[s, p]), int(allocation.quota_mg[s, p]),
                 bool(allocation.drawn[s]))
            )  # fmt: skip
    return rows


def chosen_rows(plan: PlanResult) -> list[tuple[Any, ...]]:
    """One row per measure built, wholly or in part."""
    problem, share = plan.problem, plan.allocation.share
    return [
        (
            problem.sources[problem.source[m]],
            problem.measure(m),
            float(share[m]),
            yuan_to_fen(float(share[m] * problem.cost_yuan[m])),
        )
        for m in np.flatnonzero(share > 0).tolist()
    ]


def group_totals(plan: PlanResult, column: str) -> dict[str, dict[str, Any]]:
    """By value of a label column: sources, masses per pollutant [mg], costs [fen]."""
    own = by_source(plan)
    names, group = numbered(plan.problem.groups[column])
    sums = {
        "sources": np.bincount(group, minlength=len(names)).tolist(),
        "base": group_sums(own.base_mg, group, len(names)),
        "reduction": group_sums(own.reduction_mg, group, len(names)),
        "quota": group_sums(own.quota_mg, group, len(names)),
        "cost_fen": group_sums(own.cost_fen, group, len(names)),
        "equal": group_sums(own.equal_mg, group, len(names)),
        "equal_cost_fen": group_sums(own.equal_fen, group, len(names)),
    }
    return {name: {key: of[n] for key, of in sums.items()} for n, name in enumerate(names)}


def group_rows(plan: PlanResult, column: str) -> list[tuple[Any, ...]]:
    """One row per group and pollutant."""
    return [
        (label, pollutant, g["sources"], g["base"][p], g["reduction"][p], g["quota"][p],
         g["cost_fen"], g["equal"][p], g["equal_cost_fen"])
        for label, g in group_totals(plan, column).items()
        for p, pollutant in enumerate(plan.inputs.pollutants)
    ]  # fmt: skip


def condition_rows(plan: PlanResult) -> list[tuple[Any, ...]]:
    """Targets and side conditions: required, achieved, and their shadow prices."""
    rows = []
    # Not strict: limits of receptors and fairness follow those of the conditions, and have
    # their own tables.
    for condition, limit in zip(plan.inputs.conditions, plan.problem.limits, strict=False):
        members = np.flatnonzero(plan.problem.member_mask(limit))
        allocation, p = plan.allocation, limit.pollutant
        held = allocation.quota_mg if condition.kind == "cap" else allocation.reduction_mg
        reached = int(held[members, p].sum())
        low, high = plan.allocation.shadow.get(condition.name, (None, None))
        amount = amount_mg(plan.inputs, condition)
        rows.append((condition.name, amount, reached, price_fen(low), price_fen(high)))
    return rows


def price_fen(price_yuan_per_t: float | None) -> int | None:
    """A price for a table; None where there is none, or no further tonne is achievable."""
    if price_yuan_per_t is None or not np.isfinite(price_yuan_per_t):
        return None
    return yuan_to_fen(price_yuan_per_t)
