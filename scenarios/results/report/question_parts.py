"""What the page and the terminal take from the questions, and helpers of their sections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scenarios.results.formatting import NO_PLACE
from scenarios.results.report.html import Markup, section
from scenarios.results.result import ReportPlace, RunResult, Section
from scenarios.text import t

TITLES = {"sector": "Sector", "city": "City", "firm": "Firm"}


def view_sections(result: RunResult, place: ReportPlace) -> Iterator[Section]:
    """The sections of all questions at one place of the report, in their order."""
    for view in sorted(result.views, key=lambda view: view.order):
        if view.place is place:
            yield from view.sections(result)


def view_lines(result: RunResult, *, before_plan: bool) -> Iterator[tuple[str, list[str]]]:
    """Headings with lines for the terminal, before or after the figures of the plan."""
    for view in sorted(result.views, key=lambda view: view.lines_order or view.order):
        if (view.place is ReportPlace.BEFORE_PLAN) is before_plan:
            yield from view.lines(result)


def answers_of(result: RunResult) -> Mapping[str, Any]:
    """The answers to the questions about the plan, as in JSON, by question."""
    return result.summary.plan.answers


def has_rows(result: RunResult, table: str) -> bool:
    """Whether the run has a table, with at least one row."""
    return table in result.tables and len(result.tables[table]) > 0


def names_groups(result: RunResult, table: str) -> bool:
    """Whether a table's rows speak of sectors or cities, not of all sources as one group."""
    if table not in result.tables:
        return False
    found = result.tables[table]
    places = [n for n, c in enumerate(found.spec.columns) if c.name in ("city", "sector")]
    return any((row[n] or "") not in NO_PLACE for row in found.rows for n in places)


def titled(identifier: str, title: str, *children: Markup) -> Section:
    """A section with its anchor and its title."""
    return identifier, title, section(identifier, title, *children)


def column_title(column: str) -> str:
    """A column of labels as people call it."""
    return t(TITLES.get(column, column))
