"""The journal's file: what it refuses, what shows when it was touched, and who else may post."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from permits.account import holding, issued, used
from permits.errors import IdReused, InputError, NotAllowed, Overdraw
from permits.journal import Journal, balances_at, find_faults, is_journal, postings_of, replay_file
from permits.ledger import Entry, Reason, book, move
from permits.right import Right

VOC = Right("VOC", "Zhejiang", 2018)
DAY = date(2018, 3, 1)


def grant(number: int, mass_mg: int = 100, who: str = "A") -> Entry:
    legs = move(issued("province"), holding(who), VOC, mass_mg)
    return Entry(f"grant/{number}", DAY, Reason.ISSUE, legs, why="opening")


def swipe(number: int, mass_mg: int, who: str = "A") -> Entry:
    return Entry(f"swipe/{number}", DAY, Reason.SWIPE, move(holding(who), used(who), VOC, mass_mg))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed journal of five batches, with a snapshot after the third."""
    path = tmp_path / "accounts.sqlite"
    with Journal(path) as journal:
        journal.post([grant(1), grant(2, who="B")])
        journal.post([swipe(1, 10), swipe(2, 20)])
        journal.post([swipe(3, 5, "B")])
        journal.snapshot()
        journal.post([swipe(4, 1), swipe(5, 2), swipe(6, 3)])
        journal.post([grant(3)])
    return path


def test_what_was_posted_is_there_after_opening_again(path: Path) -> None:
    with Journal(path) as journal:
        assert journal.ledger.balance(holding("A"), VOC) == 164
        assert [entry.id for entry in journal.ledger.journal][-1] == "grant/3"
        assert next(iter(journal.ledger.journal)) == grant(1)
    assert find_faults(path)[1] == []


def test_a_known_entry_is_passed_over_and_a_changed_one_refused(path: Path) -> None:
    with Journal(path) as journal:
        told = journal.post([swipe(4, 1), swipe(7, 1)])
        assert (told.posted, told.already_posted, told.head.entries) == (1, 1, 10)
        head = journal.head
        with pytest.raises(IdReused):
            journal.post([swipe(8, 1), swipe(4, 2)])
        assert journal.post([swipe(4, 1)]).head == head == journal.head
        assert journal.ledger.balance(used("A"), VOC) == 37


def test_a_bad_entry_refuses_its_batch_as_a_whole_and_the_next_is_posted(path: Path) -> None:
    with Journal(path) as journal:
        with pytest.raises(Overdraw):
            journal.post([swipe(9, 1, "new firm"), swipe(10, 1)])
        journal.post([grant(9, who="new firm"), swipe(11, 1, "new firm")])
    ledger, faults = find_faults(path)
    assert faults == []
    assert ledger.balance(holding("new firm"), VOC) == 99


def test_a_correction_and_its_reason_come_back(path: Path) -> None:
    mended = Entry(
        "correct/1",
        DAY,
        Reason.CORRECT,
        move(used("A"), holding("A"), VOC, 4),
        "misread",
        "swipe/1",
    )
    with Journal(path) as journal:
        journal.post([mended])
    assert list(replay_file(path).journal)[-1] == mended
    last = list(postings_of(path, "A"))[-1]
    assert (last.corrects, last.why, last.balance) == ("swipe/1", "misread", 168)


def test_an_account_is_explained_leg_by_leg(path: Path) -> None:
    told = [(p.n, p.account.pocket, p.delta, p.balance) for p in postings_of(path, "B")]
    assert told == [(2, "holding", 100, 100), (5, "holding", -5, 95), (5, "used", 5, 5)]
    assert list(postings_of(path, "b%")) == []


def test_the_past_is_told_from_snapshots_and_legs(path: Path) -> None:
    for until in range(10):
        ledger = replay_file(path, until)
        assert balances_at(path, until) == {(a, x): b for a, x, b in ledger.balances()}
    with pytest.raises(InputError, match="no entry number -1"):
        balances_at(path, -1)


TOUCHED = {
    "a mass": ("UPDATE legs SET delta = delta * 2 WHERE entry = 4", "batch 2 (entries 3 to 4)"),
    "an id": ("UPDATE entries SET id = 'x' WHERE n = 7", "batch 4 (entries 6 to 8)"),
    "a day": ("UPDATE kinds SET \"on\" = '2019-01-01' WHERE n = 1", "batch 1 (entries 1 to 2)"),
    "a reason": ("UPDATE kinds SET reason = 'gift' WHERE n = 1", "cannot be read: reason gift"),
    "an account": ("UPDATE places SET account = 'C#holding' WHERE n = 1", "batch 1"),
    "two entries swapped": (
        "UPDATE entries SET id = CASE n WHEN 6 THEN 'swipe/5' ELSE 'swipe/4' END WHERE n IN (6, 7)",
        "batch 4 (entries 6 to 8)",
    ),
    "two batches swapped": (
        """UPDATE batches SET n = CASE n WHEN 2 THEN -3 ELSE -2 END WHERE n IN (2, 3);
        UPDATE batches SET n = -n WHERE n < 0""",
        "batch 2 (entries 5 to 5) is not as it was written",
    ),
    "the end cut off": (
        """DELETE FROM legs WHERE entry = 9; DELETE FROM entries WHERE n = 9;
        DELETE FROM batches WHERE n = 5""",
        "the journal ends at batch 4, but 5 were written",
    ),
    "a batch taken out": (
        """DELETE FROM legs WHERE entry = 5; DELETE FROM entries WHERE n = 5;
        DELETE FROM batches WHERE n = 3""",
        "batch 3 is missing before batch 4",
    ),
    "a leg put in": ("INSERT INTO legs VALUES (9, 1, 5)", "the batches list 18 legs"),
    "a number made text": ("UPDATE legs SET delta = 'ten' WHERE entry = 3", "cannot be read"),
    "a snapshot": ("UPDATE snapshots SET balance = balance + 1", "snapshot after entry 5"),
}


@pytest.mark.parametrize("what", sorted(TOUCHED))
def test_what_was_touched_is_found_and_named(path: Path, what: str) -> None:
    statements, said = TOUCHED[what]
    with closing(sqlite3.connect(path)) as base:
        base.executescript(statements)
        base.commit()
    faults = find_faults(path)[1]
    assert any(said in str(fault) for fault in faults), [str(f) for f in faults]
    if what != "a snapshot" and what != "a leg put in":
        with pytest.raises(InputError, match="is not as it was written"):
            Journal(path)


def test_a_file_rewritten_as_a_whole_is_found_by_a_head_kept_elsewhere(path: Path) -> None:
    with Journal(path) as journal:
        kept = journal.head.hash
    assert find_faults(path, head=kept)[1] == []
    path.unlink()
    with Journal(path) as journal:
        journal.post([grant(1, 10**9)])
    assert find_faults(path)[1] == []
    assert "is not in the chain" in str(find_faults(path, head=kept)[1][0])


def test_two_processes_post_to_one_file_by_turns(path: Path) -> None:
    with Journal(path) as one, Journal(path) as other:
        one.post([swipe(20, 1)])
        told = other.post([swipe(20, 1), swipe(21, 1)])
        assert (told.posted, told.already_posted) == (1, 1)
        one.post([swipe(22, 1)])
        assert [entry.id for entry in one.ledger.journal][-3:] == [
            "swipe/20",
            "swipe/21",
            "swipe/22",
        ]
    assert find_faults(path)[1] == []


@pytest.mark.parametrize("content", [b"", b"not a database, but long enough to be one" * 10])
def test_what_is_no_journal_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.sqlite"
    path.write_bytes(content)
    assert not is_journal(path)
    with pytest.raises(InputError, match="is not a journal of accounts"):
        find_faults(path)
    if content:
        with pytest.raises(InputError, match="not an SQLite database"):
            Journal(path)
        assert path.read_bytes() == content


def test_another_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(path)) as base:
        base.execute("CREATE TABLE mine (x)")
    with pytest.raises(InputError, match="is not a journal of accounts"):
        Journal(path)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="its folder is there"):
        Journal(tmp_path / "none" / "accounts.sqlite")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("a small disk can only be mounted by root")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk_is_told_and_loses_nothing(small_disk: Path) -> None:
    path, number = small_disk / "accounts.sqlite", 0
    with Journal(path) as journal:
        journal.post([grant(0, 10**9)])
        with pytest.raises(InputError, match="disk is full") as caught:  # noqa: PT012
            while True:
                journal.post([swipe(number + k, 1) for k in range(500)])
                number += 500
        assert caught.value.exit_code == 2
        assert journal.ledger.balance(used("A"), VOC) == number > 1_000
        assert journal.head.entries == number + 1
        (small_disk / "accounts.sqlite").stat()
        subprocess.run(["mount", "-o", "remount,size=4m", small_disk], check=True)
        journal.post([swipe(number + k, 1) for k in range(500)])
    ledger, faults = find_faults(path)
    assert (ledger.balance(used("A"), VOC), faults) == (number + 500, [])


def test_a_disk_that_can_only_be_read_is_told_and_can_be_read(small_disk: Path) -> None:
    path = small_disk / "accounts.sqlite"
    with Journal(path) as journal:
        journal.post([grant(0), swipe(0, 7)])
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(InputError, match="its folder is there and may be written to"):
        Journal(path)
    assert find_faults(path)[1] == []
    assert balances_at(path)[used("A"), VOC] == 7
    subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
    with Journal(path) as journal:
        journal.post([swipe(1, 1)])
        assert journal.ledger.balance(used("A"), VOC) == 8


@pytest.mark.parametrize("compiled", [False, True])
def test_a_journal_in_which_used_rights_came_back_is_found_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled: bool
) -> None:
    """As a version wrote it that did not refuse them; nobody can take an entry back."""
    path = tmp_path / "earlier.sqlite"
    back = Entry("back", DAY, Reason.SWIPE, move(used("A"), holding("A"), VOC, 3))
    with monkeypatch.context() as earlier, Journal(path) as journal:
        earlier.setattr(book.Ledger, "_check_return", lambda *_: None)
        journal.post([grant(1, who="A"), swipe(2, 9, "A"), back])
    if compiled:
        monkeypatch.setattr(book, "LARGE", 1)
    ledger, faults = find_faults(path)
    assert [(fault.code, fault.where) for fault in faults] == [("audit.returned", "entry back")]
    assert ledger.balance(used("A"), VOC) == 6
    with Journal(path) as journal:
        assert journal.post([swipe(3, 1, "A")]).posted == 1
        with pytest.raises(NotAllowed):
            journal.post([replace(back, id="again")])
        assert journal.ledger.balance(used("A"), VOC) == 7
