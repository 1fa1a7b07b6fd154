"""Writing results into a folder, completely or not at all.

Everything is built in a folder of a random name beside DIR, which is held against other
commands, flushed to the disk and renamed at the end. Earlier results in DIR are replaced only
after the new ones are complete, and only as `own_folder.py` allows.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from permits.errors import InputError
from scenarios.results.result import RunResult
from scenarios.results.stores.beside import beside
from scenarios.results.stores.csv_tables import csv_bytes
from scenarios.results.stores.disk_errors import disk_told
from scenarios.results.stores.file_seals import (
    MANIFEST,
    named_files,
    read_sealed,
    seal_of,
    write_manifest,
)
from scenarios.results.stores.held_folder import (
    FolderHeld,
    Hold,
    holding_folder,
    is_held,
    move_beside,
)
from scenarios.results.stores.inputs_parquet import write_inputs
from scenarios.results.stores.jsontext import to_json
from scenarios.results.stores.own_folder import check_free, is_empty, remove_ours
from scenarios.results.stores.run_journal import RunHead, write_journal
from scenarios.results.stores.summary_json import summary_json
from scenarios.results.stores.workbook import write_workbook
from scenarios.text import t
from scenarios.text.terminal import warn

__all__ = [
    "CARD_PAGE", "COMMANDS", "JOURNAL", "MANIFEST", "METER_TABLES", "PAGE", "PLAN_BOOK",
    "PLAN_TABLES", "QUESTION", "RUN_BOOK", "SUMMARY", "TABLES_FOLDER", "check_free", "new_folder",
    "numbered", "write_plan", "write_run",
]  # fmt: skip

COMMANDS = "commands.jsonl"
SUMMARY, JOURNAL, PAGE, QUESTION = "summary.json", "run.sqlite", "report.html", "question.json"
RUN_BOOK, PLAN_BOOK, TABLES_FOLDER = "report.xlsx", "plan.xlsx", "tables"
PLAN_TABLES = (
    "quotas", "chosen", "conditions", "curve", "nearest_quotas", "nearest_chosen",
    "condition_costs", "fair", "receptors", "frontier", "frontier_between",
    "plan_by_place", "plan_grid", "plan_waterfall",
    "alternatives", "alternative_moves", "alternative_sources",
    "pathway", "pathway_sectors", "pathway_builds", "measures", "unmatched", "both_costs",
    "dominated_kinds", "dominated", "epa_matched", "epa_unmatched",
    "doubt", "doubt_fan", "doubt_groups", "doubt_sources", "doubt_baselines", "influence",
)  # fmt: skip
"""Tables of a plan that are written as CSV files if the plan has them."""
METER_TABLES = ("masses", "events", "balances", "quarantine")
"""Tables that `permits meter` writes."""
CARD_PAGE = "cards.html"
"""The cards' year as charts."""
PART, ASIDE = ".part", ".old"
"""Endings of a folder that is being filled, and of earlier results while they are replaced."""
LONG_ROWS = 20_000  # of a table: writing its workbook takes half a second, a process a tenth
WAIT_S = 30.0
"""How long to wait for another command that is just renaming its results [s]: renaming and
looking at what is replaced take far less."""


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
    about = {"kind": "run", **result.manifest, "labels": result.labels}
    with new_folder(out, force=force, inputs=result.inputs, about=about) as part:
        _write(part / SUMMARY, to_json(summary_json(result.summary)).encode())
        (part / TABLES_FOLDER).mkdir()
        for name, table in result.tables.items():
            _write(part / TABLES_FOLDER / f"{name}.csv", csv_bytes(table))
        if result.journal:
            head = _write_journal(result, part / JOURNAL)
            about["journal"] = {"entries": head.entries, "head": head.hash}
        if result.commands:
            _write(part / COMMANDS, result.commands.encode())
        _write_page(result, part)
        write_workbook(result, part / RUN_BOOK)
    return out


def write_plan(
    result: RunResult, out: Path, *, force: bool = False, question: Mapping[str, Any] | None = None
) -> Path:
    """Write a plan to the folder `out`: summary, tables as CSV, report.html, plan.xlsx.

    Args:
        result: the plan.
        out: the folder.
        force: replace an earlier plan.
        question: the options as they were asked, so that the folder can be read alone.
    Returns: `out`.
    Raises: as `write_run`.
    """
    about = {"kind": "plan", **result.manifest, "labels": result.labels}
    with new_folder(out, force=force, inputs=result.inputs, about=about) as part:
        _write(part / SUMMARY, to_json(summary_json(result.summary)).encode())
        _write(part / QUESTION, to_json(dict(question or {})).encode())
        # All tables are made before the workbook's process begins: both need them.
        long = max(map(len, result.tables.values()), default=0) >= LONG_ROWS
        with beside(lambda: write_workbook(result, part / PLAN_BOOK), worth=long):
            for name in PLAN_TABLES:
                if name in result.tables:
                    _write(part / f"{name}.csv", csv_bytes(result.tables[name]))
            write_inputs(result, part)
            _write_page(result, part)
    return out


@contextmanager
def numbered(name: str, root: Path = Path("runs")) -> Iterator[Path]:
    """The first of `root/name-001`, `root/name-002`, … that is free, taken by making it.

    It is gone again where nothing was written into it.
    """
    with disk_told(root):
        root.mkdir(parents=True, exist_ok=True)
        number = 1
        while True:
            folder = root / f"{name}-{number:03d}"
            try:
                folder.mkdir()
                break
            except FileExistsError:
                number += 1
    try:
        yield folder
    except BaseException:
        with suppress(OSError):
            folder.rmdir()
        raise


@contextmanager
def new_folder(
    out: Path,
    *,
    force: bool = False,
    inputs: Iterable[Path] = (),
    about: Mapping[str, Any] | None = None,
) -> Iterator[Path]:
    """A folder to fill; it becomes `out` if the block succeeds, else it is removed.

    A manifest that names every file is written into it after the block.

    Args:
        out: the folder.
        force: replace earlier results there.
        inputs: files and folders that the command reads, which are never replaced.
        about: what the manifest says besides, read after the block.
    """
    read = list(inputs)
    # Not `resolve`: a link in the place of the folder is refused, not followed.
    out = out.parent.resolve() / out.name if out.name not in ("", "..") else out.resolve()
    with disk_told(out), _ended_in_order():
        check_free(out, force, read)
        before = seal_of(out)
        out.parent.mkdir(parents=True, exist_ok=True)
        part, hold = _begin(out)
        try:
            yield part
            write_manifest(part, about or {})
            # On the disk before the rename: earlier results go only for durable ones.
            _flush(part)
            with _in_turn(out):
                check_free(out, force, read)
                if seal_of(out) != before:
                    raise _busy(out)
                hold.release()
                _replace(out, part)
        except BaseException:
            hold.release()
            shutil.rmtree(part, ignore_errors=True)
            raise


def _begin(out: Path) -> tuple[Path, Hold]:
    """A folder of a random name beside `out`, held; refused while another command has one."""
    with _in_turn(out):
        found = [one for end in (PART, ASIDE) for one in out.parent.glob(f"*{end}")]
        mine = [one for one in found if one.name.rsplit(".", 2)[0] == out.name and one.is_dir()]
        if any(is_held(one) for one in mine):
            raise _busy(out)
        for one in sorted(mine):
            warn(_stale(one))
        part = _beside(out, PART)
        part.mkdir()
        return part, Hold(part)


def _stale(left: Path) -> str:
    """What an interrupted command left behind: named, never deleted."""
    hours = (time.time() - left.stat().st_mtime) / 3600
    text = "{folder} was left behind by a command that was interrupted {hours} hours ago"
    return t(text, folder=str(left), hours=f"{hours:,.1f}")


def _beside(out: Path, end: str) -> Path:
    return out.with_name(f"{out.name}.{secrets.token_hex(4)}{end}")


@contextmanager
def _in_turn(out: Path) -> Iterator[None]:
    """One command at a time looks at the names beside `out` and changes them."""
    try:
        with holding_folder(out.parent, wait_s=WAIT_S):
            yield
    except FolderHeld as error:
        raise _busy(out) from error


def _busy(out: Path) -> InputError:
    return InputError(
        "out.busy",
        "another command is writing, or has just written, to {out}",
        where="--out",
        mend="wait for it, or name another folder",
        out=str(out),
    )


def _replace(out: Path, part: Path) -> None:
    """Put `part` in the place of `out`; if that fails, `out` is unchanged."""
    if not out.exists():
        move_beside(part, out)
        return
    # Moved, not deleted, until the new folder is in its place.
    aside = _beside(out, ASIDE)
    move_beside(out, aside)
    try:
        # Again: under its new name no other program finds it to write into.
        if not is_empty(aside):
            check_free(aside, force=True)
        move_beside(part, out)
    except BaseException:
        move_beside(aside, out)
        raise
    if not remove_ours(aside, named_files(read_sealed(aside) or {}) or {}):
        warn(_stale(aside))


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """SIGTERM within the block leaves through it, so that nothing half-written stays."""
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return

    def end(number: int, _frame: Any) -> None:
        raise SystemExit(128 + number)  # as a shell reports a signal

    signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _write_journal(result: RunResult, path: Path) -> RunHead:
    meta = {
        # 2: the manifest names the journal's file too, see `audit`
        "format": "2",
        "scenario": result.name,
        "seed": "" if result.summary.seed is None else str(result.summary.seed),
    }
    return write_journal(path, result.journal, result.events, meta, result.registers)


def _write_page(result: RunResult, part: Path) -> None:
    from scenarios.results.report import page

    _write(part / PAGE, page(result).encode())


def _flush(part: Path) -> None:
    # Without this a power cut after the rename may leave a folder of empty files.
    for path in part.rglob("*"):
        if path.is_file():
            with path.open("rb+") as file:
                os.fsync(file.fileno())


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
