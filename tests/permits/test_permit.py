"""Licences: terms, changes, renewal, breaches, accounting bases."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permits.errors import InputError, MixedRights, NotAMass
from permits.permit import (
    Basis,
    Conversion,
    Permit,
    change_permit,
    convert_mg,
    find_breach,
    issue_permit,
    renew_permit,
)

BASIS = {"VOC": Basis.MATERIAL_BALANCE, "SO2": Basis.FLOW_CONCENTRATION}


def permit(on=date(2017, 1, 1), years=5):
    return issue_permit("ZJ-1", "F003", {"VOC": 100, "SO2": 50}, BASIS, on=on, years=years)


def test_a_permit_runs_five_years_and_both_its_ends_count():
    """Five years [ZJ-N3] art. 14."""
    issued = permit()
    assert issued.valid_to == date(2021, 12, 31)
    assert issued.is_valid(date(2017, 1, 1))
    assert issued.is_valid(date(2021, 12, 31))
    assert not issued.is_valid(date(2022, 1, 1))
    assert [issued.limit_mg("VOC", year) for year in (2016, 2017, 2021, 2022)] == [0, 100, 100, 0]


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(1, 5))
def test_one_permit_follows_another_without_gap_or_overlap(on, years):
    issued = permit(on, years)
    following = renew_permit(issued, "ZJ-2", asked=issued.renew_by)
    assert following.valid_from == issued.valid_to + timedelta(days=1)
    assert following.limit_mg("VOC", following.valid_from.year) == 100


@pytest.mark.parametrize("years", [0, 6])
def test_a_term_is_one_to_five_years(years):
    with pytest.raises(InputError, match=f"cannot be valid for {years} years"):
        permit(years=years)


def test_renewal_is_asked_for_60_days_before_the_end():
    """At least 60 days before expiry [ZJ-N3]."""
    issued = permit()
    assert issued.renew_by == date(2021, 11, 1)
    with pytest.raises(InputError, match="requested on 2021-11-02, after 2021-11-01"):
        renew_permit(issued, "ZJ-2", asked=date(2021, 11, 2))


def test_a_change_takes_effect_after_its_delay_and_leaves_other_limits_alone():
    changed = change_permit(permit(), {("VOC", 2017): 130}, decided=date(2017, 6, 1), delay_days=3)
    assert changed.limit_mg("VOC", 2017, date(2017, 6, 3)) == 100
    assert changed.limit_mg("VOC", 2017, date(2017, 6, 4)) == 130
    assert changed.limit_mg("VOC", 2018) == 100
    assert changed.limit_mg("SO2", 2017) == 50


def test_of_two_changes_the_later_in_force_counts_whichever_was_made_first():
    late = change_permit(permit(), {("VOC", 2017): 80}, decided=date(2017, 9, 1))
    both = change_permit(late, {("VOC", 2017): 130}, decided=date(2017, 6, 1))
    assert both.limit_mg("VOC", 2017, date(2017, 7, 1)) == 130
    assert both.limit_mg("VOC", 2017) == 80


def test_a_change_outside_the_term_is_refused():
    with pytest.raises(InputError, match="renew the permit first"):
        change_permit(permit(), {("VOC", 2021): 1}, decided=date(2021, 12, 30))


def test_emission_above_the_limit_is_a_breach_and_at_the_limit_is_not():
    day = date(2017, 12, 31)
    assert find_breach(permit(), "VOC", 2017, 100, on=day, basis="material_balance") is None
    breach = find_breach(permit(), "VOC", 2017, 101, on=day, basis="material_balance")
    assert (breach.kind, breach.over_mg) == ("over_limit", 1)
    assert breach.source == "[ZJ-N3] art. 34"


def test_a_purchase_before_the_permit_is_changed_does_not_lift_the_limit():
    changed = change_permit(permit(), {("VOC", 2017): 130}, decided=date(2017, 6, 1))
    early, late = (
        find_breach(changed, "VOC", 2017, 120, on=on, basis="material_balance")
        for on in (date(2017, 6, 2), date(2017, 6, 4))
    )
    assert (early.over_mg, late) == (20, None)


def test_emission_without_a_valid_permit_or_of_an_unnamed_pollutant_is_a_breach():
    after = date(2022, 1, 1)
    expired = find_breach(permit(), "VOC", 2022, 5, on=after, basis="material_balance")
    unnamed = find_breach(permit(), "NOx", 2017, 5, on=date(2017, 5, 1), basis="flow_concentration")
    assert (expired.kind, expired.over_mg) == ("not_valid", 5)
    assert (unnamed.kind, unnamed.over_mg) == ("no_limit", 5)
    assert find_breach(permit(), "VOC", 2022, 0, on=after, basis="material_balance") is None


def test_a_mass_on_another_basis_is_refused_without_a_conversion():
    with pytest.raises(MixedRights, match="flow_concentration cannot be compared"):
        find_breach(permit(), "VOC", 2017, 5, on=date(2017, 5, 1), basis=Basis.FLOW_CONCENTRATION)


def test_a_conversion_given_makes_the_comparison():
    """The factor is made up: stacks carry four fifths of what the balance shows."""
    conversion = Conversion(
        "VOC", Basis.FLOW_CONCENTRATION, Basis.MATERIAL_BALANCE, Fraction(5, 4), "made up"
    )
    assert convert_mg(82, "VOC", *BASES_GIVEN, [conversion]) == 102  # 102.5, half to even
    breach = find_breach(
        permit(),
        "VOC",
        2017,
        84,
        on=date(2017, 5, 1),
        basis="flow_concentration",
        conversions=[conversion],
    )
    assert breach.over_mg == 5
    with pytest.raises(MixedRights):
        convert_mg(82, "SO2", *BASES_GIVEN, [conversion])


BASES_GIVEN = (Basis.FLOW_CONCENTRATION, Basis.MATERIAL_BALANCE)


def test_a_limit_that_is_negative_or_names_no_basis_is_refused():
    with pytest.raises(NotAMass):
        replace(permit(), limits_mg={("VOC", 2017): -1})
    with pytest.raises(InputError, match="names no accounting basis"):
        replace(permit(), limits_mg={("NOx", 2017): 1})


def test_a_permit_that_ends_before_it_begins_is_refused():
    with pytest.raises(InputError, match="swap the two dates"):
        replace(permit(), valid_to=date(2016, 1, 1))


def test_permits_can_be_hashed_copied_and_sent_to_another_process():
    issued = change_permit(permit(), {("VOC", 2017): 130}, decided=date(2017, 6, 1))
    assert copy.deepcopy(issued) == pickle.loads(pickle.dumps(issued)) == issued
    assert len({issued, copy.deepcopy(issued)}) == 1
    assert isinstance(issued, Permit)
