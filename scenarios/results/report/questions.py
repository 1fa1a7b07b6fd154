"""Sections of the questions asked in addition to a plan, where the run has an answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from permits.quantity import MG_PER_T
from scenarios.results.formatting import grouped, name, one_unit, percent, places_for, yuan
from scenarios.results.plots.questions import (
    alternatives,
    between,
    frontier,
    frontier_prices,
    pathway,
)
from scenarios.results.report.html import (
    Markup,
    chart,
    folded,
    grid,
    paragraph,
    section,
    table_html,
    tag,
)
from scenarios.results.report.keyfigures import by_pollutant, to_fen, to_mg
from scenarios.results.report.matched import matched_sections
from scenarios.results.result import RunResult, Table
from scenarios.text import t

Section = tuple[str, str, Markup]  # id, title, content
MOST_BUILT = 60  # rows of a folded table: two screens; the CSV file has all
MOST_BURDENED = 12  # groups per table, so that sectors, cities and firms fit one page


def question_sections(result: RunResult) -> Iterator[Section]:
    """Answers to the questions asked, then the sections of every plan."""
    plan = result.summary.get("allocation") or {}
    if plan.get("frontier"):
        yield _section("frontier", t("Cost frontier"), *_frontier(result))
    if _has(result, "frontier_between"):
        yield _section("between", t("One pollutant against another"), *_between(result))
    if _has(result, "receptors"):
        yield _section("receptors", t("Concentration or load at receptors"), *_receptors(result))
    if _has(result, "condition_costs"):
        yield _section("condition-costs", t("Cost of each condition"), *_costs(result))
    if "alternatives" in plan:
        yield _section("alternatives", t("Near-optimal alternatives"), *_others(result))
    if "pathway" in plan:
        yield _section("pathway", t("Year by year"), *_years(result))
    if _has(result, "supply"):
        yield _section("prices", t("Reduction at given prices"), *_supply(result))
    yield from matched_sections(result)
    if _has(result, "dominated_kinds"):
        yield _section("dominated", t("Dominated measures"), *_dominated(result))
    if _has(result, "fair") or _has(result, "burden"):
        yield _section("fairness", t("Distribution of the burden"), *_fairness(result))


def known_prices(result: RunResult, pollutant: str) -> list[dict[str, Any]]:
    """Known prices to mark on the cost curve of a pollutant."""
    if not _has(result, "supply"):
        return []
    return [row for row in result.tables["supply"].dicts() if row["pollutant"] == pollutant]


def frontier_points(result: RunResult) -> tuple[list[tuple[int, int]], str]:
    """Reduction [mg] and cost [fen] of each point of the frontier, and its pollutant."""
    plan = result.summary["allocation"]
    points, wanted = [], ""
    for one in plan["frontier"]:
        wanted = next(iter(by_pollutant(one["target_t"], plan)), "")
        reached = by_pollutant(one["reduction_t"], plan).get(wanted)
        if reached is not None and one["cost_yuan"] is not None:
            points.append((to_mg(reached), to_fen(one["cost_yuan"])))
    return points, wanted


def _frontier(result: RunResult) -> Iterator[Markup]:
    """The least cost of reductions from nothing to everything."""
    points, wanted = frontier_points(result)
    places = places_for([mass for mass, _ in points], "mass")
    with one_unit(cost for _, cost in points):
        rows = [[grouped(mass, MG_PER_T, places), yuan(cost)] for mass, cost in points]
    data = grid([t("Reduction, t"), t("Annual cost, least-cost plan")], rows, ["n", "n"])
    yield paragraph(t("The least cost of each reduction, side conditions kept."))
    figure = frontier(points, _own_point(result.summary["allocation"], wanted))
    yield chart(figure, t("Cost frontier"), data, name="frontier", headed=True)
    if _has(result, "frontier"):
        table = result.tables["frontier"]
        figure = frontier_prices(list(table.dicts()))
        caption = t("Marginal cost at each target")
        yield chart(figure, caption, table_html(table, result.labels), name="frontier-prices")


def _own_point(plan: dict[str, Any], pollutant: str) -> tuple[int, int] | None:
    """Reduction of the frontier's pollutant in the plan itself, and its cost."""
    reached = by_pollutant(plan.get("reduction_t"), plan).get(pollutant)
    if not reached or plan.get("cost_yuan") is None:
        return None
    return to_mg(reached), to_fen(plan["cost_yuan"])


def _between(result: RunResult) -> Iterator[Markup]:
    table = result.tables["frontier_between"]
    yield paragraph(
        t(
            "Each point shows the largest reduction of the second pollutant for a given "
            "reduction of the first, within the budget and the conditions."
        )
    )
    data = table_html(table, result.labels)
    figure = between(list(table.dicts()))
    yield chart(figure, t("One pollutant against another"), data, name="between", headed=True)


def _supply(result: RunResult) -> Iterator[Markup]:
    yield paragraph(
        t(
            "Total reduction if every source took each measure that costs at most the price, "
            "without a target; parts of measures are allowed. The same prices are marked on "
            "the cost curve."
        )
    )
    yield table_html(result.tables["supply"], result.labels)


def _receptors(result: RunResult) -> Iterator[Markup]:
    yield paragraph(
        t(
            "Contribution of all sources plus background, in each receptor's own unit, and "
            "the cost of lowering its limit by one unit (0 where it does not bind). The "
            "lowest achievable value is for each receptor by itself."
        )
    )
    if result.summary["allocation"]["status"] == "infeasible":
        yield paragraph(t("The values reached are those of the nearest plan."))
    yield table_html(result.tables["receptors"], result.labels)


def _costs(result: RunResult) -> Iterator[Markup]:
    yield paragraph(
        t(
            "Least cost with each condition, and without it while the others stay. A "
            "difference smaller than the unproved part may be due to the solver."
        )
    )
    yield table_html(result.tables["condition_costs"], result.labels)


def _dominated(result: RunResult) -> Iterator[Markup]:
    said = result.summary["allocation"]["dominated"]
    yield paragraph(
        t(
            "{count} of {all} measures are dominated: at the same source another measure of "
            "the same slot, or a mixture of two where parts may be built, removes at least as "
            "much for less. A plan uses them only if an upper limit on reductions forces it "
            "to.",
            count=f"{said['measures']:,}",
            all=f"{said['of']:,}",
        )
    )
    yield table_html(result.tables["dominated_kinds"], result.labels)
    if _has(result, "dominated"):
        table = result.tables["dominated"]
        rows = table_html(table, result.labels, most=MOST_BUILT)
        yield folded(t("Better alternative to each dominated measure"), rows)
    else:
        yield paragraph(
            t("There are too many dominated measures to list one by one."), class_="note"
        )


def _fairness(result: RunResult) -> Iterator[Markup]:
    if _has(result, "fair"):
        yield paragraph(t("The fairness rules in force, and the resulting burden."))
        yield table_html(result.tables["fair"], result.labels)
    table = result.tables["burden"]
    yield paragraph(
        t(
            "Groups that cut the largest share of their baseline come first. The Gini "
            "coefficient shows how unevenly reductions and costs are distributed: 0 if each "
            "group bears them in proportion to its baseline, close to 1 if one small group "
            "bears all."
        )
    )
    yield _ginis(result)
    for column in dict.fromkeys(table.column("column")):
        own = tuple(row for row in table.rows if row[0] == column)
        part = Table(table.spec, own[:MOST_BURDENED])
        yield tag("h3", t("By {column}", column=_column(column)))
        yield table_html(part, result.labels, leave_out=("column",))
        if len(own) > MOST_BURDENED:
            said = t("{count} more are in the workbook.", count=len(own) - MOST_BURDENED)
            yield paragraph(said, class_="note")


def _ginis(result: RunResult) -> Markup:
    rows = []
    for column, by in (result.summary["allocation"].get("fairness") or {}).items():
        for pollutant, said in by.items():
            ends = [said["gini_reduction"], said["gini_cost"]]
            cells = ["–" if value is None else f"{value:.3f}" for value in ends]
            rows.append([_column(column), name(pollutant, result.labels), *cells])
    heads = [t("By"), t("Pollutant"), t("Gini of reductions"), t("Gini of cost")]
    return grid(heads, rows, [None, None, "n", "n"])


def _others(result: RunResult) -> Iterator[Markup]:
    plan = result.summary["allocation"]
    if not plan["alternatives"]:
        yield paragraph(t("No other plan was found within this cost."))
        return
    cap = yuan(to_fen(plan["alternatives_cap_yuan"]))
    yield paragraph(
        t(
            "Plans that keep every condition and cost at most {cap}, each as different as "
            "possible from the plan and from those before it. Considerations outside the "
            "model may favour one of them.",
            cap=cap,
        )
    )
    yield table_html(result.tables["alternatives"], result.labels)
    moves = list(result.tables["alternative_moves"].dicts())
    for n, (column, pollutant) in enumerate(
        dict.fromkeys((row["column"], row["pollutant"]) for row in moves)
    ):
        own = [row for row in moves if (row["column"], row["pollutant"]) == (column, pollutant)]
        figure = alternatives(own, result.labels)
        caption = t("Shifts from the plan, by {column}", column=_column(column))
        rows = tuple(tuple(row.values()) for row in own)
        part = Table(result.tables["alternative_moves"].spec, rows)
        data = table_html(part, result.labels, leave_out=("column",))
        yield chart(figure, caption, data, name=f"alternatives-{n}")


def _years(result: RunResult) -> Iterator[Markup]:
    plan = result.summary["allocation"]["pathway"]
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


TITLES = {"sector": "Sector", "city": "City", "firm": "Firm"}


def _column(column: str) -> str:
    """A column of labels as people call it."""
    return t(TITLES.get(column, column))


def _has(result: RunResult, table: str) -> bool:
    return table in result.tables and bool(result.tables[table].rows)


def _section(identifier: str, title: str, *children: Markup) -> Section:
    return identifier, title, section(identifier, title, *children)
