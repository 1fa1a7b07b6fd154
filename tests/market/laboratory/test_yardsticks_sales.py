"""Sealed bids, reserve prices, bidding for less, one buyer and one seller."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import brentq

from market.laboratory.equilibrium.bargaining import alternating_offers, nash_price
from market.laboratory.equilibrium.bilateral_trade import (
    FIRST_BEST_GAIN,
    SECOND_BEST_GAIN,
    k_double_auction,
)
from market.laboratory.equilibrium.demand_reduction import (
    linear_shading,
    second_bid_payoff,
    zero_price,
)
from market.laboratory.equilibrium.reserve_price import (
    best_reserve,
    best_reserve_of,
    reserve_revenue,
)
from market.laboratory.equilibrium.sealed_bids import (
    Values,
    head_count_sale,
    prize_bid,
    prize_bid_of,
    prize_sale,
    revenue_of,
)
from permits.errors import InputError
from permits.rng import stream

UNIT = Values(0.0, 1.0, lambda v: v, lambda u: u)
SQUARE = Values(2.0, 5.0, lambda v: ((v - 2) / 3) ** 2, lambda u: 2 + 3 * math.sqrt(u))
ROUNDS = 100_000


# --- one price for many ------------------------------------------------------------


@given(*(st.integers(0, 10),) * 3)
def test_a_second_bid_never_pays_and_both_units_are_free(one: int, two: int, three: int) -> None:
    """Values of density 2 on x1 >= x2, two bidders, two units: bids (x1, 0) answer each other;
    surplus 4/3 against 1.4 of sincere bids at 0.4. [Krishna2010] §13.4, numbers computed."""
    bid, second, first = sorted((one, two, three))
    first_value, second_value = Fraction(first, 10), Fraction(second, 10)
    alone = second_bid_payoff(first_value, second_value, 0)
    assert second_bid_payoff(first_value, second_value, Fraction(bid, 10)) <= alone == first_value


def test_the_free_units_are_found_again_by_drawing() -> None:
    """The same sale of [Krishna2010] §13.4 drawn 100,000 times: sincere price and surplus
    within 0.01, and the formula of a second bid's payoff within 0.01."""
    found = zero_price()
    values = np.sort(stream(1, "two units").random((ROUNDS, 2, 2)), axis=2)
    ranked = np.sort(values.reshape(ROUNDS, 4), axis=1)
    assert ranked[:, 1].mean() == pytest.approx(float(found.sincere_price), abs=0.01)
    assert ranked[:, 2:].sum(axis=1).mean() == pytest.approx(
        float(found.efficient_surplus), abs=0.01
    )
    assert values[:, :, 1].sum(axis=1).mean() == pytest.approx(float(found.surplus), abs=0.01)
    rival = values[:, 0, 1]
    paid = np.where(rival > 0.5, 0.9 - 0.5, 0.9 + 0.6 - 2 * rival).mean()
    assert paid == pytest.approx(float(second_bid_payoff(0.9, 0.6, 0.5)), abs=0.01)


@pytest.mark.parametrize(
    ("bidders", "price", "competitive"), [(3, 80, 90), (5, 92, 94), (10, 96.625, 97)]
)
def test_bidders_shade_where_demand_is_a_line(
    bidders: int, price: float, competitive: float
) -> None:
    """100 - q, supply 30. Formula as in [AusubelEtAl2014], from memory; numbers computed, and
    every other quantity on the rivals' residual supply earns less."""
    found = linear_shading(100, 1, bidders, 30)
    assert (found.price, found.competitive_price) == (Fraction(price), competitive)
    assert found.lost_revenue_yuan == 30 * (competitive - Fraction(price))

    def gain(q: Fraction) -> Fraction:
        cleared = 100 - found.bid_slope * (30 - q) / (bidders - 1)
        return (100 - cleared) * q - q**2 / 2

    best = gain(found.each_t)
    assert all(gain(Fraction(k, 7)) < best for k in range(211) if Fraction(k, 7) != found.each_t)
    with pytest.raises(InputError, match="bidders is 2"):
        linear_shading(100, 1, 2, 30)


# --- prizes at one's own bid -------------------------------------------------------


@pytest.mark.parametrize(("bidders", "revenue"), [(2, (1, 3)), (3, (1, 2)), (5, (2, 3))])
def test_first_and_second_price_earn_the_same(bidders: int, revenue: tuple[int, int]) -> None:
    """Bids (n - 1) v / n earn (n - 1)/(n + 1), as the second-highest value does: 1/3, 1/2,
    2/3 within 0.01 of 100,000 rounds. [Vickrey1961], from memory; computed."""
    assert prize_bid(Fraction(4, 5), bidders, 1) == Fraction(4 * (bidders - 1), 5 * bidders)
    assert prize_sale(bidders, 1).revenue == Fraction(*revenue)
    values = np.sort(stream(2, "values", bidders).random((ROUNDS, bidders)), axis=1)
    first = values[:, -1].mean() * (bidders - 1) / bidders
    assert first == pytest.approx(revenue[0] / revenue[1], abs=0.01)
    assert values[:, -2].mean() == pytest.approx(revenue[0] / revenue[1], abs=0.01)


def test_the_sale_by_head_count_earns_far_less_than_its_values() -> None:
    """Ten bidders, seven win [ZJ-C13]: 7 · 3 / 11 = 1.909 a unit in equilibrium, 4.454 if all
    told the truth (computed); the bids drawn 20,000 times earn the same within 0.01."""
    found = head_count_sale(10)
    assert (found.prizes, found.revenue) == (7, Fraction(21, 11))
    assert found.truthful_revenue == Fraction(49, 11)
    assert found.buyers_gain == Fraction(28, 11)
    grid = np.linspace(0, 1, 201)
    bids = np.array([float(prize_bid(float(v), 10, 7)) for v in grid])
    values = np.sort(stream(3, "heads").random((20_000, 10)), axis=1)[:, 3:]
    assert np.interp(values, grid, bids).sum(axis=1).mean() == pytest.approx(21 / 11, abs=0.01)
    assert values.sum(axis=1).mean() == pytest.approx(49 / 11, abs=0.02)


def test_dummies_let_all_win_at_the_floor() -> None:
    """The rule counts heads [ZJ-C13]: four more let all ten win for nothing, three do not;
    nineteen need eight, seven are not enough. Computed."""
    assert (head_count_sale(10, 4).revenue, head_count_sale(19, 8).revenue) == (0, 0)
    assert head_count_sale(10, 3).revenue > 0
    assert head_count_sale(19, 7).revenue > 0
    revenues = [head_count_sale(10, dummies).revenue for dummies in range(5)]
    assert revenues == sorted(revenues, reverse=True)


@given(st.integers(2, 9), st.data())
def test_no_other_bid_gains_more_in_a_sale_of_prizes(bidders: int, data: st.DataObject) -> None:
    """Against rivals in equilibrium, bidding as if the value were w: a win needs fewer than k
    rivals above w. [Krishna2010] ch. 2"""
    prizes = data.draw(st.integers(1, bidders - 1))
    value = Fraction(data.draw(st.integers(1, 10)), 10)

    def gain(as_if: Fraction) -> Fraction:
        wins = sum(
            math.comb(bidders - 1, j) * (1 - as_if) ** j * as_if ** (bidders - 1 - j)
            for j in range(prizes)
        )
        return wins * (value - prize_bid(as_if, bidders, prizes))

    truth = gain(value)
    assert all(gain(Fraction(k, 20)) < truth for k in range(1, 21) if Fraction(k, 20) != value)


def test_quadrature_agrees_with_the_polynomials_and_with_other_values() -> None:
    """Uniform values by both ways; and, for a distribution that rises, bids by their
    differential equation b' = (v - b) g/G and revenue by that of the bids. [Krishna2010]"""
    for n, k in ((2, 1), (10, 7), (25, 18)):
        for v in (0.05, 0.5, 1.0):
            bid = prize_bid_of(v, n, k, UNIT)
            assert bid == pytest.approx(float(prize_bid(v, n, k)), abs=1e-9)
        assert revenue_of(n, k, UNIT) == pytest.approx(float(prize_sale(n, k).revenue), abs=1e-9)
    n, k, v, step = 6, 4, 4.0, 1e-4

    def won(v: float) -> float:
        u = SQUARE.cdf(v)
        return sum(math.comb(n - 1, j) * (1 - u) ** j * u ** (n - 1 - j) for j in range(k))

    rises = prize_bid_of(v + step, n, k, SQUARE) - prize_bid_of(v - step, n, k, SQUARE)
    margin = v - prize_bid_of(v, n, k, SQUARE)
    assert rises == pytest.approx(margin * (won(v + step) - won(v - step)) / won(v), rel=1e-5)

    def pays(v: float) -> float:
        return n * won(v) * prize_bid_of(v, n, k, SQUARE) * 2 * (v - 2) / 9

    paid = quad(pays, 2, 5)[0]
    assert revenue_of(n, k, SQUARE) == pytest.approx(paid, rel=1e-6)
    assert prize_bid_of(5.0, 3, 3, SQUARE) == 2.0


# --- reserve price -----------------------------------------------------------------


def test_the_best_floor_of_two_uniform_bidders() -> None:
    """0.5 earns 5/12 against 1/3. [Myerson1981], from memory; computed, and no floor in
    hundredths earns more; 100,000 second-price sales within 0.01."""
    found = best_reserve(2)
    assert (found.price, found.revenue) == (Fraction(1, 2), Fraction(5, 12))
    assert found.revenue_without == Fraction(1, 3)
    others = [reserve_revenue(2, Fraction(r, 100)) for r in range(101) if r != 50]
    assert max(others) < found.revenue
    values = np.sort(stream(4, "reserve").random((ROUNDS, 2)), axis=1)
    paid = np.where(values[:, 1] < 0.5, 0.0, np.maximum(values[:, 0], 0.5))
    assert paid.mean() == pytest.approx(5 / 12, abs=0.01)
    assert (values[:, 1] >= 0.5).mean() == pytest.approx(float(found.sold), abs=0.01)


@given(st.integers(1, 6), st.integers(0, 9))
def test_the_best_floor_does_not_depend_on_how_many_bid(bidders: int, own: int) -> None:
    """(1 + own value) / 2 [Myerson1981], against every floor in twentieths."""
    found = best_reserve(bidders, Fraction(own, 10))
    tried = [reserve_revenue(bidders, Fraction(r, 20), Fraction(own, 10)) for r in range(21)]
    assert found.revenue >= max(tried)
    assert found.revenue_without == reserve_revenue(bidders, 0, Fraction(own, 10))


def test_the_best_floor_of_other_values() -> None:
    """Exponential with mean 1: the floor is the mean (virtual value v - 1); uniform on
    [2, 3]: all are served; cdf v²: 3 r² = 1; density falling to 0 at 1: 1/3. [Myerson1981]"""
    exponential = best_reserve_of(lambda v: -math.expm1(-v), lambda v: math.exp(-v), 0, 40)
    assert exponential == pytest.approx(1, abs=1e-9)
    assert best_reserve_of(lambda v: v - 2, lambda v: 1.0, 2, 3) == 2
    assert best_reserve_of(lambda v: v - 2, lambda v: 1.0, 2, 3, own_value=3) == 3
    root = best_reserve_of(lambda v: v * v, lambda v: 2 * v, 0, 1)
    assert root == pytest.approx(1 / math.sqrt(3), abs=1e-9)
    falling = best_reserve_of(lambda v: 1 - (1 - v) ** 2, lambda v: 2 * (1 - v), 0, 1)
    assert falling == pytest.approx(1 / 3, abs=1e-9)


# --- one buyer, one seller ---------------------------------------------------------


def test_the_split_the_difference_auction_reaches_the_bound() -> None:
    """k = 1/2: bids 2 v/3 + 1/12, asks 2 c/3 + 1/4, trade iff v >= c + 1/4, with chance 9/32,
    gain 9/64 of 1/6 at best; 1/8 at k = 0 and 1. [ChatterjeeSamuelson1983], from memory;
    integrals computed, and taken again by quadrature."""
    half = k_double_auction(Fraction(1, 2))
    assert half.bid(Fraction(1, 2)) == Fraction(1, 3) + Fraction(1, 12)
    assert half.ask(Fraction(1, 2)) == Fraction(1, 3) + Fraction(1, 4)
    assert (half.ratio, half.gap) == (1, Fraction(1, 4))
    assert (half.trade_chance, half.gain) == (Fraction(9, 32), Fraction(9, 64))
    assert half.gain == SECOND_BEST_GAIN == Fraction(27, 32) * FIRST_BEST_GAIN
    assert k_double_auction(0).gain == k_double_auction(1).gain == Fraction(1, 8)
    assert _over_trades(lambda v, c: v - c, 0.25) == pytest.approx(9 / 64)


def test_no_voluntary_rule_without_subsidy_reaches_more() -> None:
    """A second method for the bound: trade iff v - a (1 - v) >= c + a c with the least a at
    which expected virtual gains are not below 0 [MyersonSatterthwaite1983]."""

    def gap(a: float) -> float:
        return a / (1 + a)

    def virtual(a: float) -> float:
        return _over_trades(lambda v, c: (2 * v - 1) - 2 * c, gap(a))

    least = brentq(virtual, 0, 1)
    assert gap(least) == pytest.approx(0.25)
    gain = _over_trades(lambda v, c: v - c, gap(least))
    assert gain == pytest.approx(float(SECOND_BEST_GAIN))


def _over_trades(function: Callable[[float, float], float], gap: float) -> float:
    """The integral over v >= c + gap in the unit square."""

    def of_cost(c: float) -> float:
        return float(quad(lambda v: function(v, c), c + gap, 1)[0])

    return float(quad(of_cost, 0, 1 - gap)[0])


@given(st.integers(0, 4), st.integers(0, 12))
def test_neither_side_gains_by_another_offer(quarter: int, twelfth: int) -> None:
    """Best answers in the linear equilibrium for every k, offers in fortieths.
    [ChatterjeeSamuelson1983]"""
    k, own = quarter / 4, twelfth / 12
    rule = k_double_auction(Fraction(quarter, 4))
    costs = (np.arange(200) + 0.5) / 200
    asks = np.array([float(rule.ask(c)) for c in costs])
    bids = np.array([float(rule.bid(v)) for v in costs])

    def buys(bid: float) -> float:
        price = k * bid + (1 - k) * asks
        return float(np.where(bid >= asks, own - price, 0.0).mean())

    def sells(ask: float) -> float:
        price = k * bids + (1 - k) * ask
        return float(np.where(bids >= ask, price - own, 0.0).mean())

    offers = np.linspace(0, 1, 41)
    assert max(map(buys, offers)) <= buys(float(rule.bid(own))) + 4e-3
    assert max(map(sells, offers)) <= sells(float(rule.ask(own))) + 4e-3
    assert rule.gain <= SECOND_BEST_GAIN


def test_alternating_offers_reward_patience() -> None:
    """1/1.9 at 0.9 each; 0.2/0.28 at 0.9 and 0.8. [Rubinstein1982], from memory; computed, and
    found again by counting back from the 400th offer."""
    equal = alternating_offers(Fraction(9, 10), Fraction(9, 10))
    assert equal.first == Fraction(10, 19)
    uneven = alternating_offers(Fraction(9, 10), Fraction(8, 10))
    assert (uneven.first, uneven.second) == (Fraction(5, 7), Fraction(2, 7))
    share = 1.0  # of the one who makes the last offer: the second
    for n in range(400):
        share = 1 - (0.9, 0.8)[n % 2 == 1] * share
    assert share == pytest.approx(5 / 7)
    with pytest.raises(InputError, match="the formula needs < 1"):
        alternating_offers(1, 1)


def test_equals_meet_half_way() -> None:
    """60 and 120: 90 [Nash1950]; computed, and no price in tenths has a greater product."""
    found = nash_price(60, 120)
    assert found is not None
    assert (found.price, found.buyer_gain, found.seller_gain) == (90, 30, 30)
    strong = nash_price(60, 120, Fraction(3, 4))
    assert strong is not None
    products = {p: (120 - p / 10) ** 0.25 * (p / 10 - 60) ** 0.75 for p in range(600, 1201)}
    assert max(products, key=products.__getitem__) == 10 * strong.price
    assert nash_price(120, 60) is None
