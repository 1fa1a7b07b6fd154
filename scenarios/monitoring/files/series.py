"""Complete series of outlets from files of readings, for checks across rows.

Outlets are taken in shares that fit in memory, and the files read once for each share. Only
hours count that were measured: valid, complete, and the first report of their hour.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from permits.errors import InputError, ManyErrors, RightsError
from permits.meter.flags import Status
from permits.meter.rounding import MOST_L, MOST_NG_PER_L, MOST_TOTAL_MG
from permits.metering import ABSENT, Chunk
from permits.metering.hour_tables import CALENDAR_H
from scenarios.intake.cells import TableInput
from scenarios.monitoring.files.file_kinds import open_files
from scenarios.monitoring.files.headings import OF_TOTAL
from scenarios.monitoring.files.hourly import Hourly
from scenarios.monitoring.files.reader import OutletNumbers, Reader, ReadingFile
from scenarios.monitoring.files.time_zones import Clock
from scenarios.results.result import Table
from scenarios.results.stores.csv_tables import csv_bytes

ROWS_AT_ONCE = 5_000_000  # 130 bytes each while sorted: 650 MB
IntArray = NDArray[np.int64]


class OutletSeries(NamedTuple):
    """One pollutant at one outlet: arrays over its measured hours, in order of time."""

    outlet: str
    pollutant: str
    hours: IntArray  # since 1970, local time
    volume_l: IntArray
    conc_ng_per_l: IntArray
    totals_mg: IntArray  # as reported, or `ABSENT`


class Look(NamedTuple):
    """Findings in series: a table for files, and its rows as printed."""

    table: Table
    rows: list[dict[str, Any]]

    def write(self, folder: Path) -> None:
        """The table as CSV, under its name."""
        (folder / f"{self.table.spec.name}.csv").write_bytes(csv_bytes(self.table))


class _Sorted(NamedTuple):
    """A share's rows by outlet and hour."""

    outlet: NDArray[np.int32]
    hour: IntArray
    volume_l: IntArray
    values: IntArray  # (P, n) concentrations, and totals under names of their own
    valid: NDArray[np.bool_]  # (P, n)


def read_series(files: Sequence[TableInput], *, zone: str | None = None) -> Iterator[OutletSeries]:
    """The series of every outlet and pollutant.

    A file that breaks off gives its rows up to there: metering itself reports that.

    Raises: ManyErrors if no file can be read; InputError for standard input, which can be
        read only once.
    """
    # Not `in`: a data frame compares cell by cell.
    if any(isinstance(file, str) and file == "-" for file in files):
        raise InputError(
            "series.stdin",
            "this has to read the readings twice, but standard input can be read only once",
            where="-",
            mend="write the readings to a file first",
        )
    sources, mistakes = open_files(files)
    if not sources:
        raise ManyErrors(mistakes)
    for source in sources:
        source.see_totals()
    names = tuple(dict.fromkeys(p for source in sources for p in source.pollutants))
    shares = max(1, -(-sum(source.rows for source in sources) // ROWS_AT_ONCE))
    for mine in range(shares):
        reader = Reader(names, OutletNumbers(), Clock(zone), share=(mine, shares))
        yield from _of_share(sources, reader)


def _of_share(sources: Sequence[ReadingFile], reader: Reader) -> Iterator[OutletSeries]:
    hourly = Hourly(reader)
    chunks = [_measured(chunk) for source in sources for chunk in _readable(source, hourly)]
    chunks += [_measured(part.chunk) for part in hourly.rest()]
    rows = _sorted(chunks) if chunks else None
    if rows is None or not len(rows.outlet):
        return
    begins = np.flatnonzero(np.concatenate(([True], np.diff(rows.outlet) != 0)))
    for first, end in zip(begins, [*begins[1:], len(rows.outlet)], strict=True):
        name = reader.names.names[rows.outlet[first]]
        for n, pollutant in enumerate(reader.pollutants):
            if not pollutant.endswith(OF_TOTAL):
                yield _series(rows, slice(first, end), reader.pollutants, n, name)


def _series(rows: _Sorted, own: slice, names: tuple[str, ...], n: int, outlet: str) -> OutletSeries:
    hours = rows.hour[own]
    first_report = np.concatenate(([True], np.diff(hours) != 0))
    conc = rows.values[n, own]
    kept = rows.valid[n, own] & first_report & (conc >= 0) & (conc <= MOST_NG_PER_L)
    totals = np.full(len(hours), ABSENT, np.int64)
    if names[n] + OF_TOTAL in names:
        given = rows.values[names.index(names[n] + OF_TOTAL), own]
        there = (given >= 0) & (given <= MOST_TOTAL_MG)
        totals[there] = given[there]
    return OutletSeries(
        outlet, names[n], hours[kept], rows.volume_l[own][kept], conc[kept], totals[kept]
    )


def _sorted(chunks: Sequence[Chunk]) -> _Sorted:
    """The rows by outlet and hour; of one hour reported twice the first stays first."""
    outlet = np.concatenate([chunk.outlet for chunk in chunks])
    hour = np.concatenate([chunk.hour for chunk in chunks])
    order = np.lexsort((hour, outlet))
    return _Sorted(
        outlet[order],
        hour[order],
        np.concatenate([chunk.volume_l for chunk in chunks])[order],
        np.concatenate([chunk.conc_ng_per_l for chunk in chunks], axis=1)[:, order],
        np.concatenate([_valid(chunk) for chunk in chunks], axis=1)[:, order],
    )


def _readable(source: ReadingFile, hourly: Hourly) -> Iterator[Chunk]:
    try:
        yield from (part.chunk for part in hourly.of(source))
    except RightsError:
        return


def _measured(chunk: Chunk) -> Chunk:
    """The rows that have a time and a flow."""
    kept = (chunk.hour >= 0) & (chunk.hour < CALENDAR_H)
    kept &= (chunk.volume_l >= 0) & (chunk.volume_l <= MOST_L)
    return chunk.where(kept)


def _valid(chunk: Chunk) -> Any:
    """(P, n) which values were measured."""
    shape = chunk.conc_ng_per_l.shape
    return np.broadcast_to(chunk.status == Status.VALID, shape) & (chunk.conc_ng_per_l != ABSENT)
