"""Sales by Vickrey's rule, by clock, at a posted price; purchases under a budget."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.clearing.budget import affordable_mg
from market.clearing.clearing import Clearing, Unfilled, check_clearing
from market.clearing.clock_sale import Round, Tick
from market.clearing.order import Book, Order, Side
from market.mechanisms import ascending_clock, descending_clock, find_mechanisms, run_session
from permits.errors import InputError
from permits.rng import stream

T = 10**9
Bids = list[tuple[str, int, int]]  # bidder, yuan/t, t


def _book(bids: Bids, supply_t: int, reserve: int | None = 0, side: Side = Side.BUY) -> Book:
    orders = tuple(
        Order(f"{n}", who, side, "P", mass * T, price * 100, n)
        for n, (who, price, mass) in enumerate(bids)
    )
    return Book("P", orders, supply_t * T, None if reserve is None else reserve * 100)


def _clear(rule: str, book: Book, **params: object) -> Clearing:
    return run_session(find_mechanisms()[rule], book, params, rng=stream(0, "t"))


def _filled(clearing: Clearing) -> dict[str, int]:
    return {fill.order.id: fill.mass_mg for fill in clearing.fills}


bids = st.lists(
    st.tuples(st.sampled_from("ABCD"), st.integers(1, 12), st.integers(1, 6)), max_size=9
)


# --- Vickrey ------------------------------------------------------------------------


def test_a_winner_pays_the_bids_that_it_displaces() -> None:
    """Six units; A bids 50, 47, 40, 32, 15, 5, B 42, 28, 20, 12, 7, 3 and C 45, 35, 24, 14, 9,
    6: A wins three and pays 20 + 24 + 28, B one at 32, C two at 28 + 32 [Krishna2010] ch. 12."""
    curves = {
        "A": (50, 47, 40, 32, 15, 5), "B": (42, 28, 20, 12, 7, 3), "C": (45, 35, 24, 14, 9, 6),
    }  # fmt: skip
    clearing = _clear(
        "vickrey", _book([(w, price, 1) for w, curve in curves.items() for price in curve], 6)
    )
    got = {
        who: (
            sum(f.mass_mg for f in clearing.fills if f.order.trader == who) // T,
            sum(f.money_fen for f in clearing.fills if f.order.trader == who) // 100,
        )
        for who in curves
    }
    assert got == {"A": (3, 28 + 24 + 20), "B": (1, 32), "C": (2, 32 + 28)}


def test_what_nobody_else_wanted_costs_the_reserve_price() -> None:
    clearing = _clear("vickrey", _book([("A", 50, 4), ("B", 30, 3)], 5, 10))
    paid = {fill.order.trader: fill.money_fen // 100 for fill in clearing.fills}
    assert paid == {"A": 2 * 30 + 2 * 10, "B": 10}


@given(bids, st.integers(0, 20), st.integers(0, 5))
def test_vickrey_gives_to_whom_the_other_sales_give(said: Bids, supply: int, reserve: int) -> None:
    book = _book(said, supply, reserve)
    own = _clear("vickrey", book)
    assert _filled(own) == _filled(_clear("pay_as_bid", book))
    assert own.money_fen <= _clear("pay_as_bid", book).money_fen
    if len({order.trader for order in book.orders}) == len(book.orders):
        assert own.money_fen <= _clear("uniform_price", book, price="first_rejected").money_fen


# --- clocks -------------------------------------------------------------------------


def test_an_ascending_clock_stops_where_no_more_is_asked_for_than_there_is() -> None:
    """100 units, demands 80 - 2p, 60 - p and 50 - 1.5p, from 5 in steps of 1: 104.5 at 19, 100
    at 20, where it stops with 40, 40 and 20 [AusubelCramton2004]."""
    params = find_mechanisms()["ascending_clock"].spec.fill({"start_yuan": "5"})
    state = ascending_clock.open(Book("P", (), 100 * T), params, stream(0, "t"))
    state, rounds = ascending_clock.run_demands(
        state,
        {
            "A": lambda fen: (80 * 100 - 2 * fen) * T // 100,
            "B": lambda fen: (60 * 100 - fen) * T // 100,
            "C": lambda fen: (50 * 200 - 3 * fen) * T // 200,
        },
    )
    assert rounds[0] == Round(600, (70 + 55) * T + 42_500_000_000, 100 * T, True)
    assert (rounds[-2].demand_mg, rounds[-2].price_fen_per_t) == (104_500_000_000, 2000)
    assert rounds[-1] == Round(2000, 100 * T, 100 * T, False)
    clearing = ascending_clock.close(state)
    assert clearing.price_fen_per_t == 2000
    assert [(f.order.trader, f.mass_mg // T) for f in clearing.fills] == [
        ("A", 40), ("B", 40), ("C", 20),
    ]  # fmt: skip


def test_exit_bids_sell_what_the_last_round_leaves() -> None:
    """Ten units: at 8 A and B ask for 6 each, at 9 only A does. B would have paid 8.50 for
    three: A gets 6, B its three and no more, and one goes for what B said in the round before."""
    params = find_mechanisms()["ascending_clock"].spec.fill({})
    state = ascending_clock.open(Book("P", (), 10 * T, 800), params, stream(0, "t"))
    said = [
        ("A", 6, 800), ("B", 6, 800), None, ("A", 6, 900), ("B", 3, 850), ("B", 7, 850),
        ("A", 9, 900), ("B", 1, 700), None,
    ]  # fmt: skip
    for n, one in enumerate(said):
        event: Order | Tick = Tick()
        if one is not None:
            event = Order(f"{n}", one[0], Side.BUY, "P", one[1] * T, one[2], n)
        state, _ = ascending_clock.step(state, event)
    state, _ = ascending_clock.step(state, Order("x", "A", Side.BUY, "P", T, 900, 99))
    clearing = ascending_clock.close(state)
    assert _filled(clearing) == {"3": 6 * T, "4": 3 * T, "1": T}
    assert clearing.price_fen_per_t == 800
    reasons = {rest.order.id: rest.reason for rest in clearing.rests}
    assert (reasons["5"], reasons["6"]) == (Unfilled.LIMIT, Unfilled.LIMIT)
    assert (reasons["7"], reasons["x"]) == (Unfilled.PRICE, Unfilled.LATE)
    assert reasons["0"] is Unfilled.DUPLICATE


@given(bids, st.integers(0, 20), st.integers(0, 3), st.sampled_from(("0.5", "1", "3")))
def test_an_ascending_clock_with_exit_bids_is_a_sale_at_one_price(
    said: Bids, supply: int, reserve: int, step: str
) -> None:
    """On sealed demand curves it serves whom a uniform-price sale serves, at a price between
    the first rejected and the lowest accepted bid."""
    book = _book(said, supply, reserve)
    clock = _clear("ascending_clock", book, step_yuan=step)
    lowest = _clear("uniform_price", book)
    first = _clear("uniform_price", book, price="first_rejected")
    assert _filled(clock) == _filled(lowest)
    if clock.trades:
        assert clock.price_fen_per_t is not None
        assert lowest.price_fen_per_t is not None and first.price_fen_per_t is not None
        assert first.price_fen_per_t <= clock.price_fen_per_t <= lowest.price_fen_per_t


@given(bids, st.integers(0, 20), st.integers(0, 3))
def test_a_live_clock_ends_as_the_clock_on_sealed_curves(
    said: Bids, supply: int, reserve: int
) -> None:
    """Bidders who stick to their curves, live: the same price and the same mass by bidder,
    where prices move in steps of their own grid."""
    book = _book(said, supply, reserve)
    params = find_mechanisms()["ascending_clock"].spec.fill({})
    state = ascending_clock.open(Book("P", (), supply * T, reserve * 100), params, stream(0, "t"))

    def demand(trader: str) -> int:
        now = state.price_fen_per_t
        return sum(o.mass_mg for o in book.orders if o.trader == trader and
                   o.limit_fen_per_t >= now)  # fmt: skip

    while state.runs:
        for trader in "ABCD":
            if demand(trader):
                n = len(state.orders)
                order = Order(f"{n}", trader, Side.BUY, "P", demand(trader),
                              state.price_fen_per_t, n)  # fmt: skip
                state, _ = ascending_clock.step(state, order)
        state, _ = ascending_clock.step(state, Tick())
    live, sealed = ascending_clock.close(state), _clear("ascending_clock", book)
    check_clearing(Book("P", state.orders, supply * T), live)
    assert live.traded_mg == sealed.traded_mg
    assert live.price_fen_per_t == sealed.price_fen_per_t


@given(bids, st.integers(0, 20), st.integers(0, 3))
def test_a_descending_clock_on_sealed_limits_is_a_pay_as_bid_sale(
    said: Bids, supply: int, reserve: int
) -> None:
    """Both are the same game [Vickrey1961]; by ticks alone nobody pays more than its limit and
    less than a step below it."""
    book = _book(said, supply, reserve)
    assert _filled(_clear("descending_clock", book)) == _filled(_clear("pay_as_bid", book))
    assert _clear("descending_clock", book).money_fen == _clear("pay_as_bid", book).money_fen
    for trade in _clear("descending_clock", book, exit_bids="no", step_yuan="3").trades:
        limit = next(o.limit_fen_per_t for o in book.orders if o.id == trade.buy)
        assert limit - 300 < trade.price_fen_per_t <= limit


@given(bids, st.integers(0, 20), st.integers(0, 3), st.sampled_from(("yes", "no")))
def test_a_live_descending_clock_ends_as_on_sealed_limits(
    said: Bids, supply: int, reserve: int, named: str
) -> None:
    given_params = {"start_yuan": "13", "step_yuan": "2", "exit_bids": named}
    book = _book(said, supply, reserve)
    params = find_mechanisms()["descending_clock"].spec.fill(given_params)
    state = descending_clock.open(Book("P", (), supply * T, reserve * 100), params, stream(0, "t"))
    waiting = list(book.orders)
    while state.runs:
        for order in [o for o in waiting if o.limit_fen_per_t >= state.price_fen_per_t]:
            waiting.remove(order)
            state, _ = descending_clock.step(state, order)
        state, _ = descending_clock.step(state, Tick())
    live, sealed = descending_clock.close(state), _clear("descending_clock", book, **given_params)
    check_clearing(Book("P", state.orders, supply * T), live)
    assert _filled(live) == _filled(sealed)
    assert live.money_fen == sealed.money_fen


def test_a_clock_that_stands_still_or_starts_nowhere_is_refused() -> None:
    with pytest.raises(InputError, match="step of a clock"):
        _clear("ascending_clock", _book([("A", 5, 1)], 1), step_yuan="0")
    params = find_mechanisms()["descending_clock"].spec.fill({})
    with pytest.raises(InputError, match="price to start from"):
        descending_clock.open(Book("P", (), T), params, stream(0, "t"))


# --- posted price -------------------------------------------------------------------


def test_a_posted_price_serves_in_order_of_arrival() -> None:
    said = [("early", 5, 3), ("dear", 90, 4), ("cheap", 4, 1), ("last", 50, 9)]
    clearing = _clear("posted_price", _book(said, 9, 5))
    assert _filled(clearing) == {"0": 3 * T, "1": 4 * T, "3": 2 * T}
    assert clearing.price_fen_per_t == 500
    reasons = {rest.order.trader: rest.reason for rest in clearing.rests}
    assert reasons == {"cheap": Unfilled.RESERVE, "last": Unfilled.SUPPLY}


# --- purchases ----------------------------------------------------------------------

OFFERS = [("A", 10, 5), ("B", 20, 5), ("C", 30, 5), ("D", 40, 5)]


def test_a_purchase_takes_the_cheapest_offers_at_one_price_or_at_their_own() -> None:
    book = _book(OFFERS, 12, 35, Side.SELL)
    one, own = _clear("reverse_uniform", book), _clear("reverse_pay_as_bid", book)
    assert _filled(one) == _filled(own) == {"0": 5 * T, "1": 5 * T, "2": 2 * T}
    assert sum(f.money_fen for f in one.fills) == 12 * 30_00
    assert sum(f.money_fen for f in own.fills) == 50_00 + 100_00 + 60_00
    assert {rest.order.trader: rest.reason for rest in own.rests} == {
        "C": Unfilled.SUPPLY, "D": Unfilled.RESERVE,
    }  # fmt: skip


def test_a_budget_takes_the_marginal_offer_in_part() -> None:
    """200 yuan: by own prices 50 + 100, then 50/30 t of C; at one price 5 t at 10, 10 t at 20,
    and no C, of which the budget would leave less."""
    book = _book(OFFERS, 20, None, Side.SELL)
    own = _clear("reverse_pay_as_bid", book, budget_yuan="200")
    assert _filled(own) == {"0": 5 * T, "1": 5 * T, "2": 50 * T // 30}
    assert sum(f.money_fen for f in own.fills) == 200_00
    one = _clear("reverse_uniform", book, budget_yuan="200")
    assert (_filled(one), one.price_fen_per_t) == ({"0": 5 * T, "1": 5 * T}, 20_00)
    more = _clear("reverse_uniform", book, budget_yuan="330")
    assert (_filled(more)["2"], more.price_fen_per_t) == (T, 30_00)
    assert {rest.reason for rest in more.rests} == {Unfilled.BUDGET}


@given(
    st.lists(st.tuples(st.integers(0, 700), st.integers(1, 5 * T)), max_size=8),
    st.integers(0, 12 * T),
    st.integers(0, 3000),
    st.sampled_from(("seq", "pro_rata", "random")),
    st.sampled_from(("reverse_uniform", "reverse_pay_as_bid")),
    st.integers(1, 5),
)
def test_no_purchase_passes_its_budget_by_a_fen(
    offers: list[tuple[int, int]], wanted: int, budget: int, tie: str, rule: str, years: int
) -> None:
    orders = tuple(
        Order(f"{n}", f"{n}", Side.SELL, "P", mass, limit, n)
        for n, (limit, mass) in enumerate(offers)
    )
    book = Book("P", orders, wanted, None, years)
    money = f"{budget // 100}.{budget % 100:02d}"
    clearing = _clear(rule, book, budget_yuan=money, tie=tie)
    spent = sum(fill.money_fen for fill in clearing.fills)
    assert spent <= budget
    poor = [rest.order for rest in clearing.rests if rest.reason is Unfilled.BUDGET]
    if poor and rule == "reverse_pay_as_bid":
        # What is left does not buy a milligram more than rounding gives away.
        cheapest = min(order.limit_fen_per_t for order in poor)
        spare = affordable_mg(budget - spent, cheapest, years)
        slack = (len(clearing.trades) + 1) * T // (cheapest * years) + len(clearing.trades) + 1
        assert spare is not None and spare <= slack
