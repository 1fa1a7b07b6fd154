"""Tables as people make them: CSV in any encoding, Excel, Parquet, standard input, data frames.

All mistakes of a file are reported together, each with file, row and column; nothing is
guessed, filled in or clipped, and every row that is left out is reported.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from permits.errors import InputError, ManyErrors, RightsError
from scenarios.intake.cells import ALL_SHEETS, TableInput, name_of, read_grid, sheet_of
from scenarios.intake.columns import ReadTable
from scenarios.intake.fields import Field, TotalsCheck

if TYPE_CHECKING:
    from scenarios.intake.meaning.pollutant_names import PollutantNames

MOST_TOLD = 50  # mistakes of one file printed one by one


def read_table(
    path: TableInput,
    fields: Sequence[Field],
    *,
    totals: TotalsCheck | None = None,
    pollutants: PollutantNames | None = None,
    keep: bool = False,
) -> ReadTable:
    """Read a table; columns beyond `fields` are kept as text.

    Args:
        path: `.csv`, `.xlsx` (first sheet, or `FILE.xlsx#sheet`, or all with `#*`),
            `.parquet`, or `-` for CSV on standard input; or a data frame.
        fields: the known columns.
        totals: columns in which a row that adds up those above it is refused.
        pollutants: how pollutants are called; without it they keep their spellings.
        keep: whether further columns are used; otherwise they are listed as not read.
    Raises: ManyErrors with every mistake: an empty table, a column missing, a text
        where a number belongs, a negative mass, a total without a name.
    """
    from scenarios.intake.meaning.sheets import (
        find_table,
        joined_tables,
        other_sheet,
        read_fitting_sheets,
    )
    from scenarios.intake.meaning.table_headings import heading_mistakes
    from scenarios.intake.meaning.table_rows import TableRows

    book = sheet_of(path)
    if book is not None and book[1] == ALL_SHEETS:
        grids = read_fitting_sheets(book[0], fields)
    else:
        grids = [read_grid(path)]
    tables, wrong = [], []
    for grid in grids:
        filled, headings = find_table(grid, fields)
        mistakes = heading_mistakes(grid.name, headings, fields)
        if mistakes and book is not None and (other := other_sheet(*book, fields)) is not None:
            mistakes = [other]
        # Headings before rows: a missing column would otherwise be a mistake of every row.
        raise_all(mistakes)
        rows = TableRows.below(filled, headings, fields)
        table, mistakes = rows.read(totals, pollutants, keep=keep)
        tables.append(table)
        wrong += mistakes
    raise_all(wrong)
    return tables[0] if len(tables) == 1 else joined_tables(tables, name_of(path))


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
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
