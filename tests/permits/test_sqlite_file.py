"""One opener for SQLite files: pragmas, reading only, transactions, and one kind of error."""

import errno
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest

from permits.sqlite_file import (
    DURABLE,
    SqliteRefused,
    open_to_read,
    open_to_write,
    refusal_of,
    refusals,
    tables_in,
    transaction,
)
from scenarios.results.stores.disk_errors import SQLITE_SAYS

FULL_PAGES = 3


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a file?.sqlite"  # signs that mean something in an address
    with closing(open_to_write(path)) as base:
        base.execute("CREATE TABLE mine (x TEXT)")
    return path


def test_pragmas_are_set_as_named_and_only_those(path: Path) -> None:
    with closing(open_to_write(path)) as base:
        assert base.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    with closing(open_to_write(path, DURABLE)) as base:
        assert base.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert base.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL


def test_a_reader_writes_nothing(path: Path) -> None:
    with pytest.raises(SqliteRefused) as told, open_to_read(path) as base:
        base.execute("INSERT INTO mine VALUES ('x')")
    assert told.value.kind == "SQLITE_READONLY"
    with open_to_read(path) as base:
        assert tables_in(base) == {"mine"}
        assert base.execute("SELECT count(*) FROM mine").fetchone() == (0,)
    with pytest.raises(sqlite3.ProgrammingError):
        base.execute("SELECT 1")  # it was closed


def test_a_reader_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(SqliteRefused) as told, open_to_read(tmp_path / "none"):
        pass
    assert told.value.kind == "SQLITE_CANTOPEN"
    assert list(tmp_path.iterdir()) == []


def test_a_transaction_is_there_as_a_whole_or_not_at_all(path: Path) -> None:
    with closing(open_to_write(path)) as base:
        with transaction(base):
            base.execute("INSERT INTO mine VALUES ('first')")
        with suppress(ZeroDivisionError), transaction(base):
            base.execute("INSERT INTO mine VALUES ('second')")
            raise ZeroDivisionError
        assert not base.in_transaction
    with open_to_read(path) as base:
        assert base.execute("SELECT x FROM mine").fetchall() == [("first",)]


def test_a_full_disk_inside_a_transaction_is_one_refusal_and_loses_nothing(path: Path) -> None:
    with closing(open_to_write(path)) as base:
        base.execute(f"PRAGMA max_page_count = {FULL_PAGES}")
        with pytest.raises(SqliteRefused) as told, refusals(), transaction(base):
            base.execute("INSERT INTO mine VALUES (?)", ("x" * 100_000,))
        assert told.value.kind == "SQLITE_FULL"
        assert SQLITE_SAYS[told.value.kind] == errno.ENOSPC
        with transaction(base):
            base.execute("INSERT INTO mine VALUES ('small')")
        assert base.execute("SELECT x FROM mine").fetchall() == [("small",)]


def test_a_writer_does_not_wait_longer_than_it_was_told(path: Path) -> None:
    with closing(open_to_write(path)) as one, closing(open_to_write(path, wait_s=0)) as other:
        one.execute("BEGIN EXCLUSIVE")
        with pytest.raises(SqliteRefused) as told, refusals(), transaction(other):
            pass
        assert told.value.kind == "SQLITE_BUSY"


def test_what_is_no_database_is_refused_by_name_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"not a database, but long enough to be one" * 10)
    before = path.read_bytes()
    with pytest.raises(SqliteRefused, match="file is not a database") as told:
        open_to_write(path, DURABLE)
    assert told.value.kind == "SQLITE_NOTADB"
    assert path.read_bytes() == before


def test_a_kind_is_the_name_without_its_detail() -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = "SQLITE_IOERR_SHORT_READ"
    refusal = refusal_of(error)
    assert refusal is not None
    assert (refusal.kind, str(refusal)) == ("SQLITE_IOERR", "disk I/O error")


def test_a_damaged_text_is_a_damaged_file(path: Path) -> None:
    with closing(open_to_write(path)) as base:
        base.execute("INSERT INTO mine VALUES (CAST(x'ff' AS TEXT))")
    # sqlite3 raises an OperationalError without a name for it, or UnicodeDecodeError.
    with pytest.raises(SqliteRefused, match=r"UTF-8|utf-8"), open_to_read(path) as base:
        base.execute("SELECT x FROM mine").fetchall()
    refusal = refusal_of(UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"))
    assert refusal is not None
    assert refusal.kind == "SQLITE_CORRUPT"


def test_other_errors_pass_as_they_are(path: Path) -> None:
    assert refusal_of(ValueError("no")) is None
    with pytest.raises(KeyError), open_to_read(path):
        raise KeyError
