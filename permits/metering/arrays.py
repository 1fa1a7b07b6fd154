"""The pass on chunks of arrays: tables that grow with the outlets, tapes emptied after use."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from permits.meter.missing import RULES, find_missing_rule
from permits.metering import metering_kernel as kernel
from permits.metering.chunk import (
    BALANCE_COLUMNS,
    EVENT_COLUMNS,
    GRAINS,
    LEAP_H,
    MASS_COLUMNS,
    NOTE_COLUMNS,
    Chunk,
    Found,
    IntArray,
    MeterPlan,
    RowReason,
)
from permits.metering.hour_tables import first_hour_table

T = TypeVar("T", bound=np.generic)
PERIODS = {"hour": LEAP_H, "day": LEAP_H // 24 + 2, "month": 14}  # most that a year's gap touches
TAPE_ROWS = 16_384  # rows beyond the needs of one reading; assumed: few returns from the kernel
EVENTS_A_MONTH = 4  # two warnings, a stop, and a load or reopening
NONE_SUMMED: IntArray = np.zeros((0, 0), np.int64)


class FastMeter:
    """The compiled `PlainMeter`: the same numbers and the same order of rows."""

    def __init__(self, plan: MeterPlan) -> None:
        self.plan = plan
        spec = find_missing_rule(plan.missing).SPEC
        self._widths = (spec.look_back_h, spec.availability_h)
        self._floor = np.zeros(kernel.CALENDAR + len(first_hour_table()), np.int64)
        self._floor[: kernel.ROOM] = (
            len(plan.pollutants),
            GRAINS.index(plan.by),
            list(RULES).index(plan.missing),
            plan.given_stand,
            plan.rules.carry_within_year,
            *plan.rules.warn_percent,
            *self._widths,
        )
        self._floor[kernel.ROOM] = self._needs()
        self._floor[kernel.CALENDAR :] = first_hour_table()
        self._outlets: IntArray = np.empty((0, kernel.OUTLET_COLUMNS), np.int64)
        self._places: IntArray = np.empty((0, kernel.PLACE_COLUMNS), np.int64)
        self._recent: IntArray = np.empty((0, max(self._widths[0], 1)), np.int64)
        self._known: NDArray[np.uint8] = np.empty((0, max(self._widths[1], 1)), np.uint8)
        self._used = 0
        self._tape = np.empty((2 * self._needs() + TAPE_ROWS, kernel.TAPE_COLUMNS), np.int64)
        self._reasons = np.zeros(len(RowReason), np.uint8)

    @property
    def counts(self) -> IntArray:
        """(outlets, reasons) number of readings per reason."""
        return self._outlets[: self._used, kernel.COUNTS :]

    @property
    def last_hours(self) -> IntArray:
        """(outlets,) the last hour accepted, or -1."""
        return self._outlets[: self._used, kernel.LAST]

    def balance_mg(self, card: int) -> tuple[int, int, int]:
        """This month's load of a card, the mass charged, and its rank [mg, mg, -]."""
        found = self.plan.cards[card]
        self._grow(found.outlet + 1)
        place = self._places[found.outlet * len(self.plan.pollutants) + found.pollutant]
        return (
            int(place[kernel.LOADED]),
            int(place[kernel.CHARGED]),
            int(place[kernel.RANK]),
        )

    def take(self, chunk: Chunk) -> Found:
        """Process the readings of a chunk."""
        if not len(chunk):
            return Found.joined([])
        self._grow(int(chunk.outlet.max()) + 1)
        parts, begin = [], 0
        summed = NONE_SUMMED if chunk.mass_mg is None else chunk.mass_mg
        while begin < len(chunk):
            begin = kernel.take(
                begin,
                chunk.outlet,
                chunk.hour,
                chunk.volume_l,
                chunk.conc_ng_per_l,
                chunk.status,
                chunk.row,
                summed,
                self._floor,
                self._outlets,
                self._places,
                self._recent,
                self._known,
                self._tape,
                self._reasons,
            )
            parts.append(self._emptied())
        return Found.joined(parts)

    def finish(self, until_h: int | None = None) -> Found:
        """End all gaps and periods, as `PlainMeter.finish`."""
        end = int(self.last_hours.max(initial=0)) if until_h is None else until_h
        parts, begin = [], 0
        while begin < self._used:
            begin = kernel.finish(
                begin,
                end,
                self._floor,
                self._outlets[: self._used],
                self._places,
                self._recent,
                self._known,
                self._tape,
            )
            parts.append(self._emptied())
        return Found.joined(parts)

    def _needs(self) -> int:
        """Largest number of rows that one reading may add to the tape."""
        months = 2 * PERIODS["month"] + 4
        each = 2 * PERIODS[self.plan.by] + 4 + (EVENTS_A_MONTH + 1) * months
        return len(self.plan.pollutants) * each + len(RowReason)

    def _emptied(self) -> Found:
        """The tape's rows as tables."""
        rows = self._tape[: self._floor[kernel.TAPED]]
        found = Found(
            *(
                rows[rows[:, 0] == table, 1 : 1 + len(columns)]
                for table, columns in enumerate(COLUMNS)
            )
        )
        self._floor[kernel.TAPED] = 0
        return found

    def _grow(self, size: int) -> None:
        """Make room for `size` outlets; tables double, so that growing stays cheap."""
        if size > len(self._outlets):
            self._double(max(size, 2 * len(self._outlets)))
        self._used = max(self._used, size)

    def _double(self, size: int) -> None:
        had, pollutants = len(self._outlets), len(self.plan.pollutants)
        more = (size - had) * pollutants
        outlets = np.zeros((size - had, kernel.OUTLET_COLUMNS), np.int64)
        outlets[:, kernel.LAST] = kernel.NONE
        places = np.zeros((more, kernel.PLACE_COLUMNS), np.int64)
        for column in (
            kernel.BEFORE, kernel.LARGEST, kernel.PERIOD, kernel.PERIOD_END, kernel.CARD,
            kernel.POTENTIAL, kernel.MONTH, kernel.MONTH_END, kernel.TOP,
        ):  # fmt: skip
            places[:, column] = kernel.NONE
        self._outlets = np.concatenate([self._outlets, outlets])
        self._places = np.concatenate([self._places, places])
        self._recent = _longer(self._recent, more)
        self._known = _longer(self._known, more)
        self._seat_cards(had, size)

    def _seat_cards(self, begin: int, end: int) -> None:
        begins: dict[int, list[int]] = {}
        for number, card in enumerate(self.plan.cards):
            if begin <= card.outlet < end:
                begins.setdefault(card.outlet, []).append(card.begins_h or 0)
                place = card.outlet * len(self.plan.pollutants) + card.pollutant
                self._places[place, kernel.CARD] = number
                self._places[place, kernel.QUOTA :] = card.quota_mg
                self._places[place, kernel.BEGUN] = True
                if card.potential_mg is not None:
                    self._places[place, kernel.POTENTIAL] = card.potential_mg
        for outlet, hours in begins.items():
            self._outlets[outlet, kernel.BEGINS] = min(hours)


COLUMNS = (MASS_COLUMNS, EVENT_COLUMNS, BALANCE_COLUMNS, NOTE_COLUMNS)


def _longer(table: NDArray[T], more: int) -> NDArray[T]:
    """A ring buffer with `more` further places; zeros take no memory until written."""
    longer = np.zeros((len(table) + more, table.shape[1]), table.dtype)
    longer[: len(table)] = table
    return longer
