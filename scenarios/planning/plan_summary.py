"""Totals of a plan, in whole mg and fen."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import numpy as np

from optimize.problem import Labels
from permits.quantity import MG_PER_T, fmt_t, fmt_yuan, t_to_mg, yuan_to_fen
from scenarios.definition.plan_inputs import PlanInputs, amount_mg
from scenarios.planning.infeasible.table import nearest_told
from scenarios.planning.plan_tables import group_totals, price_fen
from scenarios.planning.solve import PlanResult
from scenarios.results.summary import (
    AssumedInputs,
    AssumedSummary,
    EqualPercentageSummary,
    GroupTotals,
    PlanSummary,
    ShadowPrice,
    SolverSummary,
)

GROUP_MOST = 200  # columns with more values than this are labels of sources, not groups


def summarise_plan(plan: PlanResult) -> PlanSummary:
    """Totals of a plan, in whole mg and fen; without answers to further questions."""
    allocation, inputs = plan.allocation, plan.inputs
    feasible = allocation.status != "infeasible"
    receptors = {receptor.name for receptor in inputs.receptors}  # priced per own unit
    return PlanSummary(
        status=allocation.status,
        pollutants=tuple(inputs.pollutants),
        target_mg={
            c.pollutant: amount_mg(inputs, c) for c in inputs.conditions if c.kind == "target"
        },
        reduction_mg=_by(inputs, plan.reduction_mg()) if feasible else None,
        max_reduction_mg=_by(inputs, map(t_to_mg, allocation.max_reduction_t.tolist())),
        cost_fen=yuan_to_fen(allocation.cost_yuan) if feasible else None,
        bound_fen=yuan_to_fen(allocation.bound_yuan) if feasible else None,
        gap=allocation.gap if feasible else None,
        bound_by=allocation.bound_by or None,
        most_for_money_mg=_most_for_money(plan),
        conflict=tuple(allocation.conflict),
        shadow_prices={
            name: ShadowPrice(price_fen(low), price_fen(high))
            for name, (low, high) in allocation.shadow.items()
            if name not in receptors
        },
        equal=_equal(plan),
        groups=_groups(plan) if feasible else {},
        solver=SolverSummary(
            method=allocation.method,
            sources=len(plan.problem.sources),
            measures=len(plan.problem.kind),
            seconds=allocation.seconds,
        ),
        missed_mg=dict(allocation.missed_mg),
        answers={} if feasible else {"nearest": nearest_told(plan)},
    )


def _most_for_money(plan: PlanResult) -> dict[str, int] | None:
    most_t = plan.allocation.most_for_money_t
    if most_t is None or np.isnan(most_t).all():
        return None
    # Rounded up: it is an upper bound.
    return {
        p: math.ceil(most_t[n] * MG_PER_T)
        for n, p in enumerate(plan.inputs.pollutants)
        if not np.isnan(most_t[n])
    }


def _by(inputs: PlanInputs, masses: Iterable[int]) -> dict[str, int]:
    return dict(zip(inputs.pollutants, masses, strict=True))


def _equal(plan: PlanResult) -> EqualPercentageSummary:
    equal = plan.equal
    known = equal.feasible and equal.asked
    solved = known and not equal.broken and plan.allocation.status != "infeasible"
    # Not below zero: a comparison cheaper than the plan has become the plan (`with_shares`),
    # so that what is left of a difference is the rounding of two sums.
    saving = max(0.0, equal.cost_yuan - plan.allocation.cost_yuan)
    cut = equal.reduction_mg.sum(axis=0)
    return EqualPercentageSummary(
        kind=equal.kind,
        share=equal.share,
        shares={p: float(equal.shares[n]) for n, p in enumerate(plan.inputs.pollutants)},
        reduction_mg=_by(plan.inputs, map(int, cut)),
        capped_sources=equal.capped_sources,
        cost_fen=yuan_to_fen(equal.cost_yuan) if known else None,
        cost_low_fen=yuan_to_fen(equal.cost_low) if known else None,
        cost_high_fen=yuan_to_fen(equal.cost_high) if known else None,
        saving_fen=yuan_to_fen(saving) if solved else None,
        broken=equal.broken if equal.asked else (),
        feasible=equal.feasible,
    )


def _groups(plan: PlanResult) -> dict[str, dict[str, GroupTotals]]:
    return {
        column: {
            label: GroupTotals(
                baseline_mg=_by(plan.inputs, group["base"]),
                reduction_mg=_by(plan.inputs, group["reduction"]),
                quota_mg=_by(plan.inputs, group["quota"]),
                cost_fen=group["cost_fen"],
            )
            for label, group in group_totals(plan, column).items()
        }
        for column, labels in plan.problem.groups.items()
        if column and len(Labels.of(labels).names) <= GROUP_MOST
    }


def summarise_assumed(plan: PlanResult, inputs: AssumedInputs | None = None) -> AssumedSummary:
    """The part of a plan that rests on assumed numbers.

    Args:
        plan: the plan.
        inputs: counts of the inputs of a scenario.
    """
    share, problem = plan.allocation.share, plan.problem
    assumed = plan.inputs.measures.assumed & (share > 0)
    cost = share * problem.cost_yuan
    whole, stated = float(np.abs(cost).sum()), plan.inputs.measures.stated
    cut = (share[assumed, None] * problem.removed_t[assumed]).sum(axis=0)
    return AssumedSummary(
        cost_share=float(np.abs(cost[assumed]).sum()) / whole if whole and stated else None,
        measures=int((share > 0).sum()),
        assumed_measures=int(assumed.sum()),
        reduction_mg=_by(plan.inputs, map(t_to_mg, cut.tolist())),
        cost_fen=yuan_to_fen(float(cost[assumed].sum())),
        inputs=inputs,
        stated=stated,
    )


# --- values of the JSON objects of further questions ----------------------------------


def mass(value_mg: int) -> Decimal:
    """Tonnes, exact to the milligram."""
    return Decimal(fmt_t(value_mg))


def money(amount_yuan: float) -> Decimal:
    """Yuan, rounded to the fen."""
    return Decimal(fmt_yuan(yuan_to_fen(amount_yuan)))


def one(inputs: PlanInputs, values: dict[str, Any]) -> Any:
    """The bare value for one pollutant, else values by name; None where there is none."""
    if not values:
        return None
    return next(iter(values.values())) if len(inputs.pollutants) == 1 else values
