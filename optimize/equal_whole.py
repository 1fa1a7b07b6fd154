"""Equal shares in whole measures: the least share that meets every target.

As the share rises each source climbs its staircase. The climb stops at the first share at
which every target is met; of the steps taken at that share only as many are taken as the
targets need, by the tie-breaking lottery.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from optimize.problem import AllocationProblem, BoolArray, FloatArray, IntArray
from optimize.rounding import masses_mg
from optimize.staircases import Staircases, draw, find_staircases
from permits.quantity import MG_PER_T, t_to_mg

SUMMED = 1e-12  # relative: change of a sum of weighted masses with the order of its terms
SORTED = 2_000  # steps sorted as they are; more are halved first, which takes a third of the time
ROUNDS = 12  # of raising several shares, each of which can lower another's cut; assumed


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """What a limit asks of shares.

    Of all sources as a target, of a group at least or at most; `counts` (S,) is what a tonne
    of each source counts, and `amount_t` the cut asked for.
    """

    name: str
    of: Literal["all", "least", "most"]
    pollutant: int
    counts: FloatArray
    amount_t: float

    @property
    def amount_mg(self) -> float:
        """The cut asked for [mg], whole where it counts whole tonnes."""
        if np.isin(self.counts, (0.0, 1.0)).all():
            return t_to_mg(self.amount_t)
        return self.amount_t * MG_PER_T * (1 - SUMMED)


@dataclass(frozen=True, slots=True, eq=False)
class Climbed:
    """Equal shares in whole measures; `low_yuan`, `high_yuan`: other lots cost that much more."""

    shares: FloatArray  # (P,)
    built: FloatArray  # (M,) 0 or 1
    capped: BoolArray  # (S,) sources that cannot reach their share
    drawn: BoolArray  # (S,) sources whose choice the lot decides
    low_yuan: float
    high_yuan: float


def climb(problem: AllocationProblem, claims: Sequence[Claim], seed: int) -> Climbed:
    """Raise all sources to the least share that meets every target, in whole measures.

    Args:
        problem: sources and measures.
        claims: what the limits ask.
        seed: of the tie-breaking lottery.
    """
    asked = np.array(sorted({claim.pollutant for claim in claims}), dtype=np.int64)
    stairs = find_staircases(problem, asked if len(asked) else np.zeros(1, dtype=np.int64))
    if len(asked) > 1:
        return _climb_many(problem, stairs, claims, asked, seed)
    return _climb_one(problem, stairs, claims, seed)


# --- one pollutant ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Steps:
    """The steps from one choice of a source to its next: at which share, what they add."""

    at: IntArray  # (E,) the choice that is left
    owner: IntArray  # (E,)
    share: FloatArray  # (E,) the share at which it is left
    gain_mg: IntArray  # (E,)
    cost_yuan: FloatArray  # (E,)

    def only(self, kept: IntArray) -> _Steps:
        """Some of the steps."""
        return _Steps(self.at[kept], self.owner[kept], self.share[kept], self.gain_mg[kept],
                      self.cost_yuan[kept])  # fmt: skip


def _climb_one(
    problem: AllocationProblem, stairs: Staircases, claims: Sequence[Claim], seed: int
) -> Climbed:
    p = claims[0].pollutant if claims else 0
    ratio = _ratio(problem, stairs, np.array([p]))[:, 0]
    steps = _find_steps(stairs, ratio)
    low, high = np.zeros(len(stairs.starts)), np.full(len(stairs.starts), np.inf)
    floor, top = np.zeros(len(steps.at), dtype=bool), np.zeros(len(steps.at), dtype=bool)
    idle = stairs.cut_mg[stairs.starts, 0]
    for one in (claim for claim in claims if claim.of != "all"):
        inside = np.flatnonzero(one.counts[steps.owner] > 0)
        own, members = steps.only(inside), one.counts > 0
        need = one.amount_mg - int(idle[members].sum())
        if one.of == "least":
            passed = _pass(own, own.gain_mg[:, None], np.array([need]), seed, one.name)
            floor[inside[passed.steps]] = True
            low[members] = np.maximum(low[members], _next(ratio, stairs, members, passed.share))
        else:
            # The first share at which the group would cut more than it may is passed by none.
            first = _threshold(own.share, own.gain_mg, need + 1)
            top[inside[own.share >= first]] = True
            high[members] = np.minimum(high[members], max(first, 0.0))
    floor &= ~top
    start = idle + np.bincount(steps.owner, steps.gain_mg * floor, len(idle)).astype(np.int64)
    targets = [claim for claim in claims if claim.of == "all"]
    counts = _counts(targets, len(idle))
    need = np.array([claim.amount_mg for claim in targets]) - start @ counts
    free = np.flatnonzero(~floor & ~top)
    own = steps.only(free)
    gain = counts[own.owner] * own.gain_mg[:, None]
    passed = _pass(own, gain, need, seed)
    floor[free[passed.steps]] = True
    held = np.zeros(len(ratio), dtype=bool)
    held[steps.at[top] + 1] = True
    share = _next(np.where(held, 0.0, ratio), stairs, None, passed.share)
    chosen = stairs.starts + np.bincount(steps.owner[floor], minlength=len(idle))
    shares = np.zeros(len(problem.pollutants))
    shares[p] = share
    wanted = np.minimum(np.maximum(share, low), high)
    capped = (ratio[stairs.last] < wanted) & (problem.base_t[:, p] > 0)
    built = stairs.built(chosen, len(problem.kind))
    drawn = np.zeros(len(idle), dtype=bool)
    drawn[own.owner[own.share == passed.share]] = True
    return Climbed(shares, built, capped, drawn, passed.low_yuan, passed.high_yuan)


@dataclass(frozen=True, slots=True, eq=False)
class _Passed:
    """Which steps are passed (E,), at which share, and what other lots cost in addition."""

    steps: BoolArray
    share: float
    low_yuan: float = 0.0
    high_yuan: float = 0.0


def _pass(
    steps: _Steps, gain: FloatArray | IntArray, need: FloatArray, seed: int, *names: str
) -> _Passed:
    """Pass steps from the least share on until every need is met.

    Of those at the last share only as many are passed as are needed, by the tie-breaking lottery.

    Args:
        steps: the steps that may be passed.
        gain: (E, L) what each adds to each need.
        need: (L,) what is needed; not above zero where it is met.
        seed: of the tie-breaking lottery.
        names: what the lot is for.
    """
    ends = [_threshold(steps.share, gain[:, n], need[n]) for n in range(len(need))]
    share = max(ends, default=-np.inf)
    if not np.isfinite(share):
        return _Passed(np.full(len(steps.at), share > 0), share)
    passed, edge = steps.share < share, np.flatnonzero(steps.share == share)
    left = need - gain[passed].sum(axis=0)
    drawn = draw(gain[edge], steps.cost_yuan[edge], left, seed, *names)
    passed[edge[drawn.taken]] = True
    paid = float(steps.cost_yuan[edge[drawn.taken]].sum())
    return _Passed(passed, share, drawn.low_yuan - paid, drawn.high_yuan - paid)


def _threshold(share: FloatArray, gain: FloatArray | IntArray, need: float) -> float:
    """The least share at which all steps up to it add what is needed.

    Minus infinity where nothing is needed, infinity where all together add less. By halves:
    sorting everything would take longer than all the rest.

    Args:
        share: (E,) the share of each step.
        gain: (E,) what it adds.
        need: what is needed.
    """
    if need <= 0:
        return -np.inf
    if gain.sum() < need:
        return np.inf
    while len(share) > SORTED:
        middle = np.partition(share, len(share) // 2)[len(share) // 2]
        below = share <= middle
        added = gain[below].sum()
        if below.all():
            return (
                float(middle)
                if (share == middle).all()
                else _threshold(share[share < middle], gain[share < middle], need)
            )
        if added >= need:
            share, gain = share[below], gain[below]
        else:
            share, gain, need = share[~below], gain[~below], need - added
    order = np.argsort(share, kind="stable")
    n = int(np.searchsorted(np.cumsum(gain[order]), need))
    return float(share[order[min(n, len(order) - 1)]])


def _find_steps(stairs: Staircases, ratio: FloatArray) -> _Steps:
    at = np.flatnonzero(np.diff(stairs.owner, append=-1) == 0)
    gain = stairs.cut_mg[at + 1, 0] - stairs.cut_mg[at, 0]
    cost = stairs.cost_yuan[at + 1] - stairs.cost_yuan[at]
    return _Steps(at, stairs.owner[at], ratio[at], gain, cost)


def _ratio(problem: AllocationProblem, stairs: Staircases, asked: IntArray) -> FloatArray:
    """(O, P) the share of its baseline that each choice cuts.

    A quotient of whole milligrams: shares that are equal are the same float.
    """
    base = masses_mg(problem.base_t[:, asked])[stairs.owner].astype(float)
    cut = stairs.cut_mg.astype(float)
    found: FloatArray = np.divide(cut, base, where=base > 0, out=np.zeros_like(cut))
    return found


def _next(ratio: FloatArray, stairs: Staircases, members: BoolArray | None, passed: float) -> float:
    """The share of all whose steps up to `passed` are passed: the least of what they then cut.

    Args:
        ratio: (O,) share that each choice cuts.
        stairs: the choices.
        members: (S,) whose choices count (None: all).
        passed: the share passed last; infinite where even all steps were too few.
    """
    if not np.isfinite(passed):
        return 1.0 if passed > 0 else 0.0
    above = ratio > passed
    if members is not None:
        above &= members[stairs.owner]
    return float(ratio[above].min(initial=1.0))


def _counts(targets: Sequence[Claim], sources: int) -> FloatArray | IntArray:
    """(S, L) what a tonne of each source counts towards each target; whole where it can be."""
    counts = np.array([claim.counts for claim in targets]).reshape(len(targets), sources).T
    plain = np.isin(counts, (0.0, 1.0)).all()
    return counts.astype(np.int64) if plain else counts


# --- several pollutants -----------------------------------------------------------------


@dataclass(slots=True, eq=False)
class _Levels:
    """Choices of several pollutants at shares: the search for each of them."""

    stairs: Staircases
    ratio: FloatArray  # (O, P)
    low: FloatArray  # (S, P) shares of groups, at least
    high: FloatArray  # (S, P) and at most

    def choose(self, shares: FloatArray) -> IntArray:
        """(S,) each source's choice: it misses least of its shares, then it costs least.

        Args:
            shares: (P,) the share asked of every source.
        """
        wanted = np.minimum(np.maximum(shares, self.low), self.high)
        missed = np.maximum(wanted[self.stairs.owner] - self.ratio, 0.0).sum(axis=1)
        least = np.minimum.reduceat(missed, self.stairs.starts)
        near = missed <= least[self.stairs.owner] + SUMMED
        rows = np.where(near, np.arange(len(missed)), len(missed))
        first = np.minimum.reduceat(rows, self.stairs.starts)
        # Of equally cheap ones the greater cut, which stands later.
        same = near & (self.stairs.cost_yuan == self.stairs.cost_yuan[first[self.stairs.owner]])
        rows = np.where(same, np.arange(len(missed)), -1)
        last: IntArray = np.maximum.reduceat(rows, self.stairs.starts)
        return last

    def least(self, n: int, shares: FloatArray, counts: FloatArray, need_mg: float) -> float:
        """The least share of pollutant `n` at which the sources counted cut what is needed.

        One where no share does.

        Args:
            n: index of the pollutant.
            shares: (P,) shares of all pollutants; that of `n` is searched for.
            counts: (S,) what each source counts.
            need_mg: what they have to cut [mg].
        """
        known = np.unique(np.append(self.ratio[:, n], 0.0))
        begin, end = 0, len(known)
        while begin < end:
            middle = (begin + end) // 2
            tried = shares.copy()
            tried[n] = known[middle]
            if counts @ self.stairs.cut_mg[self.choose(tried), n] >= need_mg:
                end = middle
            else:
                begin = middle + 1
        return float(known[begin]) if begin < len(known) else 1.0

    def most(self, n: int, counts: FloatArray) -> float:
        """What the sources counted can cut of pollutant `n` at the most [mg]."""
        top = np.maximum.reduceat(self.stairs.cut_mg[:, n], self.stairs.starts)
        return float(counts @ top)


def _climb_many(
    problem: AllocationProblem,
    stairs: Staircases,
    claims: Sequence[Claim],
    asked: IntArray,
    seed: int,
) -> Climbed:
    place = {p: n for n, p in enumerate(asked.tolist())}
    levels = _Levels(
        stairs,
        _ratio(problem, stairs, asked),
        np.zeros((len(stairs.starts), len(asked))),
        np.full((len(stairs.starts), len(asked)), np.inf),
    )
    _group_levels(levels, claims, place)
    targets = [claim for claim in claims if claim.of == "all"]
    shares = np.zeros(len(asked))
    for _ in range(ROUNDS):
        before = shares.copy()
        for one in targets:
            n = place[one.pollutant]
            found = levels.least(n, shares, one.counts, one.amount_mg)
            shares[n] = max(shares[n], found)
        if (shares == before).all():
            break
    chosen, edge, low, high = _drawn_many(levels, targets, place, shares, seed)
    wanted = np.minimum(np.maximum(shares, levels.low), levels.high)
    wanted = np.where(problem.base_t[:, asked] > 0, wanted, 0.0)
    capped: BoolArray = np.any(levels.ratio[levels.choose(shares)] < wanted, axis=1)
    all_shares = np.zeros(len(problem.pollutants))
    all_shares[asked] = shares
    drawn = np.zeros(len(chosen), dtype=bool)
    drawn[edge] = True
    return Climbed(all_shares, stairs.built(chosen, len(problem.kind)), capped, drawn, low, high)


def _group_levels(levels: _Levels, claims: Sequence[Claim], place: Mapping[int, int]) -> None:
    """Write into `levels` the shares that groups have by themselves."""
    low, high = levels.low.copy(), levels.high.copy()
    for one in claims:
        n, members = place[one.pollutant], one.counts > 0
        nothing = np.zeros(len(place))
        if one.of == "least":
            share = levels.least(n, nothing, one.counts, one.amount_mg)
            low[members, n] = np.maximum(low[members, n], share)
        elif one.of == "most":
            share = levels.least(n, nothing, one.counts, one.amount_mg + 1)
            known = np.unique(np.append(levels.ratio[:, n], 0.0))
            below = known[known < share] if levels.most(n, one.counts) > one.amount_mg else [1.0]
            high[members, n] = np.minimum(high[members, n], max(below, default=0.0))
    levels.low, levels.high = low, high


def _drawn_many(
    levels: _Levels,
    targets: Sequence[Claim],
    place: Mapping[int, int],
    shares: FloatArray,
    seed: int,
) -> tuple[IntArray, IntArray, float, float]:
    """The choice of each source (S,), those that the lot decides, and what other lots cost.

    Args:
        levels: choices and shares of groups.
        targets: the targets.
        place: number of each pollutant among those asked for.
        shares: (P,) shares that meet the targets.
        seed: of the tie-breaking lottery.
    """
    stairs, before = levels.stairs, np.zeros_like(shares)
    for n, share in enumerate(shares.tolist()):
        below = levels.ratio[levels.ratio[:, n] < share, n]
        before[n] = below.max(initial=0.0)
    old, new = levels.choose(before), levels.choose(shares)
    edge = np.flatnonzero(old != new)
    numbers = [place[one.pollutant] for one in targets]
    counts = np.array([one.counts for one in targets]).reshape(len(targets), len(old)).T
    gain = counts[edge] * (stairs.cut_mg[new[edge]] - stairs.cut_mg[old[edge]])[:, numbers]
    need = np.array([one.amount_mg for one in targets])
    need = need - (counts * stairs.cut_mg[old][:, numbers]).sum(axis=0)
    more = stairs.cost_yuan[new[edge]] - stairs.cost_yuan[old[edge]]
    drawn = draw(gain, more, need, seed)
    chosen = old.copy()
    chosen[edge[drawn.taken]] = new[edge[drawn.taken]]
    paid = float(more[drawn.taken].sum())
    return chosen, edge, drawn.low_yuan - paid, drawn.high_yuan - paid
