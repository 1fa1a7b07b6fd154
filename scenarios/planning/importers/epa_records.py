"""Records of EPA's comma-separated files: line numbers and errors kept, nothing guessed.

The files have many authors: a byte-order mark or Latin-1, lines that begin with `#`
before the header, headings in any case, empty columns at the end, texts over several
lines, numbers changed by a spreadsheet (`37.0`, a state `1` for `01`).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from permits.errors import InputError, ManyErrors, RightsError

TEXTS = {
    "cmname": "the measure has no name",
    "cmabbreviation": "the record has no abbreviation of its measure",
    "pollutant": "the record has no pollutant",
    "poll": "the record has no pollutant",
    "scc": "the record has no source class (SCC)",
    "fips": "the record has no county (FIPS)",
}
THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?(?:[eE][+-]?\d+)?")
DATE_FORMS = ("%m/%d/%Y", "%Y-%m-%d", "%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True, slots=True)
class EpaRecord:
    """The cells of one record by normalised heading, and its place in the file."""

    cells: Mapping[str, str]
    where: str  # "CMSummary.csv, row 3"
    separator: str = ","
    fields: int = 0  # cells that the record has


@dataclass(frozen=True, slots=True)
class EpaFile:
    """A file that was read; `encoding` is `utf-8`, `utf-16` or `cp1252`."""

    name: str
    columns: tuple[str, ...]  # lower case, without blanks and underscores
    records: tuple[EpaRecord, ...]
    encoding: str


def read_records(path: Path) -> EpaFile:
    """Read a file with a header line.

    Raises: InputError for a missing file.
    """
    text, encoding = decode(path)
    rows = [
        (line, cells) for line, cells in rows_with_lines(text, path.name) if not _comment(cells)
    ]
    if not rows:
        return EpaFile(path.name, (), (), encoding)
    columns = tuple(normal(title) for title in rows[0][1])
    records = tuple(
        EpaRecord(
            {c: cell.strip() for c, cell in zip(columns, cells, strict=False) if c},
            f"{path.name}, row {line}",
        )
        for line, cells in rows[1:]
    )
    return EpaFile(path.name, columns, records, encoding)


def decode(path: Path) -> tuple[str, str]:
    """Text of a file and its encoding; anything but Unicode is read as Windows Latin-1.

    Raises: InputError for a missing file.
    """
    if not path.is_file():
        raise InputError(
            "epa.file",
            "the file {name} does not exist",
            where=str(path),
            mend="check its path and name",
            name=path.name,
        )
    data = path.read_bytes()
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):  # the mark of a spreadsheet's "Unicode text"
        return data.decode("utf-16", errors="replace"), "utf-16"
    try:
        return data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        # Five bytes are undefined in Windows Latin-1; descriptions may lose them.
        return data.decode("cp1252", errors="replace"), "cp1252"


def file_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines of a file by number, with their line breaks; form feeds and the like break none."""
    return enumerate(io.StringIO(text, newline=""), start=1)


def rows_with_lines(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Non-empty rows, each with its first line number; quoted texts may span lines.

    Lines that begin with `#` between rows are remarks: they are never parsed, so that a
    quotation mark in one swallows no row.

    Args:
        text: the file's text.
        name: name of the file, for errors.
    Raises: InputError for a quotation mark that is not closed, with the row it opens in.
    """
    begins = 0

    def lines() -> Iterator[str]:
        nonlocal begins
        for number, line in file_lines(text):
            if begins == 0 and line.lstrip().startswith("#"):
                continue
            begins = begins or number
            yield line

    reader = csv.reader(lines(), strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begins, cells
            begins = 0
    except csv.Error as error:
        raise quotation_error(f"{name}, row {begins}") from error


def quotation_error(where: str) -> InputError:
    """The error for quotation marks that do not enclose a whole cell."""
    return InputError(
        "epa.quotation",
        "a quotation mark is not closed, or text follows the closing one",
        where=where,
        mend="close it at the end of its cell, or write it twice where it is part of the text",
    )


def normal(title: str) -> str:
    """A heading without case, blanks and underscores: `Effective Date` is `effectivedate`."""
    return title.strip().lower().replace(" ", "").replace("_", "")


def _comment(cells: Sequence[str]) -> bool:
    return cells[0].lstrip().startswith("#")


class Cells:
    """Reads the cells of one record; errors are added to `mistakes`, and reading goes on."""

    def __init__(self, record: EpaRecord, mistakes: list[RightsError]) -> None:
        self.where = record.where
        self.record = record
        self._cells = record.cells
        self._mistakes = mistakes

    def text(self, column: str) -> str:
        """The text of a cell; empty where the record is too short."""
        return self._cells.get(column, "")

    def code(self, column: str) -> str:
        """A code of digits that may have been a number in a spreadsheet: no `.0`."""
        text = self.text(column)
        return text[:-2] if text.endswith(".0") else text

    def needed(self, column: str) -> str:
        """A required text; if it is missing, the error is that of `TEXTS`."""
        text = self.text(column)
        if not text:
            self.tell(
                InputError(
                    "epa.blank",
                    TEXTS[column],
                    where=f"{self.where}, column {column}",
                    mend="fill it in, or leave the record out",
                )
            )
        return text

    def number(self, column: str) -> Decimal | None:
        """A number, with or without `%`, `$` and thousands commas; None if empty or invalid.

        A comma that does not part thousands, or any where semicolons separate the cells,
        might be a decimal comma: it is an error.
        """
        text = self.text(column).rstrip("%").strip().lstrip("$")
        if not text:
            return None
        try:
            if "," in text and (self.record.separator == ";" or not THOUSANDS.fullmatch(text)):
                raise InvalidOperation
            number = Decimal(text.replace(",", ""))
            if not number.is_finite():
                raise InvalidOperation
        except InvalidOperation:
            self.tell(
                InputError(
                    "epa.number",
                    "{said!r} is not a number",
                    where=f"{self.where}, column {column}",
                    mend="write a plain number, or leave the cell empty",
                    said=self.text(column),
                )
            )
            return None
        return number

    def day(self, column: str) -> date | None:
        """A date; None if empty or invalid."""
        text = self.text(column)
        if not text:
            return None
        for form in DATE_FORMS:
            try:
                # A calendar date: no clock and no zone is meant.
                return datetime.strptime(text, form).date()  # noqa: DTZ007
            except ValueError:
                continue
        self.tell(
            InputError(
                "epa.date",
                "{said!r} is not a date",
                where=f"{self.where}, column {column}",
                mend="write it as 2017-12-31 or 12/31/2017",
                said=text,
            )
        )
        return None

    def tell(self, mistake: RightsError) -> None:
        """Add an error, to be raised with all others."""
        self._mistakes.append(mistake)


def require_columns(file: EpaFile, needed: Sequence[str], mistakes: list[RightsError]) -> None:
    """Add an error for each required column that the file does not have.

    Args:
        file: the file.
        needed: normalised headings.
        mistakes: the list to which errors are added.
    """
    for column in needed:
        if column not in file.columns:
            mistakes.append(
                InputError(
                    "epa.column",
                    "the column {column} is missing",
                    where=f"{file.name}, header",
                    mend="add it; the file has: {known}",
                    column=column,
                    known=", ".join(c for c in file.columns if c) or "nothing",
                )
            )


def raise_all(mistakes: Sequence[RightsError]) -> None:
    """Raise all errors collected so far together, if there are any."""
    if mistakes:
        raise ManyErrors(mistakes)
