"""Inputs of a scenario: every number with its value, status, source and period in force."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel

from scenarios.definition.measures import MeasureRow
from scenarios.definition.register import Register
from scenarios.definition.schema import ScenarioFile
from scenarios.definition.sourced import Given, stated_text

UNITS = {
    "target": "t",
    "total": "t",
    "baseline": "t",
    "opening": "t",
    "unit": "t",
    "reference_price": "yuan/t·yr",
    "shortfall_charge": "yuan/t",
    "fine_min": "yuan",
    "fine_max": "yuan",
}


@dataclass(frozen=True, slots=True)
class InputNote:
    """One input of a scenario, as the report lists it."""

    key: str
    value: str
    unit: str
    low: str | None
    high: str | None
    status: str
    source: str
    place: str | None
    begins: date | None
    ends: date | None


def list_inputs(
    file: ScenarioFile, register: Register, measures: Sequence[MeasureRow]
) -> Iterator[InputNote]:
    """List every given number, then the drawn sizes and the catalogue's measures.

    Args:
        file: the checked scenario file.
        register: its sources; those of assumed size are counted in one note.
        measures: its measures; a catalogue row is listed once, not for every source.
    """
    for key, given in walk(file):
        yield InputNote(
            key=key,
            value=str(given.value)
            if key.endswith("target")
            else stated_text(given.value, _unit(key)),
            unit="" if key.endswith("target") else _unit(key),
            low=f"{given.range[0]:g}" if given.range else None,
            high=f"{given.range[1]:g}" if given.range else None,
            status=given.status,
            source=given.source,
            place=given.place,
            begins=given.begins,
            ends=given.ends,
        )
    drawn = sum(source.assumed for source in register.sources)
    if drawn:
        yield InputNote(
            "register.sizes", str(drawn), "sources", None, None, "assumed",
            f"drawn: seed {file.seed}", file.place, None, None,
        )  # fmt: skip
    seen: dict[tuple[str, str], MeasureRow] = {}
    for row in measures:
        if row.catalogue:
            seen.setdefault((row.subsector, row.name), row)
    for (subsector, name), row in sorted(seen.items()):
        for what, value, unit, status, source in row.catalogue:
            yield InputNote(
                f"measures.{subsector}.{name}.{what}", value, unit, None, None, status,
                source, None, None, None,
            )  # fmt: skip


def walk(value: Any, key: str = "") -> Iterator[tuple[str, Given[Any]]]:
    """Yield every Given in a model, with its dotted key."""
    if isinstance(value, Given):
        yield key, value
    elif isinstance(value, BaseModel):
        for name, info in type(value).model_fields.items():
            yield from walk(getattr(value, name), _join(key, info.alias or name))
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from walk(one, _join(key, str(name)))
    elif isinstance(value, tuple | list):
        for number, one in enumerate(value):
            yield from walk(one, _join(key, str(getattr(one, "id", number))))


def _unit(key: str) -> str:
    return next((unit for part in reversed(key.split(".")) if (unit := UNITS.get(part, ""))), "")


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name
