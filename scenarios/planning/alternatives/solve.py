"""`--alternatives 2%`: near-optimal alternatives (MGA)."""

from __future__ import annotations

from dataclasses import dataclass

from optimize.alternatives import Alternative, cost_cap, find_alternatives
from scenarios.intake.option_numbers import option_share
from scenarios.planning.search import Search
from scenarios.planning.solve import PlanResult

COUNT = 3  # assumed: as many as people compare side by side


@dataclass(frozen=True, slots=True)
class AlternativesAsked:
    """The cost tolerance, as a share of the least cost."""

    slack: float


@dataclass(frozen=True, slots=True, eq=False)
class AlternativesAnswer:
    """The plan, its alternatives, and the most that they may cost."""

    plan: PlanResult
    found: tuple[Alternative, ...]
    cap_yuan: float


def ask_alternatives(said: str | None) -> AlternativesAsked | None:
    """Parse the tolerance as written, such as `2%`; None without it.

    Raises: InputError if it is not a percentage.
    """
    return None if said is None else AlternativesAsked(option_share("--alternatives", said))


def solve(plan: PlanResult, asked: AlternativesAsked, search: Search) -> AlternativesAnswer:
    """Near-optimal alternatives to a plan; the ones found so far if the search is stopped.

    Args:
        plan: the least-cost plan.
        asked: the cost tolerance.
        search: seed of the lottery, precision of quotas, stopping.
    """
    search.say("searching for near-optimal alternatives", None)
    found = find_alternatives(
        plan.problem, plan.allocation, asked.slack, COUNT, seed=search.seed,
        unit_mg=search.unit_mg or 1, stopped=search.stopped,
    )  # fmt: skip
    return AlternativesAnswer(plan, tuple(found), cost_cap(plan.allocation, asked.slack))
