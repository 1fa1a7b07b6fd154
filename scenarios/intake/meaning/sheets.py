"""Sheets of a workbook as tables: their merged cells, the one that fits, several as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np

from permits.errors import RightsError
from permits.quantity import fmt_t
from scenarios.intake.cell_grid import BoolArray, Grid
from scenarios.intake.columns import AmountColumn, NumberColumn, ReadTable, TextColumn
from scenarios.intake.fields import BASELINE, MASS, POLLUTANT, SOURCE, Field
from scenarios.intake.meaning.table_headings import (
    TableHeadings,
    find_headings,
    heading_mistakes,
)
from scenarios.intake.merged_cells import MergedKind, fill_merged
from scenarios.intake.workbooks import find_other_sheet, read_all_sheets
from scenarios.text import t


def find_table(grid: Grid, fields: Sequence[Field]) -> tuple[Grid, TableHeadings]:
    """The headings of a grid, and the grid with its merged cells filled down below them.

    Args:
        grid: the cells as in the file.
        fields: the columns of the table.
    Raises: ManyErrors for merged amounts, as `fill_merged`.
    """
    headings = find_headings(grid, fields)
    if not grid.merged or headings.begin >= len(grid):
        return grid, headings
    kinds: dict[int, MergedKind] = {}
    source = None
    for n, one in enumerate(headings.columns):
        if one.column == SOURCE.name:
            source = n
        if one.field is not None and one.field.kind != "text":
            kinds[n] = "baseline" if one.field.name == BASELINE.name else "amount"
    first = int(grid.row[headings.begin])
    return fill_merged(grid, kinds, source=source, first=first), headings


def other_sheet(file: Path, sheet: str, fields: Sequence[Field]) -> RightsError | None:
    """The error for a sheet without the columns sought, where another sheet has them.

    Args:
        file: the workbook.
        sheet: the sheet that was read; empty for the first one that is shown.
        fields: the columns of the table.
    """
    return find_other_sheet(file, sheet, lambda grid: _fits(grid, fields))


def read_fitting_sheets(file: Path, fields: Sequence[Field]) -> list[Grid]:
    """The grids of every sheet that has the columns; those that have not are reported.

    Where none has them it is the first sheet, whose mistakes are then told.

    Args:
        file: the workbook.
        fields: the columns of the table.
    """
    grids = read_all_sheets(file)
    fitting = [grid for grid in grids if _fits(grid, fields)]
    if not fitting:
        return list(grids[:1])
    chosen = {grid.name for grid in fitting}
    others = [grid.name.rpartition("#")[2] for grid in grids if grid.name not in chosen]
    if others:
        told = t("{file}: sheets without these columns were left out: {sheets}",
                 file=file.name, sheets=", ".join(others))  # fmt: skip
        fitting[0] = replace(fitting[0], notices=(told, *fitting[0].notices))
    return fitting


def _fits(grid: Grid, fields: Sequence[Field]) -> bool:
    return len(grid) > 0 and not heading_mistakes(grid.name, find_headings(grid, fields), fields)


def hidden_notices(
    name: str, hidden: BoolArray, text: Mapping[str, TextColumn], amount: Mapping[str, AmountColumn]
) -> list[str]:
    """How many of a table's rows its sheet hides, and the mass in them.

    A source's baseline counts once, however many measures it has.

    Args:
        name: the table.
        hidden: (N,) the rows that are hidden.
        text: its texts.
        amount: its masses.
    """
    if not hidden.any():
        return []
    count = f"{int(hidden.sum()):,}"
    column = next((amount[one] for one in (BASELINE.name, MASS.name) if one in amount), None)
    if column is None:
        return [
            t("{file}: {count} rows are hidden in the sheet; they were read, and --visible leaves "
              "them out", file=name, count=count)
        ]  # fmt: skip
    value = column.value[hidden]
    if BASELINE.name in amount and SOURCE.name in text and POLLUTANT.name in text:
        keys = np.stack([text[one].code[hidden] for one in (SOURCE.name, POLLUTANT.name)])
        value = value[np.unique(keys, axis=1, return_index=True)[1]]
    mass = fmt_t(sum(value.tolist()))
    return [
        t("{file}: {count} rows with {mass} t are hidden in the sheet; they were read, and "
          "--visible leaves them out", file=name, count=count, mass=mass)
    ]  # fmt: skip


def joined_tables(tables: Sequence[ReadTable], name: str) -> ReadTable:
    """Several tables of the same fields as one; each row keeps its sheet and number.

    Args:
        tables: at least one.
        name: what the whole is called.
    """
    columns = list(dict.fromkeys(one for table in tables for one in table.columns))
    text = {}
    amount = {}
    number = {}
    for column in columns:
        if any(column in table.text for table in tables):
            text[column] = _texts(tables, column)
        elif any(column in table.amount for table in tables):
            amount[column] = _amounts(tables, column)
        elif any(column in table.number for table in tables):
            number[column] = _numbers(tables, column)
    whole = ReadTable(
        name,
        tables[0].fields,
        columns,
        text=text,
        amount=amount,
        number=number,
        row=np.concatenate([table.row for table in tables]),
        notices=[notice for table in tables for notice in table.notices],
        places=[table.where(n) for table in tables for n in range(len(table))],
    )
    whole.left_out = tuple(one for table in tables for one in table.left_out)
    return whole


def _texts(tables: Sequence[ReadTable], column: str) -> TextColumn:
    said: list[str | None] = []
    for table in tables:
        own = table.text.get(column)
        said += [None] * len(table) if own is None else own.texts()
    return TextColumn.of(said)


def _amounts(tables: Sequence[ReadTable], column: str) -> AmountColumn:
    values, blanks = [], []
    finer: dict[int, Decimal] = {}
    start = 0
    for table in tables:
        count = len(table)
        own = table.amount.get(column)
        if own is None:
            own = AmountColumn(np.zeros(count, np.int64), np.ones(count, dtype=bool))
        values.append(own.value)
        blanks.append(own.blank)
        finer |= {start + n: exact for n, exact in own.finer.items()}
        start += count
    return AmountColumn(np.concatenate(values), np.concatenate(blanks), finer)


def _numbers(tables: Sequence[ReadTable], column: str) -> NumberColumn:
    values = []
    for table in tables:
        own = table.number.get(column)
        values.append(np.full(len(table), None, dtype=object) if own is None else own.value)
    return NumberColumn(np.concatenate(values))
