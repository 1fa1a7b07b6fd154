"""CSV as a grid: fast where quotation marks stand as they should, strict where one does not.

Rows are numbered by the file's own lines, empty lines included.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import zip_longest
from typing import NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from permits.errors import InputError
from scenarios.intake.arrow_arrays import numbers, text_array
from scenarios.intake.cell_grid import MOST_CHARACTERS, MOST_COLUMNS, Grid, IntArray
from scenarios.intake.encodings import decode_text
from scenarios.intake.memory import check_memory
from scenarios.text import t

LOOKED_AT = 2**16  # characters that show the separator (assumed)
LINES_LOOKED_AT = 11  # a heading may have ten rows above it
BLOCK = 4 * 2**20  # bytes parsed at once by one thread (assumed: some milliseconds)
ROWS_AT_ONCE = 2**16  # of a file with quotation marks: bounds memory (assumed)
SEPARATORS = ",;\t，"
"""Signs that may part columns, the usual one first."""
WORDS = {
    ";": "{file}: the columns are separated by semicolons",
    "\t": "{file}: the columns are separated by tabs",
    "，": "{file}: the columns are separated by full-width commas",
}
"""What is said about an unusual separator."""
TEXTS = {
    "table.mark_open": "a quotation mark opens here and is not closed",
    "table.mark_text": "a quotation mark opens here, and text follows the one that closes it",
    "table.mark_rows": "a quotation mark opens here, and whole rows stand before the one that "
    "closes it",
}
"""What is wrong with a quotation mark, by the error's code."""
SEP_LINE = re.compile(r"sep=(.)(?:\r\n|\n|\r|$)", re.IGNORECASE)
"""A first line that only tells Excel the separator."""
LINE_END = re.compile(r"\r\n|\r|\n")


def csv_grid(data: bytes, name: str) -> Grid:
    """The cells of a CSV file.

    Args:
        data: the file.
        name: how errors call it.
    Raises: InputError for an unknown encoding, a quotation mark that is not closed or
        followed by text, a cell that swallows rows or is too long.
    """
    check_memory(data.count(b"\n"), name)
    text, encoding = decode_text(data, name)
    notices = [] if encoding == "utf-8" else [f"{name}: {encoding}"]
    first, stated = 1, SEP_LINE.match(text)
    separator = stated[1] if stated else _separator_of(text)
    if stated:
        first, text = 2, text[stated.end() :]
    if separator in WORDS:
        notices.append(t(WORDS[separator], file=name))
    parsed = None
    if separator.isascii():
        whole = data if encoding == "utf-8" and not stated else text.encode("utf-8")
        if '"' not in text:
            parsed = _unquoted(whole, separator.encode(), name, first)
        elif is_tidy(whole, separator.encode()):
            parsed = _quoted(whole, separator.encode(), first)
    columns, row, width = parsed or _Quoted(text, separator, name, first).read()
    _check_length(columns, row, name)
    return Grid(name, columns, row, notices=tuple(notices), width=width)


def _separator_of(text: str) -> str:
    """The sign that parts the first lines into the same number of columns most often."""
    lines = [
        re.sub(r'"[^"]*"?', "", line) for line in LINE_END.split(text[:LOOKED_AT]) if line.strip()
    ]
    best, most = ",", (0, 0)
    for separator in SEPARATORS:
        counts = Counter(line.count(separator) for line in lines[:LINES_LOOKED_AT])
        count, lines_with = max(
            ((count, often) for count, often in counts.items() if count),
            key=lambda one: (one[1], one[0]),
            default=(0, 0),
        )
        if (lines_with, count) > most:
            best, most = separator, (lines_with, count)
    return best


Parsed = tuple[tuple[pa.Array, ...], IntArray, "IntArray | None"]
"""Columns, numbers of the rows, and cells of each row where they differ."""


def _unquoted(data: bytes, separator: bytes, name: str, first: int) -> Parsed:
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        table = _parsed(data, separator, BLOCK)
    except pa.ArrowInvalid:  # rows of unequal length, or an empty one
        return _uneven(data, separator, name, first)
    row = np.arange(first, first + table.num_rows, dtype=np.int64)
    return tuple(pa.concat_arrays(column.chunks) for column in table.columns), row, None


def is_tidy(data: bytes, separator: bytes) -> bool:
    """Whether every quotation mark opens or closes a whole cell of one line, or is doubled.

    Args:
        data: the file, its lines ended by any of the three signs.
        separator: one byte.
    """
    signs = np.frombuffer(data, np.uint8)
    mark, ends = signs == ord('"'), (signs == ord("\n")) | (signs == ord("\r"))
    places = np.flatnonzero(mark)
    edge = ends | mark | (signs == separator[0])
    before, after = np.append(True, edge[:-1]), np.append(edge[1:], True)
    return bool(
        len(places) % 2 == 0
        and before[places[::2]].all()
        and after[places[1::2]].all()
        # As many marks before the end of each line as to open and close what they open.
        and (np.searchsorted(places, np.flatnonzero(ends)) % 2 == 0).all()
    )


def _quoted(data: bytes, separator: bytes, first: int) -> Parsed | None:
    """A file with tidy marks; None where its rows are of unequal length."""
    data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        table = _parsed(data, separator, BLOCK, quoted=True)
    except pa.ArrowInvalid:
        return None
    if table.num_columns > MOST_COLUMNS:
        return None
    row = np.arange(first, first + table.num_rows, dtype=np.int64)
    return tuple(pa.concat_arrays(column.chunks) for column in table.columns), row, None


def _parsed(data: bytes, separator: bytes, block: int, *, quoted: bool = False) -> pa.Table:
    head = data[: data.find(b"\n")] if b"\n" in data else data
    if not data:
        return pa.table({})
    parts = next(csv.reader([head.decode()], delimiter=separator.decode())) if quoted else None
    count = len(parts) if parts is not None else head.count(separator) + 1
    names = [str(n) for n in range(count)]
    return pyarrow.csv.read_csv(
        pa.BufferReader(data),
        read_options=pyarrow.csv.ReadOptions(
            # A file of one block is read sooner than threads are started.
            column_names=names,
            block_size=block,
            use_threads=len(data) > block,
        ),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=separator.decode(),
            quote_char='"' if quoted else False,
            ignore_empty_lines=False,
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=True,
            null_values=[""],
            check_utf8=False,  # decoded before
        ),
    )


def _uneven(data: bytes, separator: bytes, name: str, first: int) -> Parsed:
    """Rows of unequal length: short ones are filled up, empty ones left out but counted."""
    lines = [(n, line) for n, line in enumerate(data.split(b"\n"), first) if line.strip()]
    blanks = b" " + separator
    full = [line.rstrip(blanks).count(separator) + 1 for _, line in lines]
    most = max(full, default=0)
    if most > MOST_COLUMNS:
        raise _too_wide(most, name, lines[full.index(most)][0])
    width = [line.count(separator) + 1 for _, line in lines]
    evened = [
        line + separator * (most - own)
        if own <= most
        else separator.join(line.split(separator)[:most])
        for (_, line), own in zip(lines, width, strict=True)
    ]
    longest = max(map(len, evened), default=0)
    table = _parsed(b"\n".join(evened), separator, max(BLOCK, 2 * longest))
    columns = tuple(pa.concat_arrays(column.chunks) for column in table.columns)
    return columns, np.array([n for n, _ in lines], np.int64), np.array(width, np.int64)


def _too_wide(count: int, name: str, row: int) -> InputError:
    return InputError(
        "table.columns",
        "the row has {count} cells; at most {most} are read",
        where=f"{name}, row {row}",
        mend="remove the columns that are not needed",
        count=f"{count:,}",
        most=f"{MOST_COLUMNS:,}",
    )


def _check_length(columns: tuple[pa.Array, ...], row: IntArray, name: str) -> None:
    for column in columns:
        # Bytes first: no text has more characters than bytes, and most are far shorter.
        if (pc.max(pc.binary_length(column)).as_py() or 0) <= MOST_CHARACTERS:
            continue
        length = numbers(pc.utf8_length(column))
        if length.max() > MOST_CHARACTERS:
            raise _too_long(name, int(row[int(length.argmax())]))


def _too_long(name: str, row: int) -> InputError:
    return InputError(
        "table.long",
        "a cell has more than {most} characters",
        where=f"{name}, row {row}",
        mend="shorten it; if a quotation mark opens there, close it",
        most=f"{MOST_CHARACTERS:,}",
    )


class _Quoted:
    """CSV with quotation marks, read strictly, line by line."""

    def __init__(self, text: str, separator: str, name: str, first: int) -> None:
        self._text, self._separator = text, separator
        self._name, self._first = name, first
        self._held: list[str] = []  # lines of the row being read
        self._broken: list[tuple[int, list[str]]] = []  # rows with a line break in a cell

    def read(self) -> Parsed:
        """Columns, rows and their cells.

        Raises: InputError for a mark that is not closed, is followed by text, or swallows rows.
        """
        columns: list[list[pa.Array]] = []
        rows: list[int] = []
        width: list[int] = []
        block: list[list[str]] = []
        for number, cells in self._rows():
            rows.append(number)
            width.append(len(cells))
            block.append(cells)
            if len(block) == ROWS_AT_ONCE:
                self._add(columns, block, len(rows) - len(block))
                block = []
        self._add(columns, block, len(rows) - len(block))
        self._check_broken(Counter(width))
        whole = tuple(
            pa.concat_arrays([*own, pa.nulls(len(rows) - sum(map(len, own)), pa.string())])
            for own in columns
        )
        even = len(set(width)) <= 1
        return whole, np.array(rows, np.int64), None if even else np.array(width, np.int64)

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader(self._lines(), delimiter=self._separator, strict=True)
        start = self._first
        try:
            for cells in reader:
                if len(self._held) > 1:
                    self._broken.append((start, cells))
                if cells:
                    if len(cells) > MOST_COLUMNS and any(cells[MOST_COLUMNS:]):
                        raise _too_wide(len(cells), self._name, start)
                    yield start, cells[:MOST_COLUMNS]
                start = self._first + reader.line_num
                self._held.clear()
        except csv.Error as error:
            self._refuse(error, start)

    def _lines(self) -> Iterator[str]:
        for line in io.StringIO(self._text, newline=""):
            self._held.append(line)
            yield line

    @staticmethod
    def _add(columns: list[list[pa.Array]], block: list[list[str]], before: int) -> None:
        for place, column in enumerate(zip_longest(*block)):
            if place == len(columns):
                columns.append([pa.nulls(before, pa.string())] if before else [])
            missing = before - sum(map(len, columns[place]))
            if missing:
                columns[place].append(pa.nulls(missing, pa.string()))
            columns[place].append(text_array(column))

    def _check_broken(self, widths: Counter[int]) -> None:
        """Refuse a cell over several lines that holds a row, or as many separators as its rows."""
        if not self._broken or not widths:
            return
        parts = max(widths, key=lambda one: (widths[one], one)) - 1
        for start, cells in self._broken if parts else []:
            line = start
            for cell in cells:
                lines = LINE_END.split(cell)
                if len(lines) > 1 and (
                    any(one.count(self._separator) >= parts for one in lines)
                    or cell.count(self._separator) >= parts * (len(lines) - 1)
                ):
                    raise self._error("table.mark_rows", line)
                line += len(lines) - 1

    def _refuse(self, error: csv.Error, start: int) -> NoReturn:
        if "field larger" in str(error):
            raise _too_long(self._name, start) from error
        row = start + _lines_before_mark("".join(self._held), self._separator)
        code = "table.mark_text" if "expected after" in str(error) else "table.mark_open"
        raise self._error(code, row) from error

    def _error(self, code: str, row: int) -> InputError:
        return InputError(
            code,
            TEXTS[code],
            where=f"{self._name}, row {row}",
            mend='remove the mark, close it, or double it within a cell: "2"" pipe"',
        )


def _lines_before_mark(record: str, separator: str) -> int:
    """Line breaks before the mark that opens the cell at fault, the last one opened."""
    opened, begins, inside, n = 0, True, False, 0
    while n < len(record):
        sign = record[n]
        if inside and sign == '"':
            if record[n + 1 : n + 2] == '"':
                n += 1
            elif record[n + 1 : n + 2] not in ("", separator, "\r", "\n"):
                break
            else:
                inside = False
        elif not inside:
            if begins and sign == '"':
                opened, inside = n, True
            begins = sign in (separator, "\r", "\n")
        n += 1
    return len(LINE_END.findall(record[:opened]))
