"""EPA control-measure sets: measures with their efficiencies, costs and source classes.

A set consists of a summary (one line per measure), efficiencies (one line per measure,
pollutant, place and size of source), the source classes it applies to (SCCs) and, for some,
cost equations. Files are recognised by their headings, not by their names. Money is dollars
of the cost year per short ton; shares are fractions of one.

Source: [EPA-CMDB].
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from permits.errors import InputError, RightsError
from scenarios.planning.importers.epa_records import (
    Cells,
    EpaFile,
    raise_all,
    require_columns,
)
from scenarios.planning.importers.epa_set import SetFiles, find_set
from scenarios.text import t

HUNDRED = Decimal(100)
Mistakes = list[RightsError]

SPELLINGS = {"PM2.5": "PM2_5", "PM25": "PM2_5"}


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the summary. `kind` is its class: Known, Emerging, Obsolete, …"""

    code: str
    name: str
    pollutant: str
    technology: str
    source_group: str
    sector: str
    kind: str
    life_years: Decimal | None


@dataclass(frozen=True, slots=True)
class Efficiency:
    """Effect of a measure on one pollutant, with its place, date and sources.

    `locale`: empty (everywhere), a state of two digits or a county of five. The bounds
    on emission are of the uncontrolled source [short tons a year]. A record that names
    an existing measure or device is an addition to it, not a replacement.
    """

    measure: str
    pollutant: str
    locale: str
    effective: date | None
    least_tons: Decimal | None
    most_tons: Decimal | None
    existing_measure: str
    existing_device: str
    efficiency: Decimal
    rule_effectiveness: Decimal
    rule_penetration: Decimal
    cost_year: int | None
    usd_per_ton: Decimal | None  # dollars of the cost year per short ton
    where: str

    @property
    def reduction(self) -> Decimal:
        """Share removed: efficiency × rule effectiveness × rule penetration."""
        return self.efficiency * self.rule_effectiveness * self.rule_penetration

    @property
    def is_addition(self) -> bool:
        """Whether it is added to the existing device and does not replace it."""
        return bool(self.existing_measure or self.existing_device)


@dataclass(frozen=True, slots=True)
class MeasureSet:
    """A set that was read without errors."""

    name: str
    measures: Mapping[str, Measure]
    efficiencies: tuple[Efficiency, ...]
    by_scc: Mapping[str, tuple[str, ...]]  # source class: measures that fit it, sorted
    equations: frozenset[tuple[str, str]]  # measure and pollutant whose cost is an equation
    notes: tuple[str, ...] = ()


def load_measures(path: Path) -> MeasureSet:
    """Read a control-measure set.

    Args:
        path: the set's directory, or its summary file where a directory holds several.
    Raises: ManyErrors with every mistake of all its files: a measure without a name or a
        code, a record without a pollutant, a share above 100 %, an unknown measure, a
        cost without its year, an invalid number or date.
    """
    files = find_set(path)
    mistakes: Mistakes = []
    # The summary first: the other files refer to its abbreviations.
    measures = _measures(files.summary, mistakes)
    efficiencies, notes = _efficiencies(files.efficiencies, measures, mistakes)
    by_scc, idle = _sccs(files.sccs, measures, _codes(files.efficiencies), mistakes)
    equations = _equations(files.equations)
    raise_all(mistakes)
    return MeasureSet(
        files.name, measures, efficiencies, by_scc, equations, (*_told(files), *notes, *idle)
    )


def merge_sets(sets: Sequence[MeasureSet]) -> MeasureSet:
    """Merge several sets into one.

    An abbreviation that an earlier set already uses gets the number of its own set, from 2:
    the published sets use the same abbreviation for different measures.
    """
    merged = sets[0]
    for number, one in enumerate(sets[1:], start=2):
        name = {c: f"{c}#{number}" if c in merged.measures else c for c in one.measures}
        sccs = sorted({*merged.by_scc, *one.by_scc})
        merged = MeasureSet(
            f"{merged.name}, {one.name}",
            {
                **merged.measures,
                **{name[c]: replace(m, code=name[c]) for c, m in one.measures.items()},
            },
            (
                *merged.efficiencies,
                *(replace(e, measure=name[e.measure]) for e in one.efficiencies),
            ),
            {
                scc: tuple(
                    sorted(
                        {*merged.by_scc.get(scc, ()), *(name[c] for c in one.by_scc.get(scc, ()))}
                    )
                )
                for scc in sccs
            },
            merged.equations | {(name.get(c, c), p) for c, p in one.equations},
            (*merged.notes, *one.notes),
        )
    return merged


def _measures(file: EpaFile, mistakes: Mistakes) -> dict[str, Measure]:
    require_columns(file, ("cmname", "cmabbreviation", "majorpoll"), mistakes)
    found: dict[str, Measure] = {}
    for record in file.records:
        cells = Cells(record, mistakes)
        name, code = cells.needed("cmname"), cells.needed("cmabbreviation")
        if not code:
            continue
        if code in found:
            cells.tell(
                InputError(
                    "epa.twice",
                    "measure {measure} is listed twice",
                    where=cells.where,
                    mend="leave one of the lines out, or give it another abbreviation",
                    measure=code,
                )
            )
        # A measure without a name is kept, so that its records are not reported as unknown too.
        found[code] = Measure(
            code=code,
            name=name,
            pollutant=canonical(cells.text("majorpoll")),
            technology=cells.text("controltechnology"),
            source_group=cells.text("sourcegroup"),
            sector=cells.text("sector"),
            kind=cells.text("class"),
            life_years=cells.number("equiplife"),
        )
    return found


def _efficiencies(
    file: EpaFile, measures: Mapping[str, Measure], mistakes: Mistakes
) -> tuple[tuple[Efficiency, ...], list[str]]:
    require_columns(file, ("cmabbreviation", "pollutant", "controlefficiency"), mistakes)
    whole = {c: _one_is(file, c) for c in ("controlefficiency", "ruleeff", "rulepen")}
    notes = [
        t("{file}: {column} is written as fractions", file=file.name, column=column)
        for column, one in sorted(whole.items())
        if one == 1
    ]
    _unknown(file, measures, mistakes)
    found, without = [], 0
    for record in file.records:
        cells = Cells(record, mistakes)
        cells.needed("cmabbreviation")
        if not cells.text("controlefficiency"):
            without += 1
            continue
        efficiency = _efficiency(cells, whole)
        if efficiency is not None:
            found.append(efficiency)
    if without:
        notes.append(
            t("{file}: records left out without an efficiency: {n}", file=file.name, n=without)
        )
    return tuple(found), notes


def _efficiency(cells: Cells, one: Mapping[str, Decimal]) -> Efficiency | None:
    pollutant = cells.needed("pollutant")
    shares = {
        column: _share(cells, column, one[column])
        for column in ("controlefficiency", "ruleeff", "rulepen")
    }
    cost, year = cells.number("costperton"), cells.number("costyear")
    if cost is not None and year is None:
        cells.tell(
            InputError(
                "epa.cost_year",
                "a cost per ton without a cost year",
                where=f"{cells.where}, column costyear",
                mend="give the year whose dollars it is in",
            )
        )
    locale, effective = _locale(cells), cells.day("effectivedate")
    if not pollutant or None in shares.values() or locale is None:
        return None
    return Efficiency(
        measure=cells.text("cmabbreviation"),
        pollutant=canonical(pollutant),
        locale=locale,
        effective=effective,
        least_tons=cells.number("minemissions"),
        most_tons=cells.number("maxemissions"),
        existing_measure=cells.text("existingmeasureabbr"),
        existing_device=cells.code("neiexistingdevcode").lstrip("0"),
        efficiency=shares["controlefficiency"] or Decimal(0),
        rule_effectiveness=shares["ruleeff"] or Decimal(0),
        rule_penetration=shares["rulepen"] or Decimal(0),
        cost_year=None if year is None else int(year),
        usd_per_ton=cost,
        where=cells.where,
    )


def _one_is(file: EpaFile, column: str) -> Decimal:
    """The divisor of numbers without `%`: 1 for fractions, 100 for percentages.

    A single `1` could be either, so the column decides: if any such number is above 1, all
    are percentages. A `%` sign always means a percentage.
    """
    quiet: list[RightsError] = []
    bare = [
        Cells(record, quiet).number(column)
        for record in file.records
        if not record.cells.get(column, "").endswith("%")
    ]
    numbers = [number for number in bare if number is not None]
    return Decimal(1) if any(numbers) and max(map(abs, numbers)) <= 1 else HUNDRED


def _share(cells: Cells, column: str, one: Decimal) -> Decimal | None:
    """A share as a fraction; 1 for an empty cell; None after a mistake."""
    number = cells.number(column)
    if number is None:
        return None if cells.text(column) else Decimal(1)
    share = number / (HUNDRED if cells.text(column).endswith("%") else one)
    # A device may raise one pollutant while it lowers another: only efficiencies go below 0.
    if share > 1 or share < (-1 if column == "controlefficiency" else 0):
        cells.tell(
            InputError(
                "epa.share",
                "{said} is not a share from 0 to 100 %",
                where=f"{cells.where}, column {column}",
                mend="write a percentage from 0 to 100",
                said=cells.text(column),
            )
        )
        return None
    return share


def _locale(cells: Cells) -> str | None:
    """Empty, a state of two digits or a county of five; None after a mistake."""
    text = cells.code("locale")
    if text.isdecimal() and len(text) in (1, 2, 4, 5):
        # Spreadsheets drop the leading zero of 01 and 01001.
        return text.zfill(2 if len(text) <= 2 else 5)
    if not text:
        return ""
    cells.tell(
        InputError(
            "epa.locale",
            "{said!r} is neither a state of two digits nor a county of five",
            where=f"{cells.where}, column locale",
            mend="write its FIPS code, or leave the cell empty for everywhere",
            said=text,
        )
    )
    return None


def _unknown(file: EpaFile, measures: Collection[str], mistakes: Mistakes) -> None:
    """One error for each measure missing from the summary, however many rows name it."""
    places: dict[str, list[str]] = defaultdict(list)
    for record in file.records:
        code = record.cells.get("cmabbreviation", "")
        if code and code not in measures:
            places[code].append(record.where)
    for code, where in places.items():
        place = where[0] if len(where) == 1 else f"{where[0]} … {where[-1].rpartition(', ')[2]}"
        mistakes.append(
            InputError(
                "epa.measure",
                "the summary has no measure {measure!r}, which 1 record names"
                if len(where) == 1
                else "the summary has no measure {measure!r}, which {n} records name",
                where=place,
                mend="add it to the summary, or correct its abbreviation",
                measure=code,
                n=len(where),
            )
        )


def _sccs(
    file: EpaFile, measures: Mapping[str, Measure], used: Collection[str], mistakes: Mistakes
) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """Measures by source class. `used`: those that have efficiency records.

    A link to a measure with neither a summary nor records is only a notice: the published
    sets contain such links.
    """
    require_columns(file, ("cmabbreviation", "scc"), mistakes)
    idle = sorted(_codes(file) - set(used) - set(measures) - {""})
    _unknown(file, {*measures, *idle}, mistakes)
    found: dict[str, set[str]] = defaultdict(set)
    for record in file.records:
        cells = Cells(record, mistakes)
        if cells.needed("cmabbreviation") and cells.needed("scc"):
            found[cells.code("scc")].add(cells.text("cmabbreviation"))
    by_scc = {scc: tuple(sorted(found[scc] & measures.keys())) for scc in sorted(found)}
    notes = [t("{file}: unknown measures left out: {codes}", file=file.name, codes=", ".join(idle))]
    return by_scc, notes if idle else []


def _codes(file: EpaFile) -> set[str]:
    return {record.cells.get("cmabbreviation", "") for record in file.records}


def _equations(file: EpaFile | None) -> frozenset[tuple[str, str]]:
    records: Sequence[Mapping[str, str]] = [r.cells for r in file.records] if file else []
    return frozenset(
        (cells.get("cmabbreviation", ""), canonical(cells.get("pollutant", "")))
        for cells in records
    )


def canonical(pollutant: str) -> str:
    """One spelling of a pollutant: `NOx` and `NOX` become `NOX`, `PM2.5` becomes `PM2_5`.

    Files mix cases within a column, and inventories and measures differ for PM2.5.
    """
    name = pollutant.strip().upper()
    return SPELLINGS.get(name, name)


def _told(files: SetFiles) -> list[str]:
    """Notices about the files read."""
    notes = [t("measures of {name}: {files}", name=files.name, files=", ".join(files.taken))]
    notes += [
        t("{file}: read as Latin-1", file=file.name)
        for file in (files.summary, files.efficiencies, files.sccs)
        if file.encoding == "cp1252"
    ]
    return notes
