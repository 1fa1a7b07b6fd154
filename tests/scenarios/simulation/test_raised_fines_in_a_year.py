"""Raised fines: the factor of the policy in force on the day of the true-up, on both limits.

The boiler holds 10 t, emits 12 and is never stopped: 2 t short of 10 t. Fines run from 1,000
to 5,000 yuan, the whole of it at a shortfall of half of the rights, 5 t:
1,000 + 4,000 x 2/5 = 2,600 yuan. The year is ten days long, in which all is emitted.
"""

from __future__ import annotations

from typing import Any

import pytest

from permits.account import cash, owed
from permits.ledger import Reason
from tests.scenarios.simulation.small_years import Year, on, paid_fen, play, small


def _year(*policies: dict[str, Any], emits: str = "12 t", **sections: Any) -> Year:
    return play(
        small(
            [{"id": "F", "sector": "b", "baseline": {"X": emits}, "opening": {"X": "10 t"}}],
            sector=[{"id": "b", "stop": "curtail"}],
            card={"shift": "free", "curtail_to": 1.0},
            true_up={"fine_min": "1000.00", "fine_max": "5000.00", "fine_scale": 0.5},
            policy=list(policies),
            ends="2017-01-10",
            **sections,
        )
    )


def _fine_yuan(year: Year) -> float:
    """The fine, where event, table and ledger say the same."""
    (event,) = year.events("true_up.short")
    (row,) = year.rows("true_up")
    (entry,) = year.entries(Reason.PENALTY)
    fen = row["penalty_yuan"]
    assert float(event.values["money"]) == fen / 100
    assert event.on == entry.on == on("2017-01-10")
    assert paid_fen(entry, cash("F")) == -row["paid_yuan"]
    assert paid_fen(entry, owed("F")) == row["paid_yuan"] - fen
    assert paid_fen(entry, cash("city:all")) == row["paid_yuan"]
    assert paid_fen(entry, owed("city:all")) == fen - row["paid_yuan"], "the city's claim"
    return fen / 100


def test_without_a_policy_the_fine_is_the_scenario_s() -> None:
    year = _year()
    assert _fine_yuan(year) == 2600
    (row,) = year.rows("true_up")
    assert (row["shortfall_t"], row["surrendered_t"]) == (2 * 10**9, 10 * 10**9)


@pytest.mark.parametrize(("percent", "yuan"), [(150, 3900), (50, 1300), (0, 0)])
def test_the_factor_is_on_the_least_and_on_the_most_fine(percent: int, yuan: int) -> None:
    """At 150 %: 1,500 + 6,000 x 2/5 = 3,900, and in proportion."""
    policy = {"rule": "penalty", "params": {"percent": percent}}
    (event,) = _year(policy).events("true_up.short")
    assert float(event.values["money"]) == yuan


def test_from_five_tonnes_on_it_is_the_most_fine() -> None:
    """15 t emitted: short by half of the rights, 5,000 yuan; 16 t no more than that."""
    twice = {"rule": "penalty", "params": {"percent": 200}}
    assert [_fine_yuan(_year(emits=t)) for t in ("15 t", "16 t")] == [5000, 5000]
    assert [_fine_yuan(_year(twice, emits=t)) for t in ("15 t", "16 t")] == [10000, 10000]


@pytest.mark.parametrize(
    ("days", "yuan"),
    [
        ({"to": "2017-01-09"}, 2600),
        ({"to": "2017-01-10"}, 5200),
        ({"from": "2017-01-10"}, 5200),
        ({"from": "2017-01-01", "to": "2017-01-03"}, 2600),
    ],
)
def test_the_day_of_the_true_up_counts(days: dict[str, str], yuan: int) -> None:
    assert _fine_yuan(_year({"rule": "penalty", **days})) == yuan


def test_of_two_the_later_in_the_file_counts() -> None:
    thrice = {"rule": "penalty", "params": {"percent": 300}}
    twice = {"rule": "penalty", "params": {"percent": 200}}
    assert _fine_yuan(_year(thrice, twice)) == 5200
    assert _fine_yuan(_year(twice, thrice)) == 7800


def test_what_the_firm_cannot_pay_it_owes() -> None:
    """Cash of 0.1 years of 12 t at 1,000 yuan: 1,200 of the 5,200 are paid."""
    year = _year({"rule": "penalty"}, market={"cash_years": 0.1})
    assert _fine_yuan(year) == 5200
    assert year.rows("true_up")[0]["paid_yuan"] == 1200_00
    assert year.money_fen(cash("F")) == 0
    assert year.money_fen(owed("F")) == -4000_00
