"""Building in a year: its days, its cost by the days left, parts, and where the money comes from.

The firm emits 12 t a year; each of its two measures removes half of it for 600 yuan a year.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from permits.account import WORLD, cash
from permits.ledger import Reason
from tests.scenarios.simulation.scripted import play_scripted, seen
from tests.scenarios.simulation.small_years import Year, on, paid_fen, small

T = 10**9
ORDERED = "2017-03-02"  # the 61st day: 304 are left after it
Order = tuple[str, int]


def _year(
    folder: Path,
    orders: dict[str, Sequence[Order]],
    days: int = 0,
    dates: Sequence[str] = (),
    **sections: Any,
) -> Year:
    """Play the year with measures ordered on the given days."""
    firm = {
        "id": "F",
        "baseline": {"X": "12 t"},
        "opening": {"X": "12 t"},
        "curve": {"a_yuan": 100},
    }
    session = {"kind": "secondary", "rule": "call_double", "dates": sorted({*orders, *dates})}
    stated = small(
        [firm],
        **{
            "market": {"lot": "6 t"},
            "build": {"delay_days": days},
            "session": [session],
            **sections,
        },
    )
    builds = {("F", day): tuple(said) for day, said in orders.items()}
    return play_scripted(folder, stated, {}, builds)


def _paid(year: Year) -> list[tuple[str, int]]:
    return [(str(entry.on), -paid_fen(entry, cash("F"))) for entry in year.entries(Reason.BUILD)]


def _emitted_t(year: Year) -> float:
    (row,) = year.rows("firms")
    return float(row["emitted_t"]) / T


def test_cost_is_the_annual_one_by_the_days_left(tmp_path: Path) -> None:
    """After the 61st day: 600 x 304/365 = 499.73 yuan; half is emitted on 304 of 365 days."""
    year = _year(tmp_path, {ORDERED: [("F/1", 1_000_000)]})
    assert _paid(year) == [(ORDERED, 499_73)]
    (row,) = year.rows("firms")
    assert row["build_cost_yuan"] == 499_73
    assert _emitted_t(year) == pytest.approx(12 * (61 + 304 / 2) / 365, abs=1e-6)
    (event,) = year.events("abate.built")
    assert float(event.values["mass"]) == 6
    assert float(event.values["money"]) == 499.73


def test_with_a_building_time_it_works_and_costs_from_the_due_day_on(tmp_path: Path) -> None:
    """Ordered on 2 March for the 12th, whose emission it halves already: 295 days are left,
    600 x 295/365 = 484.93 yuan."""
    year = _year(tmp_path, {ORDERED: [("F/1", 1_000_000)]}, days=10)
    assert _paid(year) == [("2017-03-12", 484_93)]
    assert _emitted_t(year) == pytest.approx(12 * (70 + 295 / 2) / 365, abs=1e-6)
    (event,) = year.events("abate.built")
    assert event.on == on("2017-03-12")


def test_ordered_on_the_first_day_it_costs_and_works_all_year(tmp_path: Path) -> None:
    year = _year(tmp_path, {"2017-01-01": [("F/1", 1_000_000)]})
    assert _paid(year) == [("2017-01-01", 600_00)]
    assert _emitted_t(year) == pytest.approx(6, abs=1e-6)


def test_what_would_work_after_the_year_costs_nothing_in_it(tmp_path: Path) -> None:
    year = _year(tmp_path, {"2017-12-30": [("F/1", 1_000_000)]}, days=2)
    assert _paid(year) == []
    assert _emitted_t(year) == 12


def test_parts_are_of_what_is_not_yet_built(tmp_path: Path) -> None:
    """On the first day half: 300 yuan. On the 61st half of the other half: 600 / 4 x 304/365 =
    124.93 yuan. Then 1/4 of 6 t is left of it, 3/4 built."""
    orders = {"2017-01-01": [("F/1", 500_000)], ORDERED: [("F/1", 500_000)]}
    year = _year(tmp_path, orders)
    assert _paid(year) == [("2017-01-01", 300_00), (ORDERED, 124_93)]
    expected = 12 * (61 * Fraction(3, 4) + 304 * Fraction(5, 8)) / 365
    assert _emitted_t(year) == pytest.approx(float(expected), abs=1e-6)


def test_built_whole_it_is_not_ordered_again(tmp_path: Path) -> None:
    """Nor while it is under way: ten days of building, ordered again after five."""
    orders = {ORDERED: [("F/1", 1_000_000)], "2017-03-07": [("F/1", 1_000_000)]}
    assert _paid(_year(tmp_path, orders, days=10)) == [("2017-03-12", 484_93)]


def test_both_measures_end_the_emission(tmp_path: Path) -> None:
    year = _year(tmp_path, {"2017-01-01": [("F/1", 1_000_000), ("F/2", 1_000_000)]})
    assert _paid(year) == [("2017-01-01", 600_00), ("2017-01-01", 600_00)]
    assert _emitted_t(year) == 0


def test_the_owners_pay_what_the_cash_lacks(tmp_path: Path) -> None:
    """Cash is 0.03 years of 12 t at 1,000 yuan: 360 yuan. The measure costs 499.73."""
    year = _year(
        tmp_path, {ORDERED: [("F/1", 1_000_000)]}, market={"lot": "6 t", "cash_years": 0.03}
    )
    funds = [entry for entry in year.entries(Reason.FUND) if entry.on == on(ORDERED)]
    assert [paid_fen(entry, cash("F")) for entry in funds] == [139_73]
    assert [paid_fen(entry, WORLD) for entry in funds] == [-139_73]
    assert _paid(year) == [(ORDERED, 499_73)]
    assert year.money_fen(cash("F")) == 0


def test_with_money_enough_the_owners_pay_nothing(tmp_path: Path) -> None:
    year = _year(tmp_path, {ORDERED: [("F/1", 1_000_000)]})
    assert [entry for entry in year.entries(Reason.FUND) if entry.on > on("2017-01-01")] == []
    assert year.money_fen(cash("F")) == 24_000_00 - 499_73


def test_what_is_ordered_is_expected_from_its_due_day_on(tmp_path: Path) -> None:
    """Asked on 5 March, the 64th day: 301 days are left, on 295 of which half is emitted.

    On 2 March, before the order, all of 304 days; on 12 March the rest of 294 at a half.
    """
    dates = [ORDERED, "2017-03-05", "2017-03-12"]
    _year(tmp_path, {ORDERED: [("F/1", 1_000_000)]}, days=10, dates=dates)
    needs = [view["need_mg"] for view in seen(tmp_path)]
    day = Fraction(12 * T, 365)
    expected = [304 * day, (301 - Fraction(295, 2)) * day, 147 * day]
    assert needs == pytest.approx([float(mass) for mass in expected], abs=1000)


def test_firms_without_a_session_build_at_the_start_of_a_month(tmp_path: Path) -> None:
    """Months without trade open with a look at what to build; months with one do not."""
    firm = {"id": "F", "baseline": {"X": "12 t"}, "opening": {"X": "12 t"}}
    firm["curve"] = {"a_yuan": 100}
    session = {"kind": "secondary", "rule": "call_double", "dates": ["2017-03-20"]}
    stated = small([firm], market={"lot": "6 t"}, session=[session], ends="2017-05-31")
    builds = {("F", "2017-03-01"): [("F/1", 1_000_000)], ("F", "2017-04-01"): [("F/2", 1_000_000)]}
    year = play_scripted(tmp_path, stated, {}, builds)
    assert [day for day, _ in _paid(year)] == ["2017-04-01"]
