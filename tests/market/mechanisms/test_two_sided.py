"""Two-sided rules against their papers: what they trade, at which price, and who gains."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from market.clearing.clearing import Clearing, Unfilled
from market.clearing.crossing import cross
from market.clearing.order import Book, Order, Side
from market.laboratory.equilibrium import competitive, max_welfare_fen, welfare_fen
from market.mechanisms import find_mechanisms, run_session
from permits.errors import InputError
from permits.rng import stream
from permits.rule import Params

T = 10**9
BUY, SELL = Side.BUY, Side.SELL


def _book(rows: list[tuple[Side, int, int]], traders: list[str] | None = None) -> Book:
    """Rows of (side, t, fen/t), in order of arrival; every row a trader of its own."""
    return Book("P", tuple(
        Order(f"{n}", traders[n] if traders else f"{side}{n}", side, "P", mass * T, limit, n)
        for n, (side, mass, limit) in enumerate(rows)
    ))  # fmt: skip


def _clear(rule: str, book: Book, *, draw: int = 0, **params: object) -> Clearing:
    return run_session(find_mechanisms()[rule], book, params, rng=stream(draw, "two sided"))


def books(most: int = 10, units: bool = False) -> st.SearchStrategy[Book]:
    """Books of few prices, so that ties are the rule; single tonnes where asked for."""
    mass = st.just(1) if units else st.integers(1, 5)
    row = st.tuples(st.sampled_from([BUY, SELL]), mass, st.integers(0, 8).map(lambda p: 50 * p))
    return st.lists(row, max_size=most).map(_book)


# --- call market --------------------------------------------------------------------


@given(books(), st.sampled_from([0, 0.25, 0.5, 1]), st.sampled_from(["traded", "competitive"]))
def test_a_call_market_trades_the_greatest_volume_between_bid_and_ask(
    book: Book, k: float, margins: str
) -> None:
    clearing = _clear("call_double", book, k=k, margins=margins)
    exact = competitive(book.orders)
    assert clearing.traded_mg == exact.volume_high_mg
    assert welfare_fen(clearing) == max_welfare_fen(book, "both")
    found = cross(book.buys, book.sells)
    if clearing.price_fen_per_t is not None:
        assert found.ask_fen_per_t <= clearing.price_fen_per_t <= found.bid_fen_per_t


@given(books(), st.sampled_from([0, 0.5, 1]))
def test_at_a_competitive_price_nobody_envies(book: Book, k: float) -> None:
    """Who would gain at the price has traded in full, who would lose has not traded."""
    clearing = _clear("call_double", book, k=k, margins="competitive")
    price = clearing.price_fen_per_t
    if price is None:
        return
    got = {fill.order.id: fill.mass_mg for fill in clearing.fills}
    for order in book.orders:
        gain = order.limit_fen_per_t - price
        gain = gain if order.side is BUY else -gain
        assert gain <= 0 or got.get(order.id) == order.mass_mg
        assert gain >= 0 or order.id not in got


def test_between_the_last_pair_alone_a_buyer_may_be_left_with_envy() -> None:
    """Bids 10 and 9 for one tonne asked at 1: at the middle of the pair, 5.50, the bid of 9
    would gain too. The competitive interval is 9 to 10."""
    book = _book([(BUY, 1, 1000), (BUY, 1, 900), (SELL, 1, 100)])
    assert _clear("call_double", book).price_fen_per_t == 550
    assert _clear("call_double", book, margins="competitive").price_fen_per_t == 950


@pytest.mark.parametrize("k", [-0.1, 1.5, "much"])
def test_a_share_outside_zero_to_one_is_turned_away(k: object) -> None:
    book = _book([(BUY, 1, 10), (SELL, 1, 10)])
    for rule in ("call_double", "bilateral"):
        with pytest.raises(InputError, match="is not a number"):
            _clear(rule, book, k=k)


def _curves(reference: Callable[[str], Path], curve: str) -> tuple[Order, ...]:
    """The Iberian offers of an hour: tenths of a MWh as mg, thousandths of a cent as fen."""
    with reference("auctions/omie_20090102_h01_curves.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["curve"] == curve]
    return tuple(
        Order(str(n), f"{row['side']}{n}", Side(row["side"]), "P", round(float(row["mwh"]) * 10),
              round(float(row["price_cent_per_kwh"]) * 1000), n)
        for n, row in enumerate(rows)
        if float(row["mwh"]) > 0
    )  # fmt: skip


def test_the_iberian_curves_of_an_hour_cross_where_they_did(
    reference: Callable[[str], Path],
) -> None:
    """The offered curves cross at 25,347.1 MWh, between a bid of 5.1 and an ask of 4.994
    c/kWh; those that the operator matched, without offers whose further conditions failed,
    balance at 25,312.1 MWh with 5.369 as the dearest sale. [OMIE2009]"""
    offered = Book("P", _curves(reference, "offered"))
    found = cross(offered.buys, offered.sells)
    assert (found.volume_mg, found.bid_fen_per_t, found.ask_fen_per_t) == (253_471, 5100, 4994)
    assert _clear("call_double", offered).traded_mg == 253_471
    matched = _curves(reference, "matched")
    sums = {side: sum(o.mass_mg for o in matched if o.side is side) for side in (BUY, SELL)}
    assert sums == {BUY: 253_121, SELL: 253_121}
    assert max(o.limit_fen_per_t for o in matched if o.side is SELL) == 5369


# --- McAfee -------------------------------------------------------------------------


def test_mcafee_trades_all_pairs_at_the_price_of_those_left_out() -> None:
    """Bids 9, 8, 7, 4 against asks 2, 3, 4, 5: three pairs cross and the mean of the fourth,
    4.50, suits the third. [McAfee1992], his first case."""
    rows = [(BUY, 1, p) for p in (900, 800, 700, 400)] + [
        (SELL, 1, p) for p in (200, 300, 400, 500)
    ]
    clearing = _clear("mcafee", _book(rows))
    assert (clearing.traded_mg, clearing.price_fen_per_t, clearing.surplus_fen) == (3 * T, 450, 0)


def test_mcafee_leaves_the_last_pair_out_where_that_price_does_not_suit_it() -> None:
    """Bids 9, 8, 7, 4 against asks 2, 3, 4, 12: the mean, 8, is above the third bid. Two pairs
    trade, buyers pay 7, sellers get 4, the rule keeps 6. [McAfee1992], his second case."""
    rows = [(BUY, 1, p) for p in (900, 800, 700, 400)] + [
        (SELL, 1, p) for p in (200, 300, 400, 1200)
    ]
    clearing = _clear("mcafee", _book(rows))
    assert (clearing.traded_mg, clearing.price_fen_per_t) == (2 * T, None)
    assert {(t.price_fen_per_t, t.seller_price_fen_per_t) for t in clearing.trades} == {(700, 400)}
    assert clearing.surplus_fen == 600
    left = {(rest.order.side, rest.order.limit_fen_per_t): rest.reason for rest in clearing.rests}
    assert left == {
        (BUY, 700): Unfilled.NO_COUNTERPARTY,
        (SELL, 400): Unfilled.NO_COUNTERPARTY,
        (BUY, 400): Unfilled.PRICE,
        (SELL, 1200): Unfilled.PRICE,
    }


@given(books(units=True))
def test_mcafee_loses_no_more_than_the_least_valuable_trade(book: Book) -> None:
    """Of k gainful pairs at least k - 1 trade, so at least 1 - 1/k of the gain is realised, and
    what is kept is never less than nothing. [McAfee1992]"""
    clearing = _clear("mcafee", book)
    found, most = cross(book.buys, book.sells), max_welfare_fen(book, "both")
    pairs = found.volume_mg // T
    assert clearing.traded_mg in (found.volume_mg, max(0, found.volume_mg - T))
    assert clearing.surplus_fen >= 0
    assert welfare_fen(clearing) * max(1, pairs) >= most * (pairs - 1)


@given(books(most=7), st.integers(0, 6), st.integers(0, 8))
def test_mcafee_with_lots_of_any_size_rewards_no_other_limit(
    book: Book, who: int, said: int
) -> None:
    """One order a trader, of one to five tonnes: its true limit is its best. [HuangEtAl2002]"""
    _holds_truthful("mcafee", {}, book, who, [50 * said - 25])


# --- MUDA ---------------------------------------------------------------------------


STEPS = st.lists(st.integers(0, 8).map(lambda p: 50 * p), min_size=1, max_size=3)


@st.composite
def several_units(draw: st.DrawFn) -> Book:
    """Traders of one side each, with up to three tonnes at falling value."""
    rows, names = [], []
    for n, side in enumerate(draw(st.lists(st.sampled_from([BUY, SELL]), min_size=2, max_size=6))):
        for limit in draw(STEPS):
            rows.append((side, 1, limit))
            names.append(f"{side}{n}")
    return _book(rows, names)


@pytest.mark.parametrize("variant", ["lottery", "vickrey"])
@given(
    book=several_units(), draw=st.integers(0, 99), who=st.integers(0, 17),
    said=st.lists(st.integers(-1, 9).map(lambda p: 50 * p + 25), min_size=3, max_size=3),
)  # fmt: skip
def test_muda_rewards_no_other_limits_whatever_the_lot(
    variant: str, book: Book, draw: int, who: int, said: list[int]
) -> None:
    """Truthful for many units at falling marginal values, for every split of the traders.
    [SegalHaleviEtAl2018]"""
    _holds_truthful("muda", {"variant": variant}, book, who, said, draw=draw)


@given(books(), st.integers(0, 99))
def test_muda_by_lottery_keeps_no_money_and_by_vickrey_never_loses_any(
    book: Book, draw: int
) -> None:
    assert _clear("muda", book, draw=draw).surplus_fen == 0
    vickrey = _clear("muda", book, draw=draw, variant="vickrey")
    assert vickrey.surplus_fen >= 0
    # The same mass trades; among the longer side the best are served.
    lottery = _clear("muda", book, draw=draw)
    assert vickrey.traded_mg == lottery.traded_mg
    assert welfare_fen(vickrey) >= welfare_fen(lottery)


def _efficiency(rule: str, traders: int, draws: int) -> list[float]:
    """Share of the greatest gain over books of uniform values, three units a trader."""
    rng = np.random.default_rng(traders)
    shares = []
    for draw in range(draws):
        rows, names = [], []
        for n in range(traders):
            side = BUY if n % 2 else SELL
            for limit in sorted(rng.integers(0, 1000, 3).tolist(), reverse=side is BUY):
                rows.append((side, 1, limit))
                names.append(f"{side}{n}")
        book = _book(rows, names)
        most = max_welfare_fen(book, "both")
        shares.append(float(welfare_fen(_clear(rule, book, draw=draw)) / most))
    return shares


def test_what_muda_loses_vanishes_as_the_market_grows() -> None:
    """Its gain from trade approaches the greatest. [SegalHaleviEtAl2018]; uniform values, three
    units a trader, 20 draws a size. Halves are uneven by the root of their size, and so the loss
    falls: to less than half with sixteen times the traders (a quarter is expected)."""
    loss = {n: 1 - float(np.mean(_efficiency("muda", n, 20))) for n in (8, 32, 512)}
    assert loss[8] > loss[32] > 2 * loss[512]
    assert loss[8] > 1 / 2
    assert loss[512] < 1 / 12


# --- EPA's sale ---------------------------------------------------------------------


def test_who_asks_least_is_paid_most_under_epa_s_rule() -> None:
    """Bids 10, 8, 6 and asks 1, 5, 7: the ask of 1 gets 10, that of 5 gets 8, and 7 meets 6,
    which is too little. [Cason1993]"""
    rows = [(BUY, 1, p) for p in (1000, 800, 600)] + [(SELL, 1, p) for p in (100, 500, 700)]
    clearing = _clear("epa_two_sided", _book(rows))
    paid = {fill.order.limit_fen_per_t: fill.money_fen for fill in clearing.fills}
    assert paid == {1000: 1000, 800: 800, 100: 1000, 500: 800}
    assert {rest.reason for rest in clearing.rests} == {Unfilled.PRICE}


Array = NDArray[np.float64]


def _payoffs(rule: str, bids: Array, asks: Array) -> tuple[Array, Array]:
    """What each buyer pays and seller gets (rows are markets); NaN where one does not trade."""
    best_bids, best_asks = -np.sort(-bids), np.sort(asks)
    most = min(bids.shape[1], asks.shape[1])
    pairs = (best_bids[:, :most] >= best_asks[:, :most]).sum(1)[:, None]
    rank_b, rank_a = (np.argsort(np.argsort(x, axis=1), axis=1) for x in (-bids, asks))
    if rule == "epa_two_sided":
        paid, got = bids, np.take_along_axis(best_bids, np.minimum(rank_a, most - 1), 1)
    else:
        last = np.maximum(pairs - 1, 0)
        ends = (np.take_along_axis(side, last, 1) for side in (best_bids, best_asks))
        price = sum(ends) / 2
        paid, got = (np.broadcast_to(price, side.shape) for side in (bids, asks))
    return np.where(rank_b < pairs, paid, np.nan), np.where(rank_a < pairs, got, np.nan)


def _ask(cost: Array, factor: float) -> Array:
    """Factor 1 is the truth; less asks above cost, more below it (values end at 1)."""
    return np.maximum(0, cost * factor + 1 - factor)


def _best_factor(
    rule: str, side: Side, values: Array, costs: Array, factors: tuple[float, float]
) -> float:
    """The factor by which the first trader of a side earns most if all others keep theirs."""
    gains = {}
    for factor in np.linspace(0.3, 1.0, 15) if side is BUY else np.linspace(0.5, 2.0, 16):
        bids, asks = values * factors[0], _ask(costs, factors[1])
        if side is BUY:
            bids[:, 0] = values[:, 0] * factor
        else:
            asks[:, 0] = _ask(costs[:, 0], factor)
        paid, got = _payoffs(rule, bids, asks)
        gain = values[:, 0] - paid[:, 0] if side is BUY else got[:, 0] - costs[:, 0]
        gains[float(factor)] = float(np.nansum(gain))
    return max(gains, key=lambda factor: gains[factor])


def _equilibrium(rule: str, values: Array, costs: Array) -> tuple[float, float, Array]:
    """Where both sides' factors are best against each other, and each market's mean price."""
    factors = (1.0, 1.0)
    for _ in range(12):
        buyer = _best_factor(rule, BUY, values, costs, factors)
        seller = _best_factor(rule, SELL, values, costs, (buyer, factors[1]))
        factors = ((factors[0] + buyer) / 2, (factors[1] + seller) / 2)
    bids, asks = values * factors[0], _ask(costs, factors[1])
    paid, _ = _payoffs(rule, bids, asks)
    traded = ~np.isnan(paid)
    count = traded.sum(1)
    return (*factors, np.where(count > 0, np.nansum(paid, 1) / np.maximum(count, 1), np.nan))


@pytest.mark.parametrize("rule", ["epa_two_sided", "call_double"])
def test_the_markets_of_the_next_test_are_those_of_the_rules(rule: str) -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        bids, asks = (rng.integers(0, 10**6, n) * 2 for n in (4, 3))
        rows = [(BUY, 1, int(p)) for p in bids] + [(SELL, 1, int(p)) for p in asks]
        fills = {f.order.id: f.money_fen for f in _clear(rule, _book(rows)).fills}
        paid, got = _payoffs(rule, bids[None].astype(float), asks[None].astype(float))
        told = [*np.nan_to_num(paid, nan=-1)[0], *np.nan_to_num(got, nan=-1)[0]]
        assert told == [fills.get(str(n), -1) for n in range(7)]


def test_epa_s_rule_makes_sellers_ask_below_cost_and_prices_too_low() -> None:
    """Four buyers and four sellers, values and costs uniform, 1,000 markets, each side's best
    response to the other: under EPA's rule sellers under-reveal their costs, buyers shade, and
    the mean price is below that of a call market with 95 % confidence (on the same markets).
    Direction as in [Cason1993] [CasonPlott1996]."""
    rng = np.random.default_rng(5)
    values, costs = rng.random((1000, 4)), rng.random((1000, 4))
    shade_call, ask_call, call = _equilibrium("call_double", values, costs)
    shade_epa, ask_epa, epa = _equilibrium("epa_two_sided", values, costs)
    assert ask_epa > 1.1
    assert ask_call <= 1.0
    assert shade_epa < shade_call
    both = ~(np.isnan(call) | np.isnan(epa))
    lower = call[both] - epa[both]
    margin = 1.96 * lower.std(ddof=1) / np.sqrt(both.sum())
    assert both.sum() > 800
    assert lower.mean() - margin > 0.05


# --- what several tests use ---------------------------------------------------------


def _holds_truthful(
    rule: str, params: Params, book: Book, who: int, said: list[int], draw: int = 0
) -> None:
    """Whoever places order `who` gains nothing by other limits for its orders."""
    if not book.orders:
        return
    trader = book.orders[who % len(book.orders)].trader
    own = [order for order in book.orders if order.trader == trader]
    new = {order.id: limit for order, limit in zip(own, said, strict=False)}
    told = tuple(
        replace(order, limit_fen_per_t=max(0, new.get(order.id, order.limit_fen_per_t)))
        for order in book.orders
    )
    honest = _clear(rule, book, draw=draw, **params)
    other = _clear(rule, replace(book, orders=told), draw=draw, **params)
    assert _earned(other, own) <= _earned(honest, own)


def _earned(clearing: Clearing, own: list[Order]) -> int:
    """What a trader earns by its true limits, using its best tonnes first [mg x fen/t].

    Prices times masses, exact: money is rounded trade by trade and would hide a milligram.
    """
    ids, sign = {order.id for order in own}, 1 if own[0].side is BUY else -1
    worth = left = 0
    for trade in clearing.trades:
        if trade.buy in ids or trade.sell in ids:
            price = trade.price_fen_per_t if sign > 0 else trade.seller_price_fen_per_t
            worth -= trade.mass_mg * price
            left += trade.mass_mg
    for order in sorted(own, key=lambda o: -sign * o.limit_fen_per_t):
        worth += min(left, order.mass_mg) * order.limit_fen_per_t
        left -= min(left, order.mass_mg)
    return sign * worth
