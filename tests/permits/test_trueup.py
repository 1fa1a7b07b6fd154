"""The year's end: what is covered, surrendered, fined, made good, banked, lapsed."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from permits.account import (
    WORLD,
    cash,
    expired,
    holding,
    issued,
    owed,
    pledged,
    surrendered,
    used,
)
from permits.draw import Available, Drawn, pick_rights, use_legs
from permits.errors import InputError
from permits.invariants import find_violations
from permits.ledger import Entry, Ledger, Reason, move
from permits.right import FREE, YUAN, Right
from permits.trueup import (
    AIR_TOTAL,
    PERMITTED_AMOUNT,
    WATER_TOTAL,
    FineRule,
    TrueUpRules,
    YearEnd,
    lapse,
    lapse_entries,
    missing_one_costs,
    true_up,
    true_up_entries,
)

T = 1_000_000_000
END = date(2017, 12, 31)
PAID_17, PAID_18 = Right("VOC", "all", 2017), Right("VOC", "all", 2018)
FREE_17 = Right("VOC", "all", 2017, FREE)
COUNTY = "county:Keqiao"


def a_year(held, emitted, *, bought=0, pledge=0, held_next=0, cash_fen=0):
    """A ledger after a year in which the firm emitted, then perhaps bought."""
    ledger = Ledger()

    def post(name, reason, legs):
        if legs:
            ledger.post(Entry(name, END, reason, tuple(legs)))

    def grant(account, right, mass):
        return move(issued(COUNTY), account, right, mass) if mass else ()

    post("free", Reason.ISSUE, grant(holding("F"), FREE_17, held))
    post("pledge", Reason.ISSUE, grant(pledged("F"), PAID_17, pledge))
    post("next", Reason.ISSUE, grant(holding("F"), PAID_18, held_next))
    post("cash", Reason.FUND, move(WORLD, cash("F"), YUAN, cash_fen) if cash_fen else ())
    drawn, short = pick_rights(emitted, purse(ledger, 2017))
    post("swipe", Reason.SWIPE, use_legs("F", drawn, short, PAID_17))
    post("buy", Reason.ISSUE, grant(holding("F"), PAID_17, bought))
    return ledger


def purse(ledger, vintage):
    return tuple(
        Available(account, asset, balance)
        for account, asset, balance in ledger.balances()
        if account.pocket in ("holding", "pledged")
        and isinstance(asset, Right)
        and asset.vintage == vintage
    )


def year_end(ledger):
    return YearEnd(
        firm="F",
        right=PAID_17,
        used=tuple(Drawn(a, x, b) for a, x, b in ledger.balances() if a == used("F") and b),
        owed_mg=-ledger.balance(owed("F"), PAID_17),
        unused=purse(ledger, 2017),
        next_vintage=purse(ledger, 2018),
        cash_fen=ledger.balance(cash("F"), YUAN),
    )


def settle(ledger, rules):
    result = true_up(year_end(ledger), rules)
    ledger.post_all(true_up_entries(result, on=END, county=COUNTY, issuer=COUNTY))
    return result


def test_a_firm_with_enough_rights_surrenders_what_it_used_and_the_rest_lapses():
    ledger = a_year(10 * T, 6 * T)
    result = settle(ledger, TrueUpRules())
    assert result.compliant
    assert (result.emitted_mg, result.fine_fen) == (6 * T, 0)
    assert ledger.balance(surrendered("F"), FREE_17) == 6 * T
    assert ledger.balance(expired("F"), FREE_17) == 4 * T
    assert ledger.balance(holding("F"), FREE_17) == 0


def test_a_late_purchase_covers_what_was_emitted_without_a_right():
    ledger = a_year(10 * T, 12 * T, bought=3 * T)
    result = settle(ledger, TrueUpRules())
    assert result.compliant
    assert sum(d.mass_mg for d in result.covered) == 2 * T
    assert ledger.balance(owed("F"), PAID_17) == 0
    assert ledger.balance(surrendered("F"), PAID_17) == 2 * T
    assert ledger.balance(expired("F"), PAID_17) == T


def test_a_shortfall_is_fined_and_stays_in_the_books():
    """Air pollutants above the total quota: at least 100,000 yuan [ZJ-N4] art. 99."""
    ledger = a_year(10 * T, 12 * T, cash_fen=20_000_000)
    result = settle(ledger, TrueUpRules(fine=AIR_TOTAL))
    assert (result.shortfall_mg, result.still_owed_mg) == (2 * T, 2 * T)
    assert (result.fine_fen, result.paid_fen) == (10_000_000, 10_000_000)
    assert ledger.balance(cash(COUNTY), YUAN) == 10_000_000
    assert ledger.balance(owed("F"), PAID_17) == -2 * T
    assert ledger.balance(used("F"), PAID_17) == 2 * T
    assert ledger.balance(surrendered("F"), FREE_17) == 10 * T


def test_a_fine_beyond_the_firms_cash_is_owed_to_the_county():
    ledger = a_year(10 * T, 12 * T, cash_fen=3_000_000)
    result = settle(ledger, TrueUpRules())
    assert result.paid_fen == 3_000_000
    assert ledger.balance(cash("F"), YUAN) == 0
    assert ledger.balance(owed("F"), YUAN) == -7_000_000
    assert ledger.balance(owed(COUNTY), YUAN) == 7_000_000


def test_make_good_takes_the_shortfall_from_the_next_vintage_and_fines_all_the_same():
    ledger = a_year(10 * T, 15 * T, held_next=3 * T)
    result = settle(ledger, TrueUpRules(make_good=True))
    assert (result.shortfall_mg, result.still_owed_mg) == (5 * T, 2 * T)
    assert result.fine_fen == 10_000_000
    assert ledger.balance(surrendered("F"), PAID_18) == 3 * T
    assert ledger.balance(holding("F"), PAID_18) == 0
    assert ledger.balance(owed("F"), PAID_17) == -2 * T


def test_unused_rights_are_banked_at_the_rate_and_the_rest_lapses():
    ledger = a_year(10 * T, 6 * T, pledge=T)
    result = settle(ledger, TrueUpRules(bank_ppm=500_000))
    free_18 = Right("VOC", "all", 2018, FREE)
    assert sum(d.mass_mg for d in result.banked) == 5 * T // 2
    assert ledger.balance(holding("F"), free_18) == 2 * T
    assert ledger.balance(pledged("F"), PAID_18) == T // 2
    assert ledger.balance(expired("F"), FREE_17) == 2 * T
    assert ledger.balance(issued(COUNTY), free_18) == -2 * T


def test_a_governments_reserve_lapses_by_the_same_rule():
    left = [Drawn(holding(COUNTY), PAID_17, 7)]
    banked, lapsed = lapse(left, 500_000)
    assert ([d.mass_mg for d in banked], [d.mass_mg for d in lapsed]) == ([3], [4])
    bank, expire = lapse_entries(banked, lapsed, on=END, issuer=COUNTY, id_stem="reserve")
    assert (bank.reason, expire.reason) == (Reason.CONVERT, Reason.EXPIRE)


MASS = st.integers(0, 50 * T)


@settings(max_examples=100, deadline=None)
@given(
    held=MASS,
    emitted=MASS,
    bought=MASS,
    pledge=MASS,
    held_next=MASS,
    cash_fen=st.integers(0, 10**9),
    make_good=st.booleans(),
    bank_ppm=st.integers(0, 1_000_000),
    full_at_ppm=st.none() | st.integers(1, 2_000_000),
)
def test_a_settled_year_loses_nothing(
    held, emitted, bought, pledge, held_next, cash_fen, make_good, bank_ppm, full_at_ppm
):
    ledger = a_year(
        held, emitted, bought=bought, pledge=pledge, held_next=held_next, cash_fen=cash_fen
    )
    fine = FineRule(10_000_000, 100_000_000, full_at_ppm=full_at_ppm)
    result = settle(ledger, TrueUpRules(fine, make_good, bank_ppm))
    assert find_violations(ledger) == []
    assert result.emitted_mg == emitted
    assert result.shortfall_mg == max(emitted - held - bought - pledge, 0)
    assert purse(ledger, 2017) == ()
    assert -ledger.balance(owed("F"), PAID_17) == result.still_owed_mg
    told = sum(b for a, x, b in ledger.balances() if a == surrendered("F"))
    assert told == emitted - result.still_owed_mg
    assert result.paid_fen <= cash_fen
    assert (result.fine_fen > 0) == (not result.compliant)


def test_a_fine_grows_from_the_least_to_the_most_with_the_shortfall():
    fine = FineRule(10_000_000, 100_000_000, full_at_ppm=500_000)
    told = [fine.fine_fen(short, 100) for short in (0, 1, 25, 50, 80)]
    assert told == [0, 11_800_000, 55_000_000, 100_000_000, 100_000_000]
    assert fine.fine_fen(1, 0) == 100_000_000, "nothing was held: the greatest fine"


def test_a_fine_per_tonne_is_rounded_once_and_capped():
    fine = FineRule(least_fen=100, most_fen=400, per_t_fen=7)
    assert fine.fine_fen(3 * T // 2, 10 * T) == 110
    assert fine.fine_fen(100 * T, 10 * T) == 400
    assert FineRule(per_t_fen=10_000).fine_fen(2 * T, 0) == 20_000


@pytest.mark.parametrize(
    ("fine", "least_yuan", "most_yuan"),
    [
        (AIR_TOTAL, 100_000, 1_000_000),
        (WATER_TOTAL, 100_000, 1_000_000),
        (PERMITTED_AMOUNT, 200_000, 1_000_000),
    ],
)
def test_statutory_fines_are_those_of_the_laws(fine, least_yuan, most_yuan):
    """Air law art. 99, water law art. 83, permit regulation art. 34."""
    assert (fine.least_fen, fine.most_fen) == (100 * least_yuan, 100 * most_yuan)
    assert fine.status == "statute"
    assert fine.in_force is not None


def test_fines_that_make_no_sense_are_refused():
    with pytest.raises(InputError, match="out of range"):
        FineRule(least_fen=5, most_fen=4)
    with pytest.raises(InputError, match="maximum fine"):
        FineRule(full_at_ppm=5)


def test_missing_one_right_costs_the_fine_and_next_years_price_discounted():
    """Computed: price 60, next year 63, 5 %, fine 100: 160, and the firm complies."""
    costs = missing_one_costs(100, 63, "0.05")
    assert costs == Fraction(160)
    assert costs > 60
