"""Hints are found where they are planted, and their chances are exact."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from permits.errors import InputError
from permits.meter.chance import binomial_interval, binomial_tail, hypergeometric_tail
from permits.meter.hints import Series, find_hints
from permits.meter.hints.checksums import find_repeated_checksums
from permits.meter.hints.frozen import find_frozen, frozen_runs, frozen_runs_plain
from permits.meter.hints.thresholds import Windows, find_step, step_chance, windows
from permits.meter.hints.totals import find_misfits
from permits.meter.hints.zeros import find_zeros_off, night_or_weekend
from permits.rng import stream

FEW = settings(max_examples=40)
HOURS = 2_000


@pytest.fixture(scope="module")
def honest():
    """A year's part without anybody's doing: lognormal, rounded to 0.001 kg as the wire does."""
    rng = stream(1, "honest outlet")
    volume = np.rint(rng.lognormal(16, 0.2, HOURS)).astype(np.int64)
    conc = np.rint(rng.lognormal(10.3, 0.3, HOURS)).astype(np.int64)
    totals = np.rint(volume * conc / 1e9).astype(np.int64) * 1000
    hours = np.arange(HOURS)
    checksums = tuple(rng.integers(0, 256, HOURS).tolist())
    off = night_or_weekend(hours)
    return Series(hours, volume, conc, totals, off, 40_000, checksums)


def planted(series, **columns):
    names = ("hours", "volume_l", "conc_ng_per_l", "totals_mg", "off", "limit_ng_per_l")
    kept = {name: getattr(series, name) for name in (*names, "checksums")}
    return Series(**{**kept, **columns})


# --- chance ------------------------------------------------------------------------


@FEW
@given(st.integers(0, 60), st.integers(0, 61), st.integers(0, 256))
def test_the_binomial_tail_is_its_exact_sum(n, least, of_256):
    p = Fraction(of_256, 256)
    exact = sum(comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(least, n + 1))
    assert binomial_tail(least, n, float(p)) == pytest.approx(float(exact), rel=1e-11, abs=1e-300)


@FEW
@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 30), st.integers(0, 31))
def test_fishers_tail_is_its_exact_sum(marked, drawn, total, least):
    marked, drawn = min(marked, total), min(drawn, total)
    ways = sum(
        comb(marked, k) * comb(total - marked, drawn - k)
        for k in range(least, min(marked, drawn) + 1)
    )
    exact = Fraction(ways, comb(total, drawn))
    found = hypergeometric_tail(least, marked, drawn, total)
    assert found == pytest.approx(float(exact), rel=1e-10, abs=1e-300)


def test_the_interval_of_a_share_is_that_of_the_tables():
    """Nothing in ten: 1 - 0.025^(1/10) = 0.30850; five in ten: 0.18709 to 0.81291."""
    assert binomial_interval(0, 10) == (0.0, pytest.approx(1 - 0.025**0.1))
    assert binomial_interval(5, 10) == pytest.approx((0.1870860, 0.8129140), abs=1e-7)


# --- an honest outlet --------------------------------------------------------------


def test_an_honest_outlet_gets_no_hint(honest):
    assert find_hints(honest) == []


def test_a_series_out_of_order_or_of_unequal_length_is_refused(honest):
    with pytest.raises(InputError, match="sort the readings"):
        planted(honest, hours=honest.hours[::-1].copy())
    with pytest.raises(InputError):
        planted(honest, volume_l=honest.volume_l[1:])


# --- frozen ------------------------------------------------------------------------


def test_a_frozen_day_is_found_where_it_was_planted(honest):
    conc = honest.conc_ng_per_l.copy()
    conc[500:524] = 27_000
    (hint,) = find_frozen(honest.hours, conc, honest.volume_l)
    assert (hint.code, hint.first, hint.last, hint.count) == ("hint.frozen", 500, 523, 24)
    assert hint.chance < 1e-12
    assert "24 hours in a row report the same concentration, 27 mg/m3" in str(hint)
    assert "a hint, not a proof" in str(hint)


def test_a_frozen_day_is_no_hint_where_the_flow_stands_too(honest):
    conc, volume = honest.conc_ng_per_l.copy(), honest.volume_l.copy()
    conc[500:524], volume[500:524] = 27_000, 0
    assert find_frozen(honest.hours, conc, volume) == []


def test_an_instrument_with_few_digits_repeats_itself_and_is_not_hinted_at(honest):
    coarse = honest.conc_ng_per_l // 10_000 * 10_000
    coarse[700:713] = 30_000
    assert frozen_runs(honest.hours, coarse, honest.volume_l)
    assert find_frozen(honest.hours, coarse, honest.volume_l) == []


@FEW
@given(
    st.lists(
        st.tuples(st.integers(1, 2), st.integers(0, 2), st.integers(0, 2)), min_size=0, max_size=30
    ),
    st.integers(1, 4),
)
def test_both_ways_find_the_same_runs(rows, least):
    steps, conc, volume = (
        (np.array(c, dtype=np.int64) for c in zip(*rows, strict=True))
        if rows
        else (np.zeros(0, dtype=np.int64) for _ in range(3))
    )
    hours = np.cumsum(steps)
    plain = frozen_runs_plain(hours.tolist(), conc.tolist(), volume.tolist(), least_hours=least)
    assert frozen_runs(hours, conc, volume, least_hours=least) == plain


# --- check sums --------------------------------------------------------------------


def test_check_sums_made_to_fit_the_message_before_are_found(honest):
    sums = list(honest.checksums)
    for row in range(1, 200, 4):
        sums[row] = sums[row - 1]
    (hint,) = find_repeated_checksums(sums)
    assert hint.code == "hint.checksum_pairs"
    assert hint.count >= 50
    assert hint.chance == pytest.approx(binomial_tail(hint.count, HOURS - 1, 1 / 256))
    assert hint.chance < 1e-15


def test_one_check_sum_far_too_often_is_found(honest):
    sums = list(honest.checksums)
    sums[::40] = [0x1C80] * 50
    (hint,) = find_repeated_checksums(sums)
    assert (hint.code, hint.values["value"], hint.count) == ("hint.checksum_common", "1C80", 50)


@pytest.mark.parametrize("sums", [(), (7,), (7, 7)])
def test_a_few_messages_are_too_few_for_a_hint(sums):
    assert find_repeated_checksums(sums) == []


# --- steps at a limit --------------------------------------------------------------


def test_values_moved_from_above_a_limit_to_just_below_it_are_found(honest):
    conc = honest.conc_ng_per_l.copy()
    above = (conc > 40_000) & (conc <= 42_000)
    conc[above] = 39_000 + conc[above] % 1000
    (hint,) = find_step(conc, 40_000)
    assert hint.chance < 1e-6 + 1e-9
    assert hint.values["above"] == 0
    assert hint.count == windows(conc, 40_000, 2_000).below


def test_the_limit_itself_is_kept_and_the_windows_are_of_one_width():
    values = np.array([30, 31, 35, 36, 40, 41, 45, 46, 50, 51], dtype=np.int64)
    assert windows(values, 40, 5) == Windows(2, 2, 2, 2)


def test_a_steep_density_is_no_step():
    """Four windows that fall by a third each, as an honest outlet far below its limit has."""
    assert step_chance(Windows(8_100, 2_700, 900, 300)) > 0.4
    assert step_chance(Windows(30, 20, 20, 0)) == 1.0


def test_chance_alone_gives_a_hint_no_oftener_than_stated():
    """200 draws of four windows under the assumption: at 1 in 100, no more than 10 hints.

    (More than 10 of 200 come about with a chance of 1e-5 at exactly 1 in 100.)
    """
    rng = stream(3, "windows")
    drawn = rng.multinomial(400, np.array([27, 18, 12, 8]) / 65, size=200)
    assert sum(step_chance(Windows(*row)) <= 0.01 for row in drawn.tolist()) <= 10


# --- totals, zeros -----------------------------------------------------------------


def test_totals_changed_by_hand_are_found_and_the_furthest_is_named(honest):
    totals = honest.totals_mg.copy()
    totals[[10, 900]] -= (30_000, 90_000)
    (hint,) = find_misfits(totals, honest.volume_l, honest.conc_ng_per_l)
    assert (hint.first, hint.last, hint.count, hint.values["row"]) == (10, 900, 2, 900)
    assert float(hint.values["apart"]) == pytest.approx(-0.09, abs=5e-4)
    assert hint.chance is None


def test_zeros_at_night_with_the_fans_on_are_found(honest):
    conc = honest.conc_ng_per_l.copy()
    conc[(honest.hours % 24 == 3) & (honest.hours < 1200)] = 0
    (hint,) = find_zeros_off(conc, honest.volume_l, honest.off)
    assert (hint.count, hint.values["others"]) == (50, 0)
    assert hint.chance < 1e-10


def test_zeros_without_flow_or_by_day_as_by_night_are_no_hint(honest):
    conc, volume = honest.conc_ng_per_l.copy(), honest.volume_l.copy()
    conc[::20] = 0
    assert find_zeros_off(conc, volume, honest.off) == []
    conc[honest.off], volume[honest.off] = 0, 0
    assert find_zeros_off(conc, volume, honest.off) == []


def test_night_and_weekend_are_those_of_the_calendar():
    """From a Friday's midnight: Friday's day is on, its night and the weekend are off."""
    off = night_or_weekend(np.arange(96), first_weekday=4)
    on = np.flatnonzero(~off).tolist()
    assert on == [*range(6, 22), *range(78, 94)]


@FEW
@given(st.lists(st.integers(0, 60), max_size=40), st.integers(20, 40), st.integers(1, 9))
def test_the_windows_hold_what_a_count_one_by_one_gives(values, limit, width):
    edges = [limit + width * k for k in (-2, -1, 0, 1, 2)]
    plain = [sum(low < value <= high for value in values) for low, high in pairwise(edges)]
    assert list(windows(np.array(values, dtype=np.int64), limit, width)) == plain


@FEW
@given(st.integers(0, 10**6))
def test_night_and_weekend_are_what_the_clock_says(hour):
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=hour)  # a Thursday
    off = at.hour >= 22 or at.hour < 6 or at.isoweekday() > 5
    assert night_or_weekend(np.array([hour]), first_weekday=3).tolist() == [off]


@FEW
@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), min_size=1, max_size=40))
def test_zeros_are_counted_as_one_by_one(rows):
    flows, zero, off = (np.array(column) for column in zip(*rows, strict=True))
    found = find_zeros_off((~zero).astype(np.int64), flows.astype(np.int64), off, most_chance=1.0)
    counted = [sum(f and z and o == here for f, z, o in rows) for here in (True, False)]
    assert [(hint.count, hint.values["others"]) for hint in found] == [tuple(counted)][: counted[0]]


def test_all_planted_hints_come_together(honest):
    conc = honest.conc_ng_per_l.copy()
    conc[500:524] = 27_000
    codes = [hint.code for hint in find_hints(planted(honest, conc_ng_per_l=conc))]
    assert codes == ["hint.frozen", "hint.misfit"]
