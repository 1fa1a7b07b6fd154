"""Hourly files of the US emission programmes: sixteen columns without headings.

Plant, unit, day (YYMMDD), hour (local standard time), NOx and SO2 [lb/h], ..., part of the
hour in operation, ..., flags. -9 is no value. A pound is 0.45359237 kg exactly, so a file's
decimals become mg rounded once, half to even, while their sums in lb are kept exact.

Flags of a mass: 1 measured, 2 calculated, 3 substituted, 4 measured and substituted, 98
undetermined; empty while the unit stands still. Only 3 counts as the reporter's own
substitute; 4 is a measured mass of which a part rests on one [VOC-C15].
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from permits.meter.flags import Status
from permits.metering import ABSENT, Chunk, RowReason
from permits.metering.hour_tables import hour_of
from scenarios.monitoring.files.reader import NOBODY, OTHERS, IntArray, Reader, stopped_at
from scenarios.monitoring.files.time_zones import UNREADABLE
from scenarios.monitoring.files.values import distinct_texts, whole_numbers

COLUMNS = 16  # of every line, by the programme's format
PLANT, UNIT, DAY, HOUR, NOX, SO2, OPTIME, SO2_FLAG, NOX_FLAG = 0, 1, 2, 3, 4, 5, 7, 12, 13  # places
MASSES = {"NOX": (NOX, NOX_FLAG), "SO2": (SO2, SO2_FLAG)}
NOTHING = -9  # the programme's sign for no value
FLAGS = {"3": Status.GIVEN} | dict.fromkeys(("1", "2", "4", "98", "97", "99"), Status.VALID)
DAYS = re.compile(r"\d{6}")
ONE_MILLION_L = 1_000_000  # of this volume the ng/L are the mg
POUND_MG, PER_POUND = 45_359_237, 100_000  # mg in thousandths of a pound: their ratio
THOUSANDTHS = 1_000  # files state pounds with three decimals
BLOCK = 16 * 2**20  # bytes parsed at once: bounds memory (assumed)


def is_us_file(path: Path) -> bool:
    """Whether the first line is one of such a file."""
    with path.open("rb") as file:
        line = file.readline(1000)
    try:
        cells = next(csv.reader([line.decode("ascii").strip()]), [])
    except UnicodeDecodeError:
        return False
    return len(cells) == COLUMNS and cells[PLANT].isdecimal() and bool(DAYS.fullmatch(cells[DAY]))


class UsFile:
    """An hourly file of the US programmes."""

    def __init__(self, path: Path) -> None:
        self.name, self._path = path.name, path
        self.notices: list[str] = []
        self.pollutants = tuple(MASSES)

    def see_totals(self) -> None:
        """Do nothing: such files report masses only."""

    @property
    def rows(self) -> int:
        """Estimated number of readings."""
        return self._path.stat().st_size // 60  # about 60 bytes per line

    def chunks(self, reader: Reader) -> Iterator[Chunk]:
        """The readings, in order of rows."""
        broken: list[int] = []

        def skip(row: Any) -> str:
            broken.append(row.number)
            reader.set_aside(self.name, row.number, "", "", RowReason.UNREADABLE)
            return "skip"

        line = 1
        try:
            with self._path.open("rb") as file:
                for batch in _open(file, skip):
                    lines = np.arange(line, line + batch.num_rows + len(broken), dtype=np.int64)
                    rows = lines[~np.isin(lines, broken)][: batch.num_rows]
                    line = int(rows[-1]) + 1
                    yield self._chunk(reader, batch, rows)
        except pa.ArrowInvalid as error:
            raise stopped_at(line, error, where=self.name) from error

    def _chunk(self, reader: Reader, batch: Any, rows: IntArray) -> Chunk:
        outlet = _outlets(reader, batch)
        hour, wrong = _hours(batch)
        optime, bad = whole_numbers(batch.column(OPTIME), THOUSANDTHS)
        running = optime > 0
        conc = np.full((len(reader.pollutants), len(rows)), ABSENT, np.int64)
        status = np.full(conc.shape, Status.MISSING, np.uint8)
        wrong |= (outlet == NOBODY) | (False if bad is None else bad)
        used = outlet != OTHERS
        # Both masses before the hours in operation: a reported mass proves operation.
        for name, (place, flags) in MASSES.items():
            thousandths, bad = whole_numbers(batch.column(place), THOUSANDTHS)
            wrong |= False if bad is None else bad
            there = (thousandths != ABSENT) & (thousandths != NOTHING * THOUSANDTHS)
            p = reader.pollutants.index(name)
            conc[p, there] = pounds_mg(thousandths[there])
            status[p] = _status(batch.column(flags), running, there)
            running = running | there
            given = there & used & (status[p] == Status.GIVEN)
            _add(reader, name, thousandths[there & used & ~wrong], thousandths[given & ~wrong])
        _add(reader, "hours", running[used & ~wrong].astype(np.int64), np.empty(0, np.int64))
        status[:, ~running] = Status.STOPPED
        volume = np.where(running, ONE_MILLION_L, 0)
        keep = ~wrong & used
        for n in np.flatnonzero(wrong & used):
            name = reader.names.names[outlet[n]] if outlet[n] >= 0 else ""
            reader.set_aside(self.name, int(rows[n]), name, "", RowReason.UNREADABLE)
        return Chunk(
            outlet[keep], hour[keep], volume[keep], conc[:, keep], status[:, keep], rows[keep]
        )


def pounds_mg(thousandths: IntArray) -> IntArray:
    """Thousandths of a pound as mg, half to even."""
    whole, rest = np.divmod(thousandths * POUND_MG, PER_POUND)
    up = (2 * rest > PER_POUND) | ((2 * rest == PER_POUND) & (whole % 2 == 1))
    found: IntArray = whole + up
    return found


def _add(reader: Reader, name: str, all_of: IntArray, given: IntArray) -> None:
    sums = reader.totals.setdefault(name, [0, 0])
    sums[0] += int(all_of.sum())
    sums[1] += int(given.sum())


def _status(flags: Any, running: Any, there: Any) -> Any:
    texts, index = distinct_texts(flags)
    known = np.array([FLAGS.get(text or "", Status.UNKNOWN) for text in texts], np.uint8)[index]
    empty = np.array([text is None for text in texts])[index]
    return np.where(empty, np.where(there, Status.VALID, Status.MISSING), known)


def _outlets(reader: Reader, batch: Any) -> Any:
    """Plant and unit as one name: `2727-3`."""
    (plants, of_plant), (units, of_unit) = (
        distinct_texts(batch.column(PLANT)),
        distinct_texts(batch.column(UNIT)),
    )
    pair = of_plant * len(units) + of_unit
    found = np.full(len(plants) * len(units), NOBODY, np.int32)
    for n in dict.fromkeys(pair.tolist()):
        plant, unit = plants[n // len(units)], units[n % len(units)]
        found[n] = NOBODY if plant is None or unit is None else reader.outlet(f"{plant}-{unit}")
    return found[pair]


def _hours(batch: Any) -> tuple[IntArray, Any]:
    texts, index = distinct_texts(batch.column(DAY))
    hour, bad = whole_numbers(batch.column(HOUR), 1)
    day = np.array([_day(text) for text in texts], np.int64)[index]
    wrong = (day == UNREADABLE) | (hour < 0) | (hour > 23)
    return day + hour, wrong if bad is None else wrong | bad


def _day(text: str | None) -> int:
    """The first hour of `070701`; years from 70 on are of the last century."""
    if text is None or not DAYS.fullmatch(text):
        return UNREADABLE
    year = int(text[:2])
    try:
        return hour_of(date(year + (1900 if year >= 70 else 2000), int(text[2:4]), int(text[4:])))
    except ValueError:
        return UNREADABLE


def _open(file: Any, skip: Any) -> Any:
    names = [str(n) for n in range(COLUMNS)]
    return pyarrow.csv.open_csv(
        file,
        read_options=pyarrow.csv.ReadOptions(
            column_names=names, block_size=BLOCK, use_threads=False
        ),
        parse_options=pyarrow.csv.ParseOptions(invalid_row_handler=skip),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=True,
            null_values=[""],
            quoted_strings_can_be_null=True,
        ),
    )
