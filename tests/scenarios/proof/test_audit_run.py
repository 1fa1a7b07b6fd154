"""The audit names the entry that was touched, and what does not agree."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from permits.errors import InputError
from permits.ledger import replay
from scenarios.proof.audit import AuditReport, audit_run, replay_run
from scenarios.results.result import RunResult
from scenarios.results.stores.file_seals import seal_of
from scenarios.results.stores.folder import write_run
from scenarios.results.stores.run_journal import chain, read_journal
from tests.scenarios.proof.honest_run import honest

Sample = Callable[..., RunResult]


@pytest.fixture(scope="module")
def written(sample_result: Sample, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(honest(sample_result()), tmp_path_factory.mktemp("audit") / "run")


@pytest.fixture
def run(written: Path, tmp_path: Path) -> Path:
    shutil.copytree(written, tmp_path / "run")
    return tmp_path / "run"


def _change(run: Path, *statements: str) -> AuditReport:
    with closing(sqlite3.connect(run / "run.sqlite")) as base, base:
        for statement in statements:
            base.execute(statement)
    return audit_run(run)


def _id(run: Path, n: int) -> str:
    return read_journal(run / "run.sqlite")[n - 1].id


def _codes(report: AuditReport) -> list[str]:
    """What was found; but for the file of a changed journal, which every change shows."""
    return [v.code for v in report.violations if (v.code, v.where) != ("audit.file", "run.sqlite")]


def test_an_untouched_run_has_no_violation(written: Path, sample_result: Sample) -> None:
    report = audit_run(written)
    assert report.ok, report.lines()
    assert report.entries == len(sample_result().journal)
    assert report.as_dict()["violations"] == []
    assert "no errors found" in report.lines()[-2]
    assert report.seal == report.as_dict()["seal"] == seal_of(written)
    assert report.lines()[-1] == f"Seal: {report.seal}"
    assert [proof["code"] for proof in report.as_dict()["proved"]] == [
        "plan", "chain", "conservation", "floors", "money", "year", "limits",
    ]  # fmt: skip


@pytest.mark.parametrize("n", [1, 7, 30, 53])
def test_one_changed_digit_names_its_entry(run: Path, n: int) -> None:
    name = _id(run, n)
    report = _change(
        run,
        f"UPDATE journal SET legs = replace(legs, '00', '10') WHERE n = {n}",
    )
    chained = [v for v in report.violations if v.code == "audit.chain"]
    assert [v.where for v in chained] == [f"entry {name}"]
    assert not report.ok


def test_digits_changed_on_both_sides_of_an_entry_still_show(run: Path) -> None:
    """The legs add up, so only chain, balances and totals can tell."""
    report = _change(
        run,
        "UPDATE journal SET legs = replace(legs, '5000000000', '4000000000') "
        "WHERE reason = 'trade'",
    )
    assert "audit.chain" in _codes(report)
    assert "audit.balance" in _codes(report)


def test_digits_that_are_no_number_any_more_name_the_entry(run: Path) -> None:
    name = _id(run, 9)
    report = _change(run, "UPDATE journal SET legs = replace(legs, ',', ';') WHERE n = 9")
    assert [v.where for v in report.violations if v.code == "audit.row"] == [f"entry {name}"]


def test_a_deleted_row_is_missed_by_its_number(run: Path) -> None:
    after = _id(run, 21)
    report = _change(run, "DELETE FROM journal WHERE n = 20")
    gap = next(v for v in report.violations if v.code == "audit.missing")
    assert gap.where == f"entry {after}"
    assert any("entry 20 is missing" in line for line in report.lines())
    assert "audit.chain" not in _codes(report)


def test_a_deleted_row_with_the_numbers_closed_up_breaks_the_chain_there(run: Path) -> None:
    after = _id(run, 21)
    report = _change(
        run,
        "DELETE FROM journal WHERE n = 20",
        "UPDATE journal SET n = -n WHERE n > 20",
        "UPDATE journal SET n = -n - 1 WHERE n < 0",
    )
    chained = [v.where for v in report.violations if v.code == "audit.chain"]
    assert chained == [f"entry {after}"]
    assert "audit.count" in _codes(report)


@pytest.mark.parametrize(("a", "b"), [(12, 13), (12, 40), (1, 53)])
def test_two_swapped_rows_are_both_named(run: Path, a: int, b: int) -> None:
    names = {f"entry {_id(run, a)}", f"entry {_id(run, b)}"}
    report = _change(
        run,
        f"UPDATE journal SET n = -1 WHERE n = {a}",
        f"UPDATE journal SET n = {a} WHERE n = {b}",
        f"UPDATE journal SET n = {b} WHERE n = -1",
    )
    assert {v.where for v in report.violations if v.code == "audit.chain"} == names


def test_a_cut_tail_is_missed(run: Path) -> None:
    report = _change(run, "DELETE FROM journal WHERE n > 50")
    assert {"audit.count", "audit.head", "audit.seal"} <= set(_codes(report))


def test_a_cut_tail_with_a_forged_count_and_head_does_not_agree_with_the_manifest(
    run: Path,
) -> None:
    head = list(chain(read_journal(run / "run.sqlite")[:50]))[-1].hash
    report = _change(
        run,
        "DELETE FROM journal WHERE n > 50",
        "UPDATE meta SET value = '50' WHERE key = 'entries'",
        f"UPDATE meta SET value = '{head}' WHERE key = 'head'",
    )
    assert "audit.seal" in _codes(report)
    assert "audit.entries" in _codes(report)
    assert "audit.balance" in _codes(report)


def test_a_changed_head_is_told(run: Path) -> None:
    report = _change(run, "UPDATE meta SET value = 'f' || substr(value, 2) WHERE key = 'head'")
    assert _codes(report) == ["audit.head"]


def test_a_changed_balance_is_told_with_both_amounts(run: Path) -> None:
    report = _change(
        run,
        "UPDATE balances SET balance = balance + 1000000000 WHERE account = 'F001#holding'",
    )
    assert "audit.balance" in _codes(report)
    assert any("F001#holding" in line for line in report.lines())


def test_a_changed_event_is_told(run: Path) -> None:
    report = _change(run, "UPDATE events SET rule = 'none' WHERE seq = 2")
    assert _codes(report) == ["audit.events"]


def test_a_changed_table_is_told_by_its_name(run: Path) -> None:
    path = run / "tables" / "quotas.csv"
    text = path.read_text(encoding="utf-8-sig")
    first = text.splitlines()[1].split(",")
    path.write_text(text.replace(first[8], f"1{first[8]}", 1), encoding="utf-8-sig")
    report = audit_run(run)
    assert [v.where for v in report.violations if v.code == "audit.file"] == ["tables/quotas.csv"]
    assert "audit.quota" in _codes(report)


def test_a_table_that_cannot_be_read_is_a_violation_and_no_crash(run: Path) -> None:
    (run / "tables" / "quotas.csv").write_bytes(b"\xff\xfe\x00rubbish")
    assert "audit.file" in _codes(audit_run(run))


def test_a_summary_that_tells_other_totals_is_told(run: Path) -> None:
    path = run / "summary.json"
    summary = json.loads(path.read_text(encoding="utf-8"))
    summary["ledger"]["issued_t"]["VOC"] = 310
    summary["true_up"]["shortfall_t"] = 1
    path.write_text(json.dumps(summary), encoding="utf-8")
    assert {"audit.file", "audit.issued", "audit.recomputed"} <= set(_codes(audit_run(run)))


def test_files_that_vanish_or_come_in_are_told(run: Path) -> None:
    (run / "tables" / "curve.csv").unlink()
    (run / "tables" / "extra.csv").write_text("a\n")
    (run / "mine").mkdir()
    (run / "mine" / "note.txt").write_text("a\n")
    (run / "link").symlink_to("/etc")
    found = [(v.code, v.where) for v in audit_run(run).violations]
    assert found == [
        ("audit.file_added", "link"),
        ("audit.file_added", "mine"),
        ("audit.file_added", "mine/note.txt"),
        ("audit.file_added", "tables/extra.csv"),
        ("audit.file_missing", "tables/curve.csv"),
    ]
    (run / "run.sqlite").unlink()
    assert "audit.no_journal" in _codes(audit_run(run))


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not the folder of a run"):
        audit_run(tmp_path)


def test_a_plan_alone_can_be_audited(sample_result: Sample, tmp_path: Path) -> None:
    report = audit_run(write_run(sample_result(part="plan"), tmp_path / "run"))
    assert report.ok
    assert report.entries == 0


def test_replay_reaches_the_stored_balances(written: Path, sample_result: Sample) -> None:
    report = replay_run(written)
    assert report.equal is True
    assert report.entries == report.of == len(sample_result().journal)


def test_replay_until_gives_the_balances_after_that_entry(
    written: Path, sample_result: Sample
) -> None:
    report = replay_run(written, until=10)
    told = {(account, asset) for account, asset, _ in report.balances}
    assert told == {(str(a), str(x)) for a, x, _ in replay(sample_result().journal[:10]).balances()}
    assert report.equal is None
    assert replay_run(written, until=0).balances == ()
    assert replay_run(written, until=10_000).equal is True


def test_replay_refuses_a_negative_number(written: Path) -> None:
    with pytest.raises(InputError, match="until"):
        replay_run(written, until=-1)


def test_replay_says_when_the_stored_balances_differ(run: Path) -> None:
    _change(run, "UPDATE balances SET balance = balance + 1 WHERE account = 'F001#holding'")
    assert replay_run(run).equal is False
