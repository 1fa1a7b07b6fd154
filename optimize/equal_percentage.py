"""The equal-percentage benchmark: the same target met by equal shares of all sources.

Every source cuts the same share at its own least cost, parts of measures allowed; one
that cannot reach the share does its most. The share is the least that meets the target.
Each pollutant with a target has its own share; a pollutant without a target is not
reduced. A limit on what arrives at a receptor asks for the share at which it is kept:
all sources rolled back alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from optimize.hulls import find_steps
from optimize.problem import AllocationProblem, FloatArray, IntArray
from optimize.solver import Program, solve_program

CLOSE = 1e-9  # relative: a target this little above the most is the sum's rounding
SEEN = 1e-6  # relative: a smaller shortfall is the solver's tolerance
ROUNDS = 12  # of raising the share where sources cannot do everything at once; assumed
PART = 2_000  # sources solved at once: they share nothing, and small programs are quick
MISSED = 1e4  # penalty on missing a whole share, in sums of a source's costs: it decides first


@dataclass(frozen=True, slots=True, eq=False)
class EqualPercentage:
    """The equal-percentage plan; `share` is the largest of `shares`.

    `asked` is false where no target states how much is to be cut.
    """

    share: float
    shares: FloatArray  # (P,) of the baseline; zero where nothing is asked
    capped_sources: int
    cost_yuan: float
    feasible: bool
    reduction_t: FloatArray  # (S, P)
    cost_by_source: FloatArray  # (S,)
    asked: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class _Target:
    """A target of one pollutant: the least cut [t], each source's tonnes times `counts`."""

    pollutant: int
    counts: FloatArray  # (S,)
    least_t: float


def equal_percentage(problem: AllocationProblem) -> EqualPercentage:
    """Meet the problem's targets by equal shares of every source's baseline.

    Targets are lower bounds that count every source, and limits at receptors. Side
    conditions on groups are not considered.
    """
    most = _most_by_source(problem)
    targets = _targets(problem)
    shares, feasible = np.zeros(len(problem.pollutants)), True
    for one in targets:
        p = one.pollutant
        share, met = _least_share(
            one.counts * problem.base_t[:, p], one.counts * most[:, p], one.least_t
        )
        shares[p], feasible = max(shares[p], share), feasible and met
    if len({one.pollutant for one in targets}) > 1:
        shares, cost, cut, met = _share_many(problem, most, targets, shares)
        feasible = feasible and met
    else:
        p = targets[0].pollutant if targets else 0
        wanted = np.minimum(shares[p] * problem.base_t[:, p], most[:, p])
        cost, cut = _cost_one(problem, wanted, p)
    capped = int((cut < shares * problem.base_t * (1 - SEEN)).any(axis=1).sum())
    share = float(shares.max(initial=0.0))
    return EqualPercentage(
        share, shares, capped, float(cost.sum()), feasible, cut, cost, bool(targets)
    )


def _targets(problem: AllocationProblem) -> list[_Target]:
    """Reduction targets, caps on total emission, and limits at receptors."""
    found = []
    for limit in problem.limits:
        if limit.kind not in ("reduction_min", "emission_max") or limit.kinds is not None:
            continue
        counts = problem.counts(limit)
        received = limit.kind == "emission_max" and limit.weight is not None
        if (counts == 1).all() or (received and (counts >= 0).all()):
            found.append(_Target(limit.pollutant, counts, problem.needed_t(limit)[0]))
    return found


def _least_share(base: FloatArray, most: FloatArray, target_t: float) -> tuple[float, bool]:
    """The least share θ with Σ min(θ base, most) = target; it is piecewise linear in θ."""
    if target_t > float(most.sum()) * (1 + CLOSE):
        return 1.0, False
    ratio = np.divide(most, base, where=base > 0, out=np.zeros_like(base))
    order = np.argsort(ratio, kind="stable")
    # In order of what they can: when source n reaches its most, exactly n sources have.
    full = np.concatenate([[0.0], np.cumsum(most[order])])
    slope = float(base.sum()) - np.concatenate([[0.0], np.cumsum(base[order])])
    reached = full[:-1] + ratio[order] * slope[:-1]
    n = int(np.argmax(reached >= target_t)) if (reached >= target_t).any() else len(order)
    share = (target_t - full[n]) / slope[n] if slope[n] > 0 else float(ratio.max(initial=0.0))
    return min(max(float(share), 0.0), 1.0), True


def _most_by_source(problem: AllocationProblem) -> FloatArray:
    if not len(problem.source):
        return np.zeros(problem.base_t.shape)
    first = np.flatnonzero(np.diff(problem.choice, prepend=-1))
    best = np.maximum.reduceat(problem.removed_t, first)
    most = np.zeros(problem.base_t.shape)
    np.add.at(most, problem.source[first], best)
    return np.minimum(most, problem.base_t)


def _cost_one(
    problem: AllocationProblem, wanted: FloatArray, p: int
) -> tuple[FloatArray, FloatArray]:
    """(S,) least cost of each source's cut of one pollutant; (S, P) all that is cut with it.

    Each source goes up its MAC curve, cheapest step first.
    """
    choice = problem.choice
    count = int(choice.max(initial=-1)) + 1
    steps = find_steps(choice, count, problem.removed_t[:, p], problem.cost_yuan)
    order = np.lexsort((steps.unit, problem.source[steps.after]))
    column, back = steps.after[order], steps.before[order]
    owner, mass = problem.source[column], steps.mass_t[order]
    before = np.cumsum(mass) - mass
    first = np.searchsorted(owner, owner)
    taken = np.clip(wanted[owner] - (before - before[first]), 0.0, mass)
    part = np.divide(taken, mass, where=mass > 0, out=np.zeros_like(mass))
    share = np.bincount(column, part, len(problem.cost_yuan)).astype(float)
    np.subtract.at(share, back[back >= 0], part[back >= 0])
    share[steps.start[steps.start >= 0]] += 1.0
    return _added_up(problem, share)


def _added_up(problem: AllocationProblem, share: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(S,) cost and (S, P) cut of sources that build `share` (M,) of their measures."""
    count = len(problem.sources)
    cost = np.bincount(problem.source, share * problem.cost_yuan, count).astype(float)
    cut = np.zeros(problem.base_t.shape)
    for p in range(len(problem.pollutants)):
        cut[:, p] = np.bincount(problem.source, share * problem.removed_t[:, p], count)
    return cost, np.minimum(cut, problem.base_t)


def _share_many(
    problem: AllocationProblem, most: FloatArray, targets: list[_Target], shares: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, bool]:
    """Shares, cost and cut of several pollutants at once, and whether the targets are met.

    A source may be unable to cut each pollutant to its share at the same time. It then
    misses as little of its shares as it can, and the shares of all rise from `shares`.
    """
    asked = sorted({one.pollutant for one in targets})
    for _ in range(ROUNDS):
        wanted = np.minimum(shares * problem.base_t, most)
        cost, cut = _cost_many(problem, wanted, asked)
        rise = np.zeros_like(shares)
        for one in targets:
            p = one.pollutant
            short = one.least_t - float(one.counts @ cut[:, p])
            able = (wanted[:, p] < most[:, p]) & (cut[:, p] >= wanted[:, p] * (1 - SEEN))
            room = float(one.counts[able] @ problem.base_t[able, p])
            if short > SEEN * one.least_t:
                rise[p] = max(rise[p], short / room if room else 1.0)
        if not rise.any() or (shares[rise > 0] >= 1).all():
            return shares, cost, cut, not rise.any()
        shares = np.minimum(shares + rise, 1.0)
    return shares, cost, cut, False


def _cost_many(
    problem: AllocationProblem, wanted: FloatArray, asked: list[int]
) -> tuple[FloatArray, FloatArray]:
    """Least cost of `wanted` (S, P), solved part by part; what is not achievable is missed."""
    share = np.zeros(len(problem.cost_yuan))
    count = len(problem.sources)
    edges = np.searchsorted(problem.source, [*range(0, count, PART), count])
    for n, first in enumerate(range(0, count, PART)):
        rows = np.arange(edges[n], edges[n + 1])
        if len(rows):
            share[rows] = _solve_part(problem, wanted, asked, rows, first)
    return _added_up(problem, share)


def _solve_part(
    problem: AllocationProblem, wanted: FloatArray, asked: list[int], rows: IntArray, first: int
) -> FloatArray:
    """(rows,) share built of each measure of up to `PART` sources, from `first` on."""
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
