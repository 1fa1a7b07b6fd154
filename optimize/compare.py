"""The same target by equal percentage: what a plan without costs would ask of all.

Every source cuts the same share at its own least cost, parts of measures allowed; one
that cannot reach the share does its most. The share is the least that meets the target.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimize.hulls import find_steps
from optimize.least_cost import build_model
from optimize.problem import AllocationProblem, FloatArray, Limit
from optimize.solver import solve_model

CLOSE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class EqualPercentage:
    """The plan by equal percentage. `reduction_t` and `cost_yuan_by_source` per source."""

    share: float
    capped_sources: int
    cost_yuan: float
    feasible: bool
    reduction_t: FloatArray  # (S, P)
    cost_by_source: FloatArray  # (S,)


def equal_percentage(problem: AllocationProblem) -> EqualPercentage:
    """Meet the problem's targets (lower bounds that count every source) by one share.

    Side conditions on groups are not part of the question.
    """
    most = _most_by_source(problem)
    share, feasible = 0.0, True
    for limit in problem.limits:
        partial = limit.kinds is not None or not problem.member_mask(limit).all()
        if limit.kind != "reduction_min" or partial:
            continue
        p = limit.pollutant
        needed, met = _least_share(problem.base_t[:, p], most[:, p], limit.amount_t)
        share, feasible = max(share, needed), feasible and met
    wanted = np.minimum(share * problem.base_t, most)
    capped = int((most < share * problem.base_t * (1 - CLOSE)).any(axis=1).sum())
    if len(problem.pollutants) == 1:
        cost = _cost_one(problem, wanted[:, 0])
        return EqualPercentage(share, capped, float(cost.sum()), feasible, wanted, cost)
    cost, cut, held = _cost_many(problem, wanted)
    return EqualPercentage(share, capped, float(cost.sum()), feasible and held, cut, cost)


def _least_share(base: FloatArray, most: FloatArray, target_t: float) -> tuple[float, bool]:
    """The least share θ with Σ min(θ base, most) = target; it is piecewise linear in θ."""
    if target_t > float(most.sum()) * (1 + CLOSE):
        return 1.0, False
    ratio = np.divide(most, base, where=base > 0, out=np.zeros_like(base))
    order = np.argsort(ratio, kind="stable")
    # Before source n (in order of what they can) reaches its most, n sources have.
    full = np.concatenate([[0.0], np.cumsum(most[order])])
    slope = float(base.sum()) - np.concatenate([[0.0], np.cumsum(base[order])])
    reached = full[:-1] + ratio[order] * slope[:-1]
    n = int(np.argmax(reached >= target_t)) if (reached >= target_t).any() else len(order)
    share = (target_t - full[n]) / slope[n] if slope[n] > 0 else float(ratio.max(initial=0.0))
    return min(max(float(share), 0.0), 1.0), True


def _most_by_source(problem: AllocationProblem) -> FloatArray:
    if not len(problem.source):
        return np.zeros(problem.base_t.shape)
    first = np.flatnonzero(np.diff(problem.choice, prepend=-1))
    best = np.maximum.reduceat(problem.removed_t, first)
    most = np.zeros(problem.base_t.shape)
    np.add.at(most, problem.source[first], best)
    return np.minimum(most, problem.base_t)


def _cost_one(problem: AllocationProblem, wanted: FloatArray) -> FloatArray:
    """(S,) least cost of each source's cut, one pollutant: up its steps, cheapest first."""
    choice = problem.choice
    count = int(choice.max(initial=-1)) + 1
    steps = find_steps(choice, count, problem.removed_t[:, 0], problem.cost_yuan)
    owner = problem.source[steps.after]
    order = np.lexsort((steps.unit, owner))
    owner, mass, unit = owner[order], steps.mass_t[order], steps.unit[order]
    before = np.cumsum(mass) - mass
    first = np.searchsorted(owner, owner)
    taken = np.clip(wanted[owner] - (before - before[first]), 0.0, mass)
    cost = np.bincount(owner, taken * unit, len(problem.sources)).astype(float)
    idle = steps.start[steps.start >= 0]
    np.add.at(cost, problem.source[idle], problem.cost_yuan[idle])
    return cost


def _cost_many(
    problem: AllocationProblem, wanted: FloatArray
) -> tuple[FloatArray, FloatArray, bool]:
    """Least cost where a source must cut several pollutants at once: one linear program."""
    limits = []
    for s in range(len(problem.sources)):
        alone = np.zeros(len(problem.sources), dtype=bool)
        alone[s] = True
        for p in range(len(problem.pollutants)):
            if wanted[s, p] > 0:
                limits.append(
                    Limit(f"{s}/{p}", p, "reduction_min", wanted[s, p] * (1 - CLOSE), alone)
                )
    # A label of its own keeps sources apart that would otherwise be one class.
    labels = {**problem.groups, "": tuple(str(s) for s in range(len(problem.sources)))}
    apart = replace(problem, limits=tuple(limits), divisible=True, groups=labels)
    model = build_model(apart)
    solution = solve_model(model, whole=False)
    cost, cut = np.zeros(len(problem.sources)), np.zeros(problem.base_t.shape)
    if solution.answer != "optimal":
        return cost, cut, False
    owner = problem.source[model.first]
    np.add.at(cost, owner, solution.x * model.cost)
    np.add.at(cut, owner, solution.x[:, None] * problem.removed_t[model.first])
    return cost, cut, True
