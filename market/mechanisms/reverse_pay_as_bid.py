"""A reverse auction: the government buys the cheapest offers, each at its own price."""

from __future__ import annotations

from itertools import groupby

from numpy.random import Generator

from market.clearing.budget import BUDGET, affordable_mg, budget_fen, within_budget
from market.clearing.clearing import Clearing, Tie, Unfilled
from market.clearing.matching import TIE, purchase, ration, write_up
from market.clearing.order import Book, Order
from permits.rule import Params, Spec, Variant

SPEC = Spec(
    title="Reverse auction, pay as bid",
    title_zh="反向拍卖（按报价收购）",
    source="[Krishna2010] ch. 12",
    side="sell",
    params=(BUDGET, TIE),
    claims=frozenset({"budget_balance", "individual_rationality", "efficient"}),
    variants=(
        Variant({"budget_yuan": "5"}, frozenset({"budget_balance", "individual_rationality"})),
    ),
)


def clear(book: Book, params: Params, rng: Generator) -> Clearing:
    """Buy the mass wanted from the cheapest offers, as far as the budget reaches.

    The marginal offer is taken in part.

    Args:
        book: all offers for one product, with the mass wanted [mg] and the highest price [fen/t].
        params: parameters of `SPEC`, defaults filled in.
        rng: random stream of the tie-breaking lottery.
    Source: [Krishna2010] ch. 12, applied to a buyer.
    """
    most, budget = book.reserve_fen_per_t, budget_fen(params["budget_yuan"])
    able = [order for order in book.sells if most is None or order.limit_fen_per_t <= most]
    filled, tie, poor = _taken(able, book, budget, params["tie"], rng)
    trades = [
        purchase(order, filled[order.id], order.limit_fen_per_t, book.years)
        for order in able
        if order.id in filled
    ]
    dearest = max((trade.price_fen_per_t for trade in trades), default=None)

    def reason(order: Order) -> Unfilled:
        if most is not None and order.limit_fen_per_t > most:
            return Unfilled.RESERVE
        if poor:
            return Unfilled.BUDGET
        above = dearest is not None and order.limit_fen_per_t > dearest
        return Unfilled.PRICE if above else Unfilled.SUPPLY

    prices = {trade.price_fen_per_t for trade in trades}
    price = prices.pop() if len(prices) == 1 else None
    return write_up(book, "reverse_pay_as_bid", trades, reason, price_fen_per_t=price, ties=[tie])


def _taken(
    able: list[Order], book: Book, budget: int | None, tie: str, rng: Generator
) -> tuple[dict[str, int], Tie | None, bool]:
    """Mass by order id, the tie at the margin, and whether the budget was binding."""
    taken: dict[str, int] = {}
    left = book.supply_mg or 0
    for limit, group in groupby(able, key=lambda order: order.limit_fen_per_t):
        level = {order.id: order for order in group}
        # The budget cuts before the tie is broken: the lottery is over what can be paid for.
        can = None if budget is None else affordable_mg(budget, limit, book.years)
        most = left if can is None else min(left, can)
        shares, broken = ration(list(level.values()), most, tie, rng)
        served = [level[order_id] for order_id in shares]
        got, budget = within_budget(
            served, shares, dict.fromkeys(level, limit), budget, book.years
        )  # fmt: skip
        taken |= got
        mass = sum(got.values())
        left -= mass
        if mass < sum(order.mass_mg for order in level.values()):
            return taken, broken, left > 0
    return taken, None, False
