"""Sheets of Excel workbooks as grids: which sheet, by which reader, and what is hidden.

An ordinary sheet is read by python-calamine, in seconds for 300,000 rows. It shows an error
cell as an empty one, keeps the last of two rows with one number, and ends the process on a
cell in the last column; so `find_extent` looks first, and any other sheet is read by
`read_exactly`, which is slower and says what it found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

from permits.errors import InputError, RightsError
from scenarios.intake.cell_grid import Grid
from scenarios.intake.exact_sheet import SheetCells, SheetParser, read_exactly
from scenarios.intake.memory import check_memory, without_collection
from scenarios.intake.merged_cells import without_hidden
from scenarios.intake.sheet_xml import SheetExtent, find_extent, is_plain
from scenarios.intake.workbook_parts import (
    CellFormats,
    SheetEntry,
    WorkbookPackage,
    open_package,
    read_formats,
    read_shared,
)
from scenarios.text import t

if TYPE_CHECKING:
    import pyarrow as pa

LOOKED_AT = 40  # rows of a sheet in which headings may stand, when another sheet is proposed
MOST_AREA = 2**28
"""Cells of a sheet, empty ones too: each takes four bytes even where it is empty (1 GB)."""
ROW_END = re.compile(rb"</(?:\w+:)?row>")
LEAST_PLAIN, MOST_PLAIN = 1e-3, 1e10
"""Numbers that Arrow writes digit for digit as Python does, in a third of the time."""
FIRST_SAFE_YEAR = 1901  # before, programs differ by a day: Excel counts 29 February 1900


@dataclass(slots=True)
class _Hidden:
    """How many hidden rows were left out so far."""

    rows: int = 0


_LEFT_OUT: ContextVar[_Hidden | None] = ContextVar("hidden_rows_left_out", default=None)


@contextmanager
def visible_rows_only() -> Iterator[None]:
    """Within, hidden rows of workbooks are left out.

    Raises: InputError at the end if there were none: an option must change something.
    """
    left_out = _Hidden()
    token = _LEFT_OUT.set(left_out)
    try:
        yield
    finally:
        _LEFT_OUT.reset(token)
    if not left_out.rows:
        raise InputError(
            "table.none_hidden",
            "no table has hidden rows",
            where="--visible",
            mend="leave the option out",
        )


def read_workbook(file: Path, sheet: str) -> Grid:
    """The cells of one sheet; rows rise by their number, empty rows are left out.

    Merged cells are as in the file, for `fill_merged`. Dates are ISO texts, with a time of day
    where any cell of their column has one.

    Args:
        file: an `.xlsx` or `.xlsm` file.
        sheet: its sheet; empty for the first one that is shown.
    Raises: InputError for a workbook that is damaged, encrypted or of another kind, and for a
        sheet beyond the limits.
    """
    with open_package(file) as package:
        entry = package.sheet(sheet) if sheet else _first(package)
        grid = _read(package, entry, file.name)
        return replace(grid, notices=(*_told_hidden(package, entry), *grid.notices))


def read_all_sheets(file: Path) -> tuple[Grid, ...]:
    """The cells of every sheet with any, each named `FILE.xlsx#sheet`.

    Raises: as `read_workbook`.
    """
    with open_package(file) as package:
        grids = [_read(package, one, f"{file.name}#{one.name}") for one in package.sheets]
        return tuple(grid for grid in grids if len(grid))


def find_other_sheet(file: Path, sheet: str, fits: Callable[[Grid], bool]) -> InputError | None:
    """The error for a sheet without the columns sought, where another one has them.

    Args:
        file: the workbook.
        sheet: the sheet that was read; empty for the first one that is shown.
        fits: whether the first rows of a sheet have the headings.
    Returns: None where no other sheet has them.
    """
    with open_package(file) as package:
        read = package.sheet(sheet) if sheet else _first(package)
        formats, shared = read_formats(package), read_shared(package)
        fitting = []
        for one in package.sheets:
            if one is read:
                continue
            try:
                if fits(_first_rows(package, one, formats, shared)):
                    fitting.append(one.name)
            except (RightsError, expat.ExpatError):
                continue  # a sheet that cannot be read is not proposed
        if not fitting:
            return None
        many = len(fitting) > 1
        return InputError(
            "table.other_sheet",
            "the sheet {sheet!r} has no such columns",
            where=file.name,
            mend="{fitting} have them: write {file}#{first}, or {file}#* for all of them"
            if many
            else "{fitting} has them: write {file}#{first}",
            sheet=read.name,
            fitting=", ".join(fitting),
            first=fitting[0],
            file=file.name,
        )


def _first(package: WorkbookPackage) -> SheetEntry:
    """The first sheet that is shown: the one that people see when they open the file."""
    return next((one for one in package.sheets if not one.hidden), package.sheets[0])


def _told_hidden(package: WorkbookPackage, read: SheetEntry) -> list[str]:
    """Notices about hidden sheets."""
    name = package.file.name
    if read.hidden:
        return [t("{file}: the sheet {sheet} is hidden; it was read", file=name, sheet=read.name)]
    return [
        t("{file}: the sheet {sheet} is hidden and was not read", file=name, sheet=one.name)
        for one in package.sheets
        if one.hidden
    ]


def _read(package: WorkbookPackage, entry: SheetEntry, name: str) -> Grid:
    formats = read_formats(package)
    grid = None
    if not package.shared or is_plain(package.file.name, package.pieces(package.shared)):
        extent = find_extent(package.pieces(entry.part), formats)
        if extent is not None:
            check_memory(extent.last_row, name)
            grid = _ordinary(package, entry, extent, name)
    if grid is None:
        check_memory(_count_rows(package.pieces(entry.part)), name)
        pieces = package.pieces(entry.part)
        shared = read_shared(package)
        found = read_exactly(
            package.file.name, pieces, shared, formats, since_1904=package.since_1904
        )
        grid = _exact(found, name)
    left_out = _LEFT_OUT.get()
    if left_out is None or grid.hidden is None:
        return grid
    count = int(grid.hidden.sum())
    left_out.rows += count
    told = t("{file}: {count} hidden rows were left out", file=name, count=f"{count:,}")
    return replace(without_hidden(grid), notices=(*grid.notices, told))


def _count_rows(pieces: Iterable[bytes]) -> int:
    """About how many rows with cells a sheet has: a tag between two pieces is not counted."""
    return sum(len(ROW_END.findall(piece)) for piece in pieces)


def _ordinary(
    package: WorkbookPackage, entry: SheetEntry, extent: SheetExtent, name: str
) -> Grid | None:
    """The grid of an ordinary sheet; None where it turns out to be none."""
    from python_calamine import CalamineError, CalamineWorkbook

    from scenarios.intake.arrow_arrays import is_empty, mask_of

    around = SheetParser(package.file.name, [], CellFormats(), since_1904=False)
    around.parser.Parse(extent.around, True)
    if [one.name for one in package.sheets].count(entry.name) > 1:
        return None
    try:
        # Millions of cells are made and none is garbage: looking for some takes half of the time.
        with without_collection():
            sheet = CalamineWorkbook.from_path(str(package.file)).get_sheet_by_name(entry.name)
            if sheet.end is None or sheet.end != (extent.last_row - 1, extent.last_column - 1):
                return None
            rows = sheet.to_python(skip_empty_area=False)
            columns = [
                column_of(one, first_year=FIRST_SAFE_YEAR) for one in zip(*rows, strict=True)
            ]
    except (CalamineError, _Doubtful):
        return None
    count = len(rows)
    numbers = np.arange(1, count + 1)
    full = np.zeros(count, dtype=bool)
    for column in columns:
        full |= ~is_empty(column)
    if not full.all():
        columns = [column.filter(mask_of(full)) for column in columns]
        numbers = numbers[full]
    return Grid(name, tuple(columns), numbers, merged=tuple(around.cells.merged))


class _Doubtful(Exception):
    """A value that programs read differently: the sheet goes to the exact reader."""


def _exact(found: SheetCells, name: str) -> Grid:
    """The grid of what was found in a sheet's XML."""
    import pyarrow as pa

    rows = np.array(sorted(found.rows), dtype=np.int64)
    notices = []
    if found.rows != rows.tolist():
        notices.append(
            t("{file}: the rows do not stand in the order of their numbers; they were sorted",
              file=name)
        )  # fmt: skip
    place = {number: n for n, number in enumerate(rows.tolist())}
    odd = [column for _, column in (*found.formulas, *found.errors)]
    width = max((*found.columns, *odd), default=-1) + 1
    if len(rows) * width > MOST_AREA:
        raise InputError(
            "table.area",
            "the sheet reaches over {rows} rows and {columns} columns, most of them empty",
            where=name,
            mend="delete the cells that do not belong to the table",
            rows=f"{len(rows):,}",
            columns=f"{width:,}",
        )
    empty = pa.nulls(len(rows), pa.string())
    columns = []
    for column in range(width):
        if column not in found.columns:
            columns.append(empty)
            continue
        values: list[Any] = [None] * len(rows)
        for row, value in zip(*found.columns[column], strict=True):
            values[place[row]] = value
        columns.append(column_of(values))
    hidden = np.isin(rows, list(found.hidden))
    return Grid(
        name,
        tuple(columns),
        rows,
        notices=tuple(notices),
        merged=tuple(found.merged),
        hidden=hidden if hidden.any() else None,
        formulas=found.formulas,
        errors=found.errors,
        long_numbers=found.long_numbers,
    )


def _first_rows(
    package: WorkbookPackage, entry: SheetEntry, formats: CellFormats, shared: list[str]
) -> Grid:
    parser = SheetParser(package.file.name, shared, formats, since_1904=package.since_1904)
    for piece in package.pieces(entry.part):
        parser.parser.Parse(piece, False)
        if len(parser.cells.rows) >= LOOKED_AT:
            break
    return _exact(parser.cells, package.file.name)


def column_of(values: Sequence[Any], *, first_year: int = 0) -> pa.Array:
    """A column as texts; null for empty cells.

    Args:
        values: of every row, None or the empty text for an empty cell.
        first_year: the first of a date that is sure.
    Raises: _Doubtful for a date before.
    """
    from scenarios.intake.arrow_arrays import text_array

    kinds = set(map(type, values))
    if kinds <= {str, NoneType}:
        return text_array(values)
    dated = kinds & {date, datetime}
    if first_year and any(v.year < first_year for v in values if type(v) in dated):
        raise _Doubtful
    timed = any(type(v) is datetime and v.time() != time() for v in values) if dated else False
    is_float = np.array([kind is float for kind in map(type, values)], dtype=bool)
    numbers = np.array([v for v in values if type(v) is float], dtype=float)
    plain = (np.abs(numbers) >= LEAST_PLAIN) & (np.abs(numbers) < MOST_PLAIN)
    is_float[is_float] = plain
    others = [
        v if type(v) is str else _written(v, timed=timed)
        for v in map(values.__getitem__, np.flatnonzero(~is_float).tolist())
    ]
    return _merged(is_float, numbers[plain], others)


def _merged(
    is_number: NDArray[np.bool_], numbers: NDArray[np.float64], others: Sequence[str | None]
) -> pa.Array:
    """Numbers and texts in the order of their rows, as texts.

    Args:
        is_number: (N,) rows of a number.
        numbers: the numbers, all of a size that Arrow writes as Python does.
        others: the texts.
    """
    import pyarrow as pa

    from scenarios.intake.arrow_arrays import number_array, text_array

    place = np.empty(len(is_number), dtype=np.int64)
    place[is_number] = np.arange(len(numbers))
    place[~is_number] = len(numbers) + np.arange(len(others))
    both = [number_array(numbers).cast(pa.string()), text_array(others)]
    return pa.concat_arrays(both).take(number_array(place))


def _written(value: Any, *, timed: bool) -> str | None:
    """A value as people see it in its cell."""
    if type(value) is float:
        text = repr(value)
        return text[:-2] if text.endswith(".0") else text
    if value is None:
        return None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, timedelta):
        seconds = round(value.total_seconds())
        sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
        return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if isinstance(value, time):
        return value.isoformat()
    moment: datetime = value if isinstance(value, datetime) else datetime.combine(value, time())
    return moment.isoformat(" ") if timed else moment.date().isoformat()
