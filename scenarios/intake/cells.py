"""Cells of a table as texts: CSV in any encoding, Excel, Parquet, standard input, data frame."""

from __future__ import annotations

import codecs
import csv
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from permits.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from typing_extensions import TypeIs

TableInput: TypeAlias = "str | Path | pd.DataFrame"
"""What a function that reads a table takes: a path, or the table itself."""
FRAME = "data frame"
"""What errors and notices call a data frame, which has no file name."""

Cells = tuple[str, list[str], Iterator[tuple[int, list[str]]], list[str]]
MOST_ROWS = 2_000_000
"""Largest number of rows: at 2.5 kB each they fill 5 GB, and take some minutes."""


def read_cells(given: TableInput) -> Cells:
    """File name, headings, numbered rows, notices.

    Args:
        given: `.csv`, `.xlsx` (first sheet, or `FILE.xlsx#sheet`), `.parquet`, or `-` for CSV
            on standard input; or a data frame, whose first row is number 1.
    Raises: InputError for a file that is missing, does not open or is too long.
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
    if file.suffix.lower() in (".xlsx", ".xlsm"):
        return _excel(file, sheet)
    if file.suffix.lower() == ".parquet":
        return _parquet(file)
    return _csv(file.read_bytes(), file.name)


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


def _check_size(count: int, name: str) -> None:
    if count > MOST_ROWS:
        raise InputError(
            "table.rows",
            "the table has {count} rows; at most {most} can be read",
            where=name,
            mend=(
                "merge similar sources, split the table, or pass arrays to "
                "optimize.solve_allocation from Python"
            ),
            count=f"{count:,}",
            most=f"{MOST_ROWS:,}",
        )


def _csv(data: bytes, name: str) -> Cells:
    # Before decoding: too long a table must not fill the memory first.
    _check_size(data.count(b"\n") - 1, name)
    text, encoding = decode_text(data, name)
    reader = csv.reader(io.StringIO(text, newline=""))
    header = next(reader, [])
    body = ((reader.line_num, cells) for cells in reader)
    return name, header, body, [] if encoding == "utf-8" else [f"{name}: {encoding}"]


def _excel(file: Path, sheet: str) -> Cells:
    from openpyxl import load_workbook

    try:
        book = load_workbook(file, read_only=True, data_only=True)
    # openpyxl passes on whatever its zip and XML parsers raise.
    except Exception as error:
        raise InputError(
            "table.excel",
            "the file cannot be opened as an Excel workbook: {error}",
            where=file.name,
            mend="save it as .xlsx",
            error=str(error),
        ) from error
    if sheet and sheet not in book.sheetnames:
        raise InputError(
            "table.sheet",
            "there is no sheet {sheet!r}",
            where=file.name,
            mend="it has: {known}",
            sheet=sheet,
            known=", ".join(book.sheetnames),
        )
    rows = (
        book[sheet].iter_rows(values_only=True)
        if sheet
        else book.worksheets[0].iter_rows(values_only=True)
    )
    texts = ([as_written(cell) for cell in row] for row in rows)
    header = next(texts, [])
    return file.name, header, ((n, row) for n, row in enumerate(texts, start=2)), []


def _parquet(file: Path) -> Cells:
    import pyarrow.parquet

    try:
        _check_size(pyarrow.parquet.read_metadata(file).num_rows, file.name)
        table = pyarrow.parquet.read_table(file)
    except (OSError, ValueError) as error:
        raise InputError(
            "table.parquet",
            "the file cannot be opened as Parquet: {error}",
            where=file.name,
            mend="write the file again, or give a CSV file",
            error=str(error).splitlines()[0],
        ) from error
    columns = [column.to_pylist() for column in table.columns]
    body = (
        (n, [as_written(cell) for cell in row])
        for n, row in enumerate(zip(*columns, strict=True), 1)
    )
    return file.name, table.column_names, body, []


def _frame(frame: pd.DataFrame) -> Cells:
    """A data frame as Parquet would hold it: a named index is a column, NaN an empty cell."""
    _check_size(len(frame), FRAME)
    if any(name is not None for name in frame.index.names):
        # Duplicates are let through: the check of the headings reports them by name.
        frame = frame.reset_index(allow_duplicates=True)
    empty = frame.isna().to_numpy()
    columns = [frame.iloc[:, n].tolist() for n in range(frame.shape[1])]
    body = (
        (n, ["" if gone else as_written(cell) for cell, gone in zip(row, blank, strict=True)])
        for n, (row, blank) in enumerate(zip(zip(*columns, strict=True), empty, strict=False), 1)
    )
    return FRAME, [str(name) for name in frame.columns], body, []


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


def decode_text(data: bytes, name: str) -> tuple[str, str]:
    """Text and the encoding it was in: UTF-8 (with or without BOM), UTF-16, GB18030."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return _marked(data, encoding, name), encoding
    # UTF-8 first: GB18030 accepts most bytes and would garble it silently.
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as first:
        try:
            return data.decode("gb18030"), "gb18030"
        except UnicodeDecodeError as second:
            raise InputError(
                "table.encoding",
                "byte {at} is neither UTF-8 nor GB18030",
                where=name,
                mend="save the file as UTF-8",
                at=max(first.start, second.start),
            ) from second


def _marked(data: bytes, encoding: str, name: str) -> str:
    """Text with a byte order mark, which states its encoding."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            "table.marked_encoding",
            "the file starts as {encoding}, but byte {at} is not valid in it",
            where=name,
            mend="it may be truncated: fetch it again, or save it as UTF-8",
            encoding=encoding,
            at=error.start,
        ) from error
