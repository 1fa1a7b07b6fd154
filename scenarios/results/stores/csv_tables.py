"""A table as CSV, and back: UTF-8 with BOM, so that Excel shows Chinese correctly."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from permits.errors import InputError
from scenarios.results.result import Table
from scenarios.results.stores.workbook_cells import cell_value, column_texts
from scenarios.results.table_specs import Column, TableSpec

OPTIONAL = ("removed_t",)
"""Columns of an open table that it may lack: with several pollutants there is one for each."""


def csv_bytes(table: Table, heads: Sequence[str] = ()) -> bytes:
    """The table as CSV with its column names (or `heads`) in the first row."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(heads or [column.name for column in table.spec.columns])
    cells = [column_texts(table.cells(n), c.kind) for n, c in enumerate(table.spec.columns)]
    writer.writerows(zip(*cells, strict=True))
    return out.getvalue().encode("utf-8-sig")


def read_csv(path: Path, spec: TableSpec) -> Table:
    """The table that `csv_bytes` wrote.

    Columns of an open table beyond those of `spec` are masses where they end in `_t`, else
    text.

    Raises: InputError if the headings or a cell do not match `spec`.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            head, *rows = list(csv.reader(file))
        except (ValueError, csv.Error) as error:
            raise _unreadable(path, 1) from error
    if spec.open:
        spec = _with_more(spec, head)
    if head != [column.name for column in spec.columns]:
        raise _unreadable(path, 1)
    return Table(spec, tuple(_values(row, spec, path, n) for n, row in enumerate(rows, start=2)))


def _with_more(spec: TableSpec, head: Sequence[str]) -> TableSpec:
    """The specification with the columns of a file, in their order there."""
    known = {column.name: column for column in spec.columns}
    if not known.keys() <= {*head, *OPTIONAL}:
        return spec
    more = [
        known.get(name) or Column(name, "mass" if name.endswith("_t") else "text", name)
        for name in head
    ]
    return replace(spec, columns=tuple(more))


def _values(row: list[str], spec: TableSpec, path: Path, number: int) -> tuple[object, ...]:
    if len(row) != len(spec.columns):
        raise _unreadable(path, number)
    try:
        return tuple(cell_value(text, c.kind) for text, c in zip(row, spec.columns, strict=True))
    except (ValueError, ArithmeticError, KeyError) as error:
        raise _unreadable(path, number) from error


def _unreadable(path: Path, number: int) -> InputError:
    return InputError(
        "run.table",
        "row {row} of {file} differs from what the run wrote",
        where=str(path),
        mend="run the scenario again, or restore the folder from a copy",
        row=number,
        file=path.name,
    )
