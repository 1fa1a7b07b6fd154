"""A uniform price: the lowest accepted or the first rejected bid."""

from __future__ import annotations

from numpy.random import Generator

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
    price = _price(able, filled, supply, reserve, params)
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


def _price(
    able: list[Order], filled: dict[str, int], supply: int, reserve: int, params: Params
) -> int:
    accepted = [order.limit_fen_per_t for order in able if order.id in filled]
    if not accepted:
        return reserve
    rejected = [o.limit_fen_per_t for o in able if filled.get(o.id, 0) < o.mass_mg]
    if not rejected:
        return min(accepted) if params["undersubscribed"] == "lowest_accepted" else reserve
    return min(accepted) if params["price"] == "lowest_accepted" else max(rejected)
