"""Shared by clearing rules: allocation at the margin, and building a clearing from trades."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

from numpy.random import Generator

from market.clearing.clearing import (
    Clearing,
    Fill,
    Tie,
    Trade,
    Unfilled,
    UnfilledOrder,
    trade_money_fen,
)
from market.clearing.order import Book, Order, Side
from permits.quantity import split_exact
from permits.rule import Param

TIE = Param(
    "tie", "seq", "", "allocation at the margin: earlier first, in proportion, or by lottery",
    ("seq", "pro_rata", "random"),
)  # fmt: skip


def ration(
    ranked: Sequence[Order], supply_mg: int, tie: str, rng: Generator
) -> tuple[dict[str, int], Tie | None]:
    """Fill orders, best first, until `supply_mg` is gone.

    Orders at one limit that do not all fit are a tie.

    Args:
        ranked: orders, best first; `seq` keeps this rank within a tie.
        supply_mg: mass to allocate [mg].
        tie: `seq`, `pro_rata` or `random`.
        rng: random stream of the tie-breaking lottery.
    Returns: mass by order id (orders that get nothing are absent), and the tie.
    """
    filled: dict[str, int] = {}
    left = supply_mg
    for limit, group in groupby(ranked, key=lambda order: order.limit_fen_per_t):
        level = list(group)  # only a group that does not fit whole is a tie
        wanted = sum(order.mass_mg for order in level)
        if wanted <= left:
            filled.update((order.id, order.mass_mg) for order in level)
            left -= wanted
            continue
        if left:
            filled.update((i, mass) for i, mass in _share(level, left, tie, rng) if mass)
        broken = Tie(limit, len(level), wanted, left, tie) if left and len(level) > 1 else None
        return filled, broken
    return filled, None


def _share(
    level: Sequence[Order], left: int, tie: str, rng: Generator
) -> Iterator[tuple[str, int]]:
    if tie == "random":
        # Sorted first: the lottery must not depend on the order of the argument.
        level = sorted(level, key=lambda order: (order.seq, order.id))
    parts = share_out([order.mass_mg for order in level], left, tie, rng)
    yield from ((order.id, part) for order, part in zip(level, parts, strict=True))


def share_out(wanted_mg: Sequence[int], left: int, tie: str, rng: Generator) -> list[int]:
    """Parts of a mass that is less than all want together.

    Args:
        wanted_mg: what each wants, in order of arrival [mg].
        left: the mass [mg].
        tie: `seq`, `pro_rata` or `random`.
        rng: random stream of the lottery.
    """
    if tie == "pro_rata":
        return split_exact(left, wanted_mg)
    parts = [0] * len(wanted_mg)
    turns = rng.permutation(len(parts)).tolist() if tie == "random" else range(len(parts))
    for n in turns:
        parts[n] = min(wanted_mg[n], left)
        left -= parts[n]
    return parts


def pair(
    buys: Sequence[Order],
    sells: Sequence[Order],
    bought: Mapping[str, int],
    sold: Mapping[str, int],
    price_fen_per_t: int,
    years: int,
    ask_price_fen_per_t: int | None = None,
) -> tuple[Trade, ...]:
    """Trades at one price between two ranked sides that were filled to the same mass.

    Args:
        buys: purchases, best first.
        sells: sales, best first.
        bought: mass by purchase id [mg].
        sold: mass by sale id, the same in all [mg].
        price_fen_per_t: price that buyers pay [fen/t].
        years: vintages sold as one.
        ask_price_fen_per_t: price that sellers receive, where the rule keeps the difference.
    """
    trades = []
    queue = [order for order in sells if order.id in sold]
    rest = dict(sold)
    at = 0
    for buy in buys:
        left = bought.get(buy.id, 0)
        while left:
            sell = queue[at]
            mass = min(left, rest[sell.id])
            money = trade_money_fen(mass, price_fen_per_t, years)
            own = ask_price_fen_per_t
            received = None if own is None else trade_money_fen(mass, own, years)
            trades.append(
                Trade(buy.id, sell.id, buy.trader, sell.trader, mass, price_fen_per_t, money,
                      own, received)
            )  # fmt: skip
            left -= mass
            rest[sell.id] -= mass
            at += rest[sell.id] == 0
    return tuple(trades)


def sale(order: Order, mass_mg: int, price_fen_per_t: int, years: int) -> Trade:
    """A purchase from the government's offer.

    Args:
        order: the buyer's.
        mass_mg: mass of each vintage [mg].
        price_fen_per_t: price of one vintage [fen/t].
        years: vintages sold as one.
    """
    money = trade_money_fen(mass_mg, price_fen_per_t, years)
    return Trade(order.id, None, order.trader, None, mass_mg, price_fen_per_t, money)


def purchase(order: Order, mass_mg: int, price_fen_per_t: int, years: int) -> Trade:
    """A sale to the government.

    Args:
        order: the seller's.
        mass_mg: mass of each vintage [mg].
        price_fen_per_t: price of one vintage [fen/t].
        years: vintages sold as one.
    """
    money = trade_money_fen(mass_mg, price_fen_per_t, years)
    return Trade(None, order.id, None, order.trader, mass_mg, price_fen_per_t, money)


def write_up(
    book: Book,
    mechanism: str,
    trades: Sequence[Trade],
    reason: Callable[[Order], Unfilled],
    *,
    price_fen_per_t: int | None,
    ties: Sequence[Tie | None] = (),
) -> Clearing:
    """Build a Clearing from its trades: fills are their sums, and every remainder has a reason.

    What buyers pay and sellers do not receive is the rule's surplus.

    Args:
        book: all orders of the session.
        mechanism: name of the rule.
        trades: with their prices and masses.
        reason: why an order has a remainder.
        price_fen_per_t: the one price of all trades; `None` for several.
        ties: those that were broken.
    """
    by_order: dict[str, list[Trade]] = defaultdict(list)
    for trade in trades:
        for order_id in (trade.buy, trade.sell):
            if order_id is not None:
                by_order[order_id].append(trade)
    # By arrival, so that reports do not depend on the order in which a rule trades.
    ordered = sorted(book.orders, key=lambda order: (order.seq, order.id))
    fills = tuple(_fill(order, by_order[order.id]) for order in ordered if order.id in by_order)
    got = {fill.order.id: fill.mass_mg for fill in fills}
    rests = tuple(
        UnfilledOrder(order, order.mass_mg - got.get(order.id, 0), reason(order))
        for order in ordered
        if order.mass_mg > got.get(order.id, 0)
    )
    traded = sum(trade.mass_mg for trade in trades)
    return Clearing(
        mechanism=mechanism,
        product=book.product,
        years=book.years,
        price_fen_per_t=price_fen_per_t,
        trades=tuple(trades),
        fills=fills,
        rests=rests,
        unsold_mg=0 if book.supply_mg is None else book.supply_mg - traded,
        ties=tuple(tie for tie in ties if tie is not None),
        surplus_fen=sum(trade.money_fen - trade.seller_money_fen for trade in trades),
    )


def _fill(order: Order, trades: Sequence[Trade]) -> Fill:
    if order.side is Side.BUY:
        each = [(trade.price_fen_per_t, trade.money_fen) for trade in trades]
    else:
        each = [(trade.seller_price_fen_per_t, trade.seller_money_fen) for trade in trades]
    prices = {price for price, _ in each}
    return Fill(
        order,
        sum(trade.mass_mg for trade in trades),
        prices.pop() if len(prices) == 1 else None,
        sum(money for _, money in each),
    )
