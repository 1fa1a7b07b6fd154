"""Names of places in Chinese: provinces, and Zhejiang's cities and counties.

`zh/places.csv` holds the ids that our files use, the short and the full name, and what each
lies in. Source: division codes of the Ministry of Civil Affairs (GB/T 2260), Zhejiang with
Hangzhou's districts before and after April 2021; a scenario's own title comes first.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple


class Place(NamedTuple):
    """A place: 海宁, in full 海宁市, a county of Jiaxing."""

    id: str
    zh: str
    full: str
    level: str
    within: str


@cache
def places() -> Mapping[str, Place]:
    """Every place of the table, by id."""
    path = Path(__file__).parent / "zh" / "places.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        return {row[0]: Place(*row) for row in rows}


def chinese_place(identifier: str) -> str | None:
    """The short Chinese name of a place, or None for one that is not in the table."""
    found = places().get(identifier.replace("'", ""))
    return found.zh if found else None


def full_name(identifier: str, short: str) -> str:
    """`short` with the word for what the place is, 海宁市, where the table has it so."""
    found = places().get(identifier.replace("'", ""))
    return found.full if found and found.zh == short else short
