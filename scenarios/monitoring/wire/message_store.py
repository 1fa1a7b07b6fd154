"""Store of accepted messages in SQLite: each once, durable before it is acknowledged.

A message is known by device, number, command, part and a digest of its content. The same
again is a resend and only counted; other content under the same number is another
message and noted. Messages, readings, cards and events of a batch are one transaction,
so that after a power cut a message is there with all that follows from it, or not at all.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from permits.errors import InputError
from permits.hj212 import Decoded, Message, decode
from permits.hj212.frame import SUM_LENGTH
from permits.hj212.measured import OutletReading, readings_of
from permits.hj212.parts import joined
from permits.hj212.seen import digest_of, number_of
from permits.sqlite_file import DURABLE, SqliteRefused, open_to_write, refusals, transaction
from scenarios.monitoring.wire.check_sums import CheckSums
from scenarios.monitoring.wire.counts import NOTE, REJECTED
from scenarios.monitoring.wire.feed import CardState, FeedEvent, feed
from scenarios.monitoring.wire.stored_readings import write_readings

WAIT_S = 5.0
"""How long a batch waits for a program that reads the file [s]: a device sends again what
is not answered within a few seconds."""

FILE, LOCK, READINGS = "messages.sqlite", "lock.sqlite", "readings.csv"
SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY, mn TEXT NOT NULL, qn TEXT NOT NULL, cn TEXT NOT NULL,
    pno TEXT NOT NULL, digest BLOB NOT NULL, came INTEGER NOT NULL DEFAULT 1,
    verdict TEXT NOT NULL, notes TEXT NOT NULL, frame BLOB NOT NULL,
    UNIQUE (mn, qn, cn, pno, digest)
);
CREATE TABLE IF NOT EXISTS readings (
    id INTEGER PRIMARY KEY, message INTEGER NOT NULL REFERENCES messages,
    outlet TEXT NOT NULL, at TEXT NOT NULL, period TEXT NOT NULL, factor TEXT NOT NULL,
    pollutant TEXT NOT NULL, volume_l INTEGER, conc_ng_per_l INTEGER, flag TEXT NOT NULL,
    stated_mg INTEGER, doubts TEXT NOT NULL, mass_mg INTEGER,
    UNIQUE (outlet, at, period, factor)
);
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY, card TEXT NOT NULL, at TEXT NOT NULL, event TEXT NOT NULL,
    mass_mg INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS cards (
    card TEXT PRIMARY KEY, month INTEGER NOT NULL, loaded_mg INTEGER NOT NULL,
    used_mg INTEGER NOT NULL, state TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rejects (
    id INTEGER PRIMARY KEY, peer TEXT NOT NULL, reason TEXT NOT NULL, piece BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS counts (name TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
"""
_INSERT = """
INSERT INTO messages (mn, qn, cn, pno, digest, verdict, notes, frame)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET came = came + 1 RETURNING id, came
"""
_READING = """
INSERT OR IGNORE INTO readings (message, outlet, at, period, factor, pollutant, volume_l,
    conc_ng_per_l, flag, stated_mg, doubts, mass_mg) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_READ_COLUMNS = (
    "outlet", "at", "period", "factor", "pollutant", "volume_l", "conc_ng_per_l", "flag",
    "stated_mg", "doubts",
)  # fmt: skip


class Arrived(NamedTuple):
    """An accepted message with its frame."""

    frame: bytes
    decoded: Decoded


class Rejected(NamedTuple):
    """A piece that was no message, and its origin."""

    peer: str
    reason: str
    piece: bytes


class Added(NamedTuple):
    """The messages that a batch added, and the events that followed."""

    messages: int
    resends: int
    rejects: int
    last: datetime | None  # the latest hour reported
    events: tuple[FeedEvent, ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """What a store holds: messages (each once), resends, readings, and all other counts."""

    messages: int
    resends: int
    readings: int
    counts: Mapping[str, int]


class MessageStore:
    """The messages of one folder; one receiver at a time.

    Args:
        period: the command whose readings are charged to cards: hour data, as minutes
            and days would count the same mass again.
    """

    def __init__(
        self,
        folder: Path,
        cards: CardState | None = None,
        *,
        period: str = "2061",
        minute_s: int | None = None,
    ) -> None:
        self._folder = folder
        self._period = period
        self._minute_s = minute_s
        self._lock, self._base = _opened(folder)
        # Rebuilt from the readings; the table of cards is only for readers of the file.
        self.state, _ = feed(cards or CardState(), self._past())

    def add(
        self,
        arrived: Sequence[Arrived],
        rejected: Sequence[Rejected] = (),
        counts: Mapping[str, int] | None = None,
    ) -> Added:
        """Store a batch in one transaction; when this returns it is on the disk.

        Args:
            arrived: accepted messages, in order of arrival.
            rejected: pieces to keep for inspection.
            counts: counts of the receiver, added to those stored.
        Raises: InputError if it cannot be written; then nothing of it is stored.
        """
        with _told(), transaction(self._base):
            told = [self._message(one) for one in arrived]
            new = [[r for r in own or () if r.period == self._period] for own in told]
            state, events = feed(self.state, new)
            self._count(counts or {})
            self._base.executemany(
                "INSERT INTO rejects (peer, reason, piece) VALUES (?, ?, ?)", rejected
            )
            self._events(events)
            self._cards(state, dict.fromkeys(one.outlet for own in new for one in own))
        # Only after the commit: a batch that cannot be written must not change the cards.
        self.state = state
        resends = told.count(None)
        rejects = sum(n for name, n in (counts or {}).items() if name.startswith(REJECTED))
        last = max((one.at for own in new for one in own), default=None)
        return Added(len(told) - resends, resends, rejects, last, events)

    def totals(self) -> Totals:
        """Totals of everything stored so far."""
        (messages, resends), (readings,) = (
            self._base.execute(sql).fetchone()
            for sql in (
                "SELECT count(*), coalesce(sum(came - 1), 0) FROM messages",
                "SELECT count(*) FROM readings",
            )
        )
        rows = self._base.execute("SELECT name, n FROM counts ORDER BY name").fetchall()
        return Totals(messages, resends, readings, dict(rows))

    def last(self) -> datetime | None:
        """The latest hour that was charged."""
        sql = "SELECT max(at) FROM readings WHERE period = ?"
        (at,) = self._base.execute(sql, (self._period,)).fetchone()
        return None if at is None else datetime.fromisoformat(at)

    def hints(self) -> list[str]:
        """Check sums that repeat too often, of the messages as they first came."""
        sums = CheckSums()
        for mn, frame in self._base.execute("SELECT mn, frame FROM messages ORDER BY id"):
            sums.add(mn, int(frame.rstrip(b"\r\n")[-SUM_LENGTH:], 16))
        return list(sums.hints())

    def write_readings(self) -> int:
        """Write the readings as a table next to the messages; return its number of rows."""
        with _told(READINGS):
            return write_readings(self._base, self._folder / READINGS, self._period)

    def close(self) -> None:
        """Close the files; a killed process needs none of this."""
        self._base.close()
        self._lock.close()

    def _message(self, one: Arrived) -> list[OutletReading] | None:
        """Store a message; return its new readings, None for a resend."""
        message = one.decoded.message
        assert message is not None, "rejected messages are not stored as messages"
        key = number_of(message)
        notes = [note.code for note in one.decoded.notes]
        if message.qn and self._others(key, digest_of(message)):
            notes.append("qn_reused")
        verdict = "accept_with_notes" if notes else "accept"
        row = (*key, digest_of(message), verdict, " ".join(notes), one.frame)
        ((number, came),) = self._base.execute(_INSERT, row).fetchall()
        if came > 1:
            return None
        self._count({NOTE + code: 1 for code in notes})
        whole = self._whole(message) if message.is_part else message
        new = []
        for reading in readings_of(whole, self._minute_s) if whole else ():
            if self._base.execute(_READING, (number, *_row(reading))).rowcount:
                new.append(reading)
            else:
                self._count({"readings_known": 1})
        return new

    def _others(self, key: tuple[str, ...], digest: bytes) -> bool:
        found = self._base.execute(
            "SELECT 1 FROM messages WHERE mn = ? AND qn = ? AND cn = ? AND pno = ? "
            "AND digest <> ? LIMIT 1",
            (*key, digest),
        )
        return found.fetchone() is not None

    def _whole(self, part: Message) -> Message | None:
        """All parts put together, if this one was the last."""
        mn, qn, cn, _ = number_of(part)
        rows = self._base.execute(
            "SELECT frame FROM messages WHERE mn = ? AND qn = ? AND cn = ? AND pno <> '' "
            "ORDER BY id",
            (mn, qn, cn),
        )
        parts: dict[int | None, Message] = {}
        for (frame,) in rows:
            found = decode(frame).message
            if found is not None and found.is_part and found.pnum == part.pnum:
                parts.setdefault(found.pno, found)
        return joined(parts.values()) if len(parts) == part.pnum else None

    def _count(self, counts: Mapping[str, int]) -> None:
        self._base.executemany(
            "INSERT INTO counts VALUES (?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n",
            [(name, n) for name, n in counts.items() if n],
        )

    def _events(self, events: Sequence[FeedEvent]) -> None:
        self._base.executemany(
            "INSERT INTO events (card, at, event, mass_mg) VALUES (?, ?, ?, ?)",
            [(e.card or e.outlet, e.at.isoformat(sep=" "), e.event, e.mass_mg) for e in events],
        )

    def _cards(self, state: CardState, outlets: Iterable[str]) -> None:
        self._base.executemany(
            "INSERT OR REPLACE INTO cards VALUES (?, ?, ?, ?, ?)",
            [
                (name, card.month, card.loaded_mg, card.used_mg, card.state.value)
                for outlet in outlets
                if outlet in state.posts
                for name, card in state.posts[outlet].cards()
            ],
        )

    def _past(self) -> Iterator[list[OutletReading]]:
        """The readings that were charged before, message by message, in their order."""
        columns = ", ".join(_READ_COLUMNS)
        rows = self._base.execute(
            f"SELECT message, {columns} FROM readings WHERE period = ? ORDER BY id",
            (self._period,),
        )
        for _, group in groupby(rows, key=lambda row: row[0]):
            yield [_reading(row[1:]) for row in group]


def _reading(row: Sequence[Any]) -> OutletReading:
    values: dict[str, Any] = dict(zip(_READ_COLUMNS, row, strict=True))
    values["at"] = datetime.fromisoformat(values["at"])
    values["doubts"] = tuple(json.loads(values["doubts"]))
    return OutletReading(**values)


def _row(reading: OutletReading) -> tuple[Any, ...]:
    return (
        reading.outlet, reading.at.isoformat(sep=" "), reading.period, reading.factor,
        reading.pollutant, reading.volume_l, reading.conc_ng_per_l, reading.flag,
        reading.stated_mg, json.dumps(reading.doubts), reading.mass_mg,
    )  # fmt: skip


def _opened(folder: Path) -> tuple[sqlite3.Connection, sqlite3.Connection]:
    """The lock, held until the process ends, and the messages."""
    _check_folder(folder)
    with _told(str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as opened:
            lock = opened.enter_context(closing(open_to_write(folder / LOCK, wait_s=0)))
            try:
                lock.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                raise _in_use(folder) from error
            base = opened.enter_context(
                closing(open_to_write(folder / FILE, DURABLE, wait_s=WAIT_S))
            )
            base.executescript(SCHEMA)
            opened.pop_all()  # both stay open, now that nothing failed
    return lock, base


def _check_folder(folder: Path) -> None:
    """Raise InputError for a folder that holds something else."""
    if folder.exists() and not (
        folder.is_dir() and (not any(folder.iterdir()) or (folder / LOCK).exists())
    ):
        raise InputError(
            "hj212.folder",
            "the path is in use for something else",
            where=str(folder),
            mend="name a new folder, or one that a receiver wrote",
        )


def _in_use(folder: Path) -> InputError:
    return InputError(
        "hj212.in_use",
        "another receiver is writing to this folder",
        where=str(folder),
        mend="stop it, or name another folder",
    )


@contextmanager
def _told(where: str = FILE) -> Iterator[None]:
    """SQLite's and the disk's complaints become an InputError."""
    try:
        with refusals():
            yield
    except (SqliteRefused, OSError) as error:
        raise InputError(
            "hj212.store",
            "messages cannot be stored: {error}",
            where=where,
            mend=(
                "free disk space or grant write permission; devices resend messages that "
                "were not acknowledged"
            ),
            error=str(error),
        ) from error
