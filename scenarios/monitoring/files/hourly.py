"""Readings by the minute, day or month into hours, file by file, and one reading for each hour.

A reading by the hour belongs to the whole hour that is at most five minutes off, any other to
the hour in which it begins; what two of one hour count is in `permits.metering.same_hour`.

The interval of an outlet's readings is found in the file: the most frequent step of the first
chunk with two of its readings. Steps up to half an hour are minutes, one of 24 hours is a
day, one of 28 to 31 days a month; any other is an hour, and the hours between are missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from permits.errors import InputError
from permits.metering import ABSENT, Chunk
from permits.metering.chunk import joined_chunks
from permits.metering.hour_tables import CALENDAR_H, DAY_H, hour_name
from permits.metering.minutes import HOUR_MIN, HourMaker, Hours, find_hourly, find_intervals
from permits.metering.periods import MONTH_H, find_sparse, month_hours, spread
from permits.metering.same_hour import FromFile, HourPairs
from scenarios.monitoring.files.headings import OF_TOTAL
from scenarios.monitoring.files.reader import IntArray, Reader, ReadingFile
from scenarios.text import t

LONGEST_MIN = 30  # longest step that fits an hour twice; longer ones are hours
UNKNOWN = -1  # no step found yet: a step is never negative
NEAR_MIN = 5
"""Minutes off a whole hour at which a clock, not an hour's beginning, is the reason: assumed
(clocks of stations are a few minutes off at most)."""


class FileHours(NamedTuple):
    """Readings by the hour, and the name of their file."""

    file: str
    chunk: Chunk


class Hourly:
    """The readings of a run's files, by the hour."""

    def __init__(self, reader: Reader) -> None:
        self._reader, self._maker = reader, HourMaker()
        self._pairs = HourPairs()
        self._steps: IntArray = np.empty(0, np.int64)  # by outlet, of the file being read
        self._spans: dict[int, str] = {}  # "day", "month" or "hour", by outlet, of that file
        self._held = Chunk.none()  # a reading whose outlet may go on in the next chunk
        self._files: list[str] = []  # read so far
        self.read = 0  # readings in the files, before any are combined
        self.more = 0  # hours that readings of a day or month stand for, beyond one each
        self.jittered = 0  # readings by the hour up to five minutes off a whole hour
        self.floored = 0  # those further off
        self.partly = 0  # hours known by 45 minutes or more, but not by all

    @property
    def _file(self) -> str:
        return self._files[-1]

    def of(self, source: ReadingFile) -> Iterator[FileHours]:
        """A file's readings; the last hour of each outlet may stay open for the next file.

        Raises: InputError if the step does not divide an hour evenly.
        """
        self._files.append(source.name)
        self._steps, self._spans = np.empty(0, np.int64), {}
        for chunk in source.chunks(self._reader):
            self.read += len(chunk)
            yield from self._once(self._hours(chunk))
        if len(self._held):
            held, self._held = self._held, Chunk.none()
            yield from self._once(self._before(held))
            yield from self._once(self._spread(held))

    def rest(self) -> list[FileHours]:
        """The hours that are still open."""
        open_ones = self._named(self._pairs.close())
        return [*open_ones, *self._once([self._told(self._maker.close())])]

    def _once(self, chunks: Iterable[Chunk]) -> Iterator[FileHours]:
        """One reading for each hour; hours made of minutes, days or months have one already."""
        for chunk in chunks:
            if not len(chunk):
                continue
            if chunk.mass_mg is not None:
                yield from self._named(self._pairs.close(chunk.outlet))
                yield FileHours(self._file, chunk)
                continue
            yield from self._named(self._pairs.take(chunk, len(self._files) - 1))
            for note in self._pairs.notes:
                self._reader.set_aside(
                    self._files[note.file],
                    note.row,
                    self._reader.names.names[note.outlet],
                    hour_name(note.hour),
                    note.reason,
                )
            self._pairs.notes.clear()

    def _named(self, parts: Iterable[FromFile]) -> list[FileHours]:
        return [FileHours(self._files[part.file], part.chunk) for part in parts if len(part.chunk)]

    def _hours(self, chunk: Chunk) -> Iterator[Chunk]:
        if chunk.minute is None and not len(self._steps):
            chunk = self._with_held(chunk)
            yield from self._before(chunk)
            yield from self._spread(chunk)
            return
        if len(self._held):
            chunk, self._held = self._joined(chunk), Chunk.none()
        if chunk.minute is None:
            chunk = replace(chunk, minute=np.zeros(len(chunk), np.int64))
        every = self._every(chunk)
        whole = every == HOUR_MIN
        if whole.any():
            plain = self._on_the_hour(chunk.where(whole))
            # Open hours of these outlets end first: they come before the new readings.
            yield from self._before(plain)
            yield plain
        if not whole.all():
            yield self._told(self._maker.take(self._no_totals(chunk.where(~whole)), every[~whole]))

    def _on_the_hour(self, chunk: Chunk) -> Chunk:
        """Readings by the hour, each in the hour to which it belongs."""
        assert chunk.minute is not None
        late = chunk.minute >= HOUR_MIN - NEAR_MIN
        near = late | (chunk.minute <= NEAR_MIN)
        self.jittered += int(np.count_nonzero(near & (chunk.minute > 0)))
        self.floored += int(np.count_nonzero(~near))
        return replace(chunk, hour=chunk.hour + late, minute=None)

    def _with_held(self, chunk: Chunk) -> Chunk:
        """The chunk after the reading held back; a single last reading is held back in turn."""
        if len(self._held):
            chunk, self._held = joined_chunks([self._held, chunk]), Chunk.none()
        last = int(chunk.outlet[-1]) if len(chunk) > 1 else UNKNOWN
        if last != UNKNOWN and last not in self._spans and chunk.outlet[-2] != last:
            self._held = chunk.part(len(chunk) - 1, len(chunk))
            chunk = chunk.part(0, len(chunk) - 1)
        return chunk

    def _joined(self, chunk: Chunk) -> Chunk:
        held = replace(self._held, minute=np.zeros(len(self._held), np.int64))
        minute = np.zeros(len(chunk), np.int64) if chunk.minute is None else chunk.minute
        return joined_chunks([held, replace(chunk, minute=minute)])

    def _spread(self, chunk: Chunk) -> Iterator[Chunk]:
        """The hours of the chunk, and those of its days and months."""
        sparse = find_sparse(chunk)
        new = [outlet for outlet in sparse.tolist() if outlet not in self._spans]
        if new:
            steps = find_intervals(chunk.where(np.isin(chunk.outlet, new)))
            self._spans |= {outlet: self._span(outlet, steps[outlet]) for outlet in steps}
        long = {outlet: span for outlet, span in self._spans.items() if span != "hour"}
        days = np.isin(chunk.outlet, [o for o, span in long.items() if span == "day"])
        months = np.isin(chunk.outlet, [o for o, span in long.items() if span == "month"])
        spans = days | months
        if not spans.any():
            yield chunk
            return
        hours = np.where(days, DAY_H, month_hours(chunk.hour))[spans]
        wide = spread(chunk.where(spans), hours)
        self.more += len(wide) - int(np.count_nonzero(spans))
        yield chunk.where(~spans)
        yield wide

    def _span(self, outlet: int, step_min: int) -> str:
        """The period that an outlet's readings cover, by their step; adds a notice."""
        step_h = step_min // HOUR_MIN
        if step_h == DAY_H:
            said = t("{file}: daily readings count for all 24 hours of their day", file=self._file)
            span = "day"
        elif step_h in MONTH_H:
            said = t("{file}: monthly readings count for all hours of their month", file=self._file)
            span = "month"
        else:
            said = t("{file}: readings of outlet {outlet} are {hours} hours apart; the hours "
                     "in between count as missing", file=self._file, hours=step_h,
                     outlet=self._reader.names.names[outlet])  # fmt: skip
            span = "hour"
        self._reader.told.add(said)
        return span

    def _before(self, chunk: Chunk) -> Iterator[Chunk]:
        """The open hours of outlets that now report by the hour."""
        if not self._maker.is_empty:
            yield self._told(self._maker.close(np.unique(chunk.outlet)))

    def _every(self, chunk: Chunk) -> IntArray:
        """(n,) minutes from one reading of the outlet to the next."""
        size = int(chunk.outlet.max(initial=-1)) + 1
        if size > len(self._steps):
            more = np.full(size - len(self._steps), UNKNOWN, np.int64)
            self._steps = np.concatenate([self._steps, more])
        if (self._steps[chunk.outlet] == UNKNOWN).any():
            hourly = set(find_hourly(chunk, LONGEST_MIN).tolist())
            for outlet, step in find_intervals(chunk).items():
                if self._steps[outlet] == UNKNOWN:
                    by_hour = outlet in hourly
                    self._steps[outlet] = HOUR_MIN if by_hour else self._checked(outlet, step)
        known, counts = np.unique(self._steps[self._steps != UNKNOWN], return_counts=True)
        usual = int(known[counts.argmax()]) if len(known) else HOUR_MIN
        steps = self._steps[chunk.outlet]
        return np.where(steps == UNKNOWN, usual, steps)

    def _checked(self, outlet: int, step: int) -> int:
        if step > LONGEST_MIN:
            return HOUR_MIN
        if step == 0 or HOUR_MIN % step:
            raise InputError(
                "meter.step",
                "readings of outlet {outlet} are {minutes} minutes apart, which does not "
                "divide an hour evenly",
                where=self._file,
                mend=(
                    "give one reading per hour, or one every 1, 2, 3, 4, 5, 6, 10, 12, 15, "
                    "20 or 30 minutes"
                ),
                outlet=self._reader.names.names[outlet],
                minutes=step,
            )
        self._reader.told.add(
            t("{file}: readings every minute were combined into hours; an hour needs 45 valid "
              "minutes" if step == 1 else
              "{file}: readings every {minutes} minutes were combined into hours; an hour "
              "needs 45 valid minutes",
              file=self._file, minutes=step)
        )  # fmt: skip
        return step

    def _no_totals(self, chunk: Chunk) -> Chunk:
        """The chunk without reported masses, which by the minute are no totals of an hour."""
        totals = [name.endswith(OF_TOTAL) for name in self._reader.pollutants]
        if not any(totals):
            return chunk
        conc = np.where(np.array(totals)[:, None], ABSENT, chunk.conc_ng_per_l)
        return replace(chunk, conc_ng_per_l=conc)

    def _told(self, hours: Hours) -> Chunk:
        self.partly += hours.partly
        for row, outlet, minute, reason in hours.notes:
            hour, past = divmod(minute, HOUR_MIN)
            there = 0 <= hour < CALENDAR_H
            at = f"{hour_name(hour)[:-2]}{past:02d}" if there else ""
            self._reader.set_aside(self._file, row, self._reader.names.names[outlet], at, reason)
        return hours.chunk
