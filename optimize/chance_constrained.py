"""Chance-constrained plans: limits hold with a stated probability; a bound on their cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from optimize.engine import relax
from optimize.least_cost import build_model
from optimize.problem import AllocationProblem, FloatArray, Limit
from optimize.solver import Patience
from optimize.ties import expand
from optimize.uncertainty import Ranges, Say, draw_problem, keeps_limits, sample_worlds

BISECTIONS = 12  # halvings of the margin: to 1/4096 of the greatest one
REMEMBERED = 20_000_000  # measures times draws up to which draws stay in memory (0.3 GB)
Again = Callable[[], Iterator[AllocationProblem]]


@dataclass(frozen=True, slots=True, eq=False)
class Certain:
    """A chance-constrained plan: the share of draws in which it holds, and its cost.

    `margin` is the share by which lower limits were raised; `share` is the frequency on the
    draws it was found with, `share_fresh` on fresh ones. No plan that holds in that share of
    the same draws costs less than `bound_yuan`; `cost_yuan` is this plan's, so an upper bound.
    """

    wanted: float
    margin: float
    share: float
    share_fresh: float
    plan_yuan: float
    cost_yuan: float
    bound_yuan: float
    built: FloatArray  # (M,) share of each measure


def find_chance_constrained(
    problem: AllocationProblem,
    ranges: Ranges,
    plain_yuan: float,
    *,
    certainty: float = 0.95,
    count: int = 200,
    seed: int = 0,
    say: Say = lambda text, share: None,
) -> Certain | None:
    """Find the cheapest plan of its family whose limits hold in a share of the draws.

    The family: least-cost plans for lower limits raised by a margin, in parts of measures;
    the smallest sufficient margin is found by bisection. None if even building everything
    is not enough.

    Args:
        problem: sources, measures and limits at their stated values.
        ranges: uncertainty of the inputs.
        plain_yuan: cost of the plan without the chance constraint [yuan], for comparison.
        certainty: probability with which all limits are to hold, 0 to 1.
        count: number of draws.
        seed: of the draws.
        say: called with a text and the share of the work done.
    """
    # In parts: with whole measures every margin would need a branch and bound.
    parts = replace(problem, divisible=True)
    worlds = sample_worlds(parts, ranges, count, seed, "draws")
    # 0.55 * 100 is 55.00000000000001 in doubles: without the 1e-9 one draw too many.
    wanted = int(np.ceil(certainty * count - 1e-9))
    small = count * len(problem.kind) <= REMEMBERED
    known = [draw_problem(parts, worlds(d)) for d in range(count)] if small else []

    def draws() -> Iterator[AllocationProblem]:
        yield from known if small else (draw_problem(parts, worlds(d)) for d in range(count))

    best = _least_margin(parts, draws, wanted, say)
    if best is None:
        return None
    margin, share = best
    # A plan chosen on some draws fits them too well: its probability is estimated on others.
    others = sample_worlds(parts, ranges, count, seed, "fresh")
    fresh = sum(keeps_limits(draw_problem(parts, others(d)), share) for d in range(count))
    say("computing the bound of the chance-constrained plan", 0.0)
    return Certain(
        wanted=certainty,
        margin=margin,
        share=_held(draws(), share) / count,
        share_fresh=fresh / count,
        plan_yuan=plain_yuan,
        cost_yuan=float(share @ problem.cost_yuan),
        # Both bounds are valid, so the larger one is: each is the better one in some problems.
        bound_yuan=max(
            _mean_bound(parts, draws(), count, wanted / count), _each_bound(parts, draws(), wanted)
        ),
        built=share,
    )


def _least_margin(
    parts: AllocationProblem, draws: Again, wanted: int, say: Say
) -> tuple[float, FloatArray] | None:
    low, high = 0.0, _greatest_margin(parts)
    best: tuple[float, FloatArray] | None = None
    for n in range(BISECTIONS):
        say("searching for a chance-constrained plan", n / BISECTIONS)
        # The greatest margin first: if it is not enough, no bisection is needed.
        middle = high if n == 0 else (low + high) / 2
        share = _with_margin(parts, middle)
        if share is not None and _held(draws(), share) >= wanted:
            best, high = (middle, share), middle
        elif n == 0:
            return None
        else:
            low = middle
    return best


def _held(draws: Iterator[AllocationProblem], share: FloatArray) -> int:
    return sum(keeps_limits(one, share) for one in draws)


def _greatest_margin(problem: AllocationProblem) -> float:
    """The largest share by which lower limits can be raised and still be met."""
    low, high = 0.0, 1.0
    # 64 times the limits ends the doubling where a limit of nothing is always met.
    while high < 64 and _with_margin(problem, high) is not None:
        low, high = high, 2 * high
    for _ in range(2 * BISECTIONS):
        middle = (low + high) / 2
        low, high = (low, middle) if _with_margin(problem, middle) is None else (middle, high)
    return low


def _with_margin(problem: AllocationProblem, margin: float) -> FloatArray | None:
    """Shares (M,) of the least-cost plan for raised lower limits; None if infeasible."""
    model = build_model(problem)
    low = np.where(np.isfinite(model.low), model.low * (1 + margin), model.low)
    plan = relax(replace(model, low=low), Patience(gap=1e-6))
    if plan.answer != "optimal":
        return None
    return expand(problem, model, plan.x / model.size[model.choice])


def _mean_bound(
    problem: AllocationProblem, draws: Iterator[AllocationProblem], count: int, certainty: float
) -> float:
    """Lower bound on cost from the mean over draws [yuan].

    A plan that holds in a share `certainty` of the draws removes, in the mean, at least
    `certainty` times each lower limit; the least cost of that is an ordinary plan.
    """
    removed = np.zeros(problem.removed_t.shape)
    for one in draws:
        removed += one.removed_t / count
    base = np.maximum(problem.base_t, _cap(problem, removed))
    limits = tuple(
        replace(limit, amount_t=certainty * limit.amount_t)
        for limit in problem.limits
        if limit.kind == "reduction_min"
    )
    mean = replace(problem, base_t=base, removed_t=removed, limits=limits)
    model = build_model(mean)
    plan = relax(model, Patience(gap=1e-6))
    return plan.bound if plan.answer == "optimal" else -np.inf


def _each_bound(
    problem: AllocationProblem, draws: Iterator[AllocationProblem], wanted: int
) -> float:
    """Lower bound on cost from the draws one by one [yuan].

    A plan that holds in `wanted` draws costs in each of them at least the least cost of that
    draw by itself, so at least the `wanted`-th smallest of these [LuedtkeAhmed2008].
    """
    alone = []
    for one in draws:
        model = build_model(replace(one, cost_yuan=problem.cost_yuan, limits=_counted(problem)))
        plan = relax(model, Patience(gap=1e-6))
        alone.append(plan.bound if plan.answer == "optimal" else np.inf)
    found = sorted(alone)[wanted - 1]
    return found if np.isfinite(found) else -np.inf


def _counted(problem: AllocationProblem) -> tuple[Limit, ...]:
    """The limits that a plan has to keep for it to hold in a draw."""
    return tuple(x for x in problem.limits if x.kind in ("reduction_min", "emission_max"))


def _cap(problem: AllocationProblem, removed: FloatArray) -> FloatArray:
    """(S, P) the most that any measure removes of its source."""
    found = np.zeros(problem.base_t.shape)
    np.maximum.at(found, problem.source, removed)
    return found
