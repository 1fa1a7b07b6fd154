"""Cost of each condition."""

from __future__ import annotations

from dataclasses import dataclass

from optimize.frontier import LimitCost, limit_costs
from scenarios.planning.search import Search
from scenarios.planning.solve import PlanResult

COSTS_UNASKED = 60_000
"""Measures times conditions up to which condition costs are computed unasked: a few seconds."""
COST_GAP = 1e-4
"""Finest gap for these: a finer one makes each condition's search as long as the plan's own."""


@dataclass(frozen=True, slots=True)
class ConditionCostsAsked:
    """Whether to compute the costs (None: for small problems with side conditions)."""

    wanted: bool | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ConditionCostsAnswer:
    """The plan, and the cost of each of its conditions."""

    plan: PlanResult
    costs: tuple[LimitCost, ...]


def solve(
    plan: PlanResult, asked: ConditionCostsAsked, search: Search
) -> ConditionCostsAnswer | None:
    """Cost of each condition, if wanted, or unasked if there are side conditions.

    Args:
        plan: the plan under all conditions.
        asked: whether to compute the costs.
        search: gap of each further plan, seed of the lottery, stopping.
    """
    problem, sides = plan.problem, len(plan.problem.limits)
    targets = sum(c.kind == "target" for c in plan.inputs.conditions)
    small = sides > targets and len(problem.kind) * sides <= COSTS_UNASKED
    if not (small if asked.wanted is None else asked.wanted):
        return None
    found = limit_costs(
        problem, plan.allocation, gap=max(search.fine_gap, COST_GAP), seed=search.seed,
        stopped=search.stopped,
        progress=lambda share: search.say("computing the cost of each condition", share),
    )  # fmt: skip
    return ConditionCostsAnswer(plan, tuple(found))
