"""`--alternatives 2%`: near-optimal alternatives (MGA), as tables and JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from optimize.alternatives import Alternative, cost_cap, find_alternatives
from permits.errors import InputError
from permits.quantity import yuan_to_fen
from scenarios.planning.plan_summary import mass, money, one
from scenarios.planning.solve import PlanResult
from scenarios.results.result import Table, table

COUNT = 3  # assumed: as many as people compare side by side
COLUMNS = ("sector", "city")


def parse_share(text: str, option: str) -> float:
    """Convert a percentage to a share: `2%` to 0.02.

    Raises: InputError naming the option.
    """
    number = text.strip()
    try:
        found = float(number.removesuffix("%")) / 100 if number.endswith("%") else -1.0
    except ValueError:
        found = -1.0
    # Below 1000 %, assumed: more is a typing error.
    if not 0 <= found < 10:
        raise InputError(
            "option.percent",
            "{said!r} is not a percentage",
            where=option,
            mend="write for example 2%",
            said=text,
        )
    return found


def alternatives_answer(
    plan: PlanResult,
    said: str,
    *,
    seed: int,
    unit_mg: int,
    stopped: Callable[[], bool] | None = None,
) -> tuple[dict[str, Table], dict[str, Any]]:
    """Near-optimal alternatives to a plan: the cost of each, and what moves where.

    Args:
        plan: the least-cost plan.
        said: cost tolerance as written, such as `2%`.
        seed: of the tie-breaking lottery.
        unit_mg: precision of quotas [mg].
        stopped: polled during the search; once it is true the alternatives so far are returned.
    Raises: InputError if the tolerance is not a percentage.
    """
    slack = parse_share(said, "--alternatives")
    if plan.allocation.status == "infeasible":
        return {}, {"alternatives": []}
    found = find_alternatives(
        plan.problem, plan.allocation, slack, COUNT, seed=seed, unit_mg=unit_mg, stopped=stopped
    )
    rows = [row for n, other in enumerate(found, 1) for row in _rows(plan, n, other)]
    told = {
        "alternatives": [_told(plan, n, other) for n, other in enumerate(found, 1)],
        "alternatives_cap_yuan": money(cost_cap(plan.allocation, slack)),
    }
    moves = [row for n, other in enumerate(found, 1) for row in _moves(plan, n, other)]
    sources = [row for n, other in enumerate(found, 1) for row in _sources(plan, n, other)]
    tables = {
        "alternatives": table("alternatives", rows),
        "alternative_moves": table("alternative_moves", moves),
        "alternative_sources": table("alternative_sources", sources),
    }
    return tables, told


def _rows(plan: PlanResult, number: int, other: Alternative) -> list[tuple[Any, ...]]:
    least = plan.allocation.cost_yuan
    more = other.cost_yuan - least
    return [
        (number, pollutant, yuan_to_fen(other.cost_yuan), yuan_to_fen(more),
         more / abs(least) if least else None, int(other.reduction_mg[:, p].sum()),
         int(other.moved_mg[p]))
        for p, pollutant in enumerate(plan.inputs.pollutants)
    ]  # fmt: skip


def _told(plan: PlanResult, number: int, other: Alternative) -> dict[str, Any]:
    names = plan.inputs.pollutants
    cut = {p: mass(int(other.reduction_mg[:, n].sum())) for n, p in enumerate(names)}
    moved = {p: mass(int(other.moved_mg[n])) for n, p in enumerate(names)}
    return {
        "number": number,
        "cost_yuan": money(other.cost_yuan),
        "reduction_t": one(plan.inputs, cut),
        "moved_t": one(plan.inputs, moved),
    }


def _moves(plan: PlanResult, number: int, other: Alternative) -> list[tuple[Any, ...]]:
    """Per sector and city: the plan's cut, the alternative's, and the difference."""
    rows: list[tuple[Any, ...]] = []
    for column in COLUMNS:
        if column not in plan.problem.groups:
            continue
        labels = np.array(plan.problem.groups[column])
        for value in np.unique(labels).tolist():
            own = labels == value
            for p, pollutant in enumerate(plan.inputs.pollutants):
                before = int(plan.allocation.reduction_mg[own, p].sum())
                after = int(other.reduction_mg[own, p].sum())
                rows.append((number, column, value, pollutant, before, after, after - before))
    return rows


def _sources(plan: PlanResult, number: int, other: Alternative) -> list[tuple[Any, ...]]:
    """One row per source and pollutant whose cut differs from the plan's."""
    # In whole mg: shares that differ but round to the same quota are the same plan.
    differs = np.argwhere(other.reduction_mg != plan.allocation.reduction_mg)
    return [
        (number, plan.problem.sources[s], plan.inputs.pollutants[p],
         int(plan.allocation.reduction_mg[s, p]), int(other.reduction_mg[s, p]))
        for s, p in differs.tolist()
    ]  # fmt: skip
