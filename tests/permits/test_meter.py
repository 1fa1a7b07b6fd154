"""Meters: plain and array functions agree to the milligram."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from permits.errors import InputError, NotAMass
from permits.meter import flow_concentration, material_balance
from permits.meter.flow_concentration import FlowConcentration
from permits.meter.interface import Meter, Reading
from permits.meter.material_balance import Balance, MaterialBalance
from permits.permit import Basis


def whole(*values):
    return np.array(values, dtype=np.int64)


def test_a_litre_at_one_milligram_a_litre_is_one_milligram():
    assert flow_concentration.mass_mg(1, 1_000_000) == 1


@pytest.mark.parametrize(
    ("volume_l", "conc_ng_per_l", "mass_mg"),
    [(1, 499_999, 0), (1, 500_000, 0), (1, 500_001, 1), (3, 500_000, 2), (1, 1_500_000, 2)],
)
def test_a_half_milligram_goes_to_the_even_one(volume_l, conc_ng_per_l, mass_mg):
    assert flow_concentration.mass_mg(volume_l, conc_ng_per_l) == mass_mg
    assert flow_concentration.mass_array_mg(whole(volume_l), whole(conc_ng_per_l)) == [mass_mg]


def test_a_monitors_hour_gives_the_mass_that_its_message_states():
    """HJ 212 message 12: 19,191.973 m3 at 0.933 mg/m3 is 0.01791 kg [VOC-C3]."""
    at = datetime(2019, 9, 24, tzinfo=timezone(timedelta(hours=8)))
    reading = Reading("stack", at, 19_191_973, 933)
    (mass_mg,) = FlowConcentration().masses_mg([reading])
    assert round(mass_mg / 1e6, 5) == 0.01791


def test_concentration_without_flow_is_a_mass_of_zero():
    assert flow_concentration.mass_mg(0, 37_000) == 0


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 2**40), st.integers(0, 2**40)), min_size=1, max_size=20))
def test_the_array_gives_the_plain_masses_wherever_they_fit(pairs):
    pairs = [(v, c) for v, c in pairs if v * c < 2**62 * 10**6]
    volumes, concs = whole(*[v for v, _ in pairs]), whole(*[c for _, c in pairs])
    expected = [flow_concentration.mass_mg(v, c) for v, c in pairs]
    assert flow_concentration.mass_array_mg(volumes, concs).tolist() == expected
    assert expected == [round(Fraction(v * c, 10**6)) for v, c in pairs]


def test_a_stacks_day_does_not_overflow_on_the_way():
    """A million m3 an hour at 1 g/m3 is 24 t a day; litres times ng/L is 2.4e16 l.ng/l."""
    volume_l, conc = 24 * 10**9, 10**9
    assert volume_l * conc > 2**63
    assert flow_concentration.mass_array_mg(whole(volume_l), whole(conc)).tolist() == [24 * 10**12]


def test_arrays_of_any_shape_are_metered():
    year = np.full((3, 365), 1_000_000, dtype=np.int64)
    masses = flow_concentration.mass_array_mg(year, year)
    assert masses.shape == (3, 365)
    assert (masses == 1_000_000).all()


def test_a_mass_beyond_64_bits_is_refused_and_not_wrapped_round():
    with pytest.raises(NotAMass, match="check the units"):
        flow_concentration.mass_array_mg(whole(2**50), whole(2**50))


@pytest.mark.parametrize(("volume", "conc"), [(-1, 5), (5, -1)])
def test_negative_readings_are_refused_by_both(volume, conc):
    with pytest.raises(NotAMass):
        flow_concentration.mass_mg(volume, conc)
    with pytest.raises(NotAMass, match="in row 0"):
        flow_concentration.mass_array_mg(whole(volume), whole(conc))


def test_readings_that_are_not_whole_numbers_are_refused():
    with pytest.raises(NotAMass):
        flow_concentration.mass_mg(1.5, 3)
    with pytest.raises(NotAMass, match="has type float64"):
        flow_concentration.mass_array_mg(np.array([1.5]), whole(3))


MASS = st.integers(0, 10**15)


@settings(max_examples=100)
@given(st.lists(st.tuples(MASS, MASS, MASS, MASS), min_size=1, max_size=20))
def test_the_solvent_balance_closes_in_both_ways_of_reckoning(parts):
    rows = [(emitted + a + b + c, a, b, c) for emitted, a, b, c in parts]
    balances = [Balance("F1", date(2017, 3, 1), *row) for row in rows]
    emitted = [row[0] for row in parts]
    assert MaterialBalance().masses_mg(balances) == emitted
    columns = [whole(*column) for column in zip(*rows, strict=True)]
    assert material_balance.mass_array_mg(*columns).tolist() == emitted


def test_more_solvent_out_than_in_is_refused_by_both():
    with pytest.raises(InputError, match=r"6 mg .* 5 mg came in \[F1, 2017-03-01\]"):
        material_balance.mass_mg(Balance("F1", date(2017, 3, 1), 5, 1, 2, 3))
    with pytest.raises(InputError, match="row 1"):
        material_balance.mass_array_mg(whole(9, 5), whole(1, 1), whole(2, 2), whole(3, 3))


def test_negative_parts_of_a_balance_are_refused_by_both():
    with pytest.raises(NotAMass):
        material_balance.mass_mg(Balance("F1", date(2017, 3, 1), 5, -1))
    with pytest.raises(NotAMass, match="in_waste_mg is -2"):
        material_balance.mass_array_mg(whole(5), whole(1), whole(-2), whole(0))


def test_both_meters_have_one_interface_and_say_their_basis():
    meters: list[Meter] = [FlowConcentration(), MaterialBalance()]
    assert [meter.basis for meter in meters] == [
        Basis.FLOW_CONCENTRATION,
        Basis.MATERIAL_BALANCE,
    ]
    assert [meter.masses_mg([]) for meter in meters] == [[], []]
