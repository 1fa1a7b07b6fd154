"""A purchase by the government at one price: the dearest offer that is taken."""

from __future__ import annotations

from itertools import groupby

from numpy.random import Generator

from market.budget import BUDGET, affordable_mg, budget_fen, within_budget
from market.clearing import Clearing, Unfilled
from market.matching import TIE, purchase, ration, write_up
from market.order import Book, Order
from permits.rule import Params, Spec, Variant

SPEC = Spec(
    title="Reverse sale at one price",
    title_zh="反向拍卖（统一价收购）",
    source="[Krishna2010] ch. 12",
    side="sell",
    params=(BUDGET, TIE),
    claims=frozenset({"budget_balance", "individual_rationality", "efficient"}),
    variants=(
        Variant({"budget_yuan": "5"}, frozenset({"budget_balance", "individual_rationality"})),
    ),
)


def clear(book: Book, params: Params, rng: Generator) -> Clearing:
    """Buy as much of the mass wanted as the budget pays for at the price of the last offer.

    The marginal offer is taken in part; an offer whose price would leave the budget with
    less than the cheaper ones give is not taken. Source: [Krishna2010] ch. 12, read for a
    buyer.
    """
    most, budget = book.reserve_fen_per_t, budget_fen(params["budget_yuan"])
    able = [order for order in book.sells if most is None or order.limit_fen_per_t <= most]
    wanted, price, poor = _volume(able, book, budget)
    shares, tie = ration(able, wanted, params["tie"], rng)
    by_id = {order.id: order for order in able}
    prices = dict.fromkeys(by_id, price)
    served = [by_id[order_id] for order_id in shares]
    filled, _ = within_budget(served, shares, prices, budget, book.years)
    trades = [
        purchase(order, filled[order.id], price, book.years) for order in able if order.id in filled
    ]

    def reason(order: Order) -> Unfilled:
        if most is not None and order.limit_fen_per_t > most:
            return Unfilled.RESERVE
        if poor:
            return Unfilled.BUDGET
        return Unfilled.PRICE if order.limit_fen_per_t > price else Unfilled.SUPPLY

    told = price if trades else None
    return write_up(book, "reverse_uniform", trades, reason, price_fen_per_t=told, ties=[tie])


def _volume(able: list[Order], book: Book, budget: int | None) -> tuple[int, int, bool]:
    """The greatest mass that can be bought, its price, and whether the budget set the end."""
    wanted = book.supply_mg or 0
    volume = price = 0
    for limit, group in groupby(able, key=lambda order: order.limit_fen_per_t):
        if volume == wanted:
            break
        reach = min(wanted, volume + sum(order.mass_mg for order in group))
        can = None if budget is None else affordable_mg(budget, limit, book.years)
        if can is not None and can < reach:
            return (can, limit, True) if can > volume else (volume, price, True)
        volume, price = reach, limit
    return volume, price, False
