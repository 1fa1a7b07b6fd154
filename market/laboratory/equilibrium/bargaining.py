"""How two share what they can gain: alternating offers, and Nash's solution."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from market.laboratory.equilibrium.exact import Number, exact


@dataclass(frozen=True, slots=True)
class Shares:
    """Of one: who offers first, and who answers."""

    first: Fraction
    second: Fraction


def alternating_offers(patience_first: Number, patience_second: Number) -> Shares:
    """Rubinstein's only subgame-perfect outcome, agreed at once.

    Args: what a unit of the next round is worth now to the one who offers first and to
        the other, each in [0, 1), or one of them 1.
    Formula: first = (1 - d2) / (1 - d1 d2); for equal patience 1 / (1 + d). Exact.
    Source: [Rubinstein1982].
    """
    one = exact(patience_first, "patience_first", least=0, most=1)
    two = exact(patience_second, "patience_second", least=0, most=1)
    exact(one * two, "patience_first * patience_second", below=1)
    first = (1 - two) / (1 - one * two)
    return Shares(first, 1 - first)


@dataclass(frozen=True, slots=True)
class NashPrice:
    """The price of a bilateral agreement, and what each side gains at it."""

    price: Fraction
    buyer_gain: Fraction
    seller_gain: Fraction


def nash_price(
    cost: Number, value: Number, seller_power: Number = Fraction(1, 2)
) -> NashPrice | None:
    """The price that maximises (value - p)^(1 - power) (p - cost)^power.

    Formula: cost + power (value - cost), half-way for equal power. None where the thing
    is worth less to the buyer than to the seller: they do not agree. Exact.
    Source: [Nash1950].
    """
    low, high = exact(cost, "cost"), exact(value, "value")
    power = exact(seller_power, "seller_power", least=0, most=1)
    if high < low:
        return None
    price = low + power * (high - low)
    return NashPrice(price, high - price, price - low)
