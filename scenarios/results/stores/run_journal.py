"""The journal in SQLite, chained by hashes, with events, registers and closing balances.

Each row's hash covers the row and the hash before it, so that a changed, missing or
moved row shows, and which one. The number `n` is left out of the hash: the chain
itself gives the order, and a row that was moved still fits its own predecessor.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from permits.account import Account, parse_account
from permits.errors import InputError
from permits.ledger import Entry, Leg, Reason
from permits.right import Asset, parse_asset
from permits.sqlite_file import SqliteRefused, open_to_read, open_to_write, refusals
from scenarios.results.audit_inputs import Registers
from scenarios.results.result import Event
from scenarios.results.stores.jsontext import compact_json

FIRST = "0" * 64
"""The hash before the first entry."""

NO_REGISTERS = Registers()

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE journal (
    n INTEGER PRIMARY KEY, id TEXT NOT NULL, "on" TEXT NOT NULL, reason TEXT NOT NULL,
    legs TEXT NOT NULL, why TEXT NOT NULL, corrects TEXT, hash TEXT NOT NULL
);
CREATE TABLE events (
    seq INTEGER PRIMARY KEY, "on" TEXT NOT NULL, phase TEXT NOT NULL, kind TEXT NOT NULL,
    who TEXT NOT NULL, text TEXT NOT NULL, "values" TEXT NOT NULL, rule TEXT NOT NULL
);
CREATE TABLE licences (
    n INTEGER PRIMARY KEY, number TEXT NOT NULL, firm TEXT NOT NULL, pollutant TEXT NOT NULL,
    year INTEGER NOT NULL, effective TEXT NOT NULL, limit_mg INTEGER NOT NULL
);
CREATE TABLE cards (
    n INTEGER PRIMARY KEY, month TEXT NOT NULL, firm TEXT NOT NULL, pollutant TEXT NOT NULL,
    stop TEXT NOT NULL, carried_mg INTEGER NOT NULL, quota_mg INTEGER NOT NULL,
    changed_mg INTEGER NOT NULL, emitted_mg INTEGER NOT NULL
);
CREATE TABLE balances (
    account TEXT NOT NULL, asset TEXT NOT NULL, balance INTEGER NOT NULL,
    PRIMARY KEY (account, asset)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class JournalRow:
    """A journal row as stored, unchecked."""

    n: int
    id: str
    on: str
    reason: str
    legs: str
    why: str
    corrects: str | None
    hash: str

    def entry(self) -> Entry:
        """The row as an entry.

        Raises: ValueError or TypeError if the row is not an entry.
        """
        legs = tuple(
            Leg(_account(account), _asset(asset), delta)
            for account, asset, delta in json.loads(self.legs)
        )
        on, reason = date.fromisoformat(self.on), Reason(self.reason)
        return Entry(self.id, on, reason, legs, self.why, self.corrects)

    def digest(self, before: str) -> str:
        """The hash that this row has after the hash `before`."""
        content = (self.id, self.on, self.reason, self.legs, self.why, self.corrects)
        return hashlib.sha256(f"{before}{compact_json(content)}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class RunHead:
    """The closing record of a journal: number of entries, and last hash."""

    entries: int
    hash: str


def write_journal(
    path: Path,
    journal: Sequence[Entry],
    events: Sequence[Event],
    meta: dict[str, str],
    registers: Registers = NO_REGISTERS,
) -> RunHead:
    """Write a new file: journal, events, registers, closing balances, `meta` and head.

    Args:
        path: the file.
        journal: the entries, in order.
        events: the events, in order.
        meta: further keys and values, such as scenario and seed.
        registers: licences and card months.
    Returns: the closing record.
    Raises: OSError or SqliteRefused if the disk refuses.
    """
    rows = list(chain(journal))
    head = RunHead(len(rows), rows[-1].hash if rows else FIRST)
    told = [_event_row(event) for event in events]
    meta = {
        **meta,
        "entries": str(head.entries),
        "head": head.hash,
        "events": str(len(told)),
        "events_sha256": rows_digest(told),
        "licences_sha256": rows_digest(_numbered(registers.licences)),
        "cards_sha256": rows_digest(_numbered(registers.cards)),
    }
    # The folder is renamed when all is written, so a journal of SQLite's own is no use.
    with refusals(), closing(open_to_write(path, {"journal_mode": "OFF"})) as base:
        base.executescript(_SCHEMA)
        base.execute("BEGIN")
        base.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
        base.executemany("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?)", map(_fields, rows))
        base.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)", told)
        base.executemany(
            "INSERT INTO licences VALUES (?, ?, ?, ?, ?, ?, ?)", _numbered(registers.licences)
        )
        base.executemany(
            "INSERT INTO cards VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", _numbered(registers.cards)
        )
        base.executemany(
            "INSERT INTO balances VALUES (?, ?, ?)",
            _closing_balances(journal),
        )
        base.execute("COMMIT")
    return head


def chain(journal: Iterable[Entry]) -> Iterator[JournalRow]:
    """The rows of a journal, each hashed with the one before."""
    names: dict[Account | Asset, str] = {}
    before = FIRST
    for n, entry in enumerate(journal, start=1):
        legs = compact_json([[_name(x.account, names), _name(x.asset, names), x.delta]
                             for x in entry.legs])  # fmt: skip
        bare = JournalRow(n, entry.id, entry.on.isoformat(), entry.reason.value, legs, entry.why,
                   entry.corrects, "")  # fmt: skip
        before = bare.digest(before)
        yield JournalRow(*_fields(bare)[:-1], hash=before)


def read_rows(path: Path) -> list[JournalRow]:
    """The journal's rows by number, unchecked."""
    with open_base(path) as base:
        return [JournalRow(*row) for row in base.execute("SELECT * FROM journal ORDER BY n")]


def read_journal(path: Path) -> list[Entry]:
    """The entries of a journal, in order.

    Raises: InputError for the first row that is not an entry.
    """
    entries = []
    for row in read_rows(path):
        try:
            entries.append(row.entry())
        except (ValueError, TypeError) as error:
            raise InputError(
                "journal.row",
                "entry number {n} ({id}) cannot be read",
                where=str(path),
                mend="permits audit RUN lists every changed row",
                n=row.n,
                id=row.id,
            ) from error
    return entries


def read_events(path: Path, who: str | None = None) -> list[Event]:
    """The events in order; only those of `who` if given.

    Raises: InputError for the first row that is not an event.
    """
    with open_base(path) as base:
        if who is None:
            rows = base.execute("SELECT * FROM events ORDER BY seq")
        else:
            rows = base.execute("SELECT * FROM events WHERE who = ? ORDER BY seq", (who,))
        return [_event(path, *row) for row in rows]


def read_event_rows(path: Path) -> list[tuple[object, ...]]:
    """The rows of events as stored, for `rows_digest`."""
    with open_base(path) as base:
        return base.execute("SELECT * FROM events ORDER BY seq").fetchall()


def read_register_rows(path: Path, name: str) -> list[tuple[object, ...]] | None:
    """The rows of `licences` or `cards` as stored; `None` if the file lacks the table."""
    assert name in ("licences", "cards")
    with open_base(path) as base:
        there = base.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)).fetchone()
        return base.execute(f"SELECT * FROM {name} ORDER BY n").fetchall() if there else None


def read_balances(path: Path) -> dict[tuple[str, str], int]:
    """Closing balances by account and asset, as text."""
    with open_base(path) as base:
        rows = base.execute("SELECT account, asset, balance FROM balances")
        return {(account, asset): balance for account, asset, balance in rows}


def read_meta(path: Path) -> dict[str, str]:
    """Scenario, seed and the journal's head."""
    with open_base(path) as base:
        return dict(base.execute("SELECT key, value FROM meta ORDER BY key"))


META = frozenset(
    {"format", "scenario", "seed", "entries", "head", "events", "events_sha256",
     "licences_sha256", "cards_sha256"}
)  # fmt: skip
"""Keys that a run writes into `meta`."""


def find_strangers(path: Path) -> list[str]:
    """What the file's schema has that no run writes, or lacks; the first complaint of SQLite.

    Raises: InputError for a file that is no database, or damaged so far that it cannot be read.
    """
    query = "SELECT type, name, sql FROM sqlite_master"
    with closing(sqlite3.connect(":memory:")) as pattern:
        pattern.executescript(_SCHEMA)
        ours = {_plain_schema(row) for row in pattern.execute(query)}
    with open_base(path) as base:
        there = {_plain_schema(row) for row in base.execute(query)}
    return sorted(f"{kind} {name}" for kind, name, _ in ours ^ there)


def find_damage(path: Path) -> str | None:
    """What SQLite says of damaged pages; `None` for a sound file.

    Raises: InputError for a file that is no database.
    """
    with open_base(path) as base:
        said = base.execute("PRAGMA quick_check(1)").fetchone()[0]
    return None if said == "ok" else str(said)


def _plain_schema(row: tuple[str, str, str | None]) -> tuple[str, str, str]:
    kind, name, sql = row
    return kind, name, " ".join((sql or "").split())


def rows_digest(rows: Iterable[Iterable[object]]) -> str:
    """One hash over all rows of a table."""
    found = hashlib.sha256()
    for row in rows:
        found.update(compact_json(list(row)).encode() + b"\n")
    return found.hexdigest()


@contextmanager
def open_base(path: Path) -> Iterator[sqlite3.Connection]:
    """A read-only connection; errors of SQLite become an InputError."""
    if path.parent.is_dir() and not path.exists():
        raise InputError(
            "journal.absent",
            "there is no journal of a run here",
            where=str(path),
            mend=(
                "name a run that simulated a year; a run whose target cannot be met holds "
                "only a plan, which `permits explain RUN --source ID` explains"
            ),
        )
    if not path.is_file():
        raise _not_a_journal(path)
    try:
        with open_to_read(path) as base:
            yield base
    except SqliteRefused as error:
        raise _not_a_journal(path) from error


def _event(
    path: Path,
    seq: int,
    on: str,
    phase: str,
    kind: str,
    who: str,
    text: str,
    values: str,
    rule: str,
) -> Event:
    try:
        told = json.loads(values)
        text.format(**told)
        return Event(seq, date.fromisoformat(on), phase, kind, who, text, told, rule)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise InputError(
            "journal.event",
            "event number {n} cannot be read",
            where=str(path),
            mend="permits audit RUN lists every changed row",
            n=seq,
        ) from error


# A journal names the same accounts and assets over and over.
_account = lru_cache(maxsize=100_000)(parse_account)
_asset = lru_cache(maxsize=10_000)(parse_asset)


def _closing_balances(journal: Iterable[Entry]) -> Iterator[tuple[str, str, int]]:
    sums: dict[tuple[Account, Asset], int] = {}
    for entry in journal:
        for leg in entry.legs:
            key = leg.account, leg.asset
            sums[key] = sums.get(key, 0) + leg.delta
    return (
        (str(account), str(asset), amount) for (account, asset), amount in sums.items() if amount
    )


def _not_a_journal(path: Path) -> InputError:
    return InputError(
        "journal.missing",
        "{file} is not the journal of a run",
        where=str(path),
        mend="name a folder that `permits run` wrote",
        file=path.name,
    )


def _fields(row: JournalRow) -> tuple[int, str, str, str, str, str, str | None, str]:
    return row.n, row.id, row.on, row.reason, row.legs, row.why, row.corrects, row.hash


def _event_row(event: Event) -> tuple[int, str, str, str, str, str, str, str]:
    return (event.seq, event.on.isoformat(), event.phase, event.kind, event.who, event.text,
            compact_json(event.values), event.rule)  # fmt: skip


def _numbered(rows: Iterable[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
    return ((number, *row) for number, row in enumerate(rows, start=1))


def _name(thing: Account | Asset, names: dict[Account | Asset, str]) -> str:
    """`str(thing)`, cached: a journal names the same accounts over and over."""
    said = names.get(thing)
    if said is None:
        said = names[thing] = str(thing)
    return said
