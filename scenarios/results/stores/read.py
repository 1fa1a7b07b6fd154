"""Reading a run's folder back."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from permits.errors import InputError
from scenarios.results.stores.folder import JOURNAL, MANIFEST, SUMMARY, TABLES_FOLDER
from scenarios.results.stores.named_table import NamedTable, read_named


def read_summary(run: Path) -> dict[str, Any]:
    """`summary.json` of a run or plan; numbers with a point are Decimals, so no digit is lost.

    Raises: InputError if the folder is not a run.
    """
    return _read_json(run, SUMMARY)


def read_manifest(run: Path) -> dict[str, Any]:
    """`manifest.json` of a run or plan.

    Raises: InputError if the folder is not a run.
    """
    return _read_json(run, MANIFEST)


def read_labels(run: Path) -> dict[str, dict[str, str]]:
    """Names for people of the ids in the run's tables, by language."""
    found = read_manifest(run).get("labels", {})
    return found if isinstance(found, dict) else {}


def read_run_table(run: Path, name: str) -> NamedTable | None:
    """A table of a run or a plan by its columns' names, or `None` if it has none of that name.

    Raises: InputError if the file differs from what the run wrote.
    """
    # A run has its tables in a folder, a plan of `allocate` beside its summary.
    for path in (run / TABLES_FOLDER / f"{name}.csv", run / f"{name}.csv"):
        if path.is_file():
            return read_named(path)
    return None


def journal_path(run: Path) -> Path | None:
    """Path of the run's journal, or `None` for a plan without a simulated year."""
    return run / JOURNAL if (run / JOURNAL).is_file() else None


def _read_json(run: Path, name: str) -> dict[str, Any]:
    try:
        text = (run / name).read_text(encoding="utf-8")
        found = json.loads(text, parse_float=Decimal)
    except (OSError, ValueError, RecursionError) as error:
        raise _not_a_run(run, name) from error
    if not isinstance(found, dict):
        raise _not_a_run(run, name)
    return found


def _not_a_run(run: Path, name: str) -> InputError:
    return InputError(
        "run.missing",
        "{run} is not the folder of a run or plan: {file} is missing or cannot be read",
        where=str(run / name),
        mend="name a folder that `permits run` or `permits allocate --out` wrote",
        run=str(run),
        file=name,
    )
