"""The section of places: province, city, county and firm, each within the one above."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scenarios.planning.places.chart import place_map
from scenarios.results.formatting import NO_PLACE, Labels, name
from scenarios.results.report.html import Markup, chart, join, paragraph, table_html
from scenarios.results.report.question_parts import has_rows, titled
from scenarios.results.result import RunResult, Section, Table
from scenarios.text import t

MOST_PLACES = 40
"""What one pollutant's chart and table show, so that a name fits on most areas; of the level
that would go beyond, the places that cut most."""
OTHERS = "others"
LEVELS = ("all", "province", "city", "county", "firm")


def sections(result: RunResult) -> Iterator[Section]:
    """The tree of places, where the run has it."""
    if "plan_by_place" in result.tables:
        yield titled("plan-by-place", t("Quotas by place"), *_trees(result))


def _trees(result: RunResult) -> Iterator[Markup]:
    table = result.tables["plan_by_place"]
    yield paragraph(
        t(
            "Places are nested by level: the area is the reduction, the shade its share of "
            "the place's baseline. Click to open a place."
        )
    )
    pollutants = list(dict.fromkeys(table.column("pollutant")))
    sectors = _sector_of_firms(result)
    for n, pollutant in enumerate(pollutants):
        own = _of(table, pollutant)
        shown = largest_places(own, sectors, result.labels)
        caption = t(table.spec.title)
        if len(pollutants) > 1:
            caption = t("{title}: {said}", title=name(pollutant, result.labels), said=caption)
        figure = place_map(list(shown.dicts()), result.labels)
        data = [table_html(shown, result.labels, most=len(shown.rows)), _left_out(shown, own)]
        alone = len(pollutants) == 1
        yield chart(figure, caption, join(data), name=f"places-{n}", headed=alone)


def _of(table: Table, pollutant: str) -> Table:
    pairs = zip(table.column("pollutant"), table.rows, strict=True)
    return Table(table.spec, tuple(row for of, row in pairs if of == pollutant))


def _sector_of_firms(result: RunResult) -> dict[str, str]:
    """The sector of each firm, from the quotas."""
    if not has_rows(result, "quotas"):
        return {}
    quotas = result.tables["quotas"]
    pairs = zip(quotas.column("firm"), quotas.column("sector"), strict=True)
    return {firm: sector for firm, sector in pairs if firm and (sector or "") not in NO_PLACE}


def largest_places(
    table: Table, sectors: Mapping[str, str] | None = None, labels: Labels | None = None
) -> Table:
    """Whole levels from the top while there is room, then the places that cut most.

    After those of one place above follow all others there, in one row per sector.

    Args:
        table: rows of `plan_by_place` of one pollutant.
        sectors: the sector of each firm; firms without one are others.
        labels: names of sectors for people.
    """
    levels, cuts = table.column("level"), table.column("reduction_t")
    kept: list[int] = []
    left: list[int] = []
    for level in dict.fromkeys(sorted(levels, key=LEVELS.index)):
        own = [n for n, of in enumerate(levels) if of == level]
        room = MOST_PLACES - len(kept)
        largest = sorted(own, key=lambda n: (-cuts[n], n))
        kept, left = kept + largest[:room], largest[room:]
        if len(own) >= room:
            break
    firms = table.column("firm")
    others: dict[tuple[tuple[str, ...], str], list[int]] = {}
    for n in sorted(left):
        sector = (sectors or {}).get(firms[n], "")
        said = t("{sector}: others", sector=name(sector, labels or {})) if sector else ""
        others.setdefault((_above(table, n), said), []).append(n)
    # Where the last of them would have stood, all others stand.
    rows = {n: table.rows[n] for n in kept}
    for (_, said), own in others.items():
        rows[own[-1]] = _joined(table, [table.rows[n] for n in own], said)
    return Table(table.spec, tuple(rows[n] for n in sorted(rows)))


def _above(table: Table, n: int) -> tuple[str, ...]:
    """The names of the places that the n-th stands in, from the top."""
    path = [name for name in table.rows[n][1 : len(LEVELS)] if name is not None]
    return tuple(path[:-1])


def _joined(table: Table, rows: list[tuple[Any, ...]], said: str) -> tuple[Any, ...]:
    """One row for several places within the same one, under a name ("": all others)."""
    first, names = rows[0], [column.name for column in table.spec.columns]
    lowest = LEVELS.index(first[0])
    cells: list[Any] = [OTHERS, *first[1:lowest], said, *[None] * (len(LEVELS) - lowest - 1)]
    cells.append(first[len(LEVELS)])
    cells += [
        None if any(row[n] is None for row in rows) else sum(row[n] for row in rows)
        for n in range(len(cells), len(names))
    ]
    base, cut = (cells[names.index(column)] for column in ("baseline_t", "reduction_t"))
    cells[names.index("reduction_share")] = cut / base if base else None
    return tuple(cells)


def _left_out(shown: Table, whole: Table) -> Markup | None:
    if OTHERS not in shown.column("level"):
        return None
    more = len(whole.rows)
    said = t("Only the places that cut most are shown; all {more} are in the table "
             "plan_by_place.",
             more=f"{more:,}")  # fmt: skip
    return paragraph(said, class_="note")
