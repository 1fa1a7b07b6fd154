"""A market maker earns its spread on what it turns over, and loses no more than is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from market.clearing.clearing import Fill
from market.clearing.order import Book, Order, Side
from market.mechanisms import find_mechanisms, run_session
from market.participants.view import FirmView, Quote
from market.traders.market_maker import SPEC, decide, most_lost_fen
from permits.rng import stream

T = 10**9
BUY, SELL = Side.BUY, Side.SELL


def _view(stock_t: int, cash_yuan: int = 10**6, price: int = 1000_00) -> FirmView:
    return FirmView(
        firm="M", today=date(2017, 1, 1), session="secondary", product="P", years=1,
        usable_mg=stock_t * T, sellable_mg=stock_t * T, need_mg=0, bought_pending_mg=0, steps=(),
        cash_fen=cash_yuan * 100, expected_fen_per_t=price, last_fen_per_t=None,
        unfilled_fen_per_t=None, shortfall_value_fen_per_t=5000_00, floor_fen_per_t=None,
        ceiling_fen_per_t=None, ratio_percent=100, lot_mg=T, max_bids=0, parts=True, days_left=365,
    )  # fmt: skip


def _quotes(view: FirmView, **params: object) -> tuple[Quote, ...]:
    return decide(view, SPEC.fill(params), stream(0, "m"))


def test_at_its_target_it_quotes_a_spread_around_the_expected_price() -> None:
    """Stock 10 t of a target of 10, price 1,000, spread 10 %: bids 950, 900, 850, asks 1,050,
    1,100, 1,150; ten tonnes on either side."""
    quotes = _quotes(_view(10))
    bids = [(q.mass_mg // T, q.limit_fen_per_t // 100) for q in quotes if q.side is BUY]
    asks = [(q.mass_mg // T, q.limit_fen_per_t // 100) for q in quotes if q.side is SELL]
    assert bids == [(3, 950), (3, 900), (4, 850)]
    assert asks == [(3, 1050), (3, 1100), (4, 1150)]


def test_a_long_stock_lowers_its_quotes_and_a_short_one_raises_them() -> None:
    """At its limit of 20 t the middle is 800 and it only sells; with nothing it is 1,200 and it
    only buys."""
    full, empty = _quotes(_view(20)), _quotes(_view(0))
    assert {q.side for q in full} == {SELL}
    assert min(q.limit_fen_per_t for q in full) == 840_00
    assert {q.side for q in empty} == {BUY}
    assert max(q.limit_fen_per_t for q in empty) == 1140_00


def test_it_keeps_out_of_sales_and_of_markets_without_a_price() -> None:
    assert _quotes(replace(_view(10), session="auction")) == ()
    assert _quotes(_view(10, price=0)) == ()


FLOW = st.lists(
    st.tuples(st.sampled_from([BUY, SELL]), st.integers(1, 8), st.integers(1, 2500)), max_size=15
)


@given(st.integers(0, 25), st.integers(0, 20_000), FLOW)
def test_its_loss_in_a_session_is_no_more_than_is_told(
    stock: int, cash_yuan: int, flow: list[tuple[Side, int, int]]
) -> None:
    """Against any flow of orders in a continuous market: stock between nothing and its limit,
    cash never below zero, money at least what its bids can cost, and on what it both bought and
    sold never a loss."""
    view = _view(stock, cash_yuan)
    quotes = _quotes(view)
    own = [
        Order(f"m{n}", "M", q.side, "P", q.mass_mg, q.limit_fen_per_t, n)
        for n, q in enumerate(quotes)
    ]
    others = [
        Order(f"o{n}", f"T{n}", side, "P", mass * T, limit * 100, 100 + n)
        for n, (side, mass, limit) in enumerate(flow)
    ]
    rule = find_mechanisms()["continuous_double"]
    clearing = run_session(rule, Book("P", (*own, *others)), rng=stream(0, "m"))
    fills = [fill for fill in clearing.fills if fill.order.trader == "M"]
    bought, spent = _sums(fills, BUY)
    sold, got = _sums(fills, SELL)
    assert spent <= most_lost_fen(quotes) + len(fills) <= view.cash_fen + len(fills) + 1
    assert 0 <= stock * T + bought - sold <= max(20 * T, stock * T)
    turned = min(bought, sold)
    if turned:
        assert got * bought >= spent * sold


def _sums(fills: list[Fill], side: Side) -> tuple[int, int]:
    own = [fill for fill in fills if fill.order.side is side]
    return sum(fill.mass_mg for fill in own), sum(fill.money_fen for fill in own)
