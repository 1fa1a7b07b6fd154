"""The section on the distribution of the burden."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.results.formatting import name
from scenarios.results.report.html import Markup, grid, paragraph, table_html, tag
from scenarios.results.report.question_parts import answers_of, column_title, has_rows, titled
from scenarios.results.result import RunResult, Section, Table
from scenarios.text import t

MOST_BURDENED = 12  # groups per table, so that sectors, cities and firms fit one page


def sections(result: RunResult) -> Iterator[Section]:
    """The burden, where sources can be grouped, and the rules in force."""
    if has_rows(result, "fair") or has_rows(result, "burden"):
        yield titled("fairness", t("Distribution of the burden"), *_fairness(result))


def _fairness(result: RunResult) -> Iterator[Markup]:
    if has_rows(result, "fair"):
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
        yield tag("h3", t("By {column}", column=column_title(column)))
        yield table_html(part, result.labels, leave_out=("column",))
        if len(own) > MOST_BURDENED:
            said = t("{count} more are in the workbook.", count=len(own) - MOST_BURDENED)
            yield paragraph(said, class_="note")


def _ginis(result: RunResult) -> Markup:
    rows = []
    for column, by in (answers_of(result).get("fairness") or {}).items():
        for pollutant, said in by.items():
            ends = [said["gini_reduction"], said["gini_cost"]]
            cells = ["–" if value is None else f"{value:.3f}" for value in ends]
            rows.append([column_title(column), name(pollutant, result.labels), *cells])
    heads = [t("By"), t("Pollutant"), t("Gini of reductions"), t("Gini of cost")]
    return grid(heads, rows, [None, None, "n", "n"])
