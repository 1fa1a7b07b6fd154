"""Answers to the further questions, in lines for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.results.formatting import name, one_unit, percent, small_percent, tonnes, yuan
from scenarios.results.report.keyfigures import to_fen
from scenarios.results.report.matched import both_lines
from scenarios.results.report.questions import frontier_points
from scenarios.results.result import RunResult
from scenarios.text import t

MOST_POINTS = 7  # enough to see the bend of the frontier, few enough for a small window


def further_lines(result: RunResult) -> Iterator[tuple[str, list[str]]]:
    """Headings with their lines: answers to the questions asked in addition to the plan."""
    plan = result.summary.get("allocation") or {}
    if both := list(both_lines(plan)):
        yield t("Both costs"), both
    if plan.get("frontier"):
        yield t("Cost frontier"), list(_frontier(result))
    if "pathway" in plan and plan["pathway"]["total_yuan"] is not None:
        yield t("Year by year"), list(_years(result))
    if plan.get("alternatives"):
        yield t("Near-optimal alternatives"), list(_alternatives(result))


def _frontier(result: RunResult) -> Iterator[str]:
    """Some of the points from the first to the last; all stand in the tables."""
    points, _ = frontier_points(result)
    last = len(points) - 1
    shown = sorted({round(n * last / (MOST_POINTS - 1)) for n in range(MOST_POINTS)})
    with one_unit(points[n][1] for n in shown):
        lines = [(tonnes(points[n][0]), yuan(points[n][1])) for n in shown]
    for title, said in lines:
        yield t("{title}: {said}", title=title, said=said)
    if len(points) > len(shown):
        yield t("({count} points in all)", count=len(points))


def _years(result: RunResult) -> Iterator[str]:
    plan = result.summary["allocation"]["pathway"]
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


def _alternatives(result: RunResult) -> Iterator[str]:
    table = result.tables["alternatives"]
    for row in table.dicts():
        with one_unit(table.column("cost_yuan")):
            cost = yuan(row["cost_yuan"])
        yield t(
            "Alternative {number}: {cost}; {share} of the reduction is made elsewhere",
            number=row["number"],
            cost=cost,
            share=percent(row["moved_t"] / row["reduction_t"] if row["reduction_t"] else 0.0),
        )
