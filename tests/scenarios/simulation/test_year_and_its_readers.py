"""What others rely on about a year: words for its entries, a scenario that travels, true views."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from permits.ledger import Reason
from scenarios.definition.scenario import Scenario
from scenarios.proof.explain.balance import reason_word
from scenarios.runner import year_of
from scenarios.simulation.year_results import year_tables
from tests.scenarios.simulation.golden_report import report
from tests.scenarios.simulation.scripted import play_scripted, seen
from tests.scenarios.simulation.small_years import Year, built, small

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("reason", list(Reason))
def test_explain_has_a_word_for_every_reason(reason: Reason) -> None:
    word = reason_word(reason)
    assert word
    assert "_" not in word, "a word for people, not the code's"


def test_no_two_reasons_share_a_word() -> None:
    assert len({reason_word(reason) for reason in Reason}) == len(Reason)


STATED: dict[str, Any] = small(
    [
        {"id": "S", "baseline": {"X": "5 t"}, "opening": {"X": "10 t"}},
        {"id": "B", "baseline": {"X": "12 t"}, "opening": {"X": "10 t"}},
    ],
    ends="2017-01-10",
    market={"lot": "1 t", "cash_years": 100},
    production={"firm_sigma": 0.2, "daily_sigma": 0.2},
    session=[{"kind": "secondary", "rule": "call_double", "dates": ["2017-01-05"]}],
    policy=[{"rule": "penalty"}],
)


def played_report(scenario: Scenario) -> str:
    """The year of a scenario as text."""
    world, verdict = year_of(scenario)
    return report(Year(world, verdict, year_tables(world, verdict)))


def test_a_scenario_plays_the_same_year_again() -> None:
    scenario = built(STATED)
    assert played_report(scenario) == played_report(scenario)
    assert played_report(built(STATED, "seed=2")) != played_report(scenario), (
        "it is not one year for all"
    )


IN_ANOTHER_PROCESS = """
import pickle, sys
from tests.scenarios.simulation.test_year_and_its_readers import played_report
sys.stdout.write(played_report(pickle.loads(sys.stdin.buffer.read())))
"""


def test_a_scenario_that_was_pickled_plays_the_same_year() -> None:
    """In another process, where nothing of it is known."""
    scenario = built(STATED)
    ran = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS],
        input=pickle.dumps(scenario),
        capture_output=True,
        check=True,
        cwd=ROOT,
    )
    assert ran.stdout.decode() == played_report(scenario)


@pytest.mark.parametrize("yuan", [0, 3000])
def test_firms_see_the_fine_as_the_fine(yuan: int, tmp_path: Path) -> None:
    """One fine whatever the shortfall; the valuation of a tonne, 50,000 yuan, is no fine."""
    fine = {"fine_min": f"{yuan}.00", "fine_max": f"{yuan}.00"}
    play_scripted(tmp_path, {**STATED, "true_up": fine, "policy": []}, {})
    views = seen(tmp_path)
    assert len(views) == 2
    for view in views:
        fines = {
            name: value for name, value in view.items() if name.startswith(("fine", "penalty"))
        }
        assert fines
        assert set(fines.values()) == {yuan * 100}
