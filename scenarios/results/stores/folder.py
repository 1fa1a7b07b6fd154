"""Writing a run into a folder, completely or not at all.

Everything is built in `DIR.part`, flushed to the disk and renamed at the end. An older
run in DIR is replaced only after the new one is complete; a folder that holds anything
else is never touched, whatever `force` says.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from permits.errors import InputError
from permits.sqlite_file import SqliteRefused
from scenarios.results.result import RunResult
from scenarios.results.stores.csv_tables import csv_bytes
from scenarios.results.stores.inputs_parquet import INPUTS, write_inputs
from scenarios.results.stores.jsontext import to_json
from scenarios.results.stores.run_journal import RunHead, write_journal
from scenarios.results.stores.summary_json import summary_json
from scenarios.results.stores.workbook import write_workbook

SUMMARY, MANIFEST, JOURNAL, PAGE = "summary.json", "manifest.json", "run.sqlite", "report.html"
RUN_BOOK, PLAN_BOOK, TABLES_FOLDER = "report.xlsx", "plan.xlsx", "tables"
PLAN_TABLES = (
    "quotas", "chosen", "nearest_quotas", "nearest_chosen", "condition_costs", "fair",
    "receptors", "frontier", "frontier_between", "plan_by_place", "plan_grid", "plan_waterfall",
    "alternatives", "alternative_moves", "alternative_sources",
    "pathway", "pathway_sectors", "pathway_builds", "measures", "unmatched", "both_costs",
    "dominated_kinds", "dominated", "epa_matched", "epa_unmatched",
    "doubt", "doubt_fan", "doubt_groups", "doubt_sources", "doubt_baselines", "influence",
)  # fmt: skip
"""Tables of a plan that are written as CSV files if the plan has them."""
METER_TABLES = ("masses", "events", "balances", "quarantine")
"""Tables that `permits meter` writes."""
LOOKS = ("hints", "wire")
"""Tables of `permits meter --hints` and `--wire`."""
CARD_PAGE = "cards.html"
"""The cards' year as charts."""
OURS = {SUMMARY, INPUTS, CARD_PAGE, MANIFEST, JOURNAL, PAGE, RUN_BOOK, PLAN_BOOK, TABLES_FOLDER} | {
    f"{name}.csv" for name in (*PLAN_TABLES, *METER_TABLES, *LOOKS)
}
"""Names that a run writes; a folder that holds anything else is never replaced."""

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
DENIED = {errno.EACCES, errno.EPERM}
SQLITE_SAYS = {
    "SQLITE_FULL": errno.ENOSPC,
    "SQLITE_IOERR": errno.EIO,
    "SQLITE_READONLY": errno.EROFS,
    "SQLITE_CANTOPEN": errno.EACCES,
}


def write_run(result: RunResult, out: Path, *, force: bool = False) -> Path:
    """Write summary, tables, report, workbook, journal and manifest to the folder `out`.

    `summary.json` and `tables/` are the same bytes for the same result. A run without
    journal (the plan alone) has no `run.sqlite`.

    Args:
        result: the run.
        out: the folder.
        force: replace an earlier run.
    Returns: `out`.
    Raises: InputError if the folder is not empty (without `force`) or holds something other
        than a run, if the disk is full, or if it cannot be written.
    """
    with new_folder(out, force=force) as part:
        _write(part / SUMMARY, to_json(summary_json(result.summary)).encode())
        (part / TABLES_FOLDER).mkdir()
        for name, table in result.tables.items():
            _write(part / TABLES_FOLDER / f"{name}.csv", csv_bytes(table))
        manifest = {**result.manifest, "labels": result.labels, "files": dict(_hashes(part))}
        if result.journal:
            head = _write_journal(result, part / JOURNAL)
            manifest["journal"] = {"entries": head.entries, "head": head.hash}
        _write_views(result, part, RUN_BOOK)
        # Last: a manifest stands for a complete folder.
        _write(part / MANIFEST, to_json(manifest).encode())
    return out


def write_plan(result: RunResult, out: Path, *, force: bool = False) -> Path:
    """Write a plan to the folder `out`: its tables as CSV, inputs.parquet, report, workbook.

    Args:
        result: the plan.
        out: the folder.
        force: replace an earlier run.
    Returns: `out`.
    Raises: as `write_run`.
    """
    with new_folder(out, force=force) as part:
        for name in PLAN_TABLES:
            if name in result.tables:
                _write(part / f"{name}.csv", csv_bytes(result.tables[name]))
        write_inputs(result, part)
        _write_views(result, part, PLAN_BOOK)
    return out


def next_free(name: str, root: Path = Path("runs")) -> Path:
    """The first of `root/name-001`, `root/name-002`, … that does not exist."""
    number = 1
    while any(_numbered(root, name, number, end).exists() for end in ("", ".part")):
        number += 1
    return _numbered(root, name, number)


@contextmanager
def new_folder(out: Path, *, force: bool = False) -> Iterator[Path]:
    """A folder to fill; it becomes `out` if the block succeeds, else it is removed."""
    out = out.resolve()
    part = out.with_name(f"{out.name}.part")
    with _told(out):
        check_free(out, force)
        _make(part, force)
        try:
            yield part
            # On the disk before the rename: an earlier run goes only for a durable one.
            _flush(part)
            _replace(out, part)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise


def _write_journal(result: RunResult, path: Path) -> RunHead:
    meta = {
        "format": "1",
        "scenario": result.name,
        "seed": "" if result.summary.seed is None else str(result.summary.seed),
    }
    return write_journal(path, result.journal, result.events, meta, result.registers)


def _write_views(result: RunResult, part: Path, book: str) -> None:
    from scenarios.results.report import page

    _write(part / PAGE, page(result).encode())
    write_workbook(result, part / book)


def _hashes(part: Path) -> Iterator[tuple[str, str]]:
    """SHA-256 of every file so far, by its name within the folder."""
    for path in sorted(part.rglob("*")):
        if path.is_file():
            yield path.relative_to(part).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()


def check_free(out: Path, force: bool) -> None:
    """Raise InputError if `out` may not be written, or replaced with `force`."""
    if out.exists() and not out.is_dir():
        raise InputError(
            "out.file",
            "{out} is a file, not a folder",
            where="--out",
            mend="name a folder that does not exist yet",
            out=str(out),
        )
    if _held(out) and not force:
        raise InputError(
            "out.exists",
            "the folder {out} exists and is not empty",
            where="--out",
            mend="name another folder, or add --force to replace what is there",
            out=str(out),
        )
    _check_ours(out)


def _check_ours(folder: Path) -> None:
    foreign = [name for name in _held(folder) if name not in OURS]
    if foreign:
        raise InputError(
            "out.foreign",
            "the folder {out} holds files that no run wrote: {names}",
            where="--out",
            mend="name another folder; --force replaces earlier runs only",
            out=str(folder),
            names=", ".join(foreign[:3]),
        )


def _held(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def _make(part: Path, force: bool) -> None:
    part.parent.mkdir(parents=True, exist_ok=True)
    if part.is_dir() and force:
        _check_ours(part)
        shutil.rmtree(part)
    try:
        part.mkdir()
    except FileExistsError as error:
        raise InputError(
            "out.part",
            "{part} exists: another run is writing there, or was interrupted",
            where="--out",
            mend="wait for the other run; or remove that folder, or add --force",
            part=str(part),
        ) from error


def _replace(out: Path, part: Path) -> None:
    """Put `part` in the place of `out`; if that fails, `out` is unchanged."""
    if not out.exists():
        part.rename(out)
        return
    # The old run is moved, not deleted, until the new one is in its place.
    aside = Path(mkdtemp(prefix=f"{out.name}.", dir=out.parent))
    try:
        out.rename(aside / out.name)
        try:
            part.rename(out)
        except BaseException:
            (aside / out.name).rename(out)
            raise
    except BaseException:
        aside.rmdir()
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _flush(part: Path) -> None:
    # Without this a power cut after the rename may leave a folder of empty files.
    for path in part.rglob("*"):
        if path.is_file():
            with path.open("rb+") as file:
                os.fsync(file.fileno())


@contextmanager
def _told(out: Path) -> Iterator[None]:
    """Turn errors of the disk into an InputError with a remedy."""
    try:
        yield
    except OSError as error:
        raise _refused(out, error.errno, error) from error
    except SqliteRefused as error:
        raise _refused(out, SQLITE_SAYS.get(error.kind), error) from error


def _refused(out: Path, number: int | None, error: Exception) -> InputError:
    if number in FULL:
        return InputError(
            "out.full",
            "the disk is full while writing {out}",
            where="--out",
            mend="free some space, or name a folder on another disk; nothing was left behind",
            out=str(out),
        )
    if number in DENIED:
        return InputError(
            "out.denied",
            "there is no permission to write {out}",
            where="--out",
            mend="name a folder that you may write to",
            out=str(out),
        )
    if number == errno.EROFS:
        return InputError(
            "out.read_only",
            "{out} is on a read-only disk",
            where="--out",
            mend="name a folder on another disk",
            out=str(out),
        )
    return InputError(
        "out.failed",
        "{out} cannot be written: {reason}",
        where="--out",
        mend="name another folder; nothing was left behind",
        out=str(out),
        reason=str(error),
    )


def _numbered(root: Path, name: str, number: int, end: str = "") -> Path:
    return root / f"{name}-{number:03d}{end}"


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
