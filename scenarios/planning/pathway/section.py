"""The section on several years, and its lines for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.planning.pathway.chart import pathway
from scenarios.results.formatting import name, one_unit, percent, small_percent, tonnes, yuan
from scenarios.results.report.html import Markup, chart, folded, paragraph, table_html
from scenarios.results.report.keyfigures import to_fen
from scenarios.results.report.question_parts import answers_of, titled
from scenarios.results.result import RunResult, Section
from scenarios.text import t

MOST_BUILT = 60  # rows of a folded table: two screens; the CSV file has all


def sections(result: RunResult) -> Iterator[Section]:
    """The years, where they were asked for; also if there is no pathway."""
    if "pathway" in answers_of(result):
        yield titled("pathway", t("Year by year"), *_years(result))


def lines(result: RunResult) -> Iterator[tuple[str, list[str]]]:
    """What counts and costs in each year, and the total."""
    found = answers_of(result).get("pathway")
    if found and found["total_yuan"] is not None:
        yield t("Year by year"), list(_year_lines(result))


def _years(result: RunResult) -> Iterator[Markup]:
    plan = answers_of(result)["pathway"]
    table = result.tables["pathway"]
    if plan["status"] not in ("optimal", "feasible"):
        yield from _no_pathway(result, plan["status"])
        return
    yield paragraph(
        t(
            "The build schedule that meets every year's target at least cost: {total} over "
            "all years, proved to within {gap}. {count}",
            total=yuan(to_fen(plan["total_yuan"])),
            gap=percent(plan["gap"]) if plan["gap"] >= 0.001 else t("a thousandth"),
            count=t(COUNTED[plan["count"].partition(":")[0]]),
        )
    )
    sectors = list(result.tables["pathway_sectors"].dicts())
    for n, pollutant in enumerate(dict.fromkeys(table.column("pollutant"))):
        own = [row for row in sectors if row["pollutant"] == pollutant]
        rows = [row for row in table.dicts() if row["pollutant"] == pollutant]
        caption = t("Reductions by year and sector, with the targets")
        yield chart(pathway(own, rows, result.labels), caption, None, name=f"pathway-{n}")
    yield table_html(table, result.labels)
    builds = result.tables["pathway_builds"]
    yield folded(t(builds.spec.title), table_html(builds, result.labels, most=MOST_BUILT))


COUNTED = TEXTS = {
    "annualised": "A measure counts in full from the year in which it is built.",
    "in_year": "In its first year a measure counts for the months in which it works.",
    "verified": "A measure counts from the year after it is built, when a full year of it "
    "could be verified.",
}


def _no_pathway(result: RunResult, status: str) -> Iterator[Markup]:
    if status != "infeasible":
        yield paragraph(t("The search for a pathway stopped before one was found."))
        return
    yield paragraph(
        t("No build schedule meets every year's target. The most that could be counted:")
    )
    yield table_html(result.tables["pathway"], result.labels)


def _year_lines(result: RunResult) -> Iterator[str]:
    plan = answers_of(result)["pathway"]
    table = result.tables["pathway"]
    several = len(set(table.column("pollutant"))) > 1
    amounts = [*table.column("cost_yuan"), to_fen(plan["total_yuan"])]
    for row in table.dicts():
        title = str(row["year"])
        if several:
            title += f" · {name(row['pollutant'], result.labels)}"
        said = t("{mass} counted", mass=tonnes(row["net_t"]))
        if row["target_t"] is not None:
            said += t("; ") + t("target {mass}", mass=tonnes(row["target_t"]))
        if row["cost_yuan"] is not None:  # once a year, with the first pollutant
            with one_unit(amounts):
                said += t("; ") + t("{cost} that year", cost=yuan(row["cost_yuan"]))
        yield t("{title}: {said}", title=title, said=said)
    with one_unit(amounts):
        total = yuan(to_fen(plan["total_yuan"]))
    yield t("Total: {total}, proved to within {gap}", total=total, gap=small_percent(plan["gap"]))
