"""The same target by equal percentage: what a plan without costs would ask of all.

Every source cuts the same share at its own least cost, parts of measures allowed; one
that cannot reach the share does its most. The share is the least that meets the target.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np

from optimize.curves import lower_hull
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
        if limit.kind != "reduction_min" or not problem.member_mask(limit).all():
            continue
        p = limit.pollutant
        needed, met = _least_share(problem.base_t[:, p], most[:, p], limit.amount_t)
        share, feasible = max(share, needed), feasible and met
    wanted = np.minimum(share * problem.base_t, most)
    capped = int((most < share * problem.base_t * (1 - CLOSE)).any(axis=1).sum())
    if len(problem.pollutants) == 1:
        cost = np.array(_cost_one(problem, wanted[:, 0]))
        return EqualPercentage(share, capped, float(cost.sum()), feasible, wanted, cost)
    cost, cut, held = _cost_many(problem, wanted)
    return EqualPercentage(share, capped, float(cost.sum()), feasible and held, cut, cost)


def _least_share(base: FloatArray, most: FloatArray, target_t: float) -> tuple[float, bool]:
    """The least share θ with Σ min(θ base, most) = target; it is piecewise linear in θ."""
    if target_t > float(most.sum()) * (1 + CLOSE):
        return 1.0, False
    ratio = np.divide(most, base, where=base > 0, out=np.zeros_like(base))
    order = np.argsort(ratio, kind="stable")
    full, slope = 0.0, float(base.sum())
    for n in order:
        reached = full + ratio[n] * slope
        if reached >= target_t:
            break
        full += float(most[n])
        slope -= float(base[n])
    share = (target_t - full) / slope if slope > 0 else float(ratio.max(initial=0.0))
    return min(max(share, 0.0), 1.0), True


def _most_by_source(problem: AllocationProblem) -> FloatArray:
    choice = problem.choice
    best = np.zeros((int(choice.max(initial=-1)) + 1, len(problem.pollutants)))
    np.maximum.at(best, choice, problem.removed_t)
    owner = np.zeros(len(best), dtype=np.int64)
    owner[choice] = problem.source
    most = np.zeros(problem.base_t.shape)
    np.add.at(most, owner, best)
    return np.minimum(most, problem.base_t)


def _cost_one(problem: AllocationProblem, wanted: FloatArray) -> list[float]:
    """Least cost of each source's cut, one pollutant: up its hull, cheapest step first."""
    removed, cost = problem.removed_t[:, 0], problem.cost_yuan
    steps: list[list[tuple[float, float]]] = [[] for _ in problem.sources]
    choice = problem.choice
    edges = np.flatnonzero(np.diff(choice, prepend=-1, append=-2))
    for start, stop in itertools.pairwise(edges):
        at_t = at_cost = 0.0
        for n in lower_hull(removed[start:stop].tolist(), cost[start:stop].tolist()):
            m = start + n
            step = float(removed[m]) - at_t
            unit = (float(cost[m]) - at_cost) / step
            steps[int(problem.source[m])].append((unit, step))
            at_t, at_cost = float(removed[m]), float(cost[m])
    found = []
    for s, own in enumerate(steps):
        left, total = float(wanted[s]), 0.0
        for unit, step in sorted(own):
            taken = min(step, left)
            total += taken * unit
            left -= taken
        found.append(total)
    return found


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
