"""Cost frontier of one pollutant."""

from __future__ import annotations

from dataclasses import dataclass, replace

from optimize import AllocationProblem
from optimize.frontier import FrontierPoint, solve_frontier
from scenarios.definition.plan_inputs import PlanInputs
from scenarios.planning.search import Search
from scenarios.planning.solve import PlanResult


@dataclass(frozen=True, slots=True)
class FrontierAsked:
    """Number of targets, and the index of the pollutant (that of the plan's question)."""

    points: int
    pollutant: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class FrontierAnswer:
    """Points of the frontier of one pollutant; `name` is the pollutant's."""

    inputs: PlanInputs
    pollutant: int
    points: tuple[FrontierPoint, ...]

    @property
    def name(self) -> str:
        return self.inputs.pollutants[self.pollutant]


def ask_frontier(points: int | None, between: str | None = None) -> FrontierAsked | None:
    """The frontier of one pollutant; None without points, and if two pollutants are named."""
    return None if points is None or between is not None else FrontierAsked(points)


def solve(plan: PlanResult, asked: FrontierAsked, search: Search) -> FrontierAnswer:
    """The cost frontier of one pollutant, the other conditions kept.

    Args:
        plan: the plan; its target is replaced by those of the frontier.
        asked: number of targets and pollutant.
        search: gap of each plan, seed of the lottery, stopping.
    """
    rest = _without_target(plan.inputs, plan.problem, asked.pollutant)
    found = solve_frontier(
        rest, asked.pollutant, asked.points, gap=search.fine_gap, seed=search.seed,
        stopped=search.stopped,
        progress=lambda share: search.say("computing the cost frontier", share),
    )  # fmt: skip
    return FrontierAnswer(plan.inputs, asked.pollutant, tuple(found))


def _without_target(
    inputs: PlanInputs, problem: AllocationProblem, pollutant: int
) -> AllocationProblem:
    """The problem without the targets that the frontier replaces."""
    name = inputs.pollutants[pollutant]
    targets = {
        n
        for n, condition in enumerate(inputs.conditions)
        if condition.kind == "target" and condition.pollutant == name
    }
    kept = (limit for n, limit in enumerate(problem.limits) if n not in targets)
    return replace(problem, limits=tuple(kept))
