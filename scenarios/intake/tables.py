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
from scenarios.intake.cells import TableInput, read_grid
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
        path: `.csv`, `.xlsx` (first sheet, or `FILE.xlsx#sheet`), `.parquet`, or `-`
            for CSV on standard input; or a data frame.
        fields: the known columns.
        totals: columns in which a row that adds up those above it is refused.
        pollutants: how pollutants are called; without it they keep their spellings.
        keep: whether further columns are used; otherwise they are listed as not read.
    Raises: ManyErrors with every mistake: an empty table, a column missing, a text
        where a number belongs, a negative mass, a total without a name.
    """
    from scenarios.intake.meaning.table_headings import find_headings, heading_mistakes
    from scenarios.intake.meaning.table_rows import TableRows

    grid = read_grid(path)
    headings = find_headings(grid, fields)
    # Headings before rows: a missing column would otherwise be a mistake of every row.
    raise_all(heading_mistakes(grid.name, headings, fields))
    table, mistakes = TableRows.below(grid, headings, fields).read(totals, pollutants, keep=keep)
    raise_all(mistakes)
    return table


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
