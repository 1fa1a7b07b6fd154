"""What a plan from a register shows besides: the measures table made, what matched
nothing, and the plan under other costs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from permits.quantity import fmt_t
from scenarios.importers.register_table import RegisterTable
from scenarios.result import RunResult, Table, table

Parts = tuple[dict[str, Table], dict[str, Any]]  # tables, and members of the JSON object


def registered(made: RegisterTable) -> Parts:
    """Tables `measures` (for `--measures`) and `unmatched`, and what matched nothing [t]."""
    measures = []
    for row in made.table.rows:
        of = row.values | row.extra
        cost = of["annual_cost_yuan"]
        measures.append(
            (of["source"], of["firm"], of["sector"], of["subsector"], of["trade"], of["process"],
             of["city"], of["county"], of["pollutant"], of["baseline_t"], of["measure"],
             of["slot"], of["removed_t"], None if cost is None else round(cost * 100),
             of["status"])
        )  # fmt: skip
    names = ("source", "firm", "trade", "subsector", "process", "city", "pollutant", "baseline_t")
    unmatched = [tuple(row.values[name] for name in names) for row in made.unmatched]
    tables = {"measures": table("measures", measures), "unmatched": table("unmatched", unmatched)}
    told = {"unmatched": {"rows": len(unmatched), "baseline_t": Decimal(fmt_t(made.unmatched_mg))}}
    return tables, told


def both_costs(us: RunResult, china: RunResult) -> Parts:
    """Quotas under US and under Chinese costs side by side, with those that are the same."""
    rows, same = [], 0
    for one, other in zip(us.tables["quotas"].dicts(), china.tables["quotas"].dicts(), strict=True):
        alike = one["quota_t"] == other["quota_t"]
        same += alike
        rows.append(
            (one["source"], one["pollutant"], one["baseline_t"], one["quota_t"],
             other["quota_t"], alike)
        )  # fmt: skip
    costs = {
        name: {key: plan.summary["allocation"][key] for key in ("status", "cost_yuan")}
        for name, plan in (("us", us), ("china", china))
    }
    told = {"same_quotas": same, "other_quotas": len(rows) - same, **costs}
    return {"both_costs": table("both_costs", rows)}, {"both_costs": told}
