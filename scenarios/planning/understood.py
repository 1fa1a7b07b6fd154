"""The rows of a table of inputs as they were understood, for whoever checks the reading."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from scenarios.intake.columns import EMPTY, AmountColumn, ReadTable
from scenarios.results.column import Cells, Column, TableSpec, Texts
from scenarios.results.result import Table

PLACE = re.compile(r", row (\d+)$")
"""The end of a place, as errors name it."""
WHOLE = {"_t": "_mg", "_yuan": "_fen", "_yuan_per_t": "_fen_per_t"}
"""Ends of names of columns, and those of the same in whole numbers."""


def understood_rows(table: ReadTable) -> Table:
    """Every row of the file, with its place: what was read, or the row as text and why not.

    Masses are whole mg and money whole fen; the columns stand as in the file.
    """
    left = sorted(table.left_out)
    count = len(table)
    row = np.concatenate([_file_rows(table), [n for n, _, _ in left]]).astype(np.int64)
    order = np.argsort(row, kind="stable")

    def placed(read: list[Any], other: list[Any] | None = None) -> list[Any]:
        whole = [*read, *(other or [None] * len(left))]
        return [whole[n] for n in order.tolist()]

    columns: list[tuple[Column, Cells]] = [
        (Column("file", "text", "File"), Texts.same(table.name, len(row))),
        (Column("row", "count", "Row"), row[order]),
    ]
    for name in dict.fromkeys([*table.columns, *table.text, *table.amount, *table.number]):
        if name in table.text:
            of = table.text[name]
            code = np.concatenate([of.code, np.full(len(left), EMPTY)])[order]
            columns.append((Column(name, "text", name), Texts(code, of.names)))
        elif name in table.amount:
            of_mass = table.amount[name]
            full = not left and not of_mass.blank.any()
            whole: Cells = of_mass.value[order] if full else placed(_whole(of_mass))
            columns.append((Column(_whole_name(name), "count", name), whole))
        elif name in table.number:
            values = [None if v is None else str(v) for v in table.number[name].value.tolist()]
            columns.append((Column(name, "text", name), placed(values)))
    said = [(text, reason) for _, text, reason in left]
    for n, name in enumerate(("left_out_text", "left_out_why")):
        cells = placed([None] * count, [one[n] for one in said])
        columns.append((Column(name, "text", name), cells))
    heads = tuple(column for column, _ in columns)
    made = TableSpec("inputs_read", "Rows as understood", "plan", heads)
    return Table.by_columns(made, [cells for _, cells in columns])


def _file_rows(table: ReadTable) -> list[int]:
    """The number of each row in its file; of rows that were made, those that they stand for."""
    if len(table) and table.row[0]:
        found: list[int] = table.row.tolist()
        return found
    places = (PLACE.search(table.where(n)) for n in range(len(table)))
    return [int(place[1]) if place else 0 for place in places]


def _whole(column: AmountColumn) -> list[int | None]:
    pairs = zip(column.value.tolist(), column.blank.tolist(), strict=True)
    return [None if blank else value for value, blank in pairs]


def _whole_name(name: str) -> str:
    """The name of an amount in whole mg or fen: `baseline_mg` for `baseline_t`."""
    # The longer end first: a price ends in the mass's end, too.
    end = next((end for end in sorted(WHOLE, key=len, reverse=True) if name.endswith(end)), "")
    return name.removesuffix(end) + WHOLE.get(end, "")
