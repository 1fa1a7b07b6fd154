"""The reserve price with the highest revenue in a sale of one prize."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from scipy.optimize import brentq

from market.laboratory.equilibrium.exact import Number, exact, whole

# Tolerance of the root search: the accuracy that `best_reserve_of` promises.
PRICE_ERROR = 1e-12


@dataclass(frozen=True, slots=True)
class Reserve:
    """A reserve price and what it earns, values uniform on [0, 1]."""

    price: Fraction
    revenue: Fraction  # expected; with the seller's own value where nothing is sold
    revenue_without: Fraction
    sold: Fraction  # the chance of a sale


def best_reserve(bidders: int, own_value: Number = 0) -> Reserve:
    """The best floor for values uniform on [0, 1], first or second price alike.

    Formula: r - (1 - F(r)) / f(r) = own value, so r = (1 + own value) / 2, whatever the
    number of bidders; see `reserve_revenue`. Exact. Source: [Myerson1981].
    """
    own = exact(own_value, "own_value", least=0, most=1)
    price = (1 + own) / 2
    count = whole(bidders, "bidders", least=1)
    return Reserve(
        price=price,
        revenue=reserve_revenue(count, price, own),
        revenue_without=reserve_revenue(count, 0, own),
        sold=1 - price**count,
    )


def reserve_revenue(bidders: int, reserve: Number, own_value: Number = 0) -> Fraction:
    """Expected revenue with a floor r, values uniform on [0, 1]. Exact.

    Formula: the expected highest virtual value 2 v - 1 of those above r,
    (n - 1)/(n + 1) - 2 n r^(n+1)/(n + 1) + r^n, and own value x r^n for no sale.

    Args:
        bidders: number of bidders, n.
        reserve: the floor r, 0 to 1.
        own_value: the seller's value of an unsold prize, 0 to 1.
    Source: [Myerson1981].
    """
    n, r = whole(bidders, "bidders", least=1), exact(reserve, "reserve", least=0, most=1)
    sold = Fraction(n - 1, n + 1) - Fraction(2 * n, n + 1) * r ** (n + 1) + r**n
    return sold + exact(own_value, "own_value", least=0, most=1) * r**n


def best_reserve_of(
    cdf: Callable[[float], float],
    pdf: Callable[[float], float],
    low: float,
    high: float,
    own_value: float = 0.0,
) -> float:
    """The best floor for values of any regular distribution on [low, high].

    Regular: v - (1 - cdf)/pdf rises, so it meets the seller's own value once; where it
    never does the floor is the end it is nearer to. Accuracy: 1e-12.

    Args:
        cdf: distribution function of a bidder's value.
        pdf: its density.
        low: lowest value.
        high: highest value.
        own_value: the seller's value of an unsold prize.
    Source: [Myerson1981].
    """
    exact(high, "high", above=low)

    def lacking(value: float) -> float:
        """Virtual value less own value; where nobody has the value, below nothing."""
        tail, density = 1 - cdf(value), pdf(value)
        if tail <= 0:
            return value - own_value
        return value - own_value - tail / density if density > 0 else low - high

    if low >= own_value and lacking(low) >= 0:
        return low
    if own_value >= high:
        return high
    return float(brentq(lacking, max(low, own_value), high, xtol=PRICE_ERROR))
