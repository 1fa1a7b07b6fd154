"""A reverse auction at one price: the dearest offer taken, or the next.

By `price = first_rejected` no seller sets the price: it is the limit of the cheapest
offer that is not taken whole. Where all offers are taken it is the highest price that
the government pays; without such a price the dearest offer sets it and is excluded. A
budget limits the mass as it does for the dearest offer taken, and the price is then no
more than that mass can be paid at, so that it is never exceeded.
"""

from __future__ import annotations

from itertools import groupby

from numpy.random import Generator

from market.clearing.budget import (
    BUDGET,
    affordable_mg,
    budget_fen,
    dearest_price_fen,
    within_budget,
)
from market.clearing.clearing import Clearing, Unfilled
from market.clearing.matching import TIE, purchase, ration, write_up
from market.clearing.order import Book, Order
from permits.rule import Param, Params, Spec, Variant

SPEC = Spec(
    title="Reverse auction, uniform price",
    title_zh="反向拍卖（统一价收购）",
    source="[Krishna2010] ch. 12 [Singer2010]",
    side="sell",
    params=(
        Param(
            "price", "highest_accepted", "", "the offer that sets the price",
            ("highest_accepted", "first_rejected"),
        ),
        BUDGET,
        TIE,
    ),
    claims=frozenset({"budget_balance", "individual_rationality", "efficient"}),
    variants=(
        Variant({"budget_yuan": "5"}, frozenset({"budget_balance", "individual_rationality"})),
        Variant(
            {"price": "first_rejected"},
            frozenset({"budget_balance", "individual_rationality", "truthful_one_unit"}),
        ),
        Variant(
            {"price": "first_rejected", "budget_yuan": "5"},
            frozenset({"budget_balance", "individual_rationality"}),
        ),
    ),
)  # fmt: skip


def clear(book: Book, params: Params, rng: Generator) -> Clearing:
    """Buy as much of the mass wanted as the budget pays for at the price of the last offer.

    The marginal offer is taken in part; an offer whose price would leave the budget with
    less mass than the cheaper ones give is not taken.

    Args:
        book: all offers for one product, with the mass wanted [mg] and the highest price [fen/t].
        params: parameters of `SPEC`, defaults filled in.
        rng: random stream of the tie-breaking lottery.
    Source: [Krishna2010] ch. 12, applied to a buyer; the price under a budget [Singer2010].
    """
    most, budget = book.reserve_fen_per_t, budget_fen(params["budget_yuan"])
    able = [order for order in book.sells if most is None or order.limit_fen_per_t <= most]
    rejected = params["price"] == "first_rejected"
    aside = rejected and _nobody_rejected(able, book) and most is None
    wanted = min(book.supply_mg or 0, sum(o.mass_mg for o in (able[:-1] if aside else able)))
    volume, price, poor = _volume(able, wanted, budget, book.years)
    shares, tie = ration(able, volume, params["tie"], rng)
    if rejected and shares:
        price = _first_rejected(able, shares, most, dearest_price_fen(budget, volume, book.years))
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
        # The offer that is excluded to set the price is refused by that price.
        dear = order.limit_fen_per_t > price or aside
        return Unfilled.PRICE if dear else Unfilled.SUPPLY

    told = price if trades else None
    return write_up(book, "reverse_uniform", trades, reason, price_fen_per_t=told, ties=[tie])


def _nobody_rejected(able: list[Order], book: Book) -> bool:
    return bool(able) and sum(order.mass_mg for order in able) <= (book.supply_mg or 0)


def _volume(
    able: list[Order], wanted: int, budget: int | None, years: int
) -> tuple[int, int, bool]:
    """The greatest mass that can be bought, its price, and whether the budget was binding."""
    volume = price = 0
    for limit, group in groupby(able, key=lambda order: order.limit_fen_per_t):
        if volume == wanted:
            break
        reach = min(wanted, volume + sum(order.mass_mg for order in group))
        can = None if budget is None else affordable_mg(budget, limit, years)
        if can is not None and can < reach:
            return (can, limit, True) if can > volume else (volume, price, True)
        volume, price = reach, limit
    return volume, price, False


def _first_rejected(
    able: list[Order], shares: dict[str, int], most: int | None, affordable: int | None
) -> int:
    """The lowest limit not served whole, or a lower price at which the mass can be paid."""
    left = [o.limit_fen_per_t for o in able if shares.get(o.id, 0) < o.mass_mg]
    prices = [*left[:1], *(p for p in (most, affordable) if p is not None)]
    return min(prices)
