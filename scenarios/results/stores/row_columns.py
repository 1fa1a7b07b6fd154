"""Rows of a large table, kept by column: a sequence of rows to whoever reads them singly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias, overload

if TYPE_CHECKING:
    import numpy as np

    IntArray: TypeAlias = "np.ndarray[Any, np.dtype[np.int64]]"


@dataclass(frozen=True, slots=True, eq=False)
class Amounts:
    """Whole numbers in a small unit, told in a large one: mg as tonnes, fen as yuan."""

    value: IntArray  # (N,)
    places: int  # decimal places of the large unit

    def __len__(self) -> int:
        return len(self.value)

    def texts(self) -> list[str]:
        """Each as a plain decimal, without zeros at its end."""
        import numpy as np

        # Masses and prices repeat: each is written once.
        values, place = np.unique(self.value, return_inverse=True)
        whole, rest = np.divmod(np.abs(values), 10**self.places)
        width = f"0{self.places}d"
        texts = [
            f"{n}.{part:{width}}".rstrip("0") if part else f"{n}"
            for n, part in zip(whole.tolist(), rest.tolist(), strict=True)
        ]
        for n in np.flatnonzero(values < 0).tolist():
            texts[n] = f"-{texts[n]}"
        return [texts[n] for n in place.tolist()]


class RowColumns(Sequence[dict[str, Any]]):
    """Rows of texts and amounts; a row is made when it is asked for."""

    def __init__(self, columns: Mapping[str, Sequence[str] | Amounts]) -> None:
        """`columns`: by name, all of one length."""
        self.columns = dict(columns)
        lengths = {len(column) for column in self.columns.values()}
        assert len(lengths) == 1, f"columns of different lengths: {lengths}"
        self._length = lengths.pop()

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, place: int) -> dict[str, Any]: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[dict[str, Any]]: ...

    def __getitem__(self, place: int | slice) -> dict[str, Any] | Sequence[dict[str, Any]]:
        if isinstance(place, int):
            place = range(self._length)[place]
            return next(iter(self[place : place + 1]))
        return RowColumns(
            {
                name: Amounts(column.value[place], column.places)
                if isinstance(column, Amounts)
                else column[place]
                for name, column in self.columns.items()
            }
        )

    def __iter__(self) -> Iterator[dict[str, Any]]:
        names = tuple(self.columns)
        lists = [
            map(Decimal, column.texts()) if isinstance(column, Amounts) else column
            for column in self.columns.values()
        ]
        return (dict(zip(names, row, strict=True)) for row in zip(*lists, strict=True))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # as a list has none

    def __repr__(self) -> str:
        return f"RowColumns({self._length} rows of {', '.join(self.columns)})"

    def texts(self, quoted: Callable[[str], str]) -> Iterator[tuple[str, ...]]:
        """The cells of each row as text: texts as `quoted` writes them, amounts as decimals."""
        lists = [
            column.texts() if isinstance(column, Amounts) else map(quoted, column)
            for column in self.columns.values()
        ]
        return zip(*lists, strict=True)
