"""Bidders who want different masses, in the study of the sale by head count.

The rule rations heads, a fixed supply limits tonnes. Where both bind, no formula for the
equilibrium is known here: bids by size and value are found by fictitious play, and the
remaining gain of a single bidder (exploitability) is reported.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from market.laboratory.studies.equilibrium_bids import prize_bids
from market.laboratory.studies.estimate import (
    Estimate,
    FloatArray,
    mean_of,
    share_difference,
    share_of,
)
from market.laboratory.studies.sale_arrays import (
    IntArray,
    SaleOutcomes,
    best_use,
    head_count,
    uniform_price,
)
from market.mechanisms.headcount_share import winners
from permits.rng import stream

# 70 % of ten bidders win [ZJ-C13]; 7 t, so that equal masses sell the same under both rules.
BIDDERS, PRIZES, FIXED_T = 10, 7, 7
SPREAD = 1.0
"""Assumed: standard deviation of the logarithm of masses where they differ."""
TIE = 0.6
"""Assumed: correlation of the normal variables of masses and values where they depend."""
LEVELS, LED, TURNS = 101, 3000, 60
"""Bids tried, replications, and turns of fictitious play: minutes of work; the page reports
the exploitability that is left."""
POINTS = np.linspace(0.0, 1.0, LEVELS)


@dataclass(frozen=True, slots=True)
class Masses:
    """Ten bidders who want 1 t on average, seven tonnes on offer.

    Pairs: by head count, at one price (first rejected, truthful).
    """

    name: str
    heads_t: tuple[float, float, float]  # what 70 % of heads ask for: mean, 2.5 and 97.5 %
    leaving: tuple[Estimate, Estimate]  # exploitability, as a share of a bidder's gain
    revenue: tuple[Estimate, Estimate]
    difference: Estimate
    efficiency: tuple[Estimate, Estimate]  # of the best use of seven tonnes
    lost: Estimate  # efficiency, head count less one price
    left_t: Estimate  # tonnes unsold in the sale by head count
    served: tuple[Estimate, ...]  # share of the need by thirds, small first: difference
    by_size: tuple[Estimate, ...]  # gain per tonne wanted by thirds, small first: difference


@dataclass(frozen=True, slots=True)
class Bidders:
    """Random draws of the bidders; every array is (replications, bidders).

    Values, masses wanted [t], thirds of size, and the draw that picks a bidder's way to bid.
    """

    values: FloatArray
    masses: FloatArray
    third: IntArray
    picks: FloatArray  # on [0, 1]

    def part(self, rows: slice) -> Bidders:
        """Some of the replications."""
        return Bidders(self.values[rows], self.masses[rows], self.third[rows], self.picks[rows])


Ways = FloatArray
"""Bids by third of size and value at POINTS, (ways, 3, LEVELS); each bidder's way is drawn
with equal probability."""


def unequal_masses(seed: int, count: int) -> list[Masses]:
    """Four cases: equal masses; masses independent of values; negative and positive dependence."""
    cases = (
        ("equal", 0.0, 0.0),
        ("unequal", SPREAD, 0.0),
        ("large firms, lower values", SPREAD, -TIE),
        ("large firms, higher values", SPREAD, TIE),
    )
    found = []
    for name, spread, tie in cases:
        lead, judge = (
            _drawn(seed, purpose, size, spread, tie)
            for purpose, size in (("lead", LED), ("judge", count))
        )
        found.append(_masses(name, lead, judge))
    return found


def _drawn(seed: int, purpose: str, count: int, spread: float, tie: float) -> Bidders:
    """The same normal draws for every case; values stay uniform whatever the correlation."""
    chance = stream(seed, "masses", purpose)
    own, size = chance.standard_normal((2, count, BIDDERS))
    values = ndtr(tie * size + (1 - tie**2) ** 0.5 * own)
    masses = np.exp(spread * size - spread**2 / 2)
    third = np.digitize(ndtr(size), [1 / 3, 2 / 3])
    return Bidders(values, masses, third, chance.random((count, BIDDERS)))


def _masses(name: str, lead: Bidders, them: Bidders) -> Masses:
    values, masses = them.values, them.masses
    ways = _settled(lead) if name != "equal" else _start()
    bids = _bids(ways, them)
    asked = head_count(bids, masses).sold_t
    sold, one = _by_heads(bids, masses), _one_price(values, masses)
    best = best_use(values, masses, FIXED_T)
    low, high = np.quantile(asked, [0.025, 0.975])
    changed, moved = sold.gain(values) - one.gain(values), sold.mass_t - one.mass_t
    return Masses(
        name,
        (float(asked.mean()), float(low), float(high)),
        (_better_bids(ways, them), _less_asked(them)),
        (mean_of(sold.revenue), mean_of(one.revenue)),
        mean_of(sold.revenue - one.revenue),
        (share_of(sold.worth(values), best), share_of(one.worth(values), best)),
        share_difference(sold.worth(values), one.worth(values), best),
        mean_of(np.minimum(FIXED_T, masses.sum(axis=1)) - sold.sold_t),
        tuple(_of_third(moved, them, which) for which in range(3)),
        tuple(_of_third(changed, them, which) for which in range(3)),
    )


def _by_heads(bids: FloatArray, masses: FloatArray) -> SaleOutcomes:
    return head_count(bids, masses, supply_t=FIXED_T)


def _one_price(bids: FloatArray, masses: FloatArray) -> SaleOutcomes:
    return uniform_price(bids, masses, supply_t=FIXED_T)


def _of_third(changed: FloatArray, them: Bidders, which: int) -> Estimate:
    here = them.third == which
    return share_of(
        np.where(here, changed, 0.0).sum(axis=1), np.where(here, them.masses, 0.0).sum(axis=1)
    )


# --- bids by size and value ---------------------------------------------------------------


def _start() -> Ways:
    """The equilibrium of equal masses, which holds for any masses without a fixed supply.

    Rank is by price per tonne, so a bidder's mass only multiplies its gain.
    """
    return np.tile(prize_bids(POINTS, BIDDERS, PRIZES), (1, 3, 1))


def _settled(lead: Bidders) -> Ways:
    """Fictitious play: each turn adds the best answer to the later half of earlier turns.

    The first half is dropped, since early answers respond to the starting bids.
    """
    ways = _start()
    for _ in range(TURNS):
        ways = np.concatenate([ways, _answers(ways[len(ways) // 2 :], lead)[None]])
    return ways[len(ways) // 2 :]


def _answers(ways: Ways, them: Bidders) -> FloatArray:
    """The best bids by third of size and value against rivals who bid by `ways`: (3, LEVELS)."""
    got = _expected_mass(_bids(ways, them), them)
    hoped = (POINTS[None, :, None] - POINTS[None, None, :]) * got[:, None, :]
    # The best bid never falls with the value; sampling noise in the draws could make it fall.
    return np.maximum.accumulate(POINTS[hoped.argmax(axis=2)], axis=1)


def _expected_mass(bids: FloatArray, them: Bidders) -> FloatArray:
    """Mean mass won by the first bidder, by third of its size and bid: (3, LEVELS)."""
    rivals, masses, own = bids[:, 1:], them.masses[:, 1:], them.masses[:, 0]
    above = rivals[:, :, None] >= POINTS
    left = FIXED_T - np.einsum("rbl,rb->rl", above, masses)
    got = np.where(above.sum(axis=1) < winners(BIDDERS), np.clip(left, 0.0, own[:, None]), 0.0)
    return np.array([got[them.third[:, 0] == which].mean(axis=0) for which in range(3)])


def _bids(ways: Ways, them: Bidders) -> FloatArray:
    """The bids of all bidders, each by its drawn way: linear between POINTS."""
    way = (them.picks * len(ways)).astype(int)
    at = them.values * (LEVELS - 1)
    below = np.minimum(at.astype(int), LEVELS - 2)
    low, high = (ways[way, them.third, below + side] for side in (0, 1))
    return np.asarray(low + (at - below) * (high - low))


# --- gain of a unilateral change ---------------------------------------------------------------


def _better_bids(ways: Ways, them: Bidders) -> Estimate:
    """Gain of the best other bid, as a share of the gain.

    Found on `LED` of the draws and earned on the others, so that the search does not fit noise.
    """
    first, second = them.part(slice(None, LED)), them.part(slice(LED, None))
    if not len(second.values):
        first = second = them
    answers = _answers(ways, first)
    bids = _bids(ways, second)
    other = bids.copy()
    # Just above the level, so that a tie with a rival at the same level is won.
    other[:, 0] = _bids(answers[None], second)[:, 0] + 1e-9
    return _gained(_by_heads, second, (bids, second.masses), (other, second.masses))


def _less_asked(them: Bidders) -> Estimate:
    """At one price: gain of the best lower bid or smaller request, by third of size."""
    half = len(them.values) // 2
    first, second = them.part(slice(None, half)), them.part(slice(half, None))
    tried = [(bid, part) for bid in (0.7, 0.8, 0.9, 1.0) for part in (0.35, 0.5, 0.65, 0.8, 1.0)]
    chosen = []
    for which in range(3):
        here = first.third[:, 0] == which
        gains = [
            _one_price(*_changed(first, np.full(len(here), bid), np.full(len(here), part)))
            .gain(first.values)[here, 0].mean()
            for bid, part in tried
        ]  # fmt: skip
        chosen.append(tried[int(np.argmax(gains))])
    own = np.array(chosen)[second.third[:, 0]]
    other = _changed(second, own[:, 0], own[:, 1])
    return _gained(_one_price, second, (second.values, second.masses), other)


def _changed(them: Bidders, bid: FloatArray, part: FloatArray) -> tuple[FloatArray, FloatArray]:
    bids, masses = them.values.copy(), them.masses.copy()
    bids[:, 0] *= bid
    masses[:, 0] *= part
    return bids, masses


def _gained(
    rule: Callable[[FloatArray, FloatArray], SaleOutcomes],
    them: Bidders,
    stay: tuple[FloatArray, FloatArray],
    leave: tuple[FloatArray, FloatArray],
) -> Estimate:
    stays, leaves = (rule(*offer).gain(them.values)[:, 0] for offer in (stay, leave))
    return share_of(leaves - stays, stays)
