"""A measures table: one row per source, measure and pollutant; checked whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from permits.errors import InputError, RightsError
from permits.quantity import fmt_t
from scenarios.plan.inputs import PlanInputs, PlanMeasure, PlanSource
from scenarios.tables import Field, ReadTable, Row, raise_all, read_table

FIELDS = (
    Field("source", "text"),
    Field("firm", "text", required=False),
    Field("sector", "text", required=False),
    Field("city", "text", required=False),
    Field("pollutant", "text"),
    Field("baseline_t", "mass"),
    Field("measure", "text", required=False),
    Field("slot", "text", required=False),
    Field("removed_t", "mass", blank=True),
    Field("annual_cost_yuan", "money", blank=True),
    Field("status", "text", required=False),
)


@dataclass(slots=True)
class _Gathered:
    """Rows by source and by measure, as they come."""

    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    firm: dict[str, str] = field(default_factory=dict)
    base: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    removed: dict[tuple[str, str, str, str], tuple[int, str]] = field(default_factory=dict)
    cost: dict[tuple[str, str, str], tuple[int, str]] = field(default_factory=dict)
    assumed: dict[tuple[str, str, str], bool] = field(default_factory=dict)
    mistakes: list[RightsError] = field(default_factory=list)


def read_measures(path: str | Path) -> tuple[PlanInputs, list[str]]:
    """Read a measures table; conditions are left to the caller.

    Raises: ManyErrors for a source with two baselines, costs that disagree on one
        measure, a measure that removes more than its baseline, and all that
        `read_table` finds.
    """
    table = read_table(path, FIELDS)
    return gather(table), list(table.notices)


def gather(table: ReadTable) -> PlanInputs:
    """Rows into sources and measures."""
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
                found.firm.get(source, source),
                tuple(found.base.get((source, p), (0, ""))[0] for p in pollutants),
                labels,
            )
            for source, labels in sorted(found.labels.items())
        ),
        measures=tuple(_measures(found, pollutants)),
        conditions=(),
    )


def _take(found: _Gathered, row: Row) -> None:
    values = row.values
    source, pollutant = values["source"], values["pollutant"]
    labels = {k: v for k, v in (("sector", values["sector"]), ("city", values["city"])) if v}
    labels |= {k: v for k, v in row.extra.items() if v}
    found.labels.setdefault(source, labels)
    if values["firm"]:
        found.firm.setdefault(source, values["firm"])
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
                mend="the cost is of source and measure: repeat the same one on its rows",
                measure=values["measure"],
                source=source,
                here=values["annual_cost_yuan"],
                there=known / 100,
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
                mend="a measure removes the whole baseline at most",
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
                "measure {measure} of {source} stands twice for {pollutant}: also in {place}",
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
