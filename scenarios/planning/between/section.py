"""The section on the trade-off between two pollutants."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.planning.between.chart import between
from scenarios.results.report.html import Markup, chart, paragraph, table_html
from scenarios.results.report.question_parts import has_rows, titled
from scenarios.results.result import RunResult, Section
from scenarios.text import t


def sections(result: RunResult) -> Iterator[Section]:
    """The trade-off, where it was asked for and there is a plan."""
    if has_rows(result, "frontier_between"):
        yield titled("between", t("One pollutant against another"), *_between(result))


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
