"""What the disk refuses, in one sentence with a remedy."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from permits.errors import DISK_DENIED, DISK_FULL, InputError
from permits.sqlite_file import SqliteRefused

SQLITE_SAYS = {
    "SQLITE_FULL": errno.ENOSPC,
    "SQLITE_IOERR": errno.EIO,
    "SQLITE_READONLY": errno.EROFS,
    "SQLITE_CANTOPEN": errno.EACCES,
}


@contextmanager
def disk_told(out: Path, where: str = "--out") -> Iterator[None]:
    """Turn errors of the disk into an InputError with a remedy.

    Args:
        out: what is written.
        where: the option that named it.
    """
    try:
        yield
    except OSError as error:
        raise _refused(out, where, error.errno, error) from error
    except SqliteRefused as error:
        raise _refused(out, where, SQLITE_SAYS.get(error.kind), error) from error


def _refused(out: Path, where: str, number: int | None, error: Exception) -> InputError:
    if number in DISK_FULL:
        return InputError(
            "out.full",
            "the disk is full while writing {out}",
            where=where,
            mend="free some space, or name a place on another disk; nothing was left behind",
            out=str(out),
        )
    if number in DISK_DENIED:
        return InputError(
            "out.denied",
            "there is no permission to write {out}",
            where=where,
            mend="name a place that you may write to",
            out=str(out),
        )
    if number == errno.EROFS:
        return InputError(
            "out.read_only",
            "{out} is on a read-only disk",
            where=where,
            mend="name a place on another disk",
            out=str(out),
        )
    return InputError(
        "out.failed",
        "{out} cannot be written: {reason}",
        where=where,
        mend="name another place; nothing was left behind",
        out=str(out),
        reason=getattr(error, "strerror", None) or str(error),
    )
