"""Factor, oxygen, wire: plain and array functions agree, and with the rules as written."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from permits.errors import InputError, NotAMass
from permits.meter import emission_factor, flow_concentration, oxygen, rounding
from permits.meter.emission_factor import FACTORS, Activity, EmissionFactor, net_rate
from permits.meter.interface import Meter
from permits.permit import Basis

FEW = settings(max_examples=40)
SHARE = st.integers(0, 1000).map(lambda n: Fraction(n, 1000))
AUGUST = date(2017, 8, 1)


def whole(*values):
    return np.array(values, dtype=np.int64)


# --- factor times activity ---------------------------------------------------------


def test_a_tonne_of_solvent_ink_emits_what_the_study_says():
    """You et al. 2023: solvent ink 287 g/kg, water ink 117 [VOC-A18]."""
    tonne = 10**9
    meter: Meter[Activity] = EmissionFactor()
    rows = [
        Activity("F1", AUGUST, tonne, FACTORS[name].rate) for name in ("ink_solvent", "ink_water")
    ]
    assert meter.masses_mg(rows) == [287_000_000, 117_000_000]
    assert meter.basis is Basis.EMISSION_FACTOR


def test_what_a_hood_misses_is_not_destroyed():
    """Half reaches a device that destroys nine tenths: 55 % is emitted, not 10 %."""
    assert net_rate(Fraction(1), Fraction(1, 2), Fraction(9, 10)) == Fraction(55, 100)


@FEW
@given(
    st.lists(st.tuples(st.integers(0, 10**14), st.integers(0, 2)), min_size=1, max_size=9),
    st.lists(st.tuples(SHARE, SHARE, SHARE), min_size=3, max_size=3),
)
def test_the_array_gives_the_plain_masses_of_activities(rows, kinds):
    rates = [net_rate(*kind) for kind in kinds]
    plain = [
        emission_factor.mass_mg(Activity("F1", AUGUST, amount, *kinds[kind]))
        for amount, kind in rows
    ]
    amounts, kind = whole(*[r[0] for r in rows]), whole(*[r[1] for r in rows])
    assert emission_factor.mass_array_mg(amounts, kind, rates).tolist() == plain


def test_shares_outside_nought_to_one_and_negative_rates_are_refused():
    with pytest.raises(InputError, match=r"capture is 9/8, .*90%"):
        net_rate(Fraction(1), Fraction(9, 8))
    with pytest.raises(InputError, match="below zero"):
        net_rate(Fraction(-1))
    with pytest.raises(NotAMass):
        emission_factor.mass_mg(Activity("F1", AUGUST, -1, Fraction(1)))


def test_rates_too_fine_and_masses_too_large_for_arrays_are_refused():
    with pytest.raises(NotAMass, match="one by one"):
        emission_factor.mass_array_mg(whole(1), whole(0), [Fraction(1, 2**31)])
    with pytest.raises(NotAMass, match="check the unit"):
        emission_factor.mass_array_mg(whole(2**60), whole(0), [Fraction(9)])


# --- reference oxygen --------------------------------------------------------------


def test_thinner_smoke_counts_for_more_at_the_reference():
    """At 3.5 % for a reference of 3 % times 18/17.5; at 12 % it is doubled."""
    assert oxygen.oxygen_factor(35_000, 30_000) == Fraction(180, 175)
    assert oxygen.at_reference(50_000, 120_000, 30_000) == 100_000


@FEW
@given(
    st.lists(st.tuples(st.integers(0, 2**44), st.integers(0, 209_999)), min_size=1, max_size=9),
    st.integers(0, 209_999),
)
def test_the_array_gives_the_plain_concentrations_at_the_reference(rows, reference):
    plain = [oxygen.at_reference(conc, measured, reference) for conc, measured in rows]
    concs, measured = whole(*[r[0] for r in rows]), whole(*[r[1] for r in rows])
    assert oxygen.at_reference_array(concs, measured, reference).tolist() == plain


@pytest.mark.parametrize("oxygen_ppm", [-1, 210_000, 215_000])
def test_smoke_with_the_oxygen_of_air_is_refused(oxygen_ppm):
    with pytest.raises(InputError, match="leaking air"):
        oxygen.at_reference(5, oxygen_ppm, 30_000)
    with pytest.raises(InputError):
        oxygen.at_reference_array(whole(5), whole(oxygen_ppm), 30_000)


@FEW
@given(st.integers(0, 10**9), st.integers(0, 200_000), st.integers(1, 30))
def test_air_drawn_in_changes_neither_the_mass_nor_the_concentration_at_the_reference(
    volume, measured, air
):
    """A part of smoke and `air` tenths of air: the flow swells as the concentration falls."""
    conc = 10**9 * (10 + air)
    thinner, larger = conc * 10 // (10 + air), volume * (10 + air)
    after = Fraction(10 * measured + air * oxygen.AIR_PPM, 10 + air)
    assert thinner * larger == conc * 10 * volume
    factor = Fraction(oxygen.AIR_PPM - 30_000) / (oxygen.AIR_PPM - after)
    assert thinner * factor == conc * oxygen.oxygen_factor(measured, 30_000)


# --- rounding of the wire ----------------------------------------------------------

HOUR = st.tuples(st.integers(0, 10**8), st.integers(0, 10**7))
STEPS = st.builds(
    rounding.ReportingSteps, st.sampled_from([1000, 10]), st.integers(1, 9), st.integers(1, 99)
)


def test_a_year_of_totals_can_be_4_38_kilograms_off():
    """Half a gram an hour: 4.4 kg a year for a stack that never rests."""
    assert rounding.can_be_mg(8760) == 4_380_000


def test_the_difference_of_a_real_message_is_its_own_line():
    """HJ 212 message 12: 19,191.973 m3 at 0.933 mg/m3 against a stated 0.018 kg [VOC-C3]."""
    line = rounding.wire_line(whole(18_000), whole(19_191_973), whole(933))
    assert (line.reported_mg, line.metered_mg, line.difference_mg) == (18_000, 17_906, 94)
    assert line.can_be_mg == 500
    assert rounding.fits(18_000, 19_191_973, 933)
    assert not rounding.fits(19_000, 19_191_973, 933)


def test_totals_without_flow_tell_what_rounding_can_have_done():
    line = rounding.wire_line(whole(3_000, 4_000))
    assert line == rounding.WireLine(2, 7_000, None, 1_000)
    assert line.difference_mg is None


@FEW
@given(st.lists(st.tuples(HOUR, st.integers(0, 2)), min_size=1, max_size=9))
def test_rounded_totals_fit_and_their_lines_add_up(rows):
    months = whole(*[month for _, month in rows])
    volumes, concs = whole(*[v for (v, _), _ in rows]), whole(*[c for (_, c), _ in rows])
    masses = [flow_concentration.mass_mg(v, c) for (v, c), _ in rows]
    totals = whole(*[round(Fraction(v * c, 10**9)) * 1000 for (v, c), _ in rows])
    assert rounding.fits_array(totals, volumes, concs).all()
    lines = rounding.wire_lines(months, totals, volumes, concs)
    assert sum(line.metered_mg for line in lines.values()) == sum(masses)
    assert sum(line.hours for line in lines.values()) == len(rows)
    for line in lines.values():
        assert abs(line.difference_mg) <= line.can_be_mg + line.hours  # 0.5 mg of the meter


@FEW
@given(st.integers(0, 10**8), HOUR, STEPS)
def test_the_array_and_the_plain_way_agree_on_what_fits(total, hour, steps):
    volume, conc = hour
    near = round(Fraction(volume * conc, 10**6))
    for one in (total, near, near + steps.total_mg // 2, near + steps.total_mg):
        expected = rounding.fits(one, volume, conc, steps)
        assert rounding.fits_array(whole(one), whole(volume), whole(conc), steps).tolist() == [
            expected
        ]


def test_a_total_fits_exactly_if_some_true_values_round_to_what_is_reported():
    """Steps of 10 mg, 2 L, 20 mg/L: all true values on a grid of a tenth of each step."""
    steps = rounding.ReportingSteps(total_mg=10, volume_l=2, conc_ng_per_l=20_000_000)
    volume, conc = 7, 50_000_000
    masses = [
        Fraction(60 + v, 10) * Fraction(400 + 10 * c, 10) for v in range(21) for c in range(21)
    ]
    for total in range(0, 900, 10):
        expected = any(total - 5 <= mass <= total + 5 for mass in masses)
        assert rounding.fits(total, volume, conc, steps) == expected, total
