"""Result of a run: tables with their columns, events, journal and summary.

Tables hold whole mg and fen; writers convert them to plain decimals in t and yuan.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from permits.errors import InputError, RightsError
from permits.ledger import Entry
from scenarios.results.audit_inputs import Registers
from scenarios.results.column import Cells
from scenarios.results.markup import Markup
from scenarios.results.summary import RunSummary
from scenarios.results.table_specs import TABLES, TableSpec
from scenarios.text import language, pick, t

DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
"""The date of the data: a year, a month or a day."""
Section = tuple[str, str, Markup]  # id, title, content of a part of the report


class Table:
    """A table's cells, by column or by row, and the specification of its columns.

    A long table is made and written by column (`cells`); `rows` are for short ones.
    """

    def __init__(self, spec: TableSpec, rows: Sequence[tuple[Any, ...]]) -> None:
        self.spec = spec
        self._rows: tuple[tuple[Any, ...], ...] | None = tuple(rows)
        self._columns: tuple[Cells, ...] | None = None

    @classmethod
    def by_columns(cls, spec: TableSpec, columns: Sequence[Cells]) -> Table:
        """A table of whole columns, in the order of `spec`."""
        assert len(columns) == len(spec.columns), f"{spec.name}: {len(columns)} columns"
        assert len({len(cells) for cells in columns}) == 1, f"{spec.name}: columns of one length"
        made = cls(spec, ())
        made._rows, made._columns = None, tuple(columns)
        return made

    def __len__(self) -> int:
        return len(self._columns[0]) if self._columns is not None else len(self._rows or ())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table) and (self.spec, self.rows) == (other.spec, other.rows)

    def __hash__(self) -> int:
        return hash((self.spec, self.rows))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.spec.name}: {len(self)} rows>"

    @property
    def rows(self) -> tuple[tuple[Any, ...], ...]:
        """Every row, as plain values."""
        if self._rows is None:
            columns = [_values(cells) for cells in self._columns or ()]
            self._rows = tuple(zip(*columns, strict=True))
        return self._rows

    def cells(self, n: int) -> Cells:
        """The cells of column `n` as they are held."""
        if self._columns is None:
            self._columns = tuple(zip(*self._rows or (), strict=True)) or ((),) * self._width
        return self._columns[n]

    def column(self, name: str) -> list[Any]:
        """Return the cells of one column."""
        return _values(self.cells([c.name for c in self.spec.columns].index(name)))

    def dicts(self) -> Iterator[dict[str, Any]]:
        """Yield each row as a dictionary by column name."""
        names = [c.name for c in self.spec.columns]
        return (dict(zip(names, row, strict=True)) for row in self.rows)

    @property
    def _width(self) -> int:
        return len(self.spec.columns)


def _values(cells: Cells) -> list[Any]:
    """Cells as plain values, None where they are empty."""
    if not isinstance(cells, np.ndarray):
        return list(cells)
    if cells.dtype.kind == "f":
        return [None if value != value else value for value in cells.tolist()]
    found: list[Any] = cells.tolist()
    return found


class LazyTables(Mapping[str, Table]):
    """Tables by name, each made when it is first asked for."""

    def __init__(self, tables: Mapping[str, Table | Callable[[], Table]]) -> None:
        held = tables._held if isinstance(tables, LazyTables) else tables
        self._held: dict[str, Table | Callable[[], Table]] = dict(held)

    def __getitem__(self, name: str) -> Table:
        held = self._held[name]
        made = held if isinstance(held, Table) else held()
        self._held[name] = made
        return made

    def __contains__(self, name: object) -> bool:
        return name in self._held

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def __or__(self, more: Mapping[str, Table | Callable[[], Table]]) -> LazyTables:
        return LazyTables(self._held | LazyTables(more)._held)


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
    `understood` makes the table of inputs as it was read, row by row.
    """

    name: str
    title: dict[str, str]
    about: dict[str, str]
    summary: RunSummary
    tables: Mapping[str, Table]
    journal: tuple[Entry, ...] = ()
    events: tuple[Event, ...] = ()
    commands: str = ""  # the log of commands, as it is written
    refused: tuple[tuple[int, RightsError], ...] = ()  # commands refused, by number
    registers: Registers = field(default_factory=Registers)
    manifest: dict[str, Any] = field(default_factory=dict)
    exit_code: int = 0
    inputs: tuple[Path, ...] = field(default=(), repr=False, compare=False)
    """Files and folders it was made from; writing the result never replaces them."""
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    views: tuple[QuestionView, ...] = field(default=(), repr=False, compare=False)
    understood: Callable[[], Table] | None = field(default=None, repr=False, compare=False)

    def titled(self, title: str | None, as_of: str | None) -> RunResult:
        """The result under a title, with the date of its data (see `check_as_of`)."""
        found = self
        if title is not None:
            found = replace(found, title={language(): title})
        if as_of is not None:
            said = t("Data as of {date}", date=as_of)
            about = " · ".join([*([pick(self.about)] if self.about else []), said])
            found = replace(found, about={language(): about})
        return replace(found, summary=replace(found.summary, title=title, as_of=as_of))


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


def check_as_of(as_of: str | None) -> None:
    """Raise InputError for a date of the data that is no year, month or day."""
    if as_of is not None and not DATE.fullmatch(as_of):
        raise InputError(
            "option.as_of",
            "{said!r} is not a date",
            where="--as-of",
            mend="write for example 2017-12-31, 2017-12 or 2017",
            said=as_of,
        )


def table(name: str, rows: list[tuple[Any, ...]]) -> Table:
    """Make a table of `TABLES`, its rows checked for width."""
    return filled(TABLES[name], rows)


def filled(spec: TableSpec, rows: list[tuple[Any, ...]]) -> Table:
    """A table with these rows, checked for width."""
    assert all(len(row) == len(spec.columns) for row in rows), f"{spec.name}: a row of wrong width"
    return Table(spec, tuple(rows))
