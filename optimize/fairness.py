"""Distribution of a plan's burden: fairness limits, and the Gini coefficient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from optimize.problem import AllocationProblem, BoolArray, FloatArray, Labels, Limit
from permits.errors import InputError

Of = Literal["baseline", "reduction", "cost", "output"]
MOST_GROUPS = 500
"""Most limits of one rule: the linear program stays small enough to solve in one piece."""


@dataclass(frozen=True, slots=True)
class FairRule:
    """A rule that no group (value of `column`) bears more than `most`.

    `most` is a share of the group's own baseline, of the total reduction, of the total cost,
    or a cost per unit of its output [yuan], as `of` states.
    """

    name: str
    column: str
    of: Of
    most: float
    pollutant: int = 0


def fair_limits(
    problem: AllocationProblem, rule: FairRule, output: FloatArray | None = None
) -> list[Limit]:
    """A limit for each group that could bear more than the rule allows.

    A share of the total is a linear limit: the group's burden less `most` times the total
    burden is at most zero.

    Args:
        problem: sources, measures and limits.
        rule: the rule.
        output: (S,) output of each source, where the rule is a cost per output.
    Raises: InputError if more groups than one model can hold could break the rule.
    """
    labels = Labels.of(problem.groups[rule.column])
    limits = []
    for n, value in enumerate(labels.names):
        inside: BoolArray = labels.code == n
        limit = _limit(problem, rule, value, inside, output)
        if limit.weight is not None or _most(problem, limit) > limit.amount_t:
            limits.append(limit)
    if len(limits) > MOST_GROUPS:
        raise InputError(
            "fair.groups",
            "{count} values of {column} could break the rule; at most {most} are supported",
            where=rule.name,
            mend="use a coarser column, or a larger share that fewer values can exceed",
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
    """The most that a limit's members could remove [t] or pay [yuan]."""
    best = np.zeros(int(problem.choice.max(initial=-1)) + 1)
    np.maximum.at(best, problem.choice, problem.row(limit))
    return float(best.sum())


def burden(problem: AllocationProblem, values: FloatArray, column: str) -> Mapping[str, float]:
    """Totals of a burden by value of a column, sorted by that value.

    Args:
        problem: sources with their columns.
        values: (S,) burden of each source.
        column: name of the column.
    """
    labels = Labels.of(problem.groups[column])
    totals = np.bincount(labels.code, values, len(labels.names))
    return dict(zip(labels.names, totals.tolist(), strict=True))


def gini(borne: FloatArray, size: FloatArray) -> float | None:
    """Gini coefficient of a burden over groups of unequal size.

    0 where each group bears in proportion to its size, towards 1 where one small group bears
    everything: twice the area between the Lorenz curve of burden over size and the line of
    equal shares. None where there is no burden, or where some burdens are savings, for which
    the coefficient is undefined.

    Source: [Gini1912].
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
