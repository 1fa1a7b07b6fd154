"""The continuous double auction, step by step against a plain order book."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from market.clearing.clearing import Unfilled, check_clearing
from market.clearing.order import Book, Order, Side
from market.mechanisms import continuous_double as cda
from market.mechanisms import find_mechanisms, run_session
from market.session.admission import Offer
from market.session.auction import Sale, hold_sale
from permits.rng import stream

T = 10**9
BUY, SELL = Side.BUY, Side.SELL
SPEC = cda.SPEC


def _order(n: int, side: Side, mass: int, limit: int, trader: str = "", **times: Any) -> Order:
    return Order(f"{n}", trader or f"{side}{n}", side, "P", mass * T, limit, n, **times)


def _run(*orders: Order, **params: str) -> cda.BookState:
    state = cda.open(Book("P", ()), SPEC.fill(params), stream(0, "t"))
    for order in orders:
        state, _ = cda.step(state, order)
    return state


def _trades(state: cda.BookState) -> list[tuple[str | None, str | None, int, int]]:
    clearing = cda.close(state)
    return [(t.buy, t.sell, t.mass_mg // T, t.price_fen_per_t) for t in clearing.trades]


# --- the model ----------------------------------------------------------------------


@dataclass
class Plain:
    """An order book as a dictionary, for comparison: slow, and plain to read."""

    standing: dict[str, Order] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    trades: list[tuple[str, str, int, int]] = field(default_factory=list)
    gone: dict[str, str] = field(default_factory=dict)
    now: int = 0

    def pass_time(self, at_s: int) -> None:
        self.now = max(self.now, at_s)
        for key, order in list(self.standing.items()):
            if order.until_s is not None and order.until_s < self.now:
                del self.standing[key]
                self.gone[key] = "expired"

    def best(self, side: Side) -> Order | None:
        sign = -1 if side is BUY else 1
        known = [order for order in self.standing.values() if order.side is side]
        return min(known, key=lambda o: (sign * o.limit_fen_per_t, o.seq), default=None)

    def take(self, order: Order) -> None:
        self.pass_time(order.at_s)
        if order.until_s is not None and order.until_s < self.now:
            self.gone[order.id] = "expired"
            return
        self.left[order.id] = order.mass_mg
        other = SELL if order.side is BUY else BUY
        while self.left[order.id] and (best := self.best(other)) is not None:
            price = best.limit_fen_per_t
            bid, ask = (order, best) if order.side is BUY else (best, order)
            if bid.limit_fen_per_t < ask.limit_fen_per_t:
                break
            if best.trader == order.trader:
                self.gone[order.id] = "own_order"
                return
            mass = min(self.left[order.id], self.left[best.id])
            self.trades.append((bid.id, ask.id, mass, price))
            self.left[order.id] -= mass
            self.left[best.id] -= mass
            if not self.left[best.id]:
                del self.standing[best.id]
        if self.left[order.id]:
            self.standing[order.id] = order

    def cancel(self, order_id: str) -> None:
        if self.standing.pop(order_id, None) is not None:
            self.gone[order_id] = "withdrawn"


ROW = st.tuples(
    st.sampled_from([BUY, SELL]), st.integers(1, 4), st.integers(0, 6), st.integers(0, 4),
    st.integers(0, 5), st.none() | st.integers(0, 12),
)  # fmt: skip
EVENTS = st.lists(ROW | st.integers(0, 20), max_size=25)


@given(EVENTS)
def test_every_step_is_that_of_a_plain_order_book(events: list[Any]) -> None:
    """Orders of few traders, masses, prices and lives, and withdrawals in between."""
    state, plain = _run(), Plain()
    clock, orders = 0, list[Order]()
    for event in events:
        if isinstance(event, int):
            state, _ = cda.cancel(state, str(event))
            plain.cancel(str(event))
        else:
            side, mass, price, trader, wait, life = event
            clock += wait
            until = None if life is None else clock + life - 2
            orders.append(_order(len(orders), side, mass, price, f"T{trader}", at_s=clock,
                                 until_s=until))  # fmt: skip
            state, _ = cda.step(state, orders[-1])
            plain.take(orders[-1])
        standing = {one.order.id: one.left_mg for one in (*state.buys, *state.sells)}
        assert standing == {key: plain.left[key] for key in plain.standing}
        for side, queue in ((BUY, state.buys), (SELL, state.sells)):
            best = plain.best(side)
            assert (queue[0].order if queue else None) == best
        assert {key: why.value for key, why in state.gone.items()} == plain.gone
    clearing = cda.close(state)
    told = [(t.buy, t.sell, t.mass_mg, t.price_fen_per_t) for t in clearing.trades]
    assert told == plain.trades
    check_clearing(Book("P", tuple(orders)), clearing)


OFFER = st.tuples(
    st.sampled_from([BUY, SELL]), st.integers(1, 4), st.integers(1, 6), st.integers(0, 2),
    st.integers(0, 5), st.none() | st.integers(0, 12),
)  # fmt: skip


@given(st.lists(OFFER, min_size=1, max_size=20))
def test_a_market_judges_own_orders_by_the_book_as_it_is(rows: list[Any]) -> None:
    """Three traders on both sides, through admission: the plain book refuses the same."""
    plain, clock, offers = Plain(), 0, list[Offer]()
    for n, (side, mass, price, trader, wait, life) in enumerate(rows):
        clock += wait
        until = None if life is None else clock + life
        order = _order(n, side, mass, price, f"T{trader}", at_s=clock, until_s=until)
        plain.take(order)
        offers.append(
            Offer(order.id, order.trader, side, "P", order.mass_mg, price, n, clock, until)
        )
    rule = find_mechanisms()["continuous_double"]
    held = hold_sale(Sale(), rule, offers, rng_of=lambda name: stream(1, name))["P"]
    told = [(t.buy, t.sell, t.mass_mg, t.price_fen_per_t) for t in held.clearing.trades]
    assert (told, held.refusals) == (plain.trades, ())
    own = {rest.order.id for rest in held.clearing.rests if rest.reason is Unfilled.OWN_ORDER}
    assert own == {key for key, why in plain.gone.items() if why == "own_order"}


# --- what the rule says -------------------------------------------------------------


def test_a_trade_is_at_the_standing_order_s_price_and_the_earlier_goes_first() -> None:
    state = _run(_order(0, SELL, 2, 50), _order(1, SELL, 2, 40), _order(2, SELL, 2, 40),
                 _order(3, BUY, 5, 60), _order(4, SELL, 1, 10))  # fmt: skip
    assert _trades(state) == [("3", "1", 2, 40), ("3", "2", 2, 40), ("3", "0", 1, 50)]
    assert state.sells[0].order.id == "4"


def test_who_stands_longer_trades_first_at_one_price() -> None:
    state = _run(_order(0, BUY, 1, 50), _order(1, BUY, 1, 50), _order(2, SELL, 1, 50))
    assert _trades(state) == [("0", "2", 1, 50)]


def test_an_order_past_its_last_second_is_expired_and_not_met() -> None:
    state = _run(_order(0, SELL, 1, 40, at_s=0, until_s=10), _order(1, SELL, 1, 45),
                 _order(2, BUY, 1, 50, at_s=10), _order(3, BUY, 1, 50, at_s=11))  # fmt: skip
    assert _trades(state) == [("2", "0", 1, 40), ("3", "1", 1, 45)]
    late = _run(_order(0, SELL, 1, 40, at_s=0, until_s=10), _order(1, BUY, 1, 50, at_s=11))
    reasons = {rest.order.id: rest.reason for rest in cda.close(late).rests}
    assert reasons == {"0": Unfilled.EXPIRED, "1": Unfilled.PRICE}


def test_nobody_trades_with_himself() -> None:
    state = _run(_order(0, SELL, 1, 40, "A"), _order(1, SELL, 1, 45, "B"),
                 _order(2, BUY, 2, 50, "A"))  # fmt: skip
    assert _trades(state) == []
    reasons = {rest.order.id: rest.reason for rest in cda.close(state).rests}
    assert reasons["2"] is Unfilled.OWN_ORDER


def test_an_order_trades_with_what_stands_before_its_own_and_stops_there() -> None:
    state = _run(_order(0, SELL, 1, 40, "A"), _order(1, SELL, 1, 45, "B"),
                 _order(2, SELL, 1, 46, "A"), _order(3, BUY, 3, 50, "B"))  # fmt: skip
    assert _trades(state) == [("3", "0", 1, 40)]
    rests = {rest.order.id: (rest.mass_mg, rest.reason) for rest in cda.close(state).rests}
    assert rests["3"] == (2 * T, Unfilled.OWN_ORDER)


def test_everybody_sees_the_best_quotes_and_the_trades() -> None:
    """What SPEC says that it reveals is what the messages say."""
    assert SPEC.reveals == ("best quotes", "trades")
    state, told = cda.step(_run(), _order(0, BUY, 1, 40))
    assert told == ("best bid 40 fen/t, best ask none",)
    state, told = cda.step(state, _order(1, SELL, 3, 30))
    assert told == ("trade: 1000000000 mg at 40 fen/t", "best bid none, best ask 30 fen/t")
    state, told = cda.cancel(state, "1")
    assert told == ("best bid none, best ask none",)
    assert cda.cancel(state, "1") == (state, ())


def test_with_improving_quotes_an_order_must_better_the_best_of_its_side() -> None:
    state = _run(_order(0, BUY, 1, 40), _order(1, BUY, 1, 40), _order(2, BUY, 1, 41),
                 quotes="improving")  # fmt: skip
    assert [one.order.id for one in state.buys] == ["2", "0"]
    assert state.gone == {"1": Unfilled.PRICE}


def test_a_trade_may_wipe_the_book() -> None:
    state = _run(_order(0, BUY, 1, 40), _order(1, BUY, 1, 39), _order(2, SELL, 1, 60),
                 _order(3, SELL, 1, 40), _order(4, SELL, 1, 30), after_trade="clear")  # fmt: skip
    assert _trades(state) == [("0", "3", 1, 40)]
    assert state.gone == {"1": Unfilled.WITHDRAWN, "2": Unfilled.WITHDRAWN}
    assert [one.order.id for one in state.sells] == ["4"]


def test_a_long_session_conserves_and_trades() -> None:
    rng = stream(1, "many")
    orders = tuple(
        _order(n, BUY if rng.random() < 0.5 else SELL, 1, int(rng.integers(1, 1000)), f"T{n % 99}")
        for n in range(2000)
    )
    clearing = run_session(find_mechanisms()["continuous_double"], Book("P", orders), rng=rng)
    assert len(clearing.trades) > 500
