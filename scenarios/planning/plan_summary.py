"""A plan as one JSON object, in tonnes and yuan exact to the milligram and fen."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np

from permits.quantity import MG_PER_T, fmt_t, fmt_yuan, t_to_mg, yuan_to_fen
from scenarios.definition.plan_inputs import PlanInputs, amount_mg
from scenarios.planning.infeasible.table import nearest_told
from scenarios.planning.plan_tables import group_totals, price_fen
from scenarios.planning.solve import PlanResult

GROUP_MOST = 200  # columns with more values than this are labels of sources, not groups


def mass(value_mg: int) -> Decimal:
    """Tonnes, exact to the milligram."""
    return Decimal(fmt_t(value_mg))


def money(amount_yuan: float) -> Decimal:
    """Yuan, rounded to the fen."""
    return Decimal(fmt_yuan(yuan_to_fen(amount_yuan)))


def told(plan: PlanResult, *, seconds: bool = True) -> dict[str, Any]:
    """The object that `allocate --json` prints.

    `summary.json` omits the seconds, so that equal runs give equal bytes.
    """
    allocation, inputs = plan.allocation, plan.inputs
    feasible = allocation.status != "infeasible"
    receptors = {receptor.name for receptor in inputs.receptors}  # priced per own unit
    targets = {c.pollutant: amount_mg(inputs, c) for c in inputs.conditions if c.kind == "target"}
    return {
        "status": allocation.status,
        "target_t": one(inputs, {p: mass(mg) for p, mg in targets.items()}),
        "reduction_t": _by(inputs, plan.reduction_mg()) if feasible else None,
        "max_reduction_t": {
            p: Decimal(f"{allocation.max_reduction_t[n]:.9f}").normalize()
            for n, p in enumerate(inputs.pollutants)
        },
        "cost_yuan": money(allocation.cost_yuan) if feasible else None,
        "bound_yuan": money(allocation.bound_yuan) if feasible else None,
        "gap": allocation.gap if feasible else None,
        "bound_by": allocation.bound_by or None,
        **_most_for_money(plan),
        "conflict": list(allocation.conflict),
        **({} if feasible else {"nearest": nearest_told(plan)}),
        "shadow_price_yuan_per_t": {
            name: {"low": _price(low), "high": _price(high)}
            for name, (low, high) in allocation.shadow.items()
            if name not in receptors
        },
        "equal_percentage": _equal(plan),
        "groups": _groups(plan) if feasible else {},
        "solver": {
            "method": allocation.method,
            "sources": len(plan.problem.sources),
            "measures": len(plan.problem.kind),
            **({"seconds": allocation.seconds} if seconds else {}),
        },
    }


def _most_for_money(plan: PlanResult) -> dict[str, Any]:
    most_t = plan.allocation.most_for_money_t
    if most_t is None or np.isnan(most_t).all():
        return {}
    bounds = {
        p: mass(math.ceil(most_t[n] * MG_PER_T))
        for n, p in enumerate(plan.inputs.pollutants)
        if not np.isnan(most_t[n])
    }
    return {"most_for_money_t": one(plan.inputs, bounds)}


def one(inputs: PlanInputs, values: dict[str, Any]) -> Any:
    """The bare value for one pollutant, else values by name; None where there is none."""
    if not values:
        return None
    return next(iter(values.values())) if len(inputs.pollutants) == 1 else values


def _by(inputs: PlanInputs, masses: list[int]) -> Any:
    return one(inputs, {p: mass(masses[n]) for n, p in enumerate(inputs.pollutants)})


def _price(price: float) -> Decimal | None:
    fen = price_fen(price)
    return None if fen is None else Decimal(fmt_yuan(fen))


def _equal(plan: PlanResult) -> dict[str, Any]:
    equal = plan.equal
    saving = equal.cost_yuan - plan.allocation.cost_yuan
    solved = plan.allocation.status != "infeasible" and equal.feasible and equal.asked
    return {
        "share": equal.share,
        "shares": {p: float(equal.shares[n]) for n, p in enumerate(plan.inputs.pollutants)},
        "capped_sources": equal.capped_sources,
        "cost_yuan": money(equal.cost_yuan) if equal.feasible and equal.asked else None,
        "saving_yuan": money(saving) if solved else None,
        "feasible": equal.feasible,
    }


def _groups(plan: PlanResult) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for column, labels in plan.problem.groups.items():
        if not column or len(set(labels)) > GROUP_MOST:
            continue
        found[column] = {
            label: {
                "baseline_t": _by(plan.inputs, group["base"]),
                "reduction_t": _by(plan.inputs, group["reduction"]),
                "quota_t": _by(plan.inputs, group["quota"]),
                "cost_yuan": Decimal(fmt_yuan(group["cost_fen"])),
            }
            for label, group in group_totals(plan, column).items()
        }
    return found


def assumed_told(plan: PlanResult) -> dict[str, Any]:
    """The part of the plan that rests on assumed numbers: measures, tonnes, money.

    `cost_share` is None for a plan that costs nothing.
    """
    share, problem = plan.allocation.share, plan.problem
    assumed = np.array([m.assumed for m in plan.inputs.in_rows], dtype=bool) & (share > 0)
    cost = share * problem.cost_yuan
    whole = float(np.abs(cost).sum())
    cut = (share[assumed, None] * problem.removed_t[assumed]).sum(axis=0)
    return {
        "cost_share": float(np.abs(cost[assumed]).sum()) / whole if whole else None,
        "measures": int((share > 0).sum()),
        "assumed_measures": int(assumed.sum()),
        "assumed_reduction_t": _by(plan.inputs, [t_to_mg(mass_t) for mass_t in cut.tolist()]),
        "assumed_cost_yuan": money(float(cost[assumed].sum())),
    }
