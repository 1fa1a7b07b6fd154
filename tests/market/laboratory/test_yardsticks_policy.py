"""Charges and caps, violation, banking, floors and ceilings, free permits, leases."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import linprog

from market.laboratory.equilibrium.banking_path import banking_by_year, banking_in_time
from market.laboratory.equilibrium.collar import collar, hybrid, step
from market.laboratory.equilibrium.compliance import make_good, noncompliance, penalty
from market.laboratory.equilibrium.prices_quantities import prices_or_quantities
from market.laboratory.equilibrium.smooth import (
    SmoothFirm,
    firm_on_emissions,
    least_cost,
    smooth_firm,
)
from market.laboratory.equilibrium.tenure import lease_or_buy
from market.laboratory.equilibrium.windfalls import Producer, ProductMarket, product_market
from permits.errors import InputError
from permits.rng import stream


def t_statistic(differences: list[float]) -> float:
    values = np.array(differences)
    return float(values.mean() / (values.std(ddof=1) / np.sqrt(len(values))))


# --- prices against quantities -----------------------------------------------------


def test_a_charge_beats_a_cap_where_costs_are_the_steeper() -> None:
    """Benefit 50 - q, cost 10 ± 4 + 2 q: cap 40/3, charge 110/3, the charge is better by 2.
    Formula as in [Weitzman1974], from memory; numbers computed, and held against the
    welfare of both instruments, shock by shock."""
    found = prices_or_quantities(50, 1, 10, 2, 4)
    assert (found.quantity_t, found.charge) == (Fraction(40, 3), Fraction(110, 3))
    assert found.advantage_of_charge_yuan == 2
    assert found.loss_of_quantity(8) == Fraction(32, 3)
    assert found.loss_of_charge(8) == Fraction(8, 3)

    def welfare(q: Fraction, shock: int) -> Fraction:
        return 50 * q - q**2 / 2 - (10 + shock) * q - q**2

    gains = []
    for shock in (-4, 4, 8):
        best = welfare(Fraction(40 - shock, 3), shock)
        answer = (found.charge - 10 - shock) / 2
        assert best - welfare(found.quantity_t, shock) == found.loss_of_quantity(shock)
        assert best - welfare(answer, shock) == found.loss_of_charge(shock)
        gains.append(welfare(answer, shock) - welfare(found.quantity_t, shock))
    assert (gains[0] + gains[1]) / 2 == found.advantage_of_charge_yuan


@given(st.integers(0, 9), st.integers(1, 9), st.integers(1, 9))
def test_the_flatter_of_both_curves_decides(benefit: int, cost: int, spread: int) -> None:
    """[Weitzman1974]: the sign is that of cost slope less benefit slope."""
    found = prices_or_quantities(100, benefit, 10, cost, spread)
    assert np.sign(float(found.advantage_of_charge_yuan)) == np.sign(cost - benefit)
    expected = found.loss_of_quantity(spread) - found.loss_of_charge(spread)
    assert expected == found.advantage_of_charge_yuan


# --- violation ---------------------------------------------------------------------


def test_a_firm_violates_until_the_marginal_fine_is_the_price() -> None:
    """Fine 50 v + 5 v², inspected with 0.4, price 30: 2.5 t, 0.6 for compliance, fine 156.25.
    Theory [Malik1990] [Stranlund2007], from memory; numbers computed."""
    fine = penalty(Fraction(2, 5), 50, 10)
    assert fine.wanted_t(Fraction(30)) == Fraction(5, 2)
    assert fine.probability_for_compliance(30) == Fraction(3, 5)
    assert fine.fine_yuan(Fraction(5, 2)) == Fraction(625, 4)
    paid = [30 * (10 - v) + fine.probability * fine.fine_yuan(v) for v in map(Fraction, range(9))]
    best = 30 * Fraction(15, 2) + fine.probability * fine.fine_yuan(Fraction(5, 2))
    assert best < min(paid)


def test_violation_lowers_the_price() -> None:
    """Ten firms of 100 - e, 500 permits, the same fine: price 44, 50 under compliance; e = 56,
    v = 6 each. Theory [Malik1990] [Stranlund2007]; numbers computed."""
    ten = [firm_on_emissions(100, 1)] * 10
    found = noncompliance(ten, 500, penalty(Fraction(2, 5), 50, 10))
    assert (found.price, found.full_compliance_price) == (44, 50)
    assert found.emissions_t == (56,) * 10
    assert found.violations_t == (6,) * 10
    assert noncompliance(ten, 500, penalty(1, 50, 10)).violations_t == (0,) * 10


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.integers(1, 4), st.integers(-3, 6)),
        min_size=1,
        max_size=4,
    ),
    st.integers(0, 20),
    st.sampled_from([Fraction(1, 10), Fraction(1, 2), Fraction(1)]),
    st.integers(1, 9),
    st.integers(1, 9),
)
def test_no_firm_would_rather_emit_or_violate_otherwise(
    rows: list[tuple[int, int, int]], permits: int, chance: Fraction, per_t: int, slope: int
) -> None:
    """Marginal cost = price = expected marginal fine, or a bound. [Malik1990]"""
    some = [smooth_firm(e, s, intercept=i) for e, s, i in rows]
    fine = penalty(chance, per_t, slope)
    found = noncompliance(some, permits, fine)
    assert found.price <= found.full_compliance_price
    held = sum(found.emissions_t) - sum(found.violations_t)
    assert held <= permits
    assert held == permits or found.price == 0
    for firm, emission, violated in zip(some, found.emissions_t, found.violations_t, strict=True):
        marginal = firm.marginal(firm.emission_t - emission)
        assert emission == firm.emission_t or marginal <= found.price
        assert emission == 0 or marginal >= found.price
        expected = chance * (per_t + slope * violated)
        assert violated == 0 or expected <= found.price
        assert violated == emission or expected >= found.price


def test_a_fine_and_the_permit_later_are_a_ceiling() -> None:
    """Price 60, next year 63 at 5 %, fine 100: missing one costs 160, so the firm complies.
    Designs in [RestianiBetz2010]; number computed."""
    found = make_good(60, 63, 100, Fraction(1, 20))
    assert (found.cost_yuan_per_t, found.complies) == (160, True)
    assert not make_good(161, 63, 100, Fraction(1, 20)).complies
    assert make_good(60, 63, 100, Fraction(1, 20), years=0).cost_yuan_per_t == 163


# --- banking -----------------------------------------------------------------------


def test_permits_are_banked_ahead_of_a_tighter_cap() -> None:
    """100 - e, cap 90 for ten years then 60, 5 % a year: the bank ends at 20.2246; prices
    14.5509 and 23.9903; 88.789 t in the bank at year ten. Theory [Rubin1996]
    [Schennach2000], from memory; numbers computed."""
    found = banking_in_time(100, 1, (90, 60), 10, 0.05)
    assert (found.begins, found.ends) == (0, pytest.approx(20.2246, rel=1e-6, abs=5e-5))
    assert found.price_at(0) == pytest.approx(14.5509, abs=5e-5)
    assert found.price_at(10) == pytest.approx(23.9903, abs=5e-5)
    assert found.bank_at(10) == pytest.approx(88.789, abs=5e-4)
    assert 40 * found.ends - 800 * (1 - np.exp(-0.05 * found.ends)) == pytest.approx(300)


@given(st.integers(55, 110), st.integers(10, 54), st.integers(1, 60), st.sampled_from([2, 5, 20]))
def test_a_path_in_time_saves_exactly_what_it_uses(
    early: int, late: int, when: int, percent: int
) -> None:
    """The bank is never below 0, is empty at the end of the spell, and the price is
    continuous there [Rubin1996] [Schennach2000]; emissions added up by quadrature."""
    found = banking_in_time(100, 1, (early, late), when, percent / 100)
    emitted = quad(lambda t: 100 - found.price_at(t), found.begins, found.ends)[0]
    issued = early * (when - found.begins) + late * (found.ends - when)
    assert emitted == pytest.approx(issued, rel=1e-7)
    assert found.bank_at(found.ends) == pytest.approx(0, abs=1e-6)
    times = np.linspace(found.begins, found.ends, 41)
    assert min(found.bank_at(t) for t in times) > -1e-6
    assert found.price_at(found.ends) == 100 - late
    if found.begins > 0:
        assert found.price_at(found.begins) == pytest.approx(100 - early, rel=1e-9)
    elif early < 100:
        assert found.price_at(0) >= 100 - early - 1e-9


def test_without_a_reason_to_save_nothing_is_saved() -> None:
    """The bank is for tighter caps alone. [Rubin1996]"""
    found = banking_in_time(100, 1, (60, 90), 10, 0.05)
    assert (found.begins, found.ends, found.bank_at(5)) == (10, 10, 0)
    assert (found.price_at(9), found.price_at(10)) == (40, 10)


def test_years_come_near_continuous_time() -> None:
    """[Schennach2000] in halves of a year: the price of the first half is that of its middle,
    and the bank ends within half a year."""
    firms = [[smooth_firm(50, 2)]] * 50
    rate = Fraction(np.expm1(0.025)).limit_denominator(1000)
    years = banking_by_year(firms, [45] * 20 + [30] * 30, rate)
    time = banking_in_time(100, 1, (90, 60), 10, 0.05)
    assert float(years.prices[0]) == pytest.approx(time.price_at(0.25), rel=2e-3)
    assert float(years.bank_t[19]) == pytest.approx(time.bank_at(10), rel=2e-3)
    assert (years.bank_t.index(0) + 1) / 2 == pytest.approx(time.ends, abs=0.5)


@st.composite
def years(draw: st.DrawFn) -> tuple[list[list[SmoothFirm]], list[int], Fraction, int]:
    count = draw(st.integers(1, 6))
    row = st.tuples(st.integers(0, 12), st.integers(1, 4), st.integers(-2, 5))
    firms = [
        [smooth_firm(e, s, intercept=i) for e, s, i in draw(st.lists(row, min_size=1, max_size=2))]
        for _ in range(count)
    ]
    caps = draw(st.lists(st.integers(0, 14), min_size=count, max_size=count))
    return (
        firms,
        caps,
        draw(st.sampled_from([Fraction(0), Fraction(1, 10)])),
        draw(st.integers(0, 4)),
    )


@given(years())
def test_banking_by_year_keeps_every_condition_of_the_optimum(
    market: tuple[list[list[SmoothFirm]], list[int], Fraction, int],
) -> None:
    """Bank >= 0; present prices never rise and fall only with an empty bank; what is left at
    the end is worth nothing: for convex costs these suffice. [Rubin1996]"""
    firms, caps, rate, opening = market
    found = banking_by_year(firms, caps, rate, opening)
    assert min(found.bank_t) >= 0
    saved = (cap - emitted for cap, emitted in zip(caps, found.emissions_t, strict=True))
    assert found.bank_t == tuple(itertools.accumulate(saved, initial=Fraction(opening)))[1:]
    assert found.prices[-1] == 0 or found.bank_t[-1] == 0
    for n, (now, later) in enumerate(itertools.pairwise(found.prices)):
        assert later <= now * (1 + rate)
        assert later == now * (1 + rate) or found.bank_t[n] == 0


def test_banking_by_year_costs_no_more_than_a_linear_program_finds() -> None:
    """A second method: the ten-year path of [Rubin1996]'s problem, marginal cost cut into
    steps of 0.1 t, by linear programming; within the width of a step."""
    caps, rate, count, width = [90] * 4 + [60] * 6, Fraction(1, 20), 10, 0.5
    found = banking_by_year([[firm_on_emissions(100, 1)]] * count, caps, rate)
    steps = int(100 / width)
    price = np.array([(k + 0.5) * width for k in range(steps)])
    cost = np.concatenate([price / 1.05**year for year in range(count)])
    rows = np.zeros((count, count * steps))
    for year in range(count):
        rows[year, : (year + 1) * steps] = -1
    limits = [sum(caps[: year + 1]) - 100 * (year + 1) for year in range(count)]
    solved = linprog(cost, A_ub=rows, b_ub=limits, bounds=(0, width))
    assert float(found.present_cost_yuan) == pytest.approx(solved.fun, rel=1e-3)


# --- floors, ceilings, reserves ----------------------------------------------------

MARKET = [firm_on_emissions(100, 1), firm_on_emissions(100, 1)]


def test_a_collar_holds_the_price_by_letting_the_mass_go() -> None:
    """2 x (100 - e): the cap of 100 would cost 50 a tonne. Numbers by hand, design of
    [RobertsSpence1976]."""
    for floor, ceiling, price, mass in (
        (0, None, 50, 100),
        (60, None, 60, 80),
        (0, 40, 40, 120),
        (45, 55, 50, 100),
        (150, None, 150, 0),
    ):
        found = hybrid(MARKET, collar(100, floor=floor, ceiling=ceiling))
        assert (found.price, sum(found.emissions_t), sum(found.sold_t)) == (price, mass, mass)


def test_a_soft_ceiling_gives_way_when_its_reserve_is_gone() -> None:
    """Direction of [PerkisEtAl2014]: 100 t cost 50; at a ceiling of 40 a reserve of 20 t is
    just enough, one of 10 is not, and the price is 45."""
    prices = [hybrid(MARKET, collar(100, ceiling=40, reserve_t=mass)).price for mass in (20, 10, 0)]
    assert prices == [40, 45, 50]
    assert hybrid(MARKET, collar(100, ceiling=40, reserve_t=10)).sold_t == (100, 10)


def test_hard_ceilings_hold_and_soft_ones_do_not_reliably() -> None:
    """Direction of [PerkisEtAl2014], with confidence: 200 markets of random need; the hard
    ceiling never gives way, the soft one stands on average above it (t > 5), though it is
    below no ceiling at all (t > 5)."""
    above, below = [], []
    for seed in range(200):
        need = int(stream(seed, "need").integers(70, 131))
        firms = [firm_on_emissions(need, 1), firm_on_emissions(need, 1)]
        hard, soft, none = (
            hybrid(firms, supply).price
            for supply in (
                collar(100, ceiling=60),
                collar(100, ceiling=60, reserve_t=15),
                collar(100),
            )
        )
        assert hard <= min(60, soft) <= soft <= none
        above.append(float(soft - hard))
        below.append(float(none - soft))
    assert t_statistic(above) > 5
    assert t_statistic(below) > 5


def test_a_price_stood_above_its_trigger_when_the_reserve_was_sold_out(
    reference: Callable[[str], Path],
) -> None:
    """[RGGI], auction 30 of December 2015: 7.50 against a trigger of 6.00, the year's
    containment reserve being gone."""
    with (reference("auctions/rggi_auctions.csv")).open() as file:
        (sale,) = [row for row in csv.DictReader(file) if row["auction_num"] == "30"]
    assert float(sale["clearing_price_usd_per_short_ton"]) == 7.5
    assert float(sale["stability2_usd_per_short_ton"]) == 6.0


@given(
    st.lists(st.tuples(st.integers(0, 60), st.none() | st.integers(0, 60)), min_size=1, max_size=4)
)
def test_at_the_price_of_a_ladder_demand_meets_supply(rows: list[tuple[int, int | None]]) -> None:
    """Every step below the price is sold out, none above it sells. [RobertsSpence1976]"""
    supply = sorted((step(p, m) for p, m in rows), key=lambda one: one.price)
    found = hybrid(MARKET, supply)
    assert sum(found.sold_t) == sum(found.emissions_t)
    for one, sold in zip(supply, found.sold_t, strict=True):
        if one.price < found.price:
            assert sold == one.mass_t
        if one.price > found.price:
            assert sold == 0
    assert sum(found.emissions_t) == max(0, 200 - 2 * found.price)
    assert found.abatement_cost_yuan == least_cost(MARKET, sum(found.emissions_t)).cost_yuan


# --- free permits ------------------------------------------------------------------

LARGE, SMALL = 2.0, 1.0  # permits a unit


def _markets(seed: int, toll: float) -> tuple[ProductMarket, ProductMarket]:
    """An auction and a gift in proportion to rates x capacity, on the same random costs."""
    costs = stream(seed, "costs").uniform(0, 20, 12)
    producers = [Producer(float(c), LARGE if n < 6 else SMALL, 4) for n, c in enumerate(costs)]
    shares = [one.rate * one.capacity for one in producers]
    return (
        product_market(producers, 60, 1, 30),
        product_market(producers, 60, 1, 30, shares, toll),
    )


def test_a_gift_changes_profits_alone_where_permits_move_freely() -> None:
    """Opportunity cost is passed on in full: same prices and outputs, and the gift's worth
    goes from the government to those who got it. Theory in [GoereeEtAl2010]."""
    for seed in range(20):
        auction, gift = _markets(seed, 0)
        assert gift.product_price == pytest.approx(auction.product_price)
        assert gift.permit_price == pytest.approx(auction.permit_price)
        assert sum(gift.permits_used_t) == pytest.approx(30)
        more = sum(gift.profits_yuan) - sum(auction.profits_yuan)
        assert more == pytest.approx(30 * gift.permit_price)
        assert auction.permit_revenue_yuan == pytest.approx(more)


def test_a_gift_that_moves_at_a_cost_stays_with_the_large_emitters() -> None:
    """Direction of [GoereeEtAl2010], with confidence: 100 markets of random costs, the
    cost of moving a permit assumed. Against an auction the large emitters use more of the
    permits, consumers have less, and profits are windfalls (each t > 5)."""
    skew, consumers, windfalls = [], [], []
    for seed in range(100):
        auction, gift = _markets(seed, 5)
        skew.append(sum(gift.permits_used_t[:6]) - sum(auction.permits_used_t[:6]))
        consumers.append(auction.consumer_surplus_yuan - gift.consumer_surplus_yuan)
        windfalls.append(sum(gift.windfalls_yuan))
        assert sum(auction.windfalls_yuan) < sum(gift.windfalls_yuan)
    assert t_statistic(skew) > 5
    assert t_statistic(consumers) > 5
    assert t_statistic(windfalls) > 5


def test_a_product_market_makes_the_most_of_its_permits() -> None:
    """A second method: surplus maximised by linear programming, demand in 3,000 steps."""
    width = 0.02
    for seed in range(4):
        auction, _ = _markets(seed, 0)
        costs = stream(seed, "costs").uniform(0, 20, 12)
        rates = np.where(np.arange(12) < 6, LARGE, SMALL)
        worth = 60 - (np.arange(3000) + 0.5) * width
        goal = np.concatenate([costs, -worth])
        rows = np.vstack([np.concatenate([rates, np.zeros(3000)]), np.ones(3012)])
        rows[1, :12] = -1
        limits = [(0, 4)] * 12 + [(0, width)] * 3000
        solved = linprog(goal, A_ub=rows, b_ub=[30, 0], bounds=limits)
        quantity = sum(auction.outputs)
        surplus = 60 * quantity - quantity**2 / 2 - float(costs @ np.array(auction.outputs))
        assert surplus == pytest.approx(-solved.fun, rel=1e-5)
        assert auction.permit_price == pytest.approx(-solved.ineqlin.marginals[0], abs=0.1)


# --- lease against purchase --------------------------------------------------------


def test_a_right_and_its_leases_cost_the_same_at_a_fair_rental() -> None:
    """100 a year, 5 %, 20 years: 1,246.22 buys the same; 886.325 is left after 8 years; the
    annuity is 100. Present value of an annuity, computed; held against year by year."""
    price = sum(100 / 1.05**year for year in range(1, 21))
    assert price == pytest.approx(1246.22, rel=1e-5)
    for needed in (1, 8, 20):
        found = lease_or_buy(price, 100, 0.05, 20, needed)
        assert found.leasing_yuan == pytest.approx(found.buying_yuan)
        assert found.fair_rental_yuan == pytest.approx(100, abs=1e-4)
    left = price - lease_or_buy(price, 100, 0.05, 20, 8).buying_yuan
    assert left * 1.05**8 == pytest.approx(886.325, abs=5e-4)


def test_a_purchase_pays_from_the_break_even_on() -> None:
    """Without a resale; and never where the price is above 100 / 0.05 = 2,000."""
    found = lease_or_buy(800, 100, 0.05, 20, 10, resale=0)
    even = found.break_even_years
    assert even is not None
    assert 10 < even < 11
    assert found.lease
    assert not lease_or_buy(800, 100, 0.05, 20, 11, resale=0).lease
    assert lease_or_buy(2000, 100, 0.05, 20, 11).break_even_years is None
    with pytest.raises(InputError, match=r"needed_years is 21\. the formula needs <= 20"):
        lease_or_buy(800, 100, 0.05, 20, 21)
