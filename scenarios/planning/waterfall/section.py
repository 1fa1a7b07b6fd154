"""The section on the change from equal percentage to least cost."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.planning.waterfall.chart import waterfall
from scenarios.results.report.html import Markup, chart, paragraph, table_html
from scenarios.results.report.question_parts import names_groups, titled
from scenarios.results.result import RunResult, Section
from scenarios.text import t


def sections(result: RunResult) -> Iterator[Section]:
    """The waterfall, where the sources are in sectors."""
    if names_groups(result, "plan_waterfall"):
        title = t("From equal percentage to least cost")
        yield titled("waterfall", title, *_waterfall(result))


def _waterfall(result: RunResult) -> Iterator[Markup]:
    table = result.tables["plan_waterfall"]
    yield paragraph(
        t(
            "From the cost of an equal percentage for all to the least-cost plan, sector by "
            "sector: which sectors save, and which cut more and pay more."
        )
    )
    title = t(table.spec.title)
    figure = waterfall(table, result.labels)
    yield chart(figure, title, table_html(table, result.labels), name="waterfall", headed=True)
