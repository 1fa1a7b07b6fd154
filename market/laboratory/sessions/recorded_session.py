"""Measures of a session that was recorded elsewhere, such as in a laboratory.

An order that was served names its partner. Often only one side of a deal is marked, since
the partner has replaced its order meanwhile: counting marked orders counts some deals once
and some twice. Here a deal is a pair.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from market.clearing.order import Side
from market.laboratory.sessions.session_measures import (
    CompetitiveOutcome,
    competitive_outcome,
    efficiency,
    smith_alpha_percent,
)


@dataclass(frozen=True, slots=True)
class Served:
    """An order marked as served: whose, with whom, at which price."""

    trader: int
    side: Side
    partner: int
    price: float


@dataclass(frozen=True, slots=True)
class RecordedDeal:
    """A buyer and a seller, and what they agreed on."""

    buyer: int
    seller: int
    price: float


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded period. `None`: no deal, or nothing to gain."""

    competitive_outcome: CompetitiveOutcome
    deals: tuple[RecordedDeal, ...]
    surplus: int
    efficiency: float | None
    alpha_percent: float | None
    mean_price: float | None


def pair_deals(orders: Iterable[Served]) -> tuple[RecordedDeal, ...]:
    """Each deal once, in the order of its first order.

    A trader has one unit, so that two traders have at most one deal. Where its two sides
    state different prices (a market maker keeps the difference), the later order's counts.
    """
    deals: dict[tuple[int, int], RecordedDeal] = {}
    for order in orders:
        buys = order.side is Side.BUY
        buyer, seller = (order.trader, order.partner) if buys else (order.partner, order.trader)
        deals[buyer, seller] = RecordedDeal(buyer, seller, order.price)
    return tuple(deals.values())


def measure_recorded(
    values: Mapping[int, int], costs: Mapping[int, int], orders: Iterable[Served]
) -> Recorded:
    """A period of traders with one unit each, from its served orders.

    Args:
        values: of each buyer, by trader.
        costs: of each seller; the same unit of money.
        orders: those marked as served, in order of arrival.
    """
    stick, deals = competitive_outcome(values.values(), costs.values()), pair_deals(orders)
    pairs = [(values[deal.buyer], costs[deal.seller]) for deal in deals]
    prices = [deal.price for deal in deals]
    middle = stick.price_fen
    return Recorded(
        competitive_outcome=stick,
        deals=deals,
        surplus=sum(value - cost for value, cost in pairs),
        efficiency=float(efficiency(pairs, stick.surplus_fen)) if stick.surplus_fen else None,
        alpha_percent=smith_alpha_percent(prices, middle) if deals and middle else None,
        mean_price=sum(prices) / len(prices) if deals else None,
    )
