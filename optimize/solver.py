"""The only file that knows PuLP: a Model in, numbers out, status in words."""

from __future__ import annotations

import itertools
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pulp

from optimize.least_cost import Model
from optimize.problem import FloatArray

Answer = Literal["optimal", "infeasible", "unbounded", "stopped"]
_STATUS: dict[int, Answer] = {
    pulp.LpStatusOptimal: "optimal",
    pulp.LpStatusInfeasible: "infeasible",
    pulp.LpStatusUnbounded: "unbounded",
    pulp.LpStatusNotSolved: "stopped",
    pulp.LpStatusUndefined: "stopped",
}


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """What the solver found: `x` (N,), prices of the rows (L,) where it was relaxed,
    and its own bound on the objective."""

    answer: Answer
    x: FloatArray
    price: FloatArray
    bound: float


def solve_model(
    model: Model,
    *,
    whole: bool,
    objective: FloatArray | None = None,
    low: FloatArray | None = None,
    budget: float | None = None,
    gap: float = 1e-9,
) -> Solution:
    """Minimise `objective` (default: cost) over a model.

    Args:
        whole: whole measures, else the relaxation.
        low: other lower limits of the rows, for what-if questions.
        budget: the most that may be spent [yuan].
        gap: relative gap at which whole measures are good enough.
    Raises: RuntimeError naming a variable that the solver left without a value.
    """
    weights = model.cost if objective is None else objective
    lows = model.low if low is None else low
    if not len(model.first):
        held = bool((lows <= 0).all() and (model.high >= 0).all())
        answer: Answer = "optimal" if held else "infeasible"
        return Solution(answer, np.zeros(0), np.zeros(len(model.names)), 0.0)
    problem, variables, rows = _build(model, weights, lows, budget, whole)
    solver = pulp.HiGHS(msg=False, gapRel=gap, mip=whole, threads=1)
    with _quiet():
        problem.solve(solver)
    answer = _STATUS[problem.status]
    if answer != "optimal":
        return Solution(answer, np.zeros(len(variables)), np.zeros(len(rows)), -np.inf)
    x = _values(variables, {variable.name for variable in problem.variables()})
    x = np.clip(x, 0.0, model.size[model.choice])  # a solver may stand a hair outside
    price = _prices(rows, whole) / _units(model)
    return Solution(answer, x, price, _bound(problem, whole))


def _build(
    model: Model, weights: FloatArray, lows: FloatArray, budget: float | None, whole: bool
) -> tuple[pulp.LpProblem, list[pulp.LpVariable], list[list[pulp.LpConstraint]]]:
    problem = pulp.LpProblem("allocation", pulp.LpMinimize)
    category = pulp.LpInteger if whole else pulp.LpContinuous
    width = len(str(len(weights)))
    tops = model.size[model.choice]
    variables = [
        problem.add_variable(f"x{n:0{width}d}", 0, int(tops[n]), category)
        for n in range(len(weights))
    ]
    problem.setObjective(_sum(variables, weights))
    _add_choices(problem, model, variables)
    rows = []
    for n, (row, unit) in enumerate(zip(model.rows, _units(model), strict=True)):
        low, high = float(lows[n]) / unit, float(model.high[n]) / unit
        rows.append(_add_row(problem, f"limit{n}", _sum(variables, row / unit), low, high))
    if budget is not None:
        _add_row(problem, "budget", _sum(variables, model.cost), -np.inf, budget)
    return problem, variables, rows


def _units(model: Model) -> FloatArray:
    """What each row is counted in [t]: its largest coefficient, since a solver takes a
    milligram in tonnes for nothing."""
    largest: FloatArray = np.abs(model.rows).max(axis=1, initial=0.0)
    return np.where(largest > 0, largest, 1.0)


def _sum(variables: list[pulp.LpVariable], row: FloatArray) -> pulp.LpAffineExpression:
    terms = [(variables[n], float(row[n])) for n in np.flatnonzero(row)]
    return pulp.LpAffineExpression(terms)


def _add_choices(problem: pulp.LpProblem, model: Model, variables: list[pulp.LpVariable]) -> None:
    """At most one measure per source and slot; a lone measure is held by its bound."""
    order = np.argsort(model.choice, kind="stable")
    edges = np.flatnonzero(np.diff(model.choice[order], prepend=-1, append=-2))
    for start, stop in itertools.pairwise(edges):
        if stop - start > 1:
            own = order[start:stop]
            total = pulp.LpAffineExpression([(variables[n], 1.0) for n in own])
            choice = int(model.choice[own[0]])
            problem.addConstraint(total <= int(model.size[choice]), f"choice{choice}")


def _add_row(
    problem: pulp.LpProblem, name: str, total: pulp.LpAffineExpression, low: float, high: float
) -> list[pulp.LpConstraint]:
    added = []
    for end, bound in (("low", low), ("high", high)):
        if np.isfinite(bound):
            row = total >= bound if end == "low" else total <= bound
            problem.addConstraint(row, f"{name}_{end}")
            added.append(row)
    return added


@contextmanager
def _quiet() -> Iterator[None]:
    """HiGHS prints a banner to the process's standard output whatever it is told; a
    command's `--json` must stay one object."""
    sys.stdout.flush()
    kept = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def _values(variables: list[pulp.LpVariable], used: set[str]) -> FloatArray:
    """Values by column; one that no row and no objective mentions stays at nothing."""
    for variable in variables:
        if variable.varValue is None and variable.name in used:
            raise RuntimeError(f"the solver left variable {variable.name} without a value")
    return np.array([variable.varValue or 0.0 for variable in variables])


def _prices(rows: list[list[pulp.LpConstraint]], whole: bool) -> FloatArray:
    """Dual values, per row the sum of its two ends; none for whole measures."""
    if whole:
        return np.zeros(len(rows))
    return np.array([sum(float(row.pi or 0.0) for row in ends) for ends in rows])


def _bound(problem: pulp.LpProblem, whole: bool) -> float:
    value = float(pulp.value(problem.objective))
    return float(problem.solverModel.getInfo().mip_dual_bound) if whole else value
