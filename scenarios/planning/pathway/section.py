"""The section on several years, and its lines for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.planning.pathway.chart import pathway
from scenarios.results.formatting import name, one_unit, percent, small_percent, tonnes, yuan
from scenarios.results.report.html import Markup, chart, folded, paragraph, table_html
from scenarios.results.report.keyfigures import to_fen
from scenarios.results.report.question_parts import answers_of, titled
from scenarios.results.result import RunResult, Section
from scenarios.text import language, t

MONTHS = 12  # of a year
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
    yield paragraph(relation(result), class_="box")
    sectors = list(result.tables["pathway_sectors"].dicts())
    for n, pollutant in enumerate(dict.fromkeys(table.column("pollutant"))):
        own = [row for row in sectors if row["pollutant"] == pollutant]
        rows = [row for row in table.dicts() if row["pollutant"] == pollutant]
        caption = t("Reductions by year and sector, with the targets")
        yield chart(pathway(own, rows, result.labels), caption, None, name=f"pathway-{n}")
    yield table_html(table, result.labels)
    builds = result.tables["pathway_builds"]
    yield folded(t(builds.spec.title), table_html(builds, result.labels, most=MOST_BUILT))


def relation(result: RunResult) -> str:
    """How the cost of the first year that costs anything relates to the plan's annual cost."""
    told, plan = answers_of(result)["pathway"], result.summary.plan
    how, _, month = told["count"].partition(":")
    years = [(one["year"], to_fen(one["cost_yuan"])) for one in told["years"]]
    year, cost = next((one for one in years if one[1]), years[0])
    assert plan.cost_fen is not None, "a pathway meets the plan's conditions"
    with one_unit((plan.cost_fen, cost)):
        known = {"annual": yuan(plan.cost_fen), "cost": yuan(cost), "year": year}
    parts = [t("{annual} is the plan's cost of a full year with every measure in place; {cost} is "
               "the cost of {year} in this schedule.", **known)]  # fmt: skip
    if how == "in_year" and month.strip() not in ("", "1"):
        months = MONTHS + 1 - int(month)
        parts.append(
            t(
                "A measure that starts in month {month} removes {share} of its yearly tonnes in "
                "its first year, so more and dearer measures must be built for the same tonnes "
                "within that year: those in place at its end remove {mass} in a full year.",
                month=int(month),
                share=percent(months / MONTHS),
                mass=_in_place(result, year),
            )
        )
    elif how == "verified":
        parts.append(t("What is built counts from the following year on."))
    return ("" if language() == "zh" else " ").join(parts)


def _in_place(result: RunResult, year: int) -> str:
    """What the measures in place in a year remove over a full year, by pollutant."""
    masses: dict[str, int] = {}
    for row in result.tables["pathway_sectors"].dicts():
        if row["year"] == year:
            masses[row["pollutant"]] = masses.get(row["pollutant"], 0) + row["reduction_t"]
    if len(masses) == 1:
        return tonnes(next(iter(masses.values())))
    named = (f"{name(p, result.labels)} {tonnes(mass)}" for p, mass in masses.items())
    return t(", ").join(named)


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
    yield relation(result)
    yield t("Total: {total}, proved to within {gap}", total=total, gap=small_percent(plan["gap"]))
