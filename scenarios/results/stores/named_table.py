"""A written table read back by the names of its columns.

Folders outlive the program that wrote them: columns are added and moved. A reader takes the
columns it knows by name, and an absent one reads as `None`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from permits.errors import InputError
from scenarios.results.column import Kind
from scenarios.results.stores.workbook_cells import cell_value

ENDINGS: tuple[tuple[str, Kind], ...] = (
    ("_yuan_per_t", "price"),
    ("_yuan", "money"),
    ("_t", "mass"),
)
"""A quantity's unit ends its name; the longest ending first."""
KINDS: dict[str, Kind] = {
    "count": "count", "orders": "count", "sources": "count", "warned80": "count",
    "warned90": "count", "shut": "count", "curtailed": "count", "reopened": "count",
    "cards": "count", "share": "share", "drawn": "flag",
}  # fmt: skip
"""Columns whose names have no unit; all others are text."""


class NamedRow(dict[str, Any]):
    """A row by column name; a column that the table does not have is `None`."""

    def __missing__(self, name: str) -> None:
        return None


@dataclass(frozen=True, slots=True)
class NamedTable:
    """Rows of a written table, masses in mg and money in fen."""

    heads: tuple[str, ...]
    rows: tuple[NamedRow, ...]

    def __iter__(self) -> Iterator[NamedRow]:
        return iter(self.rows)

    def column(self, name: str) -> list[Any]:
        """The cells of one column, `None` for each row where the table lacks it."""
        return [row[name] for row in self.rows]


def read_named(path: Path) -> NamedTable:
    """The table in a CSV file.

    Raises: InputError for a row that is not of the width of the headings, or a cell that is
        not of its column's kind.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file, strict=True))
    except (OSError, ValueError, csv.Error) as error:
        raise _unreadable(path, 1) from error
    if not lines or len(set(lines[0])) < len(lines[0]):
        raise _unreadable(path, 1)
    heads = tuple(lines[0])
    kinds = [_kind(name) for name in heads]
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        if len(line) != len(heads):
            raise _unreadable(path, number)
        try:
            cells = map(cell_value, line, kinds)
            rows.append(NamedRow(zip(heads, cells, strict=True)))
        except (ValueError, ArithmeticError, LookupError) as error:
            raise _unreadable(path, number) from error
    return NamedTable(heads, tuple(rows))


def _kind(name: str) -> Kind:
    if name in KINDS:
        return KINDS[name]
    return next((kind for end, kind in ENDINGS if name.endswith(end)), "text")


def _unreadable(path: Path, number: int) -> InputError:
    return InputError(
        "run.table",
        "row {row} of {file} differs from what the run wrote",
        where=str(path),
        mend="run the scenario again, or restore the folder from a copy",
        row=number,
        file=path.name,
    )
