"""A batch as stored in the file, not yet verified, and its seal."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
Place = tuple[str, str]
Kind = tuple[str, str, str, str | None]
MOST_ROWS = 2**48
"""No file has this many rows: a larger number is damage."""


@dataclass(frozen=True, slots=True)
class StoredRows:
    """The rows of one batch.

    `places` and `kinds` are those first named in it, in the order of their numbers.
    """

    n: int
    first_entry: int
    ids: tuple[str, ...]  # (E,)
    kind: IntArray  # (E,)
    entry: IntArray  # (L,)   counted from 0 within the batch
    place: IntArray  # (L,)
    delta: IntArray  # (L,)   mg or fen
    places: tuple[Place, ...]  # account, asset
    kinds: tuple[Kind, ...]  # on, reason, why, corrects

    def seal(self, before: str) -> str:
        """SHA-256 of the whole batch and of the seal before it."""
        texts = [before, self.n, self.first_entry, self.ids, self.places, self.kinds]
        found = hashlib.sha256(json.dumps(texts, ensure_ascii=False).encode())
        for column in (self.kind, self.entry, self.place, self.delta):
            found.update(column.astype("<i8").tobytes())
        return found.hexdigest()


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One row of the table of batches."""

    n: int
    first_entry: int
    entries: int
    first_leg: int
    legs: int
    hash: str


class Unreadable(Exception):
    """Rows that are not of the form this program writes."""


def read_batch_rows(base: sqlite3.Connection, after: int = 0) -> list[BatchRow]:
    """The table of batches from number `after` + 1 on.

    Raises: Unreadable where a value is not a number, or a seal not a text.
    """
    rows = base.execute("SELECT * FROM batches WHERE n > ? ORDER BY n", (after,)).fetchall()
    for *numbers, seal in rows:
        if not all(type(x) is int and 0 <= x < MOST_ROWS for x in numbers):
            raise Unreadable("table batches: a value is not a number")
        _require_texts("batches", seal)
    return [BatchRow(*row) for row in rows]


def read_stored(base: sqlite3.Connection, row: BatchRow) -> StoredRows:
    """The rows of a batch.

    Raises: Unreadable where a value is not a number, or a name not a text.
    """
    last = row.first_entry + row.entries - 1
    entries = base.execute(
        "SELECT id, kind FROM entries WHERE n BETWEEN ? AND ? ORDER BY n", (row.first_entry, last)
    ).fetchall()
    legs = base.execute(
        "SELECT entry - ?, place, delta FROM legs WHERE rowid BETWEEN ? AND ? ORDER BY rowid",
        (row.first_entry, row.first_leg, row.first_leg + row.legs - 1),
    ).fetchall()
    places = base.execute(
        "SELECT account, asset FROM places WHERE batch = ? ORDER BY n", (row.n,)
    ).fetchall()
    kinds = base.execute(
        'SELECT "on", reason, why, corrects FROM kinds WHERE batch = ? ORDER BY n', (row.n,)
    ).fetchall()
    ids = tuple(name for name, _ in entries)
    _require_texts("entries", *ids)
    _require_texts("places", *(name for place in places for name in place))
    _require_texts("kinds", *(name for *known, _ in kinds for name in known))
    _require_texts("kinds", *(first for *_, first in kinds if first is not None))
    kind = _whole([number for _, number in entries], 1)
    entry, place, delta = _whole(legs, 3).reshape(-1, 3).T
    return StoredRows(
        row.n, row.first_entry, ids, kind, entry, place, delta, tuple(places), tuple(kinds)
    )


def _require_texts(table: str, *values: object) -> None:
    if not all(type(value) is str for value in values):
        raise Unreadable(f"table {table}: a value is not a text")


def _whole(rows: list[object], width: int) -> IntArray:
    if not rows:
        return np.empty((0, width) if width > 1 else 0, dtype=np.int64)
    try:
        found = np.array(rows)
    except (ValueError, OverflowError) as error:
        raise Unreadable("a number is missing") from error
    if found.dtype != np.int64:
        raise Unreadable("a number is not whole")
    return found
