"""The section on dominated measures."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.results.report.html import Markup, folded, paragraph, table_html
from scenarios.results.report.question_parts import answers_of, has_rows, titled
from scenarios.results.result import RunResult, Section
from scenarios.text import t

MOST_LISTED = 60  # rows of a folded table: two screens; the CSV file has all


def sections(result: RunResult) -> Iterator[Section]:
    """The dominated measures, where there are some."""
    if has_rows(result, "dominated_kinds"):
        yield titled("dominated", t("Dominated measures"), *_dominated(result))


def _dominated(result: RunResult) -> Iterator[Markup]:
    said = answers_of(result)["dominated"]
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
    if has_rows(result, "dominated"):
        table = result.tables["dominated"]
        rows = table_html(table, result.labels, most=MOST_LISTED)
        yield folded(t("Better alternative to each dominated measure"), rows)
    else:
        yield paragraph(
            t("There are too many dominated measures to list one by one."), class_="note"
        )
