"""Tables as one Excel file: a sheet each, headings in the language in force."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.results.formatting import (
    SCALES,
    YEARS,
    Labels,
    heading,
    money_in,
    with_examples,
    word_text,
)
from scenarios.results.result import RunResult, Table
from scenarios.results.table_specs import Column, Kind
from scenarios.text import language, pick, t

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

MAX_ROWS = 100_000
"""Rows of a sheet; a longer table is in its CSV file, and the sheet sums it by month."""

FORMATS: dict[Kind, str] = {
    "date": "yyyy-mm-dd",
    "count": "#,##0",
    "mass": "#,##0.000",
    "money": "#,##0.00",
    "price": "#,##0.00",
    "number": "0.0000",
    "share": "0.0%",
}
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
SUMMED = ("count", "mass", "money")
WIDTH_SAMPLE = 200  # rows measured for the width of a column: enough, and fast (assumed)


def write_workbook(result: RunResult, path: Path) -> None:
    """Write the run's tables to `path`; the first sheet lists them.

    Raises: OSError if the disk refuses.
    """
    title, about = pick(result.title) or result.name, pick(result.about)
    with money_in(result.summary.currency):
        tables = [_in_language(table, result) for table in result.tables.values()]
        write_sheets(tables, path, title=title, about=about, labels=result.labels)


def write_sheets(
    tables: Iterable[Table], path: Path, *, title: str, about: str = "", labels: Labels
) -> None:
    """Write tables to `path`, a sheet each, after one that lists them; empty ones are left out.

    A cell carries the full value, its format shows less. Text stays text: a cell that
    begins with `=` is shown, not run.

    Args:
        tables: the tables, in the order of their sheets.
        path: the file.
        title: heading of the list.
        about: text below it.
        labels: names of the ids in the tables.
    Raises: OSError if the disk refuses.
    """
    from openpyxl.workbook import Workbook

    book = Workbook(write_only=True)
    full = [table for table in tables if table.rows]
    sheets = dict(zip((table.spec.name for table in full), _sheet_names(full), strict=True))
    _write_contents(book, (title, about), full, sheets)
    for table in full:
        _write_table(book, table, sheets[table.spec.name], labels)
    # Through memory: on a full disk a zip file that cannot be closed speaks up by itself.
    packed = BytesIO()
    book.save(packed)
    path.write_bytes(packed.getbuffer())


def _in_language(table: Table, result: RunResult) -> Table:
    """The table for people; an English sheet has examples with every digit, as in files."""
    if table.spec.name != "happenings" or language() == "en":
        return table
    return with_examples(table, result.events, result.labels)


def _write_contents(
    book: Workbook, head: tuple[str, str], tables: Sequence[Table], sheets: dict[str, str]
) -> None:
    title, about = head
    sheet = book.create_sheet(t("Contents"))
    _set_widths(sheet, [28, 60, 12, 34])
    sheet.append([_bold(sheet, title)])
    sheet.append([_text(sheet, about)])
    sheet.append([])
    heads = [t("Sheet"), t("Content"), t("Rows"), t("Full data")]
    sheet.append([_bold(sheet, head) for head in heads])
    for table in tables:
        spec = table.spec
        csv = f"{spec.name}.csv"
        sheet.append([sheets[spec.name], t(spec.title), len(table.rows), csv])


def _write_table(book: Workbook, table: Table, title: str, labels: Labels) -> None:
    sheet = book.create_sheet(title)
    long = len(table.rows) > MAX_ROWS
    columns, rows = _by_month(table) if long else (table.spec.columns, table.rows)
    heads = [heading(column) for column in columns]
    _set_widths(sheet, list(_widths(heads, columns, rows, labels)))
    sheet.freeze_panes = "A3" if long else "A2"
    if long:
        note = t(
            "{rows} rows are too many for a sheet: they are summed by month here; {file} "
            "holds all of them",
            rows=f"{len(table.rows):,}",
            file=f"{table.spec.name}.csv",
        )
        sheet.append([_text(sheet, note)])
    sheet.append([_bold(sheet, head) for head in heads])
    makers = [_maker(sheet, column, labels) for column in columns]
    for row in rows:
        sheet.append([make(value) for make, value in zip(makers, row, strict=True)])


def _by_month(table: Table) -> tuple[tuple[Column, ...], list[tuple[Any, ...]]]:
    """Rows counted and masses and money summed, by the month of the first date column."""
    columns = table.spec.columns
    dated = next((n for n, c in enumerate(columns) if c.kind == "date"), None)
    summed = [n for n, c in enumerate(columns) if c.kind in SUMMED]
    totals: dict[str | None, list[int]] = {}
    for row in table.rows:
        on = None if dated is None else row[dated]
        sums = totals.setdefault(on and on.isoformat()[:7], [0] * (len(summed) + 1))
        sums[0] += 1
        for place, n in enumerate(summed, start=1):
            sums[place] += row[n] or 0
    heads = (Column("month", "text", "Month"), Column("rows", "count", "Rows"))
    return (*heads, *(columns[n] for n in summed)), [(k, *v) for k, v in totals.items()]


def _maker(sheet: WriteOnlyWorksheet, column: Column, labels: Labels) -> Callable[[Any], Any]:
    """A function that turns the values of a column into cells.

    A row is written as soon as it is appended, so one formatted cell serves a column.
    """
    from openpyxl.cell import WriteOnlyCell

    if column.kind in ("text", "title"):
        return lambda value: (
            None if value is None else _plain(sheet, word_text(value, column, labels))
        )
    if column.kind == "flag":
        words = {True: t("yes"), False: t("no"), None: None}
        return words.__getitem__
    scale, cell = SCALES.get(column.kind), WriteOnlyCell(sheet)
    cell.number_format = "0" if column.name in YEARS else FORMATS[column.kind]

    def number(value: Any) -> Any:
        if value is None:
            return None
        cell.value = value / scale if scale else value
        return cell

    return number


def _plain(sheet: WriteOnlyWorksheet, text: str) -> Any:
    """Text as it is, which only needs a cell of its own where it could be read as more."""
    if text[:1] == "=" or CONTROL.search(text):
        return _text(sheet, text)
    return text


def _text(sheet: WriteOnlyWorksheet, text: str) -> Any:
    """A cell that stays text, whatever it begins with."""
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, value=CONTROL.sub("", text))
    cell.data_type = "s"
    return cell


def _bold(sheet: WriteOnlyWorksheet, text: str) -> Any:
    from openpyxl.styles import Alignment, Font

    cell = _text(sheet, text)
    cell.font = Font(bold=True)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


def _widths(
    heads: Sequence[str], columns: Sequence[Column], rows: Sequence[Any], labels: Labels
) -> Iterator[float]:
    for n, (head, column) in enumerate(zip(heads, columns, strict=True)):
        if column.kind in ("text", "title"):
            texts = [
                word_text(r[n], column, labels) for r in rows[:WIDTH_SAMPLE] if r[n] is not None
            ]
            widest = max(map(_width, texts), default=0)
        else:
            widest = 14
        yield min(60, max(widest, min(_width(head), 18), 8) + 2)


def _width(text: str) -> int:
    """Columns that a text takes: a Chinese character takes two."""
    return sum(1 if ord(sign) < 0x2E80 else 2 for sign in text)


def _set_widths(sheet: Any, widths: Iterable[float]) -> None:  # the stubs miss the columns
    from openpyxl.utils import get_column_letter

    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width


def _sheet_names(tables: Sequence[Table]) -> list[str]:
    """Short names for sheets, no two alike; Excel allows 31 characters and no []:*?/\\."""
    names: list[str] = []
    for table in tables:
        said = table.spec.name.replace("_", " ").capitalize()
        if language() != "en":
            said = re.sub(r"[\[\]:*?/\\]", " ", t(table.spec.title))[:31]
        names.append(said if said not in names else table.spec.name[:31])
    return names
