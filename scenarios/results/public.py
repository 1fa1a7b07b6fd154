"""A plan for the notice board: who emits and cuts how much, without costs and inputs."""

from __future__ import annotations

from dataclasses import replace

from scenarios.results.column import TableSpec
from scenarios.results.result import LazyTables, RunResult, Table
from scenarios.results.summary import PlanSummary

TABLES = (
    "quotas", "chosen", "plan_by_sector", "plan_by_subsector", "plan_by_city", "plan_by_place",
    "plan_grid", "conditions",
)  # fmt: skip
"""Tables that say who cuts how much; all others compare costs or list inputs."""
SECRET = ("money", "price")
"""Kinds of columns that state what a measure costs."""


def for_public(result: RunResult) -> RunResult:
    """The result without costs, prices and inputs, in its tables, summary and report."""
    held = LazyTables(result.tables)
    tables = LazyTables({name: _without_costs(held, name) for name in TABLES if name in held})
    assumed = replace(result.summary.assumed, cost_share=None, cost_fen=None, inputs=None)
    plan = _plan(result.summary.plan)
    return replace(
        result,
        summary=replace(result.summary, planned=plan, assumed=assumed, public=True),
        tables=tables,
        understood=None,
        views=(),
    )


def _without_costs(tables: LazyTables, name: str) -> Table:
    table = tables[name]
    kept = [n for n, c in enumerate(table.spec.columns) if c.kind not in SECRET]
    spec: TableSpec = replace(
        table.spec,
        columns=tuple(table.spec.columns[n] for n in kept),
        totals=tuple(
            c.name
            for c in table.spec.columns
            if c.name in table.spec.totals and c.kind not in SECRET
        ),
    )
    return Table.by_columns(spec, [table.cells(n) for n in kept])


def _plan(plan: PlanSummary) -> PlanSummary:
    equal = replace(plan.equal, cost_fen=None, saving_fen=None)
    groups = {
        column: {label: replace(group, cost_fen=None) for label, group in labels.items()}
        for column, labels in plan.groups.items()
    }
    return replace(
        plan, cost_fen=None, bound_fen=None, gap=None, bound_by=None, most_for_money_mg=None,
        shadow_prices={}, equal=equal, groups=groups, answers={},
    )  # fmt: skip
