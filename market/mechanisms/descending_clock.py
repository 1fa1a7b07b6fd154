"""A descending clock (Dutch) auction: the price falls until somebody takes it.

The first to accept takes what it wants at the price on the clock, until nothing is left or
the reserve price is reached. With exit bids a bidder may name a price within the step
that has just passed; it then ranks before lower ones and pays what it named. Sealed
limits run on it as on a pay-as-bid sale, to which it is strategically equivalent.

`open`, `step` and `close` run it live; `clear` runs it on sealed limits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from numpy.random import Generator

from market.clearing.clearing import Clearing, Tie, Trade, Unfilled
from market.clearing.clock_sale import (
    START,
    STEP,
    Round,
    Tick,
    exit_bids,
    floor_fen,
    start_fen,
    step_fen,
)
from market.clearing.matching import TIE, ration, sale, write_up
from market.clearing.order import Book, Order, Side
from permits.errors import InputError
from permits.rule import Params, Spec, Variant

SPEC = Spec(
    title="Descending clock",
    title_zh="降价时钟拍卖（荷兰式）",
    source="[Vickrey1961] [Krishna2010] ch. 12",
    side="buy",
    params=(
        START,
        STEP,
        exit_bids("whether bidders may name prices within a step"),
        TIE,
    ),
    claims=frozenset({"budget_balance", "individual_rationality", "efficient"}),
    reveals=("price", "taken"),
    variants=(
        Variant({"exit_bids": "no"}, frozenset({"budget_balance", "individual_rationality"})),
    ),
)


def clear(book: Book, params: Params, rng: Generator) -> Clearing:
    """Run the clock on sealed limits: each bidder takes at its limit, or at the tick below.

    Without `start_yuan` the clock starts above the best limit.

    Args:
        book: all orders for one product, with supply [mg] and reserve price [fen/t].
        params: parameters of `SPEC`, defaults filled in.
        rng: random stream of the tie-breaking lottery.
    Source: [Vickrey1961].
    """
    reserve, start = floor_fen(book), start_fen(params)
    able = [order for order in book.buys if order.limit_fen_per_t >= reserve]
    levels = [
        replace(order, limit_fen_per_t=_taken_at(order.limit_fen_per_t, reserve, start, params))
        for order in able
    ]
    levels.sort(key=lambda o: (-o.limit_fen_per_t, o.seq, o.id))
    filled, tie = ration(levels, book.supply_mg or 0, params["tie"], rng)
    price_of = {order.id: order.limit_fen_per_t for order in levels}
    trades = [
        sale(order, filled[order.id], price_of[order.id], book.years)
        for order in able
        if order.id in filled
    ]
    lowest = min((trade.price_fen_per_t for trade in trades), default=reserve)

    def reason(order: Order) -> Unfilled:
        if order.limit_fen_per_t < reserve:
            return Unfilled.RESERVE
        return Unfilled.PRICE if price_of[order.id] < lowest else Unfilled.SUPPLY

    return _written(book, trades, reason, [tie])


def _taken_at(limit: int, reserve: int, start: int | None, params: Params) -> int:
    """The price at which a bidder with this limit takes [fen/t]."""
    if start is not None and limit >= start:
        return max(start, reserve)
    if params["exit_bids"] == "yes":
        return limit
    step = step_fen(params)
    if start is None:
        return reserve + (limit - reserve) // step * step
    return max(reserve, start + (limit - start) // step * step)


@dataclass(frozen=True, slots=True)
class DescendingState:
    """A running clock: its price, who accepted in this round, and what was sold before."""

    book: Book
    params: Params
    rng: Generator
    price_fen_per_t: int
    last_fen_per_t: int  # the price of the round before
    left_mg: int
    orders: tuple[Order, ...] = ()
    spoken: tuple[Order, ...] = ()
    trades: tuple[Trade, ...] = ()
    ties: tuple[Tie | None, ...] = ()
    refused: Mapping[str, Unfilled] = field(default_factory=dict)
    runs: bool = True


def open(book: Book, params: Params, rng: Generator) -> DescendingState:
    """Start the clock at `start_yuan`.

    Args:
        book: supply [mg] and reserve price [fen/t]; without orders.
        params: parameters of `SPEC`, defaults filled in.
        rng: random stream of the tie-breaking lottery.
    Raises: InputError where `start_yuan` is not given.
    """
    start = start_fen(params)
    if start is None:
        raise InputError(
            "clock.start",
            "a descending clock needs a price to start from",
            where="start_yuan",
            mend="give a price above every expected bid",
        )
    price = max(start, floor_fen(book))
    return DescendingState(book, params, rng, price, price, book.supply_mg or 0)


def step(
    state: DescendingState, event: Order | Tick
) -> tuple[DescendingState, tuple[Round | Unfilled, ...]]:
    """Take a bid at or above the price on the clock, or end the round."""
    if isinstance(event, Tick):
        return _end_round(state)
    orders = (*state.orders, event)
    refusal = _refusal(state, event)
    if refusal is not None:
        refused = {**state.refused, event.id: refusal}
        return replace(state, orders=orders, refused=refused), (refusal,)
    return replace(state, orders=orders, spoken=(*state.spoken, event)), ()


def close(state: DescendingState) -> Clearing:
    """Serve the bids of the last round and build the clearing."""
    state = _served(state)

    def reason(order: Order) -> Unfilled:
        return state.refused.get(order.id, Unfilled.SUPPLY)

    book = replace(state.book, orders=state.orders)
    return _written(book, list(state.trades), reason, list(state.ties))


def _end_round(state: DescendingState) -> tuple[DescendingState, tuple[Round, ...]]:
    asked = sum(order.mass_mg for order in state.spoken)
    floor = floor_fen(state.book)
    # The round's bids before the test: whether the clock goes on depends on what they leave.
    state = _served(state)
    if not state.runs or not state.left_mg or state.price_fen_per_t == floor:
        told = Round(state.price_fen_per_t, asked, state.left_mg, False)
        return replace(state, runs=False), (told,)
    price = max(floor, state.price_fen_per_t - step_fen(state.params))
    after = replace(state, price_fen_per_t=price, last_fen_per_t=state.price_fen_per_t)
    return after, (Round(price, asked, state.left_mg, True),)


def _served(state: DescendingState) -> DescendingState:
    """The state after the round's bids are served as far as supply lasts."""
    named = state.params["exit_bids"] == "yes"
    levels = [
        replace(o, limit_fen_per_t=min(o.limit_fen_per_t, state.last_fen_per_t)
                if named else state.price_fen_per_t)
        for o in state.spoken
    ]  # fmt: skip
    levels.sort(key=lambda o: (-o.limit_fen_per_t, o.seq, o.id))
    filled, tie = ration(levels, state.left_mg, state.params["tie"], state.rng)
    trades = [
        sale(order, filled[order.id], order.limit_fen_per_t, state.book.years)
        for order in levels
        if order.id in filled
    ]
    return replace(
        state,
        spoken=(),
        left_mg=state.left_mg - sum(filled.values()),
        trades=(*state.trades, *trades),
        ties=(*state.ties, tie),
    )


def _refusal(state: DescendingState, order: Order) -> Unfilled | None:
    """Why a bid is refused: the clock has stopped, or has not come down to it."""
    if order.side is not Side.BUY:
        return Unfilled.NO_COUNTERPARTY
    if not state.left_mg:
        return Unfilled.SUPPLY
    if not state.runs:
        return Unfilled.LATE
    return Unfilled.PRICE if order.limit_fen_per_t < state.price_fen_per_t else None


def _written(
    book: Book,
    trades: list[Trade],
    reason: Callable[[Order], Unfilled],
    ties: list[Tie | None],
) -> Clearing:
    prices = {trade.price_fen_per_t for trade in trades}
    price = prices.pop() if len(prices) == 1 else None
    return write_up(book, "descending_clock", trades, reason, price_fen_per_t=price, ties=ties)
