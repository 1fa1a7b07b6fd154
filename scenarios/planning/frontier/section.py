"""The section on the cost frontier, and its lines for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from permits.quantity import MG_PER_T
from scenarios.planning.frontier.chart import frontier, frontier_prices
from scenarios.results.formatting import grouped, one_unit, places_for, tonnes, yuan
from scenarios.results.report.html import Markup, chart, grid, paragraph, table_html
from scenarios.results.report.keyfigures import by_pollutant, to_fen, to_mg
from scenarios.results.report.question_parts import answers_of, has_rows, titled
from scenarios.results.result import RunResult, Section
from scenarios.results.summary import PlanSummary
from scenarios.text import t

MOST_POINTS = 7  # enough to see the bend of the frontier, few enough for a small window


def sections(result: RunResult) -> Iterator[Section]:
    """The frontier, where it was asked for."""
    if answers_of(result).get("frontier"):
        yield titled("frontier", t("Cost frontier"), *_frontier(result))


def lines(result: RunResult) -> Iterator[tuple[str, list[str]]]:
    """Some points of the frontier."""
    if answers_of(result).get("frontier"):
        yield t("Cost frontier"), list(_some_points(result))


def frontier_points(result: RunResult) -> tuple[list[tuple[int, int]], str]:
    """Reduction [mg] and cost [fen] of each point of the frontier, and its pollutant."""
    plan = result.summary.plan
    points, wanted = [], ""
    for one in plan.answers["frontier"]:
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
    figure = frontier(points, _own_point(result.summary.plan, wanted))
    yield chart(figure, t("Cost frontier"), data, name="frontier", headed=True)
    if has_rows(result, "frontier"):
        table = result.tables["frontier"]
        figure = frontier_prices(list(table.dicts()))
        caption = t("Marginal cost at each target")
        yield chart(figure, caption, table_html(table, result.labels), name="frontier-prices")


def _own_point(plan: PlanSummary, pollutant: str) -> tuple[int, int] | None:
    """Reduction of the frontier's pollutant in the plan itself, and its cost."""
    reached = (plan.reduction_mg or {}).get(pollutant)
    return (reached, plan.cost_fen) if reached and plan.cost_fen is not None else None


def _some_points(result: RunResult) -> Iterator[str]:
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
