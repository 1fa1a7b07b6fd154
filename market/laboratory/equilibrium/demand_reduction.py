"""Demand reduction: bidding for less than one wants at a uniform price."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from market.laboratory.equilibrium.exact import Number, exact, whole


@dataclass(frozen=True, slots=True)
class ZeroPrice:
    """Two bidders, two units, first rejected bid as price: equilibrium and truthful bids."""

    price: Fraction
    surplus: Fraction
    sincere_price: Fraction
    efficient_surplus: Fraction


def zero_price() -> ZeroPrice:
    """The equilibrium in which each bids for only one unit and both units are free.

    Two bidders with values x1 >= x2 for a first and a second unit, density 2 on
    0 <= x2 <= x1 <= 1 each, two units. Bidding x1 for one and 0 for the other answers
    itself (`second_bid_payoff` falls in the second bid), so each takes one unit at the
    price 0. Formula: surplus 2 E[x1] = 4/3; sincere bids would give the two highest of
    four uniform values, 4/5 + 3/5, at the third highest, 2/5. Exact.
    Source: [Krishna2010] §13.4; [AusubelEtAl2014].
    """
    return ZeroPrice(Fraction(0), Fraction(4, 3), Fraction(2, 5), Fraction(7, 5))


def second_bid_payoff(first: Number, second: Number, bid: Number) -> Fraction:
    """Expected gain from bidding `first` truly and `bid` for a second unit.

    Against a rival that plays (x1, 0), whose x1 has the distribution function x²; a bid
    up to one's own first value. Formula: x1 - b + x2 b² - b³/3. Exact.

    Args:
        first: own value of a first unit, 0 to 1.
        second: own value of a second unit, 0 to `first`.
        bid: bid for the second unit, 0 to `first`.
    Source: [Krishna2010] §13.4.
    """
    x1 = exact(first, "first", least=0, most=1)
    x2, b = exact(second, "second", least=0, most=x1), exact(bid, "bid", least=0, most=x1)
    return x1 - b + x2 * b**2 - b**3 / 3


@dataclass(frozen=True, slots=True)
class Shading:
    """Bid schedules at a uniform price when each bidder considers its own effect on it."""

    bid_slope: Fraction  # bids fall by this a tonne [yuan/t²]
    price: Fraction  # [yuan/t]
    competitive_price: Fraction
    each_t: Fraction
    lost_revenue_yuan: Fraction  # on the whole supply, against truthful bids


def linear_shading(value: Number, slope: Number, bidders: int, supply_t: Number) -> Shading:
    """The symmetric equilibrium of bidders whose marginal value is value - slope q.

    Formula: bids value - slope (n - 1)/(n - 2) q, n >= 3; every bidder's residual supply
    then rises by bid slope / (n - 1) a tonne, and its first-order condition holds at
    every supply. Truthful price value - slope Q/n. Exact.

    Args:
        value: marginal value of the first tonne [yuan/t].
        slope: fall of marginal value [yuan/t²], > 0.
        bidders: number of bidders, n >= 3.
        supply_t: mass on offer [t].
    Raises: InputError for fewer than three bidders (there is no such equilibrium), or a
        supply at which a bid would fall below zero.
    Source: [AusubelEtAl2014]; [KlempererMeyer1989] for the schedules.
    """
    n = whole(bidders, "bidders", least=3)
    top, falls = exact(value, "value"), exact(slope, "slope", above=0)
    steep = falls * Fraction(n - 1, n - 2)
    supply = exact(supply_t, "supply_t", least=0, most=n * top / steep)
    each = supply / n
    lost = (steep - falls) * each * supply
    return Shading(steep, top - steep * each, top - falls * each, each, lost)
