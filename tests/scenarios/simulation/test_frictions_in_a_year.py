"""Without frictions: which parts of a scenario go, which stay, and what one of them costs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from permits.account import retired
from permits.ledger import Reason
from scenarios.definition.scenario import Scenario
from scenarios.results.summary import FrictionRow
from scenarios.runner import run, year_of
from scenarios.simulation import frictions
from tests.scenarios.simulation.small_years import Year, built, moved_t, play, small

FEW_DAYS: dict[str, Any] = {"ends": "2017-01-10"}


def _names(stated: dict[str, Any]) -> list[str]:
    return [friction.name for friction in frictions.in_force(built(stated))]


# --- which there are -----------------------------------------------------------------------


def test_a_calm_year_has_the_frictions_of_its_defaults_only() -> None:
    """Permit changes take three days, and firms do not know their year."""
    firm = {"id": "F", "baseline": {"X": "10 t"}}
    assert _names(small([firm])) == ["delays", "behaviour"]
    calm = {"licence": {"change_delay_days": 0}, "production": {"foresight": True}}
    assert _names(small([firm], **calm)) == []


@pytest.mark.parametrize(
    ("name", "sections"),
    [
        ("delays", {"market": {"auction_delay_days": 1}}),
        ("delays", {"market": {"trade_delay_days": 1}}),
        ("delays", {"build": {"delay_days": 1}}),
        ("fees", {"market": {"fee": 0.01}}),
        ("ratios", {"market": {"ratio": 1.2}}),
        ("ratios", {"sector": [{"id": "all", "ratio": 1.2}]}),
        ("head_count", {"session": [{"kind": "auction", "rule": "headcount_share"}]}),
        ("reserve", {"rights": {"withheld": 0.1}}),
        ("reserve", {"rights": {"paid_share": 0.5}}),
        ("month_quotas", {"card": {"shift": "apply"}}),
        ("behaviour", {"traders": {"default": "zip"}}),
    ],
)
def test_each_is_found_by_what_it_is_about(name: str, sections: dict[str, Any]) -> None:
    calm = {"licence": {"change_delay_days": 0}, "production": {"foresight": True}}
    firm = {"id": "F", "baseline": {"X": "10 t"}}
    assert _names(small([firm], **{**calm, **sections})) == [name]


# --- what they cost --------------------------------------------------------------------------

TWELVE = {"id": "F", "baseline": {"X": "12 t"}, "opening": {"X": "12 t"}}


def _rows(scenario: Scenario) -> list[FrictionRow]:
    year = run(scenario, part="year").summary.year
    assert year is not None
    return list(year.frictions)


def test_the_cost_of_month_quotas_is_the_january_that_stands_still() -> None:
    """12 t a year, evenly by day, against a tonne a month: January wants 12 x 31/365 t.

    7/365 t of it, 19,178,082 mg, are stopped on the 31st and valued at 50,000 yuan/t:
    958.90 yuan. No later month exceeds its quota with what came over from the one before.
    Without month quotas nothing is stopped; without delays nothing changes.
    """
    stated = small([TWELVE], card={"shift": "none"}, production={"foresight": True})
    scenario = built(stated)
    _, verdict = year_of(scenario)
    assert verdict.realised == pytest.approx(958_90.41)
    rows = _rows(scenario)
    assert [(row.name, row.cost_fen, row.saved_fen) for row in rows] == [
        ("delays", 958_90, 0),
        ("month_quotas", 0, 958_90),
        ("all", 0, 958_90),
    ]


def test_a_year_without_frictions_has_no_rows_of_them() -> None:
    scenario = built(small([TWELVE], frictions="none", **FEW_DAYS))
    assert _rows(scenario) == []


# --- what none of them removes ---------------------------------------------------------------


def _two(*policies: dict[str, Any], **sections: Any) -> dict[str, Any]:
    """B sells nothing: it lacks 2 t of 12, is never stopped, and is fined at least 1,000 yuan."""
    return small(
        [
            {"id": "A", "baseline": {"X": "5 t"}, "opening": {"X": "10 t"}},
            {"id": "B", "sector": "b", "baseline": {"X": "17 t"}, "opening": {"X": "10 t"}},
        ],
        sector=[{"id": "all"}, {"id": "b", "stop": "curtail"}],
        card={"shift": "free", "curtail_to": 1.0},
        market={"cash_years": 100},
        true_up={"fine_min": "1000.00", "fine_max": "1000.00"},
        frictions="none",
        policy=list(policies),
        **sections,
    )


def _fine_yuan(year: Year) -> float:
    return sum(row["penalty_yuan"] for row in year.rows("true_up")) / 100


def test_without_frictions_the_fine_stays() -> None:
    """A sells all of its 5 t on the first day; B is 2 t short."""
    year = play(_two(**FEW_DAYS))
    assert _fine_yuan(year) == 1000
    (trade,) = year.rows("trades")
    assert (trade["buyer"], trade["mass_t"]) == ("B", 5 * 10**9)


def test_without_frictions_raised_fines_stay_raised() -> None:
    year = play(_two({"rule": "penalty", "params": {"percent": 300}}, **FEW_DAYS))
    assert _fine_yuan(year) == 3000


DECLINE = {"rule": "cap_decline", "params": {"percent_a_year": 10}}
TWO_YEARS: dict[str, Any] = {
    "begins": "2017-12-22",
    "ends": "2018-01-10",
    "rights": {"term_years": 2},
}


def _retired_t(year: Year) -> list[tuple[str, float]]:
    right = year.right(2018)
    return [
        (firm, float(moved))
        for entry in year.entries(Reason.CONVERT) + year.entries(Reason.TARGET)
        for firm in ("A", "B")
        if (moved := moved_t(entry, retired(firm), right))
    ]


def test_a_declining_cap_retires_its_share_of_the_second_year() -> None:
    """10 % of the 10 t of 2018 that each holds on the first day of 2018."""
    stated = {**_two(DECLINE, **TWO_YEARS), "frictions": "all"}
    assert _retired_t(play(stated)) == [("A", 1.0), ("B", 1.0)]


def test_without_frictions_the_cap_declines_still() -> None:
    assert _retired_t(play(_two(DECLINE, **TWO_YEARS))) == [("A", 1.0), ("B", 1.0)]


@pytest.mark.parametrize("rule", ["cap_decline", "penalty", "price_collar", "reserve_release"])
def test_an_instrument_is_no_friction(rule: str) -> None:
    firm = {"id": "F", "baseline": {"X": "10 t"}}
    calm = {"licence": {"change_delay_days": 0}, "production": {"foresight": True}}
    assert _names(small([firm], policy=[{"rule": rule}], **calm)) == []


def test_without_frictions_one_session_is_held_within_the_collar(tmp_path: Path) -> None:
    """Delays, fee, ratio, reserve and the scenario's own session go; both may trade at 1,000."""
    sections: dict[str, Any] = {
        **FEW_DAYS,
        "rights": {"term_years": 1, "withheld": 0.5, "paid_share": 0.0},
        "market": {"cash_years": 100, "fee": 0.2, "ratio": 1.5, "trade_delay_days": 5},
        "session": [{"kind": "secondary", "rule": "bilateral", "dates": ["2017-01-09"]}],
    }
    collar = {"rule": "price_collar", "params": {"floor": 1.0, "ceiling": 1.0}}
    year = play({**_two(collar), **sections})
    (session,) = year.rows("sessions")
    assert (str(session["date"]), session["rule"]) == ("2017-01-01", "call_double")
    (trade,) = year.rows("trades")
    assert (trade["mass_t"], trade["retired_t"]) == (5 * 10**9, 0)
    (entry,) = year.entries(Reason.TRADE)
    assert str(entry.on) == "2017-01-01"
