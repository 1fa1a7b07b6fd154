"""The summary for the terminal, in lines that fit a narrow window."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from scenarios.results.formatting import Labels, money_in, name, one_unit, short, tonnes, word, yuan
from scenarios.results.report.keyfigures import (
    KeyFigure,
    assumption_lines,
    plan_figures,
    stated_lines,
    year_figures,
)
from scenarios.results.report.question_parts import view_lines
from scenarios.results.result import RunResult, Table
from scenarios.text import pick, t
from scenarios.text.terminal import new_console


def print_summary(
    result: RunResult, out: Path | None = None, *, file: IO[str] | None = None
) -> None:
    """Print the results of a run and where they were written.

    Colours and width are the terminal's; a pipe gets plain text.

    Args:
        result: the run.
        out: folder it was written to; None prints no folder.
        file: stream to print to; None is standard output.
    """
    with money_in(result.summary.currency):
        _print_summary(result, out, file)


def _print_summary(result: RunResult, out: Path | None, file: IO[str] | None) -> None:
    from rich.markup import escape

    console = new_console(file)
    status = result.summary.status
    style = "bold green" if status in ("ok", "optimal") else "bold red"
    console.print(
        f"[bold]{escape(pick(result.title) or result.name)}[/] · [{style}]{word(status)}[/]"
    )
    for title, lines in _blocks(result):
        console.print(f"\n[bold]{escape(title)}[/]")
        for line in lines:
            console.print(f"  {escape(line)}", soft_wrap=False)
    if out is not None:
        console.print()
        for line in _places(out):
            console.print(escape(line), soft_wrap=True)


def _places(out: Path) -> Iterator[str]:
    """Where the results are: the report first, then workbook, tables and the whole folder."""
    for title, pattern in ((t("Report"), "*.html"), (t("Workbook"), "*.xlsx")):
        for path in sorted(out.glob(pattern)):
            yield t("{title}: {said}", title=title, said=path)
    if (out / "tables").is_dir():
        yield t("{title}: {said}", title=t("Tables"), said=out / "tables")
    yield t("Written to {out}", out=out)


def _blocks(result: RunResult) -> Iterator[tuple[str, list[str]]]:
    """Headings with their lines, in the order of the report."""
    summary = result.summary
    if summary.violations:
        said = list(summary.violations)
        yield t("The books of this run do not balance; do not rely on it:"), said
    if summary.planned is not None:
        yield from _plan_blocks(result)
    if summary.year is not None:
        year = list(_lines(year_figures(summary.year)))
        yield t("The simulated year (behaviour, not a forecast)"), year
    if summary.counterfactual:
        count = len(summary.counterfactual)
        outside = t(
            "1 rule is used outside its place or time"
            if count == 1
            else "{count} rules are used outside their place or time",
            count=count,
        )
        yield t("Counterfactual"), [outside]
    stated = [] if summary.planned is None else stated_lines(summary.planned)
    if assumed := [*stated, *assumption_lines(summary.assumed)]:
        yield t("Reliance on assumptions"), assumed


def _plan_blocks(result: RunResult) -> Iterator[tuple[str, list[str]]]:
    """The plan on each baseline, the plan, and what was asked about it."""
    table, plan = result.tables.get("baselines"), result.summary.plan
    if table is not None and len(set(table.column("baseline"))) > 1:
        yield t("The target on each baseline"), list(_baseline_lines(table, result.labels))
    yield from view_lines(result, before_plan=True)
    if figures := plan_figures(plan, result.labels):
        yield t("The least-cost plan"), list(_lines(figures))
    yield from view_lines(result, before_plan=False)


def _lines(figures: Iterable[KeyFigure]) -> Iterator[str]:
    for figure in figures:
        note = t(" ({note})", note=figure.note) if figure.note else ""
        yield t("{title}: {said}", title=figure.title, said=figure.said + note)


def _baseline_lines(table: Table, labels: Labels) -> Iterator[str]:
    several = len(set(table.column("pollutant"))) > 1
    for row in table.dicts():
        mark = "▸ " if row["chosen"] else "  "
        title = short(row["baseline"])
        if several:
            title += f" · {name(row['pollutant'], labels)}"
        with one_unit(table.column("cost_yuan")):
            story = _story(row)
        yield mark + t("{title}: {said}", title=title, said=story)


def _story(row: Mapping[str, Any]) -> str:
    if row["cost_yuan"] is not None:
        said = yuan(row["cost_yuan"])
        if row["cost_yuan"] < 0:
            said += t(" ({note})", note=t("the measures earn more than they cost"))
        return said
    said, most = t("cannot be met"), row["max_reduction_t"]
    if most is not None:
        said += t("; ") + t("at most {mass} is achievable", mass=tonnes(most))
    return said
