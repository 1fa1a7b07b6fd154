"""A planner's questions, each in one call: a plan, its price, its proof."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from optimize.certificate import lagrangian_bound, relative_gap
from optimize.curves import step_curve
from optimize.infeasible import find_conflict, greatest_reduction_t
from optimize.least_cost import Model, build_model
from optimize.problem import Allocation, AllocationProblem, FloatArray, Limit
from optimize.rounding import Rounded, missing_mg, round_plan
from optimize.solver import Solution, solve_model
from optimize.ties import share_out
from optimize.top_up import shortfall_t, top_up

Progress = Callable[[str], None]
NUDGE_T = 1e-4  # how far a limit is moved to see the price on either side of it
TIGHTEN_T = 2e-6  # a limit missed by the solver's tolerance is asked for again, this much more
# (times the largest measure in it, since that is what the solver counts the limit in)
EASE = 1e-5  # what a solver may overlook in small measures beside large ones, in the same count


def solve_allocation(
    problem: AllocationProblem,
    *,
    gap: float = 1e-4,
    seed: int = 0,
    unit_mg: int = 1,
    progress: Progress | None = None,
) -> Allocation:
    """Meet every limit at least cost.

    Args:
        gap: relative gap at which whole measures are good enough.
        seed: of the public lot among exchangeable sources.
        unit_mg: precision of quotas; all totals add up as printed.
    Returns: a plan with status `optimal` (proved within the gap), `feasible`, or
        `infeasible` with the conflict and the greatest reduction that can be had.
    """
    started = time.perf_counter()
    say = progress or (lambda _: None)
    say("grouping sources")
    model = build_model(problem)
    say("solving the relaxation")
    relaxed = _solve_near(model, whole=False, gap=gap)
    most = greatest_reduction_t(problem)
    if relaxed.answer != "optimal":
        return _infeasible(problem, most, started)
    say("choosing whole measures" if model.whole else "sharing out")
    plan = _solve_near(model, whole=True, gap=gap) if model.whole else relaxed
    if plan.answer != "optimal":
        return _infeasible(problem, most, started)
    share, drawn = share_out(problem, model, plan.x, relaxed.price, seed)
    rounded = round_plan(problem, share, unit_mg)
    if missed := _missed(problem, rounded):
        x = _kept(model, plan.x, missed, gap)
        if x is not None:
            share, drawn = share_out(problem, model, x, relaxed.price, seed)
            rounded = round_plan(problem, share, unit_mg)
        elif shortfall_t(model, plan.x).any():
            return _infeasible(problem, most, started)
    say("proving it")
    cost = float(share @ problem.cost_yuan)
    # Of the plan for the limits as given: what a tightened model proves is not asked.
    shadow = shadow_prices(problem, model, relaxed)
    bound, bound_by = _bound(model, (relaxed.price, *_ends(model, shadow)), plan, cost, gap)
    proved = relative_gap(cost, bound)
    kept = not _missed(problem, rounded)
    return Allocation(
        status="optimal" if kept and proved <= max(gap, 1e-6) else "feasible",
        share=share,
        reduction_mg=rounded.reduction_mg,
        quota_mg=rounded.quota_mg,
        base_mg=rounded.base_mg,
        drawn=drawn,
        cost_yuan=cost,
        bound_yuan=bound,
        gap=proved,
        bound_by=bound_by,
        shadow=shadow,
        max_reduction_t=most,
        method="whole measures, branch and bound" if model.whole else "linear program",
        seconds=time.perf_counter() - started,
    )


def solve_maximum(
    problem: AllocationProblem,
    pollutant: int,
    *,
    gap: float = 1e-4,
    seed: int = 0,
    unit_mg: int = 1,
) -> Allocation:
    """The greatest reduction of a pollutant under the limits, then its least cost."""
    model = build_model(problem)
    gains = problem.removed_t[model.first, pollutant]
    best = solve_model(model, whole=model.whole, objective=-gains)
    if best.answer != "optimal":
        return _infeasible(problem, greatest_reduction_t(problem), time.perf_counter())
    return _at_least(problem, pollutant, float(gains @ best.x), gap, seed, unit_mg, "greatest")


def solve_budget(
    problem: AllocationProblem,
    pollutant: int,
    budget_yuan: float,
    *,
    gap: float = 1e-4,
    seed: int = 0,
    unit_mg: int = 1,
) -> Allocation:
    """The greatest reduction of a pollutant that a budget buys, then its least cost.

    The budget is kept to the fen; measures that save money pay for others.
    """
    model = build_model(problem)
    gains = problem.removed_t[model.first, pollutant]
    best = solve_model(model, whole=model.whole, objective=-gains, budget=budget_yuan, gap=gap)
    if best.answer != "optimal":
        return _infeasible(problem, greatest_reduction_t(problem), time.perf_counter())
    return _at_least(problem, pollutant, float(gains @ best.x), gap, seed, unit_mg, "budget")


def solve_price(
    problem: AllocationProblem,
    pollutant: int,
    price_yuan_per_t: float,
    *,
    seed: int = 0,
    unit_mg: int = 1,
) -> Allocation:
    """All that costs at most a price per tonne: what a levy at that rate would bring.

    A step at the very price is taken.
    """
    started = time.perf_counter()
    model = build_model(problem)
    gains = problem.removed_t[model.first, pollutant]
    # The smallest nudge above the price takes in the steps that cost just as much.
    worth = price_yuan_per_t * (1 + 1e-12) * gains
    best = solve_model(model, whole=model.whole, objective=model.cost - worth)
    if best.answer != "optimal":
        return _infeasible(problem, greatest_reduction_t(problem), started)
    share, drawn = share_out(problem, model, best.x, np.zeros(len(model.names)), seed)
    rounded = round_plan(problem, share, unit_mg)
    cost = float(share @ problem.cost_yuan)
    return Allocation(
        status="optimal",
        share=share,
        reduction_mg=rounded.reduction_mg,
        quota_mg=rounded.quota_mg,
        base_mg=rounded.base_mg,
        drawn=drawn,
        cost_yuan=cost,
        bound_yuan=cost,
        gap=0.0,
        bound_by="every step by itself",
        shadow={},
        max_reduction_t=greatest_reduction_t(problem),
        method="price",
        seconds=time.perf_counter() - started,
    )


def shadow_prices(
    problem: AllocationProblem, model: Model, relaxed: Solution
) -> dict[str, tuple[float, float]]:
    """What a tonne less or more of each limit changes in cost, of the relaxed problem.

    One target over all sources is read off the exact curve. Otherwise each limit is
    moved a little both ways and the price read there: the one-sided derivatives.
    An upper end of infinity means that no tonne more can be had.
    """
    # A measure that saves money and removes nothing is on no curve, yet has to make way
    # for others of its slot.
    off_curve = bool(((problem.removed_t == 0).all(axis=1) & (problem.cost_yuan < 0)).any())
    if len(problem.limits) == 1 and len(problem.pollutants) == 1 and not off_curve:
        limit = problem.limits[0]
        if limit.kind != "reduction_max":
            members = np.flatnonzero(problem.member_mask(limit)).tolist()
            needed = problem.needed_t(limit)[0]
            return {limit.name: step_curve(problem, 0, members).price_at(needed)}
    return {name: _price_around(problem, model, relaxed, n) for n, name in enumerate(model.names)}


def _price_around(
    problem: AllocationProblem, model: Model, relaxed: Solution, n: int
) -> tuple[float, float]:
    ends = []
    for nudge in (-NUDGE_T, NUDGE_T):
        low, high = model.low.copy(), model.high.copy()
        low[n] += nudge
        high[n] += nudge
        moved = solve_model(replace(model, low=low, high=high), whole=False)
        if moved.answer == "optimal":
            ends.append(float(moved.price[n]))
        else:
            ends.append(np.inf if nudge > 0 else float(relaxed.price[n]))
    return min(ends), max(ends)


def _bound(
    model: Model, prices: Sequence[FloatArray], plan: Solution, cost: float, gap: float
) -> tuple[float, str]:
    """The best proved lower bound on cost, and the argument it rests on."""
    ours = max(lagrangian_bound(model, price) for price in prices)
    if not model.whole or relative_gap(cost, ours) <= gap:
        return min(ours, cost), "lagrangian"
    return min(max(ours, plan.bound), cost), "branch_and_bound"


def _ends(model: Model, shadow: Mapping[str, tuple[float, float]]) -> list[FloatArray]:
    """Prices at either end of the intervals: exact where the solver's are rounded away."""
    ends = np.array([shadow[name] for name in model.names]).reshape(-1, 2)
    return [end for end in ends.T if np.isfinite(end).all()]


def _missed(problem: AllocationProblem, rounded: Rounded) -> dict[str, int]:
    """Limits that the rounded plan misses, with what is missing [mg]."""
    lacking = {
        limit.name: missing_mg(problem, limit, rounded.base_mg, rounded.reduction_mg)
        for limit in problem.limits
    }
    return {name: mass for name, mass in lacking.items() if mass}


def _solve_near(model: Model, *, whole: bool, gap: float) -> Solution:
    """Solve; where nothing is found, with limits eased by what the solver may overlook.

    All that there is, asked for to the last bit, may look like more than there is. What
    the easing lets through is measured and made good, or refused, afterwards.
    """
    found = solve_model(model, whole=whole, gap=gap / 2)
    if found.answer == "infeasible":
        largest = np.abs(model.rows).max(axis=1, initial=0.0)
        found = solve_model(model, whole=whole, low=model.low - EASE * largest, gap=gap / 2)
    return found


def _kept(model: Model, x: FloatArray, missed: dict[str, int], gap: float) -> FloatArray | None:
    """The cheaper of two plans near `x` that keep the limits: one asked for with a margin,
    and `x` with what is missing added."""
    found = []
    again = solve_model(model, whole=model.whole, low=_tightened(model, missed), gap=gap / 2)
    if again.answer == "optimal":
        found.append(np.round(again.x) if model.whole else again.x)
    if shortfall_t(model, x).any() and (topped := top_up(model, x)) is not None:
        found.append(topped)
    found = [plan for plan in found if not shortfall_t(model, plan).any()]
    return min(found, key=lambda plan: float(model.cost @ plan), default=None)


def _tightened(model: Model, missed: dict[str, int]) -> FloatArray:
    low = model.low.copy()
    for n, name in enumerate(model.names):
        if name in missed:
            largest = float(np.abs(model.rows[n]).max(initial=1.0))
            low[n] += TIGHTEN_T * largest + 2 * missed[name] / 1e9
    return low


def _at_least(
    problem: AllocationProblem,
    pollutant: int,
    reduction_t: float,
    gap: float,
    seed: int,
    unit_mg: int,
    method: str,
) -> Allocation:
    """Least cost of a reduction just found possible, less the solver's tolerance."""
    target = Limit(method, pollutant, "reduction_min", max(0.0, reduction_t - TIGHTEN_T))
    asked = replace(problem, limits=(*problem.limits, target))
    plan = solve_allocation(asked, gap=gap, seed=seed, unit_mg=unit_mg)
    return replace(plan, method=f"{method}: {plan.method}")


def _infeasible(problem: AllocationProblem, most: FloatArray, started: float) -> Allocation:
    nothing = np.zeros(len(problem.kind))
    rounded = round_plan(replace(problem, limits=()), nothing)
    return Allocation(
        status="infeasible",
        share=nothing,
        reduction_mg=rounded.reduction_mg,
        quota_mg=rounded.quota_mg,
        base_mg=rounded.base_mg,
        drawn=np.zeros(len(problem.sources), dtype=bool),
        cost_yuan=0.0,
        bound_yuan=0.0,
        gap=0.0,
        bound_by="",
        shadow={},
        max_reduction_t=most,
        conflict=find_conflict(problem),
        method="relaxation",
        seconds=time.perf_counter() - started,
    )
