"""Purchase limits of bidders and holding limits."""

from __future__ import annotations

from fractions import Fraction

# Base and shares of the holding limit [CaliforniaAuctions].
BASE = 25_000_000
BASE_SHARE = Fraction(10, 100)
FURTHER_SHARE = Fraction(25, 1000)


def california_holding_limit(budget: int) -> int:
    """The most allowances of a year that one group of entities may hold, by the annual budget.

    A tenth of the first 25 million and 2.5 % of the remainder [CaliforniaAuctions]. The formula
    is cited from memory; its results are computed.
    """
    base = min(BASE, budget)
    return int(BASE_SHARE * base + FURTHER_SHARE * (budget - base))


def purchase_limit(supply: int, share: Fraction) -> int:
    """The most that one bidder may win: a share of the sale, rounded down.

    California: 25 % for covered entities and 4 % for others; Guangdong in 2017: 50 %.
    """
    return int(supply * share)
