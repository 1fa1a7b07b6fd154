"""The section of places: province, city, county and firm, each within the one above."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.plots.places import place_map
from scenarios.report.html import Markup, chart, join, paragraph, section, table_html
from scenarios.result import RunResult, Table
from scenarios.shown import name
from scenarios.text import t

MOST_PLACES = 200
"""What one pollutant's chart and table show; of the level that would go beyond, the places
that cut most."""
LEVELS = ("all", "province", "city", "county", "firm")


def place_sections(result: RunResult) -> Iterator[tuple[str, str, Markup]]:
    """The tree of places, where the run has it."""
    if "plan_by_place" in result.tables:
        title = t("Quotas by place")
        yield "plan-by-place", title, section("plan-by-place", title, *_trees(result))


def _trees(result: RunResult) -> Iterator[Markup]:
    table = result.tables["plan_by_place"]
    yield paragraph(
        t(
            "Every place within the one above, as large as what it cuts and as dark as the "
            "share of its baseline that this is. A click opens a place."
        )
    )
    pollutants = list(dict.fromkeys(table.column("pollutant")))
    for n, pollutant in enumerate(pollutants):
        own = _of(table, pollutant)
        shown = largest_places(own)
        caption = t(table.spec.title)
        if len(pollutants) > 1:
            caption = t("{title}: {said}", title=name(pollutant, result.labels), said=caption)
        figure = place_map(list(shown.dicts()), result.labels)
        data = [table_html(shown, result.labels, most=MOST_PLACES), _left_out(shown, own)]
        alone = len(pollutants) == 1
        yield chart(figure, caption, join(data), name=f"places-{n}", headed=alone)


def _of(table: Table, pollutant: str) -> Table:
    pairs = zip(table.column("pollutant"), table.rows, strict=True)
    return Table(table.spec, tuple(row for of, row in pairs if of == pollutant))


def largest_places(table: Table) -> Table:
    """Whole levels from the top while there is room; of the next the places that cut most."""
    levels, cuts = table.column("level"), table.column("reduction_t")
    kept: list[int] = []
    for level in dict.fromkeys(sorted(levels, key=LEVELS.index)):
        own = [n for n, of in enumerate(levels) if of == level]
        room = MOST_PLACES - len(kept)
        kept += sorted(own, key=lambda n: (-cuts[n], n))[:room]
        if len(own) >= room:
            break
    return Table(table.spec, tuple(table.rows[n] for n in sorted(kept)))


def _left_out(shown: Table, whole: Table) -> Markup | None:
    more = len(whole.rows) - len(shown.rows)
    if not more:
        return None
    said = t("The places that cut most; {more} more stand in the table plan_by_place.",
             more=f"{more:,}")  # fmt: skip
    return paragraph(said, class_="note")
