"""The outcome of a session, and the check that it conserves mass and keeps limits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from market.clearing.order import Book, Order, Side
from permits.quantity import cost_fen


class Unfilled(StrEnum):
    """Why an order, or a part of it, was not filled."""

    PRICE = "price"
    RESERVE = "reserve"
    SUPPLY = "supply"
    HEAD_COUNT = "head_count"
    LIMIT = "limit"
    BUDGET = "budget"
    LATE = "late"
    DUPLICATE = "duplicate"
    NOT_SELLABLE = "not_sellable"
    NO_COUNTERPARTY = "no_counterparty"
    AMOUNT = "amount"  # no mass, or a limit below zero
    LOT = "lot"  # mass not in whole lots
    BAND = "band"  # a limit outside the price band
    GUARANTEE = "guarantee"  # worth more than the bid guarantee covers
    NOT_FREE = "not_free"  # a sale of more than is free to sell
    OWN_ORDER = "own_order"  # it would trade with an order of its own trader
    EXPIRED = "expired"  # its time ran out before the close
    WITHDRAWN = "withdrawn"  # by its trader, or by a rule that wipes the book


@dataclass(frozen=True, slots=True)
class Trade:
    """Mass that passes from `seller` to `buyer` (`None`: the government).

    `money_fen` = price x mass x years, rounded once, half to even. A rule that pays
    sellers less than buyers pay states their price too, and keeps the difference.
    """

    buy: str | None  # order ids
    sell: str | None
    buyer: str | None
    seller: str | None
    mass_mg: int
    price_fen_per_t: int
    money_fen: int
    ask_price_fen_per_t: int | None = None  # what the seller gets, where it differs
    received_fen: int | None = None

    @property
    def seller_price_fen_per_t(self) -> int:
        """Price that the seller receives per tonne of one vintage [fen/t]."""
        own = self.ask_price_fen_per_t
        return self.price_fen_per_t if own is None else own

    @property
    def seller_money_fen(self) -> int:
        """Money that the seller receives [fen]."""
        return self.money_fen if self.received_fen is None else self.received_fen


@dataclass(frozen=True, slots=True)
class Fill:
    """The filled part of one order: the sum of its trades.

    `price_fen_per_t` is `None` where its trades were at several prices.
    """

    order: Order
    mass_mg: int
    price_fen_per_t: int | None
    money_fen: int


@dataclass(frozen=True, slots=True)
class UnfilledOrder:
    """The unfilled remainder of one order, and the reason."""

    order: Order
    mass_mg: int
    reason: Unfilled


@dataclass(frozen=True, slots=True)
class Tie:
    """A tie at the margin and how it was broken."""

    price_fen_per_t: int
    orders: int
    mass_mg: int
    filled_mg: int
    rule: str  # "seq", "pro_rata", "random"


@dataclass(frozen=True, slots=True)
class Clearing:
    """The outcome of one session for one product.

    `price_fen_per_t` is `None` where trades were at several prices, as where each winner pays
    its own bid, or nothing was traded. `surplus_fen` is money kept by a rule that does not
    balance its budget.
    """

    mechanism: str
    product: str
    years: int
    price_fen_per_t: int | None
    trades: tuple[Trade, ...]
    fills: tuple[Fill, ...]
    rests: tuple[UnfilledOrder, ...]
    unsold_mg: int = 0
    ties: tuple[Tie, ...] = ()
    surplus_fen: int = 0

    @property
    def traded_mg(self) -> int:
        """Mass that changed hands [mg]; mg a year for a strip."""
        return sum(trade.mass_mg for trade in self.trades)

    @property
    def money_fen(self) -> int:
        """Money that buyers pay [fen]."""
        return sum(f.money_fen for f in self.fills if f.order.side is Side.BUY)


def trade_money_fen(mass_mg: int, price_fen_per_t: int, years: int) -> int:
    """Money for a strip of `years` vintages, rounded once [fen].

    Args:
        mass_mg: mass of each vintage [mg].
        price_fen_per_t: price of one vintage [fen/t].
        years: number of vintages.
    """
    return cost_fen(mass_mg * years, price_fen_per_t)


def check_clearing(book: Book, clearing: Clearing) -> None:
    """Assert what every mechanism must keep: conservation, limits, reasons.

    Violations are our own mistakes, so they are assertions, switched on in every run.
    """
    filled = {fill.order.id: fill for fill in clearing.fills}
    rests = {rest.order.id: rest for rest in clearing.rests}
    for order in book.orders:
        got = filled[order.id].mass_mg if order.id in filled else 0
        left = rests[order.id].mass_mg if order.id in rests else 0
        assert got >= 0 and got + left == order.mass_mg, f"{order.id}: filled + rest != order"
    known = {order.id for order in book.orders}
    assert set(filled) <= known and set(rests) <= known, "an order that was never placed"
    for trade in clearing.trades:
        assert trade.mass_mg > 0, f"empty trade {trade}"
        for side, order_id in ((Side.BUY, trade.buy), (Side.SELL, trade.sell)):
            if order_id is not None:
                limit = filled[order_id].order.limit_fen_per_t
                worse = (
                    trade.price_fen_per_t - limit
                    if side is Side.BUY
                    else limit - trade.seller_price_fen_per_t
                )
                assert worse <= 0, f"{order_id} beyond its limit"
    bought = sum(f.mass_mg for f in clearing.fills if f.order.side is Side.BUY)
    sold = sum(f.mass_mg for f in clearing.fills if f.order.side is Side.SELL)
    # The government's own side: what it sold (a trade without seller) or bought.
    given = sum(t.mass_mg for t in clearing.trades if t.seller is None)
    taken = sum(t.mass_mg for t in clearing.trades if t.buyer is None)
    assert bought + taken == sold + given, "bought != sold"
    if book.supply_mg is not None:
        assert given + taken + clearing.unsold_mg == book.supply_mg, "supply not conserved"
    paid = sum(f.money_fen for f in clearing.fills if f.order.side is Side.BUY)
    received = sum(f.money_fen for f in clearing.fills if f.order.side is Side.SELL)
    outside = sum(t.money_fen for t in clearing.trades if t.seller is None)
    outside -= sum(t.money_fen for t in clearing.trades if t.buyer is None)
    assert paid == received + outside + clearing.surplus_fen, "money not conserved"
