"""A table's columns: what each holds, and its title."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
    """A table's columns and its title. `part` is "plan" or "year"."""

    name: str
    title: str
    part: str
    columns: tuple[Column, ...]


def spec(name: str, part: str, title: str, *columns: tuple[str, Kind, str]) -> TableSpec:
    """A table's columns, written as tuples.

    Args:
        name: of the table and its CSV file.
        part: "plan" or "year".
        title: for people.
        *columns: name in files, kind and heading of each.
    """
    return TableSpec(name, title, part, tuple(Column(*c) for c in columns))
