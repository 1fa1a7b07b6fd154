"""Emission, cut and cost of every source, in whole mg and fen, so that any grouping adds up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from optimize.problem import AllocationProblem, FloatArray, IntArray, Labels
from permits.quantity import FEN_PER_YUAN, yuan_to_fen
from scenarios.definition.plan_inputs import FIRM, SAFE, PlanInputs, labels_of
from scenarios.planning.solve import PlanResult

SURE_FEN = 2.0**40
"""Below it a product of floats is wrong by less than `NEAR_HALF` of a fen."""
NEAR_HALF = 1e-3  # of a fen: four times the error of such a product


@dataclass(frozen=True, slots=True, eq=False)
class BySource:
    """Whole numbers of each source: masses (S, P) [mg], money (S,) [fen]."""

    base_mg: IntArray
    reduction_mg: IntArray
    quota_mg: IntArray
    cost_fen: IntArray
    equal_mg: IntArray
    equal_fen: IntArray


def by_source(plan: PlanResult) -> BySource:
    """The plan and the equal-percentage benchmark, source by source."""
    allocation, equal = plan.allocation, plan.equal
    return BySource(
        base_mg=allocation.base_mg,
        reduction_mg=allocation.reduction_mg,
        quota_mg=allocation.quota_mg,
        cost_fen=whole_fen(paid_yuan(plan)),
        equal_mg=equal.reduction_mg,
        equal_fen=whole_fen(equal.cost_by_source),
    )


def paid_yuan(plan: PlanResult) -> FloatArray:
    """(S,) annual cost of each source [yuan]."""
    problem = plan.problem
    paid = plan.allocation.share * problem.cost_yuan
    found: FloatArray = np.bincount(problem.source, paid, len(problem.sources)).astype(float)
    return found


def whole_fen(cost_yuan: FloatArray) -> IntArray:
    """(S,) whole fen that add up to the fen of the sum.

    Largest remainder; ties go to the earlier source.
    """
    # Rounding each source by itself would leave totals off by some fen.
    fen = np.asarray(cost_yuan, dtype=float) * FEN_PER_YUAN
    whole = np.floor(fen)
    rest = fen - whole
    found: IntArray = whole.astype(np.int64)
    missing = round(float(rest.sum()))
    found[np.argsort(-rest, kind="stable")[:missing]] += 1
    return found


def each_fen(cost_yuan: FloatArray) -> IntArray:
    """(N,) `yuan_to_fen` of each amount."""
    fen = np.asarray(cost_yuan, dtype=float) * FEN_PER_YUAN
    found: IntArray = np.rint(np.where(np.abs(fen) < SURE_FEN, fen, 0.0)).astype(np.int64)
    # Near a half the decimal written decides, and no product of floats.
    near = np.abs(np.abs(fen - np.floor(fen)) - 0.5) < NEAR_HALF
    for n in np.flatnonzero(near | (np.abs(fen) >= SURE_FEN)).tolist():
        found[n] = yuan_to_fen(float(cost_yuan[n]))
    return found


def group_sums(values: IntArray, group: IntArray, count: int) -> list[Any]:
    """The sum of each group, by column where values have columns, as lists.

    Sums that could exceed 64 bits are added in Python's own integers.

    Args:
        values: (S,) or (S, P) whole numbers.
        group: (S,) number of each source's group.
        count: number of groups.
    """
    small = np.abs(values.astype(float)).sum() < SAFE
    sums = np.zeros((count, *values.shape[1:]), dtype=np.int64 if small else object)
    np.add.at(sums, group, values if small else values.astype(object))
    found: list[Any] = sums.tolist()
    return found


def numbered(labels: Sequence[str]) -> tuple[list[str], IntArray]:
    """The distinct labels of a column, sorted, and the number (S,) of each source's label."""
    coded = Labels.of(labels)
    return list(coded.names), coded.code


def with_firms(inputs: PlanInputs, problem: AllocationProblem) -> AllocationProblem:
    """The problem with the firm of each source as a label column."""
    return replace(problem, groups={**problem.groups, FIRM: labels_of(inputs.sources.firm)})
