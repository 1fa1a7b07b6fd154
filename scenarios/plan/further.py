"""The further questions of a plan, each with its tables and its part of the JSON object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from permits.errors import InputError
from scenarios.plan.alternatives import alternatives_answer
from scenarios.plan.fairness import fair_rows, fair_table
from scenarios.plan.frontier import (
    between_answer,
    condition_costs,
    frontier_answer,
    supply_answer,
)
from scenarios.plan.solve import PlanResult
from scenarios.plan.years import YearsAsked, years_answer
from scenarios.result import Table

Answer = tuple[dict[str, Table], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Further:
    """What is asked beside the plan; `pollutant` is the one that frontiers are of, and
    `yuan` says whether money is in yuan, so that known prices mean something."""

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


def answer_further(plan: PlanResult, asked: Further) -> tuple[*Answer, bool]:
    """All tables and JSON of the further questions, and whether all could be answered.

    Raises: InputError for questions that do not go together.
    """
    _check(asked)
    tables: dict[str, Table] = {}
    told: dict[str, Any] = {}
    for more, said in _answers(plan, asked):
        tables |= more
        told |= said
    met = True
    if asked.years is not None:
        more, said, met = years_answer(plan.inputs, plan.problem, asked.years, asked.gap)
        tables, told = tables | more, told | said
    return tables, told, met


def _answers(plan: PlanResult, asked: Further) -> Iterator[Answer]:
    gap, seed = asked.gap or 1e-4, asked.seed
    if asked.yuan:
        yield supply_answer(plan.inputs, plan.problem, asked.price)
    if asked.points is not None:
        problem, inputs, points = plan.problem, plan.inputs, asked.points
        if asked.between is not None:
            money = asked.budget_yuan
            yield between_answer(inputs, problem, asked.between, points, money, gap=gap, seed=seed)
        else:
            yield frontier_answer(inputs, problem, asked.pollutant, points, gap=gap, seed=seed)
    if plan.allocation.status == "infeasible":
        return
    yield fair_table(plan)
    yield fair_rows(plan)
    yield condition_costs(plan, asked.condition_costs, gap=gap, seed=seed)
    if asked.alternatives is not None:
        yield alternatives_answer(plan, asked.alternatives, seed=seed, unit_mg=asked.unit_mg)


def _check(asked: Further) -> None:
    if asked.between is not None and asked.points is None:
        raise InputError(
            "frontier.alone",
            "two pollutants are named, but no number of points",
            where="--between",
            mend="add for example --frontier 20",
        )
