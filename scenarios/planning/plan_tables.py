"""A plan as tables: quotas, groups, conditions, the MAC curve."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from optimize.problem import IntArray
from optimize.rounding import masses_mg
from permits.quantity import MG_PER_T, yuan_to_fen
from scenarios.definition.plan_inputs import SAFE, amount_mg, exact_sum
from scenarios.intake.columns import EMPTY, TextColumn
from scenarios.planning.by_source import (
    by_source,
    each_fen,
    group_sums,
    numbered,
    paid_yuan,
    whole_fen,
)
from scenarios.planning.curve import curve_rows
from scenarios.planning.infeasible.solve import nearest
from scenarios.planning.infeasible.table import NEAREST_CHOSEN, NEAREST_QUOTAS
from scenarios.planning.plan_question import find_questions
from scenarios.planning.solve import PlanResult
from scenarios.results.column import Cells, Texts
from scenarios.results.formatting import MEASURES_JOIN
from scenarios.results.plan_specs import with_identity
from scenarios.results.result import LazyTables, Table, table
from scenarios.results.table_specs import TABLES, Column, TableSpec

SMALL_FEN = 9 * 10**9  # of a cost times the mg of a tonne: below it 64 bits hold the product
GROUP_TABLES = {
    "sector": "plan_by_sector",
    "subsector": "plan_by_subsector",
    "city": "plan_by_city",
}


def plan_tables(plan: PlanResult) -> LazyTables:
    """Every table of a plan, each made when it is asked for."""
    tables = LazyTables(
        {
            name: partial(_group_table, plan, name, column)
            for column, name in GROUP_TABLES.items()
            if column in plan.problem.groups
        }
    )
    for question in find_questions():
        tables |= question.of_plan(plan)
    # Quotas of the nearest plan have their own tables: the plan asked for does not exist.
    if (near := nearest(plan)) is not None:
        nearest_plan = replace(plan, allocation=near.plan)
        tables |= {
            "nearest_quotas": partial(quotas_table, nearest_plan, NEAREST_QUOTAS),
            "nearest_chosen": partial(chosen_table, nearest_plan, NEAREST_CHOSEN),
        }
    return tables | {
        "conditions": partial(_conditions_table, plan),
        "curve": partial(_curve_table, plan),
        "quotas": partial(quotas_table, plan, TABLES["quotas"]),
        "chosen": partial(chosen_table, plan, TABLES["chosen"]),
    }


def _group_table(plan: PlanResult, name: str, column: str) -> Table:
    return table(name, group_rows(plan, column))


def _conditions_table(plan: PlanResult) -> Table:
    return table("conditions", condition_rows(plan))


def _curve_table(plan: PlanResult) -> Table:
    return table("curve", curve_rows(plan))


def quotas_table(plan: PlanResult, spec: TableSpec) -> Table:
    """One row per source and pollutant, with every label of the source.

    With several pollutants each row names all measures of the source and their whole cost.
    """
    allocation, sources = plan.allocation, plan.inputs.sources
    count, width = allocation.base_mg.shape
    each = np.repeat(np.arange(count), width)
    base, cut = allocation.base_mg.ravel(), allocation.reduction_mg.ravel()
    cells: dict[str, Cells] = {
        "source": Texts(each, sources.ids),
        "pollutant": Texts(np.tile(np.arange(width), count), plan.inputs.pollutants),
        "baseline_t": base,
        "reduction_t": cut,
        "reduction_share": np.divide(cut, base, out=np.full(len(base), np.nan), where=base != 0),
        "quota_t": allocation.quota_mg.ravel(),
        "measures": _measures_of(plan, each),
        "annual_cost_yuan": whole_fen(paid_yuan(plan))[each],
        "drawn": allocation.drawn[each],
    }
    return _with_labels(plan, spec, cells, each)


def chosen_table(plan: PlanResult, spec: TableSpec) -> Table:
    """One row per measure built, wholly or in part, with every label of its source.

    With several pollutants there is a column of masses for each, and a unit cost only where
    the measure removes one of them.
    """
    problem, share = plan.problem, plan.allocation.share
    built = np.flatnonzero(share > 0)
    removed = masses_mg(share[built, None] * problem.removed_t[built])
    cost = each_fen(share[built] * problem.cost_yuan[built])
    cells: dict[str, Cells] = {
        "source": Texts(problem.source[built], plan.inputs.sources.ids),
        "measure": Texts(problem.kind[built], problem.kinds),
        "share": share[built],
        "unit_cost_yuan_per_t": unit_costs(removed, cost),
        "annual_cost_yuan": cost,
    }
    if len(names := plan.inputs.pollutants) == 1:
        cells["removed_t"] = removed[:, 0]
    else:
        own = [Column(f"removed_{name}_t", "mass", "Reduction, t") for name in names]
        cells |= {column.name: removed[:, p] for p, column in enumerate(own)}
        place = [column.name for column in spec.columns].index("removed_t")
        columns = (*spec.columns[:place], *own, *spec.columns[place + 1 :])
        totals = (*(column.name for column in own), *spec.totals)
        spec = replace(spec, columns=columns, totals=totals)
    return _with_labels(plan, spec, cells, problem.source[built])


def unit_costs(removed: IntArray, cost: IntArray) -> IntArray | list[int | None]:
    """Fen per tonne of each measure; None where it removes none or several pollutants."""
    alone, whole = (removed > 0).sum(axis=1) == 1, removed.sum(axis=1)
    small = alone & (np.abs(cost) < SMALL_FEN) & (whole < SAFE / 2)
    per, rest = np.divmod(np.where(small, cost, 0) * MG_PER_T, np.where(small, whole, 1))
    half = 2 * rest - np.where(small, whole, 1)
    per += (half > 0) | ((half == 0) & (per % 2 == 1))  # half to even, as `round`
    if small.all():
        return per
    found: list[int | None] = per.tolist()
    for n in np.flatnonzero(~small).tolist():
        unit = Fraction(int(cost[n]) * MG_PER_T, int(whole[n])) if alone[n] else None
        found[n] = None if unit is None else round(unit)
    return found


def _with_labels(
    plan: PlanResult, spec: TableSpec, cells: dict[str, Cells], source: IntArray
) -> Table:
    """The table with the sources' firms, places and further columns.

    Args:
        plan: the plan.
        spec: the columns that every such table has.
        cells: cells by column, without those of labels.
        source: (N,) the source of each row.
    """
    sources = plan.inputs.sources
    known = {column.name for column in spec.columns}
    labels = {"firm": sources.firm, **sources.labels}
    nothing = np.full(len(source), EMPTY)
    for column in known - cells.keys():
        label = labels.get(column)
        cells[column] = Texts(nothing, ()) if label is None else _at(label, source)
    further = [column for column in labels if column not in known]
    cells |= {column: _at(labels[column], source) for column in further}
    spec = with_identity(spec, further)
    return Table.by_columns(spec, [cells[column.name] for column in spec.columns])


def _at(label: TextColumn, source: IntArray) -> Texts:
    return Texts(label.code[source], label.names)


def _measures_of(plan: PlanResult, each: IntArray) -> Texts:
    """The measures built at each source, joined; empty where there is none.

    Args:
        plan: the plan.
        each: (N,) the source of each row.
    """
    problem = plan.problem
    built = np.flatnonzero(plan.allocation.share > 0)
    begins = np.flatnonzero(np.diff(problem.source[built], prepend=-1))
    kinds = problem.kind[built].tolist()
    bounds = [*begins.tolist(), len(built)]  # one pair a source with measures: none, no pair
    texts = [
        MEASURES_JOIN.join(problem.kinds[k] for k in kinds[start:end])
        for start, end in pairwise(bounds)
    ]
    joined = TextColumn.of(texts)
    code = np.full(len(problem.sources), EMPTY)
    code[problem.source[built][begins]] = joined.code
    return Texts(code[each], joined.names)


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
        reached = exact_sum(held[members, p])
        low, high = plan.allocation.shadow.get(condition.name, (None, None))
        amount = amount_mg(plan.inputs, condition)
        kind = condition.kind
        rows.append((condition.name, kind, amount, reached, price_fen(low), price_fen(high)))
    return rows


def price_fen(price_yuan_per_t: float | None) -> int | None:
    """A price for a table; None where there is none, or no further tonne is achievable."""
    if price_yuan_per_t is None or not np.isfinite(price_yuan_per_t):
        return None
    return yuan_to_fen(price_yuan_per_t)
