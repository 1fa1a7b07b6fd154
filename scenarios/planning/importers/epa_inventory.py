"""EPA emission inventories: emission of every source, and its existing control.

Supported are ORL files (nonpoint, point, nonroad, onroad; commas or blanks between fields,
no header line) and FF10 files (with their header line). Emission is in short tons a year.
A source is a county and source class, at a plant also its unit, stack and process.

Source: [EPA-CMDB].
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from permits.errors import InputError, RightsError
from scenarios.planning.importers.epa_measures import canonical
from scenarios.planning.importers.epa_records import (
    Cells,
    EpaRecord,
    decode,
    normal,
    raise_all,
    rows_with_lines,
)
from scenarios.text import t

T_PER_SHORT_TON = Decimal("0.90718474")  # exact: 2,000 lb of 0.45359237 kg
MISSING = Decimal(-9)  # code of these files for a missing number
HUNDRED = Decimal(100)

_CONTROL = ("ceff", "reff", "rpen", "cpri", "csec")
# Fields of an ORL line in their order; the file has no header line.
ORL = {
    "nonpoint": (
        *("fips", "scc", "sic", "mact", "srctype", "naics", "poll", "annemis", "avdemis"),
        *_CONTROL,
    ),
    "point": (
        *("fips", "plantid", "pointid", "stackid", "segment", "plant", "scc", "erptype"),
        *("srctype", "stkhgt", "stkdiam", "stktemp", "stkflow", "stkvel", "sic", "mact"),
        *("naics", "ctype", "xloc", "yloc", "utmz", "poll", "annemis", "avdemis"),
        *("ceff", "reff", "cpri", "csec"),
    ),
    "nonroad": ("fips", "scc", "poll", "annemis", "avdemis", *_CONTROL),
    "onroad": ("fips", "scc", "poll", "annemis", "avdemis", *_CONTROL),
}
# Words of the comment lines that state the kind, in the order in which they are tried:
# `nonpoint` contains `point`, so it comes first.
KINDS = (
    ("nonpoint", r"non-?point"),
    ("nonroad", r"non-?road"),
    ("onroad", r"on-?road|mobile"),
    ("point", r"point"),
)
FF10_NAMES = {"regioncd": "fips", "annvalue": "annemis", "annpctred": "pctred"}
PLACES = (
    *("fips", "censustractcd", "shapeid"),
    *("plantid", "pointid", "stackid", "segment", "facilityid", "unitid", "relpointid"),
    *("processid", "scc", "emistype"),
)


@dataclass(frozen=True, slots=True)
class InventoryRow:
    """One pollutant of one source.

    `existing` is the share that installed devices already remove, so that the uncontrolled
    emission is `tons / (1 - existing)`.
    """

    source: str
    county: str  # FIPS, five digits
    scc: str
    sector: str
    pollutant: str
    tons: Decimal  # short tons a year, as emitted
    existing: Decimal
    devices: tuple[str, ...]  # NEI codes of installed devices
    measures: tuple[str, ...]  # abbreviations of installed measures
    where: str

    @property
    def uncontrolled_tons(self) -> Decimal:
        """Emission without any device [short tons a year]."""
        return self.tons / (1 - self.existing)


@dataclass(frozen=True, slots=True)
class Inventory:
    """An inventory that was read without errors."""

    name: str
    kind: str
    year: int | None
    rows: tuple[InventoryRow, ...]
    notes: tuple[str, ...] = ()


def load_inventory(path: Path) -> Inventory:
    """Read an ORL or FF10 inventory.

    Raises: ManyErrors with every mistake: a record without place, class or pollutant, an
        emission that is missing or negative, a source twice, an existing control of 100 %;
        InputError if the file does not state its format.
    """
    text, encoding = decode(path)
    comments = "\n".join(line for line in text.splitlines() if line.lstrip().startswith("#"))
    ff10 = re.search(r"FORMAT[\s=]+FF10_(\w+)", comments, re.IGNORECASE)
    kind = _kind(ff10[1] if ff10 else comments, path)
    mistakes: list[RightsError] = []
    records = _ff10(text, path.name) if ff10 else _orl(text, path.name, ORL[kind])
    rows = [row for record in records if (row := _row(Cells(record, mistakes), kind))]
    _check(rows, path, mistakes)
    raise_all(mistakes)
    count = len(rows)
    notes = [
        t(
            "inventory {file}: 1 record, {kind}"
            if count == 1
            else "inventory {file}: {n} records, {kind}",
            file=path.name,
            n=count,
            kind=kind,
        )
    ]
    if encoding != "utf-8":
        notes.append(t("{file}: read as Latin-1", file=path.name))
    return Inventory(path.name, kind, _year(comments), tuple(rows), tuple(notes))


def _kind(said: str, path: Path) -> str:
    for kind, words in KINDS:
        if re.search(words, said, re.IGNORECASE):
            return kind
    raise InputError(
        "epa.format",
        "the file does not state its inventory format",
        where=path.name,
        mend="begin it with #ORL and #TYPE nonpoint (or point, nonroad, onroad), or with "
        "#FORMAT=FF10_POINT or #FORMAT=FF10_NONPOINT",
    )


def _year(comments: str) -> int | None:
    stated = re.search(r"^\s*#\s*YEAR[\s=]+(\d{4})", comments, re.IGNORECASE | re.MULTILINE)
    return int(stated[1]) if stated else None


def _orl(text: str, name: str, fields: Sequence[str]) -> Iterator[EpaRecord]:
    for number, line in enumerate(text.splitlines(), start=1):
        said = _without_remark(line).strip()
        if said and not said.startswith("#"):
            between = "," if "," in said else " "
            cells = next(csv.reader([said], delimiter=between, skipinitialspace=True))
            values = {f: c.strip() for f, c in zip(fields, cells, strict=False)}
            yield EpaRecord(values, f"{name}, row {number}")


def _without_remark(line: str) -> str:
    """The line up to the first `!` outside quotes."""
    quoted = False
    for at, sign in enumerate(line):
        if sign == '"':
            quoted = not quoted
        elif sign == "!" and not quoted:
            return line[:at]
    return line


def _ff10(text: str, name: str) -> Iterator[EpaRecord]:
    header: list[str] | None = None
    for line, cells in rows_with_lines(text):
        if cells[0].lstrip().startswith("#"):
            continue
        if header is None:
            header = [FF10_NAMES.get(normal(title), normal(title)) for title in cells]
            if not {"fips", "scc", "poll", "annemis"} <= set(header):
                raise InputError(
                    "epa.header",
                    "an FF10 file needs its header line, with region_cd, scc, poll and ann_value",
                    where=f"{name}, row {line}",
                    mend="put the line of column names above the first record",
                )
            continue
        values = {c: cell.strip() for c, cell in zip(header, cells, strict=False)}
        yield EpaRecord(values, f"{name}, row {line}")


def _row(cells: Cells, kind: str) -> InventoryRow | None:
    county, scc = cells.needed("fips"), cells.needed("scc")
    pollutant, tons = cells.needed("poll"), _tons(cells)
    existing = _existing(cells)
    if not (county and scc and pollutant) or tons is None or existing is None:
        return None
    places = [cells.code(place) for place in PLACES if cells.text(place)]
    county = cells.code("fips").zfill(5)[-5:]  # six digits begin with the country
    return InventoryRow(
        source="/".join([county, *places[1:]]),
        county=county,
        scc=cells.code("scc"),
        sector=cells.text("sector") or kind,
        pollutant=canonical(pollutant),
        tons=tons,
        existing=existing,
        devices=_devices(cells),
        measures=_listed(cells.text("controlmeasures")),
        where=cells.where,
    )


def _tons(cells: Cells) -> Decimal | None:
    tons = cells.number("annemis")
    if tons is not None and tons >= 0:
        return tons
    if tons is None or tons == MISSING:
        cells.tell(
            InputError(
                "epa.emission",
                "the annual emission is missing",
                where=cells.where,
                mend="fill it in [short tons a year], or leave the record out",
            )
        )
    else:
        cells.tell(
            InputError(
                "epa.negative",
                "an emission of {tons} is negative",
                where=cells.where,
                mend="give an emission of zero or more [short tons a year]",
                tons=tons,
            )
        )
    return None


def _existing(cells: Cells) -> Decimal | None:
    """Share already removed: efficiency × effectiveness × penetration, or as stated."""
    stated = _percent(cells, "pctred")
    if stated is None:
        efficiency = _percent(cells, "ceff") or Decimal(0)
        effectiveness, penetration = _percent(cells, "reff"), _percent(cells, "rpen")
        stated = efficiency
        for part in (effectiveness, penetration):
            stated *= Decimal(1) if part is None else part
    # 100 % would make uncontrolled emission infinite.
    if 0 <= stated < 1:
        return stated
    cells.tell(
        InputError(
            "epa.existing",
            "an existing control of {percent} % is not possible",
            where=cells.where,
            mend="give a share from 0 to below 100 %: the source still emits",
            percent=f"{stated * HUNDRED:g}",
        )
    )
    return None


def _percent(cells: Cells, column: str) -> Decimal | None:
    number = cells.number(column)
    return None if number is None or number == MISSING else number / HUNDRED


def _devices(cells: Cells) -> tuple[str, ...]:
    codes = [cells.code("cpri"), cells.code("csec"), *_listed(cells.text("controlids"))]
    return tuple(code.lstrip("0") for code in codes if code.strip("0") and code != "-9")


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split(r"[&,;|]", text) if part.strip())


def _check(rows: Sequence[InventoryRow], path: Path, mistakes: list[RightsError]) -> None:
    first: dict[tuple[str, str], str] = {}
    for row in rows:
        place = first.setdefault((row.source, row.pollutant), row.where)
        if place != row.where:
            mistakes.append(
                InputError(
                    "epa.source_twice",
                    "source {source} is listed twice for {pollutant}: also in {place}",
                    where=row.where,
                    mend="add the two up, or give them different units or processes",
                    source=row.source,
                    pollutant=row.pollutant,
                    place=place,
                )
            )
    if not rows and not mistakes:
        mistakes.append(
            InputError(
                "epa.empty",
                "the file has no records",
                where=path.name,
                mend="put at least one record below the header",
            )
        )
