"""Quotation marks of a CSV file of readings, checked before it is parsed.

pyarrow takes everything up to the next mark as one cell, so that a stray mark swallows
readings without a word. Files without any mark, as monitors write them, cost one look.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from permits.errors import InputError

LOOKED_AT = 2**20  # bytes looked at together for a mark (assumed)


def check_quotation(path: Path, encoding: str, separator: str, width: int) -> None:
    """Refuse a quotation mark that is not closed where its cell ends.

    Args:
        path: the file.
        encoding: its encoding.
        separator: sign between its cells.
        width: columns of its table: a line of that many cells within a quoted cell is a row.
    Raises: InputError naming the row in which the mark opens.
    """
    if not _has_mark(path):
        return
    begins = 0

    def lines(file: io.TextIOBase) -> Iterator[str]:
        nonlocal begins
        for number, line in enumerate(file, start=1):
            if begins or '"' in line:
                begins = begins or number
                yield line

    with path.open(encoding=encoding, errors="replace", newline="") as file:
        try:
            for cells in csv.reader(lines(file), delimiter=separator, strict=True):
                within = (line for cell in cells if "\n" in cell for line in cell.split("\n"))
                if any(line.count(separator) >= width - 1 for line in within):
                    raise _stray(path, begins)
                begins = 0
        except csv.Error as error:
            raise _stray(path, begins) from error


def _has_mark(path: Path) -> bool:
    with path.open("rb") as file:
        return any(b'"' in part for part in iter(lambda: file.read(LOOKED_AT), b""))


def _stray(path: Path, row: int) -> InputError:
    return InputError(
        "meter.quotation",
        "the quotation mark that opens in row {row} is not closed at the end of its cell",
        where=f"{path.name}, row {row}",
        mend="close it or remove it; a mark that is part of a text is written twice",
        row=row,
    )
