"""Why a source, city or sector has the quota it has, told from the plan's tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from permits.errors import InputError
from permits.quantity import MG_PER_T, fmt_t, fmt_yuan
from scenarios.intake.suggest import nearest
from scenarios.results.formatting import Labels, name, percent, yuan_per_t
from scenarios.results.report.keyfigures import is_target
from scenarios.results.result import Table
from scenarios.results.stores.read import read_labels, read_summary, read_table
from scenarios.text import t

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Plan:
    """The plan's tables as they are asked here."""

    quotas: Table
    chosen: Mapping[str, Sequence[Row]]  # by source
    curve: Sequence[Row]
    prices: Mapping[str, tuple[int, int]]  # marginal cost per pollutant: low, high [fen/t]
    equal_shares: Mapping[str, float]  # by pollutant, of the baseline
    labels: Labels


def explain_quota(
    run: Path, *, source: str | None = None, city: str | None = None, sector: str | None = None
) -> list[str]:
    """Sentences about one source, or about all sources of a city or sector.

    Raises: InputError unless exactly one of the three is given, where the run has no
        quotas, or where nothing has this name.
    """
    asked = {"source": source, "city": city, "sector": sector}
    given = [(column, value) for column, value in asked.items() if value is not None]
    if len(given) != 1:
        raise InputError(
            "explain.one",
            "one source, city or sector is explained at a time",
            where="--source, --city, --sector",
            mend="give exactly one of the three",
        )
    plan = _read_plan(run)
    column, value = given[0]
    rows = [row for row in plan.quotas.dicts() if row[column] == value]
    if not rows:
        known = sorted({text for text in plan.quotas.column(column) if text}) or ["?"]
        raise InputError(
            "explain.unknown",
            "the plan has no {column} called {value}",
            where=f"--{column}",
            mend="take a name from tables/quotas.csv, such as {near}",
            column=column,
            value=value,
            near=nearest(value, known) or known[0],
        )
    lines = _source_lines(plan, rows) if column == "source" else _group_lines(run, plan, given[0])
    return list(lines)


def _read_plan(run: Path) -> _Plan:
    quotas, chosen = read_table(run, "quotas"), read_table(run, "chosen")
    summary = read_summary(run).get("allocation") or {}
    if quotas is None:
        raise InputError(
            "explain.no_quotas",
            "this run has no quotas: its plan was not solved",
            where=str(run),
            mend="ask a run whose target can be met",
        )
    by_source: dict[str, list[Row]] = {}
    for row in chosen.dicts() if chosen else ():
        by_source.setdefault(row["source"], []).append(row)
    curve = read_table(run, "curve")
    equal = summary.get("equal_percentage") or {}
    one = dict.fromkeys(quotas.column("pollutant"), equal.get("share") or 0)
    shares = equal.get("shares") or one
    return _Plan(
        quotas=quotas,
        chosen=by_source,
        curve=list(curve.dicts()) if curve else [],
        prices=_prices(read_table(run, "conditions"), quotas),
        equal_shares={p: float(share) for p, share in shares.items()},
        labels=read_labels(run),
    )


def _prices(conditions: Table | None, quotas: Table) -> dict[str, tuple[int, int]]:
    """Marginal cost of each pollutant's own target."""
    return {
        pollutant: (row["price_low_yuan_per_t"], row["price_high_yuan_per_t"])
        for row in (conditions.dicts() if conditions else ())
        for pollutant in dict.fromkeys(quotas.column("pollutant"))
        if is_target(row["condition"], pollutant) and row["price_high_yuan_per_t"] is not None
    }


def _source_lines(plan: _Plan, rows: Sequence[Row]) -> Iterator[str]:
    first = rows[0]
    yield t(
        "{source} ({subsector}) belongs to {firm}, {city}.",
        source=first["source"],
        subsector=name(first["subsector"] or first["sector"] or "?", plan.labels),
        firm=first["firm"] or first["source"],
        city=name(first["city"] or "?", plan.labels),
    )
    for row in rows:
        yield t(
            "{pollutant}: baseline {baseline} t, less {reduction} t, leaves a quota of {quota} t.",
            pollutant=name(row["pollutant"], plan.labels),
            baseline=fmt_t(row["baseline_t"]),
            reduction=fmt_t(row["reduction_t"]),
            quota=fmt_t(row["quota_t"]),
        )
    yield from _choice_lines(plan, rows)
    if any(row["drawn"] for row in rows):
        yield t(
            "Several sources are alike in everything the plan looks at, and only some of them "
            "are needed: which ones was drawn by lot, this one among them."
        )
    for row in rows:
        share = plan.equal_shares.get(row["pollutant"], 0.0)
        if not share:
            continue
        yield t("Under equal percentage every source would cut {share}:", share=percent(share))
        cut = round(row["baseline_t"] * share)
        yield "  " + t(
            "{pollutant}: {reduction} t, which leaves {quota} t (where its measures reach "
            "that far).",
            pollutant=name(row["pollutant"], plan.labels),
            reduction=fmt_t(cut),
            quota=fmt_t(row["baseline_t"] - cut),
        )


def _choice_lines(plan: _Plan, rows: Sequence[Row]) -> Iterator[str]:
    """What is built there and why it pays, or why nothing does."""
    chosen = plan.chosen.get(rows[0]["source"], [])
    for row in chosen:
        yield t(
            "The plan builds {measure} ({share} of it) for {cost} yuan a year.",
            measure=name(row["measure"], plan.labels),
            share=percent(row["share"]),
            cost=fmt_yuan(row["annual_cost_yuan"]),
        )
    cost = sum(row["annual_cost_yuan"] for row in chosen)
    for row in rows:
        pollutant, cut = row["pollutant"], row["reduction_t"]
        price = plan.prices.get(pollutant)
        if chosen and cut and len(rows) == 1 and price:
            yield t(
                "That is {unit} on average; the last tonne of the plan costs {price}.",
                unit=yuan_per_t(round(cost * MG_PER_T / cut)),
                price=_interval(price),
            )
        elif not chosen and price:
            yield from _why_not(plan, row["subsector"], pollutant, price)


def _why_not(plan: _Plan, subsector: str, pollutant: str, price: tuple[int, int]) -> Iterator[str]:
    units = [
        row["unit_cost_yuan_per_t"]
        for row in plan.curve
        if row["subsector"] == subsector and row["pollutant"] == pollutant
    ]
    if not units:
        yield t("Nothing can be done there: no measure fits it.")
        return
    yield t(
        "Nothing is built: the cheapest step of its sub-sector costs {unit}, and the last "
        "tonne of the plan {price}.",
        unit=yuan_per_t(min(units)),
        price=_interval(price),
    )


def _group_lines(run: Path, plan: _Plan, asked: tuple[str, str]) -> Iterator[str]:
    column, value = asked
    groups = read_table(run, f"plan_by_{column}")
    rows = [row for row in plan.quotas.dicts() if row[column] == value]
    for row in groups.dicts() if groups else ():
        if row[column] == value:
            yield from _totals(plan, value, row)
    yield from _measures(plan, {row["source"] for row in rows})
    drawn = len({row["source"] for row in rows if row["drawn"]})
    if drawn:
        yield t("{count} of its sources were drawn by lot among others like them.", count=drawn)


def _totals(plan: _Plan, value: str, row: Row) -> Iterator[str]:
    pollutant, base, cut = row["pollutant"], row["baseline_t"], row["reduction_t"]
    yield t(
        "{group}, {pollutant}: {sources} sources emit {baseline} t; the plan cuts {reduction} t "
        "({share}) for {cost} yuan a year and leaves a quota of {quota} t.",
        group=name(value, plan.labels),
        pollutant=name(pollutant, plan.labels),
        sources=row["sources"],
        baseline=fmt_t(base),
        reduction=fmt_t(cut),
        share=percent(cut / base if base else 0.0),
        cost=fmt_yuan(row["cost_yuan"]),
        quota=fmt_t(row["quota_t"]),
    )
    if cut and pollutant in plan.prices:
        yield t(
            "That is {unit} on average; the last tonne of the plan costs {price}.",
            unit=yuan_per_t(round(row["cost_yuan"] * MG_PER_T / cut)),
            price=_interval(plan.prices[pollutant]),
        )
    if row["equal_reduction_t"] is not None and row["equal_cost_yuan"] is not None:
        yield t(
            "Under equal percentage it would cut {reduction} t for {cost} yuan a year.",
            reduction=fmt_t(row["equal_reduction_t"]),
            cost=fmt_yuan(row["equal_cost_yuan"]),
        )


def _measures(plan: _Plan, sources: set[str]) -> Iterator[str]:
    """What is built there, the costliest first."""
    sums: dict[str, list[int]] = {}
    for source in sorted(sources):
        for row in plan.chosen.get(source, ()):
            total = sums.setdefault(row["measure"], [0, 0])
            total[0] += 1
            total[1] += row["annual_cost_yuan"]
    for measure, (count, cost) in sorted(sums.items(), key=lambda item: (-item[1][1], item[0])):
        yield "  " + t(
            "{measure}: {count} sources, {cost} yuan a year",
            measure=name(measure, plan.labels),
            count=count,
            cost=fmt_yuan(cost),
        )


def _interval(price: tuple[int, int]) -> str:
    low, high = yuan_per_t(price[0]), yuan_per_t(price[1])
    return low if low == high else t("{low} to {high}", low=low, high=high)
