"""EPA emission inventories: emission of every source, and its existing control.

Emission is in short tons a year. A source is a county, source class and, on tribal land, tribe;
at a plant also its unit, stack and process. Outside the United States its country stands
first: county codes of several countries coincide.

Source: [EPA-CMDB].
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from permits.errors import InputError, RightsError
from scenarios.planning.importers.epa_formats import (
    Declared,
    InventoryLines,
    ff10_records,
    find_declared,
    orl_records,
    read_lines,
)
from scenarios.planning.importers.epa_measures import canonical
from scenarios.planning.importers.epa_records import Cells, EpaRecord, decode, raise_all
from scenarios.text import t

T_PER_SHORT_TON = Decimal("0.90718474")  # exact: 2,000 lb of 0.45359237 kg
MISSING = Decimal(-9)  # code of these files for a missing number
HUNDRED = Decimal(100)

COUNTRIES = {
    "": ("0", "US", "USA", "UNITED STATES"),
    "CA": ("1", "CA", "CAN", "CANADA"),
    "MX": ("2", "MX", "MEX", "MEXICO"),
}
"""Country codes by their spellings; in six digits the first is the country, 0 the United States,
whose sources therefore have none in their names [EPA-CMDB]."""
NO_TRIBE = frozenset({"", "-9"})
TRIBE_SIGNS = 3  # a tribal code has three characters
PLACES = (
    *("censustractcd", "shapeid"),
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
    county: str  # FIPS, five digits; outside the United States behind its country
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
        InputError if the file declares no format, or one that is not read.
    """
    text, encoding = decode(path)
    lines = read_lines(text, path.name)
    declared = find_declared(lines)
    by_position = False
    if declared.is_ff10:
        records, by_position = ff10_records(lines, declared.kind)
    else:
        records = list(orl_records(lines, declared.kind))
    mistakes: list[RightsError] = []
    rows = [row for record in records if (row := _row(Cells(record, mistakes), declared))]
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
            kind=declared.kind,
        ),
        *_notes(lines, records, by_position),
    ]
    if encoding == "cp1252":
        notes.append(t("{file}: read as Latin-1", file=path.name))
    return Inventory(path.name, declared.kind, declared.year, tuple(rows), tuple(notes))


def _notes(lines: InventoryLines, records: Sequence[EpaRecord], by_position: bool) -> list[str]:
    """What was understood although the format says otherwise."""
    notes = []
    if lines.is_spoilt:
        notes.append(t("{file}: the signs before the first # were ignored", file=lines.name))
    if by_position:
        notes.append(
            t("{file}: the columns have no names; they were read in the order of the format",
              file=lines.name)
        )  # fmt: skip
    if any(record.separator == ";" for record in records):
        notes.append(t("{file}: fields are separated by semicolons", file=lines.name))
    return notes


def _row(cells: Cells, declared: Declared) -> InventoryRow | None:
    if _is_shifted(cells):
        return None
    fips, scc = cells.needed("fips"), cells.needed("scc")
    pollutant, tons = cells.needed("poll"), _tons(cells)
    existing = _existing(cells)
    if not (fips and scc and pollutant) or tons is None or existing is None:
        return None
    county, tribe = _county(cells, declared), _tribe(cells)
    places = [cells.code(place) for place in PLACES if cells.text(place)]
    return InventoryRow(
        source="/".join([county, *([f"T{tribe}"] if tribe else []), *places]),
        county=county,
        scc=cells.code("scc"),
        sector=cells.text("sector") or declared.kind,
        pollutant=canonical(pollutant),
        tons=tons,
        existing=existing,
        devices=_devices(cells),
        measures=_listed(cells.text("controlmeasures")),
        where=cells.where,
    )


def _is_shifted(cells: Cells) -> bool:
    """Whether fields before the pollutant were lost, so that all later ones are misplaced."""
    found = cells.code("tribalcode")
    if len(found) <= TRIBE_SIGNS:
        return False
    cells.tell(
        InputError(
            "epa.shifted",
            "{said!r} is no tribal code, which has three characters: fields seem to be missing "
            "before it, or from here on",
            where=f"{cells.where}, column tribalcode",
            mend="write every empty field of the record too: it has {fields} fields",
            said=found,
            fields=cells.record.fields,
        )
    )
    return True


def _county(cells: Cells, declared: Declared) -> str:
    """Five digits, outside the United States behind the country: `CA/35001`."""
    digits = cells.code("fips").zfill(5)
    said = cells.code("countrycd") or declared.country
    if len(digits) > 5 and digits[-6] != "0":  # six digits begin with the country
        said = digits[-6]
    upper = said.strip().upper()
    country = next((code for code, names in COUNTRIES.items() if upper in names), upper)
    return f"{country}/{digits[-5:]}" if country else digits[-5:]


def _tribe(cells: Cells) -> str:
    """The tribal code; empty for none, which zeros mean too."""
    code = cells.code("tribalcode")
    return "" if code in NO_TRIBE or not code.strip("0") else code.zfill(TRIBE_SIGNS)


def _tons(cells: Cells) -> Decimal | None:
    tons = cells.number("annemis")
    if tons is not None and tons >= 0:
        return tons
    if tons is None and cells.text("annemis"):
        return None  # no number: told already
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
