"""Questions about a plan: each is a folder that a listing finds, asked once, shown by its own."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from permits.errors import InputError
from scenarios import planning
from scenarios.planning.allocating import Question, allocate_table
from scenarios.planning.alternatives.solve import AlternativesAsked, ask_alternatives
from scenarios.planning.between.solve import ask_between
from scenarios.planning.frontier.solve import FrontierAsked, ask_frontier
from scenarios.planning.plan_question import find_questions
from scenarios.planning.search import Search
from scenarios.results.report import page, print_summary
from scenarios.results.report.question_parts import titled
from scenarios.results.result import ReportPlace, RunResult, Section
from scenarios.results.stores import folder
from scenarios.results.table_specs import TABLES

FOLDER = Path(planning.__file__).parent
PARTS = {"solve.py", "table.py", "section.py", "chart.py", "__init__.py"}
NO_FILE = {"burden", "supply", "conflict"}  # in the workbook and the report only
MEASURES = """source,firm,sector,city,pollutant,baseline_t,measure,removed_t,annual_cost_yuan
A,Alpha,coating,Hangzhou,VOC,100,paint,20,10000
A,Alpha,coating,Hangzhou,VOC,100,dear,15,90000
B,Beta,printing,Ningbo,VOC,50,ink,20,40000
"""


@pytest.fixture
def measures(tmp_path: Path) -> str:
    (tmp_path / "m.csv").write_text(MEASURES, encoding="utf-8")
    return str(tmp_path / "m.csv")


# --- folders ------------------------------------------------------------------------------------


def test_a_folder_of_question_files_is_a_question_of_that_name() -> None:
    """A part without a section would be a question that a listing passes over."""
    folders = {
        path.parent.name for part in PARTS - {"__init__.py"} for path in FOLDER.glob(f"*/{part}")
    }
    assert {one.name for one in find_questions()} == folders
    for name in folders:
        assert {path.name for path in (FOLDER / name).glob("*.py")} <= PARTS


def test_a_question_that_is_asked_for_has_its_field_and_every_field_its_question() -> None:
    own = {field.name for field in fields(Question)}
    asked = {one.name for one in find_questions() if one.asked_by and one.solve is not None}
    assert asked <= own
    plain = {"titles", "target", "at_least", "at_most", "cap", "fair", "same", "budget_yuan",
             "price", "maximise", "divisible", "search"}  # fmt: skip
    assert own - asked == plain


def test_every_option_that_asks_a_question_exists(run_cli: Callable[..., Any]) -> None:
    told = run_cli("allocate", "--help", env={"COLUMNS": "200", "TERMINAL_WIDTH": "200"}).out
    for one in find_questions():
        for option in filter(None, one.asked_by.split(", ")):
            assert option.split()[0] in told


def test_places_and_turns_are_each_taken_once() -> None:
    found = find_questions()
    places = Counter((one.place, one.order) for one in found)
    turns = Counter(one.turn for one in found if one.solve is not None)
    assert max(places.values()) == max(turns.values()) == 1


def test_quick_answers_come_before_slow_ones() -> None:
    quick = [one.turn for one in find_questions() if one.solve is not None and one.quick]
    slow = [one.turn for one in find_questions() if one.solve is not None and not one.quick]
    assert max(quick) < min(slow)


def test_questions_can_be_sent_to_another_process() -> None:
    """A result carries them; experiments and workers pickle results."""
    assert pickle.loads(pickle.dumps(find_questions())) == find_questions()


# --- tables -------------------------------------------------------------------------------------


def test_a_table_belongs_to_one_question_and_its_file_is_known() -> None:
    """A folder's own files may be replaced with --force: a new table must be among them."""
    counts = Counter(spec.name for one in find_questions() for spec in one.specs)
    assert max(counts.values()) == 1
    assert not set(counts) & set(TABLES)
    assert set(folder.PLAN_TABLES) <= set(counts) | set(TABLES)
    assert set(counts) - set(folder.PLAN_TABLES) == NO_FILE


def test_what_is_answered_is_described(measures: str) -> None:
    question = Question(
        target=("VOC=20",),
        divisible=True,
        frontier=FrontierAsked(3),
        alternatives=AlternativesAsked(0.05),
    )
    result, _ = allocate_table(measures, question)
    specs = {spec.name: spec for one in find_questions() for spec in one.specs}
    assert {"frontier", "alternatives", "plan_grid", "supply", "burden"} <= set(result.tables)
    for name, table in result.tables.items():
        described = specs.get(name) or TABLES[name]
        more = set(table.spec.columns) - set(described.columns)
        assert table.spec is described or (described.open and set(described.columns).issubset(
            table.spec.columns) and all(column.kind == "text" for column in more))  # fmt: skip


# --- answers ------------------------------------------------------------------------------------


def test_a_part_that_is_not_asked_is_not_answered(measures: str) -> None:
    result, _ = allocate_table(measures, Question(target=("VOC=20",)))
    told = result.summary.plan.answers
    assert {"dominated", "fairness"} <= set(told)
    assert not {"frontier", "alternatives", "pathway", "uncertainty"} & set(told)


def test_a_stopped_run_has_the_quick_answers_only(measures: str) -> None:
    question = Question(
        target=("VOC=20",), frontier=FrontierAsked(3), search=Search(stopped=lambda: True)
    )
    told = allocate_table(measures, question)[0].summary.plan.answers
    assert {"dominated", "fairness"} <= set(told)
    assert "frontier" not in told


def test_the_price_and_the_budget_of_the_question_reach_its_parts(measures: str) -> None:
    """They are stated once: 20 t at 500 yuan/t; 10,000 yuan buy the same 20 t."""
    result, _ = allocate_table(measures, Question(price=500.0))
    own = [row for row in result.tables["supply"].dicts() if row["price"] == "--price"]
    assert [row["high_t"] for row in own] == [20 * 10**9]
    assert result.summary.plan.cost_fen == 1_000_000


def test_money_that_is_not_yuan_has_no_published_prices(measures: str) -> None:
    result, _ = allocate_table(measures, Question(target=("VOC=20",), supply=None))
    assert "supply" not in result.tables


def test_options_become_the_parts_of_a_question() -> None:
    assert ask_frontier(None) is None
    assert ask_frontier(5) == FrontierAsked(5)
    assert ask_frontier(5, "VOC,NOX") is None
    two = ask_between(" VOC , NOX", 5)
    assert two is not None
    assert (two.first, two.points) == ("VOC", 5)
    assert ask_alternatives("2%") == AlternativesAsked(0.02)
    with pytest.raises(InputError, match="no number of points"):
        ask_between("VOC,NOX", None)
    with pytest.raises(InputError, match="not a percentage"):
        ask_alternatives("two")


# --- report -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MadeUp:
    """A question that only this test knows."""

    place: ReportPlace
    order: int
    lines_order: int = 0

    def sections(self, result: RunResult) -> Iterator[Section]:
        yield titled(f"made-up-{self.order}", f"Made up {self.order} of {result.name}")

    def lines(self, result: RunResult) -> Iterator[tuple[str, list[str]]]:
        yield f"Made up {self.order}", [f"a line of {result.name}"]


def test_the_report_shows_what_questions_hand_over_in_their_order(measures: str) -> None:
    result, _ = allocate_table(measures, Question(target=("VOC=20",)))
    shown = replace(
        result,
        views=(
            MadeUp(ReportPlace.AFTER_GROUPS, 4),
            MadeUp(ReportPlace.AFTER_CURVE, 3, lines_order=9),
            MadeUp(ReportPlace.AFTER_CURVE, 2),
            MadeUp(ReportPlace.BEFORE_PLAN, 1),
        ),
    )
    text = page(shown)
    marks = ['id="made-up-1"', 'id="plan"', 'id="curve"', 'id="made-up-2"', 'id="made-up-3"',
             'id="plan-by-sector"', 'id="made-up-4"']  # fmt: skip
    assert [mark for mark in marks if mark not in text] == []
    assert sorted(marks, key=text.index) == marks
    assert 'id="dominated"' not in text
    assert 'id="dominated"' in page(result)
    file = StringIO()
    print_summary(shown, file=file)
    said = file.getvalue()
    order = ["Made up 1", "The least-cost plan", "Made up 2", "Made up 4", "Made up 3"]
    assert sorted(order, key=said.index) == order
