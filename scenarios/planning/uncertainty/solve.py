"""Uncertainty analysis of a plan: draws of its inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from optimize.chance_constrained import Certain, find_chance_constrained
from optimize.problem import AllocationProblem, Limit
from optimize.sensitivity import Indices, find_influence
from optimize.uncertainty import INPUTS, MoneyQuestion, PlanDraws, Range, Ranges, draw_plans
from permits.errors import InputError
from permits.quantity import MG_PER_T, plain_number, plain_share
from scenarios.intake.option_numbers import option_number
from scenarios.planning.search import Search
from scenarios.planning.solve import PlanResult

MOST_SOURCES = 20_000
"""Most sources: every draw's cut is kept per source, 200 draws of 20,000 being 32 MB."""
MOST_FACTOR = 1_000
"""Largest factor of a range: a cost a thousand times the estimate is a typing error (assumed)."""
SAME = "the same reduction"
"""The condition on which a plan without a target is tested: its own reduction."""


TYPED = {"reach": "applicability"}
"""Inputs that are typed by another name than JSON and tables have for them."""
CALLED = {typed: name for name, typed in TYPED.items()}


@dataclass(frozen=True, slots=True)
class UncertaintyAsked:
    """Options of an uncertainty analysis: draws, chance constraint, ranges of inputs.

    `certainty` is the probability with which a chance-constrained plan must hold.
    `pollutant` is the subject of a question without a target: its plan is tested on the
    reduction that it makes itself; `money` is the budget or price of that question.
    `others` are problems on other baselines, by name, reported alongside.
    """

    draws: int
    certainty: float = 0.95
    ranges: Ranges = field(default_factory=Ranges)
    pollutant: int | None = None
    money: MoneyQuestion = field(default_factory=MoneyQuestion)
    others: Sequence[tuple[str, AllocationProblem]] = ()


@dataclass(frozen=True, slots=True, eq=False)
class UncertaintyAnswer:
    """The draws, the chance-constrained plan (None: there is none) and the sensitivity.

    `problem` is the plan's with a target; `others` are draws on other baselines, by name.
    """

    plan: PlanResult
    asked: UncertaintyAsked
    problem: AllocationProblem
    draws: PlanDraws
    certain: Certain | None
    influence: Indices
    others: Sequence[tuple[str, PlanDraws]]


def ask_uncertainty(
    count: int | None, certainty: str, ranges: Sequence[str]
) -> UncertaintyAsked | None:
    """Parse the uncertainty options; None without draws.

    Args:
        count: number of draws.
        certainty: probability of the chance constraint as written, `95%` or `0.95`.
        ranges: ranges of inputs as written, such as `cost=0.3:1.6`.
    Raises: InputError for less than two draws, or a certainty that is not a probability.
    """
    if count is None:
        return None
    draws = int(option_number("--draws", count))
    share = plain_share(certainty, where="--certainty")
    if share is None or not 0 < share <= 1:
        raise InputError(
            "doubt.asked",
            "{said!r} is not a probability above 0 and at most 100 %",
            where="--certainty",
            mend="write for example --certainty 95%",
            said=certainty,
        )
    return UncertaintyAsked(draws, float(share), parse_ranges(ranges, Ranges()))


def parse_ranges(texts: Sequence[str], given: Ranges) -> Ranges:
    """Replace ranges by those written, such as `cost=0.3:1.6`.

    Raises: InputError that states the form and the known inputs.
    """
    for text in texts:
        key, _, ends = text.partition("=")
        key = CALLED.get(key, key)
        low, _, high = ends.partition(":")
        least, most = (plain_number(end, where=f"--range {text}") for end in (low, high))
        if key not in (*INPUTS, "own_cost") or least is None or most is None:
            raise _bad(text)
        if not 0 <= least <= 1 <= most <= MOST_FACTOR:
            raise _bad(text)
        changed: dict[str, Any] = {key: Range(float(least), float(most))}
        given = replace(given, **changed)
        # A range given here for all baselines replaces the scenario's own by sector.
        if key == "baseline":
            given = replace(given, sectors=())
    return given


def solve(plan: PlanResult, asked: UncertaintyAsked, search: Search) -> UncertaintyAnswer:
    """Draw the inputs and solve each draw.

    Args:
        plan: the plan to analyse.
        asked: options of the analysis.
        search: seed of the draws, progress, stopping.
    Raises: InputError for too many sources; KeyboardInterrupt if stopped.
    """
    problem = _asked_for(plan.problem, plan, asked)
    if len(problem.sources) > MOST_SOURCES:
        raise InputError(
            "doubt.size",
            "draws are kept per source: {count} sources are more than the {most} supported",
            where="--draws",
            mend="use some of the sources only, or merge those that are alike",
            count=len(problem.sources),
            most=MOST_SOURCES,
        )
    ranges, count, seed, say = asked.ranges, asked.draws, search.seed, search.say_or_stop
    built = plan.allocation.share
    # The same seed in all of these: they are compared on the same draws.
    draws = draw_plans(problem, ranges, count, seed=seed, plain=built, money=asked.money, say=say)
    certain = None
    if plan.allocation.status != "infeasible":
        certain = find_chance_constrained(problem, ranges, plan.allocation.cost_yuan, seed=seed,
                               certainty=asked.certainty, count=count, say=say)  # fmt: skip
    influence = find_influence(problem, ranges, say=say)
    others = [
        (name, draw_plans(_asked_for(one, plan, asked), ranges, count, seed=seed, say=say))
        for name, one in asked.others
    ]
    return UncertaintyAnswer(plan, asked, problem, draws, certain, influence, others)


def _asked_for(
    problem: AllocationProblem, plan: PlanResult, asked: UncertaintyAsked
) -> AllocationProblem:
    """The problem with a target: without one of its own, the plan's reduction."""
    p = asked.pollutant
    if p is None:
        return problem
    reached_t = int(plan.allocation.reduction_mg[:, p].sum()) / MG_PER_T
    return replace(problem, limits=(Limit(SAME, p, "reduction_min", reached_t), *problem.limits))


def _bad(text: str) -> InputError:
    return InputError(
        "doubt.range",
        "{said} is not a range of factors around 1",
        where="--range",
        mend="write for example --range cost=0.3:1.6; inputs: {known}",
        said=text,
        known=", ".join((*(TYPED.get(name, name) for name in INPUTS), "own_cost")),
    )
