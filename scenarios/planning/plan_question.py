"""What a question about the plan declares about itself, and how questions are found.

A question is a folder next to this file whose `__init__` defines `QUESTION`. A listing finds
it, as one finds rules; its folder's name is its name.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from scenarios.planning.search import Search
from scenarios.planning.solve import PlanResult
from scenarios.results.column import TableSpec
from scenarios.results.result import ReportPlace, RunResult, Section, Table

Asked = TypeVar("Asked")
Found = TypeVar("Found")


def _no_tables(_of: Any) -> Mapping[str, Table]:
    return {}


def _no_members(_found: Any) -> dict[str, Any]:
    return {}


def _no_lines(_result: RunResult) -> Iterable[tuple[str, list[str]]]:
    return ()


def _is_met(_found: Any) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanQuestion(Generic[Asked, Found]):
    """Description of a question: who asks for it, how it is answered, what is shown.

    `Asked` is its value in `Question`, in the field of its name; `Found` its answer.
    """

    name: str
    asked_by: str = ""  # option of `allocate`; "": answered for every plan
    specs: tuple[TableSpec, ...] = ()

    of_plan: Callable[[PlanResult], Mapping[str, Table]] = _no_tables
    """Tables that every plan has, of a scenario's run too."""

    solve: Callable[[PlanResult, Asked, Search], Found | None] | None = None
    """The answer, or None where there is nothing to answer."""
    tables: Callable[[Found], Mapping[str, Table]] = _no_tables
    as_json: Callable[[Found], dict[str, Any]] = _no_members
    """Members of the JSON object `allocation`."""
    is_met: Callable[[Found], bool] = _is_met
    """Whether what is asked can be had; if not, `allocate` ends with exit code 3."""
    turn: int = 0  # among the answers: quick ones first, so that a stopped run still has them
    quick: bool = False  # answered even if the run is stopped
    in_run: bool = False  # answered for a scenario's run too
    needs_plan: bool = False  # not answered where the conditions cannot hold together

    place: ReportPlace = ReportPlace.AFTER_CURVE
    order: int  # of its sections at that place of the report
    lines_order: int = 0  # of its lines in the terminal; 0: as `order`
    sections: Callable[[RunResult], Iterable[Section]]
    lines: Callable[[RunResult], Iterable[tuple[str, list[str]]]] = _no_lines


@cache
def find_questions() -> tuple[PlanQuestion[Any, Any], ...]:
    """Every question, by its order in the report."""
    folder = Path(__file__).parent
    # Every question shows something, and no other folder does: importers have no section.
    names = sorted(path.parent.name for path in folder.glob("*/section.py"))
    found = [importlib.import_module(f"{__package__}.{name}").QUESTION for name in names]
    places = list(ReportPlace)
    return tuple(sorted(found, key=lambda one: (places.index(one.place), one.order)))
