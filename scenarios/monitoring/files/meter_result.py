"""The outcome of a run over files: sums, tables, excluded rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from permits.errors import RightsError
from permits.metering import Found, MeterPlan, RowReason
from permits.metering.chunk import MASS_COLUMNS, IntArray, MeterEvent
from scenarios.monitoring.files.quota_cards import CardRow

MOST_HOURS = 200_000  # rows by hour kept in memory unless written: 15 MB (assumed)
SUMS = MASS_COLUMNS[3:]
Spill = Callable[[IntArray, list[str], MeterPlan], None]


FOUND_READING = (RowReason.UNREADABLE, RowReason.NO_SUCH_HOUR)
"""Reasons found while files are read: such rows are in no count of `MeterResult.readings`."""


class ReadingsIn(NamedTuple):
    """`total` = `used` + `duplicates` + `quarantined`; a day's reading counts as its 24 hours."""

    total: int
    used: int
    duplicates: int
    quarantined: int


@dataclass(slots=True)
class MeterResult:
    """Tables in arrays; outlets and cards by number."""

    plan: MeterPlan
    names: list[str]
    cards: list[CardRow]
    spill: Spill | None = None  # receives masses that are not kept in memory
    readings: int = 0
    outlets: int = 0  # that reported anything
    files: list[tuple[str, int]] = field(default_factory=list)  # name, readings
    mistakes: list[RightsError] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    sums: IntArray = field(default_factory=lambda: np.zeros((0, len(SUMS)), np.int64))
    quarantine: list[tuple[str, int, str, int | str, RowReason]] = field(default_factory=list)
    """Rows shown: file, row, outlet, hour (or text that is none), reason."""
    counts: Counter[tuple[str, RowReason]] = field(default_factory=Counter)  # by outlet
    us_totals: dict[str, list[Decimal]] = field(default_factory=dict)
    spread_h: int = 0  # hours that readings of a day or month stand for, beyond one each
    dropped: int = 0  # rows of masses neither written nor kept
    _masses: list[IntArray] = field(default_factory=list)
    _events: list[IntArray] = field(default_factory=list)
    _balances: list[IntArray] = field(default_factory=list)

    def add(self, found: Found, file: str) -> None:
        """Add the finished periods of a chunk of a file."""
        self._add_masses(found.masses)
        self._events.append(found.events)
        self._balances.append(found.balances)
        self.quarantine += [
            (file, row, self.names[outlet], hour, RowReason(reason))
            for row, outlet, hour, reason in found.notes.tolist()
        ]

    def add_counts(self, counts: IntArray) -> None:
        """Add the number of rows by outlet and reason."""
        for outlet, reason in zip(*np.nonzero(counts), strict=True):
            self.counts[self.names[outlet], RowReason(reason)] += int(counts[outlet, reason])

    def join(self, other: MeterResult) -> None:
        """Merge the outcome of another share of the outlets; both read the same files."""
        number = {name: n for n, name in enumerate(self.names)}
        for name in other.names:
            if name not in number:
                number[name] = len(self.names)
                self.names.append(name)
        moved = other.masses.copy()
        renumbered = np.array([number[name] for name in other.names] or [0], np.int64)
        moved[:, 0] = renumbered[moved[:, 0]]
        self._add_masses(moved)
        self._events.append(other.events)
        self._balances.append(other.balances)
        self.quarantine += other.quarantine
        self.counts.update(other.counts)
        self.readings += other.readings
        self.outlets += other.outlets
        self.spread_h += other.spread_h
        self.files = [
            (name, rows + more)
            for (name, rows), (_, more) in zip(self.files, other.files, strict=True)
        ]
        for name, sums in other.us_totals.items():
            own = self.us_totals.setdefault(name, [Decimal(0), Decimal(0)])
            self.us_totals[name] = [a + b for a, b in zip(own, sums, strict=True)]
        self.notices = list(dict.fromkeys([*self.notices, *other.notices]))

    @property
    def masses(self) -> IntArray:
        """(n, 9) MASS_COLUMNS, by outlet, pollutant and period."""
        rows = _below(self._masses, len(MASS_COLUMNS))
        return self._by_name(rows, rows[:, 0], (rows[:, 1], rows[:, 2]))

    @property
    def events(self) -> IntArray:
        """(n, 3) EVENT_COLUMNS, by card and hour."""
        rows = _below(self._events, 3)
        return rows[np.lexsort((rows[:, 1], rows[:, 0]))]

    @property
    def balances(self) -> IntArray:
        """(n, 5) BALANCE_COLUMNS, by card and month."""
        rows = _below(self._balances, 5)
        return rows[np.lexsort((rows[:, 1], rows[:, 0]))]

    @property
    def silent_cards(self) -> list[CardRow]:
        """Cards without any reading."""
        charged = set(self.balances[:, 0].tolist())
        return [card for n, card in enumerate(self.cards) if n not in charged]

    def reasons(self) -> dict[RowReason, int]:
        """Number of rows by reason, over all outlets."""
        found: Counter[RowReason] = Counter()
        for (_, reason), count in self.counts.items():
            found[reason] += count
        return {reason: found[reason] for reason in RowReason if found[reason]}

    def readings_in(self) -> ReadingsIn:
        """All readings of the files by what became of them; they add up."""
        found = self.reasons()
        excluded = sum(count for reason, count in found.items() if not reason.is_kept)
        never_read = sum(found.get(reason, 0) for reason in FOUND_READING)
        total = self.readings + self.spread_h + never_read
        duplicates = found.get(RowReason.DUPLICATE, 0)
        return ReadingsIn(total, total - excluded, duplicates, excluded - duplicates)

    def event_counts(self) -> dict[MeterEvent, int]:
        """Number of events by kind, over all cards."""
        kinds = Counter(self.events[:, 2].tolist())
        return {event: kinds[event] for event in MeterEvent if kinds[event]}

    def _add_masses(self, masses: IntArray) -> None:
        if not len(self.sums):
            self.sums = np.zeros((len(self.plan.pollutants), len(SUMS)), np.int64)
        np.add.at(self.sums, masses[:, 1], masses[:, 3:])
        if self.spill is not None:
            self.spill(masses, self.names, self.plan)
        elif self.plan.by == "hour" and sum(map(len, self._masses)) + len(masses) > MOST_HOURS:
            self.dropped += len(masses)
        else:
            self._masses.append(masses)

    def _by_name(self, rows: IntArray, outlets: IntArray, then: Sequence[IntArray]) -> IntArray:
        place = np.empty(len(self.names), np.int64)
        place[np.array(sorted(range(len(self.names)), key=self.names.__getitem__), int)] = (
            np.arange(len(self.names))
        )
        return rows[np.lexsort((*reversed(then), place[outlets]))]


def _below(tables: Iterable[IntArray], width: int) -> IntArray:
    return np.concatenate([np.empty((0, width), np.int64), *tables])
