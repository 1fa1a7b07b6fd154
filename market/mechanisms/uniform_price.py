"""A uniform price: the lowest accepted or the first rejected bid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator

from market.clearing.bid_columns import (
    BidColumns,
    ColumnClearing,
    IntArray,
    ranked,
    ration_columns,
    reason_codes,
    write_up_columns,
)
from market.clearing.clearing import Clearing, Unfilled
from market.clearing.matching import TIE, ration, sale, write_up
from market.clearing.order import Book, Order
from permits.rule import Param, Params, Spec, Variant

SPEC = Spec(
    title="Uniform price",
    title_zh="统一价拍卖",
    source="[Krishna2010] ch. 12",
    side="buy",
    params=(
        Param(
            "price", "lowest_accepted", "", "the bid that sets the price",
            ("lowest_accepted", "first_rejected"),
        ),
        Param(
            "undersubscribed", "reserve", "",
            "the price where admissible bids do not exceed supply",
            ("reserve", "lowest_accepted"),
        ),
        TIE,
    ),
    claims=frozenset({"budget_balance", "individual_rationality", "efficient"}),
    variants=(
        Variant(
            {"price": "first_rejected"},
            frozenset(
                {"budget_balance", "individual_rationality", "efficient", "truthful_one_unit"}
            ),
        ),
    ),
)  # fmt: skip


def clear(book: Book, params: Params, rng: Generator) -> Clearing:
    """Sell to the highest bids at one price.

    Args:
        book: all orders for one product, with supply [mg] and reserve price [fen/t].
        params: parameters of `SPEC`, defaults filled in.
        rng: random stream of the tie-breaking lottery.
    Source: [Krishna2010] ch. 12; opening price when undersubscribed [RGGI].
    """
    reserve, supply = book.reserve_fen_per_t or 0, book.supply_mg or 0
    able = [order for order in book.buys if order.limit_fen_per_t >= reserve]
    filled, tie = ration(able, supply, params["tie"], rng)
    price = _price(
        [order.limit_fen_per_t for order in able if order.id in filled],
        [o.limit_fen_per_t for o in able if filled.get(o.id, 0) < o.mass_mg],
        reserve,
        params,
    )
    trades = [
        sale(order, filled[order.id], price, book.years) for order in able if order.id in filled
    ]

    def reason(order: Order) -> Unfilled:
        if order.limit_fen_per_t < reserve:
            return Unfilled.RESERVE
        # At the price but not served: the tie at the margin used up what there was.
        return Unfilled.PRICE if order.limit_fen_per_t < price else Unfilled.SUPPLY

    told = price if trades else None
    return write_up(book, "uniform_price", trades, reason, price_fen_per_t=told, ties=[tie])


def clear_columns(book: BidColumns, params: Params, rng: Generator) -> ColumnClearing:
    """Sell to the highest bids at one price, as `clear` does, by columns.

    Args:
        book: all bids for one product, with supply [mg] and reserve price [fen/t].
        params: parameters of `SPEC`, defaults filled in.
        rng: random stream of the tie-breaking lottery.
    """
    reserve, limit = book.reserve_fen_per_t or 0, book.limit_fen_per_t
    able = limit >= reserve
    filled, tie = ration_columns(book, ranked(book, able), params["tie"], rng)
    accepted, rejected = limit[filled > 0], limit[able & (filled < book.mass_mg)]
    price = _price(_ends(accepted), _ends(rejected), reserve, params)
    reason = reason_codes(
        [(limit < reserve, Unfilled.RESERVE), (limit < price, Unfilled.PRICE)], Unfilled.SUPPLY
    )
    return write_up_columns(book, filled, np.full_like(limit, price), reason, tie)


def _ends(limit_fen_per_t: IntArray) -> list[int]:
    """The lowest and the highest, where there are any."""
    limit = limit_fen_per_t
    return [int(limit.min()), int(limit.max())] if len(limit) else []


def _price(accepted: Sequence[int], rejected: Sequence[int], reserve: int, params: Params) -> int:
    """The price [fen/t].

    Args:
        accepted: limits of the bids that got something [fen/t].
        rejected: limits of those that did not get all they asked for [fen/t].
        reserve: lowest price [fen/t].
        params: parameters of `SPEC`.
    """
    if not accepted:
        return reserve
    if not rejected:
        return min(accepted) if params["undersubscribed"] == "lowest_accepted" else reserve
    return min(accepted) if params["price"] == "lowest_accepted" else max(rejected)
