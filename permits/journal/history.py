"""Balances at an entry, and the postings behind a balance, read from the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from permits.account import Account
from permits.errors import InputError
from permits.journal.database import IN_WORDS, reading
from permits.journal.names import Numbers, named, part_of
from permits.journal.stored import Unreadable, read_batch_rows, read_stored
from permits.ledger import EntryBatch, Ledger, Numbering
from permits.right import Asset


@dataclass(frozen=True, slots=True)
class Posting:
    """One leg in an account's history, with the balance after it [mg or fen]."""

    n: int
    id: str
    on: date
    reason: str
    why: str
    corrects: str | None
    account: Account
    asset: Asset
    delta: int
    balance: int


def balances_at(path: Path, until: int | None = None) -> dict[tuple[Account, Asset], int]:
    """Nonzero balances after the first `until` entries (all, where `None`).

    From the last snapshot before it and the legs since, summed by the database.

    Raises: InputError for a file that is not a journal or whose rows cannot be read.
    """
    with _reading(path) as base:
        until = _entries(base) if until is None else until
        check_until(until, where=str(path))
        rows = base.execute(
            "WITH start(entry) AS (SELECT coalesce(max(entry), 0) FROM snapshots WHERE entry <= ?1)"
            " SELECT place, sum(amount) FROM ("
            "  SELECT place, balance AS amount FROM snapshots, start"
            "  WHERE snapshots.entry = start.entry UNION ALL"
            "  SELECT place, delta FROM legs, start WHERE legs.rowid > ("
            "   SELECT coalesce(sum(legs), 0) FROM batches"
            "   WHERE first_entry + entries - 1 <= start.entry)"
            "  AND legs.entry > start.entry AND legs.entry <= ?1)"
            " GROUP BY place HAVING sum(amount) <> 0 ORDER BY place",
            (until,),
        ).fetchall()
        places = dict(_places(base))
        return dict(_balance(places, number, amount) for number, amount in rows)


def entries_in(path: Path) -> int:
    """Number of entries in a journal.

    Raises: InputError for a file that is not a journal.
    """
    with _reading(path) as base:
        return _entries(base)


def entries_at(path: Path, head: str) -> int | None:
    """Number of entries up to a hash of the chain; `None` for a hash that is not in it.

    Raises: InputError for a file that is not a journal.
    """
    with reading(path) as base:
        query = "SELECT first_entry + entries - 1 FROM batches WHERE hash = ?"
        found = base.execute(query, (head,)).fetchone()
    return None if found is None else int(found[0])


def head_in(path: Path) -> str:
    """The seal of the last batch, to be kept elsewhere; empty for a journal without batches.

    Raises: InputError for a file that is not a journal.
    """
    with reading(path) as base:
        row = base.execute("SELECT hash FROM batches ORDER BY n DESC LIMIT 1").fetchone()
    return str(row[0]) if row else ""


def replay_file(path: Path, until: int | None = None) -> Ledger:
    """A ledger from the first `until` entries of the file (all, where `None`).

    Raises: InputError for a file that is not a journal or whose rows are not entries;
        RightsError for an entry that the ledger refuses.
    """
    ledger = Ledger()
    left = until
    check_until(until, where=str(path))
    for batch in read_batches(path):
        part = batch if left is None or left >= len(batch) else part_of(batch, np.arange(left))
        ledger.post_batch(part, told=True)
        if left is not None:
            left -= len(part)
            if left <= 0:
                break
    return ledger


def postings_of(path: Path, owner: str, asset: Asset | None = None) -> Iterator[Posting]:
    """All legs in the accounts of an owner, in order, with the balance after each.

    Args:
        path: the journal.
        owner: name of the owner.
        asset: only legs of this asset; `None` for all.
    Raises: InputError for a file that is not a journal or whose rows cannot be read.
    """
    balances: dict[tuple[Account, Asset], int] = {}
    begin = f"{owner}#".encode("utf-8", "surrogatepass")
    with _reading(path) as base:
        # Not from the view, which someone may have replaced; as bytes, since SQLite reads a text
        # only up to a NUL.
        which = "WHERE substr(CAST(account AS BLOB), 1, ?2) = ?1 ORDER BY legs.rowid"
        rows = base.execute(f"{IN_WORDS} {which}", (begin, len(begin)))
        for n, id_, on, reason, why, corrects, account, thing, delta in rows:
            key = named(account, thing)
            if key[0].owner != owner or asset not in (None, key[1]):
                continue
            day = _day(on)
            if type(delta) is not int:
                raise Unreadable(f"delta {delta!r}")
            balances[key] = balances.get(key, 0) + delta
            yield Posting(n, id_, day, reason, why, corrects, *key, delta, balances[key])


def check_until(until: int | None, *, where: str) -> None:
    """Raise InputError for a negative number of entries; `None` means all of them."""
    if until is not None and until < 0:
        raise InputError(
            "replay.until",
            "there is no entry number {until}",
            where=where,
            mend="give 0 (nothing posted) or more",
            until=until,
        )


def read_batches(path: Path) -> Iterator[EntryBatch]:
    """The batches of a file one after another, without checking their seals.

    Raises: InputError where rows are not entries.
    """
    numbers = Numbers(Numbering())
    with _reading(path) as base:
        for row in read_batch_rows(base):
            stored = read_stored(base, row)
            numbers.learn(stored)
            yield numbers.batch(stored)


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    with reading(path) as base:
        try:
            yield base
        except Unreadable as error:
            raise InputError(
                "journal.rows",
                "the journal's rows cannot be read: {said}",
                where=str(path),
                mend="`permits audit FILE` lists all faults",
                said=str(error),
            ) from error


def _entries(base: sqlite3.Connection) -> int:
    return sum(row.entries for row in read_batch_rows(base))


def _places(base: sqlite3.Connection) -> Iterator[tuple[int, tuple[Account, Asset]]]:
    for number, account, asset in base.execute("SELECT n, account, asset FROM places"):
        yield number, named(account, asset)


def _balance(
    places: dict[int, tuple[Account, Asset]], number: int, amount: object
) -> tuple[tuple[Account, Asset], int]:
    if number not in places or type(amount) is not int:
        raise Unreadable(f"place {number}: {amount!r}")
    return places[number], amount


def _day(on: object) -> date:
    try:
        return date.fromisoformat(str(on))
    except ValueError as error:
        raise Unreadable(f"day {on!r}") from error
