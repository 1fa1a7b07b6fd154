"""The section on what arrives at receptors."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.results.report.html import Markup, paragraph, table_html
from scenarios.results.report.question_parts import has_rows, titled
from scenarios.results.result import RunResult, Section
from scenarios.text import t


def sections(result: RunResult) -> Iterator[Section]:
    """The levels, where there are receptors."""
    if has_rows(result, "receptors"):
        yield titled("receptors", t("Concentration or load at receptors"), *_receptors(result))


def _receptors(result: RunResult) -> Iterator[Markup]:
    yield paragraph(
        t(
            "Contribution of all sources plus background, in each receptor's own unit, and "
            "the cost of lowering its limit by one unit (0 where it does not bind). The "
            "lowest achievable value is for each receptor by itself."
        )
    )
    if not result.summary.plan.feasible:
        yield paragraph(t("The values reached are those of the nearest plan."))
    yield table_html(result.tables["receptors"], result.labels)
