"""A table's columns: what each holds, its title, and its cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Kind = Literal[
    "text",  # str or None
    "title",  # a text that is translated when shown
    "date",
    "count",  # int
    "mass",  # int mg, written in t
    "money",  # int fen, written in yuan
    "price",  # int fen/t, written in yuan/t
    "number",  # float, written with 9 significant digits
    "share",  # float 0..1
    "flag",  # bool
]

UNITS = {"mass": "t", "money": "yuan", "price": "yuan_per_t"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in files (units included), its kind, its heading for people."""

    name: str
    kind: Kind
    title: str


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A table's columns and its title.

    `part` is "plan" or "year". An `open` table may have further columns than those named
    here: the sources' own. `totals` are the columns that a workbook adds up, pollutant by
    pollutant where there is a column of that name.
    """

    name: str
    title: str
    part: str
    columns: tuple[Column, ...]
    open: bool = False
    totals: tuple[str, ...] = ()


def spec(
    name: str,
    part: str,
    title: str,
    *columns: tuple[str, Kind, str],
    open: bool = False,
    totals: tuple[str, ...] = (),
) -> TableSpec:
    """A table's columns, written as tuples.

    Args:
        name: of the table and its CSV file.
        part: "plan" or "year".
        title: for people.
        *columns: name in files, kind and heading of each.
        open: whether the sources' own columns may stand among these.
        totals: names of columns that a workbook adds up.
    """
    return TableSpec(name, title, part, tuple(Column(*c) for c in columns), open, totals)


class Texts(Sequence[str | None]):
    """Cells of text as codes: `code` (N,) is a place in `names`, negative where empty."""

    def __init__(self, code: NDArray[np.int64], names: Sequence[str]) -> None:
        self.code, self.names = code, tuple(names)

    @classmethod
    def same(cls, text: str, count: int) -> Texts:
        """The same text in every cell."""
        return cls(np.zeros(count, dtype=np.int64), (text,))

    def __len__(self) -> int:
        return len(self.code)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return Texts(self.code[at], self.names)
        n = int(self.code[at])
        return self.names[n] if n >= 0 else None

    def __iter__(self) -> Iterator[str | None]:
        known = [*self.names, None]  # a code of -1 is the last
        return map(known.__getitem__, np.maximum(self.code, -1).tolist())


Cells: TypeAlias = "Texts | NDArray[Any] | Sequence[Any]"
"""The cells of a column: numbers may be an array, where NaN is an empty cell."""
