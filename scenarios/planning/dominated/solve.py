"""Dominated measures: another one of the same source, or a mixture, is better."""

from __future__ import annotations

from dataclasses import dataclass

from optimize.dominated import Dominated, find_dominated
from optimize.problem import AllocationProblem
from scenarios.planning.search import Search
from scenarios.planning.solve import PlanResult


@dataclass(frozen=True, slots=True, eq=False)
class DominatedAnswer:
    """The dominated measures of a problem."""

    problem: AllocationProblem
    found: Dominated


def solve(plan: PlanResult, _asked: object, _search: Search) -> DominatedAnswer:
    """The dominated measures among those of the plan.

    Args:
        plan: the plan, for its problem.
        _asked: not used: they are shown for every plan.
        _search: not used: nothing is searched for.
    """
    return DominatedAnswer(plan.problem, find_dominated(plan.problem))
