"""Declining cap: each later vintage loses the cumulated share, on its first day.

Days about two new years, with rights of 10 t a year for A and 20 t for B. At 10 % a year 10 %
of 2018 retire and, compounded, 1 - 0.9 x 0.9 = 19 % of 2019.
"""

from __future__ import annotations

from typing import Any

from permits.account import holding, retired
from permits.ledger import Reason
from tests.scenarios.simulation.small_years import Year, moved_t, play, small


def _year(*policies: dict[str, Any], **rights: Any) -> Year:
    return play(
        small(
            [
                {"id": "A", "baseline": {"X": "5 t"}, "opening": {"X": "10 t"}},
                {"id": "B", "baseline": {"X": "5 t"}, "opening": {"X": "20 t"}},
            ],
            begins="2017-12-30",
            ends="2019-01-02",
            rights={"term_years": 3, **rights},
            policy=list(policies),
        )
    )


def _retired(year: Year) -> list[tuple[str, str, float]]:
    """(day, firm, tonnes) of what went from a firm's holding for good."""
    found = []
    for entry in year.entries(Reason.CONVERT) + year.entries(Reason.TARGET):
        for firm in ("A", "B"):
            right = year.right(entry.on.year)
            moved = moved_t(entry, retired(firm), right)
            if moved:
                assert moved_t(entry, holding(firm), right) == -moved
                found.append((str(entry.on), firm, float(moved)))
    return sorted(found)


def _decline(percent: float, **days: str) -> dict[str, Any]:
    return {"rule": "cap_decline", "params": {"percent_a_year": percent}, **days}


def test_the_share_is_compounded_from_year_to_year() -> None:
    year = _year(_decline(10))
    assert _retired(year) == [
        ("2018-01-01", "A", 1.0),
        ("2018-01-01", "B", 2.0),
        ("2019-01-01", "A", 1.9),
        ("2019-01-01", "B", 3.8),
    ]
    announced = [str(event.on) for event in year.events("policy.cap_decline")]
    assert announced == ["2018-01-01", "2019-01-01"], "the first year is whole"


def test_without_parameters_it_is_three_and_a_half_percent() -> None:
    """3.5 % of 10 t, and 1 - 0.965² = 6.8775 %."""
    found = _retired(_year({"rule": "cap_decline"}))
    assert [mass for _, firm, mass in found if firm == "A"] == [0.35, 0.68775]


def test_a_year_that_begins_outside_its_days_is_spared() -> None:
    """In force from 2018-01-02 on: 2018 is whole, and 2019 loses what two years add up to."""
    policy = _decline(10, **{"from": "2018-01-02"})
    assert [row[0] for row in _retired(_year(policy))] == ["2019-01-01", "2019-01-01"]
    assert _retired(_year(policy))[0][2] == 1.9
