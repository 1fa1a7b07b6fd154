"""The rows of a measures table one by one: what `measures_table.gather` does by columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from permits.errors import InputError, RightsError
from permits.quantity import fmt_t, fmt_yuan
from scenarios.definition.measures_table import LABELS
from scenarios.intake.columns import ReadTable, Row


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


@dataclass(slots=True)
class PlainGathered:
    """Sources and measures as plain values, or the mistakes in their order."""

    sources: list[tuple[Any, ...]]  # id, firm, baselines, labels
    measures: list[tuple[Any, ...]]  # source, slot, name, removed, cost, assumed
    columns: list[str]
    mistakes: list[tuple[str, str | None]]


def gather_plain(table: ReadTable) -> PlainGathered:
    """Turn rows into sources and measures, row by row."""
    found = _Gathered()
    for row in table.rows:
        _take(found, row)
    names = sorted({pollutant for _, pollutant in found.base})
    sources = []
    for source, labels in sorted(found.labels.items()):
        base = tuple(found.base.get((source, p), (0, ""))[0] for p in names)
        own = {k: v for k, v in labels.items() if k != "firm" and k not in found.varying}
        sources.append((source, labels.get("firm", source), base, own))
    measures = []
    for (source, slot, name), (cost, _) in found.cost.items():
        removed = tuple(found.removed.get((source, slot, name, p), (0, ""))[0] for p in names)
        measures.append((source, slot, name, removed, cost, found.assumed[source, slot, name]))
    return PlainGathered(
        sources,
        sorted(measures, key=lambda m: (m[0], m[1], m[4], m[3], m[2])),
        list(dict.fromkeys(column for *_, own in sources for column in own)),
        [(str(error), error.where) for error in found.mistakes],
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
