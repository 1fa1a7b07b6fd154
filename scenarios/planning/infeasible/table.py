"""Conflicting conditions as a table and JSON: what each requires, what is achievable."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from optimize.infeasible import most_of_limit_t
from permits.quantity import fmt_t, t_to_mg
from scenarios.definition.plan_inputs import PlanCondition
from scenarios.planning.infeasible.solve import nearest
from scenarios.planning.solve import PlanResult
from scenarios.results.column import spec
from scenarios.results.plan_specs import CHOSEN, CHOSEN_TOTALS, QUOTA_TOTALS, QUOTAS
from scenarios.results.result import Table, filled

Row = tuple[Any, ...]

CONFLICT = spec(
    "conflict",
    "plan",
    "Conditions that cannot hold together",
    ("contradiction", "count", "Contradiction"),
    ("condition", "text", "Condition"),
    ("kind", "text", "Kind"),
    ("group", "text", "Group"),
    ("pollutant", "text", "Pollutant"),
    ("amount_t", "mass", "Amount, t"),
    ("most_t", "mass", "Greatest possible reduction, t"),
    ("alone_t", "mass", "Feasible if only it is relaxed, t"),
    ("give_share", "share", "Share by which each is relaxed"),
    ("together_t", "mass", "Feasible if all are relaxed by the same share, t"),
)
NEAREST_QUOTAS = spec(
    "nearest_quotas",
    "plan",
    "Quotas of the nearest plan",
    *QUOTAS,
    open=True,
    totals=QUOTA_TOTALS,
)
NEAREST_CHOSEN = spec(
    "nearest_chosen",
    "plan",
    "Measures of the nearest plan",
    *CHOSEN,
    open=True,
    totals=CHOSEN_TOTALS,
)
SPECS = (CONFLICT, NEAREST_QUOTAS, NEAREST_CHOSEN)


def tables_of(plan: PlanResult) -> dict[str, Table]:
    """Table `conflict`, if the conditions cannot hold together."""
    if nearest(plan) is None:
        return {}
    return {"conflict": filled(CONFLICT, list(conflict_rows(plan)))}


def nearest_told(plan: PlanResult) -> dict[str, Any] | None:
    """The nearest plan as JSON: how far each condition of the conflict must be relaxed."""
    found = nearest(plan)
    if found is None:
        return None
    keys = (
        "contradiction", "condition", "kind", "group", "pollutant", "asked_t", "most_t", "alone_t",
        "give_share", "together_t",
    )  # fmt: skip
    rows = [
        {key: _told(key, value) for key, value in zip(keys, row, strict=True)}
        for row in conflict_rows(plan)
    ]
    return {
        "conflicts": [list(own) for own in found.conflicts],
        "give_share": round(max(found.shares.values()), 6),
        "conditions": rows,
        "reduction_t": {
            pollutant: _mass(int(found.plan.reduction_mg[:, p].sum()))
            for p, pollutant in enumerate(plan.problem.pollutants)
        },
        "cost_yuan": Decimal(f"{found.plan.cost_yuan:.2f}"),
    }


def conflict_rows(plan: PlanResult) -> Sequence[Row]:
    """One row per condition that must be relaxed, conflict by conflict, masses in mg.

    Columns: what it requires, the most that its sources can remove, and the amounts at which
    it could hold if relaxed by itself and together with the others.
    """
    found = nearest(plan)
    if found is None:
        return []
    conditions = {condition.name: condition for condition in plan.inputs.conditions}
    asked = {limit.name: limit.amount_t for limit in plan.problem.limits}
    units = dict.fromkeys(
        (limit.name for limit in plan.problem.limits if limit.kind == "cost_max"), "cost"
    ) | {receptor.name: "receptor" for receptor in plan.inputs.receptors}
    rows: list[Row] = []
    number = {name: n for n, own in enumerate(found.conflicts, 1) for name in own}
    for name in sorted(found.together, key=lambda name: number.get(name, len(number) + 1)):
        condition, place = conditions.get(name), number.get(name)
        if name in units:
            # These columns hold masses; a cost limit is in yuan, a receptor's in its own unit.
            rows.append((place, name, units[name], "", "", None, None, None, None, None))
            continue
        alone = found.alone.get(name)
        rows.append(
            (
                place,
                name,
                condition.kind if condition else "",
                _group(condition),
                condition.pollutant if condition else "",
                t_to_mg(asked[name]),
                t_to_mg(most_of_limit_t(plan.problem, name)),
                None if alone is None else t_to_mg(alone),
                found.shares[name],
                t_to_mg(found.together[name]),
            )
        )
    return rows


def _group(condition: PlanCondition | None) -> str:
    return condition.selects if condition else ""


def _told(key: str, value: Any) -> Any:
    if value is None or not key.endswith("_t"):
        return round(value, 6) if key == "give_share" and value is not None else value
    return _mass(value)


def _mass(mass_mg: int) -> Decimal:
    return Decimal(fmt_t(mass_mg))
