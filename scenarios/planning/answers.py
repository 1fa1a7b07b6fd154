"""The answers to a question about a plan: tables, and members of the JSON object."""

from __future__ import annotations

from typing import Any

from scenarios.planning.plan_question import PlanQuestion, find_questions
from scenarios.planning.question import Question
from scenarios.planning.solve import PlanResult
from scenarios.results.result import LazyTables


def answer_questions(
    plan: PlanResult, question: Question, *, of_run: bool = False
) -> tuple[LazyTables, dict[str, Any], bool]:
    """All tables and JSON of what is asked, and whether it can be met.

    Once the run is stopped, the answers so far are returned.

    Args:
        plan: the plan.
        question: what is asked about it.
        of_run: only what the run of a scenario answers too.
    """
    tables = LazyTables({})
    told: dict[str, Any] = {}
    met = True
    try:
        # Quick answers first, so that a stopped run still has them.
        for one in sorted(_answered(of_run), key=lambda one: one.turn):
            if not one.quick and question.search.is_stopped():
                break
            answer = _answer(one, plan, question)
            if answer is not None:
                tables |= one.tables(answer)
                told |= one.as_json(answer)
                met = met and one.is_met(answer)
    except KeyboardInterrupt:
        if not question.search.is_stopped():
            raise
    return tables, told, met


def _answered(of_run: bool) -> list[PlanQuestion[Any, Any]]:
    """The questions with an answer of their own; others only show what every plan has."""
    found = (one for one in find_questions() if one.solve is not None)
    return [one for one in found if one.in_run or not of_run]


def _answer(one: PlanQuestion[Any, Any], plan: PlanResult, question: Question) -> Any:
    """The answer to one question; None where it is not asked or has none."""
    asked = getattr(question, one.name, None)
    unasked = asked is None and one.asked_by != ""
    unmet = one.needs_plan and plan.allocation.status == "infeasible"
    if unasked or unmet:
        return None
    assert one.solve is not None, "see _answered"
    return one.solve(plan, asked, question.search)
