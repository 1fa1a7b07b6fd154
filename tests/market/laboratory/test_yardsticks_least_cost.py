"""Least cost and permit trade of smooth firms; quantities chosen by few; costs of trade."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import linregress

from market.laboratory.equilibrium.cournot import cournot, seller
from market.laboratory.equilibrium.dominant import dominant_firm
from market.laboratory.equilibrium.smooth import (
    SmoothFirm,
    firm_on_emissions,
    least_cost,
    permit_trade,
    smooth_firm,
    waste_of_equal_cuts,
)
from market.laboratory.equilibrium.transaction_costs import friction_trade
from permits.errors import InputError
from permits.rng import stream

FIVE = [smooth_firm(e, c) for c, e in zip(range(1, 6), (100, 80, 60, 40, 20), strict=True)]


def firms(intercepts: bool = True) -> st.SearchStrategy[list[SmoothFirm]]:
    """Two to five firms of small whole numbers: equal ones and bounds are common."""
    lowest = -4 if intercepts else 0
    row = st.tuples(st.integers(0, 9), st.integers(1, 5), st.integers(lowest, 9))
    return st.lists(row, min_size=2, max_size=5).map(
        lambda rows: [smooth_firm(e, s, intercept=i) for e, s, i in rows]
    )


# --- least cost --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("halves", "price", "cuts", "cost", "alone"),
    [((2, 3), 96, (24, 16), 2120, 2525), (("3/2", "5/2"), 75, (25, 15), 1700, 2100)],
)
def test_two_firms_trade_to_equal_marginal_costs(
    halves: tuple[object, object], price: int, cuts: tuple[int, int], cost: int, alone: int
) -> None:
    """100 + 2 z² and 100 + 3 z² from 40 and 50 t, 25 permits each: question of the problem
    set after [Perman2011] §6.4, answers computed; with 1.5 and 2.5 its original numbers,
    from memory. The gains add up to what trade saves."""
    slopes = [2 * Fraction(half) for half in halves]  # type: ignore[arg-type]
    two = [smooth_firm(e, s, fixed_yuan=100) for e, s in zip((40, 50), slopes, strict=True)]
    trade = permit_trade(two, [25, 25])
    assert trade.outcome.price == trade.outcome.price_high == price
    assert trade.outcome.cuts_t == cuts
    assert (trade.outcome.cost_yuan, trade.cost_without_trade_yuan) == (cost, alone)
    assert sum(trade.gains_yuan) == alone - cost
    assert sum(trade.received_yuan) == 0


def test_a_firm_gains_by_what_it_sells() -> None:
    """The first of the pair of [Perman2011] §6.4 sells 9 t; gains 162 and 243, computed."""
    two = [smooth_firm(40, 4, fixed_yuan=100), smooth_firm(50, 6, fixed_yuan=100)]
    trade = permit_trade(two, [25, 25])
    assert trade.sold_t == (9, -9)
    assert trade.gains_yuan == (162, 243)


def test_the_opening_position_moves_money_alone() -> None:
    """[Montgomery1972]: slopes 1 to 5, 100 to 20 t, cap 180; computed price 120·60/137."""
    for seed in range(6):
        shares = stream(seed, "opening").integers(1, 1000, 5)
        opening = [Fraction(180 * int(s), int(shares.sum())) for s in shares]
        trade = permit_trade(FIVE, opening)
        assert trade.outcome == least_cost(FIVE, 180)
        assert trade.outcome.price == Fraction(120 * 60, 137)
        assert trade.outcome.cuts_t == tuple(Fraction(7200, 137 * c) for c in range(1, 6))
        assert trade.outcome.cost_yuan == Fraction(432_000, 137)  # 3,153.28
        assert sum(trade.received_yuan) == 0
        assert min(trade.gains_yuan) >= 0


def test_fixed_costs_move_nothing() -> None:
    """1000 + 2.5 A² and 500 + 1.5 A², 32 points: 12 and 20 at 60, 2,460 against 2,524.
    Exercise in the style of [CallanThomas], answer computed."""
    two = [smooth_firm(100, 5, fixed_yuan=1000), smooth_firm(100, 3, fixed_yuan=500)]
    plan = least_cost(two, 200 - 32)
    assert (plan.cuts_t, plan.price, plan.cost_yuan) == ((12, 20), 60, 2460)
    assert sum(firm.cost(Fraction(16)) for firm in two) - plan.cost_yuan == 64


def test_marginal_costs_on_emissions() -> None:
    """28 - 2 E and 32 - 2 E, 20 t in all: 9 and 11 t at 10; with 12 permits the first sells 3
    and nets 9. Exercise of [WizeduMarketPrice]; the gain is computed."""
    two = [firm_on_emissions(28, 2), firm_on_emissions(32, 2)]
    trade = permit_trade(two, [12, 8])
    assert trade.outcome.emissions_t == (9, 11)
    assert (trade.outcome.price, trade.sold_t[0], trade.received_yuan[0]) == (10, 3, 30)
    assert two[0].cost(Fraction(5)) - two[0].cost(Fraction(2)) == 21
    assert trade.gains_yuan[0] == 9


def test_equal_cuts_waste_mean_slope_times_mean_inverse() -> None:
    """Slopes 1, 2, 4, 8, ten tonnes each: 1.75781, price 21.3333; follows from equal marginal
    costs [BaumolOates1971], computed; held against the costs themselves."""
    four = [smooth_firm(100, slope) for slope in (1, 2, 4, 8)]
    plan = least_cost(four, 360)
    equal = sum(firm.cost(Fraction(10)) for firm in four)
    assert waste_of_equal_cuts((1, 2, 4, 8)) == equal / plan.cost_yuan == Fraction(225, 128)
    assert plan.price == Fraction(64, 3)


@given(firms(), st.integers(0, 30))
def test_a_plan_of_smooth_firms_is_optimal(some: list[SmoothFirm], cap: int) -> None:
    """The first-order conditions, which for convex costs suffice [BaumolOates1971]."""
    plan = least_cost(some, cap)
    assert sum(plan.emissions_t) <= cap
    assert plan.price >= 0
    assert plan.price == 0 or sum(plan.emissions_t) == cap
    for price in (plan.price, plan.price if plan.price_high is None else plan.price_high):
        for firm, cut in zip(some, plan.cuts_t, strict=True):
            assert 0 <= cut <= firm.emission_t
            assert cut == 0 or firm.marginal(cut) <= price
            assert cut == firm.emission_t or firm.marginal(cut) >= price


@given(firms(), st.integers(0, 30))
def test_the_price_is_what_a_tonne_more_would_save(some: list[SmoothFirm], cap: int) -> None:
    """Envelope theorem: marginal cost of the cap from above and from below."""
    plan, small = least_cost(some, cap), Fraction(1, 10**6)
    more = plan.cost_yuan - least_cost(some, cap + small).cost_yuan
    assert 0 <= plan.price * small - more <= 5 * small**2
    if plan.price_high is not None and cap > 0:
        less = least_cost(some, cap - small).cost_yuan - plan.cost_yuan
        assert 0 <= less - plan.price_high * small <= 5 * small**2


def test_what_no_formula_covers_is_refused() -> None:
    with pytest.raises(InputError, match=r"slope is 0\. the formula needs > 0"):
        smooth_firm(10, 0)
    with pytest.raises(InputError, match="cap_t is -1"):
        least_cost(FIVE, -1)
    with pytest.raises(InputError, match=r"opening_t has 2 values\. give 5"):
        permit_trade(FIVE, [1, 2])
    with pytest.raises(InputError, match="emission_t is nan, which is not a finite number"):
        smooth_firm(float("nan"), 1)


# --- few sellers, one large firm ---------------------------------------------------


def test_equal_rivals_sell_what_cournot_says() -> None:
    """(top - c) / ((n + 1) slope) each [Cournot1838]; price takers sell at cost."""
    for n in range(1, 6):
        found = cournot(100, 2, [seller(10)] * n)
        assert found.outputs_t == (Fraction(90, 2 * (n + 1)),) * n
        assert found.price == Fraction(100 + 10 * n, n + 1)
        assert (found.competitive_price, found.competitive_output_t) == (10, 45)


SELLERS = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 3), st.none() | st.integers(0, 9)),
    min_size=1,
    max_size=4,
)


@given(SELLERS, st.integers(5, 30), st.integers(1, 3))
def test_no_seller_gains_by_another_quantity(
    rows: list[tuple[int, int, int | None]], top: int, slope: int
) -> None:
    """Best answers, tried out. [Cournot1838]"""
    sellers = [seller(*row) for row in rows]
    found = cournot(top, slope, sellers)
    total = sum(found.outputs_t)
    for n, one in enumerate(sellers):
        others = total - found.outputs_t[n]
        for tried in (Fraction(k, 5) for k in range(40)):
            if one.limited(tried) == tried:
                gain = (top - slope * (others + tried)) * tried - one.cost(tried)
                assert gain <= found.profits_yuan[n]


@given(SELLERS, st.integers(5, 30), st.integers(1, 3))
def test_price_takers_sell_until_the_price_is_their_marginal_cost(
    rows: list[tuple[int, int, int | None]], top: int, slope: int
) -> None:
    """At the competitive price supply, an interval where costs are flat, holds demand; and
    Cournot's price is no lower."""
    found = cournot(top, slope, [seller(*row) for row in rows])
    price, least, most = found.competitive_price, Fraction(0), Fraction(0)
    for intercept, own_slope, capacity in rows:
        room = Fraction(10**6 if capacity is None else capacity)
        if own_slope:
            supplied = min(room, max(Fraction(0), (price - intercept) / own_slope))
            least, most = least + supplied, most + supplied
        else:
            least += room if intercept < price else 0
            most += room if intercept <= price else 0
    assert least <= found.competitive_output_t <= most
    assert price == top - slope * found.competitive_output_t <= found.price


@pytest.mark.parametrize(
    ("opening", "bought", "price", "cost"),
    [(0, 20, 20, 1000), (30, 0, 30, 900), (45, -10, 35, 925), (60, -20, 40, 1000)],
)
def test_a_dominant_firm_buys_and_sells_too_little(
    opening: int, bought: int, price: int, cost: int
) -> None:
    """Two sides of 60 t and slope 1, cap 60. Formula as in [Hahn1984], from memory; numbers
    computed, and found again by trying every purchase."""
    one = smooth_firm(60, 1)
    found = dominant_firm(one, [one], opening, 60 - opening)
    assert (found.bought_t, found.price, found.cost_yuan) == (bought, price, cost)
    assert found.excess_cost_yuan == cost - 900

    def own_cost(x: float) -> float:
        return (60 - opening - x) ** 2 / 2 + (opening + x) * x

    best = minimize_scalar(own_cost, bounds=(-opening, 60 - opening), method="bounded")
    assert best.x == pytest.approx(bought, abs=1e-3)
    assert float(found.own_cost_yuan) == pytest.approx(best.fun, rel=1e-6)


def test_a_dominant_firm_stops_where_the_fringe_s_price_jumps() -> None:
    """By hand: the fringe abates 5 t for up to 5 a tonne and 5 t for 20 to 25. A buyer stops
    before the jump and pays 5, a seller stops at it and gets 20. [Hahn1984]"""
    fringe = [smooth_firm(5, 1), smooth_firm(5, 1, intercept=20)]
    buyer = dominant_firm(smooth_firm(20, 5), fringe, 10, 10)
    assert (buyer.bought_t, buyer.price, buyer.own_cost_yuan) == (5, 5, Fraction(175, 2))
    seller_ = dominant_firm(smooth_firm(20, Fraction(1, 10)), fringe, 20, 0)
    assert (seller_.bought_t, seller_.price) == (-5, 20)
    assert seller_.own_cost_yuan == Fraction(5, 4) - 100


@settings(max_examples=30)
@given(firms(), st.integers(0, 9), st.integers(0, 9))
def test_no_other_purchase_is_cheaper_for_the_dominant_firm(
    some: list[SmoothFirm], own: int, others: int
) -> None:
    """Heterogeneous fringe and corners: every purchase on a grid is tried. [Hahn1984]"""
    large, fringe = some[0], some[1:]
    found = dominant_firm(large, fringe, own, others)
    assert found.excess_cost_yuan >= 0
    for x in (Fraction(k, 2) for k in range(-2 * own, 2 * others + 1)):
        market = least_cost(fringe, others - x)
        price = market.price if x >= 0 else market.price_high
        cut = max(large.cut_at(Fraction(0)), large.emission_t - own - x)
        if price is not None:
            assert large.cost(cut) + price * x >= found.own_cost_yuan


# --- costs of trade ----------------------------------------------------------------


def test_free_trade_is_the_market_without_frictions() -> None:
    """[Montgomery1972] is the case of [Stavins1995] without costs of trade."""
    opening = [40, 30, 50, 40, 20]
    found = friction_trade(FIVE, opening, 0)
    assert found.emissions_t == permit_trade(FIVE, opening).outcome.emissions_t
    assert found.transaction_cost_yuan == 0


def test_a_constant_cost_of_trade_leaves_a_wedge_and_a_rising_one_remembers_the_opening() -> None:
    """[Stavins1995]: with a constant marginal cost of trade the outcome forgets from where on
    one side trade began, but not from which side; with a rising one it forgets nothing."""
    two = [smooth_firm(60, 1), smooth_firm(60, 1)]
    outcomes = {
        q: friction_trade(two, [q, 60 - q], 5).emissions_t[0] for q in (0, 10, 20, 30, 40, 60)
    }
    assert outcomes == {0: 25, 10: 25, 20: 25, 30: 30, 40: 35, 60: 35}
    rising = [friction_trade(two, [q, 60 - q], 0, 1).emissions_t[0] for q in (0, 10, 20, 30)]
    assert rising == [15, 20, 25, 30]


@given(firms(intercepts=False), st.integers(0, 6), st.integers(0, 3), st.data())
def test_trade_with_frictions_is_the_cheapest_that_pays_for_itself(
    some: list[SmoothFirm], per_t: int, slope: int, data: st.DataObject
) -> None:
    """Marginal costs differ by the wedge where a tonne moves, by no more where none does:
    the first-order conditions of least cost with the costs of trade in it. [Stavins1995]"""
    opening = [data.draw(st.integers(0, int(firm.emission_t))) for firm in some]
    found = friction_trade(some, opening, per_t, slope)
    assert sum(found.bought_t) == 0
    for firm, bought, emission in zip(some, found.bought_t, found.emissions_t, strict=True):
        marginal, wedge = firm.marginal(firm.emission_t - emission), per_t + slope * abs(bought)
        assert 0 <= emission <= firm.emission_t
        if bought > 0:
            assert marginal == found.price + wedge or emission == firm.emission_t
        if bought < 0:
            assert marginal == found.price - wedge or emission == 0
        if bought == 0:
            assert marginal <= found.price + per_t or emission == firm.emission_t
            assert marginal >= found.price - per_t or emission == 0


def test_emissions_follow_allocations_the_more_trade_costs() -> None:
    """[RECLAIM-Allocation]: emissions correlate with allocations, more where trading costs
    more; theory [Stavins1995]. 60 markets of five firms, the slope of emissions on
    openings within each: none without costs, and rising with them (t > 10 each step)."""
    steps = (0, 10, 30)
    slopes: dict[int, list[float]] = {cost: [] for cost in steps}
    for seed in range(60):
        shares = stream(seed, "frictions").integers(1, 90, 5)
        opening = [firm.emission_t * int(s) / 100 for firm, s in zip(FIVE, shares, strict=True)]
        scale = [float(q / firm.emission_t) for q, firm in zip(opening, FIVE, strict=True)]
        free = friction_trade(FIVE, opening, 0)
        for cost in steps:
            found = friction_trade(FIVE, opening, cost)
            pulled = [
                float((e - f) / firm.emission_t)
                for e, f, firm in zip(found.emissions_t, free.emissions_t, FIVE, strict=True)
            ]
            slopes[cost].append(float(linregress(scale, pulled).slope))
    assert max(map(abs, slopes[0])) == 0
    for low, high in itertools.pairwise(steps):
        rise = np.array(slopes[high]) - np.array(slopes[low])
        assert rise.mean() / (rise.std(ddof=1) / np.sqrt(len(rise))) > 10


def test_an_opening_above_need_is_refused_where_trade_costs() -> None:
    with pytest.raises(InputError, match=r"opening_t is 101\. the formula needs <= 100"):
        friction_trade(FIVE, [101, 0, 0, 0, 0], 1)
