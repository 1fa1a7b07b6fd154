"""Who bears a plan: limits that keep it fair, and how unevenly it falls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from optimize.problem import AllocationProblem, BoolArray, FloatArray, Limit
from permits.errors import InputError

Of = Literal["baseline", "reduction", "cost", "output"]
MOST_GROUPS = 500
"""A limit for each of more groups than this would be a model of its own."""


@dataclass(frozen=True, slots=True)
class FairRule:
    """No value of `column` above `most`: a share of its own baseline, of the whole
    reduction, of the whole cost, or a cost per unit of its output [yuan]."""

    name: str
    column: str
    of: Of
    most: float
    pollutant: int = 0


def fair_limits(
    problem: AllocationProblem, rule: FairRule, output: FloatArray | None = None
) -> list[Limit]:
    """A limit for each group that could bear more than the rule allows.

    A share of the whole is linear: what the group bears less its share of what all bear
    is at most nothing.

    Args:
        output: (S,) of each source, where the rule is a cost per output.
    Raises: InputError where there are more groups than one model can hold.
    """
    labels = np.array(problem.groups[rule.column])
    limits = []
    for value in np.unique(labels).tolist():
        inside: BoolArray = labels == value
        limit = _limit(problem, rule, value, inside, output)
        if limit.weight is not None or _most(problem, limit) > limit.amount_t:
            limits.append(limit)
    if len(limits) > MOST_GROUPS:
        raise InputError(
            "fair.groups",
            "{count} values of {column} could break the rule; at most {most} are held at once",
            where=rule.name,
            mend="name a coarser column, or a share of the baseline that fewer can exceed",
            count=len(limits),
            column=rule.column,
            most=MOST_GROUPS,
        )
    return limits


def _limit(
    problem: AllocationProblem,
    rule: FairRule,
    value: str,
    inside: BoolArray,
    output: FloatArray | None,
) -> Limit:
    name, p = f"{rule.name} ({value})", rule.pollutant
    if rule.of == "baseline":
        base = float(problem.base_t[inside, p].sum())
        return Limit(name, p, "reduction_max", rule.most * base, inside)
    if rule.of == "output":
        assert output is not None, "a rule per output comes with the output"
        return Limit(name, p, "cost_max", rule.most * float(output[inside].sum()), inside)
    weight = inside.astype(float) - rule.most
    kind: Literal["cost_max", "reduction_max"] = (
        "cost_max" if rule.of == "cost" else "reduction_max"
    )
    return Limit(name, p, kind, 0.0, None, weight)


def _most(problem: AllocationProblem, limit: Limit) -> float:
    """The most that a limit's members could do or pay."""
    best = np.zeros(int(problem.choice.max(initial=-1)) + 1)
    np.maximum.at(best, problem.choice, problem.row(limit))
    return float(best.sum())


def burden(problem: AllocationProblem, values: FloatArray, column: str) -> Mapping[str, float]:
    """Totals of `values` (S,) by value of a column, sorted."""
    names, place = np.unique(np.array(problem.groups[column]), return_inverse=True)
    totals = np.bincount(place, values, len(names))
    return dict(zip(names.tolist(), totals.tolist(), strict=True))


def gini(borne: FloatArray, size: FloatArray) -> float | None:
    """How unevenly a burden falls on groups of unequal size: 0 where each bears in
    proportion to its size, towards 1 where one small group bears all.

    The area between the Lorenz curve of burden over size and the line of equal shares,
    times two [Gini1912]. None where nothing is borne, or where some burdens are savings,
    for which it has no meaning.
    """
    kept = size > 0
    borne, size = borne[kept], size[kept]
    if not len(borne) or borne.sum() <= 0 or (borne < 0).any():
        return None
    order = np.argsort(borne / size, kind="stable")
    width = size[order] / size.sum()
    height = np.cumsum(borne[order]) / borne.sum()
    below = np.concatenate([[0.0], height[:-1]])
    return float(max(0.0, 1.0 - (width * (height + below)).sum()))
