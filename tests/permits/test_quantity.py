"""Masses and money: read, written, split and multiplied without losing anything."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from permits.errors import InputError, NotAMass, NotMoney
from permits.quantity import (
    MG_PER_T,
    cost_fen,
    fmt_t,
    fmt_yuan,
    parse_fen,
    parse_mass_mg,
    plain_number,
    plain_share,
    require_mg,
    split_exact,
    t_to_mg,
    yuan_to_fen,
)

MASS = st.integers(-(10**18), 10**18)
WEIGHTS = st.lists(
    st.one_of(st.integers(0, 10**15), st.floats(0, 1e15, allow_nan=False), st.fractions(0, 10**6)),
    min_size=1,
    max_size=30,
)


@given(st.integers(0, 10**18), WEIGHTS)
def test_a_split_loses_nothing_and_stays_within_one_of_the_exact_share(total, weights):
    shares = [Fraction(w) for w in weights]
    if not sum(shares):
        weights, shares = [1] * len(weights), [Fraction(1)] * len(weights)
    parts = split_exact(total, weights)
    assert sum(parts) == total
    for part, share in zip(parts, shares, strict=True):
        exact = total * share / sum(shares)
        assert int(exact) <= part <= int(exact) + 1
        assert share or not part


@given(st.integers(0, 10**12), WEIGHTS)
def test_a_larger_weight_never_gets_less(total, weights):
    if not any(weights):
        weights = [*weights, 1]
    parts = split_exact(total, weights)
    ranked = sorted(zip(map(Fraction, weights), parts, strict=True))
    for (one, part), (other, more) in pairwise(ranked):
        assert one == other or part <= more


def test_equal_remainders_go_to_the_lower_index():
    assert split_exact(5, [1, 1, 1]) == [2, 2, 1]


def test_nothing_can_be_split_by_nothing_only_if_it_is_nothing():
    assert split_exact(0, [0, 0]) == [0, 0]
    assert split_exact(0, []) == []
    with pytest.raises(ValueError, match="nothing to split by"):
        split_exact(1, [0, 0])


@pytest.mark.parametrize(("total", "weights"), [(-1, [1, 1]), (1, [3, -1])])
def test_debts_are_not_split(total, weights):
    with pytest.raises(ValueError, match="below zero"):
        split_exact(total, weights)


@given(MASS, st.integers(-(10**9), 10**9))
def test_a_cost_is_the_exact_product_rounded_once_half_to_even(mass_mg, price):
    assert cost_fen(mass_mg, price) == round(Fraction(mass_mg * price, MG_PER_T))


def test_a_half_fen_goes_to_the_even_one():
    assert [cost_fen(MG_PER_T // 2, price) for price in (1, 3, 5, -1, -3)] == [0, 2, 2, 0, -2]


@given(MASS)
def test_a_mass_written_in_tonnes_is_read_back_to_the_milligram(mass_mg):
    text = fmt_t(mass_mg)
    assert parse_mass_mg(text, signed=True) == mass_mg
    assert "e" not in text.lower()
    assert Decimal(text) * MG_PER_T == mass_mg


@given(MASS)
def test_money_written_in_yuan_is_read_back_to_the_fen(amount_fen):
    text = fmt_yuan(amount_fen)
    assert parse_fen(text, signed=True) == amount_fen
    assert len(text.partition(".")[2]) <= 2


@pytest.mark.parametrize(
    ("value", "mass_mg"),
    [
        ("12.5", 12_500_000_000),
        ("12.5 t", 12_500_000_000),
        ("12.5kg", 12_500_000),
        ("1,200 kg", 1_200_000_000),
        ("42 kt", 42_000_000_000_000),
        ("3 吨", 3_000_000_000),
        ("3千克", 3_000_000),
        (0.1, 100_000_000),
        (7, 7_000_000_000),
        (Decimal("0.000000001"), 1),
        ("0.0000000005", 0),
        ("0.0000000015", 2),
        ("1e3 kg", 1_000_000_000),
    ],
)
def test_masses_are_read_as_people_write_them(value, mass_mg):
    assert parse_mass_mg(value) == mass_mg


@pytest.mark.parametrize(
    "value",
    ["12 lb", "", "t", "twelve", "5 %", "1.2.3", "nan", "inf", float("nan"), True, None, [1], "1e"],
)
def test_what_is_not_a_mass_is_refused_with_the_units_that_are(value):
    with pytest.raises(NotAMass, match="one of t, kg, kt"):
        parse_mass_mg(value)


@pytest.mark.parametrize("value", ["1e999999999", "-1e999999999", "1e30 kg", 1e300])
def test_a_number_beyond_any_emission_is_refused_and_not_computed(value):
    with pytest.raises(NotAMass):
        parse_mass_mg(value, signed=True)
    with pytest.raises(NotMoney):
        parse_fen("1e999999999")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.5", "1.5"),
        ("42,000", "42000"),
        ("1,234,567.5", "1234567.5"),
        ("42 000", "42000"),
        ("1'000", "1000"),
        ("-1,000", "-1000"),
        ("1e-4", "0.0001"),
        (".5", "0.5"),
        ("１２．５", "12.5"),
        ("４２，０００", "42000"),
        ("−3", "-3"),
        (0.1, "0.1"),
        (10**17, "1e17"),
    ],
)
def test_a_number_is_what_a_person_reads(text, number):
    assert plain_number(text) == Decimal(number)


@pytest.mark.parametrize(
    "text",
    ["", "nan", "inf", "-Infinity", "1e400", "1e-400", "1_0", "10²", "½", "٣", "1.2.3", "0x10",
     "1 5", "1e", "e5", "1\u200b5", "five", True, None, float("nan"), Decimal("NaN"), 10**18],
)  # fmt: skip
def test_what_is_no_number_is_none(text):
    assert plain_number(text) is None


@pytest.mark.parametrize(
    "text", ["1,5", "30,5", "１，５", "4000,50", "1,23,456", "1,234.5,6", "0,123,4"]
)
def test_a_comma_that_parts_no_thousands_is_never_guessed_at(text):
    for read in (plain_number, parse_mass_mg, parse_fen):
        with pytest.raises(InputError, match="comma that is not a thousands separator"):
            read(text)
    with pytest.raises(InputError, match="comma"):
        plain_share(f"{text}%")


def test_a_share_is_a_number_or_a_percentage():
    assert plain_share("16％") == plain_share("0.16") == Decimal("0.16")
    assert plain_share("nan%") is None and plain_share("%") is None


def test_the_units_of_a_mass_are_three_in_two_languages():
    assert parse_mass_mg("2 公斤") == parse_mass_mg("2千克") == parse_mass_mg("2kg") == 2 * 10**6
    for unit in ("lb", "T", "kg/a", "k g", "克"):
        with pytest.raises(NotAMass):
            parse_mass_mg(f"2 {unit}")


def test_a_negative_mass_is_refused_unless_signs_are_allowed():
    with pytest.raises(NotAMass, match="-3 kg is a negative mass"):
        parse_mass_mg("-3 kg")
    assert parse_mass_mg("-3 kg", signed=True) == -3_000_000


@pytest.mark.parametrize("value", ["1.001", "yuan", "", True, None, float("inf"), "1e-3"])
def test_what_is_not_money_to_the_fen_is_refused(value):
    with pytest.raises(NotMoney, match="at most two decimals"):
        parse_fen(value)


@given(st.floats(0, 1e8, allow_nan=False))
def test_a_float_becomes_the_milligram_nearest_to_the_decimal_that_it_shows(mass_t):
    assert t_to_mg(mass_t) == round(Fraction(repr(mass_t)) * MG_PER_T)
    assert yuan_to_fen(mass_t) == round(Fraction(repr(mass_t)) * 100)


@pytest.mark.parametrize("value", [1.0, True, np.int64(5), "5", None])
def test_only_plain_whole_numbers_are_masses(value):
    with pytest.raises(NotAMass, match="pass an int"):
        require_mg(value)


def test_a_mass_must_exceed_its_bound():
    assert require_mg(1, above=0) == 1
    with pytest.raises(NotAMass, match=r"0 mg is not above 0 mg \[bid 7\]"):
        require_mg(0, above=0, where="bid 7")
