"""The pass, one reading at a time: the reference for `kernel.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from permits.meter.flags import Status
from permits.meter.flow_concentration import NG_PER_MG, mass_mg
from permits.meter.missing import find_missing_rule
from permits.metering.chunk import (
    ABSENT,
    BALANCE_COLUMNS,
    EVENT_COLUMNS,
    KEPT_EACH,
    LEAP_H,
    MASS_COLUMNS,
    MOST_HOUR_MG,
    MOST_VALUE,
    NOTE_COLUMNS,
    Chunk,
    Found,
    IntArray,
    MeterPlan,
    RowReason,
)
from permits.metering.hour_tables import CALENDAR_H
from permits.metering.place import OutletPollutant, Tapes, Usual

MEASURES = (Status.VALID, Status.GIVEN)


@dataclass(slots=True)
class OutletFacts:
    """State of an outlet."""

    places: list[OutletPollutant]
    begins_h: int
    last_h: int | None = None
    usual: Usual = field(default_factory=Usual)
    counts: list[int] = field(default_factory=lambda: [0] * len(RowReason))


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """One reading: `ABSENT` where there is no value."""

    outlet: int
    hour: int
    volume_l: int
    conc_ng_per_l: tuple[int, ...]
    status: tuple[Status, ...]
    number: int
    summed_mg: tuple[int, ...] | None = None  # masses that are known already


class PlainMeter:
    """Readings into masses, one after the other."""

    def __init__(self, plan: MeterPlan) -> None:
        self.plan = plan
        self._rule = find_missing_rule(plan.missing)
        self._tapes = Tapes()
        self._outlets: list[OutletFacts] = []

    @property
    def counts(self) -> IntArray:
        """(outlets, reasons) number of readings per reason."""
        rows = [outlet.counts for outlet in self._outlets]
        return np.array(rows, np.int64).reshape(len(rows), len(RowReason))

    @property
    def last_hours(self) -> IntArray:
        """(outlets,) the last hour accepted, or -1."""
        last = [-1 if one.last_h is None else one.last_h for one in self._outlets]
        return np.array(last, np.int64)

    def balance_mg(self, card: int) -> tuple[int, int, int]:
        """This month's load of a card, the mass charged, and its rank [mg, mg, -]."""
        found = self.plan.cards[card]
        self._grow(found.outlet + 1)
        account = self._outlets[found.outlet].places[found.pollutant].account
        assert account is not None
        return account.loaded_mg, account.charged_mg, account.rank

    def take(self, chunk: Chunk) -> Found:
        """Process the readings of a chunk."""
        for row in rows_of(chunk):
            self._grow(row.outlet + 1)
            outlet = self._outlets[row.outlet]
            reason = self._verdict(row, outlet)
            if reason is not None:
                self._note(row, reason)
            else:
                self._accept(row, outlet)
        return self._found()

    def finish(self, until_h: int | None = None) -> Found:
        """End all gaps and periods.

        Hours without a reading up to `until_h` (default: the last hour that any outlet reported)
        are missing, for a year at most.
        """
        last = [one.last_h for one in self._outlets if one.last_h is not None]
        end = max(last, default=0) if until_h is None else until_h
        for outlet in self._outlets:
            if outlet.last_h is None:
                continue
            hours = min(end - outlet.last_h, LEAP_H)
            for place in outlet.places:
                if place.begun and hours > 0:
                    place.miss(outlet.last_h + 1, hours)
                place.close()
        return self._found()

    def _grow(self, size: int) -> None:
        for number in range(len(self._outlets), size):
            cards = [card for card in self.plan.cards if card.outlet == number]
            begins = [card.begins_h or 0 for card in cards]
            places = [
                OutletPollutant(
                    (number, p), self.plan, self._rule.SPEC, self._rule.substitute_mg, self._tapes
                )
                for p in range(len(self.plan.pollutants))
            ]
            self._outlets.append(OutletFacts(places, min(begins, default=0)))

    def _verdict(self, row: ReadingRow, outlet: OutletFacts) -> RowReason | None:
        """Reason to exclude a row: the first that applies."""
        # In the order of `Reason`, as in the kernel: both report the same first fault.
        if not 0 <= row.hour < CALENDAR_H:
            return RowReason.OUT_OF_CALENDAR
        if row.hour < outlet.begins_h:
            return RowReason.BEFORE_CARD
        if outlet.last_h is not None:
            if row.hour < outlet.last_h:
                return RowReason.CLOCK_BACK
            if row.hour == outlet.last_h:
                return RowReason.DUPLICATE
            if row.hour > outlet.last_h + LEAP_H:
                return RowReason.CLOCK_AHEAD
        return _wrong_values(row)

    def _accept(self, row: ReadingRow, outlet: OutletFacts) -> None:
        since = row.hour if outlet.last_h is None else outlet.last_h + 1
        warned: set[RowReason] = set()
        measured = False
        for p, place in enumerate(outlet.places):
            conc, status = row.conc_ng_per_l[p], row.status[p]
            # The gap before this hour comes first: masses are booked in order of time.
            if place.begun and row.hour > since:
                place.miss(since, row.hour - since)
            counts = self._status(row, status, conc, place, warned)
            _put(place, row, counts, conc, None if row.summed_mg is None else row.summed_mg[p])
            if counts is Status.VALID and row.volume_l > 0:
                measured = True
                if conc > 0 and place.usual.is_far(conc):
                    warned.add(RowReason.UNIT_OF_CONC)
            if counts in MEASURES and row.volume_l == 0 and conc > 0:
                warned.add(RowReason.CONC_AT_NO_FLOW)
        if measured and outlet.usual.is_far(row.volume_l):
            warned.add(RowReason.UNIT_OF_VOLUME)
        # Sorted, since a set has no order and the kernel reports by number.
        for reason in sorted(warned):
            self._note(row, reason)
        outlet.last_h = row.hour

    def _status(
        self,
        row: ReadingRow,
        status: Status,
        conc: int,
        place: OutletPollutant,
        warned: set[RowReason],
    ) -> Status:
        """How a pollutant's hour counts."""
        if status is Status.CLASHING:
            warned.add(RowReason.TWO_IN_HOUR)
            return Status.MISSING
        if status is Status.STOPPED and row.volume_l > 0:
            warned.add(RowReason.FLOW_WHILE_STOPPED)
            return Status.MISSING
        if status is Status.GIVEN and not self.plan.given_stand:
            return Status.MISSING
        if status in MEASURES and conc == ABSENT and row.volume_l > 0:
            if place.begun:
                warned.add(RowReason.CONC_MISSING)
            return Status.MISSING
        return status

    def _note(self, row: ReadingRow, reason: RowReason) -> None:
        counts = self._outlets[row.outlet].counts
        counts[reason] += 1
        if counts[reason] <= KEPT_EACH:
            self._tapes.notes.append((row.number, row.outlet, row.hour, reason))

    def _found(self) -> Found:
        found = Found(
            _table(self._tapes.masses, MASS_COLUMNS),
            _table(self._tapes.events, EVENT_COLUMNS),
            _table(self._tapes.balances, BALANCE_COLUMNS),
            _table(self._tapes.notes, NOTE_COLUMNS),
        )
        for tape in (
            self._tapes.masses, self._tapes.events, self._tapes.balances, self._tapes.notes
        ):  # fmt: skip
            tape.clear()
        return found


def is_unusable(row: ReadingRow) -> bool:
    """Whether a reading is excluded whatever stands before it."""
    return not 0 <= row.hour < CALENDAR_H or _wrong_values(row) is not None


def _wrong_values(row: ReadingRow) -> RowReason | None:
    """First fault in the flags, and the values of the pollutants that count as measured."""
    if Status.UNKNOWN in row.status:
        return RowReason.UNKNOWN_FLAG
    concs = [c for c, s in zip(row.conc_ng_per_l, row.status, strict=True) if s in MEASURES]
    if not concs:
        return None
    present = [conc for conc in concs if conc != ABSENT]
    if ABSENT != row.volume_l < 0:
        return RowReason.NEGATIVE_FLOW
    if any(conc < 0 for conc in present):
        return RowReason.NEGATIVE_CONC
    if row.volume_l > MOST_VALUE or any(
        conc > MOST_VALUE or row.volume_l * conc > MOST_HOUR_MG * NG_PER_MG for conc in present
    ):
        return RowReason.TOO_LARGE
    if row.volume_l == ABSENT:
        return RowReason.CONC_WITHOUT_FLOW if present else RowReason.EMPTY
    return RowReason.FLOW_WITHOUT_CONC if row.volume_l and not present else None


def _put(
    place: OutletPollutant, row: ReadingRow, status: Status, conc: int, summed_mg: int | None
) -> None:
    """Pass an hour to a place according to its status."""
    if status in MEASURES and conc != ABSENT:
        place.begun = True
    if not place.begun:
        return
    if status is Status.MISSING:
        place.miss(row.hour, 1)
    elif status is Status.STOPPED:
        place.stop(row.hour)
    else:
        mass = 0 if conc == ABSENT else mass_mg(row.volume_l, conc)
        if status is Status.VALID and summed_mg is not None:
            mass = summed_mg
        put = place.measure if status is Status.VALID else place.stand_in
        put(row.hour, mass)


def rows_of(chunk: Chunk) -> list[ReadingRow]:
    """The rows of a chunk, one by one."""
    status = np.broadcast_to(chunk.status, chunk.conc_ng_per_l.shape)
    summed = None if chunk.mass_mg is None else chunk.mass_mg.T.tolist()
    return [
        ReadingRow(
            outlet,
            hour,
            volume,
            tuple(concs),
            tuple(map(Status, flags)),
            number,
            None if summed is None else tuple(summed[n]),
        )
        for n, (outlet, hour, volume, concs, flags, number) in enumerate(
            zip(
                chunk.outlet.tolist(),
                chunk.hour.tolist(),
                chunk.volume_l.tolist(),
                chunk.conc_ng_per_l.T.tolist(),
                status.T.tolist(),
                chunk.row.tolist(),
                strict=True,
            )
        )
    ]


def _table(rows: Sequence[Sequence[int]], columns: Sequence[str]) -> IntArray:
    return np.array(rows, np.int64).reshape(len(rows), len(columns))
