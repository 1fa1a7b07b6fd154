"""Whether a table fits in memory, before it is read; and no search for garbage meanwhile."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from permits.errors import InputError

BYTES_PER_ROW = 500
"""Memory for a row, from the file to the plan: 8 million rows of measures took 4.0 GB."""
ANY = "any"  # what `--memory` says to go on whatever the estimate
CGROUP = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
MEMINFO = Path("/proc/meminfo")
GB = 10**9  # in which memory is shown
_given: ContextVar[str] = ContextVar("memory", default="")


def set_memory(said: str) -> None:
    """Go by the word of `--memory` from here on (in this context).

    Raises: InputError as `memory_given`.
    """
    _check_word(said)
    _given.set(said)


@contextmanager
def memory_given(said: str) -> Iterator[None]:
    """Within, go by the word of `--memory`: `any` reads a table whatever memory is left.

    Raises: InputError for another word that is not empty.
    """
    _check_word(said)
    token = _given.set(said)
    try:
        yield
    finally:
        _given.reset(token)


def _check_word(said: str) -> None:
    if said not in ("", ANY):
        raise InputError(
            "memory.word",
            "{said!r} is not known here",
            where="--memory",
            mend="write any, to read a table whatever memory is left",
            said=said,
        )


def check_memory(rows: int, name: str) -> None:
    """Refuse a table that would not fit in memory.

    Args:
        rows: number of rows, as estimated.
        name: the table, for the error.
    Raises: InputError with what is needed and what there is.
    """
    need, free = rows * BYTES_PER_ROW, free_bytes()
    if free is None or need <= free or _given.get() == ANY:
        return
    raise InputError(
        "table.memory",
        "{rows} rows need some {need} GB of memory; {free} GB are available",
        where=name,
        mend="split the table, use a machine with more memory, or go on with --memory any",
        rows=f"{rows:,}",
        need=f"{need / GB:,.2f}",
        free=f"{free / GB:,.2f}",
    )


@contextmanager
def without_collection() -> Iterator[None]:
    """Within, Python does not search for cycles: for work whose objects all live on."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def free_bytes() -> int | None:
    """The least of what the system, the group of processes and the process may use [bytes]."""
    found = [*_of_group(), *_of_process(), *_of_system()]
    return min(found) if found else None


def _of_group() -> Iterator[int]:
    for path in CGROUP:
        try:
            said = path.read_text(encoding="ascii").strip()
        except OSError:
            continue
        if said.isdecimal():  # else "max": no limit
            yield int(said)


def _of_process() -> Iterator[int]:
    if sys.platform == "win32":
        return
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY:
        yield soft


def _of_system() -> Iterator[int]:
    try:
        text = MEMINFO.read_text(encoding="ascii")
    except OSError:
        return
    for line in text.splitlines():
        if line.startswith("MemAvailable:"):
            yield int(line.split()[1]) * 1024  # the file counts in KiB
