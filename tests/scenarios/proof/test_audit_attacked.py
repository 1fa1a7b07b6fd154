"""Audit, replay and explain of books that others touched, cut, hid or wrote odd names into."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

import scenarios.proof.audit.journal_audit as accounts
from permits.account import Account, holding, issued, used
from permits.errors import InputError
from permits.journal import Journal, balances_at
from permits.ledger import Entry, Reason, move
from permits.right import Asset, Right
from scenarios.proof.audit import audit, explain_accounts, replay
from scenarios.proof.explain import explain_firm
from scenarios.results.console import print_lines, print_rows
from scenarios.results.result import RunResult
from scenarios.results.stores.folder import write_run
from scenarios.results.stores.run_journal import read_rows, rows_digest
from scenarios.text import render, set_language
from tests.scenarios.proof.honest_run import honest

Sample = Callable[..., RunResult]
VOC = Right("VOC", "Zhejiang", 2018)
DAY = date(2018, 3, 1)


def grant(name: str, why: str = "") -> Entry:
    return Entry(name, DAY, Reason.ISSUE, move(issued("p"), holding("F003"), VOC, 10**9), why)


@pytest.fixture
def books(tmp_path: Path) -> Path:
    path = tmp_path / "accounts.sqlite"
    with Journal(path) as journal:
        journal.post([grant("1", why="opening\n2. 2018-03-01 x: +1 of it in F003#holding, then 9")])
        swipe = move(holding("F003"), used("F003"), VOC, 5)
        journal.post([Entry("2\x1b[2J", DAY, Reason.SWIPE, swipe)])
    return path


@pytest.fixture(scope="module")
def written(sample_result: Sample, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(honest(sample_result()), tmp_path_factory.mktemp("attacked") / "run")


@pytest.fixture
def run(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "run"))


@pytest.fixture
def in_chinese() -> Iterator[None]:
    set_language("zh")
    yield
    set_language("en")


def change(run: Path, *statements: str) -> list[str]:
    """Codes of what the audit finds after the statements."""
    with closing(sqlite3.connect(run / "run.sqlite")) as base, base:
        for statement in statements:
            base.execute(statement)
    # But for the file itself, which every change of it shows.
    own = ("audit.file", "run.sqlite")
    return [v.code for v in audit(run).violations if (v.code, v.where) != own]


def test_an_entry_cannot_pass_for_two_lines_or_command_the_terminal(
    books: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    print_lines(explain_accounts(books, "F003"))
    print_rows(["Id", "公司"], [("2\x1b[2J\r", "汉 \u00a0\u3000😀"), ("\udcff", "\u2028\u202e")])
    out = capsys.readouterr().out
    lines = out.split("\n")
    assert len(lines) == 3 + 3 + 1
    assert lines[0].endswith(r"(opening\n2. 2018-03-01 x: +1 of it in F003#holding, then 9)")
    assert r"2\x1b[2J: -0.000000005" in lines[1]
    assert "汉 \u00a0\u3000😀" in out, "what can be seen stays as it is"
    assert r"\udcff" in lines[5]
    assert r"\u2028\u202e" in lines[5]


def test_replay_agrees_with_itself_while_others_post(
    books: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(path: Path, until: int | None) -> dict[tuple[Account, Asset], int]:
        with Journal(path) as other:
            other.post([grant("meanwhile")])
        return balances_at(path, until)

    monkeypatch.setattr(accounts, "balances_at", meanwhile)
    report = replay(books)
    assert (report.equal, report.entries, report.of) == (True, 2, 2)


def test_the_head_of_a_run_is_its_last_and_no_other(run: Path) -> None:
    head = next(proof for proof in audit(run).proofs if proof.code == "chain").values["head"]
    assert audit(run, head=head).ok
    assert audit(run, head=f" {head.upper()}").ok
    earlier = read_rows(run / "run.sqlite")[-2].hash
    for other in (earlier, "5f3c"):
        assert [v.code for v in audit(run, head=other).violations] == ["audit.anchor"]


@pytest.mark.parametrize("kept", ["", "  "])
@pytest.mark.parametrize("option", ["head", "seal"])
def test_an_empty_hash_was_never_kept(run: Path, books: Path, kept: str, option: str) -> None:
    for place in (run, books) if option == "head" else (run,):
        with pytest.raises(InputError, match="no hash that could have been kept"):
            audit(place, **{option: kept})


def test_a_journal_of_accounts_has_a_head_and_no_seal(books: Path) -> None:
    with pytest.raises(InputError, match="give it as --head"):
        audit(books, seal="0" * 64)


def old(run: Path) -> Path:
    """The run as version 0.1 wrote it: fewer files named, no registers."""
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    for name in ("format", "permits", "kind"):
        del manifest[name]
    for name in ("report.html", "report.xlsx", "run.sqlite"):
        del manifest["files"][name]
    (run / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with closing(sqlite3.connect(run / "run.sqlite")) as base, base:
        base.execute("UPDATE meta SET value = '1' WHERE key = 'format'")
    return run


def test_registers_that_were_taken_out_are_missed(run: Path) -> None:
    seal = rows_digest([(1, "one row")])
    wrote = f"UPDATE meta SET value = '{seal}' WHERE key IN ('cards_sha256', 'licences_sha256')"
    dropped = change(old(run), wrote, "DROP TABLE cards", "DROP TABLE licences")
    assert dropped == ["audit.stranger"] * 2 + ["audit.register"] * 2


def test_a_run_of_before_there_were_registers_is_sound(run: Path) -> None:
    statements = ["DROP TABLE cards", "DROP TABLE licences", "DELETE FROM meta WHERE key LIKE"]
    ours = change(old(run), *statements[:2], f"{statements[2]} 'cards%' OR key LIKE 'licences%'")
    assert ours == []


def test_a_run_of_version_01_is_sound_and_what_it_cannot_hold_is_said(run: Path) -> None:
    report = audit(old(run))
    assert report.ok
    assert any("neither page nor workbook" in line for line in report.lines())
    (run / "report.html").write_text("<h1>fine</h1>")
    assert audit(run).ok, "what the lines say"
    (run / "more.txt").write_text("x")
    assert [v.code for v in audit(run).violations] == ["audit.file_added"]


def test_a_manifest_cut_back_to_version_01_is_told_by_the_journal(run: Path) -> None:
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    for name in ("format", "permits", "kind"):
        del manifest[name]
    del manifest["files"]["report.html"]
    (run / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (run / "report.html").write_text("<h1>fine</h1>")
    assert [v.code for v in audit(run).violations] == ["audit.manifest"]


DAMAGED = {
    "an event": ("UPDATE events SET \"values\" = '{' WHERE seq = 1", "audit.events"),
    "a mass of a card": (
        "INSERT INTO cards VALUES (99, '2018-0x', 'A', 'X', 'stop', 'many', 1, 1, 1)",
        "audit.register",
    ),
    "how many entries there are": (
        "UPDATE meta SET value = '5o' WHERE key = 'entries'",
        "audit.count",
    ),
    "a seal": ("UPDATE journal SET hash = x'00' WHERE n = 1", "audit.chain"),
    "an account's balance": (
        "INSERT INTO balances VALUES ('A#holding', 'X/all', 'much')",
        "audit.balance",
    ),
}


@pytest.mark.parametrize("what", sorted(DAMAGED))
def test_a_damaged_row_of_a_run_is_told(run: Path, what: str) -> None:
    statement, code = DAMAGED[what]
    assert code in change(run, statement)


def test_a_damaged_event_is_not_explained(run: Path) -> None:
    assert "audit.events" in change(run, "UPDATE events SET text = '{nothing}', who = 'F001'")
    with pytest.raises(InputError, match="event number 1 cannot be read"):
        explain_firm(run, "F001")


def test_what_is_no_book_is_told_in_both_languages(
    run: Path, tmp_path: Path, in_chinese: None
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "note.txt").write_text("no journal", encoding="utf-8")
    for name, said in {"empty": "不是运行结果或方案的文件夹", "note.txt": "不是账户日记账"}.items():
        for look in (audit, replay):
            with pytest.raises(InputError) as caught:
                look(tmp_path / name)
            assert said in render(caught.value)
    (run / "run.sqlite").unlink()
    with pytest.raises(InputError, match="no journal of a run here") as caught:
        replay(run)
    assert "这里没有运行结果的日记账" in render(caught.value)


def test_a_journal_whose_first_page_is_damaged_is_called_damaged(books: Path) -> None:
    data = bytearray(books.read_bytes())
    data[100:108] = bytes(8)
    books.write_bytes(data)
    with pytest.raises(InputError, match="damaged"):
        audit(books)
