"""The section on near-optimal alternatives, and its lines for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.planning.alternatives.chart import alternatives
from scenarios.results.formatting import one_unit, percent, yuan
from scenarios.results.report.html import Markup, chart, paragraph, table_html
from scenarios.results.report.keyfigures import to_fen
from scenarios.results.report.question_parts import answers_of, column_title, titled
from scenarios.results.result import RunResult, Section, Table
from scenarios.text import t


def sections(result: RunResult) -> Iterator[Section]:
    """The alternatives, where they were asked for; also if there are none."""
    if "alternatives" in answers_of(result):
        yield titled("alternatives", t("Near-optimal alternatives"), *_others(result))


def lines(result: RunResult) -> Iterator[tuple[str, list[str]]]:
    """The cost of each alternative, and how much it moves."""
    if answers_of(result).get("alternatives"):
        yield t("Near-optimal alternatives"), list(_alternatives(result))


def _others(result: RunResult) -> Iterator[Markup]:
    plan = answers_of(result)
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
        caption = t("Shifts from the plan, by {column}", column=column_title(column))
        rows = tuple(tuple(row.values()) for row in own)
        part = Table(result.tables["alternative_moves"].spec, rows)
        data = table_html(part, result.labels, leave_out=("column",))
        yield chart(figure, caption, data, name=f"alternatives-{n}")


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
