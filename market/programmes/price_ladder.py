"""Floors and triggers that rise by the year, from one published figure to the next.

Each year's figure comes from the *published* one before, rounded to the cent: computing
from the unrounded figure is a cent off within four years.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction


def next_price_fen(price_fen: int, growth: Fraction) -> int:
    """A price one year on, rounded half up to the cent (fen) as programmes publish it."""
    exact = price_fen * (1 + growth)
    # `round` of a Fraction goes half to even; programmes publish half up.
    cents = Decimal(exact.numerator) / Decimal(exact.denominator)
    return int(cents.to_integral_value(rounding=ROUND_HALF_UP))


def price_ladder_fen(first_fen: int, growth: Sequence[Fraction]) -> tuple[int, ...]:
    """The first year's price, then each year's from the published one before it.

    RGGI: the cost containment trigger 13.00 dollars in 2021 and the emissions containment
    trigger 6.00, both 7 % a year; the reserve price 2.5 % a year [RGGI].
    """
    found = [first_fen]
    for one in growth:
        found.append(next_price_fen(found[-1], one))
    return tuple(found)


def california_growth(inflation: Fraction, real: Fraction = Fraction(5, 100)) -> Fraction:
    """Yearly growth of California's auction reserve price, reserve tiers and ceiling.

    5 % and the rate of consumer prices, added [CaliforniaAuctions] (c)(3)(A).
    """
    return real + inflation
