"""Register of sources: read from a table, written out in the scenario, or drawn.

A drawn register fills cells (sub-sector x city) whose totals are exact: the scenario's
totals and shares set the totals, a named stream per source its share in them. Sizes
drawn in this way are assumptions, and marked as such.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from permits.errors import InputError, RightsError
from permits.quantity import split_exact
from permits.rng import stream
from scenarios.definition.pickled_rows import Columns, from_columns, to_columns
from scenarios.definition.schema import PartSection, ScenarioFile, SectorSection
from scenarios.definition.sourced import Given
from scenarios.intake.columns import Row
from scenarios.intake.fields import (
    BASELINE,
    CITY,
    FIRM,
    POLLUTANT,
    SECTOR,
    SOURCE,
    SUBSECTOR,
    Field,
    TotalsCheck,
)
from scenarios.intake.meaning.pollutant_names import PollutantNames
from scenarios.intake.tables import raise_all, read_table, sha256


@dataclass(frozen=True, slots=True)
class Source:
    """One source: a unit of a firm that emits, and to which measures are applied."""

    id: str
    firm: str
    sector: str
    subsector: str
    city: str
    base_mg: tuple[int, ...]  # per pollutant of the register
    existing_control: float
    applicability: float
    concentration: str
    assumed: bool


@dataclass(frozen=True, slots=True)
class FirmRow:
    """One firm: one permit, and one card per pollutant."""

    id: str
    sector: str
    city: str
    stop: str
    grade: str | None
    base_mg: tuple[int, ...]  # its sources' sum, per pollutant


@dataclass(frozen=True, slots=True)
class Register:
    """Sources and firms, each sorted by id; `pollutants` orders every (.., P) tuple."""

    pollutants: tuple[str, ...]
    sources: tuple[Source, ...]
    firms: tuple[FirmRow, ...]

    def __reduce__(self) -> tuple[Any, ...]:
        return _kept, (self.pollutants, to_columns(self.sources), to_columns(self.firms))


def _kept(pollutants: tuple[str, ...], sources: Columns, firms: Columns) -> Register:
    """A register that was pickled."""
    return Register(pollutants, from_columns(Source, sources), from_columns(FirmRow, firms))


REGISTER = (
    SOURCE,
    FIRM.but(required=False),
    SECTOR,
    SUBSECTOR.but(required=False),
    CITY,
    POLLUTANT,
    BASELINE,
    Field("existing_control", "share", required=False, blank=True),
    Field("concentration", "text", required=False),
    Field("status", "text", required=False),
)


def build_register(
    file: ScenarioFile, folder: Path, hashes: dict[str, str]
) -> tuple[Register, list[str]]:
    """Build the register that a scenario names, writes out or describes.

    Args:
        file: the checked scenario file.
        folder: folder of the scenario, where its tables are.
        hashes: SHA-256 by file name; the file read is added.
    Returns: the register, and notices about the files read.
    """
    if file.register_.file:
        path = folder / file.register_.file
        register, notices = read_register(path, file)
        hashes[file.register_.file] = sha256(path)
        return register, notices
    if file.firm:
        return written_register(file), []
    return draw_register(file, file.seed), []


def read_register(path: Path, file: ScenarioFile) -> tuple[Register, list[str]]:
    """Read a register: one row per source and pollutant, times the baseline's factor."""
    pollutants = tuple(sorted(file.pollutant))
    names = PollutantNames(known=pollutants)
    table = read_table(path, REGISTER, totals=TotalsCheck(), pollutants=names)
    chosen = file.baselines.get(file.baseline or "")
    factor = chosen.factor.value if chosen else 1.0
    first: dict[str, Row] = {}
    masses: dict[str, dict[str, int]] = {}
    mistakes: list[RightsError] = []
    for row in table.rows:
        name, pollutant = row.values["source"], row.values["pollutant"]
        first.setdefault(name, row)
        own = masses.setdefault(name, {})
        if pollutant in own:
            mistakes.append(_twice(row, name, pollutant))
        if row.values["existing_control"] == 1:
            mistakes.append(_all_controlled(row))
        own[pollutant] = round(row.values["baseline_t"] * factor)
    raise_all(mistakes)
    sources = [
        _read_source(file, row.values, tuple(masses[name].get(p, 0) for p in pollutants))
        for name, row in first.items()
    ]
    return assemble(file, pollutants, sources, file.seed), list(table.notices)


def _read_source(file: ScenarioFile, values: Mapping[str, Any], base: tuple[int, ...]) -> Source:
    sector = next((s for s in file.sector if s.id == values["sector"]), None)
    applicability = (
        sector.applicability if sector and sector.applicability else file.applicability
    ).value
    return Source(
        id=values["source"],
        firm=values["firm"] or values["source"],
        sector=values["sector"],
        subsector=values["subsector"] or values["sector"],
        city=values["city"],
        base_mg=base,
        existing_control=float(values["existing_control"] or 0),
        applicability=applicability,
        concentration=values["concentration"] or "",
        assumed=values["status"] in (None, "assumed"),
    )


def _twice(row: Row, name: str, pollutant: str) -> InputError:
    return InputError(
        "register.twice",
        "{source} has two rows for {pollutant}",
        where=row.where,
        mend="remove one of the rows",
        source=name,
        pollutant=pollutant,
    )


def _all_controlled(row: Row) -> InputError:
    return InputError(
        "register.share",
        "an existing efficiency of {value:g} is not a share below 1",
        where=row.where,
        mend="write a share from 0 to below 1: 0.6 for 60 %",
        value=1.0,
    )


def draw_register(file: ScenarioFile, seed: int) -> Register:
    """Draw the register described by the scenario's totals, shares and counts."""
    pollutants = tuple(sorted(file.pollutant))
    totals = _totals(file, pollutants)
    counts = _counts(file)
    found: list[Source] = []
    for sector in file.sector:
        for city, firms in _firms_by_city(file, sector, counts).items():
            found += _draw_cell(file, sector, city, firms, totals, seed)
    return assemble(file, pollutants, found, seed)


def written_register(file: ScenarioFile) -> Register:
    """Make the register of the firms written out in the file: one source each."""
    pollutants = tuple(sorted(file.pollutant))
    sources = [
        Source(
            id=firm.id,
            firm=firm.id,
            sector=firm.sector,
            subsector=firm.sector,
            city=firm.city,
            base_mg=tuple(firm.baseline[p].value if p in firm.baseline else 0 for p in pollutants),
            existing_control=0.0,
            applicability=file.applicability.value,
            concentration="",
            assumed=any(g.status == "assumed" for g in firm.baseline.values()),
        )
        for firm in file.firm
    ]
    return assemble(file, pollutants, sources, file.seed)


def assemble(
    file: ScenarioFile, pollutants: tuple[str, ...], sources: list[Source], seed: int
) -> Register:
    """Sort sources, group them into firms, and give each firm its stop and class.

    Args:
        file: the checked scenario file.
        pollutants: pollutants in the order of `base_mg`.
        sources: sources in any order.
        seed: seed of the draw of classes.
    """
    stops = {sector.id: sector.stop for sector in file.sector}
    members: dict[str, list[Source]] = {}
    for source in sorted(sources, key=lambda s: s.id):
        members.setdefault(source.firm, []).append(source)
    firms = [
        FirmRow(
            id=name,
            sector=own[0].sector,
            city=own[0].city,
            # assumed: firms of a sector that the file does not describe are on an interlock
            stop=stops.get(own[0].sector, "interlock"),
            grade=_grade(file, name, seed),
            base_mg=tuple(map(sum, zip(*(s.base_mg for s in own), strict=True))),
        )
        for name, own in sorted(members.items())
    ]
    return Register(pollutants, tuple(sorted(sources, key=lambda s: s.id)), tuple(firms))


def _totals(file: ScenarioFile, pollutants: tuple[str, ...]) -> list[int]:
    """Totals of the chosen baseline per pollutant [mg]; InputError where one is missing."""
    chosen = file.baselines.get(file.baseline or "")
    missing = [p for p in pollutants if chosen is None or p not in chosen.total]
    if chosen is None or missing:
        raise InputError(
            "register.total",
            "the baseline gives no total for {missing}, so the register cannot be drawn",
            where="baselines",
            mend="add [baselines.NAME.total] with one mass per pollutant, or a register file",
            missing=", ".join(missing),
        )
    return [chosen.total[p].value for p in pollutants]


def _counts(file: ScenarioFile) -> dict[str, int]:
    """Number of firms of each sector (joint) or part, scaled to the number of sources wanted."""
    natural: dict[str, int] = {}
    per_firm: dict[str, int] = {}
    for sector in file.sector:
        units: list[SectorSection | PartSection] = [sector] if sector.firms else list(sector.part)
        for unit in units:
            key = sector.id if unit is sector else f"{sector.id}.{unit.id}"
            natural[key] = unit.firms.value if unit.firms else 1
            per_firm[key] = len(sector.part) or 1 if unit is sector else 1
    wanted = file.register_.sources
    if wanted is None:
        return natural
    total = sum(natural[key] * per_firm[key] for key in natural)
    scale = wanted.value / total
    # Rounded up, at least one: a sector without a firm would lose its emission.
    return {key: max(1, -int(-natural[key] * scale // 1)) for key in natural}


def _firms_by_city(
    file: ScenarioFile, sector: SectorSection, counts: Mapping[str, int]
) -> dict[str, list[tuple[str, tuple[PartSection, ...]]]]:
    """Ids of firms with the parts they run, by city."""
    places = file.place_list
    shares = [_city_share(place.sector_share, sector.id, place.share) for place in places]
    found: dict[str, list[tuple[str, tuple[PartSection, ...]]]] = {place.id: [] for place in places}
    joint = sector.firms is not None
    groups = (
        [(sector.id, sector.part)]
        if joint
        else [(f"{sector.id}.{part.id}", (part,)) for part in sector.part]
    )
    for key, parts in groups:
        for place, count in zip(places, split_exact(counts[key], shares), strict=True):
            for number in range(1, count + 1):
                name = f"{key.replace('.', '-')}-{place.id}-{number:03d}"
                found[place.id].append((name, parts))
    return found


def _city_share(own: Mapping[str, Given[float]], sector: str, general: Given[float]) -> float:
    return own[sector].value if sector in own else general.value


def _draw_cell(
    file: ScenarioFile,
    sector: SectorSection,
    city: str,
    firms: list[tuple[str, tuple[PartSection, ...]]],
    totals: list[int],
    seed: int,
) -> list[Source]:
    """Draw the sources of one sector in one city: exact cell totals, drawn sizes."""
    # One stream per firm and one size for all its parts: a new firm changes nobody else's.
    sigma = file.register_.size_sigma.value
    sizes = {
        name: float(np.exp(sigma * stream(seed, "size", name).standard_normal()))
        for name, _ in firms
    }
    found: list[Source] = []
    for part in sector.part:
        members = [name for name, parts in firms if part in parts]
        if not members:
            continue
        weights = [sizes[name] for name in members]
        cells = [_cell_mg(file, sector, part, city, total) for total in totals]
        masses = [split_exact(cell, weights) for cell in cells]
        for n, name in enumerate(members):
            source_id = name if sector.firms is None else f"{name}.{part.id}"
            found.append(
                Source(
                    id=source_id,
                    firm=name,
                    sector=sector.id,
                    subsector=f"{sector.id}.{part.id}",
                    city=city,
                    base_mg=tuple(mass[n] for mass in masses),
                    existing_control=part.existing_control.value,
                    applicability=(sector.applicability or file.applicability).value,
                    concentration=_concentration(file, source_id, seed),
                    assumed=True,
                )
            )
    return found


def _cell_mg(
    file: ScenarioFile, sector: SectorSection, part: PartSection, city: str, total: int
) -> int:
    """Mass of a cell [mg]: total x sector x part x city; cities without firms have none."""
    # Split step by step in whole mg, so that every level adds up to the one above. The last
    # weight is what the sectors leave of all industry.
    sectors = split_exact(
        total, [s.share.value for s in file.sector] + [1 - sum(s.share.value for s in file.sector)]
    )
    mass = sectors[[s.id for s in file.sector].index(sector.id)]
    parts = split_exact(mass, [p.share.value for p in sector.part])
    mass = parts[[p.id for p in sector.part].index(part.id)]
    counts = _counts(file)
    firms = counts[sector.id] if sector.firms else counts[f"{sector.id}.{part.id}"]
    shares = [_city_share(c.sector_share, sector.id, c.share) for c in file.place_list]
    present = split_exact(firms, shares)
    weights = [share if count else 0.0 for share, count in zip(shares, present, strict=True)]
    return split_exact(mass, weights)[[c.id for c in file.place_list].index(city)]


def _concentration(file: ScenarioFile, source_id: str, seed: int) -> str:
    """Class of a source's waste stream, drawn from its own stream; empty without classes."""
    classes = file.measures.concentration
    if not classes:
        return ""
    at = stream(seed, "concentration", source_id).random()
    for name, kind in classes.items():
        at -= kind.share.value
        if at < 0:
            return name
    return next(reversed(classes))


def _grade(file: ScenarioFile, firm: str, seed: int) -> str | None:
    """Performance class of a firm, drawn from its own stream; None without classes."""
    grades = file.register_.grades
    if not grades:
        return None
    at = stream(seed, "grade", firm).random()
    for name, share in grades.items():
        at -= share.value
        if at < 0:
            return name
    return next(reversed(grades))
