"""The cells of any table: CSV in any encoding, Excel, Parquet, standard input, data frame."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from permits.errors import InputError
from scenarios.intake.cell_grid import Grid
from scenarios.intake.memory import check_memory
from scenarios.intake.workbook_parts import check_format

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from typing_extensions import TypeIs

TableInput: TypeAlias = "str | Path | pd.DataFrame"
"""What a function that reads a table takes: a path, or the table itself."""

WORKBOOKS = (".xlsx", ".xlsm")
ALL_SHEETS = "*"  # behind `#`: every sheet that fits, as one table
LOOKED_AT = 2**20  # bytes of a file that show the length of its lines (assumed)
FRAME = "data frame"
"""What errors and notices call a data frame, which has no file name."""

Cells = tuple[str, list[str], Iterator[tuple[int, list[str]]], list[str]]


def read_grid(given: TableInput) -> Grid:
    """The cells of a table, by columns.

    Args:
        given: `.csv`, `.xlsx` (first sheet, or `FILE.xlsx#sheet`), `.parquet`, or `-` for CSV
            on standard input; or a data frame, whose first row is number 1.
    Raises: InputError for a file that is missing, does not open or does not fit in memory.
    """
    if is_frame(given):
        return _frame(given)
    path = str(given)
    if path == "-":
        return _csv(sys.stdin.buffer.read(), "standard input")
    stem, _, sheet = path.partition("#")
    file = Path(stem)
    if not file.is_file():
        raise InputError(
            "table.missing",
            "there is no file {name}",
            where=stem,
            mend="check the path",
            name=file.name,
        )
    if file.suffix.lower() in WORKBOOKS:
        from scenarios.intake.workbooks import read_workbook

        return read_workbook(file, sheet)
    if file.suffix.lower() == ".parquet":
        return _parquet(file)
    check_format(file)
    check_memory(_rows_estimated(file), file.name)
    return _csv(file.read_bytes(), file.name)


def read_cells(given: TableInput) -> Cells:
    """File name, headings, numbered rows, notices.

    Args:
        given: as `read_grid` takes it.
    """
    grid = read_grid(given)
    columns = [column.to_pylist() for column in grid.columns]
    texts = ([as_written(cell) for cell in row] for row in zip(*columns, strict=True))
    rows = zip(grid.row.tolist(), texts, strict=True)
    head = next(rows, (1, []))[1] if grid.headings is None else list(grid.headings)
    return grid.name, head, iter(rows), list(grid.notices)


def is_frame(given: object) -> TypeIs[pd.DataFrame]:
    """Whether `given` is a data frame, not a path.

    Raises: InputError for anything else.
    """
    if isinstance(given, str | Path):
        return False
    # Only who has loaded pandas can hold a frame: a path must not cost its import.
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(given, pandas.DataFrame):
        return True
    raise InputError(
        "table.kind",
        "{kind} is not a table",
        where=FRAME,
        mend="give a path, or a pandas DataFrame",
        kind=type(given).__name__,
    )


def name_of(given: TableInput) -> str:
    """The file's name as given, or what a data frame is called."""
    return FRAME if is_frame(given) else Path(given).name


def stem_of(given: TableInput) -> str:
    """Name of a plan made from a table: the file's name without its ending, or `plan`."""
    return "plan" if is_frame(given) else Path(str(given).partition("#")[0]).stem or "plan"


def _rows_estimated(file: Path) -> int:
    """Rows of a text file by the length of its first lines."""
    size = file.stat().st_size
    with file.open("rb") as opened:
        first = opened.read(LOOKED_AT)
    return size * first.count(b"\n") // max(len(first), 1)


def _csv(data: bytes, name: str) -> Grid:
    from scenarios.intake.csv_cells import csv_grid

    return csv_grid(data, name)


def sheet_of(given: TableInput) -> tuple[Path, str] | None:
    """A workbook's file and the sheet named behind `#`; None for any other table."""
    if isinstance(given, str | Path):
        stem, _, sheet = str(given).partition("#")
        if Path(stem).suffix.lower() in WORKBOOKS:
            return Path(stem), sheet
    return None


def _parquet(file: Path) -> Grid:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet

    try:
        check_memory(pyarrow.parquet.read_metadata(file).num_rows, file.name)
        opened = pyarrow.parquet.ParquetFile(file, page_checksum_verification=True)
        table = opened.read()
        table.validate(full=True)  # a damaged page may hold bytes that are no text
    except (OSError, ValueError, pa.ArrowException) as error:
        raise InputError(
            "table.parquet",
            "the file cannot be opened as Parquet: {error}",
            where=file.name,
            mend="write the file again, or give a CSV file",
            error=str(error).splitlines()[0],
        ) from error
    columns = tuple(_cells_of(column) for column in table.columns)
    row = np.arange(1, table.num_rows + 1, dtype=np.int64)
    return Grid(file.name, columns, row, headings=tuple(table.column_names))


def _cells_of(column: pa.ChunkedArray) -> pa.Array:
    """Numbers as they are, decimals exactly as texts, anything else as people write it."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        return _cells_of(column.cast(kind.value_type))
    if pa.types.is_uint64(kind) or (pa.types.is_decimal(kind) and kind.scale >= 0):
        kind = pa.string()
    elif pa.types.is_integer(kind):
        kind = pa.int64()
    elif pa.types.is_floating(kind):
        kind = pa.float64()
    elif pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        kind = pa.string()
    elif not pa.types.is_string(kind):
        cells = column.to_pylist()
        return pa.array([None if cell is None else as_written(cell) for cell in cells], pa.string())
    chunks = column.cast(kind).chunks
    return pa.concat_arrays(chunks) if chunks else pa.nulls(0, kind)


def _frame(frame: pd.DataFrame) -> Grid:
    """A data frame as Parquet would hold it: a named index is a column, NaN an empty cell."""
    import numpy as np

    check_memory(len(frame), FRAME)
    if any(name is not None for name in frame.index.names):
        # Duplicates are let through: the check of the headings reports them by name.
        frame = frame.reset_index(allow_duplicates=True)
    columns = tuple(_series(frame.iloc[:, n]) for n in range(frame.shape[1]))
    row = np.arange(1, len(frame) + 1, dtype=np.int64)
    return Grid(FRAME, columns, row, headings=tuple(str(name) for name in frame.columns))


def _series(series: pd.Series[Any]) -> pa.Array:
    import numpy as np
    import pyarrow as pa

    empty = series.isna().to_numpy()
    if isinstance(series.dtype, np.dtype) and series.dtype.kind in "if":
        kind = pa.int64() if series.dtype.kind == "i" else pa.float64()
        return pa.array(series.to_numpy(), mask=empty).cast(kind)
    cells = zip(series.tolist(), empty.tolist(), strict=True)
    return pa.array([None if gone else as_written(cell) for cell, gone in cells], pa.string())


def as_written(cell: object) -> str:
    """A value as people write it in a cell; empty for `None`."""
    if cell is None:
        return ""
    if hasattr(cell, "dtype") and hasattr(cell, "item"):
        cell = cell.item()  # numpy's numbers print their type
    # Excel and Parquet hold a whole number as 12.0; people wrote 12.
    if isinstance(cell, float):
        return repr(cell).removesuffix(".0")
    return str(cell)
