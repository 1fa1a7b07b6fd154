"""The parts of the study of the sale by head count: each a function of seed and size.

Money is on the scale of `market/laboratory/studies`: 0 is the floor, 1 the highest value above it.
`headcount_study.py` runs the parts, `headcount_page.py` writes the text.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from market.laboratory.equilibrium.sealed_bids import PrizeSale, head_count_sale, prize_sale
from market.laboratory.studies.equilibrium_bids import (
    expected_gain,
    expected_revenue,
    expected_worth,
    floor_bids,
    head_count_chance,
    lowest_accepted_bids,
    prize_bids,
    supply_chance,
)
from market.laboratory.studies.estimate import (
    Estimate,
    FloatArray,
    mean_of,
    share_of,
)
from market.laboratory.studies.sale_arrays import (
    SaleOutcomes,
    best_use,
    head_count,
    pay_as_bid,
    uniform_price,
)
from market.mechanisms.headcount_share import winners
from permits.rng import stream

# Assumed: small to large sales; in 5, 15 and 25 the half is rounded up.
SETTINGS = (5, 6, 10, 15, 19, 25)
# Assumed: from a floor that never binds to one above the value of half of the bidders.
FLOORS = (0.0, 0.2, 0.35, 0.5)
# Assumed: fine enough to show who gains, coarse enough for narrow intervals.
FIFTHS = 5
# 70 % of ten bidders win [ZJ-C13], and 7 t at one price is as much. 12 t in each of the six
# sales sell 57 t (5 + 6 + 10 + 3 x 12), the total of the sales by head count.
BIDDERS, PRIZES, FIXED_T, YEAR_T = 10, 7, 7, 12


# --- equal masses, the same tonnes ----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Equal:
    """n bidders for k prizes, every rule at its own equilibrium.

    In addition the sale by head count with truthful bids.
    """

    bidders: int
    prizes: int
    exact: float  # revenue of every rule
    exact_truthful: float
    revenue: dict[str, Estimate]
    difference: Estimate  # head count less one price, first rejected
    truthful: Estimate
    efficiency: dict[str, Estimate]


def equal_masses(seed: int, count: int, power: int) -> list[Equal]:
    """Each setting drawn `count` times."""
    return [_equal(seed, count, power, bidders) for bidders in SETTINGS]


def _equal(seed: int, count: int, power: int, bidders: int) -> Equal:
    prizes = winners(bidders)
    u = stream(seed, "equal", bidders, power).random((count, bidders))
    values, bids = u**power, prize_bids(u, bidders, prizes, power)
    lowest = lowest_accepted_bids(values, bidders, prizes, power)
    held = {
        "head_count": head_count(bids),
        "pay_as_bid": pay_as_bid(bids, supply_t=prizes),
        "first_rejected": uniform_price(values, supply_t=prizes),
        "lowest_accepted": uniform_price(lowest, supply_t=prizes, price="lowest_accepted"),
    }
    best, chance = best_use(values, None, prizes), supply_chance(bidders, prizes)
    return Equal(
        bidders,
        prizes,
        expected_revenue(bidders, chance, power=power),
        expected_worth(bidders, chance, power=power),
        {rule: mean_of(one.revenue) for rule, one in held.items()},
        mean_of(held["head_count"].revenue - held["first_rejected"].revenue),
        mean_of(head_count(values).revenue),
        {rule: share_of(one.worth(values), best) for rule, one in held.items()},
    )


# --- who gains ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fifth:
    """Gain per bidder in one fifth of the values."""

    exact: float  # sale by head count = one price for as many
    head_count: Estimate
    less_uniform: Estimate  # paired, as many sold at one price
    dummies: Estimate  # with four dummies, known to all, less one price
    many: Estimate  # 19 bidders: by head count (13 t) less one price for a fixed 7 t


def gains(seed: int, count: int) -> list[Fifth]:
    """By fifths of the values, lowest first: ten bidders, and 19 in the last column."""
    u = stream(seed, "gains").random((count, BIDDERS))
    sold = head_count(prize_bids(u, BIDDERS, PRIZES))
    one_price = uniform_price(u, supply_t=PRIZES)
    free = head_count(np.zeros_like(u), dummies=4)
    many = stream(seed, "gains", 19).random((count, 19))
    by_heads = head_count(prize_bids(many, 19, winners(19)))
    fixed = uniform_price(many, supply_t=FIXED_T)
    grid = (np.arange(2000) + 0.5) / 2000
    exact = expected_gain(grid, supply_chance(BIDDERS, PRIZES)).reshape(FIFTHS, -1).mean(axis=1)
    found = []
    for fifth in range(FIFTHS):
        here, there = (np.floor(v * FIFTHS) == fifth for v in (u, many))
        own = here.sum(axis=1).astype(float)

        def of(gain: FloatArray, among: FloatArray, heads: FloatArray) -> Estimate:
            return share_of(np.where(among, gain, 0.0).sum(axis=1), heads)

        found.append(
            Fifth(
                float(exact[fifth]),
                of(sold.gain(u), here, own),
                of(sold.gain(u) - one_price.gain(u), here, own),
                of(free.gain(u) - one_price.gain(u), here, own),
                of(by_heads.gain(many) - fixed.gain(many), there, there.sum(axis=1).astype(float)),
            )
        )
    return found


# --- a floor that binds ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Floor:
    """Ten bidders, a binding floor, seven tonnes on offer."""

    floor: float
    exact: tuple[float, float]  # revenue by head count, at one price
    revenue: tuple[Estimate, Estimate]
    difference: Estimate
    efficiency: tuple[Estimate, Estimate]  # of the best use of seven tonnes
    sold_t: tuple[Estimate, Estimate]
    turned_away: Estimate  # heads per sale that bid the floor or more while tonnes are left
    at_floor: tuple[Estimate, Estimate]  # share of the tonnes sold


def floors(seed: int, count: int) -> list[Floor]:
    """The sale by head count against one price (first rejected), each at its equilibrium."""
    u = stream(seed, "floors").random((count, BIDDERS))
    return [_floor(u, floor) for floor in FLOORS]


def _floor(u: FloatArray, floor: float) -> Floor:
    heads, fixed = head_count_chance(BIDDERS, floor), supply_chance(BIDDERS, FIXED_T)
    bids = floor_bids(u, heads, floor) if floor else prize_bids(u, BIDDERS, PRIZES)
    sold = head_count(bids, floor=floor, supply_t=FIXED_T)
    one = uniform_price(u, supply_t=FIXED_T, floor=floor)
    best = best_use(u, None, FIXED_T)
    refused = np.minimum((u >= floor).sum(axis=1) - sold.sold_t, FIXED_T - sold.sold_t)
    return Floor(
        floor,
        (expected_revenue(BIDDERS, heads, floor), expected_revenue(BIDDERS, fixed, floor)),
        (mean_of(sold.revenue), mean_of(one.revenue)),
        mean_of(sold.revenue - one.revenue),
        (share_of(sold.worth(u), best), share_of(one.worth(u), best)),
        (mean_of(sold.sold_t), mean_of(one.sold_t)),
        mean_of(refused),
        (
            share_of(sold.sold_at(floor), sold.sold_t),
            share_of(one.sold_at(floor), one.sold_t),
        ),
    )


# --- supply that follows heads -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Year:
    """Six sales with 5, 6, 10, 15, 19 and 25 bidders, 57 t in all, at equilibrium."""

    name: str
    sold_t: int
    exact_revenue: Fraction
    revenue: Estimate
    less_heads: Estimate  # paired, less the sale by head count
    exact_efficiency: Fraction
    efficiency: Estimate  # of the best use of as many tonnes anywhere in the year


def years(seed: int, count: int) -> list[Year]:
    """By head count; a fixed amount in every sale; all of it in one sale at one price."""
    drawn = [stream(seed, "year", n).random((count, n)) for n in SETTINGS]
    pooled, total = np.hstack(drawn), sum(winners(n) for n in SETTINGS)
    most = prize_sale(pooled.shape[1], total)
    by_heads = [head_count(prize_bids(u, u.shape[1], winners(u.shape[1]))) for u in drawn]
    fixed = [uniform_price(u, supply_t=YEAR_T) for u in drawn]
    whole = [uniform_price(pooled, supply_t=total)]
    best, first = best_use(pooled, None, total), _revenue(by_heads)

    def told(
        name: str, sales: list[SaleOutcomes], values: list[FloatArray], exact: list[PrizeSale]
    ) -> Year:
        worth = np.sum([one.worth(u) for one, u in zip(sales, values, strict=True)], axis=0)
        return Year(
            name,
            sum(one.prizes for one in exact),
            sum((one.revenue for one in exact), Fraction(0)),
            mean_of(_revenue(sales)),
            mean_of(_revenue(sales) - first),
            sum((one.truthful_revenue for one in exact), Fraction(0)) / most.truthful_revenue,
            share_of(worth, best),
        )

    return [
        told("by head count", by_heads, drawn, [head_count_sale(n) for n in SETTINGS]),
        told(f"one price, {YEAR_T} t in every sale", fixed, drawn,
             [prize_sale(n, YEAR_T) for n in SETTINGS]),
        told(f"one price, one sale of {total} t", whole, [pooled], [most]),
    ]  # fmt: skip


def _revenue(sales: list[SaleOutcomes]) -> FloatArray:
    total: FloatArray = np.sum([one.revenue for one in sales], axis=0)
    return total


# --- dummies ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Dummies:
    """Heads without a need, known to all bidders."""

    bidders: int
    dummies: int
    winning: int  # heads
    sale: PrizeSale  # of the real bidders


def dummies(most: int = 9) -> list[Dummies]:
    """For ten and for nineteen real bidders, exact.

    `most` is 9: one above the number that ends the price for nineteen (8; for ten it is 4).
    """
    return [
        Dummies(n, extra, winners(n + extra), head_count_sale(n, extra))
        for n in (10, 19)
        for extra in range(most + 1)
    ]


def secret_dummies(bidders: int, extra: int) -> float:
    """Expected gain of a bidder from `extra` dummies that the others do not know of.

    The others bid as in equilibrium without dummies; the owner bids its best. The expectation
    is before the owner knows its value. Accuracy: 1e-4.
    """
    before, after = winners(bidders), winners(bidders + extra)
    types = np.linspace(0.0, 1.0, 801)
    bids = prize_bids(types, bidders, before)
    known = supply_chance(bidders, before)
    more = supply_chance(bidders, min(after, bidders))(types)
    values = types[:, None]
    best = ((values - bids[None, :]) * more[None, :]).max(axis=1)
    return float(np.trapezoid(best - expected_gain(types, known), types))
