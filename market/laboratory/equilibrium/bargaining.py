"""How two parties share a gain: alternating offers, and Nash's solution."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from market.laboratory.equilibrium.exact import Number, exact


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of one: of the party that offers first, and of the one that answers."""

    first: Fraction
    second: Fraction


def alternating_offers(patience_first: Number, patience_second: Number) -> Shares:
    """Rubinstein's only subgame-perfect outcome, agreed at once.

    Formula: first = (1 - d2) / (1 - d1 d2); for equal patience 1 / (1 + d). Exact.

    Args:
        patience_first: value now of a unit of the next round to the party that offers first,
            in [0, 1], and below 1 if the other's is 1.
        patience_second: the same for the other party.
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

    Formula: cost + power (value - cost), half-way for equal power. None where the value to
    the buyer is below the seller's cost: they do not agree. Exact.

    Args:
        cost: what the seller gives up [yuan].
        value: what it is worth to the buyer [yuan].
        seller_power: the seller's bargaining power, 0 to 1.
    Source: [Nash1950].
    """
    low, high = exact(cost, "cost"), exact(value, "value")
    power = exact(seller_power, "seller_power", least=0, most=1)
    if high < low:
        return None
    price = low + power * (high - low)
    return NashPrice(price, high - price, price - low)
