"""Cost frontiers, trade-offs, cost of conditions, response to prices: tables and JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from optimize import Allocation, AllocationProblem, Limit
from optimize.curves import step_curve
from optimize.frontier import FrontierPoint, limit_costs, solve_between, solve_frontier, supply
from permits.errors import InputError
from permits.quantity import fmt_t, t_to_mg, yuan_to_fen
from scenarios.definition.plan_inputs import PlanInputs
from scenarios.planning.anchors import ANCHORS, POLLUTANTS, TITLES
from scenarios.planning.plan_summary import mass, money, one
from scenarios.planning.plan_tables import price_fen
from scenarios.planning.solve import PlanResult
from scenarios.results.result import Table, table

COSTS_UNASKED = 60_000
"""Measures times conditions up to which condition costs are computed unasked: a few seconds."""
COST_GAP = 1e-4
"""Finest gap for these: a finer one makes each condition's search as long as the plan's own."""
Answer = tuple[dict[str, Table], dict[str, Any]]


def frontier_answer(
    inputs: PlanInputs, problem: AllocationProblem, pollutant: int, points: int,
    *, gap: float, seed: int, stopped: Callable[[], bool] | None = None,
) -> Answer:  # fmt: skip
    """The cost frontier of one pollutant, the other conditions kept.

    Args:
        inputs: sources and conditions.
        problem: the optimiser's problem.
        pollutant: index of the pollutant.
        points: number of targets, at least 1.
        gap: relative optimality gap of each plan.
        seed: of the tie-breaking lottery.
        stopped: polled between points; once it is true the points so far are returned.
    Raises: InputError for less than one point.
    """
    if points < 1:
        raise InputError(
            "frontier.points",
            "a frontier cannot have {points} points",
            where="--frontier",
            mend="give 2 points or more",
            points=points,
        )
    rest = _without_target(inputs, problem, pollutant)
    found = solve_frontier(rest, pollutant, points, gap=gap, seed=seed, stopped=stopped)
    name = inputs.pollutants[pollutant]
    rows = [
        (name, t_to_mg(p.target_t), int(p.reduction_mg[pollutant]) if _met(p) else None,
         yuan_to_fen(p.cost_yuan) if _met(p) else None, price_fen(p.price[0]),
         price_fen(p.price[1]), p.status)
        for p in found
    ]  # fmt: skip
    told = [_point(inputs, name, p) for p in found]
    return {"frontier": table("frontier", rows)}, {"frontier": told}


def _without_target(
    inputs: PlanInputs, problem: AllocationProblem, pollutant: int
) -> AllocationProblem:
    """The problem without the targets that the frontier replaces."""
    name = inputs.pollutants[pollutant]
    targets = {
        n
        for n, condition in enumerate(inputs.conditions)
        if condition.kind == "target" and condition.pollutant == name
    }
    kept = (limit for n, limit in enumerate(problem.limits) if n not in targets)
    return replace(problem, limits=tuple(kept))


def _met(point: FrontierPoint) -> bool:
    return point.status != "infeasible"


def _point(inputs: PlanInputs, name: str, point: FrontierPoint) -> dict[str, Any]:
    met, target = _met(point), t_to_mg(point.target_t)
    low, high = (_price(price) for price in point.price)
    cut = {p: mass(int(point.reduction_mg[n])) for n, p in enumerate(inputs.pollutants)}
    return {
        "status": point.status,
        "target_t": one(inputs, {name: mass(target)}),
        "reduction_t": one(inputs, cut) if met else None,
        "cost_yuan": money(point.cost_yuan) if met else None,
        "shadow_price_yuan_per_t": {f"{name}={fmt_t(target)} t": {"low": low, "high": high}},
    }


def _price(price: float) -> Any:
    return money(price) if np.isfinite(price) else None


def between_answer(
    inputs: PlanInputs, problem: AllocationProblem, pair: str, points: int,
    budget_yuan: float | None, *, gap: float, seed: int,
    stopped: Callable[[], bool] | None = None,
) -> Answer:  # fmt: skip
    """The trade-off between two pollutants: the greatest cut of one for each cut of the other.

    Args:
        inputs: sources and conditions.
        problem: the optimiser's problem.
        pair: the two pollutants as written, separated by a comma; the first is stepped.
        points: number of plans.
        budget_yuan: the most that each plan may cost [yuan] (None: no budget).
        gap: relative optimality gap of each plan.
        seed: of the tie-breaking lottery.
        stopped: polled between plans; once it is true the plans so far are returned.
    Raises: InputError if `pair` does not name two pollutants of the plan.
    """
    first, second = _pair(inputs, pair)
    limits = problem.limits
    if budget_yuan is not None:
        limits = (*limits, Limit("--budget-yuan", 0, "cost_max", budget_yuan))
    asked = replace(problem, limits=limits)
    found = solve_between(asked, first, second, points, gap=gap, seed=seed, stopped=stopped)
    names = inputs.pollutants[first], inputs.pollutants[second]
    rows, told = [], []
    for plan in found:
        a, b = (_total(plan, p) for p in (first, second))
        rows.append((names[0], a, names[1], b, yuan_to_fen(plan.cost_yuan)))
        told.append({
            "status": plan.status,
            "reduction_t": {names[0]: mass(a), names[1]: mass(b)},
            "cost_yuan": money(plan.cost_yuan),
        })  # fmt: skip
    return {"frontier_between": table("frontier_between", rows)}, {"frontier_between": told}


def _pair(inputs: PlanInputs, pair: str) -> tuple[int, int]:
    names = [name.strip() for name in pair.split(",")]
    if len(names) != 2 or names[0] == names[1] or not set(names) <= set(inputs.pollutants):
        raise InputError(
            "frontier.between",
            "{said!r} does not name two pollutants of this plan",
            where="--between",
            mend="write two of them, separated by a comma: {known}",
            said=pair,
            known=", ".join(inputs.pollutants),
        )
    return inputs.pollutants.index(names[0]), inputs.pollutants.index(names[1])


def _total(plan: Allocation, p: int) -> int:
    return int(plan.reduction_mg[:, p].sum())


def condition_costs(
    plan: PlanResult, wanted: bool | None, *, gap: float, seed: int,
    stopped: Callable[[], bool] | None = None,
) -> Answer:  # fmt: skip
    """Cost of each condition, if wanted, or unasked if there are side conditions.

    Args:
        plan: the plan under all conditions.
        wanted: whether to compute the costs (None: for small problems).
        gap: relative optimality gap of each further plan.
        seed: of the tie-breaking lottery.
        stopped: polled between conditions; once it is true the costs so far are returned.
    """
    problem, sides = plan.problem, len(plan.problem.limits)
    targets = sum(c.kind == "target" for c in plan.inputs.conditions)
    small = sides > targets and len(problem.kind) * sides <= COSTS_UNASKED
    if plan.allocation.status == "infeasible" or not (small if wanted is None else wanted):
        return {}, {}
    rows, told = [], []
    unpriced = {limit.name for limit in problem.limits if limit.kind == "cost_max"}
    unpriced |= {receptor.name for receptor in plan.inputs.receptors}
    for cost in limit_costs(
        problem, plan.allocation, gap=max(gap, COST_GAP), seed=seed, stopped=stopped
    ):
        without = cost.without_yuan
        more = None if without is None else cost.with_yuan - without
        # The price of a limit on money is in yuan per yuan, a receptor's in yuan per its own
        # unit: the columns here are in yuan per tonne.
        priced = cost.price is not None and cost.name not in unpriced
        low, high = cost.price if priced and cost.price is not None else (None, None)
        rows.append(
            (cost.name, yuan_to_fen(cost.with_yuan), _fen(without), _fen(more),
             yuan_to_fen(max(0.0, cost.gap_yuan)), price_fen(low), price_fen(high))
        )  # fmt: skip
        told.append({
            "condition": cost.name,
            "with_yuan": money(cost.with_yuan),
            "without_yuan": None if without is None else money(without),
            "cost_yuan": None if more is None else money(more),
            "unproved_yuan": money(max(0.0, cost.gap_yuan)),
        })  # fmt: skip
    return {"condition_costs": table("condition_costs", rows)}, {"condition_costs": told}


def _fen(amount_yuan: float | None) -> int | None:
    return None if amount_yuan is None else yuan_to_fen(amount_yuan)


def supply_answer(inputs: PlanInputs, problem: AllocationProblem, price: float | None) -> Answer:
    """Response to prices: the cut of each pollutant at each published price and at the given one.

    Args:
        inputs: sources and conditions.
        problem: the optimiser's problem; its limits are not considered.
        price: a further price [yuan/t] (None: published ones only).
    """
    rows: list[tuple[Any, ...]] = []
    for p, name in enumerate(inputs.pollutants):
        known: list[tuple[str, float, str | None, str | None]] = [
            (TITLES[a.key], a.yuan_per_t, a.status, a.source) for a in ANCHORS
        ]
        points = known if name in POLLUTANTS else []
        if price is not None:
            points = [*points, ("--price", price, None, None)]
        if not points:
            continue
        curve = step_curve(problem, p)
        for title, yuan_per_t, status, source in sorted(points, key=lambda point: point[1]):
            low, high, cost = supply(curve, yuan_per_t)
            rows.append(
                (title, name, yuan_to_fen(yuan_per_t), t_to_mg(low), t_to_mg(high),
                 yuan_to_fen(cost), status, source)
            )  # fmt: skip
    return ({"supply": table("supply", rows)} if rows else {}), {}
