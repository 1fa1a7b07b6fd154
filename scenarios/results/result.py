"""What a run leaves behind: tables with their columns, events, the journal, the summary.

Tables hold whole mg and fen; writers put them down as plain decimals in t and yuan.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from permits.ledger import Entry
from scenarios.results.audit_inputs import Registers
from scenarios.results.table_specs import TABLES, TableSpec


@dataclass(frozen=True, slots=True)
class Table:
    spec: TableSpec
    rows: tuple[tuple[Any, ...], ...]

    def column(self, name: str) -> list[Any]:
        index = [c.name for c in self.spec.columns].index(name)
        return [row[index] for row in self.rows]

    def dicts(self) -> Iterator[dict[str, Any]]:
        names = [c.name for c in self.spec.columns]
        return (dict(zip(names, row, strict=True)) for row in self.rows)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, for the log and for people.

    `values` fill the placeholders of `text`; masses and money in them are already text.
    `rule` names the rule and its source, as the report prints it.
    """

    seq: int
    on: date
    phase: str
    kind: str  # "swipe.warned80", "auction.lost", "lease.started", …
    who: str
    text: str
    values: dict[str, Any]
    rule: str


@dataclass(frozen=True, slots=True)
class RunResult:
    """All that `run` found out. `manifest` alone holds wall times, paths and versions.

    `labels` names the ids in the tables (sectors, sub-sectors, cities, measures,
    baselines) for people: id to {"en": …, "zh": …}; an id without a label shows as it is.
    """

    name: str
    title: dict[str, str]
    about: dict[str, str]
    summary: dict[str, Any]
    tables: dict[str, Table]
    journal: tuple[Entry, ...] = ()
    events: tuple[Event, ...] = ()
    registers: Registers = field(default_factory=Registers)
    manifest: dict[str, Any] = field(default_factory=dict)
    exit_code: int = 0
    labels: dict[str, dict[str, str]] = field(default_factory=dict)


def table(name: str, rows: list[tuple[Any, ...]]) -> Table:
    """A table of `TABLES`, rows checked for width."""
    spec = TABLES[name]
    assert all(len(row) == len(spec.columns) for row in rows), f"{name}: a row of wrong width"
    return Table(spec, tuple(rows))
