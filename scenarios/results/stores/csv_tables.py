"""A table as CSV, and back: UTF-8 with BOM, so that Excel shows Chinese correctly."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from permits.errors import InputError
from scenarios.results.result import Table
from scenarios.results.stores.workbook_cells import cell_text, cell_value
from scenarios.results.table_specs import TableSpec


def csv_bytes(table: Table, heads: Sequence[str] = ()) -> bytes:
    """The table as CSV with its column names (or `heads`) in the first row."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    kinds = [column.kind for column in table.spec.columns]
    writer.writerow(heads or [column.name for column in table.spec.columns])
    writer.writerows(map(cell_text, row, kinds) for row in table.rows)
    return out.getvalue().encode("utf-8-sig")


def read_csv(path: Path, spec: TableSpec) -> Table:
    """The table that `csv_bytes` wrote.

    Raises: InputError if the headings or a cell do not match `spec`.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            head, *rows = list(csv.reader(file))
        except (ValueError, csv.Error) as error:
            raise _unreadable(path, 1) from error
    if head != [column.name for column in spec.columns]:
        raise _unreadable(path, 1)
    return Table(spec, tuple(_values(row, spec, path, n) for n, row in enumerate(rows, start=2)))


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
