"""What every reduction costs, between two pollutants too; and what each limit costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from optimize.allocate import solve_allocation, solve_maximum
from optimize.curves import StepCurve, step_curve
from optimize.problem import Allocation, AllocationProblem, FloatArray, IntArray, Limit
from permits.quantity import MG_PER_T, t_to_mg

TARGET = "target"
NEAR_MG = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class FrontierPoint:
    """A target [t] and the plan of least cost that meets it; `price` is the target's own
    marginal price [yuan/t] as an interval."""

    target_t: float
    status: str
    reduction_mg: IntArray  # (P,)
    cost_yuan: float
    bound_yuan: float
    price: tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class LimitCost:
    """What a limit costs: the least cost with it, without it, and its price [yuan/t].

    `without_yuan` is None where the rest has no plan; `gap` is what the two plans leave
    unproved [yuan], within which a difference may be the solver's.
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
) -> list[FrontierPoint]:
    """Least cost at evenly spaced targets, from nothing to the most that can be had.

    Limits of the problem are kept as side conditions. One pollutant whose measures divide
    and that has no side conditions is read off its exact cost curve; anything else is
    solved target by target. Empty where the side conditions cannot hold; once it is to
    stop, the points so far.
    """
    if problem.divisible and len(problem.pollutants) == 1 and not problem.limits:
        return _read_off(problem, points)
    most = solve_maximum(problem, pollutant, gap=gap, seed=seed, stopped=stopped)
    if most.status == "infeasible":
        return []
    top_mg = int(most.reduction_mg[:, pollutant].sum())
    whole_mg = t_to_mg(float(most.max_reduction_t[pollutant]))
    if whole_mg - top_mg <= NEAR_MG:
        top_mg = whole_mg  # the search for it stays a solver's tolerance below all there is
    found = []
    for target_mg in _targets(top_mg, points):
        if stopped is not None and stopped():
            break
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
    """The most of a second pollutant at evenly spaced cuts of a first, under the limits.

    A budget is a limit of kind `cost_max`. The first plan cuts the most of the second and
    whatever of the first comes with it; the last cuts the most of the first. Each plan is
    the cheapest of those that cut as much. Empty where the limits cannot hold; once it is
    to stop, the plans so far.
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
) -> list[LimitCost]:
    """The cost of the plan without each limit in turn, and so what each limit costs.

    Once it is to stop, those found so far.
    """
    found: list[LimitCost] = []
    for n, limit in enumerate(problem.limits):
        if stopped is not None and stopped():
            break
        rest = replace(problem, limits=(*problem.limits[:n], *problem.limits[n + 1 :]))
        other = solve_allocation(rest, gap=gap, seed=seed, stopped=stopped)
        without = None if other.status == "infeasible" else other.cost_yuan
        open_yuan = plan.cost_yuan - plan.bound_yuan + other.cost_yuan - other.bound_yuan
        price = plan.shadow.get(limit.name)
        found.append(LimitCost(limit.name, plan.cost_yuan, without, price, open_yuan))
    return found


def supply(curve: StepCurve, price: float) -> tuple[float, float, float]:
    """Least and greatest cut [t] at a price, and what the greatest costs [yuan].

    Every source does what costs it at most the price: measures in parts, no limits.
    """
    low, high = curve.cut_at_price(price)
    taken = curve.unit_yuan_per_t <= price
    cost: FloatArray = curve.unit_yuan_per_t[taken] * curve.removes_t[taken]
    return low, high, float(cost.sum())


def _targets(top_mg: int, points: int) -> list[int]:
    """Whole milligrams from nothing to the top, evenly; one point is the top itself."""
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
