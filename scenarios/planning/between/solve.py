"""Trade-off between two pollutants."""

from __future__ import annotations

from dataclasses import dataclass, replace

from optimize import Allocation, Limit
from optimize.frontier import solve_between
from permits.errors import InputError
from scenarios.definition.plan_inputs import PlanInputs
from scenarios.intake.meant import meant
from scenarios.planning.search import Search
from scenarios.planning.solve import PlanResult


@dataclass(frozen=True, slots=True)
class BetweenAsked:
    """The pair as written, separated by a comma (the first is stepped), and number of plans.

    `budget_yuan` is the most that each plan may cost, that of the question (None: no budget).
    """

    pair: str
    points: int
    budget_yuan: float | None = None

    @property
    def first(self) -> str:
        """The first of the two names."""
        return self.pair.partition(",")[0].strip()


@dataclass(frozen=True, slots=True, eq=False)
class BetweenAnswer:
    """Plans, and the indices of the two pollutants."""

    inputs: PlanInputs
    pair: tuple[int, int]
    plans: tuple[Allocation, ...]


def ask_between(pair: str | None, points: int | None) -> BetweenAsked | None:
    """The trade-off as asked, its points those of `--frontier`; None without a pair.

    Raises: InputError for a pair without a number of plans.
    """
    if pair is None:
        return None
    if points is None:
        raise InputError(
            "frontier.alone",
            "two pollutants are given, but no number of points",
            where="--between",
            mend="add for example --frontier 20",
        )
    return BetweenAsked(pair, points)


def solve(plan: PlanResult, asked: BetweenAsked, search: Search) -> BetweenAnswer:
    """The greatest cut of the second pollutant for each cut of the first.

    Args:
        plan: the plan, for its problem and conditions.
        asked: the two pollutants, number of plans, budget.
        search: gap of each plan, seed of the lottery, stopping.
    Raises: InputError if the pair does not name two pollutants of the plan.
    """
    first, second = _pair(plan.inputs, asked.pair)
    limits = plan.problem.limits
    if asked.budget_yuan is not None:
        limits = (*limits, Limit("--budget-yuan", 0, "cost_max", asked.budget_yuan))
    search.say("computing the cost frontier", None)
    found = solve_between(
        replace(plan.problem, limits=limits), first, second, asked.points,
        gap=search.fine_gap, seed=search.seed, stopped=search.stopped,
    )  # fmt: skip
    return BetweenAnswer(plan.inputs, (first, second), tuple(found))


def _pair(inputs: PlanInputs, pair: str) -> tuple[int, int]:
    names = [meant(name.strip(), inputs.pollutants) for name in pair.split(",")]
    if len(names) != 2 or names[0] == names[1] or not set(names) <= set(inputs.pollutants):
        raise InputError(
            "frontier.between",
            "{said!r} does not name two pollutants of this plan",
            where="--between",
            mend="write two of them, separated by a comma: {known}",
            said=pair,
            known=", ".join(inputs.pollutants),
        )
    return inputs.pollutants.index(names[0]), inputs.pollutants.index(names[1])
