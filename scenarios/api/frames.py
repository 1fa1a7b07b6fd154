"""Tables as data frames: masses in t and money in yuan, as floats; units in the names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from permits.quantity import FEN_PER_YUAN, MG_PER_T

if TYPE_CHECKING:
    import pandas as pd

    from scenarios.results.column import Cells
    from scenarios.results.result import Table

SCALES = {"mass": MG_PER_T, "money": FEN_PER_YUAN, "price": FEN_PER_YUAN}
EXACT = 2.0**53  # below it floats hold every whole number
# Where a cell is empty, these keep whole numbers and yes-no as such instead of floats.
WITH_GAPS = {"count": "Int64", "flag": "boolean"}


class Frames(Mapping[str, "pd.DataFrame"]):
    """Data frames by name, each made when it is first asked for."""

    def __init__(self, makers: Mapping[str, Callable[[], pd.DataFrame]]) -> None:
        self._makers = dict(makers)
        self._made: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {', '.join(self)}>"


def to_frame(table: Table) -> pd.DataFrame:
    """Convert a table of a result to a data frame: masses in t, money in yuan."""
    import pandas as pd

    columns = {}
    for n, column in enumerate(table.spec.columns):
        columns[column.name] = _series(table.cells(n), column.kind)
    return pd.DataFrame(columns)


def _series(cells: Cells, kind: str) -> pd.Series[Any]:
    import numpy as np
    import pandas as pd

    # A quotient of whole numbers is the float nearest to the decimal in the CSV file; an array
    # keeps to that where floats hold its numbers exactly.
    if isinstance(cells, np.ndarray) and not (np.abs(cells.astype(float)) >= EXACT).any():
        return pd.Series(cells / SCALES[kind] if kind in SCALES else cells)
    if kind in SCALES:
        scaled = [None if cell is None else int(cell) / SCALES[kind] for cell in cells]
        return pd.Series(scaled, dtype="float64")
    if kind in ("number", "share"):
        return pd.Series([None if cell is None else float(cell) for cell in cells], dtype="float64")
    if kind == "date":
        return pd.Series(pd.to_datetime(list(cells)))
    if kind in WITH_GAPS and None in cells:
        return pd.Series(list(cells), dtype=WITH_GAPS[kind])
    if kind in WITH_GAPS:
        return pd.Series(list(cells), dtype="int64" if kind == "count" else "bool")
    return pd.Series(list(cells), dtype="object")


def rows_frame(heads: Sequence[str], rows: Iterable[Any]) -> pd.DataFrame:
    """A data frame of rows as a command prints them, decimals as floats.

    Args:
        heads: the columns, also where there is no row.
        rows: mappings by column, or sequences in the order of `heads`.
    """
    import pandas as pd

    body = [
        [
            _plain(row.get(head) if isinstance(row, Mapping) else row[n])
            for n, head in enumerate(heads)
        ]
        for row in rows
    ]
    return pd.DataFrame(body, columns=list(heads))


def _plain(cell: Any) -> Any:
    return float(cell) if isinstance(cell, Decimal) else cell
