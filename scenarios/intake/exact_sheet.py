"""A sheet's cells exactly as its XML states them, element by element.

Slower than the reader of ordinary sheets, and the one that knows every exception: rows
without number or out of order, formulas without a value, error cells, hidden rows, numbers
that are no number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TypeAlias

from permits.errors import InputError
from scenarios.intake.cell_grid import MOST_CHARACTERS, MOST_COLUMNS, Block, Cell
from scenarios.intake.workbook_parts import (
    MAIN,
    SPLIT,
    CellFormats,
    damaged,
    feed,
    long_cell,
    parser_for,
    unescaped,
)
from scenarios.text import t

MOST_ROWS_OF_SHEET = 1_048_576  # of the format
EXACT_DIGITS = 15
"""Digits that a number in Excel keeps; of a longer whole number the last ones are zeros."""
MOST_DAYS = 2_958_466  # 31 December 9999, the last day that a date format shows
REF = re.compile(r"([A-Za-z]{1,3})([1-9]\d{0,6})")
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
NAMES = {
    uri + SPLIT + name: name
    for uri in MAIN
    for name in ("worksheet", "row", "c", "v", "f", "is", "t", "rPh", "mergeCell")
}
"""Elements that are read, by their full name; all others are passed over."""
DAY = timedelta(days=1)
# Times in a workbook have no zone; whoever knows the station's adds it.
FIRST_DAY_1904 = datetime.combine(date(1904, 1, 1), time())
FIRST_DAY_1900 = datetime.combine(date(1899, 12, 30), time())
Value: TypeAlias = "str | float | bool | datetime | time | timedelta"


@dataclass(slots=True)
class SheetCells:
    """The cells of a sheet that hold something, by column, and what is odd about it.

    `rows` are the numbers of all rows with a value, an error or a formula, in the order of
    the file. A cell is its row's number and its column from 0.
    """

    rows: list[int] = field(default_factory=list)
    columns: dict[int, tuple[list[int], list[Value]]] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    merged: list[Block] = field(default_factory=list)
    formulas: dict[Cell, str] = field(default_factory=dict)
    errors: dict[Cell, str] = field(default_factory=dict)
    long_numbers: dict[Cell, str] = field(default_factory=dict)


def read_exactly(
    name: str,
    pieces: Iterator[bytes],
    shared: list[str],
    formats: CellFormats,
    *,
    since_1904: bool,
) -> SheetCells:
    """The cells of a sheet.

    Args:
        name: the file, for errors.
        pieces: the bytes of the sheet's part.
        shared: the shared texts of the workbook.
        formats: its cell styles.
        since_1904: whether day 0 is 1 January 1904.
    Raises: InputError for what no program would read alike.
    """
    reader = SheetParser(name, shared, formats, since_1904=since_1904)
    feed(reader.parser, pieces)
    return reader.cells


def cell_name(row: int, column: int) -> str:
    """A cell as Excel names it: row 2 and column 6 are `G2`."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def column_of(letters: str) -> int:
    """The column, from 0, of its letters."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def read_date(serial: float, *, since_1904: bool) -> datetime | time | None:
    """The moment that a date format shows for a number; a time of day below 1.

    To the millisecond, as Excel keeps it. None beyond the calendar.

    Args:
        serial: days since the first day.
        since_1904: whether day 0 is 1 January 1904.
    """
    if not 0 <= serial < MOST_DAYS:
        return None
    ms = int(serial * 86_400_000 + 0.5)
    if ms < 86_400_000:
        return (FIRST_DAY_1904 + timedelta(milliseconds=ms)).time()
    # Excel counts a 29 February 1900, which was none: before it the days run one behind.
    early = not since_1904 and serial < 60
    first = FIRST_DAY_1904 if since_1904 else FIRST_DAY_1900
    return first + timedelta(milliseconds=ms) + (DAY if early else timedelta())


class SheetParser:
    """The events of a sheet's XML into cells; `parser` is to be fed."""

    def __init__(
        self, name: str, shared: list[str], formats: CellFormats, *, since_1904: bool
    ) -> None:
        """Set out with no cell.

        Args:
            name: the file.
            shared: the shared texts.
            formats: the cell styles.
            since_1904: whether day 0 is 1 January 1904.
        """
        self.cells = SheetCells()
        self._name, self._shared, self._kinds = name, shared, formats.kinds
        self._since_1904 = since_1904
        self._row, self._column = 0, -1  # where we stand
        self._seen: set[int] = set()  # rows
        self._in_row: set[int] = set()  # columns
        self._in_sheet = False
        self._in_cell = self._in_guide = self._in_inline = self._has_value = False
        self._formula: str | None = None
        self._kind, self._style = "n", 0
        self._text: list[str] | None = None  # what is being collected
        self._length = 0
        self._value = ""
        self.parser = parser_for(name)
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._said

    def _start(self, full: str, said: dict[str, str]) -> None:
        name = NAMES.get(full)
        if not self._in_sheet:
            if name != "worksheet":
                raise damaged(self._name, t("the part of the sheet is no worksheet"))
            self._in_sheet = True
        if self._text is not None or (name in ("row", "c") and self._in_cell):
            cell = cell_name(self._row, self._column)
            raise damaged(self._name, t("within the cell {cell} stands another element", cell=cell))
        if name is None:
            return
        if name == "c":
            self._start_cell(said)
        elif name == "row":
            self._start_row(said)
        elif name == "mergeCell":
            self.cells.merged.append(self._block(said.get("ref", "")))
        elif self._in_cell:
            if name in ("is", "v"):
                if self._has_value:
                    cell = cell_name(self._row, self._column)
                    raise damaged(self._name, t("the cell {cell} holds two values", cell=cell))
                self._in_inline = self._has_value = name == "is"
            if name == "rPh":
                self._in_guide = True
            elif name in ("v", "f") or (name == "t" and self._in_inline and not self._in_guide):
                self._text, self._length = [], 0

    def _said(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)
            self._length += len(text)
            if self._length + len(self._value) > MOST_CHARACTERS:
                raise long_cell(self._name, cell_name(self._row, self._column))

    def _end(self, full: str) -> None:
        name = NAMES.get(full)
        if name is None or not self._in_cell:
            return
        if name == "c":
            self._end_cell()
        elif name == "rPh":
            self._in_guide = False
        elif name == "is":
            self._in_inline = False
        elif self._text is not None:
            text = "".join(self._text)
            self._text = None
            if name == "f":
                self._formula = text
            else:
                self._value += text
                self._has_value = self._has_value or bool(text)

    def _start_row(self, said: dict[str, str]) -> None:
        number = said.get("r")
        if number is None:
            self._row += 1
        elif number.isdecimal() and 0 < int(number) <= MOST_ROWS_OF_SHEET:
            self._row = int(number)
        else:
            raise damaged(self._name, t("a row has the number {said!r}", said=number[:20]))
        if self._row in self._seen:
            raise InputError(
                "table.row_twice",
                "two rows of the sheet have the number {row}",
                where=self._name,
                mend="open the workbook in Excel and save it, then look at that row",
                row=self._row,
            )
        self._seen.add(self._row)
        self._column = -1
        self._in_row = set()
        if said.get("hidden") in ("1", "true") or said.get("ht") == "0":
            self.cells.hidden.add(self._row)

    def _start_cell(self, said: dict[str, str]) -> None:
        ref = said.get("r")
        if ref is None:
            self._column += 1
        else:
            found = REF.fullmatch(ref)
            if found is None:
                raise damaged(self._name, t("a cell has the name {said!r}", said=ref[:20]))
            if int(found[2]) != self._row:
                raise damaged(
                    self._name, t("the cell {cell} stands in row {row}", cell=ref, row=self._row)
                )
            self._column = column_of(found[1])
        if self._column in self._in_row:
            cell = cell_name(self._row, self._column)
            raise damaged(self._name, t("it holds the cell {cell} twice", cell=cell))
        self._in_row.add(self._column)
        self._in_cell, self._has_value, self._formula = True, False, None
        self._kind = said.get("t", "n")
        style = said.get("s", "0")
        self._style = int(style) if style.isdecimal() else 0
        self._value = ""

    def _end_cell(self) -> None:
        self._in_cell = self._in_guide = self._in_inline = False
        if not self._has_value and self._formula is None:
            return
        place = self._row, self._column
        if self._column >= MOST_COLUMNS:
            raise InputError(
                "table.columns",
                "the sheet has more than {most} columns: its cell {cell} is not empty",
                where=self._name,
                mend="delete the columns that do not belong to the table",
                most=f"{MOST_COLUMNS:,}",
                cell=cell_name(*place),
            )
        if not self._has_value:
            if self._kind == "str":  # a formula whose value is the empty text
                return
            self.cells.formulas[place] = "=" + (self._formula or "")
        elif self._kind == "e":
            self.cells.errors[place] = self._value
        elif (value := self._typed(place)) != "":
            rows, values = self.cells.columns.setdefault(self._column, ([], []))
            rows.append(self._row)
            values.append(value)
        else:
            return
        if not self.cells.rows or self.cells.rows[-1] != self._row:
            self.cells.rows.append(self._row)

    def _typed(self, place: Cell) -> Value:
        """The value of a cell by its type."""
        text = self._value
        if self._kind == "s":
            if not text.strip().isdecimal() or int(text) >= len(self._shared):
                raise self._no_value(text, place)
            return self._shared[int(text)]
        if self._kind in ("inlineStr", "str"):
            return unescaped(text)
        if self._kind == "b":
            return text.strip() in ("1", "true")
        if self._kind == "d":
            try:
                return datetime.fromisoformat(text.strip()).replace(tzinfo=None)
            except ValueError:
                raise self._no_value(text, place) from None
        if self._kind != "n" or NUMBER.fullmatch(text.strip()) is None:
            raise self._no_value(text, place)
        return self._number(text.strip(), place)

    def _number(self, text: str, place: Cell) -> Value:
        number = float(text)
        if number in (float("inf"), float("-inf")):
            raise self._no_value(text, place)
        kind = self._kinds[self._style] if self._style < len(self._kinds) else "number"
        if kind == "duration":
            if abs(number) < MOST_DAYS:
                return timedelta(milliseconds=int(number * 86_400_000 + 0.5))
            return number
        if kind == "date":
            moment = read_date(number, since_1904=self._since_1904)
            return number if moment is None else moment
        if abs(number) >= 10**EXACT_DIGITS and number == int(number):
            self.cells.long_numbers[place] = text
            return text
        return number

    def _no_value(self, text: str, place: Cell) -> InputError:
        return damaged(
            self._name,
            t("the cell {cell} holds {said!r}, which is no value of its kind",
              cell=cell_name(*place), said=text[:20]),
        )  # fmt: skip

    def _block(self, ref: str) -> Block:
        first, _, last = ref.partition(":")
        corners = [REF.fullmatch(one) for one in (first, last or first)]
        if corners[0] is None or corners[1] is None:
            raise damaged(self._name, t("merged cells have the name {said!r}", said=ref[:20]))
        rows = sorted(int(one[2]) for one in corners if one)
        columns = sorted(column_of(one[1]) for one in corners if one)
        return rows[0], rows[1], columns[0], columns[1]
