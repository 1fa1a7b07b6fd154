"""Levels at receptors as a table and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scenarios.planning.receptors.solve import ReceptorLevel
from scenarios.results.column import spec
from scenarios.results.result import Table, filled

RECEPTORS = spec(
    "receptors",
    "plan",
    "Concentration or load at receptors",
    ("condition", "text", "Condition"),
    ("receptor", "text", "Receptor"),
    ("pollutant", "text", "Pollutant"),
    ("unit", "text", "Unit"),
    ("limit", "number", "Limit"),
    ("background", "number", "Background"),
    ("before", "number", "Without measures"),
    ("least", "number", "Lowest achievable value"),
    ("reached", "number", "Reached"),
    ("price_low_yuan_per_unit", "number", "Shadow price from, yuan per unit"),
    ("price_high_yuan_per_unit", "number", "Shadow price to, yuan per unit"),
)
SPECS = (RECEPTORS,)


def tables(levels: Sequence[ReceptorLevel]) -> dict[str, Table]:
    """One row per receptor and pollutant."""
    rows = [tuple(_cells(level).values()) for level in levels]
    return {"receptors": filled(RECEPTORS, rows)}


def as_json(levels: Sequence[ReceptorLevel]) -> dict[str, Any]:
    """The levels, keyed as the columns of the table."""
    told = [{key: _plain(value) for key, value in _cells(one).items()} for one in levels]
    return {"receptors": told}


def _cells(level: ReceptorLevel) -> dict[str, Any]:
    return {column.name: getattr(level, column.name) for column in RECEPTORS.columns}


def _plain(value: Any) -> Any:
    """A number rounded to nine digits, as in tables."""
    return float(f"{value:.9g}") if isinstance(value, float) else value
