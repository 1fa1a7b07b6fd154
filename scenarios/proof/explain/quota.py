"""Why a source, city or sector has its quota, from the plan's tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from permits.errors import InputError
from permits.quantity import MG_PER_T
from scenarios.intake.meant import meant, nearest_meant
from scenarios.results.formatting import (
    Labels,
    mass_digits,
    name,
    one_unit,
    percent,
    place_name,
    yuan,
    yuan_per_t,
)
from scenarios.results.report.keyfigures import is_target, to_fen
from scenarios.results.stores.named_table import NamedRow, NamedTable
from scenarios.results.stores.read import read_labels, read_run_table, read_summary
from scenarios.text import language, t

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Plan:
    """The plan's tables, arranged for these questions."""

    quotas: NamedTable
    chosen: Mapping[str, Sequence[Row]]  # by source
    curve: Sequence[Row]
    prices: Mapping[str, tuple[int, int]]  # marginal cost per pollutant: low, high [fen/t]
    equal_shares: Mapping[str, float]  # by pollutant, of the baseline
    labels: Labels


def explain_quota(
    run: Path, *, source: str | None = None, city: str | None = None, sector: str | None = None
) -> list[str]:
    """Sentences about one source, or about all sources of a city or sector.

    Args:
        run: folder of a run, or of a plan.
        source: a source of the plan.
        city: a city; the three exclude each other.
        sector: a sector.
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
    known = sorted({text for text in plan.quotas.column(column) if text}) or ["?"]
    value = meant(value, known, plan.labels)
    rows = [row for row in plan.quotas if row[column] == value]
    if not rows:
        near = nearest_meant(value, known, plan.labels) or known[0]
        raise InputError(
            "explain.unknown",
            "the plan has no {column} called {value}",
            where=f"--{column}",
            mend="choose a name from quotas.csv, such as {near}",
            column=column,
            value=value,
            near=name(near, plan.labels) if language() == "zh" else near,
        )
    if column == "source":
        return list(_source_lines(plan, rows))
    return _group_lines(run, plan, (column, value))


def _read_plan(run: Path) -> _Plan:
    quotas, chosen = read_run_table(run, "quotas"), read_run_table(run, "chosen")
    summary = read_summary(run).get("allocation") or {}
    if quotas is None:
        raise InputError(
            "explain.no_quotas",
            "this run has no quotas: its plan was not solved",
            where=str(run),
            mend="choose a run whose target can be met",
        )
    by_source: dict[str, list[Row]] = {}
    for row in chosen or ():
        by_source.setdefault(row["source"], []).append(row)
    curve = read_run_table(run, "curve")
    equal = summary.get("equal_percentage") or {}
    one = dict.fromkeys(quotas.column("pollutant"), equal.get("share") or 0)
    shares = equal.get("shares") or one
    return _Plan(
        quotas=quotas,
        chosen=by_source,
        curve=list(curve) if curve else [],
        prices=_prices(summary.get("shadow_price_yuan_per_t") or {}, quotas),
        equal_shares={p: float(share) for p, share in shares.items()},
        labels=read_labels(run),
    )


def _prices(shadow: Mapping[str, Any], quotas: NamedTable) -> dict[str, tuple[int, int]]:
    """Marginal cost of each pollutant's own target [fen/t]: the price of its last tonne."""
    return {
        pollutant: (to_fen(price["low"]), to_fen(price["high"]))
        for condition, price in shadow.items()
        for pollutant in dict.fromkeys(quotas.column("pollutant"))
        if is_target(condition, pollutant) and price.get("high") is not None
    }


def _source_lines(plan: _Plan, rows: Sequence[Row]) -> Iterator[str]:
    yield _belongs(plan, rows[0])
    for row in rows:
        yield t(
            "{pollutant}: baseline {baseline} t, less {reduction} t, leaves a quota of {quota} t.",
            pollutant=name(row["pollutant"], plan.labels),
            baseline=mass_digits(row["baseline_t"]),
            reduction=mass_digits(row["reduction_t"]),
            quota=mass_digits(row["quota_t"]),
        )
    yield from _choice_lines(plan, rows)
    if any(row["drawn"] for row in rows):
        yield t(
            "Several sources are identical to the plan and only some of them are needed: a "
            "tie-breaking lottery decided which, and this source took part in it."
        )
    for row in rows:
        share = plan.equal_shares.get(row["pollutant"], 0.0)
        if not share:
            continue
        yield t(
            "Under equal percentage every source would cut at least {share}:", share=percent(share)
        )
        cut = round(row["baseline_t"] * share)
        yield "  " + t(
            "{pollutant}: at least {reduction} t, which leaves at most {quota} t (if its measures "
            "allow it).",
            pollutant=name(row["pollutant"], plan.labels),
            reduction=mass_digits(cut),
            quota=mass_digits(row["baseline_t"] - cut),
        )


def _belongs(plan: _Plan, row: Row) -> str:
    """The source with its sub-sector, firm and city, as far as the plan has them."""
    source = firm = row["source"]
    subsector = place_name(row["subsector"] or row["sector"], plan.labels)
    if subsector:
        source += t(" ({note})", note=subsector)
    firm, city = row["firm"] or firm, place_name(row["city"], plan.labels)
    if city:
        return t("{source} belongs to {firm}, {city}.", source=source, firm=firm, city=city)
    if firm == row["source"]:
        return t("{who}.", who=source)
    return t("{source} belongs to {firm}.", source=source, firm=firm)


def _choice_lines(plan: _Plan, rows: Sequence[Row]) -> Iterator[str]:
    """Measures installed there and why they pay, or why none does."""
    chosen = plan.chosen.get(rows[0]["source"], [])
    for measures, share, cost_fen in _together(chosen, plan.labels):
        yield t(
            "The plan installs {measure} for {cost} a year."
            if share == 1
            else "The plan installs {share} of {measure} for {cost} a year.",
            measure=measures,
            share=percent(share),
            cost=yuan(cost_fen),
        )
    yield from _unit_lines(plan, chosen)
    cost = sum(row["annual_cost_yuan"] for row in chosen)
    for row in rows:
        pollutant, cut = row["pollutant"], row["reduction_t"]
        price = plan.prices.get(pollutant)
        if chosen and cut and len(rows) == 1 and price:
            yield t(
                "That is {unit} on average; the plan's marginal cost is {price}.",
                unit=yuan_per_t(round(cost * MG_PER_T / cut)),
                price=_interval(price),
            )
        elif not chosen and price:
            yield from _why_not(plan, row, pollutant, price)


def _unit_lines(plan: _Plan, chosen: Sequence[Row]) -> Iterator[str]:
    """What each measure removes and at what price, where the plan states it."""
    for row in chosen:
        if row["removed_t"] is not None and row["unit_cost_yuan_per_t"] is not None:
            yield "  " + t(
                "{measure} removes {mass} t at {unit}",
                measure=name(row["measure"], plan.labels),
                mass=mass_digits(row["removed_t"]),
                unit=yuan_per_t(row["unit_cost_yuan_per_t"]),
            )


def _together(chosen: Sequence[Row], labels: Labels) -> Iterator[tuple[str, float, int]]:
    """Measures with share and cost [fen]; those that differ by a number alone, as one.

    A source with 240 lots has `lots 1–240`, as far as their numbers follow each other.
    """
    named = [(name(row["measure"], labels), row) for row in chosen]
    named.sort(key=lambda pair: _numbered(pair[0]))
    runs: list[list[tuple[str, Row]]] = []
    for said, row in named:
        last = runs[-1][-1] if runs else None
        if last and _follows(last[0], said) and last[1]["share"] == row["share"]:
            runs[-1].append((said, row))
        else:
            runs.append([(said, row)])
    for run in runs:
        (stem, first), (_, last_number) = _numbered(run[0][0]), _numbered(run[-1][0])
        said = run[0][0] if len(run) == 1 else f"{_plural(stem)}{first}–{last_number}"
        said += "手" if len(run) > 1 and run[0][0].endswith("手") else ""
        yield said, run[0][1]["share"], sum(row["annual_cost_yuan"] for _, row in run)


def _plural(stem: str) -> str:
    """`lot ` as `lots `, in a language that has plurals."""
    word = stem.removesuffix(" ")
    return f"{word}s " if language() == "en" and word != stem and word.isalpha() else stem


def _numbered(said: str) -> tuple[str, int]:
    """A name as its stem and the number at its end; -1 without one."""
    said = said.removesuffix("手")  # 第1手, as Chinese has it
    stem = said.rstrip("0123456789")
    number = said[len(stem) :]
    return stem, int(number) if number and number.isascii() else -1


def _follows(before: str, said: str) -> bool:
    (stem, number), (own, next_number) = _numbered(before), _numbered(said)
    return stem == own and number >= 0 and next_number == number + 1


def _why_not(plan: _Plan, quota: Row, pollutant: str, price: tuple[int, int]) -> Iterator[str]:
    # The curve is by sub-sector, or by what the table of sources has instead.
    kind = quota["subsector"] or quota["sector"] or quota["source"]
    units = [
        row["unit_cost_yuan_per_t"]
        for row in plan.curve
        if row["subsector"] == kind and row["pollutant"] == pollutant
    ]
    if not units:
        yield t("No measure is available for it.")
        return
    yield t(
        "No measure is installed: the cheapest one of its sub-sector costs {unit}; the plan's "
        "marginal cost is {price}.",
        unit=yuan_per_t(min(units)),
        price=_interval(price),
    )


def _group_lines(run: Path, plan: _Plan, asked: tuple[str, str]) -> list[str]:
    column, value = asked
    rows = [row for row in plan.quotas if row[column] == value]
    costs = _costs(plan, {row["source"] for row in rows})
    groups = read_run_table(run, f"plan_by_{column}")
    totals: list[Row] = [row for row in groups or () if row[column] == value]
    totals = totals or list(_added_up(rows, sum(cost for _, _, cost in costs)))
    with one_unit([row["cost_yuan"] for row in totals] + [cost for _, _, cost in costs]):
        lines = [line for row in totals for line in _totals(plan, value, row)]
        lines += _measures(plan, costs)
    drawn = len({row["source"] for row in rows if row["drawn"]})
    if drawn:
        said = t(
            "A tie-breaking lottery among identical sources decided on 1 of its sources."
            if drawn == 1
            else "A tie-breaking lottery among identical sources decided on {count} of its "
            "sources.",
            count=f"{drawn:,}",
        )
        lines.append(said)
    return lines


def _added_up(rows: Sequence[Row], cost_fen: int) -> Iterator[Row]:
    """Totals of a group by pollutant, of a plan without a table of them."""
    by_pollutant: dict[str, list[Row]] = {}
    for row in rows:
        by_pollutant.setdefault(row["pollutant"], []).append(row)
    for pollutant, own in by_pollutant.items():
        masses = {
            name: sum(row[name] for row in own) for name in ("baseline_t", "reduction_t", "quota_t")
        }
        yield NamedRow(pollutant=pollutant, sources=len(own), cost_yuan=cost_fen, **masses)


def _totals(plan: _Plan, value: str, row: Row) -> Iterator[str]:
    pollutant, base, cut = row["pollutant"], row["baseline_t"], row["reduction_t"]
    yield t(
        "{group}, {pollutant}: 1 source emits {baseline} t; the plan cuts {reduction} t "
        "({share}) for {cost} a year and leaves a quota of {quota} t."
        if row["sources"] == 1
        else "{group}, {pollutant}: {sources} sources emit {baseline} t; the plan cuts "
        "{reduction} t ({share}) for {cost} a year and leaves a quota of {quota} t.",
        group=name(value, plan.labels),
        pollutant=name(pollutant, plan.labels),
        sources=f"{row['sources']:,}",
        baseline=mass_digits(base),
        reduction=mass_digits(cut),
        share=percent(cut / base if base else 0.0),
        cost=yuan(row["cost_yuan"]),
        quota=mass_digits(row["quota_t"]),
    )
    if cut and pollutant in plan.prices:
        yield t(
            "That is {unit} on average; the plan's marginal cost is {price}.",
            unit=yuan_per_t(round(row["cost_yuan"] * MG_PER_T / cut)),
            price=_interval(plan.prices[pollutant]),
        )
    if row["equal_reduction_t"] is not None and row["equal_cost_yuan"] is not None:
        yield t(
            "Under equal percentage it would cut {reduction} t for {cost} a year.",
            reduction=mass_digits(row["equal_reduction_t"]),
            cost=yuan(row["equal_cost_yuan"]),
        )


def _costs(plan: _Plan, sources: set[str]) -> list[tuple[str, int, int]]:
    """Measures of these sources with their number and cost [fen], the costliest first."""
    sums: dict[str, list[int]] = {}
    for source in sorted(sources):
        for row in plan.chosen.get(source, ()):
            total = sums.setdefault(row["measure"], [0, 0])
            total[0] += 1
            total[1] += row["annual_cost_yuan"]
    found = [(measure, count, cost) for measure, (count, cost) in sums.items()]
    return sorted(found, key=lambda one: (-one[2], one[0]))


def _measures(plan: _Plan, costs: Sequence[tuple[str, int, int]]) -> Iterator[str]:
    """Measures installed there, line by line."""
    for measure, count, cost in costs:
        yield "  " + t(
            "{measure}: 1 source, {cost} a year"
            if count == 1
            else "{measure}: {count} sources, {cost} a year",
            measure=name(measure, plan.labels),
            count=f"{count:,}",
            cost=yuan(cost),
        )


def _interval(price: tuple[int, int]) -> str:
    low, high = yuan_per_t(price[0]), yuan_per_t(price[1])
    return low if low == high else t("{low} to {high}", low=low, high=high)
