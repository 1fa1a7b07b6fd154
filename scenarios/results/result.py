"""Result of a run: tables with their columns, events, journal and summary.

Tables hold whole mg and fen; writers convert them to plain decimals in t and yuan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any, Protocol

from permits.ledger import Entry
from scenarios.results.audit_inputs import Registers
from scenarios.results.markup import Markup
from scenarios.results.summary import RunSummary
from scenarios.results.table_specs import TABLES, TableSpec

Section = tuple[str, str, Markup]  # id, title, content of a part of the report


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of a table and the specification of its columns."""

    spec: TableSpec
    rows: tuple[tuple[Any, ...], ...]

    def column(self, name: str) -> list[Any]:
        """Return the cells of one column."""
        index = [c.name for c in self.spec.columns].index(name)
        return [row[index] for row in self.rows]

    def dicts(self) -> Iterator[dict[str, Any]]:
        """Yield each row as a dictionary by column name."""
        names = [c.name for c in self.spec.columns]
        return (dict(zip(names, row, strict=True)) for row in self.rows)


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a run.

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
    """Everything that a run returns; only `manifest` holds times, paths and versions.

    `labels` names the ids in the tables (sectors, sub-sectors, cities, measures,
    baselines) for people: id to {"en": …, "zh": …}; an id without a label shows as it is.
    `views` are the questions about the plan, which show their answers in the report.
    """

    name: str
    title: dict[str, str]
    about: dict[str, str]
    summary: RunSummary
    tables: dict[str, Table]
    journal: tuple[Entry, ...] = ()
    events: tuple[Event, ...] = ()
    registers: Registers = field(default_factory=Registers)
    manifest: dict[str, Any] = field(default_factory=dict)
    exit_code: int = 0
    inputs: tuple[Path, ...] = field(default=(), repr=False, compare=False)
    """Files and folders it was made from; writing the result never replaces them."""
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    views: tuple[QuestionView, ...] = field(default=(), repr=False, compare=False)


class ReportPlace(Enum):
    """Where the sections of a question stand in the report."""

    BEFORE_PLAN = "before the plan"
    AFTER_CURVE = "after the cost curve"
    AFTER_GROUPS = "after the quotas by sector and city"


class QuestionView(Protocol):
    """How a question about the plan shows its answer in the report and in the terminal.

    The questions stand above the report, so they are handed over with the run. `sections`
    and `lines` (heading and lines) yield nothing for a run without the answer.
    """

    @property
    def place(self) -> ReportPlace: ...

    @property
    def order(self) -> int: ...

    @property
    def lines_order(self) -> int: ...

    @property
    def sections(self) -> Callable[[RunResult], Iterable[Section]]: ...

    @property
    def lines(self) -> Callable[[RunResult], Iterable[tuple[str, list[str]]]]: ...


def table(name: str, rows: list[tuple[Any, ...]]) -> Table:
    """Make a table of `TABLES`, its rows checked for width."""
    return filled(TABLES[name], rows)


def filled(spec: TableSpec, rows: list[tuple[Any, ...]]) -> Table:
    """A table with these rows, checked for width."""
    assert all(len(row) == len(spec.columns) for row in rows), f"{spec.name}: a row of wrong width"
    return Table(spec, tuple(rows))
