"""Faults of a journal file: every row is read again, every entry posted again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from permits.errors import RightsError
from permits.invariants import Violation, find_violations
from permits.journal.database import reading, strangers
from permits.journal.names import Numbers
from permits.journal.store import FIRST
from permits.journal.stored import BatchRow, StoredRows, Unreadable, read_batch_rows, read_stored
from permits.ledger import Ledger, Numbering

MOST_PLACES = 10
"""Differing balances of a snapshot that are listed one by one; assumed: enough to find a cause."""


def find_faults(path: Path, *, head: str | None = None) -> tuple[Ledger, list[Violation]]:
    """All faults of a journal file, and the ledger that its entries give.

    Rows: an edit, a cut or a changed order, each with the batch it shows in. Entries: refusals
    by the ledger, and the findings of `find_violations`. Snapshots: balances that differ from
    those of the entries.

    Args:
        path: the journal.
        head: a seal kept elsewhere, which must be in the chain, in small letters or
            capitals; without one, a file that was rewritten as a whole cannot be told from
            the true one.
    Raises: InputError for a file that is not a journal.
    """
    found: list[Violation] = []
    ledger, numbers = Ledger(), Numbers(Numbering())
    with reading(path) as base:
        found += _find_damage(base)
        rows = _rows(base, found)
        found += _find_cuts(base, rows)
        found += _find_stray_snapshots(base, rows)
        for row, before in zip(rows, [None, *rows], strict=False):
            # The batch first: its snapshot is compared with the ledger after it.
            found += _find_in_batch(base, row, before, numbers, ledger)
            found += _find_in_snapshot(base, row, numbers, ledger)
    if head is not None and head.strip().lower() not in {FIRST, *(row.hash for row in rows)}:
        text = "the seal that was kept, {head}, is not in the chain"
        found.append(Violation("audit.anchor", text, str(path), {"head": head}))
    return ledger, found + find_violations(ledger)


def _find_damage(base: sqlite3.Connection) -> Iterator[Violation]:
    """Pages that SQLite reports as damaged, and views or triggers added by others."""
    said = base.execute("PRAGMA quick_check(1)").fetchone()[0]
    if said != "ok":
        text = "the file is damaged: {said}"
        yield Violation("audit.damage", text, "PRAGMA quick_check", {"said": said})
    for name in strangers(base):
        text = "{name} in the file is not the one that the journal created"
        yield Violation("audit.stranger", text, "sqlite_master", {"name": name})


def _rows(base: sqlite3.Connection, found: list[Violation]) -> list[BatchRow]:
    """The table of batches; none where it cannot be read, which is reported."""
    try:
        return read_batch_rows(base)
    except Unreadable as error:
        text = "the file is damaged: {said}"
        found.append(Violation("audit.damage", text, "table batches", {"said": str(error)}))
        return []


def _find_cuts(base: sqlite3.Connection, rows: list[BatchRow]) -> Iterator[Violation]:
    """Batches, entries or legs that are missing, and rows that belong to no batch."""
    told = dict(base.execute("SELECT key, value FROM meta").fetchall())
    for row, expected in zip(rows, range(1, len(rows) + 1), strict=True):
        if row.n != expected:
            text = "batch {expected} is missing before batch {n}"
            missing = {"expected": expected, "n": row.n}
            yield Violation("audit.batch_missing", text, f"batch {row.n}", missing)
            # One gap shifts all later numbers, so the first is enough.
            break
    if told.get("batches") != str(rows[-1].n if rows else 0):
        text = "the journal ends at batch {last}, but {told} were written"
        last = str(rows[-1].n if rows else 0)
        values = {"last": last, "told": told.get("batches", "?")}
        yield Violation("audit.batches", text, "meta.batches", values)
    if told.get("head") != (rows[-1].hash if rows else ""):
        text = "the last batch's seal is not the one that was written last"
        yield Violation("audit.head_seal", text, "meta.head")
    for table, counted in (("entries", "entries"), ("legs", "legs")):
        there = base.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        named = sum(getattr(row, counted) for row in rows)
        if there != named:
            text = "the batches list {named} {table}, but the file holds {there}"
            counts = {"named": named, "there": there, "table": table}
            yield Violation("audit.rows", text, f"table {table}", counts)
    for table in ("places", "kinds"):
        stray = f"SELECT count(*) FROM {table} WHERE batch NOT IN (SELECT n FROM batches)"
        if count := base.execute(stray).fetchone()[0]:
            text = "{count} rows of {table} belong to no batch"
            yield Violation("audit.rows", text, f"table {table}", {"count": count, "table": table})


def _find_in_batch(
    base: sqlite3.Connection,
    row: BatchRow,
    before: BatchRow | None,
    numbers: Numbers,
    ledger: Ledger,
) -> Iterator[Violation]:
    where = f"batch {row.n}"
    values: dict[str, object] = {
        "n": row.n,
        "first": row.first_entry,
        "last": row.first_entry + row.entries - 1,
    }
    try:
        stored = read_stored(base, row)
        if _unsealed(stored, row, before):
            text = (
                "batch {n} (entries {first} to {last}) is not as it was written, "
                "or one before it is missing"
            )
            yield Violation("audit.seal_broken", text, where, values)
        # Learnt even with a broken seal, so that later batches can still be read and checked.
        numbers.learn(stored)
        ledger.post_batch(numbers.batch(stored), told=True)
    except Unreadable as error:
        text = "the rows of batch {n} (entries {first} to {last}) cannot be read: {said}"
        yield Violation("audit.unreadable", text, where, values | {"said": str(error)})
    except RightsError as error:
        yield Violation(error.code, error.text, error.where or where, error.values)


def _unsealed(stored: StoredRows, row: BatchRow, before: BatchRow | None) -> bool:
    first = before.first_entry + before.entries if before else 1
    return stored.seal(before.hash if before else "") != row.hash or row.first_entry != first


def _find_stray_snapshots(base: sqlite3.Connection, rows: list[BatchRow]) -> Iterator[Violation]:
    """Snapshots where no batch ends; this program never writes one there."""
    ends = {row.first_entry + row.entries - 1 for row in rows}
    for (entry,) in base.execute("SELECT DISTINCT entry FROM snapshots ORDER BY entry"):
        if entry not in ends:
            text = "there is a snapshot after entry {entry}, where no batch ends"
            yield Violation("audit.snapshot_stray", text, "table snapshots", {"entry": entry})


def _find_in_snapshot(
    base: sqlite3.Connection, row: BatchRow, numbers: Numbers, ledger: Ledger
) -> Iterator[Violation]:
    last = row.first_entry + row.entries - 1
    rows = base.execute("SELECT place, balance FROM snapshots WHERE entry = ?", (last,)).fetchall()
    if not rows:
        return
    known = dict(enumerate(numbers.places, start=1))
    told = {known.get(place, (f"place {place}", "?")): balance for place, balance in rows}
    given = {(str(a), str(x)): b for a, x, b in ledger.balances()}
    wrong = [key for key in sorted({*told, *given}) if told.get(key, 0) != given.get(key, 0)]
    for account, asset in wrong[:MOST_PLACES]:
        text = "the snapshot after entry {entry} has {told} of {asset}; the entries give {given}"
        values = {
            "entry": last,
            "asset": asset,
            "told": told.get((account, asset), 0),
            "given": given.get((account, asset), 0),
        }
        yield Violation("audit.snapshot", text, f"account {account}", values)
