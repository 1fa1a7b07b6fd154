"""Two readings of one outlet in one hour: equal ones are one, of unequal ones none counts.

Before the pass, since the first of two would be booked before the second is seen: the last
reading of every outlet is held back until its next hour begins, in the next file if need be.
An hour of unequal readings goes on as one row of `Status.CLASHING`, which the pass reports as
`two_in_hour` and leaves to the missing-data rule; the further readings are noted here.
A reading with unusable values is none: it goes on alone, for the pass to exclude.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from permits.meter.flags import Status
from permits.metering.chunk import ABSENT, Chunk, IntArray, RowReason, joined_chunks
from permits.metering.hour_tables import CALENDAR_H
from permits.metering.plain_metering import is_unusable, rows_of

NO_HOUR = ABSENT  # no reading is held
FAR_L = FAR_NG_PER_L = 10**9
"""Values up to here are within all limits of the pass, whose product would fit it 9 times over:
a quick look decides on nearly every row."""


class SameHourNote(NamedTuple):
    """A reading that does not count because of another one of its hour."""

    file: int
    row: int
    outlet: int
    hour: int
    reason: RowReason


class FromFile(NamedTuple):
    """Readings, and the number of the file that they stand in."""

    file: int
    chunk: Chunk


@dataclass(slots=True)
class _HeldRows:
    """The reading held back of every outlet, by its number."""

    hour: IntArray  # (O,) or `NO_HOUR`
    file: IntArray
    volume_l: IntArray
    row: IntArray
    conc_ng_per_l: IntArray  # (P, O)
    status: NDArray[np.uint8]  # (P, O)

    @classmethod
    def none(cls, pollutants: int, size: int) -> _HeldRows:
        """Room for `size` outlets, none of which has a reading yet."""
        file, volume_l, row = (np.zeros(size, np.int64) for _ in range(3))
        conc = np.zeros((pollutants, size), np.int64)
        status = np.zeros((pollutants, size), np.uint8)
        return cls(np.full(size, NO_HOUR), file, volume_l, row, conc, status)

    def put(self, chunk: Chunk, file: IntArray | int) -> None:
        """Hold back the rows of a chunk, one for each outlet."""
        at = chunk.outlet
        self.hour[at], self.file[at] = chunk.hour, file
        self.volume_l[at], self.row[at] = chunk.volume_l, chunk.row
        self.conc_ng_per_l[:, at], self.status[:, at] = chunk.conc_ng_per_l, chunk.status

    def take(self, outlets: IntArray) -> list[FromFile]:
        """The rows of some outlets, by file; nothing of these is held any longer."""
        there = outlets[self.hour[outlets] != NO_HOUR]
        there = there[np.argsort(self.row[there], kind="stable")]  # as their files have them
        found = [
            FromFile(int(file), self._chunk(there[self.file[there] == file]))
            for file in np.unique(self.file[there])
        ]
        self.hour[there] = NO_HOUR
        return found

    def _chunk(self, at: IntArray) -> Chunk:
        return Chunk(
            at.astype(np.int32),
            self.hour[at],
            self.volume_l[at],
            self.conc_ng_per_l[:, at],
            self.status[:, at],
            self.row[at],
        )


class HourPairs:
    """Takes hourly readings in chunks, and returns them with one row for each hour."""

    def __init__(self) -> None:
        self._held = _HeldRows.none(0, 0)
        self.notes: list[SameHourNote] = []  # for the caller to take away

    def take(self, chunk: Chunk, file: int) -> list[FromFile]:
        """The readings whose hour is over.

        Args:
            chunk: hourly readings, each outlet's in order of time.
            file: number of the file that they stand in; later files have higher ones.
        """
        if not len(chunk):
            return []
        self._grow(int(chunk.outlet.max()) + 1, len(chunk.conc_ng_per_l))
        order = _by_outlet(chunk)
        outlet, hour = chunk.outlet[order], chunk.hour[order]
        begins, ends = _bounds(outlet)
        outlets = outlet[begins].astype(np.int64)
        if _same_hours(outlet, hour).any() or (self._held.hour[outlets] == hour[begins]).any():
            return self._resolved(chunk, file, outlets)
        found = self._held.take(outlets)
        last = order[ends]
        self._held.put(chunk.where(last), file)
        kept = np.ones(len(chunk), bool)
        kept[last] = False
        return [*found, FromFile(file, chunk.where(kept))]

    def close(self, outlets: NDArray[np.int32] | None = None) -> list[FromFile]:
        """The readings held back: of some outlets, or of all."""
        size = len(self._held.hour)
        if outlets is None:
            return self._held.take(np.arange(size))
        known = np.unique(outlets).astype(np.int64)
        return self._held.take(known[known < size])

    def _grow(self, size: int, pollutants: int) -> None:
        had = len(self._held.hour)
        if size <= had:
            return
        longer = _HeldRows.none(pollutants, max(size, 2 * had))  # doubled: growing stays cheap
        for field in fields(_HeldRows) if had else ():
            getattr(longer, field.name)[..., :had] = getattr(self._held, field.name)
        self._held = longer

    def _resolved(self, chunk: Chunk, file: int, outlets: IntArray) -> list[FromFile]:
        """As `take`, where some row has the hour of the row before it."""
        before = self._held.take(outlets)
        wide = np.array(np.broadcast_to(chunk.status, chunk.conc_ng_per_l.shape))
        whole = joined_chunks([*(part.chunk for part in before), replace(chunk, status=wide)])
        files = np.repeat([*(part.file for part in before), file],
                          [*(len(part.chunk) for part in before), len(chunk)])  # fmt: skip
        order = _by_outlet(whole)
        stands, kept = self._judged(whole, files, order)
        _, ends = _bounds(whole.outlet[order])
        last = stands[order[ends]]
        self._held.put(whole.where(last), files[last])
        kept[last] = False
        return [FromFile(int(one), whole.where(kept & (files == one))) for one in np.unique(files)]

    def _judged(
        self, chunk: Chunk, files: IntArray, order: IntArray
    ) -> tuple[IntArray, NDArray[np.bool_]]:
        """For each row the one that stands for its hour, and which rows go on.

        Rows that clash get their status here; the others of their hour are noted.

        Args:
            chunk: n readings, with a status for each pollutant.
            files: (n,) number of each one's file.
            order: (n,) the rows outlet by outlet.
        """
        places = np.flatnonzero(_same_hours(chunk.outlet[order], chunk.hour[order]))
        doubtful = chunk.where(rows := np.unique(order[np.union1d(places - 1, places)]))
        plainly = dict(zip(rows.tolist(), _plainly_usable(doubtful).tolist(), strict=True))
        said = dict(zip(rows.tolist(), _values(doubtful), strict=True))
        stands = dict(zip(rows.tolist(), rows.tolist(), strict=True))
        clashing: set[int] = set()
        dropped: list[int] = []
        for before, n in zip(order[places - 1].tolist(), order[places].tolist(), strict=True):
            first = stands[before]
            if first not in clashing and not (plainly[first] or _is_usable(chunk, first)):
                continue
            stands[n] = first
            if plainly[n] or _is_usable(chunk, n):
                reason = RowReason.DUPLICATE
                if first in clashing or said[first] != said[n]:
                    clashing.add(first)
                    reason = RowReason.TWO_IN_HOUR
                dropped.append(n)
                self.notes.append(_note(chunk, n, int(files[n]), reason))
        chunk.status[:, sorted(clashing)] = Status.CLASHING
        kept = np.ones(len(chunk), bool)
        kept[dropped] = False
        stand = np.arange(len(chunk))
        stand[rows] = [stands[row] for row in rows.tolist()]
        return stand, kept


def _values(chunk: Chunk) -> list[tuple[int, list[int], list[int]]]:
    """What each row says."""
    concs, statuses = chunk.conc_ng_per_l.T.tolist(), chunk.status.T.tolist()
    return list(zip(chunk.volume_l.tolist(), concs, statuses, strict=True))


def _note(chunk: Chunk, n: int, file: int, reason: RowReason) -> SameHourNote:
    return SameHourNote(file, int(chunk.row[n]), int(chunk.outlet[n]), int(chunk.hour[n]), reason)


def _plainly_usable(chunk: Chunk) -> NDArray[np.bool_]:
    """(n,) rows that are measured throughout, with values far from every limit."""
    volume, conc = chunk.volume_l, chunk.conc_ng_per_l
    found = (chunk.hour >= 0) & (chunk.hour < CALENDAR_H) & (volume >= 0) & (volume <= FAR_L)
    measured = (chunk.status == Status.VALID) & (conc >= 0) & (conc <= FAR_NG_PER_L)
    plain: NDArray[np.bool_] = found & measured.all(axis=0)
    return plain


def _is_usable(chunk: Chunk, n: int) -> bool:
    return not is_unusable(rows_of(chunk.part(n, n + 1))[0])


def _by_outlet(chunk: Chunk) -> IntArray:
    """(n,) the rows outlet by outlet, each outlet's in their order."""
    if (np.diff(chunk.outlet) >= 0).all():
        return np.arange(len(chunk))
    return np.argsort(chunk.outlet, kind="stable")


def _bounds(outlet: NDArray[np.int32]) -> tuple[IntArray, IntArray]:
    """First and last row of each outlet, of rows sorted by outlet."""
    new = np.flatnonzero(np.diff(outlet) != 0)
    return np.append(0, new + 1), np.append(new, len(outlet) - 1)


def _same_hours(outlet: NDArray[np.int32], hour: IntArray) -> NDArray[np.bool_]:
    """(n,) rows of the outlet and hour of the row before them."""
    return np.append(False, (np.diff(outlet) == 0) & (np.diff(hour) == 0))
