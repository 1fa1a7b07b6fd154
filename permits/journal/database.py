"""The tables of a journal, and error messages for SQLite's errors.

`entries` and `legs` refer to accounts, assets and kinds by number; the view `journal`
shows them as text, one row per leg, to users of other SQLite tools.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from permits.errors import InputError
from permits.sqlite_file import (
    DURABLE,
    SqliteRefused,
    open_to_read,
    open_to_write,
    set_pragmas,
    tables_in,
    transaction,
)

VERSION = 1  # of the tables; a file of another version is refused by name

IN_WORDS = """
    SELECT entries.n, entries.id, kinds."on", kinds.reason, kinds.why, kinds.corrects,
        places.account, places.asset, legs.delta
    FROM legs JOIN entries ON entries.n = legs.entry JOIN kinds ON kinds.n = entries.kind
        JOIN places ON places.n = legs.place
"""
"""One row per leg, unsorted. Part of the file format: `strangers` compares the view with it."""
_TABLES = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE places (n INTEGER PRIMARY KEY, batch INTEGER NOT NULL,
    account TEXT NOT NULL, asset TEXT NOT NULL);
CREATE TABLE kinds (n INTEGER PRIMARY KEY, batch INTEGER NOT NULL,
    "on" TEXT NOT NULL, reason TEXT NOT NULL, why TEXT NOT NULL, corrects TEXT);
CREATE TABLE batches (n INTEGER PRIMARY KEY, first_entry INTEGER NOT NULL,
    entries INTEGER NOT NULL, first_leg INTEGER NOT NULL, legs INTEGER NOT NULL,
    hash TEXT NOT NULL);
CREATE TABLE entries (n INTEGER PRIMARY KEY, id TEXT NOT NULL, kind INTEGER NOT NULL);
CREATE TABLE legs (entry INTEGER NOT NULL, place INTEGER NOT NULL, delta INTEGER NOT NULL);
CREATE TABLE snapshots (entry INTEGER NOT NULL, place INTEGER NOT NULL, balance INTEGER NOT NULL,
    PRIMARY KEY (entry, place)) WITHOUT ROWID;
CREATE VIEW journal AS {IN_WORDS} ORDER BY legs.rowid;
"""


def connect(path: Path) -> sqlite3.Connection:
    """A connection that writes; `prepare` makes it durable. One thread at a time may use it."""
    return open_to_write(path)


def prepare(base: sqlite3.Connection, path: Path) -> None:
    """Create the tables of an empty file; leave a journal as it is.

    From here on a transaction is on the disk once it is committed.

    Raises: InputError for a database of another kind, which is left unchanged.
    """
    there = tables_in(base)
    if there and not _is_ours(base):
        raise not_a_journal(path)
    # Before the first transaction: SQLite changes neither setting inside one.
    set_pragmas(base, DURABLE)
    if there:
        return  # without a lock, so that opening does not wait for writers
    with transaction(base):
        if tables_in(base):
            return  # asked again under the lock: another process may have created them
        for statement in _TABLES.split(";\n"):
            if statement.strip():
                base.execute(statement)
        told = {"version": VERSION, "batches": 0, "entries": 0, "legs": 0, "head": ""}
        base.executemany("INSERT INTO meta VALUES (?, ?)", [(k, str(v)) for k, v in told.items()])


def is_journal(path: Path) -> bool:
    """Whether the file is a journal of this kind, intact or not."""
    if not path.is_file():
        return False
    try:
        with open_to_read(path) as base:
            return _is_ours(base)
    except SqliteRefused:
        return False


def strangers(base: sqlite3.Connection) -> list[str]:
    """Views and triggers in the file that this program did not write."""
    ours = {" ".join(statement.split()) for statement in _TABLES.split(";\n")}
    made = base.execute("SELECT name, sql FROM sqlite_master WHERE type IN ('view', 'trigger')")
    return [
        name
        for name, sql in made
        if " ".join(sql.split()) not in ours and (name == "journal" or "TRIGGER" in sql.upper())
    ]


def _is_ours(base: sqlite3.Connection) -> bool:
    return {"batches", "places", "kinds", "entries", "legs"} <= tables_in(base)


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection for reading only that sees one state of the file throughout.

    Raises: InputError for a file that is not a journal or cannot be read.
    """
    if not path.is_file():
        raise not_a_journal(path)
    try:
        with open_to_read(path) as base:
            base.execute("BEGIN")
            if not _is_ours(base):
                raise not_a_journal(path)
            yield base
    except SqliteRefused as error:
        if error.kind == "SQLITE_NOTADB":
            raise not_a_journal(path) from error
        raise refused(path, error) from error


def places_on_disk(path: Path) -> tuple[tuple[int, int] | None, ...]:
    """Identity of the files of a journal on disk, to notice that one was replaced.

    Device and inode number of the journal, its log and its shared memory; `None` for a missing
    one.
    """
    found: list[tuple[int, int] | None] = []
    for end in ("", "-wal", "-shm"):
        try:
            told = path.with_name(path.name + end).stat()
        except OSError:
            found.append(None)
        else:
            found.append((told.st_dev, told.st_ino))
    return tuple(found)


def moved(path: Path) -> InputError:
    return InputError(
        "journal.moved",
        "the journal's file was moved, replaced or deleted while it was open: "
        "these entries were not posted",
        where=str(path),
        mend="put the file back, or open the journal that is there now, then post them again",
    )


def not_a_journal(path: Path) -> InputError:
    return InputError(
        "journal.none",
        "{file} is not a journal of accounts",
        where=str(path),
        mend="name a file written by `Journal`, or the folder of a run",
        file=path.name,
    )


def refused(path: Path, error: SqliteRefused) -> InputError:
    """What SQLite says, in our words: the entries were not posted, what was stays."""
    code, text, mend = _REFUSALS.get(error.kind, _OTHER_REFUSAL)
    return InputError(code, text, where=str(path), mend=mend, said=error.said)


_REFUSALS = {
    "SQLITE_FULL": (
        "journal.full",
        "the disk is full: these entries were not posted",
        "make room and post them again; all acknowledged before is kept",
    ),
    "SQLITE_READONLY": (
        "journal.readonly",
        "the journal's file or disk is read-only: these entries were not posted",
        "allow writing to the file and its folder, then post them again",
    ),
    "SQLITE_BUSY": (
        "journal.busy",
        "another program holds the journal: these entries were not posted",
        "let it finish, then post them again",
    ),
    "SQLITE_CANTOPEN": (
        "journal.cannot_open",
        "the journal's file cannot be opened",
        "check that its folder is there and may be written to",
    ),
    "SQLITE_NOTADB": (
        "journal.not_sqlite",
        "the file is not an SQLite database",
        "name a journal, or another path for a new one",
    ),
    "SQLITE_CORRUPT": (
        "journal.corrupt",
        "the file is damaged: {said}",
        "restore a copy of it; `permits audit FILE` reports what is still intact",
    ),
}
"""By SQLite's name for the kind of error: code, text and remedy of ours."""
_OTHER_REFUSAL = (
    "journal.refused",
    "the journal's file cannot be used: {said}",
    "nothing acknowledged is lost; check the disk, then open the journal again",
)
