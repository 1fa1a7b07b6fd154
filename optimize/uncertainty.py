"""Uncertainty of a plan: the same problem solved over many draws of its inputs.

A draw multiplies costs (one factor per measure, since a wrong catalogue cost is wrong for
all its users, and a small one for each source), what measures remove, baselines (one
factor per sector) and the applicability of measures. Factors follow triangular
distributions with their mode at 1, drawn by a scrambled Sobol sequence. Plans of draws are
in parts of measures: the subject is the effect of the inputs, not the rounding of a last
measure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from optimize.cell_curves import Curves, build_curves, fits_curves
from optimize.engine import relax
from optimize.least_cost import Model, build_model
from optimize.problem import AllocationProblem, BoolArray, FloatArray, IntArray
from optimize.solver import Patience
from optimize.ties import expand
from permits.rng import stream

INPUTS = ("cost", "efficiency", "baseline", "reach")
POINTS = 25  # targets at which the fan of costs is evaluated: enough for a chart
Say = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Range:
    """A triangular distribution of a factor, from `low` to `high` with its mode at 1."""

    low: float
    high: float

    def at(self, u: FloatArray) -> FloatArray:
        """The factor at a quantile: the inverse distribution function."""
        low, high = min(self.low, 1.0), max(self.high, 1.0)
        if high == low:
            return np.ones_like(u)
        peak = (1.0 - low) / (high - low)
        rising = low + np.sqrt(u * (high - low) * (1.0 - low))
        falling = high - np.sqrt((1.0 - u) * (high - low) * (high - 1.0))
        found: FloatArray = np.where(u < peak, rising, falling)
        return found


@dataclass(frozen=True, slots=True)
class Ranges:
    """Uncertainty of the inputs; a sector without its own range has `baseline`."""

    cost: Range = Range(0.3, 1.6)
    own_cost: Range = Range(0.8, 1.2)
    efficiency: Range = Range(0.6, 1.1)
    baseline: Range = Range(0.8, 1.2)
    reach: Range = Range(1.0, 1.0)
    sectors: tuple[tuple[str, Range], ...] = ()


@dataclass(frozen=True, slots=True)
class Money:
    """The budget [yuan] or price [yuan/t] of a question without a target."""

    budget_yuan: float | None = None
    price: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """The plans of all draws; rows of a draw whose limits cannot be met are NaN.

    `fan_yuan` is the least cost of each of `fan_t` of one pollutant without other conditions
    (NaN where a draw cannot achieve it), `bought_t` the reduction of it that the question's
    budget or price brings (NaN without one); `hold` marks the draws in which the plain plan,
    as it stands, would meet its limits.
    """

    met: BoolArray  # (D,)
    cost_yuan: FloatArray  # (D,)
    price: FloatArray  # (D, L) yuan/t
    most_t: FloatArray  # (D, P)
    base_t: FloatArray  # (D, P)
    cut_t: FloatArray  # (D, S, P)
    in_plan: FloatArray  # (S,) share of the draws that can be met
    fan_t: FloatArray  # (F,)
    fan_yuan: FloatArray  # (D, F)
    bought_t: FloatArray  # (D,)
    hold: BoolArray  # (D,)


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """One draw of all inputs; `reach` scales the applicability of measures."""

    base_t: FloatArray  # (S, P)
    removed_t: FloatArray  # (M, P)
    cost: FloatArray  # (M,)
    reach: float


def draw_plans(
    problem: AllocationProblem,
    ranges: Ranges,
    count: int,
    *,
    seed: int = 0,
    plain: FloatArray | None = None,
    money: Money | None = None,
    say: Say = lambda text, share: None,
) -> Draws:
    """Solve `count` draws of a problem.

    Args:
        problem: sources, measures and limits at their stated values.
        ranges: uncertainty of the inputs.
        count: number of draws.
        seed: of the draws.
        plain: (M,) shares of the plan to test on every draw (None: no test).
        money: budget or price of a question without a target.
        say: called with a text and the share of the work done.
    """
    parts = replace(problem, divisible=True)
    worlds = sample_worlds(parts, ranges, count, seed, "draws")
    built = np.zeros(len(problem.kind)) if plain is None else plain
    sources, width = problem.base_t.shape
    cut = np.full((count, sources, width), np.nan)
    met, hold = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    cost, price = np.full(count, np.nan), np.full((count, len(problem.limits)), np.nan)
    most, base = np.zeros((count, width)), np.zeros((count, width))
    p = main_pollutant(problem)
    fan_t = np.linspace(0.0, float(most_t(parts)[p]), POINTS)
    fan, bought = np.full((count, POINTS), np.nan), np.full(count, np.nan)
    for d in range(count):
        say("solving the draws", d / count)
        world = worlds(d)
        drawn = draw_problem(parts, world)
        model = build_model(drawn)
        plan = relax(model, Patience(gap=1e-6))
        # Before the answer is looked at: a draw whose limits cannot be met has these figures too.
        most[d], base[d] = most_t(drawn), world.base_t.sum(axis=0)
        curves = one_curve(model, p)
        fan[d], bought[d] = least_costs(curves, fan_t), bought_t(curves, money or Money())
        hold[d] = plain is not None and keeps_limits(drawn, built)
        if plan.answer != "optimal":
            continue
        share = expand(drawn, model, plan.x / model.size[model.choice])
        met[d], cost[d], price[d] = True, float(share @ drawn.cost_yuan), plan.price
        cut[d] = _cuts(drawn, share)
    seen = max(1, int(met.sum()))
    in_plan = (np.nan_to_num(cut).sum(axis=2) > 1e-9).sum(axis=0) / seen
    return Draws(met, cost, price, most, base, cut, in_plan, fan_t, fan, bought, hold)


# --- draws ------------------------------------------------------------------------------------


def sample_worlds(
    problem: AllocationProblem, ranges: Ranges, count: int, seed: int, name: str
) -> Callable[[int], World]:
    """A function from the number of a draw to its world, a row of a scrambled Sobol sequence.

    Args:
        problem: sources, measures and limits at their stated values.
        ranges: uncertainty of the inputs.
        count: number of draws.
        seed: of the sequence.
        name: of the stream: other names give independent draws.
    """
    from scipy.stats import qmc

    sectors = problem.groups.get("sector", ("",) * len(problem.sources))
    known = sorted(set(sectors))
    kinds = len(problem.kinds)
    rng = stream(seed, "uncertain", name)
    # Draws do not depend on a plan: all plans are compared on common random numbers.
    # Whole powers of two keep the sequence balanced; the first `count` are used.
    twos = max(1, int(np.ceil(np.log2(count))))
    points = qmc.Sobol(2 * kinds + len(known) + 1, rng=rng).random_base2(twos)[:count]
    own_order = np.empty(len(problem.sources), dtype=np.int64)
    own_order[_by_content(problem)] = np.arange(len(problem.sources))

    def world(d: int) -> World:
        u = points[d]
        cost, removes = ranges.cost.at(u[:kinds]), ranges.efficiency.at(u[kinds : 2 * kinds])
        quantile = dict(zip(known, u[2 * kinds : -1].tolist(), strict=True))
        base = sector_factors(problem, ranges, quantile.__getitem__)
        own = stream(seed, "uncertain", name, "own", d).random(len(own_order))[own_order]
        rows = base[problem.source]
        return World(
            problem.base_t * base[:, None],
            problem.removed_t * (rows * removes[problem.kind])[:, None],
            problem.cost_yuan * rows * cost[problem.kind]
            * ranges.own_cost.at(own)[problem.source],
            float(ranges.reach.at(u[-1:])[0]),
        )  # fmt: skip

    return world


def _by_content(problem: AllocationProblem) -> IntArray:
    """Sources in an order by content; names decide only between sources equal in everything."""
    model = build_model(replace(problem, limits=()))
    rest = np.setdiff1d(np.arange(len(problem.sources)), model.members)
    labels = [problem.groups[column] for column in sorted(set(problem.groups) - {"firm"})]
    codes = [np.unique(own, return_inverse=True)[1][model.members] for own in labels]
    klass = np.repeat(np.arange(len(model.cell)), model.class_size)
    return np.concatenate([model.members[np.lexsort((*codes, klass))], rest])


def sector_factors(
    problem: AllocationProblem, ranges: Ranges, quantile: Callable[[str], float]
) -> FloatArray:
    """(S,) the baseline factor of each source's sector.

    Args:
        problem: sources, with their column `sector` if there is one.
        ranges: uncertainty of the inputs.
        quantile: from a sector to its quantile, 0 to 1.
    """
    sectors = problem.groups.get("sector", ("",) * len(problem.sources))
    given = dict(ranges.sectors)
    found = {
        sector: float(given.get(sector, ranges.baseline).at(np.array(quantile(sector))))
        for sector in set(sectors)
    }
    return np.array([found[sector] for sector in sectors])


def draw_problem(problem: AllocationProblem, world: World) -> AllocationProblem:
    """The problem of a draw.

    Applicability scales what can be built, and its cost with it; no measure removes more
    than its source emits.
    """
    removed = np.minimum(world.removed_t * world.reach, world.base_t[problem.source])
    return replace(
        problem, base_t=world.base_t, removed_t=removed, cost_yuan=world.cost * world.reach
    )


# --- results of a draw --------------------------------------------------------------------------


def _cuts(problem: AllocationProblem, share: FloatArray) -> FloatArray:
    cut = np.zeros(problem.base_t.shape)
    np.add.at(cut, problem.source, share[:, None] * problem.removed_t)
    return cut


def keeps_limits(problem: AllocationProblem, share: FloatArray) -> bool:
    """Whether a plan as it stands keeps the lower limits and caps of a draw's problem."""
    for limit in problem.limits:
        if limit.kind not in ("reduction_min", "emission_max"):
            continue
        needed, _ = problem.needed_t(limit)
        # 1 g: a plan of the same inputs misses its own limits by as much, through the solver.
        if float(problem.row(limit) @ share) < needed - 1e-6:
            return False
    return True


def most_t(problem: AllocationProblem) -> FloatArray:
    """(P,) the greatest reduction of each pollutant by itself [t]."""
    if not len(problem.source):
        return np.zeros(problem.base_t.shape[1])
    first = np.flatnonzero(np.diff(problem.choice, prepend=-1))
    most: FloatArray = np.maximum.reduceat(problem.removed_t, first).sum(axis=0)
    return most


def main_pollutant(problem: AllocationProblem) -> int:
    """The pollutant of the first lower limit; without one, the first pollutant."""
    asked = (x.pollutant for x in problem.limits if x.kind == "reduction_min")
    return next(asked, 0)


def one_curve(model: Model, pollutant: int) -> Curves:
    """The MAC curve of all sources together for one pollutant, without any condition."""
    free = replace(model.with_limits([]), removed=model.removed[:, [pollutant]])
    single = replace(free, cell=np.zeros_like(model.cell), counts=np.zeros((0, 1)))
    assert fits_curves(single)
    return build_curves(single)


def least_costs(curves: Curves, targets_t: FloatArray) -> FloatArray:
    """Least cost [yuan] of each target on one curve; NaN where it is not achievable."""
    cut = np.concatenate([[0.0], curves.cut_t])
    paid = np.concatenate([[0.0], curves.paid])
    # Steps that save money are taken whatever the target: cost never falls with the target.
    least = np.minimum.accumulate(paid[::-1])[::-1]
    cost = np.interp(targets_t, cut, least) + curves.idle_yuan
    return np.where(targets_t <= cut[-1] + 1e-9, cost, np.nan)


def bought_t(curves: Curves, money: Money) -> float:
    """The reduction [t] on one curve that a budget buys or a price induces; NaN for neither."""
    cut = np.concatenate([[0.0], curves.cut_t])
    if money.price is not None:
        return float(cut[np.searchsorted(curves.unit, money.price, side="right")])
    if money.budget_yuan is None:
        return float("nan")
    paid = np.concatenate([[0.0], curves.paid]) + curves.idle_yuan
    cheapest = int(paid.argmin())
    return float(np.interp(money.budget_yuan, paid[cheapest:], cut[cheapest:]))
