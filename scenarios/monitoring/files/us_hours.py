"""Hourly files of the US emission programmes: sixteen columns without headings, or a table.

The old files: plant, unit, day (YYMMDD), hour (local standard time), NOx and SO2 [lb], ..., part
of the hour in operation, ..., flags; -9 is no value. Today's tables (CAMPD) have headings, a
day as 2020-01-01, the flags in words, and an empty cell for no value. A pound is 0.45359237 kg
exactly, so a file's decimals become mg rounded once for each hour, half to even, while their
sums in lb are exact, whatever the number of decimals.

Flags of a mass: 1 measured, 2 calculated, 3 substituted, 4 measured and substituted, 98
undetermined; empty while the unit stands still. Only 3 counts as the reporter's own
substitute; 4 is a measured mass of which a part rests on one [VOC-C15].
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from permits.meter.flags import Status
from permits.metering import ABSENT, Chunk, RowReason
from permits.metering.chunk import MOST_VALUE
from permits.metering.hour_tables import hour_of
from scenarios.monitoring.files.quotation import check_quotation
from scenarios.monitoring.files.reader import NOBODY, OTHERS, IntArray, Reader, stopped_at
from scenarios.monitoring.files.time_zones import UNREADABLE
from scenarios.monitoring.files.values import distinct_texts, whole_numbers

COLUMNS = 16  # of every line of an old file, by the programme's format
PLANT, UNIT, DAY, HOUR, NOX, SO2, OPTIME, SO2_FLAG, NOX_FLAG = 0, 1, 2, 3, 4, 5, 7, 12, 13  # places
NOTHING = -9  # the programme's sign for no value
FLAGS = {"3": Status.GIVEN} | dict.fromkeys(("1", "2", "4", "98", "97", "99"), Status.VALID)
WORDS_OF_FLAGS = {"substitute": Status.GIVEN} | dict.fromkeys(
    (
        *("measured", "calculated", "measured and substitute", "lme", "other"),
        *("undetermined", "undetermined code", "unknown code", "not applicable"),
    ),
    Status.VALID,
)
"""Flags of a table, as `FLAGS`: LME is a calculated mass of a low mass emitter."""
HEADINGS = {
    "plant": "facility id", "unit": "unit id", "day": "date", "hour": "hour",
    "optime": "operating time",
    "SO2": "so2 mass (lbs)", "SO2 flag": "so2 mass measure indicator",
    "NOX": "nox mass (lbs)", "NOX flag": "nox mass measure indicator",
}  # fmt: skip
DAYS = re.compile(r"\d{6}")
ISO_DAYS = re.compile(r"\d{4}-\d{2}-\d{2}")
LONG = r"\.\d{4,}|[eE]"  # a number with more decimals than thousandths hold, perhaps
ONE_MILLION_L = 1_000_000  # of this volume the ng/L are the mg
POUND_MG, PER_POUND = 45_359_237, 100_000  # mg in thousandths of a pound: their ratio
MG_PER_POUND = Decimal("453592.37")  # exact
THOUSANDTHS = 1_000  # most files state pounds with three decimals; others take longer
BLOCK = 16 * 2**20  # bytes parsed at once: bounds memory (assumed)
FIRST_LINE = 4_000  # bytes of a first line at most: some 30 headings (assumed)


@dataclass(frozen=True, slots=True)
class UsLayout:
    """Where the cells of a line stand, and what its flags and days mean."""

    width: int  # columns of a line
    skipped: int  # lines above the first reading
    plant: int
    unit: int
    day: int
    hour: int
    optime: int
    masses: Mapping[str, tuple[int, int]]  # pollutant: its mass and its flag
    flags: Mapping[str, Status]

    @property
    def places(self) -> list[int]:
        """The columns that are read."""
        first = (self.plant, self.unit, self.day, self.hour, self.optime)
        return sorted({*first, *(place for pair in self.masses.values() for place in pair)})


OLD = UsLayout(
    COLUMNS, 0, PLANT, UNIT, DAY, HOUR, OPTIME,
    {"NOX": (NOX, NOX_FLAG), "SO2": (SO2, SO2_FLAG)}, FLAGS,
)  # fmt: skip


def us_layout(path: Path) -> UsLayout | None:
    """The layout of such a file, by its first line; None for any other file."""
    with path.open("rb") as file:
        line = file.readline(FIRST_LINE)
    try:
        cells = next(csv.reader([line.decode("utf-8-sig").strip()]), [])
    except UnicodeDecodeError:
        return None
    if len(cells) == COLUMNS and cells[PLANT].isdecimal() and DAYS.fullmatch(cells[DAY]):
        return OLD
    titles = [cell.strip().lower() for cell in cells]
    if not set(HEADINGS.values()) <= set(titles):
        return None
    at = {name: titles.index(title) for name, title in HEADINGS.items()}
    masses = {name: (at[name], at[f"{name} flag"]) for name in OLD.masses}
    return UsLayout(
        len(cells), 1, at["plant"], at["unit"], at["day"], at["hour"], at["optime"], masses,
        WORDS_OF_FLAGS,
    )  # fmt: skip


def find_alike_units(names: Iterable[str]) -> list[str]:
    """Units of a plant that differ by leading zeros only, such as `100-001` and `100-1`."""
    found: dict[str, list[str]] = {}
    for name in names:
        plant, _, unit = name.partition("-")
        found.setdefault(f"{plant}-{unit.lstrip('0')}", []).append(name)
    return [name for same in found.values() if len(same) > 1 for name in same]


class UsFile:
    """An hourly file of the US programmes."""

    def __init__(self, path: Path, layout: UsLayout) -> None:
        self.name, self._path, self._layout = path.name, path, layout
        self.notices: list[str] = []
        self.pollutants = tuple(layout.masses)

    def see_totals(self) -> None:
        """Do nothing: such files report masses only."""

    @property
    def rows(self) -> int:
        """Estimated number of readings."""
        return self._path.stat().st_size // (4 * self._layout.width)  # about 4 bytes a cell

    def chunks(self, reader: Reader) -> Iterator[Chunk]:
        """The readings, in order of rows.

        Raises: InputError for a quotation mark that would swallow readings.
        """
        check_quotation(self._path, "utf-8-sig", ",", self._layout.width)
        broken: list[int] = []

        def skip(row: Any) -> str:
            broken.append(row.number)
            reader.set_aside(self.name, row.number, "", "", RowReason.UNREADABLE)
            return "skip"

        line = 1 + self._layout.skipped
        try:
            with self._path.open("rb") as file:
                for batch in _open(file, self._layout, skip):
                    lines = np.arange(line, line + batch.num_rows + len(broken), dtype=np.int64)
                    rows = lines[~np.isin(lines, broken)][: batch.num_rows]
                    line = int(rows[-1]) + 1
                    yield self._chunk(reader, batch, rows)
        except pa.ArrowInvalid as error:
            raise stopped_at(line, error, where=self.name) from error

    def _chunk(self, reader: Reader, batch: Any, rows: IntArray) -> Chunk:
        layout = self._layout
        cells = {place: batch.column(str(place)) for place in layout.places}
        outlet = _outlets(reader, cells[layout.plant], cells[layout.unit])
        hour, wrong = _hours(cells[layout.day], cells[layout.hour])
        optime, bad = whole_numbers(cells[layout.optime], THOUSANDTHS)
        running = optime > 0
        conc = np.full((len(reader.pollutants), len(rows)), ABSENT, np.int64)
        status = np.full(conc.shape, Status.MISSING, np.uint8)
        wrong |= (outlet == NOBODY) | (False if bad is None else bad)
        masses = {name: _pounds(cells[place]) for name, (place, _) in layout.masses.items()}
        for found in masses.values():
            wrong |= found.is_bad
        used = outlet != OTHERS
        keep = ~wrong & used
        # Both masses before the hours in operation: a reported mass proves operation.
        for name, (_, flags) in layout.masses.items():
            found = masses[name]
            p = reader.pollutants.index(name)
            conc[p, found.there] = found.mg[found.there]
            status[p] = _status(cells[flags], layout.flags, running, found.there)
            running = running | found.there
            counted = found.there & keep
            _add(reader, name, found.total(counted),
                 found.total(counted & (status[p] == Status.GIVEN)))  # fmt: skip
        _add(reader, "hours", Decimal(int(np.count_nonzero(running & keep))), Decimal(0))
        status[:, ~running] = Status.STOPPED
        volume = np.where(running, ONE_MILLION_L, 0)
        for n in np.flatnonzero(wrong & used):
            name = reader.names.names[outlet[n]] if outlet[n] >= 0 else ""
            reader.set_aside(self.name, int(rows[n]), name, "", RowReason.UNREADABLE)
        return Chunk(
            outlet[keep], hour[keep], volume[keep], conc[:, keep], status[:, keep], rows[keep]
        )


@dataclass(frozen=True, slots=True)
class _Pounds:
    """A column of masses: in mg, and exactly in lb."""

    mg: IntArray
    there: Any  # (n,) which rows have a mass
    is_bad: Any  # (n,) which cannot be read
    exact: Sequence[Decimal] | None  # the distinct masses [lb]; None: thousandths are exact
    index: IntArray  # (n,) which of these each row holds, or the thousandths themselves

    def total(self, rows: Any) -> Decimal:
        """The exact sum over some rows [lb]."""
        if self.exact is None:
            return Decimal(int(self.index[rows].sum())).scaleb(-3)
        counts = np.bincount(self.index[rows], minlength=len(self.exact))
        return sum((one * int(n) for one, n in zip(self.exact, counts, strict=True)), Decimal(0))


def _pounds(column: Any) -> _Pounds:
    thousandths, bad = whole_numbers(column, THOUSANDTHS)
    there = (thousandths != ABSENT) & (thousandths != NOTHING * THOUSANDTHS)
    is_bad = np.zeros(len(thousandths), bool) if bad is None else bad
    if not pc.any(pc.match_substring_regex(column.cast(pa.binary()), LONG)).as_py():
        return _Pounds(pounds_mg(thousandths), there, is_bad, None, thousandths)
    texts, index = distinct_texts(column)
    exact = [_decimal(text) for text in texts]
    mg = [int((one * MG_PER_POUND).to_integral_value(ROUND_HALF_EVEN)) for one in exact]
    return _Pounds(np.array(mg, np.int64)[index], there, is_bad, exact, index)


def _decimal(text: str | None) -> Decimal:
    """A text as a number; those that are none, or too large for one, are found elsewhere."""
    try:
        number = Decimal(text or 0)
    except InvalidOperation:
        return Decimal(0)
    return number if number.is_finite() and abs(number) < MOST_VALUE else Decimal(0)


def pounds_mg(thousandths: IntArray) -> IntArray:
    """Thousandths of a pound as mg, half to even."""
    whole, rest = np.divmod(thousandths * POUND_MG, PER_POUND)
    up = (2 * rest > PER_POUND) | ((2 * rest == PER_POUND) & (whole % 2 == 1))
    found: IntArray = whole + up
    return found


def _add(reader: Reader, name: str, all_of: Decimal, given: Decimal) -> None:
    sums = reader.totals.setdefault(name, [Decimal(0), Decimal(0)])
    sums[0] += all_of
    sums[1] += given


def _status(column: Any, flags: Mapping[str, Status], running: Any, there: Any) -> Any:
    texts, index = distinct_texts(column)
    known = np.array([flags.get((text or "").lower(), Status.UNKNOWN) for text in texts], np.uint8)[
        index
    ]
    empty = np.array([text is None for text in texts])[index]
    return np.where(empty, np.where(there, Status.VALID, Status.MISSING), known)


def _outlets(reader: Reader, plant: Any, unit: Any) -> Any:
    """Plant and unit as one name: `2727-3`."""
    (plants, of_plant), (units, of_unit) = distinct_texts(plant), distinct_texts(unit)
    pair = of_plant * len(units) + of_unit
    found = np.full(len(plants) * len(units), NOBODY, np.int32)
    for n in dict.fromkeys(pair.tolist()):
        one, other = plants[n // len(units)], units[n % len(units)]
        found[n] = NOBODY if one is None or other is None else reader.outlet(f"{one}-{other}")
    return found[pair]


def _hours(days: Any, hours: Any) -> tuple[IntArray, Any]:
    texts, index = distinct_texts(days)
    hour, bad = whole_numbers(hours, 1)
    day = np.array([_day(text) for text in texts], np.int64)[index]
    wrong = (day == UNREADABLE) | (hour < 0) | (hour > 23)
    return day + hour, wrong if bad is None else wrong | bad


def _day(text: str | None) -> int:
    """The first hour of `070701` or `2007-07-01`; of two digits, 70 on are the last century."""
    try:
        if text is not None and ISO_DAYS.fullmatch(text):
            return hour_of(date.fromisoformat(text))
        if text is None or not DAYS.fullmatch(text):
            return UNREADABLE
        year = int(text[:2])
        return hour_of(date(year + (1900 if year >= 70 else 2000), int(text[2:4]), int(text[4:])))
    except ValueError:
        return UNREADABLE


def _open(file: Any, layout: UsLayout, skip: Any) -> Any:
    names = [str(n) for n in range(layout.width)]
    return pyarrow.csv.open_csv(
        file,
        read_options=pyarrow.csv.ReadOptions(
            column_names=names, skip_rows=layout.skipped, block_size=BLOCK, use_threads=False
        ),
        parse_options=pyarrow.csv.ParseOptions(invalid_row_handler=skip),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            include_columns=[str(place) for place in layout.places],
            strings_can_be_null=True,
            null_values=[""],
            quoted_strings_can_be_null=True,
        ),
    )
