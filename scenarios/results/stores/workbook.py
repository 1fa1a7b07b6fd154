"""Tables as one Excel file: a sheet each, headings in the language in force."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from optimize.problem import IntArray
from scenarios.results.column import Cells, Texts
from scenarios.results.formatting import (
    YEARS,
    Labels,
    heading,
    money_in,
    with_examples,
    word_text,
    words_of,
)
from scenarios.results.result import RunResult, Table
from scenarios.results.stores.book_xml import BookSheet, BookWriter
from scenarios.results.stores.workbook_cells import column_texts
from scenarios.results.table_specs import Column, Kind
from scenarios.text import language, pick, t

MAX_ROWS = 100_000
"""Rows of a sheet; a longer table is in its CSV file, and the sheet sums it up."""

FORMATS: dict[Kind, str] = {
    "date": "yyyy-mm-dd",
    "count": "#,##0",
    "mass": "#,##0.000",
    "money": "#,##0.00",
    "price": "#,##0.00",
    "number": "0.0000",
    "share": "0.0%",
}
SUMMED = ("count", "mass", "money")
PLACED = ("city", "sector", "pollutant")
"""Columns by which a long table of sources is summed."""
DAY_0 = date(1899, 12, 30)  # of Excel's calendar, for dates after February 1900
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
        title: heading of the list, and of every printed page.
        about: text below it.
        labels: names of the ids in the tables.
    Raises: OSError if the disk refuses.
    """
    full = [table for table in tables if len(table)]
    names = _sheet_names(full)
    with BookWriter(path, title) as book:
        book.add(_contents(book, (title, about), full, names))
        for table, name in zip(full, names, strict=True):
            book.add(_sheet(book, table, name, labels))


def _in_language(table: Table, result: RunResult) -> Table:
    """The table for people; an English sheet has examples with every digit, as in files."""
    if table.spec.name != "happenings" or language() == "en":
        return table
    return with_examples(table, result.events, result.labels)


def _contents(
    book: BookWriter, head: tuple[str, str], tables: Sequence[Table], names: Sequence[str]
) -> BookSheet:
    title, about = head
    heads = [t("Sheet"), t("Content"), t("Rows"), t("Full data")]
    rows: list[list[str]] = [
        [book.text(title, bold=True)],
        [book.text(about)] if about else [],
        [],
        [book.text(head, bold=True) for head in heads],
    ]
    for table, name in zip(tables, names, strict=True):
        said = [book.text(text) for text in (name, t(table.spec.title))]
        count = book.numbers([str(len(table))], FORMATS["count"])
        rows.append([*said, *count, book.text(f"{table.spec.name}.csv")])
    return BookSheet(t("Contents"), [28, 60, 12, 34], above=rows)


def _sheet(book: BookWriter, table: Table, name: str, labels: Labels) -> BookSheet:
    above = []
    if len(table) > MAX_ROWS:
        note, table = _summed(table)
        above.append([book.text(note)])
    columns = table.spec.columns
    cells = [table.cells(n) for n in range(len(columns))]
    heads = [heading(column) for column in columns]
    return BookSheet(
        name,
        list(_widths(heads, columns, cells, labels)),
        above,
        [book.text(head, bold=True) for head in heads],
        [_tails(book, own, column, labels) for own, column in zip(cells, columns, strict=True)],
        _total_rows(book, table, labels),
    )


def _tails(book: BookWriter, cells: Cells, column: Column, labels: Labels) -> list[str]:
    """The cells of a column."""
    if column.kind in ("text", "title"):
        texts = _coded(cells)
        return _picked(_words(book, texts, column, labels), texts.code)
    if column.kind == "flag":
        words = {True: book.text(t("yes")), False: book.text(t("no")), None: ""}
        return [words[value] for value in _plain(cells)]
    return book.numbers(_numbers(cells, column), _format(column))


def _words(book: BookWriter, texts: Texts, column: Column, labels: Labels) -> list[str]:
    """The cell of each distinct text; of columns with the same names it is made once."""
    key = (column.name, column.kind, texts.names)
    if key not in book.words:
        book.words[key] = book.texts_of(words_of(texts.names, column, labels))
    return book.words[key]


def _format(column: Column) -> str:
    return "0" if column.name in YEARS else FORMATS[column.kind]


def _numbers(cells: Cells, column: Column) -> list[str]:
    """The numbers of a column as plain text, to the last digit."""
    if column.kind == "date":
        return ["" if day is None else str((day - DAY_0).days) for day in _plain(cells)]
    if column.kind in ("number", "share"):
        return ["" if v is None or v != v else repr(float(v)) for v in _plain(cells)]
    return column_texts(cells, column.kind)


def _plain(cells: Cells) -> list[Any]:
    found: list[Any] = cells.tolist() if isinstance(cells, np.ndarray) else list(cells)
    return found


def _picked(known: Sequence[str], code: IntArray) -> list[str]:
    """The text of each code, the empty text for a negative one."""
    all_of_them = [*known, ""]
    return [all_of_them[n] for n in np.maximum(code, -1).tolist()]


def _coded(cells: Cells) -> Texts:
    """Cells of text as codes; those of plain texts in the order first seen."""
    if isinstance(cells, Texts):
        return cells
    known: dict[str, int] = {}
    code = [-1 if cell is None else known.setdefault(str(cell), len(known)) for cell in cells]
    return Texts(np.array(code, dtype=np.int64), tuple(known))


# --- totals, and sums of long tables ---------------------------------------------------


def _total_rows(book: BookWriter, table: Table, labels: Labels) -> list[list[str]]:
    """A row of totals for each pollutant, of the columns that its table names."""
    columns = table.spec.columns
    if not table.spec.totals or len(table) < 2:
        return []
    names = [column.name for column in columns]
    which = Texts.same("", len(table))
    if "pollutant" in names:
        which = _coded(table.cells(names.index("pollutant")))
    rows = []
    for number in np.unique(which.code).tolist():
        inside = which.code == number
        row = []
        for n, column in enumerate(columns):
            if n == 0:
                row.append(book.text(t("Total"), bold=True))
            elif column.name == "pollutant" and number >= 0:
                said = word_text(which.names[number], column, labels)
                row.append(book.text(said, bold=True))
            elif column.name in table.spec.totals:
                total = _sum(table.cells(n), inside)
                row += book.numbers(column_texts([total], column.kind), _format(column), bold=True)
            else:
                row.append("")
        rows.append(row)
    return rows


def _sum(cells: Cells, inside: np.ndarray[Any, np.dtype[np.bool_]]) -> int:
    """The sum of whole numbers, in Python's own integers: it may exceed 64 bits."""
    if isinstance(cells, np.ndarray) and cells.dtype == np.int64:
        high, low = np.divmod(cells[inside], 1 << 32)  # sums of either fit 64 bits
        return (int(high.sum()) << 32) + int(low.sum())
    kept = zip(_plain(cells), inside.tolist(), strict=True)
    return sum(value for value, one in kept if one and value is not None)


def _summed(table: Table) -> tuple[str, Table]:
    """A long table summed up, and the note that says so."""
    told = {"rows": f"{len(table):,}", "file": f"{table.spec.name}.csv"}
    if {"city", "sector"} <= {column.name for column in table.spec.columns}:
        text = t("{rows} rows are too many for a sheet: they are summed by city and sector here; "
                 "{file} holds all of them", **told)  # fmt: skip
        return text, _by_place(table)
    text = t("{rows} rows are too many for a sheet: they are summed by month here; {file} holds "
             "all of them", **told)  # fmt: skip
    return text, _by_month(table)


def _by_month(table: Table) -> Table:
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
    own = replace(table.spec, columns=(*heads, *(columns[n] for n in summed)))
    return Table(own, [(k, *v) for k, v in totals.items()])


def _by_place(table: Table) -> Table:
    """Rows counted and masses and money summed, by city, sector and pollutant."""
    columns = table.spec.columns
    by = [n for name in PLACED for n, c in enumerate(columns) if c.name == name]
    summed = [n for n, c in enumerate(columns) if c.kind in SUMMED]
    keys = zip(*(table.cells(n) for n in by), strict=True)
    values = zip(*(_plain(table.cells(n)) for n in summed), strict=True)
    totals: dict[tuple[Any, ...], list[int]] = {}
    for key, row in zip(keys, values, strict=True):
        sums = totals.setdefault(key, [0] * (len(summed) + 1))
        sums[0] += 1
        for place, value in enumerate(row, start=1):
            sums[place] += value or 0
    heads = (*(columns[n] for n in by), Column("rows", "count", "Rows"))
    own = replace(table.spec, columns=(*heads, *(columns[n] for n in summed)))
    ordered = sorted(totals, key=lambda key: [text or "" for text in key])
    return Table(own, [(*key, *totals[key]) for key in ordered])


# --- how a sheet looks -----------------------------------------------------------------


def _widths(
    heads: Sequence[str], columns: Sequence[Column], cells: Sequence[Cells], labels: Labels
) -> Iterator[float]:
    for head, column, own in zip(heads, columns, cells, strict=True):
        if column.kind in ("text", "title"):
            sample = list(own[:WIDTH_SAMPLE])
            texts = [word_text(value, column, labels) for value in sample if value is not None]
            widest = max(map(_width, texts), default=0)
        else:
            widest = 14
        yield min(60, max(widest, min(_width(head), 18), 8) + 2)


def _width(text: str) -> int:
    """Columns that a text takes: a Chinese character takes two."""
    return sum(1 if ord(sign) < 0x2E80 else 2 for sign in text)


def _sheet_names(tables: Sequence[Table]) -> list[str]:
    """Short names for sheets, no two alike; Excel allows 31 characters and no []:*?/\\."""
    names: list[str] = []
    for table in tables:
        said = table.spec.name.replace("_", " ").capitalize()
        if language() != "en":
            said = re.sub(r"[\[\]:*?/\\]", " ", t(table.spec.title))[:31]
        names.append(said if said not in names else table.spec.name[:31])
    return names
