"""A table by columns: texts as codes, masses and money as whole numbers, one row a view.

Large tables are used by column (`text`, `amount`, `number`); whoever reads a few hundred
rows takes `rows`, which are made from the columns when first asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np

from scenarios.intake.cell_grid import BoolArray, IntArray
from scenarios.intake.fields import Field

EMPTY = -1  # code of an empty cell: no place in `names`


@dataclass(frozen=True, slots=True)
class Row:
    """One row: values by field name, other columns as text, and its place in the file."""

    values: dict[str, Any]
    extra: dict[str, str]
    where: str


@dataclass(frozen=True, slots=True)
class TextColumn:
    """Texts as codes.

    `names` are the distinct texts, sorted; `code` (N,) is the place of each row's text in
    them, `EMPTY` where the cell is empty.
    """

    code: IntArray
    names: tuple[str, ...]

    @classmethod
    def of(cls, texts: Sequence[str | None]) -> TextColumn:
        """The column of `texts`; None and the empty text are empty cells."""
        names = tuple(sorted({text for text in texts if text}))
        place = {name: n for n, name in enumerate(names)}
        code = np.fromiter((place.get(text or "", EMPTY) for text in texts), np.int64, len(texts))
        return cls(code, names)

    def chosen(self, rows: BoolArray) -> TextColumn:
        """The column of some rows; texts of the others are gone from `names`."""
        return self if rows.all() else TextColumn(self.code[rows], self.names).occurring()

    def occurring(self) -> TextColumn:
        """The column with the names that occur in it only."""
        used = np.zeros(len(self.names) + 1, dtype=bool)
        used[self.code] = True  # EMPTY is the last
        if used[:-1].all():
            return self
        place = np.append(np.cumsum(used[:-1]) - 1, EMPTY)
        names = tuple(name for name, one in zip(self.names, used.tolist(), strict=False) if one)
        return TextColumn(place[self.code], names)

    def texts(self) -> list[str | None]:
        """The text of each row, None where the cell is empty."""
        known = [*self.names, None]  # EMPTY is the last
        return [known[n] for n in self.code.tolist()]


@dataclass(frozen=True, slots=True)
class AmountColumn:
    """Masses in whole mg, or money in whole fen, half to even.

    `value` (N,) is 0 where `blank` (N,).
    `finer` holds, by row, the exact yuan of the cells that are no whole fen.
    """

    value: IntArray
    blank: BoolArray
    finer: Mapping[int, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """Numbers, counts and shares: `value` (N,) as floats, ints or Fractions, None where empty."""

    value: np.ndarray[Any, np.dtype[Any]]


class ReadTable:
    """A table as read: its columns by English name, the file's own row numbers, notices."""

    left_out: tuple[tuple[int, str, str], ...] = ()
    """Rows that are no data, a total or a note: number, text and why."""

    def __init__(
        self,
        name: str,
        fields: Sequence[Field],
        columns: Sequence[str],
        *,
        text: Mapping[str, TextColumn],
        amount: Mapping[str, AmountColumn],
        number: Mapping[str, NumberColumn],
        row: IntArray,
        notices: Sequence[str] = (),
        places: Sequence[str] | None = None,
    ) -> None:
        """Hold the columns.

        Args:
            name: the file, as errors call it.
            fields: the known columns; those that the file does not have are in no mapping.
            columns: every heading by its English name, in the order of the file.
            text: columns of texts: fields of that kind, and every column beyond `fields`.
            amount: fields of masses and money.
            number: the other fields.
            row: (N,) the number of each row in the file.
            notices: what was interpreted or left out, one sentence each.
            places: (N,) the place of each row, where file and number do not tell it.
        """
        self.name, self.fields, self.columns = name, tuple(fields), tuple(columns)
        self.text, self.amount, self.number = dict(text), dict(amount), dict(number)
        self.row, self.notices = row, tuple(notices)
        self._places = None if places is None else tuple(places)

    @classmethod
    def from_rows(
        cls,
        rows: Sequence[Row],
        fields: Sequence[Field],
        columns: Sequence[str] = (),
        notices: Sequence[str] = (),
        *,
        name: str = "",
    ) -> ReadTable:
        """The table of rows that were made, not read; each keeps its own `where`.

        Args:
            rows: the rows.
            fields: their known columns.
            columns: headings, in order; without them those of the first row.
            notices: sentences for the user.
            name: of the table, for errors.
        """
        names = columns or [*(rows[0].values if rows else ()), *(rows[0].extra if rows else ())]
        by_kind: dict[str, dict[str, Any]] = {"text": {}, "amount": {}, "number": {}}
        known = {one.name: one for one in fields if rows and one.name in rows[0].values}
        for one in known.values():
            values = [row.values[one.name] for row in rows]
            if all(value is None for value in values) and names and one.name not in names:
                continue
            kind, column = _column(one, values)
            by_kind[kind][one.name] = column
        for extra in rows[0].extra if rows else ():
            by_kind["text"][extra] = TextColumn.of([row.extra.get(extra) for row in rows])
        made = cls(
            name,
            fields,
            names,
            text=by_kind["text"],
            amount=by_kind["amount"],
            number=by_kind["number"],
            row=np.arange(len(rows)),
            notices=notices,
        )
        made.__dict__["rows"] = tuple(rows)
        made._places = tuple(row.where for row in rows)
        return made

    def __len__(self) -> int:
        return len(self.row)

    def where(self, n: int) -> str:
        """The place of row `n`, counted from 0: file and row."""
        return self._places[n] if self._places is not None else f"{self.name}, row {self.row[n]}"

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Every row by itself; money as exact Decimal yuan, masses in whole mg."""
        known = {one.name for one in self.fields}
        lists: dict[str, list[Any]] = {name: [None] * len(self) for name in known}
        lists |= {name: column.texts() for name, column in self.text.items()}
        for one in self.fields:
            if one.name in self.amount:
                lists[one.name] = _amounts(one, self.amount[one.name])
            elif one.name in self.number:
                lists[one.name] = self.number[one.name].value.tolist()
        own = [one.name for one in self.fields]
        extra = [name for name in self.text if name not in known]
        return tuple(
            Row(
                {name: lists[name][n] for name in own},
                {name: lists[name][n] or "" for name in extra},
                self.where(n),
            )
            for n in range(len(self))
        )


def _column(one: Field, values: Sequence[Any]) -> tuple[str, Any]:
    """The values of a field as a column, and which mapping holds it."""
    if one.kind == "text":
        return "text", TextColumn.of(values)
    if one.kind not in ("mass", "money"):
        held = np.empty(len(values), dtype=object)
        held[:] = values
        return "number", NumberColumn(held)
    blank = np.array([value is None for value in values], dtype=bool)
    whole = [0 if v is None else v if one.kind == "mass" else round(v * 100) for v in values]
    finer = {
        n: v
        for n, v in enumerate(values)
        if one.kind == "money" and v is not None and v * 100 != whole[n]
    }
    return "amount", AmountColumn(np.array(whole, dtype=np.int64), blank, finer)


def _amounts(one: Field, column: AmountColumn) -> list[Any]:
    pairs = zip(column.value.tolist(), column.blank.tolist(), strict=True)
    if one.kind == "mass":
        return [None if blank else value for value, blank in pairs]
    return [
        None if blank else column.finer.get(n, Decimal(value).scaleb(-2))
        for n, (value, blank) in enumerate(pairs)
    ]
