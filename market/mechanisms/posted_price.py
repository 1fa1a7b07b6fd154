"""A fixed price, first come, first served: the reserve price is the price.

Zhejiang sells small amounts directly at the base rate in this way [ZJ-C15].
"""

from __future__ import annotations

from numpy.random import Generator

from market.clearing.clearing import Clearing, Unfilled
from market.clearing.matching import sale, write_up
from market.clearing.order import Book, Order
from permits.rule import Params, Spec

SPEC = Spec(
    title="Posted price",
    title_zh="定价出让（先到先得）",
    source="[ZJ-C15]",
    side="buy",
    claims=frozenset(
        {"budget_balance", "individual_rationality", "truthful_one_unit", "truthful"}
    ),
    reveals=("price", "unsold"),
)  # fmt: skip


def clear(book: Book, params: Params, rng: Generator) -> Clearing:
    """Serve bids at or above the posted price, in order of arrival, while supply lasts.

    Args:
        book: all orders for one product, with supply [mg] and reserve price [fen/t].
        params: not used: the rule has none.
        rng: not used: arrival breaks ties.
    Source: [ZJ-C15].
    """
    price = book.reserve_fen_per_t or 0
    left, trades = book.supply_mg or 0, []
    # By arrival, not by price: naming more than the posted price gains nothing.
    for order in sorted(book.buys, key=lambda o: (o.seq, o.id)):
        mass = min(order.mass_mg, left)
        if mass and order.limit_fen_per_t >= price:
            trades.append(sale(order, mass, price, book.years))
            left -= mass

    def reason(order: Order) -> Unfilled:
        return Unfilled.RESERVE if order.limit_fen_per_t < price else Unfilled.SUPPLY

    told = price if trades else None
    return write_up(book, "posted_price", trades, reason, price_fen_per_t=told)
