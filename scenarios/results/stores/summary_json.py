"""The summary of a run as a JSON object, in tonnes and yuan exact to the milligram and fen.

Key names and their order are those that `summary.json` and `--json` promise; no other
module knows them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from permits.quantity import fmt_t, fmt_yuan
from scenarios.results.summary import (
    AssumedSummary,
    EqualPercentageSummary,
    GroupTotals,
    LuckRange,
    LuckSpread,
    MarketTotals,
    Masses,
    PlanSummary,
    RunSummary,
    SolverSummary,
    V,
    YearMarkets,
    YearSummary,
)

RATIO_PLACES = 9  # as many as masses have; more would be noise of the solver (assumed)


def summary_json(summary: RunSummary) -> dict[str, Any]:
    """The object of `summary.json`, which `run --json` prints.

    It omits the seconds of the solver, so that equal runs give equal bytes.
    """
    return {
        "scenario": summary.scenario,
        **({} if summary.seed is None else {"seed": summary.seed}),
        "status": summary.status,
        **_titles(summary),
        **({} if summary.planned is None else {"allocation": _plan(summary.plan, seconds=False)}),
        "counterfactual": [
            {"rule": row.rule, "in_force": row.in_force, "why": row.why}
            for row in summary.counterfactual
        ],
        "assumed": _assumed(summary.assumed, of_plan=summary.planned is not None),
        **({} if summary.year is None else _year(summary.year)),
    }


def plan_json(summary: RunSummary) -> dict[str, Any]:
    """The object that `allocate --json` prints: the plan, then its money and assumptions."""
    prices = summary.prices
    return {
        **_plan(summary.plan, seconds=True),
        **_titles(summary),
        **({"currency": prices.currency, "price_year": prices.year} if prices else {}),
        "assumed": _assumed(summary.assumed, of_plan=True),
    }


def _titles(summary: RunSummary) -> dict[str, str]:
    given = {"title": summary.title, "as_of": summary.as_of}
    return {key: text for key, text in given.items() if text is not None}


# --- the plan ------------------------------------------------------------------------


def _plan(plan: PlanSummary, *, seconds: bool) -> dict[str, Any]:
    most = plan.most_for_money_mg
    answers = dict(plan.answers)
    # The nearest plan explains the conflict and stands next to it; other answers follow.
    nearest = {"nearest": answers.pop("nearest")} if "nearest" in answers else {}
    return {
        "status": plan.status,
        "target_t": _one(plan.target_mg, plan),
        "reduction_t": None if plan.reduction_mg is None else _one(plan.reduction_mg, plan),
        "max_reduction_t": _masses(plan.max_reduction_mg),
        "cost_yuan": _yuan(plan.cost_fen),
        "bound_yuan": _yuan(plan.bound_fen),
        "gap": plan.gap,
        "bound_by": plan.bound_by,
        **({} if most is None else {"most_for_money_t": _one(most, plan)}),
        "conflict": list(plan.conflict),
        **({"missed_mg": dict(plan.missed_mg)} if plan.missed_mg else {}),
        **nearest,
        "shadow_price_yuan_per_t": {
            name: {"low": _yuan(price.low_fen_per_t), "high": _yuan(price.high_fen_per_t)}
            for name, price in plan.shadow_prices.items()
        },
        "equal_percentage": _equal(plan.equal, plan),
        "groups": {
            column: {label: _group(group, plan) for label, group in labels.items()}
            for column, labels in plan.groups.items()
        },
        "solver": _solver(plan.solver, seconds=seconds),
        **answers,
    }


def _equal(equal: EqualPercentageSummary, plan: PlanSummary) -> dict[str, Any]:
    return {
        "kind": equal.kind,
        "share": equal.share,
        **({} if len(plan.pollutants) == 1 else {"shares": dict(equal.shares)}),
        "reduction_t": _one(equal.reduction_mg, plan),
        "capped_sources": equal.capped_sources,
        "cost_yuan": _yuan(equal.cost_fen),
        "cost_low": _yuan(equal.cost_low_fen),
        "cost_high": _yuan(equal.cost_high_fen),
        "broken": list(equal.broken),
        "saving_yuan": _yuan(equal.saving_fen),
    }


def _group(group: GroupTotals, plan: PlanSummary) -> dict[str, Any]:
    return {
        "baseline_t": _one(group.baseline_mg, plan),
        "reduction_t": _one(group.reduction_mg, plan),
        "quota_t": _one(group.quota_mg, plan),
        "cost_yuan": _yuan(group.cost_fen),
    }


def _solver(solver: SolverSummary, *, seconds: bool) -> dict[str, Any]:
    return {
        "method": solver.method,
        "sources": solver.sources,
        "measures": solver.measures,
        **({"seconds": solver.seconds} if seconds else {}),
    }


def _assumed(assumed: AssumedSummary, *, of_plan: bool) -> dict[str, Any]:
    masses, inputs = assumed.reduction_mg, assumed.inputs
    found = (
        {}
        if not of_plan
        else {
            "cost_share": assumed.cost_share,
            "measures": assumed.measures,
            "assumed_measures": assumed.assumed_measures,
            "assumed_reduction_t": _masses(masses) if len(masses) > 1 else _only(masses),
            "assumed_cost_yuan": _yuan(assumed.cost_fen),
        }
    )
    if inputs is not None:
        found |= {
            "inputs": inputs.count,
            "assumed_inputs": inputs.assumed,
            "flips_t": _t(inputs.flips_mg),
        }
    return found


# --- the simulated year --------------------------------------------------------------


def _year(year: YearSummary) -> dict[str, Any]:
    ledger, swipes, true_up, costs = year.ledger, year.swipes, year.true_up, year.evaluation
    return {
        "ledger": {
            "issued_t": _masses(ledger.issued_mg),
            "entries": ledger.entries,
            "opening_paid_yuan": _yuan(ledger.opening_paid_fen),
            "violations": list(ledger.violations),
        },
        "swipes": {
            "count": swipes.count,
            "emitted_t": _t(swipes.emitted_mg),
            "warnings": swipes.warnings,
            "shut": swipes.shut,
            "curtailed": swipes.curtailed,
        },
        "market": _markets(year.market),
        "true_up": {
            "compliant": true_up.compliant,
            "short": true_up.short,
            "shortfall_t": _t(true_up.shortfall_mg),
            "penalty_yuan": _yuan(true_up.penalty_fen),
        },
        "costs": {
            "alone_yuan": _yuan(costs.no_trade_fen),
            "realised_yuan": _yuan(costs.realised_fen),
            "optimum_yuan": _yuan(costs.optimum_fen),
        },
        "efficiency": _ratio(costs.efficiency),
        "cost_over_least_cost": _ratio(costs.cost_over_least_cost),
        **({} if year.luck is None else {"luck": _luck(year.luck)}),
    }


def _luck(luck: LuckRange) -> dict[str, Any]:
    """The range of each figure over the draws, under the name it has above, with its unit."""
    return {
        "luck_seeds": list(luck.seeds),
        "cost_over_least_cost": _spread(luck.cost_over_least_cost, _ratio),
        "efficiency": _spread(luck.efficiency, _ratio),
        "penalty_yuan": _spread(luck.penalty_fen, _yuan),
        "auction_price_yuan_per_t": _spread(luck.sale_price_fen_per_t, _yuan),
        "secondary_price_yuan_per_t": _spread(luck.session_price_fen_per_t, _yuan),
        "emitted_t": _spread(luck.emitted_mg, _t),
    }


def _spread(spread: LuckSpread[V] | None, said: Callable[[V], Any]) -> dict[str, Any] | None:
    if spread is None:
        return None
    return {
        "least": said(spread.least),
        "median": said(spread.median),
        "greatest": said(spread.greatest),
        "draws": spread.draws,
    }


def _markets(market: YearMarkets) -> dict[str, Any]:
    return {
        "auction": _market("sessions", market.auction),
        "secondary": _market("sessions", market.secondary),
        "lease": _market("contracts", market.lease),
        "buyback": _market("contracts", market.buyback),
        "pledge": {
            **_market("contracts", market.pledge),
            "defaulted": market.pledges_defaulted,
        },
    }


def _market(counted: str, totals: MarketTotals) -> dict[str, Any]:
    return {
        counted: totals.count,
        "mass_t": _t(totals.mass_mg),
        "money_yuan": _yuan(totals.money_fen),
        "price_yuan_per_t": _yuan(totals.price_fen_per_t),
    }


# --- values --------------------------------------------------------------------------


def _one(masses: Masses, plan: PlanSummary) -> Any:
    """The bare mass in a plan of one pollutant, else masses by name; None if there is none."""
    if not masses:
        return None
    return _only(masses) if len(plan.pollutants) == 1 else _masses(masses)


def _only(masses: Masses) -> Decimal | None:
    return next((_t(mass) for mass in masses.values()), None)


def _masses(masses: Mapping[str, int]) -> dict[str, Any]:
    return {name: _t(mass) for name, mass in masses.items()}


def _t(mass_mg: int | None) -> Decimal | None:
    return None if mass_mg is None else Decimal(fmt_t(mass_mg))


def _yuan(amount_fen: int | None) -> Decimal | None:
    return None if amount_fen is None else Decimal(fmt_yuan(amount_fen))


def _ratio(value: float | None) -> float | None:
    return None if value is None else round(value, RATIO_PLACES)
