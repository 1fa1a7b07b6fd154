"""Alone and optimum where measures remove several pollutants at once: linear programs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optimize import AllocationProblem, Limit
from optimize.least_cost import build_model
from optimize.solver import solve_model
from permits.quantity import FEN_PER_YUAN, MG_PER_T
from scenarios.production import FloatArray, IntArray
from scenarios.steps import StepTable


def joint_alone_fen(
    steps: StepTable, wanted_mg: IntArray, opening_mg: IntArray, charges: Sequence[int]
) -> FloatArray:
    """Least cost of each firm meeting its own positions [fen]."""
    firms, width = wanted_mg.shape
    limits = []
    for f in range(firms):
        mask = np.zeros(firms, dtype=bool)
        mask[f] = True
        for p in range(width):
            need = float(wanted_mg[f, p] - opening_mg[f, p]) / MG_PER_T
            if need > 0:
                limits.append(Limit(f"{f}/{p}", p, "reduction_min", need, mask))
    return _solve(steps, wanted_mg, limits, charges)


def joint_optimum_fen(
    steps: StepTable, wanted_mg: IntArray, supply_mg: Sequence[int], charges: Sequence[int]
) -> FloatArray:
    """Cost of each firm when all together meet demand at least cost [fen]."""
    limits = []
    for p in range(wanted_mg.shape[1]):
        need = float(int(wanted_mg[:, p].sum()) - supply_mg[p]) / MG_PER_T
        if need > 0:
            limits.append(Limit(f"{p}", p, "reduction_min", need))
    return _solve(steps, wanted_mg, limits, charges)


def _solve(
    steps: StepTable, wanted_mg: IntArray, limits: Sequence[Limit], charges: Sequence[int]
) -> FloatArray:
    """Steps are measures in slots of their own; paying the charge is one more measure a
    firm and pollutant, so that every need can be met."""
    problem = _problem(steps, wanted_mg, limits, charges)
    model = build_model(problem)
    solution = solve_model(model, whole=False)
    assert solution.answer == "optimal", "the charge meets every need"
    found = np.zeros(len(wanted_mg))
    for members, columns in zip(model.members, model.columns, strict=True):
        cost = sum(float(solution.x[n] * model.cost[n]) for n in columns)
        found[list(members)] += cost / len(members) * FEN_PER_YUAN
    return found


def _problem(
    steps: StepTable, wanted_mg: IntArray, limits: Sequence[Limit], charges: Sequence[int]
) -> AllocationProblem:
    firms, width = wanted_mg.shape
    wanted_t = wanted_mg / MG_PER_T
    removed = [steps.share * wanted_t[steps.firm]]
    cost = [steps.cost_fen / FEN_PER_YUAN]
    owner = [steps.firm]
    for p in range(width):
        paid = np.zeros((firms, width))
        paid[:, p] = wanted_t[:, p]
        removed.append(paid)
        cost.append(wanted_t[:, p] * charges[p] / FEN_PER_YUAN)
        owner.append(np.arange(firms))
    source = np.concatenate(owner)
    order = np.argsort(source, kind="stable")
    count = len(order)
    return AllocationProblem(
        sources=tuple(f"{f:06d}" for f in range(firms)),
        pollutants=tuple(map(str, range(width))),
        base_t=wanted_t,
        source=source[order],
        slot=np.arange(count),
        measure=tuple(f"{n:06d}" for n in order),
        removed_t=np.minimum(np.concatenate(removed)[order], wanted_t[source[order]]),
        cost_yuan=np.concatenate(cost)[order],
        limits=tuple(limits),
        divisible=True,
        groups={"firm": tuple(f"{f:06d}" for f in range(firms))},
    )
