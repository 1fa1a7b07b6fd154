"""CSV, Excel and standard input, block by block."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv

from permits.metering import Chunk, RowReason
from scenarios.intake.cells import read_cells
from scenarios.intake.encodings import decode_text
from scenarios.monitoring.files.headings import find_layout, has_headings
from scenarios.monitoring.files.quotation import check_quotation
from scenarios.monitoring.files.reader import IntArray, Reader, stopped_at
from scenarios.text import t

BLOCK = 16 * 2**20  # bytes parsed at once: bounds memory (assumed)
LOOKED_AT = 2**16  # bytes read for encoding, headings and line length (assumed)
ABOVE = 10  # rows that may stand above the headings: titles and notes (assumed)
EXCEL_ROWS = 100_000  # of one chunk: bounds memory (assumed)


class CsvFile:
    """A CSV file, in any encoding that tables may have."""

    def __init__(self, path: Path) -> None:
        self.name, self._path = path.name, path
        self.notices: list[str] = []
        with path.open("rb") as file:
            first = file.read(LOOKED_AT)
        whole = len(first) < LOOKED_AT
        text, self._encoding = decode_text(_to_line_end(first, whole), self.name)
        self._separator = _separator(text)
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=self._separator))
        self._above = _place_of_headings(lines)
        headings = lines[self._above] if lines else []
        self._layout = find_layout(self.name, headings)
        self._width = len(headings)
        self.pollutants = self._layout.pollutants
        self._has_body = not whole or any(map(any, lines[self._above + 1 :]))
        self._line_length = max(len(first) // max(len(lines), 1), 1)
        if self._encoding != "utf-8":
            self.notices.append(f"{self.name}: {self._encoding}")
        if self._separator != ",":
            self.notices.append(
                t("{file}: cells are separated by semicolons" if self._separator == ";" else
                  "{file}: cells are separated by tabs", file=self.name)
            )  # fmt: skip

    def see_totals(self) -> None:
        """Read reported masses too, under names of their own."""
        self._layout = self._layout.with_totals()
        self.pollutants = self._layout.pollutants

    @property
    def rows(self) -> int:
        """Estimated number of readings."""
        return self._path.stat().st_size // self._line_length

    def chunks(self, reader: Reader) -> Iterator[Chunk]:
        """The readings, in order of rows; rows with too few cells are excluded.

        Raises: InputError for a quotation mark that would swallow readings.
        """
        if not self._has_body:
            return
        check_quotation(self._path, self._encoding, self._separator, self._width)
        with self._path.open("rb") as file:
            yield from self._chunks(file, reader)

    def _chunks(self, file: BinaryIO, reader: Reader) -> Iterator[Chunk]:
        broken: list[int] = []

        def skip(row: Any) -> str:
            broken.append(row.number)
            if row.text.strip():
                reader.set_aside(self.name, row.number, "", "", RowReason.UNREADABLE)
            return "skip"

        line = self._above + 2
        try:
            for batch in self._batches(file, skip):
                rows = _line_numbers(line, batch.num_rows, broken)
                line = int(rows[-1]) + 1 if len(rows) else line
                yield reader.chunk(self.name, batch.column, self._layout, rows)
        except (pa.ArrowInvalid, UnicodeDecodeError) as error:
            if "Empty CSV" in str(error):
                return
            raise stopped_at(line, error, where=self.name) from error

    def _batches(self, file: BinaryIO, skip: Any) -> Any:
        """Batches of the file, all cells as texts; `skip` is called with each broken row."""
        names = [str(n) for n in range(self._width)]
        return pyarrow.csv.open_csv(
            file,
            read_options=pyarrow.csv.ReadOptions(
                column_names=names,
                skip_rows=self._above + 1,
                encoding="utf-8" if self._encoding == "utf-8-sig" else self._encoding,
                block_size=BLOCK,
                use_threads=False,
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=self._separator,
                invalid_row_handler=skip,
                newlines_in_values=True,
                ignore_empty_lines=False,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=True,
                check_utf8=False,  # a broken cell is excluded with its row
                null_values=[""],
            ),
        )


class Sheet:
    """An Excel sheet, or CSV on standard input: read whole, since they are small."""

    def __init__(self, path: str) -> None:
        self.name, headings, body, notices = read_cells(path)
        self.notices = list(notices)
        numbered = [(1, headings), *body]
        above = _place_of_headings([cells for _, cells in numbered[: ABOVE + 1]])
        headings = numbered[above][1]
        self._layout = find_layout(self.name, headings)
        self._width = len(headings)
        self._body = [row for row in numbered[above + 1 :] if any(c.strip() for c in row[1])]
        self.pollutants = self._layout.pollutants

    def see_totals(self) -> None:
        """Read reported masses too, under names of their own."""
        self._layout = self._layout.with_totals()
        self.pollutants = self._layout.pollutants

    @property
    def rows(self) -> int:
        """Number of readings."""
        return len(self._body)

    def chunks(self, reader: Reader) -> Iterator[Chunk]:
        """The readings, in order of rows."""
        for begin in range(0, len(self._body), EXCEL_ROWS):
            part = self._body[begin : begin + EXCEL_ROWS]
            columns = [
                pa.array([_cell(cells, n) for _, cells in part], pa.string())
                for n in range(self._width)
            ]
            rows = np.array([number for number, _ in part], np.int64)
            yield reader.chunk(self.name, columns.__getitem__, self._layout, rows)


def _separator(text: str) -> str:
    """The sign between cells: the one by which a row near the top has headings."""
    first = list(itertools.islice(io.StringIO(text, newline=""), ABOVE + 1))
    for sign in ";\t":
        if any(has_headings(cells) for cells in csv.reader(first, delimiter=sign)):
            return sign
    return ","


def _place_of_headings(lines: list[list[str]]) -> int:
    """The row that names outlet and time, else the first."""
    return next((n for n, cells in enumerate(lines[: ABOVE + 1]) if has_headings(cells)), 0)


def _to_line_end(first: bytes, whole: bool) -> bytes:
    """Up to the last line that is complete, so that no sign is cut in two."""
    if whole or b"\n" not in first:
        return first
    end = first.rindex(b"\n") + 1
    return first[: end + end % 2] if first[:2] in (b"\xff\xfe", b"\xfe\xff") else first[:end]


def _line_numbers(line: int, count: int, broken: list[int]) -> IntArray:
    """The lines of `count` good rows from `line` on."""
    lines = np.arange(line, line + count + len(broken), dtype=np.int64)
    return lines[~np.isin(lines, broken)][:count] if broken else lines


def _cell(cells: list[str], n: int) -> str | None:
    text = cells[n].strip() if n < len(cells) else ""
    return text or None
