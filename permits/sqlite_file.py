"""A SQLite file: opened to read or to write, and one kind of error for all that it refuses.

Whoever keeps a file catches `SqliteRefused` and says in its own words what was lost,
what was kept, and what to do.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

DURABLE = {"journal_mode": "WAL", "synchronous": "FULL"}
"""Readers never wait for a writer, and a commit is on the disk once it returns.
With less than FULL a write-ahead log may lose its last commits in a power cut."""

WAIT_S = 30.0
"""How long a writer waits for another process that holds the file [s]; assumed: longer
than any batch takes, shorter than a person's patience."""

_TROUBLE = (sqlite3.Error, UnicodeDecodeError)
"""What comes out of SQLite for a bad file or disk; the second for damaged texts."""


class SqliteRefused(Exception):
    """SQLite or the disk refused.

    Args:
        kind: SQLite's name for the error without its detail, as "SQLITE_FULL"; empty
            where it has none.
        said: the reason in SQLite's words.
    """

    def __init__(self, kind: str, said: str) -> None:
        self.kind = kind
        self.said = said
        super().__init__(kind, said)

    def __str__(self) -> str:
        return self.said


def refusal_of(error: BaseException) -> SqliteRefused | None:
    """The refusal that an error of `sqlite3` stands for; `None` for any other error."""
    if isinstance(error, SqliteRefused):
        return error
    if not isinstance(error, _TROUBLE):
        return None
    if isinstance(error, UnicodeDecodeError):
        return SqliteRefused("SQLITE_CORRUPT", str(error))
    # SQLITE_IOERR_WRITE is an SQLITE_IOERR: kinds are two words, what follows is detail.
    name = getattr(error, "sqlite_errorname", None) or ""
    return SqliteRefused("_".join(name.split("_")[:2]), str(error))


@contextmanager
def refusals() -> Iterator[None]:
    """Raise SqliteRefused for every error of `sqlite3` within the block."""
    try:
        yield
    except _TROUBLE as error:
        refusal = refusal_of(error)
        assert refusal is not None
        raise refusal from error


def open_to_write(
    path: Path, pragmas: Mapping[str, str] | None = None, *, wait_s: float = WAIT_S
) -> sqlite3.Connection:
    """Open a file, or make one; a statement outside a `transaction` commits by itself.

    The connection may be used by any thread, by one at a time.

    Args:
        path: the file; it need not exist.
        pragmas: name and value, set in this order; `None` leaves the file as it is, so
            that the caller may look first whose file it is.
        wait_s: how long to wait for another process that holds the file [s].
    Raises: SqliteRefused
    """
    with refusals():
        base = sqlite3.connect(path, isolation_level=None, timeout=wait_s, check_same_thread=False)
        try:
            set_pragmas(base, pragmas or {})
        except BaseException:
            base.close()
            raise
        return base


def set_pragmas(base: sqlite3.Connection, pragmas: Mapping[str, str]) -> None:
    """Set pragmas in the order given."""
    for name, value in pragmas.items():
        base.execute(f"PRAGMA {name} = {value}")


@contextmanager
def transaction(base: sqlite3.Connection) -> Iterator[None]:
    """All that the block writes, or nothing of it."""
    # IMMEDIATE waits for other writers here: a transaction that began by reading and then
    # wants to write is refused at once when another has written meanwhile.
    base.execute("BEGIN IMMEDIATE")
    try:
        yield
        base.execute("COMMIT")
    except BaseException:
        base.rollback()  # does nothing where SQLite has rolled back itself, on a full disk
        raise


@contextmanager
def open_to_read(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that only reads, also on a disk that allows no more.

    Raises: SqliteRefused, also for what the block asks of the connection.
    """
    # SQLite reads a write-ahead log only where it may make a file beside it. Where it may
    # not and there is no log, nobody writes, and the file is read as it stands.
    address = f"{path.resolve().as_uri()}?mode=ro"
    if not os.access(path.parent, os.W_OK) and not path.with_name(path.name + "-wal").exists():
        address += "&immutable=1"
    with (
        refusals(),
        closing(sqlite3.connect(address, uri=True, isolation_level=None)) as base,
    ):
        yield base


def tables_in(base: sqlite3.Connection) -> set[str]:
    """Names of everything that the file's schema holds."""
    return {name for (name,) in base.execute("SELECT name FROM sqlite_master")}
