"""Zhejiang's electronic sale: the top 70 % of bidders by head count, each at its own bid.

One window for one pollutant. Bids are seen while it is open; a bidder may bid ten
times and its last bid counts. Bidders are ranked by price, then by time; the first
70 % of heads, rounded half up, win what they asked for, five years at once. The rule
rations heads, not mass; where a supply is set and the winners ask for more, the
lowest-ranked of them are cut.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from numpy.random import Generator

from market.clearing import Clearing, Unfilled
from market.matching import sale, write_up
from market.order import Book, Order, Side
from permits.rule import Force, Param, Params, Spec

SPEC = Spec(
    title="Electronic sale by head count",
    title_zh="电子竞价（按人头70%成交）",
    source="[ZJ-C9] [ZJ-C13] [ZJ-C14]",
    side="buy",
    params=(
        Param("winner_share_percent", 70, "%", "bidders that win, by head count"),
        Param("max_bids", 10, "", "bids that one bidder may make"),
    ),
    claims=frozenset({"budget_balance", "individual_rationality"}),
    reveals=("bids", "bidders"),
    in_force=(Force("Zhejiang", date(2020, 1, 1), date(2024, 12, 31)),),
)


@dataclass(frozen=True, slots=True)
class State:
    """An open window: every bid so far, the standing one of each bidder, refused ones."""

    book: Book
    params: Params
    orders: tuple[Order, ...] = ()
    standing: Mapping[str, Order] = field(default_factory=dict)
    made: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[str, Unfilled] = field(default_factory=dict)


def open(book: Book, params: Params, rng: Generator) -> State:
    """Open the window; `rng` is not needed: time breaks ties."""
    return State(book, params)


def step(state: State, order: Order) -> tuple[State, tuple[str, ...]]:
    """Take a bid, or refuse it; the messages are what everybody sees."""
    made = state.made.get(order.trader, 0) + 1
    orders = (*state.orders, order)
    refusal = _refusal(state, order, made)
    if refusal is not None:
        refused = {**state.refused, order.id: refusal}
        return replace(state, orders=orders, refused=refused), (f"refused: {refusal.value}",)
    return replace(
        state,
        orders=orders,
        standing={**state.standing, order.trader: order},
        made={**state.made, order.trader: made},
    ), (f"{order.trader}: {order.limit_fen_per_t} fen/t",)


def close(state: State) -> Clearing:
    """Rank the standing bids and serve the winning heads."""
    ranked = sorted(
        state.standing.values(), key=lambda order: (-order.limit_fen_per_t, order.seq, order.id)
    )
    heads = winners(len(ranked), int(state.params["winner_share_percent"]))
    left = state.book.supply_mg
    trades, served = [], set()
    for order in ranked[:heads]:
        mass = order.mass_mg if left is None else min(order.mass_mg, left)
        if mass:
            trades.append(sale(order, mass, order.limit_fen_per_t, state.book.years))
        if left is not None:
            left -= mass
        served.add(order.id)
    standing = {order.id for order in ranked}

    def reason(order: Order) -> Unfilled:
        if order.id in state.refused:
            return state.refused[order.id]
        if order.id not in standing:
            return Unfilled.DUPLICATE
        return Unfilled.SUPPLY if order.id in served else Unfilled.HEAD_COUNT

    prices = {trade.price_fen_per_t for trade in trades}
    price = prices.pop() if len(prices) == 1 else None
    book = replace(state.book, orders=state.orders)
    return write_up(book, "headcount_share", trades, reason, price_fen_per_t=price)


def winners(bidders: int, share_percent: int = 70) -> int:
    """Winning heads: the share of `bidders`, rounded half up in whole numbers.

    In floating point 0.7 x 15 is below 10.5 and would round to 10.
    """
    return (share_percent * bidders + 50) // 100


def _refusal(state: State, order: Order, made: int) -> Unfilled | None:
    if order.side is not Side.BUY:
        return Unfilled.NO_COUNTERPARTY
    if made > int(state.params["max_bids"]):
        return Unfilled.LIMIT
    if order.limit_fen_per_t < (state.book.reserve_fen_per_t or 0):
        return Unfilled.RESERVE
    return None
