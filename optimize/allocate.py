"""A planner's questions, one function each: the plan, its shadow prices, its proof."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from optimize.certificate import relative_gap
from optimize.engine import FLAT_COLUMNS, ColumnPlan, Method, solve
from optimize.equal_percentage import EqualPercentage
from optimize.infeasible import beyond_all, find_conflict, greatest_reduction_t, most_mg
from optimize.least_cost import Model, build_model
from optimize.prices import price_intervals
from optimize.problem import Allocation, AllocationProblem, BoolArray, FloatArray, Limit
from optimize.repair import buy_missing
from optimize.rounding import Rounded, in_whole_mg, missing_mg, round_plan
from optimize.solver import LAST_SECONDS, Patience, solve_model
from optimize.ties import share_out
from permits.errors import InputError
from permits.quantity import MG_PER_T

Progress = Callable[[str], None]
Stopped = Callable[[], bool]
# How far a limit is moved to read the price on either side of it: far above the solver's
# tolerance of about 1e-6 t, below the size of most measures.
NUDGE_T = 1e-4
SURE = 1e-6  # a smaller gap is within the solver's own accuracy, whatever was asked for
HALF_FEN = 0.005  # amounts are compared as they are printed, rounded to the fen
REDUCTION_SHARE = 0.5  # of the time limit, for the search for the greatest reduction; assumed
PLAN_SHARE = 0.8  # of the time limit, for the plan; the remainder is for prices and bounds


def solve_allocation(
    problem: AllocationProblem,
    *,
    gap: float = 1e-4,
    seed: int = 0,
    unit_mg: int = 1,
    progress: Progress | None = None,
    seconds: float | None = None,
    stopped: Stopped | None = None,
    method: Method = "auto",
) -> Allocation:
    """Meet every limit at least cost.

    Args:
        problem: sources, measures and limits, in tonnes and yuan.
        gap: relative optimality gap at which a plan of whole measures is accepted.
        seed: of the tie-breaking lottery among exchangeable sources.
        unit_mg: unit of the totals of a letter [mg]; all add up as printed.
        progress: called with a short text at each stage (None: no progress).
        seconds: time limit of all searches together (None: until the gap is reached).
        stopped: polled during the search; once it is true the best plan so far is returned.
        method: `flat` solves the model as it stands, `cells` by its structure; `auto`
            takes the faster.
    Returns: a plan with status `optimal` (proved within the gap), `feasible`, or
        `infeasible` with the conflict and the greatest achievable reduction.
    Raises: InputError if time ran out, KeyboardInterrupt if it was stopped, before
        there was any plan.
    """
    started = time.perf_counter()
    say = progress or (lambda _: None)
    say("grouping sources")
    model = build_model(problem)
    if beyond := beyond_all(problem):
        most = greatest_reduction_t(problem, model, _patience(gap, seconds, stopped, started, 1.0))
        return _infeasible(problem, most, started, beyond[:1])
    patience = _patience(gap, seconds, stopped, started)
    outcome = solve(model, patience, method, say)
    # After the plan: if time runs short, the plan has had its share first.
    most = greatest_reduction_t(problem, model, _patience(gap, seconds, stopped, started, 1.0))
    if outcome.answer == "stopped":
        raise _no_plan(seconds, stopped)
    if outcome.answer != "optimal":
        return _infeasible(problem, most, started)
    say("proving optimality")
    plan = _plan(problem, model, outcome, seed)
    if plan.missed_mg:
        plan = _to_the_milligram(problem, model, plan, outcome, seed, patience, method)
        if plan.missed_mg and not _cut_short(patience) and in_whole_mg(problem):
            return _infeasible(problem, most, started)
    proved = plan.gap <= max(gap, SURE) and not plan.missed_mg
    plan = replace(
        plan,
        status="optimal" if proved else "feasible",
        shadow=shadow_prices(model, outcome),
        max_reduction_t=np.maximum(most, plan.reduction_mg.sum(axis=0) / MG_PER_T),
        seconds=time.perf_counter() - started,
    )
    return in_units(problem, plan, unit_mg)


def in_units(problem: AllocationProblem, plan: Allocation, unit_mg: int) -> Allocation:
    """The plan with the totals of its letter as multiples of a unit.

    Where no such rounding keeps the limits the plan stays as it is, `feasible` only.

    Args:
        problem: sources, their places and limits.
        plan: the plan to the milligram.
        unit_mg: the unit [mg].
    """
    if unit_mg == 1 or plan.status == "infeasible":
        return plan
    rounded = round_plan(problem, plan.share, unit_mg)
    if not rounded.fits:
        return replace(plan, status="feasible", fits_unit=False)
    return replace(plan, reduction_mg=rounded.reduction_mg, quota_mg=rounded.quota_mg)


def with_shares(problem: AllocationProblem, plan: Allocation, equal: EqualPercentage) -> Allocation:
    """The plan, or the equal-percentage plan where that keeps every limit and costs less.

    A plan is least cost within its gap only; a cheaper comparison is then the better plan.

    Args:
        problem: sources, measures and limits, which both plans keep.
        plan: the plan to the milligram.
        equal: the comparison.
    """
    cheaper = equal.cost_yuan < plan.cost_yuan - HALF_FEN
    if plan.status == "infeasible" or not equal.asked or equal.broken or not cheaper:
        return plan
    rounded = round_plan(problem, equal.built)
    bound = min(plan.bound_yuan, equal.cost_yuan)
    return replace(
        plan,
        share=equal.built,
        reduction_mg=rounded.reduction_mg,
        quota_mg=rounded.quota_mg,
        planned_mg=rounded.planned_mg,
        drawn=equal.drawn,
        cost_yuan=equal.cost_yuan,
        bound_yuan=bound,
        gap=relative_gap(equal.cost_yuan, bound),
        missed_mg={},
    )


def _patience(
    gap: float,
    seconds: float | None,
    stopped: Callable[[], bool] | None,
    started: float,
    share: float = PLAN_SHARE,
) -> Patience:
    """The search limits of one stage, which ends once its share of the time limit is over."""
    until = None if seconds is None else started + share * seconds
    return Patience(gap=gap, seconds=seconds, stopped=stopped, until=until)


def _plan(problem: AllocationProblem, model: Model, outcome: ColumnPlan, seed: int) -> Allocation:
    """A plan by columns, turned into shares, whole milligrams, cost and gap."""
    share, drawn = share_out(problem, model, outcome.x, seed)
    return _of_shares(problem, share, drawn, outcome)


def _of_shares(
    problem: AllocationProblem, share: FloatArray, drawn: BoolArray, outcome: ColumnPlan
) -> Allocation:
    """A plan by shares of measures, with the bound of the search that led to it."""
    rounded = round_plan(problem, share)
    cost = float(share @ problem.cost_yuan)
    # The rounding of sums can lift the bound above the cost by a little: no negative gap.
    bound = min(outcome.bound, cost)
    return Allocation(
        status="feasible",
        share=share,
        reduction_mg=rounded.reduction_mg,
        quota_mg=rounded.quota_mg,
        base_mg=rounded.base_mg,
        drawn=drawn,
        cost_yuan=cost,
        bound_yuan=bound,
        gap=relative_gap(cost, bound),
        bound_by=outcome.bound_by,
        shadow={},
        max_reduction_t=np.zeros(len(problem.pollutants)),
        method=outcome.method,
        planned_mg=rounded.planned_mg,
        missed_mg=_missed(problem, rounded),
    )


def _to_the_milligram(
    problem: AllocationProblem,
    model: Model,
    plan: Allocation,
    outcome: ColumnPlan,
    seed: int,
    patience: Patience,
    method: Method,
) -> Allocation:
    """The plan with what it misses of its limits bought; itself where nothing helps.

    By the cheapest change of one source's measure, or by solving again for more, whichever
    costs less. A large model is solved again only where the change leaves a gap above `SURE`.

    Args:
        problem: sources, measures and limits.
        model: the model of the problem.
        plan: a plan that misses a limit by some milligrams.
        outcome: the search that led to it.
        seed: of the lots.
        patience: limits of the search.
        method: as in `solve_allocation`.
    """
    found = []
    share = buy_missing(problem, plan.share, seed)
    if share is not None:
        changed = np.zeros(len(problem.sources), dtype=bool)
        changed[problem.source[share != plan.share]] = True
        found.append(_of_shares(problem, share, plan.drawn & ~changed, outcome))
        sure = not found[0].missed_mg and found[0].gap <= SURE
        if sure and len(model.first) > FLAT_COLUMNS:
            return found[0]
    again = _asked_for_more(model, plan.missed_mg, outcome, patience, method)
    if again.answer == "optimal":
        found.append(_plan(problem, model, replace(outcome, x=again.x), seed))
    kept = [other for other in found if not other.missed_mg]
    return min(kept, key=lambda other: other.cost_yuan, default=plan)


def _cut_short(patience: Patience) -> bool:
    """Whether the search was stopped or its time is over."""
    asked = patience.stopped is not None and patience.stopped()
    return asked or (patience.until is not None and time.perf_counter() >= patience.until)


def _asked_for_more(
    model: Model, missed: Mapping[str, int], outcome: ColumnPlan, patience: Patience, method: Method
) -> ColumnPlan:
    """Solve again, on the same curves, with lower limits raised by twice what was missed."""
    more = np.array([2 * missed.get(name, 0) / MG_PER_T for name in model.names])
    curves = None if outcome.cells is None else outcome.cells.curves
    return solve(replace(model, low=model.low + more), patience, method, curves=curves)


def _no_plan(seconds: float | None, stopped: Stopped | None) -> BaseException:
    if stopped is not None and stopped():
        return KeyboardInterrupt()
    return InputError(
        "allocate.time",
        "no plan was found in {seconds} s",
        where="--seconds",
        mend="give more time, or allow parts of measures",
        seconds=seconds,
    )


def solve_maximum(
    problem: AllocationProblem,
    pollutant: int,
    *,
    gap: float = 1e-4,
    seed: int = 0,
    unit_mg: int = 1,
    seconds: float | None = None,
    stopped: Stopped | None = None,
) -> Allocation:
    """Find the greatest reduction of a pollutant under the limits, then its least cost.

    Args:
        problem: sources, measures and limits.
        pollutant: index of the pollutant to reduce.
        gap: relative optimality gap, of the reduction and of its cost.
        seed: of the tie-breaking lottery.
        unit_mg: unit of the totals of a letter [mg].
        seconds: time limit; half of it is for the reduction.
        stopped: polled during the search, as in `solve_allocation`.
    Raises: InputError, KeyboardInterrupt: as `solve_allocation`.
    """
    started, model = time.perf_counter(), build_model(problem)
    gains = model.removed[:, pollutant]
    best = solve(
        replace(model, cost=-gains), _patience(1e-9, seconds, stopped, started, REDUCTION_SHARE)
    )
    if best.answer == "stopped":
        raise _no_plan(seconds, stopped)
    if best.answer != "optimal":
        return _infeasible(problem, greatest_reduction_t(problem, model), started)
    own = _plan(problem, model, best, seed)
    reached = int(own.reduction_mg[:, pollutant].sum())
    if np.isinf(model.high).all():
        # Nothing holds it back: the greatest is known to the milligram.
        reached = max(reached, most_mg(problem, pollutant))
    plan = _at_least(problem, pollutant, reached, own, gap, seed, "greatest",
                     _rest(seconds, started), stopped)  # fmt: skip
    plan = _as_proved(plan, float(gains @ best.x), best.bound, gap)
    return in_units(problem, plan, unit_mg)


def solve_budget(
    problem: AllocationProblem,
    pollutant: int,
    budget_yuan: float,
    *,
    gap: float = 1e-4,
    seed: int = 0,
    unit_mg: int = 1,
    seconds: float | None = None,
    stopped: Stopped | None = None,
) -> Allocation:
    """Find the greatest reduction of a pollutant that a budget buys, then its least cost.

    The budget is kept to the fen; measures that save money pay for others.

    Args:
        problem: sources, measures and limits.
        pollutant: index of the pollutant to reduce.
        budget_yuan: the most that all measures together may cost a year [yuan].
        gap: relative optimality gap, of the reduction and of its cost.
        seed: of the tie-breaking lottery.
        unit_mg: unit of the totals of a letter [mg].
        seconds: time limit; half of it is for the reduction.
        stopped: polled during the search, as in `solve_allocation`.
    Raises: InputError, KeyboardInterrupt: as `solve_allocation`.
    """
    started, model = time.perf_counter(), build_model(problem)
    gains = model.removed[:, pollutant]
    best = solve(_with_budget(replace(model, cost=-gains), model.cost, budget_yuan),
                 _patience(gap, seconds, stopped, started, REDUCTION_SHARE))  # fmt: skip
    if best.answer == "stopped":
        raise _no_plan(seconds, stopped)
    if best.answer != "optimal":
        return _infeasible(problem, greatest_reduction_t(problem, model), started)
    own = _plan(problem, model, best, seed)
    reached = int(own.reduction_mg[:, pollutant].sum())
    plan = _at_least(problem, pollutant, reached, own, gap, seed, "budget",
                     _rest(seconds, started), stopped)  # fmt: skip
    most = np.full(len(problem.pollutants), np.nan)
    if np.isfinite(best.bound):
        most[pollutant] = max(-best.bound, int(plan.reduction_mg[:, pollutant].sum()) / MG_PER_T)
    plan = replace(plan, most_for_money_t=most)
    if plan.cost_yuan <= budget_yuan + HALF_FEN:
        return in_units(problem, _as_proved(plan, float(gains @ best.x), best.bound, gap), unit_mg)
    # Within the gap of least cost, yet above the budget: use the plan the search itself found.
    bound = min(plan.bound_yuan, own.cost_yuan)
    own = replace(own, status="feasible", shadow=plan.shadow, method=plan.method,
                  max_reduction_t=plan.max_reduction_t, most_for_money_t=most, bound_yuan=bound,
                  gap=relative_gap(own.cost_yuan, bound), seconds=plan.seconds)  # fmt: skip
    return in_units(problem, own, unit_mg)


def _with_budget(model: Model, cost: FloatArray, budget_yuan: float) -> Model:
    """The model with one more limit, on total cost."""
    nothing = np.zeros((1, model.counts.shape[1]))
    return replace(
        model,
        counts=np.concatenate([model.counts, nothing]),
        pollutant=np.append(model.pollutant, 0),
        low=np.append(model.low, -np.inf),
        high=np.append(model.high, budget_yuan),
        names=(*model.names, "budget"),
        special={**model.special, len(model.names): cost},
    )


def solve_price(
    problem: AllocationProblem,
    pollutant: int,
    price_yuan_per_t: float,
    *,
    seed: int = 0,
    unit_mg: int = 1,
) -> Allocation:
    """Take every measure that costs at most a price per tonne: the response to a levy.

    A step whose unit cost equals the price is taken.

    Args:
        problem: sources, measures and limits; the limits are kept.
        pollutant: index of the pollutant that is priced.
        price_yuan_per_t: the price, or the rate of the levy [yuan/t].
        seed: of the tie-breaking lottery.
        unit_mg: unit of the totals of a letter [mg].
    """
    started, model = time.perf_counter(), build_model(problem)
    # 1e-12 above the price includes the steps that cost exactly the price, and no others:
    # unit costs have far fewer digits.
    worth = price_yuan_per_t * (1 + 1e-12) * model.removed[:, pollutant]
    best = solve(replace(model, cost=model.cost - worth), Patience(gap=1e-9))
    most = greatest_reduction_t(problem, model)
    if best.answer != "optimal":
        return _infeasible(problem, most, started)
    plan = _plan(problem, model, best, seed)
    plan = replace(
        plan,
        status="optimal",
        bound_yuan=plan.cost_yuan,
        gap=0.0,
        bound_by="every step by itself",
        max_reduction_t=most,
        method="price",
        seconds=time.perf_counter() - started,
    )
    return in_units(problem, plan, unit_mg)


def shadow_prices(model: Model, outcome: ColumnPlan) -> dict[str, tuple[float, float]]:
    """Shadow price of each limit, as an interval: the cost of one tonne less and one more.

    Prices are those of the relaxed problem. Where cells are MAC curves these are the exact
    one-sided derivatives. Otherwise each limit is moved a little both ways and the price
    read there; where the model is too large for that, the prices that prove the bound are
    both ends. An upper end of infinity means that no further tonne is achievable.
    """
    if outcome.cells is not None:
        return price_intervals(model, outcome.cells.curves, outcome.cells.cut_t, outcome.price)
    if len(model.first) > FLAT_COLUMNS:
        return {name: (float(y), float(y)) for name, y in zip(model.names, outcome.price,
                                                              strict=True)}  # fmt: skip
    return {name: _price_around(model, outcome.price, n) for n, name in enumerate(model.names)}


def _price_around(model: Model, price: FloatArray, n: int) -> tuple[float, float]:
    ends = []
    for nudge in (-NUDGE_T, NUDGE_T):
        low, high = model.low.copy(), model.high.copy()
        low[n] += nudge
        high[n] += nudge
        moved = solve_model(replace(model, low=low, high=high), whole=False)
        if moved.answer == "optimal":
            ends.append(float(moved.price[n]))
        else:
            ends.append(np.inf if nudge > 0 else float(price[n]))
    return min(ends), max(ends)


def _missed(problem: AllocationProblem, rounded: Rounded) -> dict[str, int]:
    """Limits that the rounded plan misses, and by how much [mg]."""
    lacking = {
        limit.name: missing_mg(problem, limit, rounded.base_mg, rounded.reduction_mg)
        for limit in problem.limits
    }
    return {name: mass for name, mass in lacking.items() if mass}


def _at_least(
    problem: AllocationProblem,
    pollutant: int,
    reduction_mg: int,
    own: Allocation,
    gap: float,
    seed: int,
    method: str,
    seconds: float | None,
    stopped: Stopped | None,
) -> Allocation:
    """Least cost of a reduction just found achievable, to the milligram.

    Args:
        problem: sources, measures and limits.
        pollutant: index of the pollutant.
        reduction_mg: the reduction [mg].
        own: a plan that reaches it: the answer where the search for a cheaper one fails.
        gap: relative optimality gap.
        seed: of the lots.
        method: name of the question.
        seconds: time limit.
        stopped: polled during the search.
    """
    target = Limit(method, pollutant, "reduction_min", reduction_mg / MG_PER_T)
    asked = replace(problem, limits=(*problem.limits, target))
    plan = solve_allocation(asked, gap=gap, seed=seed, seconds=seconds, stopped=stopped)
    if plan.status == "infeasible":
        plan = replace(own, max_reduction_t=plan.max_reduction_t, seconds=plan.seconds,
                       bound_yuan=min(own.cost_yuan, 0.0))  # fmt: skip
        plan = replace(plan, gap=relative_gap(plan.cost_yuan, plan.bound_yuan))
    return replace(plan, method=f"{method}: {plan.method}")


def _as_proved(plan: Allocation, cut: float, bound: float, gap: float) -> Allocation:
    """A plan of the greatest reduction, with the gap of that reduction taken into account.

    A search that was cut short leaves that gap open; `bound` is of the negated reduction.
    """
    open_gap = relative_gap(-cut, min(bound, -cut))
    if open_gap <= max(gap, 1e-6):
        return plan
    return replace(plan, status="feasible", gap=max(plan.gap, open_gap))


def _rest(seconds: float | None, started: float) -> float | None:
    """Time left of the limit [s]; never less than a moment, so that the last search ends."""
    return None if seconds is None else max(LAST_SECONDS, seconds - time.perf_counter() + started)


def _infeasible(
    problem: AllocationProblem,
    most: FloatArray,
    started: float,
    conflict: tuple[str, ...] | None = None,
) -> Allocation:
    """No plan, and why: a conflict as given, or the one that is found.

    Args:
        problem: sources, measures and limits.
        most: (P,) greatest reduction of each pollutant [t].
        started: when the search began [s].
        conflict: names of limits that cannot hold together (None: to be found).
    """
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
        conflict=find_conflict(problem) if conflict is None else conflict,
        method="relaxation",
        seconds=time.perf_counter() - started,
    )
