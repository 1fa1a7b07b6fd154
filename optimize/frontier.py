"""Cost frontiers, trade-offs between two pollutants, and the cost of each limit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from optimize.allocate import solve_allocation, solve_maximum
from optimize.curves import StepCurve, step_curve
from optimize.problem import Allocation, AllocationProblem, FloatArray, IntArray, Limit
from permits.quantity import MG_PER_T, t_to_mg

TARGET = "target"
NEAR_MG = 10_000  # 10 g: five times SLACK_T, by which `solve_maximum` stays below the maximum


@dataclass(frozen=True, slots=True, eq=False)
class FrontierPoint:
    """A target [t] and the least-cost plan that meets it.

    `price` is the target's marginal abatement cost [yuan/t] as an interval.
    """

    target_t: float
    status: str
    reduction_mg: IntArray  # (P,)
    cost_yuan: float
    bound_yuan: float
    price: tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class LimitCost:
    """Cost of a limit: the least cost with it, without it, and its price [yuan/t].

    `without_yuan` is None where the other limits have no plan; `gap_yuan` is the sum of the
    two plans' open gaps, within which a difference may be due to the solver.
    """

    name: str
    with_yuan: float
    without_yuan: float | None
    price: tuple[float, float] | None
    gap_yuan: float


def solve_frontier(
    problem: AllocationProblem,
    pollutant: int,
    points: int,
    *,
    gap: float = 1e-4,
    seed: int = 0,
    stopped: Callable[[], bool] | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> list[FrontierPoint]:
    """Least cost at evenly spaced targets, from nothing to the greatest reduction.

    Limits of the problem are kept as side conditions. One pollutant with divisible measures
    and no side conditions is read off its exact MAC curve; anything else is solved target by
    target. Empty where the side conditions cannot hold.

    Args:
        problem: sources, measures and side conditions.
        pollutant: index of the pollutant to reduce.
        points: number of targets, both ends included; a single one is the upper end.
        gap: relative optimality gap of each plan.
        seed: of the tie-breaking lottery.
        stopped: polled between points; once it is true the points so far are returned.
        progress: called with the share done before each point.
    """
    if problem.divisible and len(problem.pollutants) == 1 and not problem.limits:
        return _read_off(problem, points)
    most = solve_maximum(problem, pollutant, gap=gap, seed=seed, stopped=stopped)
    if most.status == "infeasible":
        return []
    top_mg = int(most.reduction_mg[:, pollutant].sum())
    whole_mg = t_to_mg(float(most.max_reduction_t[pollutant]))
    if whole_mg - top_mg <= NEAR_MG:
        top_mg = whole_mg  # the search stays below the maximum by the solver's tolerance only
    found = []
    for n, target_mg in enumerate(_targets(top_mg, points)):
        if stopped is not None and stopped():
            break
        progress(n / points)
        found.append(_solved(problem, pollutant, target_mg / MG_PER_T, gap, seed, stopped))
    return found


def solve_between(
    problem: AllocationProblem,
    first: int,
    second: int,
    points: int,
    *,
    gap: float = 1e-4,
    seed: int = 0,
    stopped: Callable[[], bool] | None = None,
) -> list[Allocation]:
    """Greatest cuts of a second pollutant at evenly spaced cuts of a first, under the limits.

    A budget is a limit of kind `cost_max`. The first plan cuts the most of the second and
    whatever of the first comes with it; the last cuts the most of the first. Each plan is
    the cheapest of those that cut as much. Empty where the limits cannot hold.

    Args:
        problem: sources, measures and limits.
        first: index of the pollutant whose cut is stepped.
        second: index of the pollutant whose cut is maximised.
        points: number of plans, both ends included.
        gap: relative optimality gap of each plan.
        seed: of the tie-breaking lottery.
        stopped: polled between plans; once it is true the plans so far are returned.
    """
    start, end = (
        solve_maximum(problem, p, gap=gap, seed=seed, stopped=stopped) for p in (second, first)
    )
    if "infeasible" in (start.status, end.status):
        return []
    low, high = (int(plan.reduction_mg[:, first].sum()) for plan in (start, end))
    found = []
    for n in range(points):
        if stopped is not None and stopped():
            break
        asked_mg = low + round((high - low) * n / max(points - 1, 1))
        level = Limit("at least", first, "reduction_min", asked_mg / MG_PER_T)
        asked = replace(problem, limits=(*problem.limits, level))
        plan = solve_maximum(asked, second, gap=gap, seed=seed, stopped=stopped)
        if plan.status != "infeasible":
            found.append(plan)
    return found


def limit_costs(
    problem: AllocationProblem,
    plan: Allocation,
    *,
    gap: float = 1e-4,
    seed: int = 0,
    stopped: Callable[[], bool] | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> list[LimitCost]:
    """Cost of each limit: the least cost with all limits and without this one.

    Args:
        problem: sources, measures and limits.
        plan: the least-cost plan under all limits.
        gap: relative optimality gap of each further plan.
        seed: of the tie-breaking lottery.
        stopped: polled between limits; once it is true the costs so far are returned.
        progress: called with the share done before each limit.
    """
    # Each limit is left out with all others kept, so the costs need not add up.
    found: list[LimitCost] = []
    for n, limit in enumerate(problem.limits):
        if stopped is not None and stopped():
            break
        progress(n / len(problem.limits))
        rest = replace(problem, limits=(*problem.limits[:n], *problem.limits[n + 1 :]))
        other = solve_allocation(rest, gap=gap, seed=seed, stopped=stopped)
        without = None if other.status == "infeasible" else other.cost_yuan
        open_yuan = plan.cost_yuan - plan.bound_yuan + other.cost_yuan - other.bound_yuan
        price = plan.shadow.get(limit.name)
        found.append(LimitCost(limit.name, plan.cost_yuan, without, price, open_yuan))
    return found


def supply(curve: StepCurve, price: float) -> tuple[float, float, float]:
    """Least and greatest cut [t] at a price, and the cost of the greatest [yuan].

    Every source takes the steps that cost at most the price: measures in parts, no limits.
    """
    low, high = curve.cut_at_price(price)
    taken = curve.unit_yuan_per_t <= price
    cost: FloatArray = curve.unit_yuan_per_t[taken] * curve.removes_t[taken]
    return low, high, float(cost.sum())


def _targets(top_mg: int, points: int) -> list[int]:
    """Evenly spaced targets in whole milligrams up to the top; one point is the top itself."""
    return [top_mg * n // (points - 1) for n in range(points)] if points > 1 else [top_mg]


def _read_off(problem: AllocationProblem, points: int) -> list[FrontierPoint]:
    curve = step_curve(problem)
    found = []
    for target_mg in _targets(t_to_mg(curve.max_t), points):
        target_t = min(target_mg / MG_PER_T, curve.max_t)
        # Steps that save money are taken whatever the target is.
        cut = np.array([t_to_mg(float(curve.taken(target_t).sum()))], dtype=np.int64)
        cost = curve.cost_at(target_t)
        price = curve.price_at(target_t)
        found.append(FrontierPoint(target_t, "optimal", cut, cost, cost, price))
    return found


def _solved(
    problem: AllocationProblem, pollutant: int, target_t: float, gap: float, seed: int,
    stopped: Callable[[], bool] | None,
) -> FrontierPoint:  # fmt: skip
    target = Limit(TARGET, pollutant, "reduction_min", target_t)
    asked = replace(problem, limits=(target, *problem.limits))
    plan = solve_allocation(asked, gap=gap, seed=seed, stopped=stopped)
    cut: IntArray = plan.reduction_mg.sum(axis=0)
    return FrontierPoint(target_t, plan.status, cut, plan.cost_yuan, plan.bound_yuan,
                         plan.shadow.get(TARGET, (0.0, np.inf)))  # fmt: skip
