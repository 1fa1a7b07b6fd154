"""The section on the response to prices."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.results.report.html import Markup, paragraph, table_html
from scenarios.results.report.question_parts import has_rows, titled
from scenarios.results.result import RunResult, Section
from scenarios.text import t


def sections(result: RunResult) -> Iterator[Section]:
    """The prices, where some are known."""
    if has_rows(result, "supply"):
        yield titled("prices", t("Reduction at given prices"), *_supply(result))


def _supply(result: RunResult) -> Iterator[Markup]:
    yield paragraph(
        t(
            "Total reduction if every source took each measure that costs at most the price, "
            "without a target; parts of measures are allowed. The same prices are marked on "
            "the cost curve."
        )
    )
    yield table_html(result.tables["supply"], result.labels)
