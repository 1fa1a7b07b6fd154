"""Comparison of runs and plans: key figures, and what differs from source to source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from permits.errors import InputError
from scenarios.proof.plan_changes import SourceChange, find_changes
from scenarios.results.formatting import Labels, name, word
from scenarios.results.report.keyfigures import by_pollutant
from scenarios.results.stores.read import read_labels, read_summary
from scenarios.text import language, t
from scenarios.text.wording import chinese_condition

Number = int | Decimal | str | None

# Decimals for people: kilograms and fen; JSON keeps every digit.
SHOWN_PLACES = {"t": 3, "yuan": 2, "yuan/t": 2}
OTHER_PLACES = 6  # of shares and counts (assumed)


NAMES = {"scenario", "seed", "status"}
"""Figures that name a run: their digits are not grouped, and a difference means nothing."""


@dataclass(frozen=True, slots=True)
class ComparedFigure:
    """One figure of all runs; `key` is its path in summary.json."""

    key: str
    title: str
    unit: str
    values: tuple[Number, ...]

    @property
    def differences(self) -> tuple[Decimal | None, ...]:
        """Each run's value minus the first's; `None` if either is not a number."""
        first = self.values[0]
        return tuple(_difference(value, first) for value in self.values)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The compared figures of some runs or plans, and the sources that change."""

    runs: tuple[str, ...]
    lines: tuple[ComparedFigure, ...]
    changes: tuple[SourceChange, ...] = ()
    labels: Labels = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """For `--json`: figures by their key in summary.json."""
        return {
            "runs": list(self.runs),
            "figures": {
                line.key: {
                    "unit": line.unit,
                    "values": list(line.values),
                    "differences": list(line.differences),
                }
                for line in self.lines
            },
            "sources": [change.as_dict() for change in self.changes],
        }

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Headings and rows of text in the language in force; differences in brackets."""
        heads = [t("Figure"), t("Unit"), *self.runs]
        rows = []
        for line in self.lines:
            if line.key in NAMES:
                rows.append([line.title, "", *(_named_run(line.key, v) for v in line.values)])
                continue
            cells = [_shown(line.values[0], line.unit)]
            for value, more in zip(line.values[1:], line.differences[1:], strict=True):
                said = _shown(value, line.unit)
                cells.append(f"{said} ({_rounded(more, line.unit):+,f})" if more else said)
            rows.append([line.title, t(line.unit) if line.unit else "", *cells])
        return heads, rows


def compare_runs(runs: Sequence[Path]) -> Comparison:
    """Compare the key figures of two or more runs or plans, those that at least one has.

    Raises: InputError for fewer than two runs, or a folder that is not a run.
    """
    if len(runs) < 2:
        raise InputError(
            "compare.two",
            "a comparison needs at least two runs",
            where="RUN RUN",
            mend="name a second folder that `permits run` or `permits allocate --out` wrote",
        )
    summaries = [read_summary(run) for run in runs]
    lines = []
    labels = {key: title for run in runs for key, title in read_labels(run).items()}
    for key, title, unit in _figures(summaries, labels):
        values = tuple(_value(summary, key) for summary in summaries)
        if any(value is not None for value in values):
            lines.append(ComparedFigure(key, title, unit, values))
    names = _names(runs)
    return Comparison(names, tuple(lines), find_changes(runs, names), labels)


def _figures(summaries: Sequence[Mapping[str, Any]], labels: Labels) -> list[tuple[str, str, str]]:
    """Key, title and unit of each figure, in the order of the report."""
    equal = "allocation.equal_percentage"
    found = [
        ("scenario", t("Scenario"), ""),
        ("seed", t("Seed"), ""),
        ("status", t("Status"), ""),
        *_each(summaries, labels, "allocation.target_t", t("Target"), "t"),
        *_each(summaries, labels, "allocation.reduction_t", t("Reduction"), "t"),
        *_each(
            summaries, labels, "allocation.max_reduction_t", t("Greatest possible reduction"), "t"
        ),
        ("allocation.cost_yuan", t("Annual cost, least-cost plan"), "yuan"),
        *_each_price(summaries, labels),
        (f"{equal}.cost_yuan", t("Cost by equal percentage"), "yuan"),
        (f"{equal}.saving_yuan", t("Saved by the least-cost plan"), "yuan"),
        ("efficiency", t("Efficiency of the market"), ""),
        ("cost_over_least_cost", t("Cost above the optimum"), ""),
        ("ledger.opening_paid_yuan", t("Paid for opening rights"), "yuan"),
        ("swipes.warnings", t("Card warnings"), ""),
        ("swipes.shut", t("Cards shut"), ""),
        ("swipes.curtailed", t("Cards curtailed"), ""),
        *_each(summaries, labels, "swipes.emitted_t", t("Emitted"), "t"),
    ]
    titles = {
        "auction": t("Sold by the government"),
        "secondary": t("Traded between firms"),
        "lease": t("Leased"),
        "buyback": t("Bought back"),
        "pledge": t("Pledged for loans"),
    }
    for kind, title in titles.items():
        stem = f"market.{kind}"
        found += _each(summaries, labels, f"{stem}.mass_t", title, "t")
        found.append((f"{stem}.money_yuan", title + t(", ") + t("money"), "yuan"))
        price = title + t(", ") + t("price")
        found += _each(summaries, labels, f"{stem}.price_yuan_per_t", price, "yuan/t")
    return [
        *found,
        ("true_up.compliant", t("Firms compliant"), ""),
        ("true_up.short", t("Firms short"), ""),
        *_each(summaries, labels, "true_up.shortfall_t", t("Shortfall"), "t"),
        ("true_up.penalty_yuan", t("Penalties"), "yuan"),
    ]


def _each(
    summaries: Sequence[Mapping[str, Any]], labels: Labels, key: str, title: str, unit: str
) -> list[tuple[str, str, str]]:
    """One figure per pollutant, if the summaries state it by pollutant."""
    found: dict[str, None] = {}
    for summary in summaries:
        found |= dict.fromkeys(by_pollutant(_raw(summary, key)))
    return [
        (f"{key}.{one}", _of(title, _named(one, labels)), unit) if one else (key, title, unit)
        for one in found
    ]


def _each_price(
    summaries: Sequence[Mapping[str, Any]], labels: Labels
) -> list[tuple[str, str, str]]:
    """Lower and upper end of each condition's shadow price."""
    stem = "allocation.shadow_price_yuan_per_t"
    found: dict[str, None] = {}
    for summary in summaries:
        found |= dict.fromkeys(_raw(summary, stem) or {})
    title, ends = t("Marginal cost"), (("low", t("from")), ("high", t("to")))
    return [
        (f"{stem}.{one}.{end}", _of(title, _condition(one, labels)) + t(", ") + said, "yuan/t")
        for one in found
        for end, said in ends
    ]


def _of(title: str, whose: str) -> str:
    return t("{title}: {said}", title=title, said=whose)


def _named(identifier: str, labels: Labels) -> str:
    """A pollutant: in Chinese by name, in English as files have it."""
    return name(identifier, labels) if language() == "zh" else t(identifier)


def _condition(condition: str, labels: Labels) -> str:
    if language() == "zh":
        return chinese_condition(condition, lambda part: name(part, labels))
    return t(condition)


def _value(summary: Mapping[str, Any], key: str) -> Number:
    found = _raw(summary, key)
    return None if isinstance(found, Mapping | list) else found


def _raw(summary: Mapping[str, Any], key: str) -> Any:
    """The value at a dotted key; names that contain points are tried as a whole."""
    if key in summary:
        return summary[key]
    head, point, rest = key.partition(".")
    while point:
        inner = summary.get(head)
        if isinstance(inner, Mapping):
            found = _raw(inner, rest)
            if found is not None:
                return found
        more, point, rest = rest.partition(".")
        head = f"{head}.{more}"
    return None


def _difference(value: Number, first: Number) -> Decimal | None:
    if isinstance(value, str) or isinstance(first, str) or value is None or first is None:
        return None
    return Decimal(value) - Decimal(first)


def _shown(value: Number, unit: str) -> str:
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    return f"{_rounded(Decimal(value), unit):,f}"


def _named_run(key: str, value: Number) -> str:
    """A figure that names a run: a status in Chinese by its word, any other text as it is."""
    if value is None:
        return "–"
    return word(str(value)) if key == "status" and language() == "zh" else str(value)


def _rounded(value: Decimal, unit: str) -> Decimal:
    """The value in the digits of its unit; all of them where it would become zero."""
    found = round(value, SHOWN_PLACES.get(unit, OTHER_PLACES))
    return (found or value).normalize()


def _names(runs: Sequence[Path]) -> tuple[str, ...]:
    """Folder names, or whole paths where two folders have the same name."""
    names = [run.resolve().name for run in runs]
    return tuple(names) if len(set(names)) == len(names) else tuple(str(run) for run in runs)
