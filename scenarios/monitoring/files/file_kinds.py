"""Opening files of readings by kind and by file pattern."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

from permits.errors import InputError, RightsError
from scenarios.intake.cells import FRAME, TableInput, is_frame
from scenarios.monitoring.files.csv_readings import CsvFile, Sheet
from scenarios.monitoring.files.parquet_readings import FrameReadings, ParquetFile
from scenarios.monitoring.files.reader import ReadingFile
from scenarios.monitoring.files.us_hours import UsFile, us_layout

EXCEL = (".xlsx", ".xlsm")
WILD = frozenset("*?[")


def open_files(given: Sequence[TableInput]) -> tuple[list[ReadingFile], list[RightsError]]:
    """Open data frames and every file that patterns name, in order; and the others' errors."""
    sources: list[ReadingFile] = []
    mistakes: list[RightsError] = []
    frames = {}
    patterns = []
    for n, one in enumerate(given, start=1):
        patterns.append((FRAME if len(given) == 1 else f"{FRAME} {n}") if is_frame(one) else one)
        if is_frame(one):
            frames[patterns[-1]] = one
    for name in find_names([str(pattern) for pattern in patterns], mistakes):
        try:
            frame = frames.get(name)
            sources.append(open_file(name) if frame is None else FrameReadings(frame, name))
        except RightsError as error:
            mistakes.append(error)
    return sources, mistakes


def open_file(name: str) -> ReadingFile:
    """Open a file of readings and check its columns.

    Raises: InputError for a file that is missing, is of no known kind, or lacks a column.
    """
    path = Path(name.partition("#")[0])
    if name == "-" or path.suffix.lower() in EXCEL:
        return Sheet(name)
    if not path.is_file():
        raise InputError(
            "table.missing",
            "there is no file {name}",
            where=name,
            mend="check the path",
            name=path.name,
        )
    if path.suffix.lower() in (".parquet", ".pq"):
        return ParquetFile(path)
    layout = us_layout(path)
    return CsvFile(path) if layout is None else UsFile(path, layout)


def find_names(patterns: Sequence[str], mistakes: list[RightsError]) -> list[str]:
    """The files that match names and patterns, each once; no match is a mistake."""
    names: dict[str, None] = {}
    for pattern in patterns:
        if WILD.isdisjoint(pattern) or Path(pattern).is_file():
            names[pattern] = None
            continue
        found = sorted(name for name in glob.glob(pattern, recursive=True) if Path(name).is_file())
        names.update(dict.fromkeys(found))
        if not found:
            mistakes.append(
                InputError(
                    "meter.pattern",
                    "no file matches {pattern}",
                    where=pattern,
                    mend="check the pattern",
                    pattern=pattern,
                )
            )
    return list(names)
