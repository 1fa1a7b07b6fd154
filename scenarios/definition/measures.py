"""Measures of each source: from a catalogue by sub-sector, a table by source, or a curve.

A measure of a catalogue removes its `applicability` of a source's emission times
its efficiency, less what an existing device already removes (the uncontrolled emission
is inventory / (1 - existing)); its cost is per tonne, and may depend on the size of the
source and the concentration of its stream [VOC-B2]. Firms' true costs may differ from
the planner's estimates (`cost_information`).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from statistics import median

from permits.errors import InputError, RightsError
from permits.quantity import MG_PER_T, yuan_to_fen
from permits.rng import stream
from scenarios.definition.catalogue_costs import (
    missing_costs,
    share_mistakes,
    us_costs,
    us_costs_told,
)
from scenarios.definition.measure_effects import (
    Costs,
    SourceTerms,
    cost_mg_yuan,
    exact,
    gained_mg,
    removes,
    to_fen,
)
from scenarios.definition.register import Register, Source
from scenarios.definition.schema import CurveSection, ScenarioFile
from scenarios.definition.sourced import STATED_HERE
from scenarios.intake.columns import Row
from scenarios.intake.fields import MEASURE, POLLUTANT, SLOT, SOURCE, SUBSECTOR, Field
from scenarios.intake.meaning.pollutant_names import PollutantNames
from scenarios.intake.suggest import nearest
from scenarios.intake.tables import raise_all, read_table, sha256

CatalogueNote = tuple[str, str, str, str, str]  # what, value, unit, status, source
# Steps of one smooth curve. assumed: at 5,000 a step is 0.02 % of the source, finer than any
# lot, and more steps only slow the solver.
MOST_STEPS = 5_000
CATALOGUE = (
    SUBSECTOR,
    MEASURE,
    Field("title", "text", required=False),
    Field("title_zh", "text", required=False),
    SLOT.but(required=False),
    POLLUTANT.but(required=False),
    Field("efficiency", "share"),
    Field("rule_effectiveness", "share", required=False, blank=True),
    Field("penetration", "share", required=False, blank=True),
    Field("cost_yuan_per_t", "number", required=False, blank=True, signed=True),
    Field("cost_cny_per_t", "number", required=False, blank=True, signed=True),
    Field("cost_cny_status", "text", required=False),
    Field("cost_cny_source", "text", required=False),
    Field("efficiency_status", "text", required=False),
    Field("cost_status", "text", required=False),
    Field("status", "text", required=False),
    SOURCE.but(required=False),
)


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One measure of one source. At most one per source and slot is built."""

    source: str
    subsector: str
    slot: str
    name: str
    title: Mapping[str, str]
    removed_mg: tuple[int, ...]  # per pollutant of the register, a year
    cost_fen: int  # a year, as the planner estimates it
    true_cost_fen: int  # a year, as the firm will pay
    assumed: bool | None  # None: its table does not say
    catalogue: tuple[CatalogueNote, ...] = ()


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """One measure of a sub-sector; `cost_yuan_per_t` is per tonne of `pollutant`."""

    subsector: str
    measure: str
    title: str
    title_zh: str
    slot: str
    pollutant: str
    share: Fraction  # removed of the emission without control
    cost_yuan_per_t: Fraction | None
    assumed: bool
    notes: tuple[CatalogueNote, ...]


def build_measures(
    file: ScenarioFile, register: Register, folder: Path, hashes: dict[str, str]
) -> tuple[tuple[MeasureRow, ...], list[str]]:
    """Build every measure of every source.

    Args:
        file: the checked scenario file.
        register: sources that measures are applied to.
        folder: folder of the scenario, where its tables are.
        hashes: SHA-256 by file name; the files read are added.
    Returns: measures sorted by source, slot and name, and notices about the files read.
    """
    notices: list[str] = []
    rows: list[MeasureRow] = []
    if file.measures.catalogue:
        path = folder / file.measures.catalogue
        catalogue, told = read_catalogue(path, file)
        hashes[file.measures.catalogue] = sha256(path)
        notices += told
        rows += _from_catalogue(file, register, catalogue)
    if file.measures.table:
        path = folder / file.measures.table
        more, told = _from_table(path, file, register)
        hashes[file.measures.table] = sha256(path)
        notices += told
        rows += more
    for firm in file.firm:
        if firm.curve is not None:
            rows += _from_curve(file, register, firm.id, firm.curve)
    # Before the filter: whether a measure earns money is the planner's estimate, and a draw
    # must not depend on what was filtered.
    rows = [_with_true_cost(file, row) for row in rows]
    if not file.measures.negative_costs:
        rows = [row for row in rows if row.cost_fen >= 0]
    return tuple(sorted(rows, key=lambda r: (r.source, r.slot, r.name))), notices


def _from_catalogue(
    file: ScenarioFile, register: Register, catalogue: Sequence[CatalogueRow]
) -> Iterator[MeasureRow]:
    by_part: dict[str, dict[str, list[CatalogueRow]]] = defaultdict(lambda: defaultdict(list))
    for row in catalogue:
        by_part[row.subsector][row.measure].append(row)
    factors = cost_factors(file, register)
    for source in register.sources:
        for rows in by_part.get(source.subsector, {}).values():
            made = _fit(file, register, source, rows, factors[source.id])
            if made is not None:
                yield made


def _fit(
    file: ScenarioFile,
    register: Register,
    source: Source,
    rows: Sequence[CatalogueRow],
    factor: float,
) -> MeasureRow | None:
    """Apply one catalogue measure to one source; None where it removes nothing."""
    terms = SourceTerms(exact(source.existing_control), exact(source.applicability), exact(factor))
    removed = [0] * len(register.pollutants)
    cost = Fraction(0)
    for row in rows:
        if row.pollutant not in register.pollutants:
            continue
        p = register.pollutants.index(row.pollutant)
        removed[p] = max(0, gained_mg(source.base_mg[p], row.share, terms))
        if row.cost_yuan_per_t is not None:
            cost += cost_mg_yuan(removed[p], row.cost_yuan_per_t, terms)
    if not any(removed):
        return None
    first = rows[0]
    try:
        cost_fen = to_fen(cost)
    except RightsError as error:
        error.where = f"{file.name}: {source.id}, {first.measure}"
        raise
    return MeasureRow(
        source=source.id,
        subsector=source.subsector,
        slot=first.slot,
        name=first.measure,
        title={"en": first.title, "zh": first.title_zh},
        removed_mg=tuple(removed),
        cost_fen=cost_fen,
        true_cost_fen=cost_fen,
        assumed=source.assumed or first.assumed or factor != 1.0,
        catalogue=tuple(note for row in rows for note in row.notes),
    )


def cost_factors(file: ScenarioFile, register: Register) -> dict[str, float]:
    """Unit cost of each source relative to the catalogue's."""
    sizes: dict[str, list[int]] = defaultdict(list)
    for source in register.sources:
        sizes[source.subsector].append(sum(source.base_mg))
    middle = {part: median(masses) for part, masses in sizes.items()}
    return {
        source.id: _cost_factor(file, source, middle[source.subsector])
        for source in register.sources
    }


def _cost_factor(file: ScenarioFile, source: Source, middle: float) -> float:
    """Unit cost of this source relative to the catalogue's: by size and class of stream."""
    rules = file.measures
    if rules.variation == "none" or middle <= 0 or sum(source.base_mg) <= 0:
        return 1.0
    by_size: float = (sum(source.base_mg) / middle) ** rules.size_exponent.value
    if not source.concentration:
        return by_size
    return by_size * rules.concentration[source.concentration].factor.value


def _from_curve(
    file: ScenarioFile, register: Register, firm: str, curve: CurveSection
) -> Iterator[MeasureRow]:
    """Cut a smooth cost curve into steps of one lot, each in a slot of its own.

    Slots are independent and marginal costs rise, so every optimum takes the steps in
    order. A fixed cost is sunk: it changes no decision and is left out of the steps.
    """
    source = next(s for s in register.sources if s.id == firm)
    base_mg, lot_mg = source.base_mg[0], file.market.lot
    steps = base_mg // lot_mg
    if steps > MOST_STEPS:
        raise InputError(
            "curve.steps",
            "the curve of {firm} would be {steps} steps of one lot",
            where=f"firm.{firm}.curve",
            mend="set [market] lot larger: {most} steps at most",
            firm=firm,
            steps=steps,
            most=MOST_STEPS,
        )
    for step in range(steps):
        low_t, high_t = step * lot_mg / MG_PER_T, (step + 1) * lot_mg / MG_PER_T
        cost = curve.a_yuan * (high_t - low_t) + curve.b_yuan * (high_t**2 - low_t**2)
        removed = (lot_mg, *[0] * (len(register.pollutants) - 1))
        cost_fen = yuan_to_fen(cost)
        name = f"{step + 1:0{len(str(steps))}d}"
        title = {"en": f"lot {step + 1}", "zh": f"第{step + 1}手"}
        yield MeasureRow(
            firm, source.subsector, name, name, title, removed, cost_fen, cost_fen,
            source.assumed,
        )  # fmt: skip


def _with_true_cost(file: ScenarioFile, row: MeasureRow) -> MeasureRow:
    """Set the firm's true cost, where it differs from the planner's estimate."""
    info = file.cost_information
    if info.kind == "exact":
        return row
    if info.kind == "misreported":
        factor = 1 / info.markup.value
    else:
        sigma = info.spread.value
        draw = stream(file.seed, "true_cost", row.source, row.name).standard_normal()
        # Log-normal with mean 1: estimates are right on average.
        factor = math.exp(sigma * float(draw) - sigma * sigma / 2)
    # A saving is divided: a dearer measure saves less, and never changes its sign.
    cost = row.cost_fen * factor if row.cost_fen >= 0 else row.cost_fen / factor
    return replace(row, true_cost_fen=round(cost))


def read_catalogue(path: Path, file: ScenarioFile) -> tuple[list[CatalogueRow], list[str]]:
    """Read a catalogue of measures; rows of sub-sectors not in the scenario are left out.

    Raises: ManyErrors for a share that is none, and a measure without any cost.
    """
    names = PollutantNames(known=tuple(sorted(file.pollutant)))
    table = read_table(path, CATALOGUE, pollutants=names, keep=True)
    known = {f"{sector.id}.{part.id}" for sector in file.sector for part in sector.part}
    used = [row for row in table.rows if not known or row.values["subsector"] in known]
    costs: Costs = "us" if file.measures.costs == "us" else "china"
    raise_all([*share_mistakes(used), *missing_costs(used, costs)])
    notices = list(table.notices)
    if costs == "china" and (named := us_costs(used)):
        notices.append(us_costs_told(named))
    return [_catalogue_row(row, file) for row in used], notices


def _catalogue_row(row: Row, file: ScenarioFile) -> CatalogueRow:
    values = row.values
    pollutant = values["pollutant"] or next(iter(sorted(file.pollutant)))
    us, china = values["cost_yuan_per_t"], values["cost_cny_per_t"]
    cost = us if file.measures.costs == "us" or china is None else china
    status, source = values["status"] or "assumed", values["source"] or STATED_HERE
    said = f"{float(values['efficiency']):.9g}"
    notes: list[CatalogueNote] = [
        ("efficiency", said, "", values["efficiency_status"] or status, source)
    ]
    if us is not None:
        notes.append(("cost", f"{us:.9g}", "yuan/t", values["cost_status"] or status, source))
    if china is not None:
        notes.append(
            ("cost_in_china", f"{china:.9g}", "yuan/t", values["cost_cny_status"] or "assumed",
             values["cost_cny_source"] or STATED_HERE)
        )  # fmt: skip
    return CatalogueRow(
        subsector=values["subsector"],
        measure=values["measure"],
        title=values["title"] or values["measure"],
        title_zh=values["title_zh"] or values["title"] or values["measure"],
        slot=values["slot"] or "",
        pollutant=pollutant,
        share=removes(values),
        cost_yuan_per_t=None if cost is None else exact(cost),
        assumed=status == "assumed",
        notes=tuple(notes),
    )


def _from_table(
    path: Path, file: ScenarioFile, register: Register
) -> tuple[list[MeasureRow], list[str]]:
    """Read the measures of a measures table for the register's sources."""
    from scenarios.definition.measures_table import read_measures

    inputs, notices = read_measures(path)
    owners = {source.id: source for source in register.sources}
    measures, ids = inputs.measures, inputs.sources.ids
    slots, names = measures.slot.texts(), measures.name.texts()
    rows = []
    for m, s in enumerate(measures.source.tolist()):
        if ids[s] not in owners:
            raise InputError(
                "measures.source",
                "the register has no source {source!r}",
                where=path.name,
                mend="did you mean {near!r}?",
                source=ids[s],
                near=nearest(ids[s], owners),
            )
        by_name = dict(zip(inputs.pollutants, measures.removed_mg[m].tolist(), strict=True))
        name, cost_fen = names[m] or "", int(measures.cost_fen[m])
        rows.append(
            MeasureRow(
                source=ids[s],
                subsector=owners[ids[s]].subsector,
                slot=slots[m] or "",
                name=name,
                title={"en": name},
                removed_mg=tuple(by_name.get(p, 0) for p in register.pollutants),
                cost_fen=cost_fen,
                true_cost_fen=cost_fen,
                assumed=bool(measures.assumed[m]) if measures.stated else None,
            )
        )
    return rows, notices
