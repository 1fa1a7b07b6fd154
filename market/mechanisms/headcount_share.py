"""Zhejiang's electronic sale: the top 70 % of bidders win, and each pays its own bid.

One window for one pollutant. Bids are public while it is open; a bidder may bid ten
times and its last bid counts; a bid after the hour is refused. Bidders are ranked by
price, then by time; the first 70 % of heads, rounded half up, win what they asked for,
five years at once. The rule rations heads, not mass; where a supply is set and the
winners ask for more, the lowest-ranked of them are cut. What everybody sees is a
`Board`; `timeline` lists how it came about, second by second: nearly all bids come in
the last ten [ZJ-C9].
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from itertools import groupby

import numpy as np
from numpy.random import Generator

from market.clearing.bid_columns import (
    BidColumns,
    BoolArray,
    ColumnClearing,
    IntArray,
    ranked,
    reason_codes,
    write_up_columns,
)
from market.clearing.clearing import Clearing, Unfilled
from market.clearing.matching import sale, write_up
from market.clearing.order import Book, Order, Side
from permits.rule import Force, Param, Params, Spec

SPEC = Spec(
    title="Electronic sale by head count",
    title_zh="电子竞价（按竞买人数前70%成交）",
    source="[ZJ-C9] [ZJ-C13] [ZJ-C14]",
    side="buy",
    params=(
        Param("winner_share_percent", 70, "%", "share of bidders that win, by head count"),
        Param("max_bids", 10, "", "number of bids that one bidder may make", limits="bids"),
        Param(
            "window_s", 3600, "s", "length of the window; a later bid is refused", limits="window"
        ),
    ),
    claims=frozenset({"budget_balance", "individual_rationality"}),
    reveals=("bids", "bidders"),
    revisable=True,
    term_years=5,  # certificates run for five years [ZJ-C9]
    supply_optional=True,  # the share of heads decides, with or without a supply
    rations_heads=True,
    in_force=(Force("Zhejiang", date(2020, 1, 1), date(2024, 12, 31)),),
)


@dataclass(frozen=True, slots=True)
class Board:
    """The public information while the window is open.

    `line_fen_per_t`: the lowest standing bid that would win if the window closed now;
    `None` before the first bid.
    """

    at_s: int
    standing: tuple[tuple[str, int, int], ...]  # bidder, mg, fen/t: best first
    winners: int
    line_fen_per_t: int | None

    @property
    def bidders(self) -> int:
        """Heads with a standing bid."""
        return len(self.standing)


@dataclass(frozen=True, slots=True)
class BidSecond:
    """A second of the window in which somebody bid."""

    at_s: int
    bids: int  # taken
    refused: int
    board: Board  # at its end


@dataclass(frozen=True, slots=True)
class WindowState:
    """An open window: every bid so far, the standing one of each bidder, refused ones."""

    book: Book
    params: Params
    orders: tuple[Order, ...] = ()
    standing: Mapping[str, Order] = field(default_factory=dict)
    made: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[str, Unfilled] = field(default_factory=dict)

    @property
    def ranked(self) -> list[Order]:
        """Standing bids by price, then by time."""
        standing = self.standing.values()
        return sorted(standing, key=lambda order: (-order.limit_fen_per_t, order.seq, order.id))

    @property
    def heads(self) -> int:
        """Number of winning bidders."""
        return winners(len(self.standing), int(self.params["winner_share_percent"]))


def open(book: Book, params: Params, rng: Generator) -> WindowState:
    """Open the window.

    Args:
        book: supply [mg], `None` for no limit, and reserve price [fen/t]; without orders.
        params: parameters of `SPEC`, defaults filled in.
        rng: not used: time breaks ties.
    """
    return WindowState(book, params)


def step(state: WindowState, order: Order) -> tuple[WindowState, tuple[Board | Unfilled, ...]]:
    """Process a bid: admit it, or refuse it.

    Returns: the state after it, and one message: the public board, or the reason of the
        refusal, for the bidder only.
    """
    # The bid itself counts: the eleventh is refused, not the one after it.
    made = state.made.get(order.trader, 0) + 1
    orders = (*state.orders, order)
    refusal = _refusal(state, order, made)
    if refusal is not None:
        refused = {**state.refused, order.id: refusal}
        return replace(state, orders=orders, refused=refused), (refusal,)
    after = replace(
        state,
        orders=orders,
        standing={**state.standing, order.trader: order},
        made={**state.made, order.trader: made},
    )
    return after, (show_board(after, order.at_s),)


def step_all(state: WindowState, orders: Sequence[Order]) -> WindowState:
    """Process bids that come while nobody looks at the board; the same state as bid by bid.

    A board for each bid would list all standing bids as often as there are bids.
    """
    standing, made, refused = dict(state.standing), dict(state.made), dict(state.refused)
    for order in orders:
        number = made.get(order.trader, 0) + 1
        refusal = _refusal(state, order, number)
        if refusal is not None:
            refused[order.id] = refusal
        else:
            standing[order.trader], made[order.trader] = order, number
    return WindowState(state.book, state.params, (*state.orders, *orders), standing, made, refused)


def close(state: WindowState) -> Clearing:
    """Rank the standing bids and serve the winning heads."""
    ranked, heads = state.ranked, state.heads
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


def clear_columns(book: BidColumns, params: Params, rng: Generator) -> ColumnClearing:
    """The outcome of a window that has closed, as bid by bid, by columns.

    Args:
        book: all bids for one product, with supply [mg], `None` for no limit, and reserve
            price [fen/t].
        params: parameters of `SPEC`, defaults filled in.
        rng: not used: time breaks ties.
    """
    mass, limit = book.mass_mg, book.limit_fen_per_t
    numbers = {name: n for n, name in enumerate(dict.fromkeys(book.bidder))}
    head = np.fromiter(map(numbers.__getitem__, book.bidder), np.int64, len(mass))
    late, poor = book.at_s > int(params["window_s"]), limit < (book.reserve_fen_per_t or 0)
    spent = _made_before(head, ~late & ~poor) >= int(params["max_bids"])
    taken = np.flatnonzero(~late & ~poor & ~spent)
    last = np.full(len(numbers), -1, dtype=np.int64)
    last[head[taken]] = taken  # the last of several stays
    standing = np.zeros(len(mass), dtype=bool)
    standing[last[last >= 0]] = True
    heads = winners(int(standing.sum()), int(params["winner_share_percent"]))
    served = ranked(book, standing)[:heads]
    filled = np.zeros_like(mass)
    filled[served] = mass[served]
    if book.supply_mg is not None:
        before = np.cumsum(mass[served]) - mass[served]
        left = min(book.supply_mg, int(mass[served].sum()))
        filled[served] = np.clip(left - before, 0, mass[served])
    winning = np.zeros(len(mass), dtype=bool)
    winning[served] = True
    reason = reason_codes(
        [
            (late, Unfilled.LATE),
            (spent, Unfilled.LIMIT),
            (poor, Unfilled.RESERVE),
            (~standing, Unfilled.DUPLICATE),
            (winning, Unfilled.SUPPLY),
        ],
        Unfilled.HEAD_COUNT,
    )
    return write_up_columns(book, filled, limit, reason)


def _made_before(head: IntArray, counted: BoolArray) -> IntArray:
    """(N,) number of counted bids of the same head before each bid.

    Args:
        head: (N,) number of the bidder.
        counted: (N,) whether the bid itself counts.
    """
    by_head = np.argsort(head, kind="stable")
    before: IntArray = np.cumsum(counted[by_head]) - counted[by_head]
    first = np.searchsorted(head[by_head], head[by_head])
    made = np.zeros(len(head), dtype=np.int64)
    made[by_head] = before - before[first]
    return made


def winners(bidders: int, share_percent: int = 70) -> int:
    """Number of winning bidders: their share of `bidders`, rounded half up in whole numbers.

    `share_percent`: 70 by the rule [ZJ-C13]. In floating point 0.7 x 15 is below 10.5 and would
    round to 10.
    """
    return (share_percent * bidders + 50) // 100


def show_board(state: WindowState, at_s: int) -> Board:
    """The standing bids, best first, and the lowest winning one."""
    ranked, heads = state.ranked, state.heads
    return Board(
        at_s,
        tuple((order.trader, order.mass_mg, order.limit_fen_per_t) for order in ranked),
        heads,
        ranked[heads - 1].limit_fen_per_t if heads else None,
    )


def timeline(book: Book, params: Params, rng: Generator) -> tuple[BidSecond, ...]:
    """List the seconds of a sale in which somebody bid, each with the board at its end.

    Bids are ordered by `at_s`, within a second by `seq`.

    Args:
        book: all orders for one product, with supply [mg] and reserve price [fen/t].
        params: parameters of `SPEC`, defaults filled in.
        rng: not used: time breaks ties.
    """
    state = open(replace(book, orders=()), params, rng)
    moments = []
    by_time = sorted(book.orders, key=lambda order: (order.at_s, order.seq, order.id))
    for at_s, group in groupby(by_time, key=lambda order: order.at_s):
        had = len(state.orders) - len(state.refused)
        known = len(state.refused)
        for order in group:
            state, _ = step(state, order)
        refused = len(state.refused) - known
        bids = len(state.orders) - len(state.refused) - had
        moments.append(BidSecond(at_s, bids, refused, show_board(state, at_s)))
    return tuple(moments)


def share_of_last_seconds(
    moments: Iterable[BidSecond], last_s: int = 10, window_s: int = 3600
) -> Fraction:
    """The share of all admitted bids that came in the last seconds of the window.

    Args:
        moments: the sale's timeline.
        last_s: length of the final stretch [s]; ten are those of [ZJ-C9].
        window_s: length of the window [s]; one hour [ZJ-C13].
    """
    bids = [(moment.at_s, moment.bids) for moment in moments]
    total = sum(count for _, count in bids)
    late = sum(count for at_s, count in bids if at_s >= window_s - last_s)
    return Fraction(late, total) if total else Fraction(0)


def _refusal(state: WindowState, order: Order, made: int) -> Unfilled | None:
    # In this order a late bid is late, whatever else is wrong with it.
    if order.side is not Side.BUY:
        return Unfilled.NO_COUNTERPARTY
    if order.at_s > int(state.params["window_s"]):
        return Unfilled.LATE
    if made > int(state.params["max_bids"]):
        return Unfilled.LIMIT
    if order.limit_fen_per_t < (state.book.reserve_fen_per_t or 0):
        return Unfilled.RESERVE
    return None
