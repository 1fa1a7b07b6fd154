"""The rows below the headings as a table: what they hold, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation

import numpy as np

from permits.errors import InputError, RightsError
from scenarios.intake.arrow_arrays import mask_of
from scenarios.intake.cell_grid import BoolArray, Grid, IntArray
from scenarios.intake.cells import as_written
from scenarios.intake.columns import EMPTY, AmountColumn, NumberColumn, ReadTable, TextColumn
from scenarios.intake.exact_sheet import cell_name
from scenarios.intake.fields import MASS_POWERS, Field, Heading, TotalsCheck
from scenarios.intake.meaning.column_values import ColumnReader, Mistakes, rows_of, text_column
from scenarios.intake.meaning.left_out import (
    SURE_OF_DIGITS,
    LeftOut,
    find_left_out,
    total_mistakes,
)
from scenarios.intake.meaning.lookalikes import lookalike_notices
from scenarios.intake.meaning.pollutant_names import PollutantNames, join_pollutants
from scenarios.intake.meaning.sheets import hidden_notices
from scenarios.intake.meaning.table_headings import TableHeadings
from scenarios.intake.numerals import Readings
from scenarios.text import t

FORMULA_SHOWN = 40  # characters of a formula that an error shows (assumed)


@dataclass(slots=True)
class _Columns:
    """The columns read so far, by English name."""

    text: dict[str, TextColumn] = field(default_factory=dict)
    amount: dict[str, AmountColumn] = field(default_factory=dict)
    number: dict[str, NumberColumn] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TableRows:
    """The rows of one table, and its headings."""

    grid: Grid
    headings: TableHeadings
    fields: tuple[Field, ...]

    @classmethod
    def below(cls, grid: Grid, headings: TableHeadings, fields: Sequence[Field]) -> TableRows:
        """The rows below the headings of a grid."""
        begin = headings.begin
        rows = replace(
            grid,
            columns=tuple(column.slice(begin) for column in grid.columns),
            row=grid.row[begin:],
            width=None if grid.width is None else grid.width[begin:],
            hidden=None if grid.hidden is None else grid.hidden[begin:],
        )
        # Beside 基准排放量_吨 a column 基准排放量_来源 is one of text.
        columns = tuple(
            Heading(one.column) if one.field and one.column != one.field.name else one
            for one in headings.columns
        )
        return cls(rows, replace(headings, columns=columns), tuple(fields))

    def read(
        self, totals: TotalsCheck | None, pollutants: PollutantNames | None, *, keep: bool
    ) -> tuple[ReadTable, list[RightsError]]:
        """The table, and the mistakes of its rows.

        Args:
            totals: columns in which a total shows by its value.
            pollutants: how pollutants are called.
            keep: whether columns beyond the fields are used.
        """
        grid, heads = self.grid, self.headings.columns
        texts = {
            n: text_column(grid.columns[n])
            for n, one in enumerate(heads)
            if one.field is None or one.field.kind == "text"
        }
        left = find_left_out(grid.columns, heads, texts, self.fields[0].name)
        kept = left.kept
        row = grid.row[kept]
        readings, found = Readings(grid.name), _Columns()
        mistakes = [self._wide_rows(kept), self._odd_cells(kept)]
        skipped = frozenset((n, error.values["column"]) for n, error in mistakes[1])
        reader = ColumnReader(lambda n: f"{grid.name}, row {row[n]}", readings, skipped)
        for n in self._in_order():
            mistakes.append(self._read_column(n, kept, texts, reader, found))
        joined, twice = join_pollutants(
            grid.name, found.text, self.fields, pollutants, reader.place
        )
        mistakes += [twice, self._totals(totals, found, left)]
        notices = (
            *grid.notices,
            *self.headings.notices(grid.name),
            *left.notices(grid.name, grid.row),
            *readings.notices(),
            *(
                hidden_notices(grid.name, grid.hidden[kept], found.text, found.amount)
                if grid.hidden is not None
                else ()
            ),
            *joined,
            *lookalike_notices(grid.name, self._labels(found.text, keep=keep)),
            *self._unread(found.text, texts, keep=keep),
        )
        columns = tuple(one.column for one in heads)
        table = ReadTable(grid.name, self.fields, columns, text=found.text, amount=found.amount,
                          number=found.number, row=row, notices=notices)  # fmt: skip
        table.left_out = left.rows(grid.row)
        return table, [*rows_of(mistakes), *self._none(row)]

    def _in_order(self) -> list[int]:
        """Places of the columns: fields in their order, then the others; unnamed ones not."""
        place = {one.name: n for n, one in enumerate(self.fields)}
        last = len(place)
        named = [n for n, one in enumerate(self.headings.columns) if one.column]
        return sorted(named, key=lambda n: place.get(self.headings.columns[n].column, last))

    def _read_column(
        self,
        n: int,
        kept: BoolArray,
        texts: Mapping[int, TextColumn],
        reader: ColumnReader,
        found: _Columns,
    ) -> Mistakes:
        """Read one column into `found`; its mistakes."""
        heading = self.headings.columns[n]
        name, cells = heading.column, self.grid.columns[n]
        if n in texts:
            found.text[name] = texts[n].chosen(kept)
            return reader.blanks(found.text[name].code == EMPTY, heading)
        assert heading.field is not None
        cells = cells if kept.all() else cells.filter(mask_of(kept))
        if heading.field.kind in ("mass", "money"):
            found.amount[name], mistakes = reader.amounts(cells, heading)
        else:
            found.number[name], mistakes = reader.numbers(cells, heading)
        return mistakes

    def _wide_rows(self, kept: BoolArray) -> Mistakes:
        """Rows with more cells than headings."""
        width, count = self.grid.width, len(self.headings.said)
        if width is None:
            return []
        place = np.cumsum(kept) - 1
        found: Mistakes = []
        for n in np.flatnonzero(kept & (width > self.headings.width)).tolist():
            beyond = self.grid.columns[self.headings.width : count]
            if any(as_written(column[n].as_py()).strip() for column in beyond):
                error = InputError(
                    "table.cells",
                    "the row has {count} cells for {columns} headings",
                    where=f"{self.grid.name}, row {self.grid.row[n]}",
                    mend="put cells that contain a comma in quotation marks",
                    count=int(width[n]),
                    columns=self.headings.width,
                )
                found.append((int(place[n]), error))
        return found

    def _odd_cells(self, kept: BoolArray) -> Mistakes:
        """Cells of a sheet that hold no value, or not all of their digits."""
        grid, place = self.grid, np.cumsum(kept) - 1
        at = (
            {int(grid.row[n]): int(place[n]) for n in np.flatnonzero(kept).tolist()}
            if (grid.formulas or grid.errors or grid.long_numbers)
            else {}
        )
        found: Mistakes = []
        for cells, make in (
            (grid.formulas, _no_value),
            (grid.errors, _error_cell),
            (grid.long_numbers, _long_number),
        ):
            for (row, column), said in cells.items():
                heading = (
                    self.headings.columns[column]
                    if column < len(self.headings.columns)
                    else Heading("")
                )
                numeric = heading.field is not None and heading.field.kind != "text"
                if row not in at or not heading.column or (make is _long_number and numeric):
                    continue
                cell = cell_name(row, column)
                where = f"{grid.name}, row {row}, column {heading.column} ({cell})"
                found.append((at[row], make(said, where, heading.column)))
        return found

    def _totals(self, check: TotalsCheck | None, found: _Columns, left: LeftOut) -> Mistakes:
        """Rows that add up those above them."""
        if check is None or check.mass not in found.amount:
            return []
        kept, column = left.kept, found.amount[check.mass]
        measure = found.text.get(check.measure)
        may_be = ~column.blank
        if measure is not None:
            may_be &= measure.code == EMPTY
        places = np.flatnonzero(kept)
        keys = found.text.get(check.label), found.text.get(check.pollutant)
        n = [one.column for one in self.headings.columns].index(check.mass)
        power = self.headings.columns[n].power

        def exactness(row: int) -> int:
            text = as_written(self.grid.columns[n][int(places[row])].as_py()).strip()
            return _half_a_digit(text, MASS_POWERS["t"] if power is None else power)

        starts: IntArray = np.cumsum(kept, dtype=np.int64)[left.total]
        wrong: Mistakes = []
        for row, error in total_mistakes(column.value, keys, may_be, starts, exactness):
            number = int(self.grid.row[places[row]])
            error.values["row"] = number
            error.where = f"{self.grid.name}, row {number}, column {check.mass}"
            wrong.append((row, error))
        return wrong

    def _none(self, row: IntArray) -> Iterator[RightsError]:
        if not len(row):
            yield InputError(
                "table.empty",
                "the table has no rows",
                where=self.grid.name,
                mend="put at least one row below the headings",
            )

    def _labels(self, text: Mapping[str, TextColumn], *, keep: bool) -> dict[str, TextColumn]:
        """Columns of names: those of the fields, and the others where they are used."""
        known = {one.name for one in self.fields}
        return {name: column for name, column in text.items() if keep or name in known}

    def _unread(
        self, text: Mapping[str, TextColumn], texts: Mapping[int, TextColumn], *, keep: bool
    ) -> Iterator[str]:
        """A notice of the columns with cells that nothing was read of."""
        known = {one.name for one in self.fields}
        unread = []
        for n, (said, one) in enumerate(
            zip(self.headings.said, self.headings.columns, strict=True), 1
        ):
            if not one.column:
                if texts[n - 1].names:
                    unread.append(t("column {number} without a heading", number=n))
            elif not keep and one.column not in known and text[one.column].names:
                unread.append(said)
        if unread:
            yield t(
                "{file}: columns that were not read: {columns}",
                file=self.grid.name,
                columns=", ".join(unread),
            )


def _half_a_digit(text: str, power: int) -> int:
    """Half a unit of the last digit of a number, in 10**-power; 0 where it has few digits."""
    try:
        _, digits, exponent = Decimal(text).as_tuple()
    except InvalidOperation:
        return 0
    if len(digits) < SURE_OF_DIGITS or not isinstance(exponent, int) or power + exponent < 0:
        return 0
    return int(10 ** (power + exponent) // 2)


def _no_value(said: str, where: str, column: str) -> InputError:
    return InputError(
        "table.formula",
        "the cell holds a formula without a value: {formula}",
        where=where,
        mend="open the file in Excel and save it there",
        formula=said[:FORMULA_SHOWN],
        column=column,
    )


def _error_cell(said: str, where: str, column: str) -> InputError:
    return InputError(
        "table.error_cell",
        "the cell shows the error {said}",
        where=where,
        mend="correct its formula, or write the value",
        said=said,
        column=column,
    )


def _long_number(said: str, where: str, column: str) -> InputError:
    return InputError(
        "table.long_number",
        "{said} is stored as a number: its last digits are lost",
        where=where,
        mend="format the column as text and write the digits again",
        said=said,
        column=column,
    )
