"""`Journal`: open, post, close."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from types import TracebackType

import numpy as np

from permits.errors import BadEntry, InputError, RightsError
from permits.journal import database
from permits.journal.names import Numbers, as_batch, id_texts, part_of
from permits.journal.stored import BatchRow, StoredRows, Unreadable, read_batch_rows, read_stored
from permits.ledger import Entry, EntryBatch, Ledger, Numbering
from permits.sqlite_file import refusal_of

SNAPSHOT_EVERY = 100_000
"""Entries between two snapshots of all balances; assumed: file size against reading time."""

FIRST = ""
"""The value that the first batch is chained to."""


@dataclass(frozen=True, slots=True)
class Head:
    """End of a journal; a copy kept elsewhere proves what the journal contained."""

    entries: int = 0
    batches: int = 0
    legs: int = 0
    hash: str = FIRST


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A durable batch: number of new entries, and of those already posted."""

    posted: int
    already_posted: int
    head: Head


class Journal:
    """A ledger whose every change is durable before it is acknowledged.

    `post` either returns, and the batch survives whatever happens next, or raises, and
    the batch is absent as a whole; only an interruption at the very end, after the disk
    has it, leaves it there. Several processes may post to one file: each reads the entries of
    the others before it posts. Threads may share a journal: they post one after another.
    """

    def __init__(self, path: Path, *, snapshot_every: int = SNAPSHOT_EVERY) -> None:
        """Open the journal at `path`, or create one; its chain is checked on opening.

        Args:
            path: the journal file.
            snapshot_every: entries between two snapshots of all balances.
        Raises: InputError for a file that is not a journal, is damaged, or that the disk
            refuses.
        """
        self.path = path.absolute()  # the same file wherever the program goes
        self.snapshot_every = snapshot_every
        self._base: sqlite3.Connection | None = None
        self._head = Head()
        self._lock = RLock()
        with self._lock:
            self._open()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def ledger(self) -> Ledger:
        """The balances, for reading; post through the journal only."""
        with self._lock:
            self._opened()
            return self._ledger

    @property
    def head(self) -> Head:
        """Number of entries and batches acknowledged so far, and the last batch's seal."""
        return self._head

    def post(self, entries: Sequence[Entry] | EntryBatch) -> Acknowledged:
        """Post entries as one batch: all of them, or none.

        An entry already posted with the same content is skipped.

        Raises: the errors of `Ledger.post` for the first bad entry; BadEntry for names and
            texts that a file cannot return, and for a correction without an earlier entry;
            InputError where the file or disk refuses. Nothing of the batch is posted then, and the
            journal remains usable.
        """
        with self._lock, self._writing() as base:
            batch = as_batch(entries, self._names)
            # Checks before posting: afterwards the ledger in memory would differ from the file.
            self._numbers.require_kept(batch)
            _require_corrected(self._ledger, batch)
            new = self._ledger.post_batch(batch, whole=True)
            head = self._head
            if new.any():
                part = batch if new.all() else part_of(batch, np.flatnonzero(new))
                head = self._next = self._write(base, part)
        posted = int(new.sum())
        return Acknowledged(posted, len(batch) - posted, head)

    def snapshot(self) -> None:
        """Write all balances as they stand; the audit compares them with the journal.

        Raises: InputError where the file or disk refuses.
        """
        with self._lock, self._writing() as base:
            self._write_snapshot(base, self._head.entries)

    def close(self) -> None:
        """Close the file; everything acknowledged is already on the disk."""
        with self._lock:
            self._abandon()

    def _open(self) -> None:
        acknowledged = self._head
        self._names = Numbering()
        self._ledger = Ledger()
        self._numbers = Numbers(self._names)
        self._head = Head()
        self._snapshot_at = 0
        try:
            if acknowledged.batches and not self.path.is_file():
                raise database.moved(self.path)
            self._base = database.connect(self.path)
            database.prepare(self._base, self.path)
            self._base.execute("BEGIN")
            self._catch_up(self._base)
            _require_held(self._base, acknowledged, self.path)
            self._place = database.places_on_disk(self.path)
            self._base.execute("COMMIT")
        except BaseException as error:
            self._head = acknowledged
            self._abandon()
            refusal = refusal_of(error)
            if refusal is not None:
                raise database.refused(self.path, refusal) from error
            raise

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, after catching up; memory and file change together or not at all."""
        base = self._opened()
        caught_up = False
        try:
            base.execute("BEGIN IMMEDIATE")
            self._catch_up(base)
            self._next = self._head
            caught_up = True
            yield base
            # Right before the commit: writing to a file that was replaced would be lost.
            if database.places_on_disk(self.path) != self._place:
                caught_up = False
                raise database.moved(self.path)
            # The head moves after the commit: what is acknowledged is on the disk.
            base.execute("COMMIT")
            self._head = self._next
        except BaseException as error:
            if caught_up and isinstance(error, RightsError) and self._rolled_back(base):
                raise  # the ledger refused the batch: it and the file are unchanged
            self._abandon()
            refusal = refusal_of(error)
            if refusal is not None:
                raise database.refused(self.path, refusal) from error
            raise

    def _rolled_back(self, base: sqlite3.Connection) -> bool:
        try:
            base.execute("ROLLBACK")
        except sqlite3.Error:
            return False
        except BaseException:
            self._abandon()
            raise
        return True

    def _opened(self) -> sqlite3.Connection:
        if self._base is None:
            self._open()
        assert self._base is not None
        return self._base

    def _abandon(self) -> None:
        """Discard the state in memory; the file is read again before the next step."""
        base, self._base = self._base, None
        if base is not None:
            base.close()

    def _catch_up(self, base: sqlite3.Connection) -> None:
        """Post entries written by other processes to the ledger; all entries on opening."""
        for row in _rows_after(base, self._head.batches, self.path):
            try:
                stored = read_stored(base, row)
                whole = stored.seal(self._head.hash) == row.hash
                if not whole or row.first_entry != self._head.entries + 1:
                    raise _broken(self.path, row.n)
                self._numbers.learn(stored)
                batch = self._numbers.batch(stored)
            except Unreadable as error:
                raise _broken(self.path, row.n) from error
            self._ledger.post_batch(batch, whole=True, told=True)
            self._head = Head(
                self._head.entries + row.entries, row.n, self._head.legs + row.legs, row.hash
            )
        told = dict(base.execute("SELECT key, value FROM meta").fetchall())
        if told.get("head") != self._head.hash or told.get("batches") != str(self._head.batches):
            raise _broken(self.path, self._head.batches + 1)
        last = base.execute("SELECT max(entry) FROM snapshots").fetchone()[0]
        self._snapshot_at = last if type(last) is int else 0

    def _write(self, base: sqlite3.Connection, batch: EntryBatch) -> Head:
        before, n = self._head, self._head.batches + 1
        places, kinds = len(self._numbers.places), len(self._numbers.kinds)
        stored = self._numbers.stored(batch, n, before.entries + 1)
        head = Head(
            before.entries + len(batch), n, before.legs + len(stored.delta),
            stored.seal(before.hash),
        )  # fmt: skip
        base.executemany(
            "INSERT INTO places VALUES (?, ?, ?, ?)",
            [(places + k, n, *place) for k, place in enumerate(stored.places, start=1)],
        )
        base.executemany(
            "INSERT INTO kinds VALUES (?, ?, ?, ?, ?, ?)",
            [(kinds + k, n, *kind) for k, kind in enumerate(stored.kinds, start=1)],
        )
        _write_rows(base, stored, before.legs)
        base.execute(
            "INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?)",
            (n, stored.first_entry, len(batch), before.legs + 1, len(stored.delta), head.hash),
        )
        told = {"head": head.hash, "batches": n, "entries": head.entries, "legs": head.legs}
        base.executemany(
            "UPDATE meta SET value = ? WHERE key = ?", [(str(v), k) for k, v in told.items()]
        )
        if head.entries - self._snapshot_at >= self.snapshot_every:
            self._write_snapshot(base, head.entries)
        return head

    def _write_snapshot(self, base: sqlite3.Connection, at: int) -> None:
        rows = [
            (at, self._numbers.place_of(self._names.account_no(a), self._names.asset_no(x)), b)
            for a, x, b in self._ledger.balances()
        ]
        base.execute("DELETE FROM snapshots WHERE entry = ?", (at,))
        base.executemany("INSERT INTO snapshots VALUES (?, ?, ?)", rows)
        self._snapshot_at = at


def _write_rows(base: sqlite3.Connection, stored: StoredRows, legs_before: int) -> None:
    numbers = range(stored.first_entry, stored.first_entry + len(stored.ids))
    base.executemany(
        "INSERT INTO entries VALUES (?, ?, ?)",
        zip(numbers, stored.ids, stored.kind.tolist(), strict=True),
    )
    entry = (stored.entry + stored.first_entry).tolist()
    rows = range(legs_before + 1, legs_before + 1 + len(entry))
    base.executemany(
        "INSERT INTO legs (rowid, entry, place, delta) VALUES (?, ?, ?, ?)",
        zip(rows, entry, stored.place.tolist(), stored.delta.tolist(), strict=True),
    )


def _require_corrected(ledger: Ledger, batch: EntryBatch) -> None:
    """Check that corrections name an earlier entry.

    Raises: BadEntry for a new entry that corrects an unknown or later one.
    """
    if not batch.corrects:
        return
    ids = id_texts(batch.ids)
    first_at = {name: number for number, name in reversed([*enumerate(ids)])}
    for number, first in batch.corrects.items():
        before = first_at.get(first, number) < number or ledger.find(first) is not None
        if not before and ledger.find(ids[number]) is None:
            raise BadEntry(
                "ledger.corrects",
                "it corrects {first}, which is not an earlier entry",
                where=f"entry {ids[number]}",
                mend="name an entry of the journal, or an earlier one of the batch",
                first=first,
            )


def _require_held(base: sqlite3.Connection, acknowledged: Head, path: Path) -> None:
    """Check that the file still contains the batch that this journal saw last.

    Raises: InputError where it does not.
    """
    found = base.execute("SELECT hash FROM batches WHERE n = ?", (acknowledged.batches,))
    if acknowledged.batches and found.fetchone() != (acknowledged.hash,):
        raise database.moved(path)


def _rows_after(base: sqlite3.Connection, after: int, path: Path) -> list[BatchRow]:
    try:
        return read_batch_rows(base, after=after)
    except Unreadable as error:
        raise _broken(path, after + 1) from error


def _broken(path: Path, n: int) -> InputError:
    return InputError(
        "journal.broken",
        "batch {n} is not as it was written, or one before it or after it is missing",
        where=str(path),
        mend="restore a copy; `permits audit FILE` lists all faults",
        n=n,
    )
