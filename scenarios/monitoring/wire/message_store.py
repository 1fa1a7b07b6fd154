"""Store of accepted messages in SQLite: each once, durable before it is acknowledged.

A message is known by device, number, command, part and a digest of its content. The same
again is a resend and only counted; other content under the same number is another
message and noted. Messages, readings, cards and events of a batch are one transaction,
so that after a power cut a message is there with all that follows from it, or not at all.

A reading is kept once for each outlet, hour and factor. Another value for the same hour is
an event and left for review; but one that a listed device sent takes the place of one that
came before there was a list.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from permits.errors import InputError
from permits.hj212 import Decoded, Message, decode
from permits.hj212.codes import HOUR
from permits.hj212.frame import SUM_LENGTH
from permits.hj212.measured import OutletReading, readings_of
from permits.hj212.parts import join_parts
from permits.hj212.seen import device_number, digest_of
from permits.sqlite_file import (
    DURABLE,
    SqliteRefused,
    open_to_write,
    refusal_of,
    refusals,
    transaction,
)
from scenarios.monitoring.wire.check_sums import CheckSums
from scenarios.monitoring.wire.counts import NOTE, REJECTED
from scenarios.monitoring.wire.feed import CardState, FeedEvent, feed, takes_year_from
from scenarios.monitoring.wire.known_devices import RefusedBecause
from scenarios.monitoring.wire.stored_readings import write_readings

WAIT_S = 5.0
"""How long a batch waits for a program that reads the file [s]: a device sends again what
is not answered within a few seconds."""

FILE, LOCK, READINGS = "messages.sqlite", "lock.sqlite", "readings.csv"
AHEAD = timedelta(days=1)
"""How far a device's time may be ahead of the receiver's: wrong zones make up to 14 hours, and
nobody measures the day after tomorrow."""
BEHIND = timedelta(days=31)
"""How old the reading may be that starts a card without a year: a logger sends what it kept
through an outage, and a card that starts a month back reaches the present by itself; one
started in another year would charge nothing of the present."""
HOUR_BEGINS = timedelta(minutes=5)
"""A stamp up to five minutes before an hour means that hour: clocks drift."""
ONE_HOUR, INSTANT = timedelta(hours=1), timedelta(microseconds=1)
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
    bound INTEGER NOT NULL DEFAULT 0,
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
INSERT INTO readings (message, bound, outlet, at, period, factor, pollutant, volume_l,
    conc_ng_per_l, flag, stated_mg, doubts, mass_mg) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_SAME_HOUR = """
SELECT id, bound, volume_l, conc_ng_per_l, flag, stated_mg, doubts FROM readings
WHERE outlet = ? AND period = ? AND factor = ? AND at >= ? AND at < ? ORDER BY id LIMIT 1
"""
_REPLACE = """
UPDATE readings SET message = ?, bound = 1, volume_l = ?, conc_ng_per_l = ?, flag = ?,
    stated_mg = ?, doubts = ?, mass_mg = ? WHERE id = ?
"""
_READ_COLUMNS = (
    "outlet", "at", "period", "factor", "pollutant", "volume_l", "conc_ng_per_l", "flag",
    "stated_mg", "doubts",
)  # fmt: skip
_VALUES = slice(5, None)
"""Of `_row`: volume, concentration, flag, stated total, doubts, mass."""


class Arrived(NamedTuple):
    """An accepted message with its frame, and its outlet where the device is listed."""

    frame: bytes
    decoded: Decoded
    outlet: str | None = None  # None: the device's number, as there is no list


class Rejected(NamedTuple):
    """A piece that was no message, and its origin."""

    peer: str
    reason: str
    piece: bytes


class RefusedMessage(NamedTuple):
    """A message that does not agree with the list of devices; it is not kept, nor its password."""

    device: str
    because: RefusedBecause


class StoredBatch(NamedTuple):
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
        clock: the receiver's own, against which the devices' times are held.
        replay: whether old times are meant, as in readings sent again.
    """

    def __init__(
        self,
        folder: Path,
        cards: CardState | None = None,
        *,
        period: str = "2061",
        minute_s: int | None = None,
        clock: Callable[[], datetime] = datetime.now,
        replay: bool = False,
    ) -> None:
        self._clock, self._replay = clock, replay
        self._folder = folder
        self._period = period
        self._minute_s = minute_s
        self._lock, self._base = _opened(folder)
        # Rebuilt from the readings; the table of cards is only for readers of the file.
        self._issued = cards or CardState()
        self.state, _ = feed(self._issued, self._past())

    def add(
        self,
        arrived: Sequence[Arrived],
        rejected: Sequence[Rejected] = (),
        counts: Mapping[str, int] | None = None,
        refused: Sequence[RefusedMessage] = (),
    ) -> StoredBatch:
        """Store a batch in one transaction; when this returns it is on the disk.

        Args:
            arrived: accepted messages, in order of arrival.
            rejected: pieces to keep for inspection.
            counts: counts of the receiver, added to those stored.
            refused: messages that do not agree with the list of devices.
        Raises: InputError if it cannot be written; then nothing of it is stored.
        """
        with _told(), transaction(self._base):
            batch = _Batch(self._clock())
            told = [self._message(one, batch) for one in arrived]
            new = [[r for r in own or () if r.period == self._period] for own in told]
            state, followed = feed(self.state, new)
            if batch.replaced:
                # What was charged cannot be taken back: the cards start again from the readings.
                state, _ = feed(self._issued, self._past())
            refusals = (FeedEvent(o.device, None, batch.now, o.because.value) for o in refused)
            events = (*refusals, *batch.events, *followed)
            self._count(counts or {})
            self._base.executemany(
                "INSERT INTO rejects (peer, reason, piece) VALUES (?, ?, ?)", rejected
            )
            self._events(events)
            changed = (*batch.replaced, *(one.outlet for own in new for one in own))
            self._cards(state, dict.fromkeys(changed))
        # Only after the commit: a batch that cannot be written must not change the cards.
        self.state = state
        resends = told.count(None)
        rejects = sum(n for name, n in (counts or {}).items() if name.startswith(REJECTED))
        last = max((one.at for own in new for one in own), default=None)
        return StoredBatch(len(told) - resends, resends, rejects, last, events)

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
            device = Message(None, mn).device
            sums.add(device, int(frame.rstrip(b"\r\n")[-SUM_LENGTH:], 16))
        return list(sums.hints())

    def write_readings(self) -> int:
        """Write the readings as a table next to the messages; return its number of rows."""
        with _told(READINGS):
            return write_readings(self._base, self._folder / READINGS, self._period)

    def close(self) -> None:
        """Close the files; a killed process needs none of this."""
        self._base.close()
        self._lock.close()

    def _message(self, one: Arrived, batch: _Batch) -> list[OutletReading] | None:
        """Store a message; return its new readings, None for a resend."""
        message = one.decoded.message
        assert message is not None, "rejected messages are not stored as messages"
        key = device_number(message)
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
        found = readings_of(whole, self._minute_s) if whole else ()
        if one.outlet is not None:
            found = tuple(replace(reading, outlet=one.outlet) for reading in found)
        bound = one.outlet is not None
        return [reading for reading in found if self._new_reading(number, bound, reading, batch)]

    def _new_reading(
        self, message: int, bound: bool, reading: OutletReading, batch: _Batch
    ) -> bool:
        """Store a reading; return whether it is the first of its outlet, hour and factor.

        Args:
            message: number of its message.
            bound: whether a listed device sent it.
            reading: as decoded.
            batch: where events are noted.
        """
        if self._far(reading, batch):
            self._count({"wrong_clock": 1})
            batch.note(reading, "wrong_clock")
            return False
        begins, ends = _same_hour(reading)
        place = (reading.outlet, reading.period, reading.factor, _text(begins), _text(ends))
        earlier = self._base.execute(_SAME_HOUR, place).fetchone()
        if earlier is None:
            self._base.execute(_READING, (message, bound, *_row(reading)))
            return True
        number, was_bound, *values = earlier
        own = _row(reading)[_VALUES]
        if tuple(values) == own[:-1]:
            self._count({"readings_known": 1})
        elif bound and not was_bound:
            self._base.execute(_REPLACE, (message, *own, number))
            self._count({"contradictions": 1})
            batch.replaced[reading.outlet] = None
            batch.note(reading, "replaces")
        else:
            self._count({"contradictions": 1})
            batch.note(reading, "contradicts")
        return False

    def _far(self, reading: OutletReading, batch: _Batch) -> bool:
        """Whether a time is so far from the receiver's that it is a wrong clock's."""
        if self._replay:
            return False
        if reading.at > batch.now + AHEAD:
            return True
        post = self.state.posts.get(reading.outlet)
        if post is None or reading.period != self._period or reading.outlet in batch.started:
            return False
        if not takes_year_from(post, reading):
            return False
        if reading.at < batch.now - BEHIND:
            return True
        batch.started.add(reading.outlet)
        return False

    def _others(self, key: tuple[str, ...], digest: bytes) -> bool:
        found = self._base.execute(
            "SELECT 1 FROM messages WHERE mn = ? AND qn = ? AND cn = ? AND pno = ? "
            "AND digest <> ? LIMIT 1",
            (*key, digest),
        )
        return found.fetchone() is not None

    def _whole(self, part: Message) -> Message | None:
        """All parts put together, if this one was the last."""
        mn, qn, cn, _ = device_number(part)
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
        return join_parts(parts.values()) if len(parts) == part.pnum else None

    def _count(self, counts: Mapping[str, int]) -> None:
        self._base.executemany(
            "INSERT INTO counts VALUES (?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n",
            [(name, n) for name, n in counts.items() if n],
        )

    def _events(self, events: Sequence[FeedEvent]) -> None:
        self._base.executemany(
            "INSERT INTO events (card, at, event, mass_mg) VALUES (?, ?, ?, ?)",
            [(e.card or e.outlet, _text(e.at), e.event, e.mass_mg) for e in events],
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


class _Batch:
    """What becomes of a batch before it is committed."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.events: list[FeedEvent] = []
        self.replaced: dict[str, None] = {}  # outlets
        self.started: set[str] = set()  # outlets whose cards start in it

    def note(self, reading: OutletReading, event: str) -> None:
        """Note an event of a reading that is not charged."""
        mass = reading.mass_mg or 0
        self.events.append(FeedEvent(reading.outlet, None, reading.at, event, mass))


def _same_hour(reading: OutletReading) -> tuple[datetime, datetime]:
    """The times that mean the same hour as that of a reading: from, and up to but without."""
    if reading.period != HOUR:
        return reading.at, reading.at + INSTANT
    hour = (reading.at + HOUR_BEGINS).replace(minute=0, second=0, microsecond=0)
    return hour - HOUR_BEGINS, hour - HOUR_BEGINS + ONE_HOUR


def _text(at: datetime) -> str:
    return at.isoformat(sep=" ")


def _reading(row: Sequence[Any]) -> OutletReading:
    values: dict[str, Any] = dict(zip(_READ_COLUMNS, row, strict=True))
    values["at"] = datetime.fromisoformat(values["at"])
    values["doubts"] = tuple(json.loads(values["doubts"]))
    return OutletReading(**values)


def _row(reading: OutletReading) -> tuple[Any, ...]:
    return (
        reading.outlet, _text(reading.at), reading.period, reading.factor,
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
                refusal = refusal_of(error)
                if refusal is not None and refusal.kind == "SQLITE_BUSY":
                    raise _in_use(folder) from error
                raise  # such as a full disk, which has its own sentence
            base = opened.enter_context(
                closing(open_to_write(folder / FILE, DURABLE, wait_s=WAIT_S))
            )
            base.executescript(SCHEMA)
            _add_bound(base)
            opened.pop_all()  # both stay open, now that nothing failed
    return lock, base


def _add_bound(base: sqlite3.Connection) -> None:
    """Add the column that stores of an earlier version lack."""
    columns = {row[1] for row in base.execute("PRAGMA table_info(readings)")}
    if "bound" not in columns:
        base.execute("ALTER TABLE readings ADD COLUMN bound INTEGER NOT NULL DEFAULT 0")


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
