"""A continuous double auction: orders trade as they arrive, at the standing order's price.

An order trades at once with the best orders of the other side that its limit reaches:
better prices first, at one price the earlier first, each at the standing order's price.
The remainder stands until it is met, withdrawn, or past its last second. No trader trades
with itself: an order that reaches one of its own trader's stops there.

Two laboratory conventions can be switched on. With `quotes = improving` an order must
better the best one of its side [Smith1962] [GjerstadDickhaut1998]; with `after_trade = clear`
each trade wipes the book [GodeSunder1993].

What it lacks: efficiency (an early order may trade with one that a call market would
leave out) and truthfulness.
"""

from __future__ import annotations

from bisect import bisect, bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from numpy.random import Generator

from market.clearing.clearing import Clearing, Trade, Unfilled, trade_money_fen
from market.clearing.crossing import one_price
from market.clearing.matching import write_up
from market.clearing.order import Book, Order, Side
from permits.rule import Param, Params, Spec

SPEC = Spec(
    title="Continuous double auction",
    title_zh="连续双向拍卖",
    source="[Smith1962] [GodeSunder1993]",
    side="both",
    params=(
        Param("quotes", "any", "", "admitted orders: any, or only those that better the best",
              ("any", "improving")),
        Param("after_trade", "keep", "", "whether standing orders remain after a trade",
              ("keep", "clear")),
    ),
    claims=frozenset({"budget_balance", "individual_rationality"}),
    reveals=("best quotes", "trades"),
    heeds_until=True,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StandingOrder:
    """An order in the book and what is left of it."""

    order: Order
    left_mg: int

    @property
    def rank(self) -> tuple[int, int, str]:
        """Price, then arrival."""
        order = self.order
        sign = -1 if order.side is Side.BUY else 1
        return sign * order.limit_fen_per_t, order.seq, order.id


Queue = tuple[StandingOrder, ...]  # best first
Past = tuple[Any, "Past"] | None  # newest first, one link each: a tuple would be copied


@dataclass(frozen=True, slots=True)
class BookState:
    """An open market: who stands where, what was traded, what is gone and why."""

    book: Book
    params: Params
    now_s: int = 0
    buys: Queue = ()
    sells: Queue = ()
    ends: tuple[Order, ...] = ()  # orders that have stood with a last second, soonest first
    orders: Past = None
    trades: Past = None
    gone: Mapping[str, Unfilled] = field(default_factory=dict)


def open(book: Book, params: Params, rng: Generator) -> BookState:
    """Open an empty market.

    Args:
        book: product and years of the strip; without orders.
        params: parameters of `SPEC`, defaults filled in.
        rng: not used: time breaks ties.
    """
    return BookState(book, params)


def step(state: BookState, order: Order) -> tuple[BookState, tuple[str, ...]]:
    """Process an order: it trades, stands, or is refused. Messages are public."""
    # Time first: an order must not trade with one that expired before it came.
    state = replace(pass_time(state, order.at_s), orders=(order, state.orders))
    refusal = _refusal(state, order)
    if refusal is not None:
        return _refused(state, order, refusal), (f"refused: {refusal.value}",)
    state, new, left = _trade(state, order)
    if left and order.id not in state.gone:
        state = _put(state, StandingOrder(order, left))
    if new and state.params["after_trade"] == "clear":
        state = _wiped(state)
    told = (f"trade: {trade.mass_mg} mg at {trade.price_fen_per_t} fen/t" for trade in new)
    return state, (*told, _quotes(state))


def cancel(
    state: BookState, order_id: str, at_s: int | None = None
) -> tuple[BookState, tuple[str, ...]]:
    """Withdraw the remainder of an order; nothing changes where it no longer stands.

    Args:
        state: the open market.
        order_id: the order to withdraw.
        at_s: second of the session at which it is withdrawn; `None`: now.
    """
    state = pass_time(state, state.now_s if at_s is None else at_s)
    for one in (*state.buys, *state.sells):
        if one.order.id == order_id:
            state = _drop(state, [one.order], Unfilled.WITHDRAWN)
            return state, (_quotes(state),)
    return state, ()


def pass_time(state: BookState, now_s: int) -> BookState:
    """Advance the clock, never back; orders past their last second leave the book."""
    now_s = max(state.now_s, now_s)
    # `now_s - 1`: an order still stands in its last second.
    passed = bisect(state.ends, now_s - 1, key=_until)
    late, ends = state.ends[:passed], state.ends[passed:]
    state = replace(state, now_s=now_s, ends=ends)
    return _drop(state, late, Unfilled.EXPIRED) if late else state


def close(state: BookState) -> Clearing:
    """Close the market: what still stands was unmet at its price, or had no counterparty."""
    orders, trades = _oldest_first(state.orders), _oldest_first(state.trades)
    sides = {order.side for order in orders}

    def reason(order: Order) -> Unfilled:
        if order.id in state.gone:
            return state.gone[order.id]
        return Unfilled.PRICE if len(sides) > 1 else Unfilled.NO_COUNTERPARTY

    book = replace(state.book, orders=tuple(orders))
    price = one_price(trades)
    return write_up(book, "continuous_double", trades, reason, price_fen_per_t=price)


def _refusal(state: BookState, order: Order) -> Unfilled | None:
    if order.until_s is not None and order.until_s < state.now_s:
        return Unfilled.EXPIRED
    best = (state.buys if order.side is Side.BUY else state.sells)[:1]
    if state.params["quotes"] == "improving" and best:
        ahead = StandingOrder(order, order.mass_mg).rank[0] < best[0].rank[0]
        return None if ahead else Unfilled.PRICE
    return None


def _trade(state: BookState, order: Order) -> tuple[BookState, list[Trade], int]:
    """Trade with the best of the other side as far as the limit reaches.

    Returns: the market after it, the trades, and what is left of the order [mg].
    """
    buys = order.side is Side.BUY
    queue, left = (state.sells if buys else state.buys), order.mass_mg
    trades: list[Trade] = []
    while queue and left:
        best = queue[0]
        price = best.order.limit_fen_per_t
        if (order.limit_fen_per_t < price) if buys else (order.limit_fen_per_t > price):
            break
        if best.order.trader == order.trader:
            state = _refused(state, order, Unfilled.OWN_ORDER)
            break
        mass = min(left, best.left_mg)
        buy, sell = (order, best.order) if buys else (best.order, order)
        money = trade_money_fen(mass, price, state.book.years)
        trades.append(Trade(buy.id, sell.id, buy.trader, sell.trader, mass, price, money))
        left -= mass
        rest = best.left_mg - mass
        queue = (replace(best, left_mg=rest), *queue[1:]) if rest else queue[1:]
    past = state.trades
    for trade in trades:
        past = (trade, past)
    state = replace(state, trades=past)
    state = replace(state, sells=queue) if buys else replace(state, buys=queue)
    return state, trades, left


def _put(state: BookState, one: StandingOrder) -> BookState:
    buys = one.order.side is Side.BUY
    queue = state.buys if buys else state.sells
    place = bisect(queue, one.rank, key=lambda other: other.rank)
    queue = (*queue[:place], one, *queue[place:])
    if one.order.until_s is not None:
        place = bisect(state.ends, one.order.until_s, key=_until)
        ends = (*state.ends[:place], one.order, *state.ends[place:])
        state = replace(state, ends=ends)
    return replace(state, buys=queue) if buys else replace(state, sells=queue)


def _drop(state: BookState, orders: Sequence[Order], why: Unfilled) -> BookState:
    """Take orders out of the book, those that still stand."""
    queues, gone = {Side.BUY: state.buys, Side.SELL: state.sells}, dict(state.gone)
    for order in orders:
        queue, rank = queues[order.side], StandingOrder(order, 0).rank
        place = bisect_left(queue, rank, key=lambda other: other.rank)
        if place < len(queue) and queue[place].order.id == order.id:
            queues[order.side] = queue[:place] + queue[place + 1 :]
            gone[order.id] = why
    return replace(state, buys=queues[Side.BUY], sells=queues[Side.SELL], gone=gone)


def _oldest_first(past: Past) -> list[Any]:
    found = []
    while past is not None:
        one, past = past
        found.append(one)
    return found[::-1]


def _refused(state: BookState, order: Order, why: Unfilled) -> BookState:
    return replace(state, gone={**state.gone, order.id: why})


def _until(order: Order) -> int:
    assert order.until_s is not None
    return order.until_s


def _wiped(state: BookState) -> BookState:
    ids = (one.order.id for one in (*state.buys, *state.sells))
    gone = {**state.gone, **dict.fromkeys(ids, Unfilled.WITHDRAWN)}
    return replace(state, buys=(), sells=(), gone=gone)


def _quotes(state: BookState) -> str:
    bid, ask = (_told(queue) for queue in (state.buys, state.sells))
    return f"best bid {bid}, best ask {ask}"


def _told(queue: Queue) -> str:
    return f"{queue[0].order.limit_fen_per_t} fen/t" if queue else "none"
