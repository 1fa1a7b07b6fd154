"""The section of cities by sectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from permits.quantity import FEN_PER_YUAN, MG_PER_T
from scenarios.results.formatting import (
    NO_VALUE,
    grouped,
    in_currency,
    name,
    percent,
    places_for,
)
from scenarios.results.report.html import Markup, grid, join, paragraph, tag
from scenarios.results.report.question_parts import names_groups, titled
from scenarios.results.result import RunResult, Section, Table
from scenarios.text import t

DARKEST = 0.5  # of full colour: dark text stays readable on it
MOST_CITIES = 60  # rows that a reader scrolls through; a province has about a dozen
Sums = dict[tuple[str, str], tuple[int, int, int]]
"""Baseline [mg], cut [mg] and cost [fen] of a city and sector; "" stands for all."""


def sections(result: RunResult) -> Iterator[Section]:
    """The grid, where the sources are in cities or sectors."""
    if names_groups(result, "plan_grid"):
        yield titled("matrix", t("Reduction by sector and city"), *_grids(result))


def _grids(result: RunResult) -> Iterator[Markup]:
    """One grid per pollutant with a switch between tonnes and cost, without a script."""
    table = result.tables["plan_grid"]
    pollutants = list(dict.fromkeys(table.column("pollutant")))
    for n, pollutant in enumerate(pollutants):
        sums = _sums(table, pollutant)
        cities = _largest_cities(sums)
        if len(pollutants) > 1:
            yield tag("h3", name(pollutant, result.labels))
        yield tag(
            "div",
            _choice(n, "cut", t("Tonnes cut"), checked=True),
            _choice(n, "cost", in_currency(t("Annual cost, yuan")), checked=False),
            tag(
                "div",
                paragraph(t("Tonnes cut, and their share of the baseline.")),
                _grid(result, sums, cities, of_cost=False),
                class_="first",
            ),
            tag(
                "div",
                paragraph(t("Annual cost, and its share of the total cost.")),
                _grid(result, sums, cities, of_cost=True),
                class_="second",
            ),
            class_="switch",
        )
        yield from _left_out(sums, cities)


def _choice(n: int, which: str, said: str, *, checked: bool) -> Markup:
    """One side of the switch. An `input` has no end tag, so it is written out."""
    state = " checked" if checked else ""
    radio = Markup(f'<input type="radio" name="grid-{n}"{state} data-shows="{which}">')
    return tag("label", radio, said)


def _grid(result: RunResult, sums: Sums, cities: Sequence[str], *, of_cost: bool) -> Markup:
    sectors = sorted({sector for _, sector in sums if sector})
    values = [cell[2 if of_cost else 1] for cell in sums.values()]
    places = places_for(values, "money" if of_cost else "mass")
    heads = [t("City"), *(name(sector, result.labels) for sector in sectors), t("all")]
    body = [
        [
            name(city, result.labels) if city else t("all"),
            *(_cell(sums, (city, sector), places, of_cost=of_cost) for sector in [*sectors, ""]),
        ]
        for city in [*cities, ""]
    ]
    return grid(heads, body, [None, *("n" for _ in heads[1:])])


def _cell(sums: Sums, place: tuple[str, str], places: int, *, of_cost: bool) -> Markup | str:
    """The cut, shaded by its share of the baseline; or the cost, by its share of all cost."""
    if place not in sums:
        return NO_VALUE
    base, cut, cost = sums[place]
    part, whole = (cost, sums["", ""][2]) if of_cost else (cut, base)
    share = part / whole if whole else 0.0
    shade = min(max(share, 0.0), DARKEST)
    scale = FEN_PER_YUAN if of_cost else MG_PER_T
    parts = join([grouped(part, scale, places), tag("small", percent(share))])
    return tag("span", parts, class_="cell", style=f"background:rgba(0,114,178,{shade:.2f})")


def _sums(table: Table, pollutant: str) -> Sums:
    found: Sums = {}
    for row in table.dicts():
        if row["pollutant"] != pollutant:
            continue
        for place in _places(row):
            base, cut, cost = found.get(place, (0, 0, 0))
            found[place] = (
                base + row["baseline_t"],
                cut + row["reduction_t"],
                cost + row["annual_cost_yuan"],
            )
    return found


def _places(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The cell itself, its city's and its sector's total, and the total of all."""
    for city in (row["city"] or "?", ""):
        for sector in (row["sector"] or "?", ""):
            yield city, sector


def _largest_cities(sums: Sums) -> list[str]:
    """The cities that cut most, by name."""
    cities = {city for city, _ in sums if city}
    return sorted(sorted(cities, key=lambda city: (-sums[city, ""][1], city))[:MOST_CITIES])


def _left_out(sums: Sums, cities: Sequence[str]) -> Iterator[Markup]:
    more = len({city for city, _ in sums if city}) - len(cities)
    if more:
        note = t(
            "Only the cities that cut most are shown; {more} more are in the table plan_grid.",
            more=more,
        )
        yield paragraph(note, class_="note")
