"""A table's cells by columns, before anything is known of their meaning.

Every format becomes a `Grid`: CSV, a sheet of a workbook, Parquet, a data frame. What the
cells mean is decided once, in `tables.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

IntArray: TypeAlias = "np.ndarray[Any, np.dtype[np.int64]]"
BoolArray: TypeAlias = "np.ndarray[Any, np.dtype[np.bool_]]"
MOST_CHARACTERS = 32_767  # of a cell: Excel writes no more
MOST_COLUMNS = 1_024  # 16,384 fit in a sheet; a table that wide is a stray cell (assumed)
Cell: TypeAlias = tuple[int, int]
"""A cell: the row's number in the file, and the place of its column in `Grid.columns`."""
Block: TypeAlias = tuple[int, int, int, int]
"""Merged cells: first and last row by the file's numbers, first and last place of a column."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of one table.

    `columns` are of one length N; a null is an empty cell. They are texts (`pa.string()`)
    for CSV and workbooks, where a number is written as people write it (`12`, not `12.0`);
    a number type where Parquet or a data frame holds numbers. `headings` are None where
    they stand among the first rows. `row` (N,) rises; empty rows may be left out of the
    grid, but they count. `formulas` are cells that hold a formula and no value, with its
    text; `errors` cells such as `#N/A`; `long_numbers` whole numbers of more than 15
    digits, as the file writes them. All three are empty cells in `columns`, but for
    `long_numbers`. Of merged cells only the first holds the value.
    """

    name: str  # the file, as errors call it
    columns: tuple[pa.Array, ...]
    row: IntArray
    headings: tuple[str, ...] | None = None
    notices: tuple[str, ...] = ()
    merged: tuple[Block, ...] = ()
    hidden: BoolArray | None = None  # (N,) rows that the sheet hides; None: it hides none
    formulas: Mapping[Cell, str] = field(default_factory=dict)
    errors: Mapping[Cell, str] = field(default_factory=dict)
    width: IntArray | None = None  # (N,) cells of each row as written; None: all alike
    long_numbers: Mapping[Cell, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.row)
