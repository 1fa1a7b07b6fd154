"""Each winner pays its own bid."""

from __future__ import annotations

from numpy.random import Generator

from market.clearing.bid_columns import (
    BidColumns,
    ColumnClearing,
    ranked,
    ration_columns,
    reason_codes,
    write_up_columns,
)
from market.clearing.clearing import Clearing, Unfilled
from market.clearing.matching import TIE, ration, sale, write_up
from market.clearing.order import Book, Order
from permits.rule import Params, Spec

SPEC = Spec(
    title="Pay as bid",
    title_zh="按报价成交拍卖",
    source="[Krishna2010] ch. 12",
    side="buy",
    params=(TIE,),
    claims=frozenset({"budget_balance", "individual_rationality", "efficient"}),
)


def clear(book: Book, params: Params, rng: Generator) -> Clearing:
    """Sell to the highest bids; each winner pays its own bid.

    Args:
        book: all orders for one product, with supply [mg] and reserve price [fen/t].
        params: parameters of `SPEC`, defaults filled in.
        rng: random stream of the tie-breaking lottery.
    Source: [Krishna2010] ch. 12.
    """
    reserve = book.reserve_fen_per_t or 0
    able = [order for order in book.buys if order.limit_fen_per_t >= reserve]
    filled, tie = ration(able, book.supply_mg or 0, params["tie"], rng)
    winners = [order for order in able if order.id in filled]
    trades = [sale(o, filled[o.id], o.limit_fen_per_t, book.years) for o in winners]
    lowest = min((order.limit_fen_per_t for order in winners), default=reserve)

    def reason(order: Order) -> Unfilled:
        if order.limit_fen_per_t < reserve:
            return Unfilled.RESERVE
        # Below the lowest winning bid it was outbid; at that bid the supply ran out.
        return Unfilled.PRICE if order.limit_fen_per_t < lowest else Unfilled.SUPPLY

    one_price = {trade.price_fen_per_t for trade in trades}
    price = one_price.pop() if len(one_price) == 1 else None
    return write_up(book, "pay_as_bid", trades, reason, price_fen_per_t=price, ties=[tie])


def clear_columns(book: BidColumns, params: Params, rng: Generator) -> ColumnClearing:
    """Sell to the highest bids, each at its own price, as `clear` does, by columns.

    Args:
        book: all bids for one product, with supply [mg] and reserve price [fen/t].
        params: parameters of `SPEC`, defaults filled in.
        rng: random stream of the tie-breaking lottery.
    """
    reserve, limit = book.reserve_fen_per_t or 0, book.limit_fen_per_t
    filled, tie = ration_columns(book, ranked(book, limit >= reserve), params["tie"], rng)
    won = limit[filled > 0]
    lowest = int(won.min()) if len(won) else reserve
    reason = reason_codes(
        [(limit < reserve, Unfilled.RESERVE), (limit < lowest, Unfilled.PRICE)], Unfilled.SUPPLY
    )
    return write_up_columns(book, filled, limit, reason, tie)
