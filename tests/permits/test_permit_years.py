"""A permit's years: kinds and amounts changed, verified anew, renewed, cancelled, breached;
outfalls, roll-out, and one firm, one permit, one card."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permits.account import holding, issued, surrendered, used
from permits.errors import InputError, NotAllowed, NotAMass
from permits.ledger import Entry, Ledger, Reason, move
from permits.outfall import (
    Outfall,
    OutfallRegister,
    OutletKind,
    change_outfall,
    rebind_outfall,
    register_in,
)
from permits.permit import (
    Basis,
    Outflow,
    Permit,
    RollOut,
    ask_renewal,
    cancel_permit,
    change_permit,
    find_limit_breaches,
    find_reapplication,
    find_unpermitted,
    grant_renewal,
    issue_permit,
    pass_deadline,
    plant_mg,
    refuse_renewal,
    used_by_firm_mg,
    verify_limit,
)
from permits.registry import IssuedCard, find_register_faults
from permits.right import FREE, PAID, Right

FLOW = Basis.FLOW_CONCENTRATION


def permit(number="P1", firm="F1", on=date(2017, 1, 1), cod=100, years=5) -> Permit:
    yearly = {"COD": cod, "NH3-N": 10}
    return issue_permit(number, firm, yearly, dict.fromkeys(yearly, FLOW), on=on, years=years)


# --- changes --------------------------------------------------------------------------------


def test_a_kind_that_is_added_is_named_from_its_day_on():
    changed = change_permit(
        permit(), {("NOx", 2018): 7}, decided=date(2018, 5, 1), added={"NOx": FLOW}
    )
    assert "NOx" not in changed.basis_on(date(2018, 5, 3))
    assert changed.basis_on(date(2018, 5, 4))["NOx"] is FLOW
    assert changed.limit_mg("NOx", 2018, date(2018, 5, 4)) == 7
    with pytest.raises(InputError, match="names no accounting basis"):
        change_permit(permit(), {("NOx", 2018): 7}, decided=date(2018, 5, 1))


def test_a_kind_that_is_dropped_keeps_its_limit_to_the_end_of_that_year():
    changed = change_permit(permit(), {}, decided=date(2018, 5, 1), dropped=("NH3-N",))
    assert [changed.limit_mg("NH3-N", year) for year in (2017, 2018, 2019)] == [10, 10, 0]
    assert "NH3-N" in changed.basis_on(date(2018, 12, 31))
    assert "NH3-N" not in changed.basis_on(date(2019, 1, 1))
    with pytest.raises(InputError, match="does not name SO2"):
        change_permit(permit(), {}, decided=date(2018, 5, 1), dropped=("SO2",))


def test_an_increase_of_kinds_amount_or_concentration_or_a_move_needs_a_new_application():
    """[ZJ-N3] art. 15; a decrease is a change."""
    day = date(2018, 1, 1)
    reasons = find_reapplication(
        permit(), {("COD", 2018): 101}, on=day, added=["NOx", "COD"], project=True, moved=True,
        concentration_raised=True,
    )  # fmt: skip
    assert reasons == ("project", "outlet", "kinds", "amount", "concentration")
    assert find_reapplication(permit(), {("COD", 2018): 100}, on=day, added=["COD"]) == ()


# --- verification ---------------------------------------------------------------------------


@given(*[st.none() | st.integers(0, 10**12) for _ in range(3)])
def test_the_smallest_of_permit_approval_and_volume_times_standard_counts(known, approved, volume):
    outflow = None if volume is None else Outflow(volume, 50_000_000)
    ceilings = [known, approved, None if volume is None else volume * 50]
    there = [mass for mass in ceilings if mass is not None]
    if not there:
        with pytest.raises(InputError, match="no amount is given"):
            verify_limit("COD", permit_mg=known, approval_mg=approved, outflow=outflow)
        return
    found = verify_limit("COD", permit_mg=known, approval_mg=approved, outflow=outflow)
    assert found.mass_mg == min(there)
    assert all(found.ceilings_mg[name] == found.mass_mg for name in found.binding)
    assert found.binding


def test_an_indirect_discharger_counts_at_the_standard_of_the_plant_that_receives_it():
    """Changshu: volume x the receiving plant's standard; here 200 mg/L own, 50 mg/L there,
    100,000 m3 [ZJ-P18]."""
    litres = 100_000_000
    direct, indirect = Outflow(litres, 200_000_000), Outflow(litres, 200_000_000, 50_000_000)
    assert (direct.mass_mg, indirect.mass_mg) == (20 * 10**9, 5 * 10**9)
    assert Outflow(999_999, 1).mass_mg == 0  # a ceiling is not rounded up


def test_a_treatment_plant_counts_design_volume_less_its_connected_users():
    """[ZJ-P18]."""
    design = Outflow(1_000_000, 50_000_000)
    assert plant_mg(design, 20_000_000) == 30_000_000
    assert plant_mg(design, 60_000_000) == 0
    with pytest.raises(NotAMass):
        verify_limit("COD", permit_mg=-1)


# --- renewal ----------------------------------------------------------------------------------


def test_renewal_is_decided_within_20_days_and_overdue_after():
    """[ZJ-N3] art. 14."""
    asked = ask_renewal(permit(), on=date(2021, 10, 1))
    assert asked.decide_by == date(2021, 10, 21)
    assert pass_deadline(asked, on=date(2021, 10, 21)).state == "asked"
    late = pass_deadline(asked, on=date(2021, 11, 5))
    assert late.history[-1] == ("overdue", date(2021, 10, 22))
    granted, _ = grant_renewal(asked, "P2", on=date(2021, 11, 5))
    assert [state for state, _ in granted.history] == ["asked", "overdue", "granted"]


def test_the_next_permit_has_what_was_verified_anew_and_otherwise_the_last_year_s_limits():
    asked = ask_renewal(permit(), on=date(2021, 10, 1))
    verified = verify_limit("COD", permit_mg=100, approval_mg=90)
    granted, following = grant_renewal(asked, "P2", on=date(2021, 10, 15), verified=[verified])
    assert granted.state == "granted"
    assert following.valid_from == date(2022, 1, 1)
    assert [following.limit_mg(p, 2026) for p in ("COD", "NH3-N")] == [90, 10]
    with pytest.raises(NotAllowed, match="'grant' cannot happen"):
        grant_renewal(granted, "P3", on=date(2021, 10, 16))


def test_renewal_is_refused_with_its_reason_and_not_asked_late_or_of_an_ended_permit():
    """[ZJ-C24] art. 17."""
    asked = ask_renewal(permit(), on=date(2021, 10, 1))
    refused = refuse_renewal(asked, on=date(2021, 10, 9), why="over its total after the deadline")
    assert (refused.state, refused.why) == ("refused", "over its total after the deadline")
    with pytest.raises(InputError, match="a late firm needs a new permit"):
        ask_renewal(permit(), on=date(2021, 11, 2))
    gone = cancel_permit(permit(), on=date(2020, 1, 1), why="closed")
    with pytest.raises(InputError, match="when the permit is not valid"):
        ask_renewal(gone, on=date(2021, 1, 1))


def test_a_cancelled_permit_runs_to_the_day_before_and_is_cancelled_once():
    gone = cancel_permit(permit(), on=date(2019, 7, 1), why="relocated")
    assert gone.is_valid(date(2019, 6, 30))
    assert not gone.is_valid(date(2019, 7, 1))
    with pytest.raises(InputError, match="cannot be cancelled"):
        cancel_permit(gone, on=date(2019, 8, 1), why="again")


# --- breaches of a year -------------------------------------------------------------------------


def test_a_year_is_held_to_the_permit_that_ran_last_in_it_as_it_read_on_its_last_day():
    """P1 to mid-2018 at 100, then P2 at 60; P2 raised to 80 in October."""
    first = permit(on=date(2017, 7, 1), years=1)
    second = change_permit(
        permit("P2", on=date(2018, 7, 1), cod=60), {("COD", 2018): 80}, decided=date(2018, 10, 1)
    )
    used_mg = {("F1", "COD", 2017): 101, ("F1", "COD", 2018): 80, ("F1", "COD", 2019): 61}
    found = find_limit_breaches(used_mg, [first, second])
    assert [(b.permit, b.year, b.kind, b.over_mg) for b in found] == [
        ("P1", 2017, "over_limit", 1), ("P2", 2019, "over_limit", 1),
    ]  # fmt: skip


def test_emission_in_a_year_without_a_permit_or_of_an_unnamed_kind_is_a_breach():
    gone = cancel_permit(permit(), on=date(2018, 1, 1), why="closed")
    used_mg = {
        ("F1", "COD", 2017): 100, ("F1", "COD", 2018): 5, ("F1", "SO2", 2017): 3,
        ("F9", "COD", 2017): 4, ("F1", "NH3-N", 2018): 0,
    }  # fmt: skip
    found = find_limit_breaches(used_mg, [gone])
    assert [(b.firm, b.permit, b.pollutant, b.kind, b.over_mg) for b in found] == [
        ("F1", "", "COD", "not_valid", 5),
        ("F1", "P1", "SO2", "no_limit", 3),
        ("F9", "", "COD", "not_valid", 4),
    ]


@given(st.lists(st.tuples(st.sampled_from("AB"), st.integers(2016, 2023), st.integers(0, 200))))
def test_the_breaches_of_years_are_those_of_every_year_by_itself(rows):
    """Against a plain reading of two permits that never change."""
    permits = {firm: permit(firm, firm, cod=limit) for firm, limit in (("A", 100), ("B", 50))}
    used_mg = {(firm, "COD", year): mass for firm, year, mass in rows}
    over = {
        key: mass - (limit if 2017 <= key[2] <= 2021 else 0)
        for key, mass in used_mg.items()
        if mass
        > ((limit := permits[key[0]].limits_mg["COD", 2017]) if 2017 <= key[2] <= 2021 else 0)
    }
    found = find_limit_breaches(used_mg, permits.values())
    assert {(b.firm, b.pollutant, b.year): b.over_mg for b in found} == over


def test_what_a_ledger_says_was_used_counts_before_and_after_the_true_up():
    free, paid = Right("COD", "T", 2017, FREE), Right("COD", "T", 2017, PAID)
    day, ledger = date(2017, 6, 1), Ledger()
    ledger.post(Entry("1", day, Reason.ISSUE, (
        *move(issued("p"), holding("F1"), free, 50), *move(issued("p"), holding("F1"), paid, 90),
    )))  # fmt: skip
    ledger.post(Entry("2", day, Reason.SWIPE, (
        *move(holding("F1"), used("F1"), free, 50), *move(holding("F1"), used("F1"), paid, 60),
    )))  # fmt: skip
    ledger.post(Entry("3", day, Reason.TRUE_UP, move(used("F1"), surrendered("F1"), free, 50)))
    assert used_by_firm_mg(ledger) == {("F1", "COD", 2017): 110}
    (breach,) = find_limit_breaches(used_by_firm_mg(ledger), [permit()])
    assert breach.over_mg == 10


def test_an_industry_needs_permits_from_its_day_on_and_not_before():
    """The two days are made up."""
    rows = [
        RollOut("paper", date(2017, 7, 1), "made up", "assumed"),
        RollOut("paper", date(2016, 7, 1), "made up", "assumed"),
        RollOut("dyeing", date(2018, 1, 1), "made up", "assumed"),
    ]
    firms = {"F1": "paper", "F2": "paper", "F3": "dyeing", "F4": "toys"}
    found = find_unpermitted(firms, [permit()], rows, on=date(2017, 8, 1))
    assert [(firm, row.by) for firm, row in found] == [("F2", date(2016, 7, 1))]
    later = find_unpermitted(firms, [permit()], rows, on=date(2018, 1, 1))
    assert [firm for firm, _ in later] == ["F2", "F3"]
    assert find_unpermitted(firms, [], rows, on=date(2016, 6, 30)) == ()


# --- outfalls and the register --------------------------------------------------------------------


def registered(id="W1", card="C1", permit="P1") -> OutfallRegister:
    outfall = Outfall(id, OutletKind.WATER_INDIRECT, "30.5 N 120.7 E", permit, card, "M1")
    return register_in(OutfallRegister(), outfall, on=date(2017, 1, 1), why="survey")


def test_an_outfall_keeps_its_history_and_a_removed_one_its_id():
    """[WorkPlan2017] item 2."""
    register = rebind_outfall(registered(), "W1", on=date(2017, 5, 1), why="swapped", card="C2")
    register = change_outfall(register, "W1", "suspend", on=date(2018, 1, 1), why="silted")
    register = change_outfall(register, "W1", "remove", on=date(2018, 3, 1), why="closed")
    outfall = register.outfalls["W1"]
    assert (outfall.state, outfall.card, outfall.monitor) == ("removed", "C2", "M1")
    assert [noted.event for noted in outfall.history] == ["register", "rebind", "suspend", "remove"]
    assert register.in_use() == ()
    again = Outfall("W1", OutletKind.GAS_STACK, "roof", "P1")
    with pytest.raises(NotAllowed, match="already in the register, removed"):
        register_in(register, again, on=date(2019, 1, 1))
    with pytest.raises(NotAllowed, match="'resume' cannot happen"):
        change_outfall(register, "W1", "resume", on=date(2019, 1, 1))


def test_an_unknown_outfall_and_an_event_out_of_order_are_refused():
    with pytest.raises(NotAllowed, match="outfall W9 is not in the register"):
        change_outfall(registered(), "W9", "remove", on=date(2018, 1, 1))
    with pytest.raises(NotAllowed, match="before the last event"):
        change_outfall(registered(), "W1", "remove", on=date(2016, 1, 1))


def test_a_register_with_one_permit_and_one_card_a_firm_has_no_fault():
    permits = [permit(), permit("P0", on=date(2012, 1, 1))]
    cards = [IssuedCard("C1", "P1")]
    assert find_register_faults(permits, cards, registered(), on=date(2018, 1, 1)) == []


def test_every_contradiction_of_one_firm_one_permit_one_card_is_found():
    permits = [permit(), permit("P2"), permit("P3", "F3"), permit("P3", "F3")]
    cards = [IssuedCard("C1", "P1"), IssuedCard("C2", "P1"), IssuedCard("C9", "P8")]
    found = find_register_faults(
        permits, cards, registered(card="C9", permit="P7"), on=date(2018, 1, 1)
    )
    assert [(fault.code, fault.where) for fault in found] == [
        ("register.twice", "permit P3"),
        ("register.permits", "firm F1"),
        ("register.cards", "permit P1"),
        ("register.no_card", "permit P2"),
        ("register.no_card", "permit P3"),
        ("register.stray", "card C9"),
        ("register.stray", "outfall W1"),
        ("register.card", "outfall W1"),
    ]
    assert str(found[1]) == "several permits are valid at once: P1, P2 [firm F1]"


@given(st.dates(date(2016, 6, 1), date(2022, 6, 1)))
def test_permits_that_follow_one_another_are_never_two_at_once(on):
    first = permit(years=2)
    _, second = grant_renewal(ask_renewal(first, on=first.renew_by), "P2", on=first.renew_by)
    cards = [IssuedCard("C1", first.number), IssuedCard("C2", second.number)]
    faults = {fault.code for fault in find_register_faults([first, second], cards, on=on)}
    assert "register.permits" not in faults
    runs = first.is_valid(on) + second.is_valid(on)
    assert runs == (date(2017, 1, 1) <= on < date(2024, 1, 1))
    assert second.valid_from - first.valid_to == timedelta(days=1)
