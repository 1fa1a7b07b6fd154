"""Sensitivity of a plan to its uncertain inputs: Sobol indices of cost and greatest cut.

All factors of an input move together, so that a plan is a function of at most four
quantiles. Sampled indices would need thousands of plans, since cost rises steeply where a
target is barely achievable and a few such draws decide the result. Instead the plan is
solved on a grid of Gauss-Legendre nodes, and the variance decomposed on that grid: the
result is reproducible, and no index is below zero or above one [Sobol2001].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
from numpy.polynomial.legendre import leggauss

from optimize.engine import relax
from optimize.least_cost import build_model
from optimize.problem import AllocationProblem, FloatArray
from optimize.solver import Patience
from optimize.uncertainty import (
    INPUTS,
    InputDraw,
    Ranges,
    Say,
    draw_problem,
    least_costs,
    main_pollutant,
    most_t,
    one_curve,
    sector_factors,
)

OUTCOMES = ("cost_yuan", "max_reduction_t")
NODES = 6  # a finer grid moves no index of the shipped scenario by more than 0.02
Indices = dict[str, dict[str, tuple[float, float]]]


def find_influence(
    problem: AllocationProblem,
    ranges: Ranges,
    *,
    nodes: int = NODES,
    say: Say = lambda text, share: None,
) -> Indices:
    """First-order and total Sobol index of each uncertain input for each of `OUTCOMES`.

    Grid points at which the limits cannot be met count with the cost of the greatest
    achievable reduction there. An outcome that does not vary has indices of 0.

    Args:
        problem: sources, measures and limits at their stated values.
        ranges: uncertainty of the inputs.
        nodes: number of Gauss-Legendre nodes per input.
        say: called with a text and the share of the work done.
    """
    parts = replace(problem, divisible=True)
    names = [name for name in INPUTS if _matters(ranges, name)]
    if not names:
        return {}
    # If all costs scale by one factor so does least cost, unless money itself is limited: then
    # the axis of cost needs no plans of its own.
    scales = "cost" in names and all(limit.kind != "cost_max" for limit in problem.limits)
    solved = [name for name in names if not (scales and name == "cost")]
    at, weight = leggauss(nodes)
    at, weight = (at + 1) / 2, weight / 2
    grid = np.zeros((len(OUTCOMES), *[nodes] * len(solved)))
    for done, place in enumerate(product(range(nodes), repeat=len(solved))):
        say("computing the sensitivity to the inputs", done / nodes ** len(solved))
        level = dict.fromkeys(INPUTS, 0.5) | {
            name: float(at[n]) for name, n in zip(solved, place, strict=True)
        }
        where: Any = (slice(None), *place)
        grid[where] = _outcome(parts, ranges, level)
    if scales:
        grid = np.stack([grid] * nodes, axis=1)  # `cost` comes first in INPUTS
        factor = ranges.cost.at(at) / ranges.cost.at(np.array(0.5))
        grid[0] *= factor.reshape(-1, *[1] * len(solved))
    return {
        outcome: dict(zip(names, sobol_indices(grid[n], weight), strict=True))
        for n, outcome in enumerate(OUTCOMES)
    }


def sobol_indices(values: FloatArray, weight: FloatArray) -> list[tuple[float, float]]:
    """First-order and total index of each axis of `values` (n, n, …) with `weight` (n,).

    First-order: variance of the mean over all other axes; total: variance less that of the
    mean over this axis; both as shares of the variance.
    """
    axes = range(values.ndim)
    middle = _mean(values, axes, weight)
    apart = values - middle
    variance = float(_mean(apart**2, axes, weight))
    # A relative deviation of 1e-9 is the rounding of the plans' cost, not an effect.
    if variance <= 1e-18 * max(1.0, float(middle) ** 2):
        return [(0.0, 0.0)] * values.ndim
    found = []
    for axis in axes:
        others = [other for other in axes if other != axis]
        alone = _mean(_mean(apart, others, weight) ** 2, [0], weight)
        without = _mean(_mean(apart, [axis], weight) ** 2, range(len(others)), weight)
        found.append((float(alone) / variance, 1.0 - float(without) / variance))
    return found


def _mean(values: FloatArray, axes: Sequence[int], weight: FloatArray) -> FloatArray:
    for axis in sorted(axes, reverse=True):
        values = np.tensordot(values, weight, axes=(axis, 0))
    return values


def _matters(ranges: Ranges, name: str) -> bool:
    found = [getattr(ranges, name)] + [one for _, one in ranges.sectors if name == "baseline"]
    return any(one.low < 1.0 or one.high > 1.0 for one in found)


def _outcome(
    parts: AllocationProblem, ranges: Ranges, level: dict[str, float]
) -> tuple[float, float]:
    """Least cost and greatest reduction with every input at its quantile."""

    def at(name: str) -> float:
        return float(getattr(ranges, name).at(np.array(level[name])))

    base = sector_factors(parts, ranges, lambda _: level["baseline"])
    rows = base[parts.source]
    world = InputDraw(
        parts.base_t * base[:, None],
        parts.removed_t * (rows * at("efficiency"))[:, None],
        parts.cost_yuan * rows * at("cost"),
        at("reach"),
    )
    drawn = draw_problem(parts, world)
    model = build_model(drawn)
    plan = relax(model, Patience(gap=1e-6))
    p = main_pollutant(parts)
    most = float(most_t(drawn)[p])
    if plan.answer != "optimal":
        return float(least_costs(one_curve(model, p), np.array([most]))[0]), most
    return float(plan.x @ model.cost), most
