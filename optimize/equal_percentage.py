"""The equal-percentage benchmark: the same conditions met by equal shares of all sources.

Every source cuts at least a share of its baseline by its own cheapest choice of the plan's
kind: whole measures, or parts where the plan may use them. One that cannot reach the share
does its most. The share is the least that meets every target. A minimum raises the share of
its members to the group's own, a maximum lowers it: the strictest counts, a maximum before a
minimum. A cap on what a group emits is a minimum of what it cuts.

Whole measures come in steps. Of the sources whose choice changes at the share only as many
change as the targets need, by a tie-breaking lottery. Each pollutant with a target has its
own share; a limit on what arrives at a receptor asks for the share at which it is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from optimize.equal_whole import Claim, climb
from optimize.hulls import find_steps
from optimize.problem import (
    AllocationProblem,
    BoolArray,
    FloatArray,
    IntArray,
    Limit,
    order_within,
)
from optimize.rounding import excess_mg, masses_mg, missing_mg, round_plan
from optimize.solver import Program, solve_program
from permits.quantity import MG_PER_T

SEEN = 1e-6  # relative: a smaller shortfall is the solver's tolerance
ROUNDS = 12  # of raising the share where sources cannot do everything at once; assumed
PART = 2_000  # sources solved at once: they share nothing, and small programs are quick
MISSED = 1e4  # penalty on missing a whole share, in sums of a source's costs: it decides first
SAME = 1e-9  # relative: conditions on money are kept to the rounding of a sum of floats


@dataclass(frozen=True, slots=True, eq=False)
class EqualPercentage:
    """The equal-percentage plan; `share` is the largest of `shares`.

    `cost_low` and `cost_high` are the range over many tie-breaking lotteries. `broken` names the
    conditions that this plan does not keep. `asked` is false where no target states how much
    is to be cut; `feasible` is whether all targets are met.
    """

    kind: Literal["whole", "parts"]
    share: float
    shares: FloatArray  # (P,) of the baseline; zero where nothing is asked
    capped_sources: int
    built: FloatArray  # (M,) how much of each measure is built
    drawn: BoolArray  # (S,) sources whose choice the tie-breaking lottery decides
    reduction_mg: IntArray  # (S, P)
    cost_yuan: float
    cost_low: float
    cost_high: float
    cost_by_source: FloatArray  # (S,)
    broken: tuple[str, ...]
    feasible: bool
    asked: bool = True

    @property
    def reduction_t(self) -> FloatArray:
        """(S, P) what is cut [t]."""
        found: FloatArray = self.reduction_mg / MG_PER_T
        return found


def equal_percentage(problem: AllocationProblem, *, seed: int = 0) -> EqualPercentage:
    """Meet the problem's targets by equal shares of every source's baseline.

    Targets are lower bounds that count every source, and limits at receptors. Minima, maxima
    and caps of groups move the shares of their members; other conditions (on single measures,
    on cost) are only checked.

    Args:
        problem: sources, measures and limits; `divisible` decides the kind.
        seed: of the tie-breaking lottery.
    """
    claims = find_claims(problem)
    targets = [claim for claim in claims if claim.of == "all"]
    if problem.divisible:
        shares, built, capped = _in_parts(problem, claims)
        cost = float(built @ problem.cost_yuan)
        low = high = cost
        drawn = np.zeros(len(problem.sources), dtype=bool)
    else:
        found = climb(problem, claims, seed)
        shares, built, capped, drawn = found.shares, found.built, found.capped, found.drawn
        cost = float(built @ problem.cost_yuan)
        low, high = cost + found.low_yuan, cost + found.high_yuan
    reduction = round_plan(problem, built).reduction_mg
    broken = _broken(problem, built, reduction)
    paid = np.bincount(problem.source, built * problem.cost_yuan, len(problem.sources))
    return EqualPercentage(
        kind="parts" if problem.divisible else "whole",
        share=float(shares.max(initial=0.0)),
        shares=shares,
        capped_sources=int(capped.sum()),
        built=built,
        drawn=drawn,
        reduction_mg=reduction,
        cost_yuan=cost,
        cost_low=low,
        cost_high=high,
        cost_by_source=paid.astype(float),
        broken=broken,
        feasible=not any(target.name in broken for target in targets),
        asked=bool(targets),
    )


def find_claims(problem: AllocationProblem) -> list[Claim]:
    """What the limits ask of shares, in the order of their names.

    Limits on single measures and on cost, and weights below zero, ask nothing of a share.
    """
    found = []
    for limit in sorted(problem.limits, key=lambda limit: limit.name):
        if limit.kind == "cost_max" or limit.kinds is not None:
            continue
        counts = problem.counts(limit)
        received = limit.kind == "emission_max" and limit.weight is not None
        if limit.kind != "reduction_max" and ((counts == 1).all() or received):
            if (counts >= 0).all():
                found.append(Claim(limit.name, "all", limit.pollutant, counts,
                                   problem.needed_t(limit)[0]))  # fmt: skip
        elif limit.weight is None:
            low, high = problem.needed_t(limit)
            least = np.isfinite(low)
            found.append(Claim(limit.name, "least" if least else "most", limit.pollutant,
                               counts, low if least else high))  # fmt: skip
    return found


def _broken(
    problem: AllocationProblem, built: FloatArray, reduction_mg: IntArray
) -> tuple[str, ...]:
    """Names of the limits that a plan does not keep, in the problem's order."""
    base = masses_mg(problem.base_t)
    return tuple(
        limit.name
        for limit in problem.limits
        if missing_mg(problem, limit, base, reduction_mg)
        or excess_mg(problem, limit, reduction_mg)
        or _over(problem, limit, built)
    )


def _over(problem: AllocationProblem, limit: Limit, built: FloatArray) -> bool:
    """Whether measures built break a limit on cost or on single measures."""
    if limit.kind != "cost_max" and limit.kinds is None:
        return False
    low, high = problem.needed_t(limit)
    held = problem.row(limit) @ built
    near = SAME * max(1.0, abs(float(held)))
    return bool(held < low - near or held > high + near)


# --- parts of measures ------------------------------------------------------------------


def _in_parts(
    problem: AllocationProblem, claims: Sequence[Claim]
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Shares (P,), what is built (M,), and which sources cannot reach their share (S,)."""
    most, free = _most_by_source(problem), np.zeros(problem.base_t.shape)
    asked = sorted({claim.pollutant for claim in claims})
    if len(asked) < 2:
        p = asked[0] if asked else 0
        free[:, p] = _free(problem, p)
    low, high = _own_levels(problem, claims, most, free)
    targets = [claim for claim in claims if claim.of == "all"]
    shares = np.zeros(len(problem.pollutants))
    for one in targets:
        p = one.pollutant
        base, least, greatest = (one.counts * of[:, p] for of in (problem.base_t, low, high))
        shares[p] = max(shares[p], _least_share(base, least, greatest, one.amount_t))
    if len(asked) > 1:
        shares, built = _share_many(problem, targets, asked, (low, high), shares)
    else:
        p = asked[0] if asked else 0
        built = _build_one(problem, np.clip(shares[p] * problem.base_t, low, high)[:, p], p)
    # A source that a maximum holds back could reach its share.
    wanted = np.maximum(shares * problem.base_t, low)
    short = _added_up(problem, built) < wanted * (1 - SEEN)
    capped: BoolArray = np.any(short & (high >= most), axis=1)
    return shares, built, capped


def _own_levels(
    problem: AllocationProblem, claims: Sequence[Claim], most: FloatArray, free: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """(S, P) least and greatest cut of every source by the shares of its groups [t].

    Args:
        problem: sources and measures.
        claims: what the limits ask.
        most: (S, P) the most that each source can cut [t].
        free: (S, P) what each cuts without being asked, since it costs nothing [t].
    """
    low, high = free.copy(), most.copy()
    for of in ("least", "most"):
        for one in claims:
            if one.of != of:
                continue
            p, inside = one.pollutant, one.counts > 0
            base = problem.base_t[inside, p]
            share = _least_share(base, free[inside, p], most[inside, p], one.amount_t)
            if of == "least":
                raised = np.minimum(share * base, most[inside, p])
                low[inside, p] = np.maximum(low[inside, p], raised)
            elif float(most[inside, p].sum()) > one.amount_t:
                high[inside, p] = np.minimum(high[inside, p], share * base)
    return np.minimum(low, high), high


def _least_share(base: FloatArray, low: FloatArray, high: FloatArray, target_t: float) -> float:
    """The least share θ with Σ min(max(θ base, low), high) = target; 1 if there is none.

    The sum is piecewise linear in θ.

    Args:
        base: (S,) baselines [t].
        low: (S,) what each source cuts at the least [t].
        high: (S,) what it cuts at the most [t].
        target_t: the cut asked for [t].
    """
    if target_t <= float(low.sum()):
        return 0.0
    able = (base > 0) & (high > low)
    base, start, end = base[able], low[able] / base[able], high[able] / base[able]
    at = np.concatenate([start, end])
    order = np.argsort(at, kind="stable")
    slope = np.cumsum(np.concatenate([base, -base])[order])
    at = at[order]
    reached = float(low.sum()) + np.concatenate([[0.0], np.cumsum(slope[:-1] * np.diff(at))])
    n = int(np.searchsorted(reached, target_t))
    if n == len(at):
        # A target this little above the most is the rounding of the sum.
        near = len(at) and target_t <= reached[-1] * (1 + SAME)
        return min(float(at[-1]), 1.0) if near else 1.0
    left = slope[n - 1] if n else 0.0
    share = at[n] - (reached[n] - target_t) / left if left > 0 else at[n]
    return min(max(float(share), 0.0), 1.0)


def _free(problem: AllocationProblem, p: int) -> FloatArray:
    """(S,) what each source cuts unasked: the steps of its curve that cost nothing [t]."""
    steps = find_steps(problem.choice, int(problem.choice.max(initial=-1)) + 1,
                       problem.removed_t[:, p], problem.cost_yuan)  # fmt: skip
    free = np.where(steps.unit <= 0, steps.mass_t, 0.0)
    cut = np.bincount(problem.source[steps.after], free, len(problem.sources))
    found: FloatArray = np.minimum(cut.astype(float), problem.base_t[:, p])
    return found


def _most_by_source(problem: AllocationProblem) -> FloatArray:
    if not len(problem.source):
        return np.zeros(problem.base_t.shape)
    first = np.flatnonzero(np.diff(problem.choice, prepend=-1))
    best = np.maximum.reduceat(problem.removed_t, first)
    most = np.zeros(problem.base_t.shape)
    np.add.at(most, problem.source[first], best)
    return np.minimum(most, problem.base_t)


def _build_one(problem: AllocationProblem, wanted: FloatArray, p: int) -> FloatArray:
    """(M,) what is built for each source's cut (S,) of one pollutant at its least cost [t].

    Each source goes up its MAC curve, cheapest step first.
    """
    choice = problem.choice
    count = int(choice.max(initial=-1)) + 1
    steps = find_steps(choice, count, problem.removed_t[:, p], problem.cost_yuan)
    order = order_within(problem.source[steps.after], (steps.unit,))
    column, back = steps.after[order], steps.before[order]
    owner, mass = problem.source[column], steps.mass_t[order]
    before = np.cumsum(mass) - mass
    first = np.searchsorted(owner, owner)
    taken = np.clip(wanted[owner] - (before - before[first]), 0.0, mass)
    part = np.divide(taken, mass, where=mass > 0, out=np.zeros_like(mass))
    share = np.bincount(column, part, len(problem.cost_yuan)).astype(float)
    np.subtract.at(share, back[back >= 0], part[back >= 0])
    share[steps.start[steps.start >= 0]] += 1.0
    built: FloatArray = np.clip(share, 0.0, 1.0)
    return built


def _share_many(
    problem: AllocationProblem,
    targets: Sequence[Claim],
    asked: list[int],
    levels: tuple[FloatArray, FloatArray],
    shares: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Shares (P,) of several pollutants at once, and what is built (M,).

    A source may be unable to cut each pollutant to its share at the same time. It then
    misses as little of its shares as it can, and the shares of all rise.

    Args:
        problem: sources and measures.
        targets: the targets.
        asked: the pollutants that are asked for.
        levels: (S, P) least and greatest cut of every source by its groups' shares [t].
        shares: (P,) shares that meet the targets one by one.
    """
    low, high = levels
    for _ in range(ROUNDS):
        wanted = np.clip(shares * problem.base_t, low, high)
        built = _build_many(problem, wanted, asked)
        cut = _added_up(problem, built)
        rise = np.zeros_like(shares)
        for one in targets:
            p = one.pollutant
            short = one.amount_t - float(one.counts @ cut[:, p])
            able = (wanted[:, p] < high[:, p]) & (cut[:, p] >= wanted[:, p] * (1 - SEEN))
            room = float(one.counts[able] @ problem.base_t[able, p])
            if short > SEEN * one.amount_t:
                rise[p] = max(rise[p], short / room if room else 1.0)
        if not rise.any() or (shares[rise > 0] >= 1).all():
            break
        shares = np.minimum(shares + rise, 1.0)
    return shares, built


def _added_up(problem: AllocationProblem, built: FloatArray) -> FloatArray:
    """(S, P) cut of sources that build `built` (M,) of their measures [t]."""
    cut = np.zeros(problem.base_t.shape)
    for p in range(len(problem.pollutants)):
        cut[:, p] = np.bincount(problem.source, built * problem.removed_t[:, p], len(cut))
    return np.minimum(cut, problem.base_t)


def _build_many(problem: AllocationProblem, wanted: FloatArray, asked: list[int]) -> FloatArray:
    """(M,) what is built at least cost for `wanted` (S, P), solved part by part.

    What is not achievable is missed.
    """
    share = np.zeros(len(problem.cost_yuan))
    count = len(problem.sources)
    edges = np.searchsorted(problem.source, [*range(0, count, PART), count])
    for n, first in enumerate(range(0, count, PART)):
        rows = np.arange(edges[n], edges[n + 1])
        if len(rows):
            share[rows] = _solve_part(problem, wanted, asked, rows, first)
    return share


def _solve_part(
    problem: AllocationProblem, wanted: FloatArray, asked: list[int], rows: IntArray, first: int
) -> FloatArray:
    """(rows,) share built of each measure of up to `PART` sources, from `first` on."""
    from scipy import sparse  # rarely needed here, and slow to load

    size = min(PART, len(problem.sources) - first)
    owner, choice = problem.source[rows] - first, problem.choice[rows]
    choice = choice - choice[0]
    columns = np.arange(len(rows))
    picked = sparse.csr_array((np.ones(len(rows)), (choice, columns)))
    blocks, low = (
        [sparse.hstack([picked, sparse.csr_array((picked.shape[0], size * len(asked)))])],
        [],
    )
    spent = np.bincount(owner, np.abs(problem.cost_yuan[rows]), size)
    for n, p in enumerate(asked):
        base = problem.base_t[first : first + size, p]
        per = np.divide(1.0, base, where=base > 0, out=np.zeros_like(base))
        reached = sparse.csr_array(
            (problem.removed_t[rows, p] * per[owner], (owner, columns)), shape=(size, len(rows))
        )
        missed = [sparse.csr_array((size, size))] * len(asked)
        missed[n] = sparse.csr_array(sparse.eye_array(size))
        blocks.append(sparse.hstack([reached, *missed]))
        low.append(wanted[first : first + size, p] * per)
    slack = size * len(asked)
    ends = np.concatenate([np.full(picked.shape[0], -np.inf), *low])
    program = Program(
        cost=np.concatenate([problem.cost_yuan[rows], np.tile(MISSED * (spent + 1), len(asked))]),
        rows=sparse.csr_array(sparse.vstack(blocks)),
        low=ends,
        high=np.where(np.isfinite(ends), np.inf, 1.0),
        lower=np.zeros(len(rows) + slack),
        upper=np.ones(len(rows) + slack),
    )
    found = solve_program(program)
    return found.x[: len(rows)]
