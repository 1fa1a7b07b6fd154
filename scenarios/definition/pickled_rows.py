"""Rows of a scenario as columns, as they are pickled: thousands of rows, a dozen columns.

Python sets the fields of a frozen row one by one when it unpickles it, which takes three
times as long as making the row from its columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Row = TypeVar("Row", bound=DataclassInstance)

Columns = tuple[tuple[Any, ...], ...]


def to_columns(rows: Sequence[DataclassInstance]) -> Columns:
    """A column for each field of the rows, in their order; nothing for no rows."""
    if not rows:
        return ()
    return tuple(zip(*map(attrgetter(*(one.name for one in fields(rows[0]))), rows), strict=True))


def from_columns(kind: type[Row], columns: Columns) -> tuple[Row, ...]:
    """The rows that `to_columns` took apart."""
    return tuple(map(kind, *columns)) if columns else ()
