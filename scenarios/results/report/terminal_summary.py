"""The summary for the terminal, in lines that fit a narrow window."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from scenarios.results.formatting import Labels, money_in, name, one_unit, short, tonnes, word, yuan
from scenarios.results.report.doubt import doubt_lines
from scenarios.results.report.impossible import conflict_lines, giving_lines, heading, most_lines
from scenarios.results.report.keyfigures import (
    KeyFigure,
    assumption_lines,
    plan_figures,
    violations,
    year_figures,
)
from scenarios.results.report.lines import further_lines
from scenarios.results.result import RunResult, Table
from scenarios.text import pick, t


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
    with money_in(result.summary.get("currency", "CNY")):
        _print_summary(result, out, file)


def _print_summary(result: RunResult, out: Path | None, file: IO[str] | None) -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console(file=file, highlight=False)
    status = str(result.summary.get("status", ""))
    style = "bold green" if status in ("ok", "optimal") else "bold red"
    console.print(
        f"[bold]{escape(pick(result.title) or result.name)}[/] · [{style}]{word(status)}[/]"
    )
    for title, lines in _blocks(result):
        console.print(f"\n[bold]{escape(title)}[/]")
        for line in lines:
            console.print(f"  {escape(line)}", soft_wrap=False)
    if out is not None:
        console.print(f"\n{escape(t('Written to {out}', out=out))}", soft_wrap=True)


def _blocks(result: RunResult) -> Iterator[tuple[str, list[str]]]:
    """Headings with their lines, in the order of the report."""
    if broken := violations(result.summary):
        yield t("The books of this run do not balance; do not rely on it:"), broken
    table = result.tables.get("baselines")
    if table is not None and len(set(table.column("baseline"))) > 1:
        yield t("The target on each baseline"), list(_baseline_lines(table, result.labels))
    if doubt := list(doubt_lines(result.summary.get("allocation") or {})):
        yield t("Effect of uncertain inputs"), doubt
    if (result.summary.get("allocation") or {}).get("status") == "infeasible":
        yield heading(result.summary["allocation"]), list(_conflict_lines(result))
    if plan := plan_figures(result.summary, result.labels):
        yield t("The least-cost plan"), list(_lines(plan))
    yield from further_lines(result)
    if year := year_figures(result.summary):
        yield t("The simulated year (behaviour, not a forecast)"), list(_lines(year))
    if counterfactual := result.summary.get("counterfactual"):
        said = t(
            "1 rule is used outside its place or time"
            if len(counterfactual) == 1
            else "{count} rules are used outside their place or time",
            count=len(counterfactual),
        )
        yield t("Counterfactual"), [said]
    if assumed := assumption_lines(result.summary):
        yield t("Reliance on assumptions"), assumed


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


def _conflict_lines(result: RunResult) -> Iterator[str]:
    plan = result.summary["allocation"]
    most = list(most_lines(plan))
    for pollutant, said in most:
        title = name(pollutant, result.labels)
        yield t("{title}: {said}", title=title, said=said) if len(most) > 1 else said
    for line in conflict_lines(plan):
        yield f"– {line}"
    for line in giving_lines(plan):
        yield f"→ {line}"
