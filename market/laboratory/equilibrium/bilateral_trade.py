"""One buyer and one seller with private values: the k-double auction and its bound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from market.laboratory.equilibrium.exact import Number, exact
from market.laboratory.equilibrium.smooth import ZERO


@dataclass(frozen=True, slots=True)
class KDoubleAuction:
    """The linear equilibrium: value v and cost c both uniform on [0, 1]."""

    k: Fraction  # price = k bid + (1 - k) ask
    trade_chance: Fraction
    buyer_gain: Fraction  # expected
    seller_gain: Fraction
    gap: Fraction  # trade if and only if v >= ratio c + gap
    ratio: Fraction

    @property
    def gain(self) -> Fraction:
        return self.buyer_gain + self.seller_gain

    def bid(self, value: Number) -> Fraction:
        return _bid(self.k, exact(value, "value", least=0, most=1))

    def ask(self, cost: Number) -> Fraction:
        return _ask(self.k, exact(cost, "cost", least=0, most=1))


FIRST_BEST_GAIN = Fraction(1, 6)
"""Expected gain if both bid truthfully and traded whenever v > c."""

SECOND_BEST_GAIN = Fraction(9, 64)
"""The most that any voluntary rule without subsidy can bring [MyersonSatterthwaite1983]."""


def k_double_auction(k: Number) -> KDoubleAuction:
    """Bids, asks and gains in the linear equilibrium, 0 <= k <= 1.

    Meaning: both shade, and some trades that are worth it do not happen; at k = 1/2 the
    gain is the most that any rule can reach. At k = 1 (0) the buyer (seller) names the
    price and the other bids truthfully. Formula: bid v/(1 + k) + k (1 - k)/(2 (1 + k)),
    ask c/(2 - k) + (1 - k)/2; trade iff v >= c (1 + k)/(2 - k) + (1 - k)/2; its chance
    (1 + k)(2 - k)/8. Gains are integrals of quadratic polynomials, which Simpson's rule
    takes exactly. What types bid that never trade is open; there are other equilibria.
    Source: [ChatterjeeSamuelson1983].
    """
    weight = exact(k, "k", least=0, most=1)
    gap = (1 - weight) / 2
    return KDoubleAuction(
        k=weight,
        trade_chance=(1 + weight) * (2 - weight) / 8,
        buyer_gain=_over_trades(weight, lambda v, c: v - _price(weight, v, c)),
        seller_gain=_over_trades(weight, lambda v, c: _price(weight, v, c) - c),
        gap=gap,
        ratio=(1 + weight) / (2 - weight),
    )


def _bid(k: Fraction, v: Fraction) -> Fraction:
    return v / (1 + k) + k * (1 - k) / (2 * (1 + k))


def _ask(k: Fraction, c: Fraction) -> Fraction:
    return c / (2 - k) + (1 - k) / 2


def _price(k: Fraction, v: Fraction, c: Fraction) -> Fraction:
    return k * _bid(k, v) + (1 - k) * _ask(k, c)


def _over_trades(k: Fraction, gain: Callable[[Fraction, Fraction], Fraction]) -> Fraction:
    """The integral of a gain over all pairs (v, c) that trade."""
    ratio, gap = (1 + k) / (2 - k), (1 - k) / 2

    def of_cost(c: Fraction) -> Fraction:
        return _simpson(lambda v: gain(v, c), ratio * c + gap, Fraction(1))

    return _simpson(of_cost, ZERO, (1 - gap) / ratio)


def _simpson(function: Callable[[Fraction], Fraction], low: Fraction, high: Fraction) -> Fraction:
    """The integral of a polynomial of degree three or less."""
    middle = (low + high) / 2
    return (function(low) + 4 * function(middle) + function(high)) * (high - low) / 6
