"""Cards through a year, to the day and the milligram.

A firm of 12 t a year emits 12/365 = 0.0328767 t a day and has a tonne a month.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from permits.account import expired, owed, surrendered
from tests.scenarios.simulation.small_years import Year, play, small

T = 10**9


def _firm(emits: str, holds: str, sector: str = "all") -> dict[str, Any]:
    return {"id": "F", "sector": sector, "baseline": {"X": emits}, "opening": {"X": holds}}


def _days(year: Year, kind: str) -> list[str]:
    return [str(event.on) for event in year.events(f"swipe.{kind}")]


def _month(year: Year, month: str) -> dict[str, Any]:
    (row,) = [row for row in year.rows("cards") if row["month"] == month]
    return row


def _year_stopped(year: Year) -> int:
    (row,) = year.rows("firms")
    return int(row["stopped_t"])


@pytest.fixture(scope="module")
def even() -> Year:
    """12 t against 12 t, month by month, and no quota moves."""
    return play(small([_firm("12 t", "12 t")], card={"shift": "none"}))


def test_warnings_and_the_shutting_fall_on_their_days(even: Year) -> None:
    """0.8 t after 24.3 days, 0.9 t after 27.4, 1 t after 30.4; the card opens with February.

    With 0.0795 t over from February and 0.0603 t from March on, 80 % is reached again each
    month but later, and no other month is used up.
    """
    assert _days(even, "warned80")[0] == "2017-01-25"
    assert _days(even, "warned90")[0] == "2017-01-28"
    assert _days(even, "shut") == ["2017-01-31"]
    assert _days(even, "reopened") == ["2017-02-01"]


def test_the_shut_card_stops_what_exceeds_it_to_the_milligram(even: Year) -> None:
    """January wants 12 x 31/365 t = 1,019,178,082 mg and may emit a tonne."""
    assert _year_stopped(even) == 19_178_082
    january = _month(even, "2017-01")
    assert (january["quota_t"], january["emitted_t"]) == (T, T)
    assert (january["warned80"], january["warned90"], january["shut"]) == (1, 1, 1)


def test_what_a_month_leaves_is_carried_into_the_next(even: Year) -> None:
    """February, of 28 days, emits 0.9205 t; March has a tonne and what February left."""
    february = round(12 * T * Fraction(59, 365)) - round(12 * T * Fraction(31, 365))
    assert _month(even, "2017-02")["emitted_t"] == february
    assert _month(even, "2017-03")["quota_t"] == T + T - february
    assert _month(even, "2017-02")["left_t"] == T - february + 10 * T
    assert _month(even, "2017-12")["left_t"] == even.held_t(expired("F"), 2017) * T == 19_178_082


def test_the_warnings_are_the_scenario_s_percentages() -> None:
    """50 and 60 % of a tonne: after 15.2 and 18.25 days."""
    year = play(small([_firm("12 t", "12 t")], card={"shift": "none", "warn_percent": [50, 60]}))
    assert _days(year, "warned80")[0] == "2017-01-16"
    assert _days(year, "warned90")[0] == "2017-01-19"


# --- quota of later months -----------------------------------------------------------------

PEAK = [6.5, *[0.5] * 11]
"""January at thirteen times the other months: 12 x 6.5/368.5 = 0.21167 t a day, and 0.016282."""


def _peak(**card: Any) -> Year:
    return play(
        small(
            [_firm("12 t", "12 t", "s")],
            sector=[{"id": "s", "season": PEAK}],
            card={"shift": "apply", **card},
        )
    )


@pytest.mark.parametrize(("share", "moved_t", "december_t"), [(0.5, 5.5, 0.5), (0.25, 2.75, 0.75)])
def test_a_shift_moves_its_share_of_each_later_month_after_its_days(
    share: float, moved_t: float, december_t: float
) -> None:
    """The tonne is used up on the 5th day (0.8467 t before); the shift comes three days later.

    The rest of January wants 5.503 t, more than all later months may give: 11 x 0.5 = 5.5 t
    at a half, 2.75 t at a quarter. Each later month keeps the rest of its tonne.
    """
    year = _peak(shift_share=share)
    (shift, *_) = year.events("swipe.shifted")
    assert str(shift.on) == "2017-01-08"
    assert float(shift.values["mass"]) == moved_t
    assert _days(year, "shut")[0] == "2017-01-05"
    assert _days(year, "reopened")[0] == "2017-01-08"
    january, february = _month(year, "2017-01"), _month(year, "2017-02")
    assert january["quota_t"] == round((1 + moved_t) * T)
    left = january["quota_t"] - january["emitted_t"]
    assert january["left_t"] == left + round(11 * december_t * T)
    assert february["quota_t"] == round(december_t * T) + left


def test_the_days_of_an_application_are_the_scenario_s() -> None:
    assert _days(_peak(shift_delay_days=9), "shifted")[0] == "2017-01-14"
    # Granted at once: it opens on the day on which it shut.
    at_once = _peak(shift_delay_days=0)
    assert _days(at_once, "shifted")[0] == _days(at_once, "reopened")[0] == "2017-01-05"


def test_a_small_shift_comes_from_the_last_month() -> None:
    """At 90 %, on the 28th, three days are left: they want 3 x 0.0328767 t, and 0.0794521 are
    there. The rest, 7/365 t, is asked for; it comes after four days, out of December.

    So January still stops 7/365 t, February has its own tonne and the shift, and December a
    tonne less the shift.
    """
    year = play(small([_firm("12 t", "12 t")], card={"shift": "apply", "shift_delay_days": 4}))
    (shift,) = year.events("swipe.shifted")
    moved = round(float(shift.values["mass"]) * T)
    assert moved == pytest.approx(19_178_082, abs=1)
    assert str(shift.on) == "2017-02-01"
    assert _year_stopped(year) == 19_178_082
    assert _month(year, "2017-02")["quota_t"] == T + moved
    november = _month(year, "2017-11")
    left = november["quota_t"] - november["emitted_t"]
    assert _month(year, "2017-12")["quota_t"] == T - moved + left


def test_without_applications_or_months_nothing_is_shifted() -> None:
    none = _peak(shift="none")
    assert none.events("swipe.shifted") == []
    assert _month(none, "2017-01")["emitted_t"] == T
    free = _peak(shift="free")
    assert free.events("swipe.shifted") == []
    assert _month(free, "2017-01")["quota_t"] == 12 * T
    assert _year_stopped(free) == 0


# --- the month's quota ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headroom", "quota_t"), [(0, Fraction(1)), (0.25, Fraction(5, 4)), (1, Fraction(3, 2))]
)
def test_the_quota_is_a_twelfth_of_the_smaller_of_licence_and_rights(
    headroom: float, quota_t: Fraction
) -> None:
    """12 t opening, of which 6 t are carried from 2017: 18 t of rights in 2018.

    The licence is 12 t and its headroom: 12, 15 or 24 t. A twelfth of the smaller.
    """
    year = play(
        small(
            [_firm("6 t", "12 t")],
            ends="2018-01-02",
            rights={"term_years": 2, "carry_over": 1.0},
            licence={"headroom": headroom},
            card={"shift": "none"},
        )
    )
    assert _month(year, "2017-01")["quota_t"] == T, "12 t of rights, whatever the headroom"
    assert _month(year, "2018-01")["quota_t"] == quota_t * T


def test_a_year_that_begins_within_a_month_loads_that_month() -> None:
    """Six days from the middle of January want 2 t each; the tonne of January is there."""
    year = play(
        small(
            [_firm("12 t", "12 t")], begins="2017-01-15", ends="2017-01-20", card={"shift": "none"}
        )
    )
    january = _month(year, "2017-01")
    assert (january["quota_t"], january["emitted_t"]) == (T, T)
    assert _days(year, "shut") == ["2017-01-15"]


def test_without_months_a_year_that_begins_later_has_its_quota_too() -> None:
    """From July to the end of the year: 6 t against 12 t of rights, and nothing is stopped."""
    year = play(small([_firm("6 t", "12 t")], begins="2017-07-01"))
    assert _year_stopped(year) == 0


# --- curtailment and breach ---------------------------------------------------------------------


def test_a_curtailed_boiler_emits_half_and_owes_what_no_right_covers() -> None:
    """24 t a year, 65,753,425 mg a day, against a tonne: used up on the 16th day.

    From the next day on half of each day's emission. All above the tonne is without a right.
    """
    year = play(
        small(
            [_firm("24 t", "1 t", "b")],
            sector=[{"id": "b", "stop": "curtail"}],
            card={"shift": "free", "curtail_to": 0.5},
        )
    )
    sums = [round(24 * T * Fraction(n, 365)) for n in range(366)]
    days = [after - before for before, after in pairwise(sums)]
    emitted = sums[16] + sum(day * 50 // 100 for day in days[16:])
    assert _days(year, "curtailed") == ["2017-01-16"]
    (row,) = year.rows("firms")
    assert row["emitted_t"] == emitted
    assert row["stopped_t"] == 24 * T - emitted
    assert row["owed_t"] == emitted - T
    assert year.held_t(surrendered("F"), 2017) == 1
    assert year.held_t(owed("F"), 2017) == Fraction(T - emitted, T)
    breaches = year.events("swipe.breach")
    # Posted when the card is used up, and with each month.
    assert [str(event.on) for event in breaches[:3]] == ["2017-01-16", "2017-01-31", "2017-02-28"]
    assert sum(round(float(e.values["mass"]) * T) for e in breaches) == emitted - T


def test_an_interlock_stops_all_and_owes_nothing() -> None:
    """The same against a line that stops: exactly the tonne is emitted."""
    year = play(small([_firm("24 t", "1 t")]))
    (row,) = year.rows("firms")
    assert (row["emitted_t"], row["stopped_t"], row["owed_t"]) == (T, 23 * T, 0)
    assert _days(year, "shut") == ["2017-01-16"]
