"""Three small years against their stored reports, line by line.

The reports are our own output, reviewed when they change; what is right in them is shown by
the analytic years beside this file. A change that is meant to move them records them anew, by
the command that a failure names, and shows the differences.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import unified_diff
from typing import Any

import pytest

from scenarios.policies import find_policies
from tests.scenarios.simulation.golden_report import EVERY_POLICY, GOLDEN, PLAYS, RECORD, report

MOST_LINES = 400  # a report that nobody reads through is not reviewed


@pytest.mark.parametrize("name", PLAYS)
def test_the_year_is_as_it_was_reviewed(name: str) -> None:
    stored = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    assert len(stored) <= MOST_LINES
    found = report(PLAYS[name]()).splitlines()
    moved = list(unified_diff(stored, found, "stored", "now", lineterm="", n=1))
    assert not moved, "\n".join(
        [*moved[:60], f"{len(moved)} lines of difference; if they are meant: {RECORD}"]
    )


def test_one_of_them_has_every_shipped_policy() -> None:
    policies: list[Mapping[str, Any]] = EVERY_POLICY["policy"]
    assert sorted(one["rule"] for one in policies) == sorted(find_policies())


def test_every_stored_report_is_of_a_year_that_is_played() -> None:
    assert sorted(path.stem for path in GOLDEN.glob("*.txt")) == sorted(PLAYS)
