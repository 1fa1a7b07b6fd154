"""Tables as people make them: CSV in any encoding, Excel, Parquet, standard input, data frames.

All mistakes of a file are reported together, each with file, row and column; nothing is
guessed, filled in or clipped.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Any

from permits.errors import InputError, ManyErrors, RightsError
from permits.quantity import MG_PER_T, parse_mass_mg
from scenarios.intake.cells import TableInput, read_cells
from scenarios.intake.columns import ReadTable, Row
from scenarios.intake.fields import ENGLISH, MASS_SUFFIXES, PERCENT, WAN, Field
from scenarios.intake.numerals import Readings, plain_heading
from scenarios.intake.suggest import nearest

ABOVE = 10  # rows that may stand above the headings
MOST_TOLD = 50  # mistakes of one file printed one by one

MOST_MG = 10**9 * MG_PER_T  # of one cell: more than any country emits of a pollutant
MOST_NUMBER = 10**15  # below 2**53, so a float keeps every whole number
MOST_DECIMALS = 30  # larger exponents would not fit in memory as whole numbers (assumed)
TEXTS = {
    "count": "write a whole number",
    "money": "write a plain number of yuan; for 万元 name the column annual_cost_10k_yuan",
    "number": "write a plain number",
    "share": "write a share from 0 to 1, or a percentage with its sign: 0.72 or 72%",
}
"""Remedies for texts that are not numbers, by kind of field."""


def read_table(path: TableInput, fields: Sequence[Field]) -> ReadTable:
    """Read a table; columns beyond `fields` are kept as text.

    Args:
        path: `.csv`, `.xlsx` (first sheet, or `FILE.xlsx#sheet`), `.parquet`, or `-`
            for CSV on standard input; or a data frame.
        fields: the known columns.
    Raises: ManyErrors with every mistake: an empty table, a column missing, a text
        where a number belongs, a negative mass.
    """
    name, header, body, notices = read_cells(path)
    readings = Readings(name)
    columns, body = _headings(header, body, fields, readings)
    units = _units(columns, fields)
    columns = [units.get(column, (column, ""))[0] for column in columns]
    # Headings before rows: a missing column would otherwise be a mistake of every row.
    _check_header(name, columns, fields)
    rows, mistakes = [], []
    reader = _Reader(name, columns, fields, dict(units.values()), readings)
    for number, cells in body:
        if any(cell.strip() for cell in cells):
            if readings.is_total(_first(columns, cells, fields), f"{name}, row {number}"):
                continue
            row, wrong = reader.row(number, cells)
            rows.append(row)
            mistakes += wrong
    if not rows:
        mistakes.append(
            InputError(
                "table.empty",
                "the table has no rows",
                where=name,
                mend="put at least one row below the headings",
            )
        )
    raise_all(mistakes)
    told = (*notices, *readings.notices())
    return ReadTable.from_rows(rows, fields, columns, told, name=name)


def _headings(
    header: list[str],
    body: Iterator[tuple[int, list[str]]],
    fields: Sequence[Field],
    readings: Readings,
) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """Columns by their English names; a title may stand above the row of headings."""
    columns = _columns(header)
    if _has_required(columns, fields):
        return columns, body
    first = list(itertools.islice(body, ABOVE))
    for n, (_, cells) in enumerate(first):
        lower = _columns(cells)
        if _has_required(lower, fields):
            readings.above = n + 1
            return lower, itertools.chain(first[n + 1 :], body)
    return columns, itertools.chain(first, body)


def _columns(header: Sequence[str]) -> list[str]:
    plain = [plain_heading(title) for title in header]
    return [ENGLISH.get(title, title) for title in plain]


def _has_required(columns: Sequence[str], fields: Sequence[Field]) -> bool:
    names = {_units(columns, fields).get(column, (column, ""))[0] for column in columns}
    return all(field.name in names for field in fields if field.required)


def _first(columns: Sequence[str], cells: Sequence[str], fields: Sequence[Field]) -> str:
    """The cell of the first field, where a row of totals is marked as such."""
    place = columns.index(fields[0].name) if fields[0].name in columns else 0
    return cells[place] if place < len(cells) else ""


def raise_all(mistakes: Sequence[RightsError]) -> None:
    """Raise ManyErrors if there are any mistakes; beyond `MOST_TOLD` they are counted."""
    if not mistakes:
        return
    told = list(mistakes[:MOST_TOLD])
    if len(mistakes) > MOST_TOLD:
        told.append(
            InputError(
                "table.more",
                "and 1 more error in the same file"
                if len(mistakes) == MOST_TOLD + 1
                else "and {count} more errors in the same file",
                mend="correct these first",
                count=f"{len(mistakes) - MOST_TOLD:,}",
            )
        )
    raise ManyErrors(told)


def sha256(path: Path) -> str:
    """SHA-256 of a file, as in a run's manifest."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _units(columns: Iterable[str], fields: Sequence[Field]) -> dict[str, tuple[str, str]]:
    """Columns of masses and money written in another unit: heading to (field, unit)."""
    found = {}
    for field in fields:
        if field.kind == "mass":
            stem = field.name.removesuffix("_t")
            for suffix, unit in MASS_SUFFIXES.items():
                found[stem + suffix] = (field.name, unit)
        elif field.kind == "money":
            found[field.name.removesuffix("_yuan") + WAN] = (field.name, WAN)
        elif field.kind == "share":
            found[field.name + PERCENT] = (field.name, PERCENT)
            found[field.name + "_%"] = (field.name, PERCENT)
    return {column: found[column] for column in columns if column in found}


def _check_header(name: str, columns: Sequence[str], fields: Sequence[Field]) -> None:
    mistakes: list[RightsError] = []
    for field in fields:
        if field.required and field.name not in columns:
            near = nearest(field.name, columns)
            mistakes.append(
                InputError(
                    "table.column",
                    "the column {column!r} is missing",
                    where=f"{name}, row 1",
                    mend="is it {near!r}? the table has: {known}"
                    if near
                    else "add it; the table has: {known}",
                    column=field.name,
                    near=near,
                    known=", ".join(columns) or "nothing",
                )
            )
    for column in sorted({c for c in columns if c and columns.count(c) > 1}):
        mistakes.append(
            InputError(
                "table.twice",
                "the column {column!r} appears twice",
                where=f"{name}, row 1",
                mend="remove one of them",
                column=column,
            )
        )
    raise_all(mistakes)


class _Reader:
    """Rows of one table by their fields."""

    def __init__(
        self,
        name: str,
        columns: Sequence[str],
        fields: Sequence[Field],
        unit_of: dict[str, str],
        readings: Readings,
    ) -> None:
        self._name, self._columns, self._readings = name, columns, readings
        self._fields, self._unit_of = fields, unit_of
        known = {field.name for field in fields}
        self._extra = [column for column in columns if column and column not in known]

    def row(self, number: int, cells: Sequence[str]) -> tuple[Row, list[RightsError]]:
        """A row, and its mistakes."""
        place = f"{self._name}, row {number}"
        gap = [""] * (len(self._columns) - len(cells))
        texts = dict(zip(self._columns, [*cells, *gap], strict=False))
        values: dict[str, Any] = {}
        mistakes: list[RightsError] = []
        if any(cell.strip() for cell in cells[len(self._columns) :]):
            mistakes.append(
                InputError(
                    "table.cells",
                    "the row has {count} cells for {columns} headings",
                    where=place,
                    mend="put cells that contain a comma in quotation marks",
                    count=len(cells),
                    columns=len(self._columns),
                )
            )
        for field in self._fields:
            if field.name not in texts:
                values[field.name] = None
                continue
            try:
                text = texts[field.name].strip()
                values[field.name] = _value(text, field, self._unit_of, place, self._readings)
            except RightsError as error:
                values[field.name] = None
                error.where = f"{place}, column {field.name}"
                mistakes.append(error)
        return Row(values, {c: texts[c].strip() for c in self._extra}, place), mistakes


def _value(text: str, field: Field, unit_of: dict[str, str], where: str, readings: Readings) -> Any:
    if not text:
        if field.blank or (field.kind == "text" and not field.required):
            return None
        raise InputError(
            "table.blank",
            "the cell is empty",
            where=where,
            mend="fill it in, or leave the row out",
        )
    if field.kind == "text":
        return text
    plain = readings.number(text, field.name, where)
    if field.kind == "mass":
        mass = readings.mass(plain, field.name, unit_of.get(field.name, "t"))
        mass_mg = parse_mass_mg(mass, where=where, signed=field.signed)
        return _possible(mass_mg, MOST_MG, text, where)
    if field.kind == "share":
        return _share(plain, unit_of.get(field.name) == PERCENT, where)
    number = _number(plain, field, where)
    return number * 10_000 if unit_of.get(field.name) == WAN else number


def _number(text: str, field: Field, where: str) -> Any:
    try:
        number = Decimal(text)
        # 1e999999999 would not fit in memory as a whole number; it is refused below as too large.
        whole = field.kind != "count" or number.adjusted() > MOST_DECIMALS
        if not number.is_finite() or not (whole or number == int(number)):
            raise InvalidOperation
    except InvalidOperation:
        raise InputError(
            "table.number",
            "{said!r} is not a number",
            where=where,
            mend=TEXTS[field.kind],
            said=text,
        ) from None
    _possible(number, MOST_NUMBER, text, where)
    if field.kind == "count":
        return int(number)
    return number if field.kind == "money" else float(number)


def _share(text: str, in_percent: bool, where: str) -> Fraction:
    """An exact share; a sign for per cent counts once, in the cell or in the heading."""
    digits = text.removesuffix("%").strip()
    try:
        number = Decimal(digits)
        # A share with a thousand decimals is none, and 1e-999999999 would not fit in memory.
        if not number.is_finite() or number.adjusted() < -MOST_DECIMALS:
            raise InvalidOperation
    except InvalidOperation:
        raise InputError(
            "table.number",
            "{said!r} is not a number",
            where=where,
            mend=TEXTS["share"],
            said=text,
        ) from None
    _possible(number, MOST_NUMBER, text, where)
    share = Fraction(number) / (100 if in_percent or text.endswith("%") else 1)
    if not 0 <= share <= 1:
        raise InputError(
            "table.share",
            "{said} is not a share from 0 to 1, or from 0 % to 100 %",
            where=where,
            mend=TEXTS["share"],
            said=text,
        )
    return share


def _possible(amount: Any, most: int, text: str, where: str) -> Any:
    if -most <= amount <= most:
        return amount
    raise InputError(
        "table.large",
        "{said} is larger than any value that is allowed here",
        where=where,
        mend="check the unit of the column",
        said=text,
    )
