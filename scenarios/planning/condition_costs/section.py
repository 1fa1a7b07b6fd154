"""The section on the cost of each condition."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.results.report.html import Markup, paragraph, table_html
from scenarios.results.report.question_parts import has_rows, titled
from scenarios.results.result import RunResult, Section
from scenarios.text import t


def sections(result: RunResult) -> Iterator[Section]:
    """The costs, where they were computed."""
    if has_rows(result, "condition_costs"):
        yield titled("condition-costs", t("Cost of each condition"), *_costs(result))


def _costs(result: RunResult) -> Iterator[Markup]:
    yield paragraph(
        t(
            "Least cost with each condition, and without it while the others stay. A "
            "difference smaller than the unproved part may be due to the solver."
        )
    )
    yield table_html(result.tables["condition_costs"], result.labels)
