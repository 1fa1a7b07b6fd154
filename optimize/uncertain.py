"""What doubtful inputs do to a plan: the same question over many draws of its numbers.

A draw multiplies costs (one factor a measure, since a catalogue cost that is wrong is
wrong for all who use it, and a small one of each source's own), what measures remove,
baselines (one factor a sector) and how far measures reach. Factors follow triangles with
their peak at 1, drawn by a scrambled Sobol sequence. Plans of draws are in parts of
measures: the question is what the inputs do, not how a last measure rounds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from optimize.cells import build_curves, fits_curves
from optimize.engine import relax
from optimize.least_cost import Model, build_model
from optimize.problem import AllocationProblem, BoolArray, FloatArray, IntArray
from optimize.solver import Patience
from optimize.ties import expand
from permits.rng import stream

INPUTS = ("cost", "efficiency", "baseline", "reach")
OUTCOMES = ("cost_yuan", "max_reduction_t")
POINTS = 25  # targets at which the fan of costs is told
BISECTIONS = 12
REMEMBERED = 20_000_000  # measures over all draws that are kept rather than drawn again
Say = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Range:
    """A factor that may lie from `low` to `high`, most likely at 1."""

    low: float
    high: float

    def at(self, u: FloatArray) -> FloatArray:
        """The factor at a quantile, by the triangle's inverse."""
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
    """How doubtful the inputs are; a sector without a range of its own has `baseline`."""

    cost: Range = Range(0.3, 1.6)
    own_cost: Range = Range(0.8, 1.2)
    efficiency: Range = Range(0.6, 1.1)
    baseline: Range = Range(0.8, 1.2)
    reach: Range = Range(1.0, 1.0)
    sectors: tuple[tuple[str, Range], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """What each draw's plan is; rows of a draw whose limits cannot be met are NaN.

    `fan_yuan` is the least cost of each of `fan_t`, other conditions left out (NaN where
    a draw cannot reach it); `hold` says in which draws the plain plan, as it stands,
    would meet its limits.
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
    hold: BoolArray  # (D,)


@dataclass(frozen=True, slots=True, eq=False)
class Certain:
    """A plan that meets its limits in a share of all draws, and what that costs.

    `margin` is what lower limits were raised by; `share` holds on the draws it was found
    with, `share_fresh` on others. No plan with that share costs less than `bound_yuan` in
    the mean; `cost_yuan` is a plan's own, so an upper bound.
    """

    wanted: float
    margin: float
    share: float
    share_fresh: float
    plan_yuan: float
    cost_yuan: float
    bound_yuan: float
    built: FloatArray  # (M,) share of each measure


@dataclass(frozen=True, slots=True, eq=False)
class _World:
    """One draw of everything, on the plan's own model."""

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
    say: Say = lambda text, share: None,
) -> Draws:
    """Solve `count` draws of a problem. `plain` (M,) is the plan that is to be tried on them."""
    parts = replace(problem, divisible=True)
    worlds = _sample(parts, ranges, count, seed, "draws")
    built = np.zeros(len(problem.kind)) if plain is None else plain
    sources, width = problem.base_t.shape
    cut = np.full((count, sources, width), np.nan)
    met, hold = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    cost, price = np.full(count, np.nan), np.full((count, len(problem.limits)), np.nan)
    most, base = np.zeros((count, width)), np.zeros((count, width))
    fan_t = np.linspace(0.0, _all(parts), POINTS)
    fan = np.full((count, POINTS), np.nan)
    for d in range(count):
        say("drawing plans", d / count)
        world = worlds(d)
        drawn = _drawn(parts, world)
        model = build_model(drawn)
        plan = relax(model, Patience(gap=1e-6))
        most[d], base[d] = _most(drawn), world.base_t.sum(axis=0)
        fan[d] = _fan(model, fan_t)
        hold[d] = plain is not None and _holds(drawn, built)
        if plan.answer != "optimal":
            continue
        share = expand(drawn, model, plan.x / model.size[model.choice])
        met[d], cost[d], price[d] = True, float(share @ drawn.cost_yuan), plan.price
        cut[d] = _cuts(drawn, share)
    seen = max(1, int(met.sum()))
    in_plan = (np.nan_to_num(cut).sum(axis=2) > 1e-9).sum(axis=0) / seen
    return Draws(met, cost, price, most, base, cut, in_plan, fan_t, fan, hold)


def find_certain(
    problem: AllocationProblem,
    ranges: Ranges,
    plain_yuan: float,
    *,
    certainty: float = 0.95,
    count: int = 200,
    seed: int = 0,
    say: Say = lambda text, share: None,
) -> Certain | None:
    """The cheapest plan of its family whose limits hold in a share of the draws.

    Its family: least cost of what measures remove in a pessimistic draw and of lower
    limits raised by a margin, in parts of measures; the least margin that is enough is
    found by bisection. None where even all that can be built is not enough.
    """
    parts = replace(problem, divisible=True)
    worlds = _sample(parts, ranges, count, seed, "draws")
    wanted = int(np.ceil(certainty * count))
    small = count * len(problem.kind) <= REMEMBERED
    known = [_drawn(parts, worlds(d)) for d in range(count)] if small else []

    def draws() -> Iterator[AllocationProblem]:
        yield from known if small else (_drawn(parts, worlds(d)) for d in range(count))

    def held(share: FloatArray) -> int:
        return sum(_holds(one, share) for one in draws())

    low, high, best = 0.0, _greatest_margin(parts), None
    for n in range(BISECTIONS):
        say("looking for a certain plan", n / BISECTIONS)
        middle = high if n == 0 else (low + high) / 2
        share = _with_margin(parts, middle)
        if share is not None and held(share) >= wanted:
            best, high = (middle, share), middle
        elif n == 0:
            return None
        else:
            low = middle
    assert best is not None
    margin, share = best
    others = _sample(parts, ranges, count, seed, "fresh")
    fresh = sum(_holds(_drawn(parts, others(d)), share) for d in range(count))
    return Certain(
        wanted=certainty,
        margin=margin,
        share=held(share) / count,
        share_fresh=fresh / count,
        plan_yuan=plain_yuan,
        cost_yuan=float(share @ problem.cost_yuan),
        bound_yuan=_mean_bound(parts, draws(), count, certainty),
        built=share,
    )


def find_influence(
    problem: AllocationProblem,
    ranges: Ranges,
    *,
    points: int = 64,
    seed: int = 0,
    say: Say = lambda text, share: None,
) -> dict[str, dict[str, tuple[float, float]]]:
    """Sobol indices (first, total) of each input on least cost and on the greatest cut.

    All factors of an input move together. Draws that cannot be met count with the least
    cost of all that can be had there.
    """
    from scipy.stats import sobol_indices, uniform  # takes longer to load than most plans

    parts = replace(problem, divisible=True)
    names = [name for name in INPUTS if _matters(ranges, name)]
    if not names:
        return {}
    done = [0]

    def outcomes(u: FloatArray) -> FloatArray:
        found = np.zeros((2, u.shape[1]))
        for n, column in enumerate(u.T):
            say("weighing the inputs", min(1.0, done[0] / (points * (len(names) + 2))))
            done[0] += 1
            level = dict.fromkeys(INPUTS, 0.5) | dict(zip(names, column.tolist(), strict=True))
            found[:, n] = _outcome(parts, ranges, level)
        return found

    rng = stream(seed, "influence")
    spread: Any = [uniform()] * len(names)
    answer = sobol_indices(func=outcomes, n=points, dists=spread, rng=rng)
    first = np.reshape(answer.first_order, (len(OUTCOMES), -1))
    total = np.reshape(answer.total_order, (len(OUTCOMES), -1))
    return {
        measure: {name: (float(first[m, n]), float(total[m, n])) for n, name in enumerate(names)}
        for m, measure in enumerate(OUTCOMES)
    }


def _matters(ranges: Ranges, name: str) -> bool:
    found = [getattr(ranges, name)] + [one for _, one in ranges.sectors if name == "baseline"]
    return any(one.low < 1.0 or one.high > 1.0 for one in found)


def _outcome(
    parts: AllocationProblem, ranges: Ranges, level: dict[str, float]
) -> tuple[float, float]:
    at = {name: np.array(level[name]) for name in INPUTS}
    base = _by_sector(parts, ranges, lambda one: float(one.at(at["baseline"])))
    removes = float(ranges.efficiency.at(at["efficiency"]))
    cost = float(ranges.cost.at(at["cost"]))
    reach = float(ranges.reach.at(at["reach"]))
    rows = base[parts.source]
    world = _World(
        parts.base_t * base[:, None],
        parts.removed_t * (rows * removes)[:, None],
        parts.cost_yuan * rows * cost,
        reach,
    )
    drawn = _drawn(parts, world)
    model = build_model(drawn)
    plan = relax(model, Patience(gap=1e-6))
    most = float(_most(drawn)[0])
    if plan.answer != "optimal":
        return float(np.nanmax(_fan(model, np.array([most])), initial=0.0)), most
    return float(plan.x @ model.cost), most


# --- draws ------------------------------------------------------------------------------------


def _sample(
    problem: AllocationProblem, ranges: Ranges, count: int, seed: int, name: str
) -> Callable[[int], _World]:
    """Worlds by number; each from its row of a scrambled Sobol sequence."""
    from scipy.stats import qmc

    sectors = problem.groups.get("sector", ("",) * len(problem.sources))
    known = sorted(set(sectors))
    kinds = len(problem.kinds)
    rng = stream(seed, "uncertain", name)
    # Whole powers of two keep the sequence balanced; the first `count` are used.
    twos = max(1, int(np.ceil(np.log2(count))))
    points = qmc.Sobol(2 * kinds + len(known) + 1, rng=rng).random_base2(twos)[:count]
    own_order = np.empty(len(problem.sources), dtype=np.int64)
    own_order[_by_content(problem)] = np.arange(len(problem.sources))

    def world(d: int) -> _World:
        u = points[d]
        cost, removes = ranges.cost.at(u[:kinds]), ranges.efficiency.at(u[kinds : 2 * kinds])
        quantile = dict(zip(known, u[2 * kinds : -1].tolist(), strict=True))
        base = _by_sector(problem, ranges, lambda one: one, quantile)
        own = stream(seed, "uncertain", name, "own", d).random(len(own_order))[own_order]
        rows = base[problem.source]
        return _World(
            problem.base_t * base[:, None],
            problem.removed_t * (rows * removes[problem.kind])[:, None],
            problem.cost_yuan * rows * cost[problem.kind]
            * ranges.own_cost.at(own)[problem.source],
            float(ranges.reach.at(u[-1:])[0]),
        )  # fmt: skip

    return world


def _by_content(problem: AllocationProblem) -> IntArray:
    """Sources in an order that their names do not decide."""
    model = build_model(replace(problem, limits=()))
    rest = np.setdiff1d(np.arange(len(problem.sources)), model.members)
    return np.concatenate([model.members, rest])


def _by_sector(
    problem: AllocationProblem,
    ranges: Ranges,
    factor: Callable[[Range], object],
    quantile: dict[str, float] | None = None,
) -> FloatArray:
    """(S,) the baseline factor of each source's sector."""
    sectors = problem.groups.get("sector", ("",) * len(problem.sources))
    given = dict(ranges.sectors)
    found = {}
    for sector in set(sectors):
        one = given.get(sector, ranges.baseline)
        if quantile is None:
            found[sector] = float(factor(one))  # type: ignore[arg-type]
        else:
            found[sector] = float(one.at(np.array(quantile[sector])))
    return np.array([found[sector] for sector in sectors])


def _drawn(problem: AllocationProblem, world: _World) -> AllocationProblem:
    """The problem of a draw: reach scales what can be built, and its cost with it; no
    measure removes more than its source emits."""
    removed = np.minimum(world.removed_t * world.reach, world.base_t[problem.source])
    return replace(
        problem, base_t=world.base_t, removed_t=removed, cost_yuan=world.cost * world.reach
    )


# --- what a draw says ---------------------------------------------------------------------------


def _cuts(problem: AllocationProblem, share: FloatArray) -> FloatArray:
    cut = np.zeros(problem.base_t.shape)
    np.add.at(cut, problem.source, share[:, None] * problem.removed_t)
    return cut


def _holds(problem: AllocationProblem, share: FloatArray) -> bool:
    """Whether a plan as it stands keeps the lower limits and caps of a draw."""
    for limit in problem.limits:
        if limit.kind not in ("reduction_min", "emission_max"):
            continue
        needed, _ = problem.needed_t(limit)
        if float(problem.row(limit) @ share) < needed - 1e-6:
            return False
    return True


def _most(problem: AllocationProblem) -> FloatArray:
    if not len(problem.source):
        return np.zeros(problem.base_t.shape[1])
    first = np.flatnonzero(np.diff(problem.choice, prepend=-1))
    most: FloatArray = np.maximum.reduceat(problem.removed_t, first).sum(axis=0)
    return most


def _all(problem: AllocationProblem) -> float:
    return float(_most(problem)[0])


def _fan(model: Model, targets_t: FloatArray) -> FloatArray:
    """Least cost of each target for the first pollutant, no other condition counting."""
    free = replace(model.with_limits([]), removed=model.removed[:, :1])
    single = replace(free, cell=np.zeros_like(model.cell), counts=np.zeros((0, 1)))
    assert fits_curves(single)
    curves = build_curves(single)
    cut = np.concatenate([[0.0], curves.cut_t])
    paid = np.concatenate([[0.0], curves.paid])
    # Past the steps that save money nothing is gained by doing less.
    least = np.minimum.accumulate(paid[::-1])[::-1]
    cost = np.interp(targets_t, cut, least) + curves.idle_yuan
    return np.where(targets_t <= cut[-1] + 1e-9, cost, np.nan)


# --- certainty -----------------------------------------------------------------------------------


def _greatest_margin(problem: AllocationProblem) -> float:
    """How far lower limits can be raised before they cannot be met."""
    low, high = 0.0, 1.0
    while high < 64 and _with_margin(problem, high) is not None:
        low, high = high, 2 * high
    for _ in range(2 * BISECTIONS):
        middle = (low + high) / 2
        low, high = (low, middle) if _with_margin(problem, middle) is None else (middle, high)
    return low


def _with_margin(problem: AllocationProblem, margin: float) -> FloatArray | None:
    """Least cost of lower limits raised by a share; None where that cannot be met."""
    model = build_model(problem)
    low = np.where(np.isfinite(model.low), model.low * (1 + margin), model.low)
    plan = relax(replace(model, low=low), Patience(gap=1e-6))
    if plan.answer != "optimal":
        return None
    return expand(problem, model, plan.x / model.size[model.choice])


def _mean_bound(
    problem: AllocationProblem, draws: Iterator[AllocationProblem], count: int, certainty: float
) -> float:
    """A cost below which no plan with that certainty lies.

    In the mean over draws such a plan reaches at least `certainty` times each lower limit,
    and the plan for that is a plain one.
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


def _cap(problem: AllocationProblem, removed: FloatArray) -> FloatArray:
    """(S, P) the most that any measure removes of its source."""
    found = np.zeros(problem.base_t.shape)
    np.maximum.at(found, problem.source, removed)
    return found
