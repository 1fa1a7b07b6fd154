"""Licences and cards of a simulated year are held to the entries, and what was touched shows."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from scenarios.definition.load import load_scenario
from scenarios.proof.audit import AuditReport, audit
from scenarios.results.stores.folder import write_run
from scenarios.runner import run as run_scenario


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year of some dyers: warnings, shut cards, sales, leases, a breach."""
    loaded = load_scenario("jiaxing-dyers-2018", ["register.sources=20"], [])
    return write_run(run_scenario(loaded), tmp_path_factory.mktemp("registers") / "run")


def _touched(written: Path, folder: Path, *statements: str) -> AuditReport:
    shutil.copytree(written, folder / "run")
    with closing(sqlite3.connect(folder / "run" / "run.sqlite")) as base, base:
        for statement in statements:
            base.execute(statement)
    return audit(folder / "run")


def test_a_year_is_proved_right_by_right_card_by_card_limit_by_limit(written: Path) -> None:
    report = audit(written)
    assert report.ok, report.lines()
    proved = {proof.code: proof for proof in report.proofs}
    assert list(proved) == [
        "plan", "chain", "conservation", "floors", "money", "cards", "licences", "year", "limits",
    ]  # fmt: skip
    assert proved["cards"].values["count"] == 46
    # Three boilers emit a little without a right, after sales that lowered their licences.
    assert proved["licences"].values == {"kept": 43, "exceeded": 3}
    summary = json.loads((written / "summary.json").read_text(encoding="utf-8"))
    assert float(proved["cards"].exact["mass"]) == pytest.approx(summary["swipes"]["emitted_t"])


TOUCHED = {
    "UPDATE cards SET emitted_mg = emitted_mg + 1 WHERE n = 9": {
        "audit.register",
        "audit.card_sum",
        "audit.card_carried",
    },
    "UPDATE cards SET changed_mg = changed_mg + 5 WHERE n = 300": {
        "audit.register",
        "audit.card_carried",
    },
    "UPDATE licences SET limit_mg = 1000": {"audit.register", "audit.licence"},
    "DELETE FROM events WHERE kind IN ('swipe.shut', 'swipe.curtailed')": {
        "audit.events",
        "audit.card_untold",
    },
    "UPDATE cards SET quota_mg = quota_mg - 1000000000000 WHERE stop = 'valve' AND n < 100": {
        "audit.register",
        "audit.card_over",
        "audit.card_carried",
        "audit.card_untold",
    },
}


@pytest.mark.parametrize("statement", TOUCHED)
def test_what_was_touched_is_told(written: Path, tmp_path: Path, statement: str) -> None:
    report = _touched(written, tmp_path, statement)
    assert {violation.code for violation in report.violations} >= TOUCHED[statement]
    assert all(proof.code != "cards" for proof in report.proofs) or "licence" in statement
