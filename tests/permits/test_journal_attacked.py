"""Whoever tries to make the journal lose or double a milligram: odd names, damage, other hands."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from threading import Thread

import pytest

from permits.account import Account, holding, issued, used
from permits.errors import BadEntry, InputError, Overdraw, RightsError
from permits.journal import Journal, balances_at, find_faults, postings_of, replay_file
from permits.ledger import Entry, Reason, move
from permits.right import Asset, Money, Right
from permits.rng import stream
from tests.permits import posting_process

VOC = Right("VOC", "Zhejiang", 2018)
DAY = date(2018, 3, 1)
PROGRAM = Path(posting_process.__file__)
ROOT = PROGRAM.parents[2]


def grant(
    name: str, who: str = "A", asset: Asset = VOC, why: str = "", corrects: str | None = None
) -> Entry:
    legs = move(issued("province"), holding(who), asset, 100)
    return Entry(name, DAY, Reason.ISSUE, legs, why, corrects)


def told(path: Path) -> tuple[list[str], list[str]]:
    """Ids in the file, and what does not hold in it."""
    ledger, faults = find_faults(path)
    return [entry.id for entry in ledger.journal], [str(fault) for fault in faults]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "books" / "accounts.sqlite"


@pytest.fixture
def journal(path: Path) -> Journal:
    path.parent.mkdir()
    journal = Journal(path)
    journal.post([grant("first"), grant("second", "B")])
    return journal


NOT_KEPT = {
    "half a character in the id": grant("x\ud800"),
    "half a character in the words": grant("x", why="\udcff"),
    "half a character in what it corrects": grant("x", corrects="\ud800"),
    "half a character in the owner": grant("x", who="\ud800"),
    "a slash in the pollutant": grant("x", asset=Right("VOC/NOx", "Zhejiang", 2018)),
    "a slash in the currency": grant("x", asset=Money("CNY/t")),
    "a year that is text": grant("x", asset=Right("VOC", "Zhejiang", "2018")),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("what", sorted(NOT_KEPT))
def test_what_the_file_would_not_give_back_is_refused_and_memory_is_as_the_file(
    journal: Journal, path: Path, what: str
) -> None:
    with pytest.raises(BadEntry, match=r"half a character|cannot return"):
        journal.post([grant("good"), NOT_KEPT[what]])
    with pytest.raises(Overdraw):  # nobody spends what was refused
        journal.post([Entry("y", DAY, Reason.SWIPE, move(holding("A"), used("A"), VOC, 101))])
    journal.post([grant("third")])
    assert [entry.id for entry in journal.ledger.journal] == ["first", "second", "third"]
    assert told(path) == (["first", "second", "third"], [])


def test_odd_names_and_days_come_back_as_they_were(journal: Journal, path: Path) -> None:
    given = [
        grant("a\0b", "F\0G", why="\0\n\x1b[2J"),
        grant("🏭" * 100, "A#holding", Right("", "", -7, "")),
        grant("x" * 10_000, "", Money("")),
        Entry("old", date.min, Reason.ISSUE, move(issued("p"), holding("A"), VOC, 1)),
        Entry("young", date.max, Reason.ISSUE, move(issued("p"), holding("A"), VOC, 1)),
    ]
    journal.post(given)
    journal.close()
    assert list(replay_file(path).journal)[2:] == given
    assert told(path)[1] == []
    assert [p.id for p in postings_of(path, "F\0G")] == ["a\0b"]
    assert "🏭" * 100 not in {p.id for p in postings_of(path, "A")}, (
        "the owner A#holding is another"
    )
    assert list(postings_of(path, "\udcff")) == []


def test_a_correction_of_nothing_is_refused(journal: Journal, path: Path) -> None:
    for corrects in ("nothing", "x", "later", ""):
        with pytest.raises(BadEntry, match="is not an earlier entry"):
            journal.post([grant("x", corrects=corrects), grant("later")])
    journal.post([grant("x", corrects="first"), grant("y", corrects="x")])
    assert journal.post([grant("y", corrects="x")]).already_posted == 1
    assert told(path) == (["first", "second", "x", "y"], [])


def test_the_head_is_what_was_acknowledged_also_after_an_interruption(
    journal: Journal, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    before = journal.head
    journal.snapshot_every = 1
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "_write_snapshot", interrupted)
        with pytest.raises(KeyboardInterrupt):
            journal.post([grant("third")])
        with pytest.raises(KeyboardInterrupt):
            journal.snapshot()
    assert journal.head == before
    assert find_faults(path, head=journal.head.hash)[1] == []
    assert journal.post([grant("third")]).posted == 1
    assert told(path) == (["first", "second", "third"], [])


def vanish(path: Path) -> None:
    shutil.rmtree(path.parent)


def put_another(path: Path) -> None:
    with Journal(path.with_name("copy")) as other:
        other.post([grant("other")])
    os.replace(path.with_name("copy"), path)


def take_the_log(path: Path) -> None:
    path.with_name(path.name + "-wal").unlink()


def rename(path: Path) -> None:
    path.rename(path.with_name("renamed"))


@pytest.mark.parametrize("happens", [vanish, put_another, take_the_log, rename])
def test_nothing_is_acknowledged_that_went_into_a_file_no_longer_there(
    journal: Journal, path: Path, happens: Callable[[Path], None]
) -> None:
    happens(path)
    with pytest.raises(InputError, match="moved, replaced or deleted"):
        journal.post([grant("lost")])
    try:
        journal.post([grant("third")])
    except InputError as error:
        assert "moved, replaced or deleted" in str(error)  # noqa: PT017
    else:  # SQLite had put back, from its log, what was acknowledged
        assert told(path) == (["first", "second", "third"], [])


@pytest.mark.parametrize("happens", [vanish, rename])
def test_a_journal_that_is_gone_is_not_begun_anew_in_its_place(
    journal: Journal, path: Path, happens: Callable[[Path], None]
) -> None:
    happens(path)
    for step in (journal.snapshot, lambda: journal.post([grant("x")]), lambda: journal.ledger):
        with pytest.raises(InputError, match="moved, replaced or deleted"):
            step()
    assert not path.exists()


def test_a_program_that_changes_its_folder_posts_to_the_same_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    journal = Journal(Path("accounts.sqlite"))
    journal.post([grant("first")])
    monkeypatch.chdir(tmp_path / "elsewhere")
    journal.post([grant("second")])
    journal.close()
    assert len(journal.ledger.journal) == 2
    assert not (tmp_path / "elsewhere" / "accounts.sqlite").exists()


def test_threads_may_share_a_journal(journal: Journal, path: Path) -> None:
    def post(me: int) -> None:
        for n in range(15):
            journal.post([grant(f"{me}/{n}", f"F{me}-{n}"), grant(f"all/{n}", "all")])

    threads = [Thread(target=post, args=(me,)) for me in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ledger, faults = find_faults(path)
    assert (faults, len(ledger.journal)) == ([], 2 + 4 * 15 + 15)
    assert ledger.balance(holding("all"), VOC) == 1500
    assert all(
        ledger.balance(holding(f"F{k}-{n}"), VOC) == 100 for k in range(4) for n in range(15)
    )


def test_processes_post_at_the_same_moment_while_one_is_killed(
    journal: Journal, path: Path
) -> None:
    """Two at once on one file; the first dies by `kill -9`, the other goes on."""
    journal.close()
    firsts = (0, 100_000)
    processes = [
        subprocess.Popen(
            [sys.executable, str(PROGRAM), str(path), str(first)],
            stdout=subprocess.PIPE, text=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT)},
        )
        for first in firsts
    ]  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("open")
    acknowledged: set[int] = set()
    for process in processes:
        time.sleep(0.12)
        process.kill()  # the first one while the other goes on
        for line in process.communicate()[0].splitlines():
            what, _, number = line.partition(" ")
            acknowledged |= {int(number)} if what == "acknowledged" else set()
    (first, second, *ids), faults = told(path)
    assert (first, second, faults) == ("first", "second", [])
    batches = {int(name.split("/")[0]) for name in ids}
    assert len(ids) == len(set(ids)) == len(batches) * posting_process.ENTRIES
    assert len(acknowledged) > 9
    assert acknowledged <= batches
    assert len(batches - acknowledged) <= len(firsts), "one each may be there untold"


@pytest.mark.parametrize("entry", [1, 3, 99])
def test_a_snapshot_that_was_put_in_is_found_wherever_it_stands(
    journal: Journal, path: Path, entry: int
) -> None:
    journal.post([grant("third"), grant("fourth")])
    journal.close()
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("INSERT INTO snapshots VALUES (?, 2, 10000)", (entry,))
    assert f"a snapshot after entry {entry}, where no batch ends" in told(path)[1][0]


def test_a_snapshot_of_an_account_that_is_none_is_found_and_read_by_nobody(
    journal: Journal, path: Path
) -> None:
    journal.snapshot()
    journal.close()
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("INSERT INTO snapshots VALUES (2, 77, 5)")
    assert "account place 77" in told(path)[1][0]
    with pytest.raises(InputError, match="rows cannot be read: place 77"):
        balances_at(path)


STRANGERS = {
    "a view that tells otherwise": (
        """DROP VIEW journal;
        CREATE VIEW journal AS SELECT 1 n, 'x' id, '2018-01-01' "on", 'issue' reason, '' why,
            NULL corrects, 'A#holding' account, 'VOC/Z/2018/paid' asset, 7 delta""",
        "journal in the file is not the one",
    ),
    "a trigger": (
        "CREATE TRIGGER thief AFTER INSERT ON entries BEGIN DELETE FROM legs WHERE 0; END",
        "thief in the file is not the one",
    ),
    "an account of no batch": (
        "INSERT INTO places VALUES (99, 99, 'X#holding', 'CNY')",
        "1 rows of places belong to no batch",
    ),
    "a kind of no batch": (
        "INSERT INTO kinds VALUES (99, 99, '2018-01-01', 'issue', '', NULL)",
        "1 rows of kinds belong to no batch",
    ),
}


@pytest.mark.parametrize("what", sorted(STRANGERS))
def test_what_another_hand_put_into_the_file_is_told_and_not_believed(
    journal: Journal, path: Path, what: str
) -> None:
    assert told(path)[1] == []
    journal.close()
    statements, said = STRANGERS[what]
    with closing(sqlite3.connect(path)) as base, base:
        base.executescript(statements)
    assert [fault[: len(said)] for fault in told(path)[1]] == [said]
    assert [(p.id, p.delta) for p in postings_of(path, "A")] == [("first", 100)]


def test_a_kept_head_is_known_in_capitals_and_before_the_first_batch(tmp_path: Path) -> None:
    path = tmp_path / "accounts.sqlite"
    with Journal(path) as journal:
        empty = journal.head.hash
        head = journal.post([grant("first")]).head.hash
    for kept in (empty, head, head.upper(), f" {head}\n"):
        assert find_faults(path, head=kept)[1] == []
    assert len(find_faults(path, head=head[:-1])[1]) == 1


def check_damaged(path: Path, seed: int, count: int) -> int:
    """Damage a copy again and again; how often something was told."""
    rng, raw, noticed = stream(seed, "damage"), path.read_bytes(), 0
    copy = path.with_name("damaged.sqlite")
    sound = balances_at(path)
    filled = [place for place, byte in enumerate(raw) if byte]
    for _ in range(count):
        data = bytearray(raw)
        if rng.random() < 0.2:
            del data[int(rng.integers(1, len(data))) :]
        else:
            data[filled[int(rng.integers(len(filled)))]] ^= 1 << int(rng.integers(8))
        copy.write_bytes(data)
        for end in ("-wal", "-shm"):
            copy.with_name(copy.name + end).unlink(missing_ok=True)
        noticed += _look(copy, sound)
    return noticed


def _look(path: Path, sound: dict[tuple[Account, Asset], int]) -> bool:
    noticed = False
    looks = (balances_at, replay_file, lambda p: list(postings_of(p, "A")))
    for look in looks:
        try:
            look(path)
        except RightsError as error:
            noticed = True
            assert error.exit_code == 2  # noqa: PT017
    try:
        noticed |= find_faults(path)[1] != []
        with Journal(path) as journal:
            assert {(a, x): b for a, x, b in journal.ledger.balances()} == sound
    except RightsError:
        noticed = True
    return noticed


@pytest.mark.parametrize("count", [25, pytest.param(2_500, marks=pytest.mark.slow)])
def test_a_damaged_file_is_told_or_does_no_harm(journal: Journal, path: Path, count: int) -> None:
    journal.post([grant(f"{n}", f"F{n % 3}", why=f"w{n % 2}") for n in range(20)])
    journal.snapshot()
    journal.close()
    assert check_damaged(path, count, count) > count / 4
