"""Further questions about a plan, each with its tables and its part of the JSON object."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from permits.errors import InputError
from scenarios.planning.alternatives.solve import alternatives_answer
from scenarios.planning.dominated.solve import dominated_answer
from scenarios.planning.fairness.solve import fair_rows, fair_table
from scenarios.planning.frontier.solve import (
    between_answer,
    condition_costs,
    frontier_answer,
    supply_answer,
)
from scenarios.planning.pathway.solve import YearsAsked, years_answer
from scenarios.planning.receptors.solve import receptors_answer
from scenarios.planning.solve import PlanResult
from scenarios.planning.uncertainty.solve import DoubtAsked, Say, doubt_answer, unheard
from scenarios.results.result import Table

Answer = tuple[dict[str, Table], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Further:
    """Further questions about a plan.

    `pollutant` is the one whose frontier is wanted; `yuan` is whether money is in yuan, so
    that published prices can be compared.
    """

    pollutant: int = 0
    points: int | None = None
    between: str | None = None
    budget_yuan: float | None = None
    price: float | None = None
    condition_costs: bool | None = None
    alternatives: str | None = None
    years: YearsAsked | None = None
    gap: float | None = None
    seed: int = 1
    unit_mg: int = 1
    yuan: bool = True
    stopped: Callable[[], bool] | None = None
    say: Say = unheard
    doubt: DoubtAsked | None = None

    def heard(self, text: str, share: float | None) -> None:
        """Report progress; raise KeyboardInterrupt if stopped: half of the draws are no answer."""
        if _stopped(self):
            raise KeyboardInterrupt
        self.say(text, share)


def answer_further(plan: PlanResult, asked: Further) -> tuple[*Answer, bool]:
    """All tables and JSON of the further questions, and whether the pathway is feasible.

    Once the run is stopped, the answers so far are returned.

    Raises: InputError for questions that cannot be combined.
    """
    # Before any solve: a contradiction in the options must not cost minutes.
    _check(asked)
    tables: dict[str, Table] = {}
    told: dict[str, Any] = {}
    met = True
    try:
        for more, said in _answers(plan, asked):
            tables |= more
            told |= said
        if asked.years is not None and not _stopped(asked):
            more, said, met = years_answer(
                plan.inputs, plan.problem, asked.years, asked.gap, asked.stopped
            )
            tables, told = tables | more, told | said
    except KeyboardInterrupt:
        if not _stopped(asked):
            raise
    return tables, told, met


def _stopped(asked: Further) -> bool:
    return asked.stopped is not None and asked.stopped()


def _answers(plan: PlanResult, asked: Further) -> Iterator[Answer]:
    gap, seed, stopped = asked.gap or 1e-4, asked.seed, asked.stopped
    # Quick answers first, so that a stopped run still has them.
    if asked.yuan:
        yield supply_answer(plan.inputs, plan.problem, asked.price)
    yield dominated_answer(plan)
    yield receptors_answer(plan)
    met = plan.allocation.status != "infeasible"
    if met:
        yield fair_table(plan)
        yield fair_rows(plan)
    if asked.doubt is not None and not _stopped(asked):
        yield doubt_answer(plan, asked.doubt, asked.seed, asked.heard)
    if asked.points is not None and not _stopped(asked):
        problem, inputs, points = plan.problem, plan.inputs, asked.points
        if asked.between is not None:
            money = asked.budget_yuan
            yield between_answer(
                inputs, problem, asked.between, points, money, gap=gap, seed=seed, stopped=stopped
            )
        else:
            yield frontier_answer(
                inputs, problem, asked.pollutant, points, gap=gap, seed=seed, stopped=stopped
            )
    if met and not _stopped(asked):
        yield condition_costs(plan, asked.condition_costs, gap=gap, seed=seed, stopped=stopped)
    if met and asked.alternatives is not None and not _stopped(asked):
        yield alternatives_answer(
            plan, asked.alternatives, seed=seed, unit_mg=asked.unit_mg, stopped=stopped
        )


def _check(asked: Further) -> None:
    if asked.between is not None and asked.points is None:
        raise InputError(
            "frontier.alone",
            "two pollutants are given, but no number of points",
            where="--between",
            mend="add for example --frontier 20",
        )
