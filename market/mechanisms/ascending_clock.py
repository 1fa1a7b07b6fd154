"""An ascending clock auction: the price rises until demand no longer exceeds supply.

Each round shows a price, and every bidder states how much it takes there, never more than
in the round before; a silent bidder takes nothing. With exit bids a bidder also names
prices within the last step down to which it would have taken more (default: the price of
the round before); what the last round leaves is sold to the highest of them, and the
lowest exit bid served is everybody's price. Without them the remainder stays unsold.

`open`, `step` and `close` run it live; `clear` runs it on sealed demand curves, each
order a step of its bidder's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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
from permits.rule import Params, Spec, Variant

SPEC = Spec(
    title="Ascending clock",
    title_zh="升价时钟拍卖",
    source="[AusubelCramton2004]",
    side="buy",
    params=(
        START,
        STEP,
        exit_bids("whether bidders may name prices within the last step"),
        TIE,
    ),
    claims=frozenset({"budget_balance", "individual_rationality", "efficient"}),
    reveals=("price", "demand"),
    variants=(
        Variant(
            {"exit_bids": "no"},
            frozenset({"budget_balance", "individual_rationality", "truthful_one_unit"}),
        ),
    ),
)


def clear(book: Book, params: Params, rng: Generator) -> Clearing:
    """Run the clock on sealed demand curves.

    Args:
        book: all orders for one product, with supply [mg] and reserve price [fen/t].
        params: parameters of `SPEC`, defaults filled in.
        rng: random stream of the tie-breaking lottery.
    Source: [AusubelCramton2004].
    """
    start = max(floor_fen(book), start_fen(params) or 0)
    able = [order for order in book.buys if order.limit_fen_per_t >= start]
    stop = _stop(able, book.supply_mg or 0, start, step_fen(params))
    # Without exit bids whoever does not stay to the last price gets nothing.
    staying = [order for order in able if order.limit_fen_per_t >= stop]
    levels = able if params["exit_bids"] == "yes" else staying
    filled, tie = ration(levels, book.supply_mg or 0, params["tie"], rng)
    price = min((o.limit_fen_per_t for o in levels if o.id in filled), default=stop)
    price = min(price, stop)
    trades = [sale(o, filled[o.id], price, book.years) for o in levels if o.id in filled]

    def reason(order: Order) -> Unfilled:
        if order.limit_fen_per_t < start:
            return Unfilled.RESERVE
        return Unfilled.PRICE if order.limit_fen_per_t < price or not trades else Unfilled.SUPPLY

    return _written(book, trades, reason, price, tie)


def _stop(able: list[Order], supply_mg: int, start: int, step: int) -> int:
    """The first price of the clock at which demand does not exceed the supply."""
    asked = 0
    for order in able:
        asked += order.mass_mg
        if asked > supply_mg:
            return start + ((order.limit_fen_per_t - start) // step + 1) * step
    return start


@dataclass(frozen=True, slots=True)
class AscendingState:
    """A running clock: its price, demand in this round and in the last."""

    book: Book
    params: Params
    rng: Generator
    price_fen_per_t: int
    orders: tuple[Order, ...] = ()
    demand: Mapping[str, Order] = field(default_factory=dict)  # by bidder, this round
    before: Mapping[str, Order] = field(default_factory=dict)  # by bidder, the round before
    exits: tuple[Order, ...] = ()
    refused: Mapping[str, Unfilled] = field(default_factory=dict)
    first: bool = True
    runs: bool = True

    @property
    def demand_mg(self) -> int:
        """Demand at the price on the clock [mg]."""
        return sum(order.mass_mg for order in self.demand.values())


def open(book: Book, params: Params, rng: Generator) -> AscendingState:
    """Start the clock at `start_yuan` or the reserve price, whichever is higher.

    Args:
        book: supply [mg] and reserve price [fen/t]; without orders.
        params: parameters of `SPEC`, defaults filled in.
        rng: random stream of the tie-breaking lottery.
    """
    return AscendingState(book, params, rng, max(floor_fen(book), start_fen(params) or 0))


def step(
    state: AscendingState, event: Order | Tick
) -> tuple[AscendingState, tuple[Round | Unfilled, ...]]:
    """Take a demand or an exit bid, or end the round.

    An order at or above the price on the clock is its bidder's demand there (the last of
    a round counts); one within the step below is an exit bid.
    """
    if isinstance(event, Tick):
        return _end_round(state)
    orders = (*state.orders, event)
    refusal = _refusal(state, event)
    if refusal is not None:
        refused = {**state.refused, event.id: refusal}
        return replace(state, orders=orders, refused=refused), (refusal,)
    if event.limit_fen_per_t < state.price_fen_per_t:
        return replace(state, orders=orders, exits=(*state.exits, event)), ()
    demand = {**state.demand, event.trader: event}
    return replace(state, orders=orders, demand=demand), ()


def close(state: AscendingState) -> Clearing:
    """Serve the demand of the last round, then exit bids, highest first."""
    levels = sorted(_levels(state), key=lambda o: (-o.limit_fen_per_t, o.seq, o.id))
    filled, tie = ration(levels, state.book.supply_mg or 0, state.params["tie"], state.rng)
    price = min((o.limit_fen_per_t for o in levels if o.id in filled), default=0)
    price = price if filled else state.price_fen_per_t
    said = {order.id: order for order in state.orders}
    trades = [
        sale(said[o.id], filled[o.id], price, state.book.years) for o in levels if o.id in filled
    ]
    standing = {order.id: order.limit_fen_per_t for order in levels}

    def reason(order: Order) -> Unfilled:
        if order.id in state.refused:
            return state.refused[order.id]
        if order.id not in standing:
            return Unfilled.DUPLICATE
        return Unfilled.PRICE if standing[order.id] < price else Unfilled.SUPPLY

    book = replace(state.book, orders=state.orders)
    return _written(book, trades, reason, price, tie)


def run_demands(
    state: AscendingState, demands: Mapping[str, Callable[[int], int]]
) -> tuple[AscendingState, tuple[Round, ...]]:
    """Run the clock to its end with bidders whose demand is a function of the price.

    Args:
        state: a clock as `open` leaves it.
        demands: by bidder, demand [mg] at a price [fen/t]; steps or smooth curves.
    Returns: the clock at its end, and the rounds; no bidder names exit bids.
    """
    rounds: list[Round] = []
    while state.runs:
        for trader in sorted(demands):
            mass = demands[trader](state.price_fen_per_t)
            if mass > 0:
                n, price = len(state.orders), state.price_fen_per_t
                order = Order(f"{n}", trader, Side.BUY, state.book.product, mass, price, n)
                state, _ = step(state, order)
        state, told = _end_round(state)
        rounds += told
    return state, tuple(rounds)


def _end_round(state: AscendingState) -> tuple[AscendingState, tuple[Round, ...]]:
    demand, supply = state.demand_mg, state.book.supply_mg or 0
    if not state.runs or demand <= supply:
        told = Round(state.price_fen_per_t, demand, supply, False)
        return replace(state, runs=False), (told,)
    price = state.price_fen_per_t + step_fen(state.params)
    after = replace(
        state, price_fen_per_t=price, demand={}, before=state.demand, exits=(), first=False
    )
    return after, (Round(price, demand, supply, True),)


def _refusal(state: AscendingState, order: Order) -> Unfilled | None:
    """Why an order is refused: it is late, below the price, or for more than before."""
    if not state.runs:
        return Unfilled.LATE
    if order.side is not Side.BUY:
        return Unfilled.NO_COUNTERPARTY
    if order.limit_fen_per_t >= state.price_fen_per_t:
        asked = order.mass_mg
    else:
        reach = state.price_fen_per_t - step_fen(state.params)
        if state.first or state.params["exit_bids"] == "no" or order.limit_fen_per_t < reach:
            return Unfilled.PRICE
        own = [o for o in state.exits if o.trader == order.trader]
        own += [state.demand[order.trader]] if order.trader in state.demand else []
        asked = order.mass_mg + sum(o.mass_mg for o in own)
    if state.first:
        return None
    # Activity rule: demand never rises with the price, or bidders could wait unseen.
    had = state.before.get(order.trader)
    return Unfilled.LIMIT if asked > (0 if had is None else had.mass_mg) else None


def _levels(state: AscendingState) -> Iterator[Order]:
    """The bids at the close, each at the price for which it was made."""
    price = state.price_fen_per_t
    yield from (replace(order, limit_fen_per_t=price) for order in state.demand.values())
    if state.params["exit_bids"] == "no" or state.first:
        return
    last = price - step_fen(state.params)
    for trader, order in state.before.items():
        now = state.demand.get(trader)
        left = order.mass_mg - (0 if now is None else now.mass_mg)
        for bid in state.exits:
            if bid.trader == trader:
                mass = min(left, bid.mass_mg)
                left -= mass
                if mass:
                    yield replace(bid, mass_mg=mass)
        if left:
            yield replace(order, mass_mg=left, limit_fen_per_t=last)


def _written(
    book: Book,
    trades: list[Trade],
    reason: Callable[[Order], Unfilled],
    price: int,
    tie: Tie | None,
) -> Clearing:
    told = price if trades else None
    return write_up(book, "ascending_clock", trades, reason, price_fen_per_t=told, ties=[tie])
