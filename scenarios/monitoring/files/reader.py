"""Batches of a table into chunks; unreadable rows are excluded and listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol
from zlib import crc32

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from permits.errors import InputError
from permits.metering import ABSENT, Chunk, RowReason
from permits.metering.chunk import KEPT_EACH
from scenarios.monitoring.files.headings import L_PER_M3, Layout
from scenarios.monitoring.files.time_zones import NO_SUCH_HOUR, UNREADABLE, Clock
from scenarios.monitoring.files.values import (
    BROKEN,
    distinct_texts,
    is_number,
    is_text,
    refused_type,
    statuses,
    whole_numbers,
)
from scenarios.text import t

IntArray = NDArray[np.int64]
NOBODY, OTHERS = -1, -2  # in the place of an outlet's number


class OutletNumbers:
    """Outlets by number: the cards' first, then as they come."""

    def __init__(self, names: Sequence[str] = ()) -> None:
        self.names: list[str] = []
        self._numbers: dict[str, int] = {}
        for name in names:
            self.number(name)

    def number(self, name: str) -> int:
        """The number of an outlet, new if it has not been seen."""
        found = self._numbers.setdefault(name, len(self.names))
        if found == len(self.names):
            self.names.append(name)
        return found


class ReadingFile(Protocol):
    """A file of readings whose columns are known."""

    name: str
    pollutants: tuple[str, ...]
    notices: list[str]

    @property
    def rows(self) -> int:
        """Number of readings, exact or estimated."""

    def see_totals(self) -> None:
        """Read reported masses too, as `headings.OF_TOTAL` names them."""

    def chunks(self, reader: Reader) -> Iterator[Chunk]:
        """Its readings, in order."""


@dataclass(slots=True)
class Reader:
    """State that all files of a run share while they are read."""

    pollutants: tuple[str, ...]
    names: OutletNumbers
    clock: Clock
    unreadable: Counter[tuple[str, RowReason]] = field(default_factory=Counter)  # by outlet
    rows: list[tuple[str, int, str, str, RowReason]] = field(default_factory=list)
    """The first of these: file, row, outlet, time, reason."""
    totals: dict[str, list[Decimal]] = field(default_factory=dict)  # of US files: see `us_hours`
    told: set[str] = field(default_factory=set)
    share: tuple[int, int] = (0, 1)  # which of how many parts of the outlets are read

    def outlet(self, name: str) -> int:
        """The number of an outlet, or `OTHERS` where another share reads it."""
        mine, of = self.share
        return self.names.number(name) if crc32(name.encode()) % of == mine else OTHERS

    def set_aside(self, file: str, row: int, outlet: str, at: str, reason: RowReason) -> None:
        """Count an excluded row, and keep the first ones of each outlet and reason.

        Args:
            file: name of the file.
            row: row number in the file.
            outlet: name of the outlet, empty if unreadable.
            at: time as written in the file, or empty.
            reason: why the row is excluded.
        """
        if not outlet and self.share[0]:
            return  # rows of no outlet belong to the first share
        self.unreadable[outlet, reason] += 1
        if self.unreadable[outlet, reason] <= KEPT_EACH:
            self.rows.append((file, row, outlet, at, reason))

    def chunk(
        self, file: str, columns: Callable[[int], Any], layout: Layout, rows: IntArray
    ) -> Chunk:
        """Convert a batch of a table into a chunk, without its unreadable rows.

        Args:
            file: name of the file.
            columns: returns the arrow array of a column number.
            layout: column numbers of the quantities.
            rows: (n,) row numbers in the file.
        """
        outlet, no_outlet = self._outlets(file, columns(layout.outlet))
        hour, minute = self._hours(file, columns(layout.at), outlet)
        volume, bad = self._numbers(file, "volume_m3", columns(layout.volume), L_PER_M3)
        conc = np.full((len(self.pollutants), len(rows)), ABSENT, np.int64)
        bads = [no_outlet, bad]
        for name, (place, factor) in layout.conc.items():
            conc[self.pollutants.index(name)], bad = self._numbers(
                file, name, columns(place), factor
            )
            bads.append(bad)
        flags = None if layout.flag is None else columns(layout.flag)
        chunk = Chunk(outlet, hour, volume, conc, statuses(flags, len(rows)), rows, minute)
        wrong = (hour <= NO_SUCH_HOUR) | (outlet == OTHERS)
        for bad in bads:
            if bad is not None:
                wrong = wrong | bad
        return self._kept(file, chunk, wrong, columns(layout.at)) if wrong.any() else chunk

    def _kept(self, file: str, chunk: Chunk, wrong: Any, at: Any) -> Chunk:
        """The chunk without the rows that cannot be read."""
        blank = (chunk.outlet == NOBODY) & (chunk.hour == UNREADABLE)
        blank &= (chunk.volume_l == ABSENT) & (chunk.conc_ng_per_l == ABSENT).all(axis=0)
        for n in np.flatnonzero(wrong & (chunk.outlet != OTHERS) & ~blank):
            gone = chunk.hour[n] == NO_SUCH_HOUR
            self.set_aside(
                file,
                int(chunk.row[n]),
                self.names.names[chunk.outlet[n]] if chunk.outlet[n] >= 0 else "",
                str(at[int(n)].as_py() or ""),
                RowReason.NO_SUCH_HOUR if gone else RowReason.UNREADABLE,
            )
        return chunk.where(~wrong)

    def _outlets(self, file: str, column: Any) -> tuple[NDArray[np.int32], Any]:
        if pa.types.is_integer(column.type):
            self._tell(file, "outlet", column.type)
            column = column.cast(pa.string())
        elif not is_text(column.type):
            raise refused_type(file, "outlet", column.type, t("texts"))
        texts, index = distinct_texts(column)
        numbers = np.array(
            [NOBODY if text is None or BROKEN in text else self.outlet(text) for text in texts]
            or [NOBODY],
            np.int32,
        )
        outlet = numbers[index]
        return outlet, outlet == NOBODY if NOBODY in numbers else None

    def _hours(self, file: str, column: Any, outlet: Any) -> tuple[IntArray, IntArray | None]:
        kind = column.type
        if pa.types.is_timestamp(kind):
            stamps = column.cast(pa.int64())
            whole = stamps.fill_null(0).to_numpy(zero_copy_only=False)
            try:
                hours, minutes = self.clock.of_stamps(whole, kind.unit, kind.tz, outlet)
            except InputError as error:
                error.where = file
                raise
            if stamps.null_count:
                hours = np.where(column.is_null().to_numpy(zero_copy_only=False), UNREADABLE, hours)
            return hours, minutes
        if not is_text(kind):
            raise refused_type(file, "at", kind, t("times"))
        texts, index = distinct_texts(column)
        return self.clock.of_texts(texts, index, outlet)

    def _numbers(self, file: str, name: str, column: Any, factor: int) -> tuple[IntArray, Any]:
        if not is_text(column.type) and not is_number(column.type):
            raise refused_type(file, name, column.type, t("numbers"))
        return whole_numbers(column, factor)

    def _tell(self, file: str, column: str, kind: Any) -> None:
        self.told.add(
            t("{file}: column {column} has the type {kind}; it was read as text", file=file,
              column=column, kind=str(kind))
        )  # fmt: skip


def stopped_at(row: int, error: Exception, *, where: str) -> InputError:
    """The error for a text file that cannot be read from a row on.

    Args:
        row: first row that cannot be read.
        error: the parser's error.
        where: name of the file.
    """
    return InputError(
        "meter.csv",
        "the file cannot be read from row {row} on: {error}",
        where=where,
        mend="correct that row, or give the rows before and after it as two files",
        row=row,
        error=str(error).splitlines()[0],
    )
