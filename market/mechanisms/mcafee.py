"""McAfee's double auction: truthful for every trader of a single order.

Bids are ranked from the highest, asks from the lowest, and k is the last pair whose bid
reaches its ask. The mean of the first bid and the first ask left out is tried as a price:
if pair k accepts it, all k pairs trade there. If not, pair k is left out, buyers pay
its bid, sellers get its ask, and the rule keeps the difference.

Orders of several sizes: the last purchase and the last sale that trade take the place of
pair k. All trade at the price tried only where both are used up; otherwise both are left
out whole, and the longer side of the remainder is cut in proportion to what it asked for,
which no single limit can change [HuangEtAl2002].

What it lacks: efficiency (the least valuable trade may be lost), budget balance (money may
be kept), and truthfulness for a trader of several orders, whose last may set the price of
its others.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from numpy.random import Generator

from market.clearing.clearing import Clearing, Trade, Unfilled
from market.clearing.crossing import Crossing, cross, left_over
from market.clearing.matching import pair, write_up
from market.clearing.order import Book, Order
from permits.quantity import split_exact
from permits.rule import Params, Spec

SPEC = Spec(
    title="McAfee's double auction",
    title_zh="麦卡菲双向拍卖",
    source="[McAfee1992] [HuangEtAl2002]",
    side="both",
    claims=frozenset({"individual_rationality", "truthful_one_unit"}),
)


def clear(book: Book, params: Params, rng: Generator) -> Clearing:
    """Trade at the price of the orders left out, or without the last pair.

    Args:
        book: all orders for one product [mg, fen/t]; no government supply.
        params: not used: the rule has none.
        rng: not used: the rule draws nothing.
    Source: [McAfee1992].
    """
    buys, sells = book.buys, book.sells
    found = cross(buys, sells)
    price = _outside_price(buys, sells, found)
    buys_in, sells_in = buys[: found.buys], sells[: found.sells]
    bid = ask = price
    if price is None:
        bid, ask = found.bid_fen_per_t, found.ask_fen_per_t
        buys_in, sells_in = buys_in[:-1], sells_in[:-1]
    volume = min(sum(o.mass_mg for o in buys_in), sum(o.mass_mg for o in sells_in))
    bought, sold = _shares(buys_in, volume), _shares(sells_in, volume)
    trades: tuple[Trade, ...] = ()
    if volume:
        assert bid is not None
        own = None if ask == bid else ask
        trades = pair(buys_in, sells_in, bought, sold, bid, book.years, own)
    crossing = {order.id for order in (*buys[: found.buys], *sells[: found.sells])}
    why = left_over(book, found.volume_mg)

    def reason(order: Order) -> Unfilled:
        # The last pair is excluded for truthfulness: its bid reaches its ask, and yet it
        # does not trade.
        return Unfilled.NO_COUNTERPARTY if order.id in crossing else why(order)

    told = bid if volume and bid == ask else None
    return write_up(book, "mcafee", trades, reason, price_fen_per_t=told)


def _outside_price(buys: Sequence[Order], sells: Sequence[Order], found: Crossing) -> int | None:
    """The mean of the best bid and ask left out, if the last pair agrees; whole fen."""
    if not found.exact or found.buys == len(buys) or found.sells == len(sells):
        return None
    bid, ask = buys[found.buys].limit_fen_per_t, sells[found.sells].limit_fen_per_t
    # Half to even: still between the two, and set by nobody who trades.
    price = round(Fraction(bid + ask, 2))
    return price if found.ask_fen_per_t <= price <= found.bid_fen_per_t else None


def _shares(orders: Sequence[Order], volume_mg: int) -> dict[str, int]:
    """Masses in proportion to what each order asks for.

    A missing milligram falls on the later order, not on the lower bid: otherwise the last
    milligram would reward a false bid.
    """
    if not volume_mg:
        return {}
    by_arrival = sorted(orders, key=lambda order: (order.seq, order.id))
    parts = split_exact(volume_mg, [order.mass_mg for order in by_arrival])
    return {order.id: part for order, part in zip(by_arrival, parts, strict=True) if part}
