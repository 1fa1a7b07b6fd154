"""The measures table: one row per source, measure and pollutant; reading and checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from permits.errors import InputError, RightsError
from permits.quantity import fmt_t, fmt_yuan
from scenarios.definition.plan_inputs import PlanInputs, PlanMeasure, PlanSource
from scenarios.intake.cells import TableInput, name_of
from scenarios.intake.columns import ReadTable, Row
from scenarios.intake.fields import (
    ANNUAL_COST,
    BASELINE,
    CITY,
    FIRM,
    MEASURE,
    POLLUTANT,
    REMOVED,
    SECTOR,
    SLOT,
    SOURCE,
    Field,
    TotalsCheck,
)
from scenarios.intake.meaning.pollutant_names import PollutantNames
from scenarios.intake.tables import raise_all, read_table
from scenarios.text import t

FIELDS = (
    SOURCE,
    FIRM.but(required=False),
    SECTOR.but(required=False),
    CITY.but(required=False),
    POLLUTANT,
    BASELINE,
    MEASURE.but(required=False),
    SLOT.but(required=False),
    REMOVED.but(blank=True),
    ANNUAL_COST.but(blank=True),
    Field("status", "text", required=False),
)
LABELS = ("firm", "sector", "subsector", "city", "county", "province")
"""Columns that must have one value per source."""


@dataclass(slots=True)
class _Gathered:
    """The rows read so far, by source and by measure."""

    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    places: dict[str, dict[str, str]] = field(default_factory=dict)
    varying: set[str] = field(default_factory=set)
    base: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    removed: dict[tuple[str, str, str, str], tuple[int, str]] = field(default_factory=dict)
    cost: dict[tuple[str, str, str], tuple[int, str]] = field(default_factory=dict)
    assumed: dict[tuple[str, str, str], bool] = field(default_factory=dict)
    mistakes: list[RightsError] = field(default_factory=list)


def read_measures(
    path: TableInput, same: Mapping[str, str] | None = None
) -> tuple[PlanInputs, list[str]]:
    """Read a measures table, without conditions; with notices.

    Args:
        path: the table.
        same: further spellings of pollutants, as the user states them.

    Raises: ManyErrors for a source with two baselines, different costs of one measure, a
        measure that removes more than its baseline, and all errors of `read_table`.
    """
    table = read_table(
        path, FIELDS, totals=TotalsCheck(), pollutants=PollutantNames(same=same or {}), keep=True
    )
    inputs = gather(table)
    return inputs, [*table.notices, *_notices(name_of(path), table, inputs)]


def gather(table: ReadTable) -> PlanInputs:
    """Turn rows into sources and measures.

    Raises: ManyErrors as `read_measures`.
    """
    found = _Gathered()
    for row in table.rows:
        _take(found, row)
    raise_all(found.mistakes)
    pollutants = tuple(sorted({pollutant for _, pollutant in found.base}))
    return PlanInputs(
        pollutants=pollutants,
        sources=tuple(
            PlanSource(
                source,
                labels.get("firm", source),
                tuple(found.base.get((source, p), (0, ""))[0] for p in pollutants),
                {k: v for k, v in labels.items() if k != "firm" and k not in found.varying},
            )
            for source, labels in sorted(found.labels.items())
        ),
        measures=tuple(_measures(found, pollutants)),
        conditions=(),
    )


def _take(found: _Gathered, row: Row) -> None:
    values = row.values
    source, pollutant = values["source"], values["pollutant"]
    _take_labels(found, row)
    known, place = found.base.setdefault((source, pollutant), (values["baseline_t"], row.where))
    if known != values["baseline_t"]:
        found.mistakes.append(
            InputError(
                "measures.baseline",
                "{source} has a baseline of {here} t of {pollutant} here and of {there} t in "
                "{place}",
                where=row.where,
                mend="give every row of a source the same baseline",
                source=source,
                here=fmt_t(values["baseline_t"]),
                pollutant=pollutant,
                there=fmt_t(known),
                place=place,
            )
        )
    if values["measure"]:
        _take_measure(found, row, source, pollutant)


def _take_labels(found: _Gathered, row: Row) -> None:
    """Labels of the source: one firm, sector and place on all its rows.

    Any other column that differs from row to row is not a label of the source.
    """
    values, source = row.values, row.values["source"]
    own, places = found.labels.setdefault(source, {}), found.places.setdefault(source, {})
    given = {column: values[column] for column in ("sector", "city", "firm")} | row.extra
    for column, label in given.items():
        if not label:
            continue
        known, place = own.setdefault(column, label), places.setdefault(column, row.where)
        if known == label:
            continue
        if column not in LABELS:
            found.varying.add(column)
            continue
        found.mistakes.append(
            InputError(
                "measures.label",
                "{source} has the {column} {here!r} here and {there!r} in {place}",
                where=row.where,
                mend="give every row of a source the same one, or use two source ids",
                source=source,
                column=column,
                here=label,
                there=known,
                place=place,
            )
        )


def _take_measure(found: _Gathered, row: Row, source: str, pollutant: str) -> None:
    values = row.values
    key = (source, values["slot"] or "", values["measure"])
    for column in ("removed_t", "annual_cost_yuan"):
        if values[column] is None:
            found.mistakes.append(
                InputError(
                    "measures.blank",
                    "measure {measure} has no {column}",
                    where=row.where,
                    mend="fill it in, or leave the measure out",
                    measure=values["measure"],
                    column=column,
                )
            )
            return
    _take_cost(found, row, key)
    _take_removed(found, row, key, pollutant)
    assumed = values["status"] == "assumed"
    found.assumed[key] = found.assumed.get(key, False) or assumed


def _take_cost(found: _Gathered, row: Row, key: tuple[str, str, str]) -> None:
    values, source = row.values, key[0]
    cost = round(values["annual_cost_yuan"] * 100)
    known, place = found.cost.setdefault(key, (cost, row.where))
    if known != cost:
        found.mistakes.append(
            InputError(
                "measures.cost",
                "measure {measure} of {source} costs {here} yuan here and {there} yuan in {place}",
                where=row.where,
                mend="a measure has one cost per source: repeat the same value on all rows",
                measure=values["measure"],
                source=source,
                here=fmt_yuan(cost),
                there=fmt_yuan(known),
                place=place,
            )
        )


def _take_removed(found: _Gathered, row: Row, key: tuple[str, str, str], pollutant: str) -> None:
    values, source = row.values, key[0]
    removed, base = values["removed_t"], values["baseline_t"]
    if removed > base:
        found.mistakes.append(
            InputError(
                "measures.removes",
                "measure {measure} removes {removed} t of a baseline of {base} t",
                where=row.where,
                mend="a measure can remove at most the whole baseline",
                measure=values["measure"],
                removed=fmt_t(removed),
                base=fmt_t(base),
            )
        )
    first = found.removed.setdefault((*key, pollutant), (removed, row.where))
    if first != (removed, row.where):
        found.mistakes.append(
            InputError(
                "measures.twice",
                "measure {measure} of {source} is listed twice for {pollutant}: also in {place}",
                where=row.where,
                mend="leave one of the rows out, or give them different slots",
                measure=values["measure"],
                source=source,
                pollutant=pollutant,
                place=first[1],
            )
        )


def _measures(found: _Gathered, pollutants: Sequence[str]) -> list[PlanMeasure]:
    return [
        PlanMeasure(
            source,
            slot,
            name,
            tuple(found.removed.get((source, slot, name, p), (0, ""))[0] for p in pollutants),
            cost,
            found.assumed[source, slot, name],
        )
        for (source, slot, name), (cost, _) in sorted(found.cost.items())
    ]


def _notices(file: str, table: ReadTable, inputs: PlanInputs) -> list[str]:
    """Notices of possible typing errors, and how they were read."""
    found = []
    if idle := [source.id for source in inputs.sources if not any(source.base_mg)]:
        found.append(
            t(
                "{file}: 1 source emits nothing, {first}; it stays in the plan and cuts nothing"
                if len(idle) == 1
                else "{file}: {count} sources emit nothing, the first {first}; they stay in the "
                "plan and cut nothing",
                file=file,
                count=len(idle),
                first=idle[0],
            )
        )
    known = {column for source in inputs.sources for column in source.labels}
    fields = {field.name for field in FIELDS}
    varying = [c for c in table.columns if c and c not in known and c not in fields]
    for column in varying:
        if any(row.extra.get(column) for row in table.rows):
            found.append(
                t("{file}: {column} differs among the rows of one source, so no condition can name "
                  "it", file=file, column=column)
            )  # fmt: skip
    return found
