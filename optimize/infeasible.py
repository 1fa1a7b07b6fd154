"""What cannot hold together, and the most that can be had."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimize.least_cost import Model, build_model
from optimize.problem import AllocationProblem, FloatArray
from optimize.solver import solve_model


def find_conflict(problem: AllocationProblem) -> tuple[str, ...]:
    """A smallest set of limits that cannot hold together: without any one of them the
    others can.

    Each limit is left out in turn and stays out where the rest still cannot hold.
    """
    model = build_model(problem)
    kept = list(range(len(model.names)))
    for candidate in list(kept):
        rest = [n for n in kept if n != candidate]
        if not can_hold(model, rest):
            kept = rest
    return tuple(model.names[n] for n in kept)


def can_hold(model: Model, limits: list[int]) -> bool:
    """Whether some plan keeps these limits."""
    part = replace(
        model,
        rows=model.rows[limits],
        low=model.low[limits],
        high=model.high[limits],
        names=tuple(model.names[n] for n in limits),
    )
    nothing = np.zeros(len(model.cost))
    if solve_model(part, whole=False, objective=nothing).answer != "optimal":
        return False
    return not part.whole or solve_model(part, whole=True, objective=nothing).answer == "optimal"


def greatest_reduction_t(problem: AllocationProblem) -> FloatArray:
    """(P,) the most that each pollutant can be cut by itself, upper bounds kept [t]."""
    upper = tuple(limit for limit in problem.limits if limit.kind == "reduction_max")
    if not upper:
        return _most(problem)
    model = build_model(replace(problem, limits=upper))
    found = []
    for p in range(len(problem.pollutants)):
        gains = problem.removed_t[model.first, p]
        solution = solve_model(model, whole=model.whole, objective=-gains)
        found.append(float(gains @ solution.x))
    return np.array(found)


def most_of_limit_t(problem: AllocationProblem, name: str) -> float:
    """The greatest reduction among the sources that one limit counts [t]."""
    limit = next(limit for limit in problem.limits if limit.name == name)
    mask = problem.member_mask(limit)
    rows = mask[problem.source]
    best = np.zeros(int(problem.choice.max(initial=-1)) + 1)
    np.maximum.at(best, problem.choice[rows], problem.removed_t[rows, limit.pollutant])
    return float(best.sum())


def _most(problem: AllocationProblem) -> FloatArray:
    choice = problem.choice
    best = np.zeros((int(choice.max(initial=-1)) + 1, len(problem.pollutants)))
    np.maximum.at(best, choice, problem.removed_t)
    total: FloatArray = best.sum(axis=0)
    return total
