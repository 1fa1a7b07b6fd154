"""The model, in words and equations.

Sources that nothing but their names tells apart form a class k of n_k members. A class
builds measure m on x_m of its members:

    minimise    Σ_m  w_m x_m                                   (cost, unless told otherwise)
    subject to  Σ_{m in choice c} x_m ≤ n_k(c)                 at most one per source and slot
                low_l ≤ Σ_m a_lm x_m ≤ high_l                  every target and side condition
                x_m whole, or real where measures are divisible

The solver so never sees a name or a row number, and the answer cannot depend on them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from optimize.problem import AllocationProblem, FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A linear model over classes: what `solver` turns into PuLP.

    `first[m]` is the row of the problem that column m stands for in the class's first
    member; `members[k]` are the sources of class k, `columns[k]` its columns.
    """

    members: tuple[tuple[int, ...], ...]  # (K,) sources, ascending
    columns: tuple[tuple[int, ...], ...]  # (K,) columns of the model
    first: IntArray  # (N,)
    choice: IntArray  # (N,) number of the (class, slot) pair
    size: IntArray  # (C,) members that can make choice c
    cost: FloatArray  # (N,)
    rows: FloatArray  # (L, N)
    low: FloatArray  # (L,)
    high: FloatArray  # (L,)
    names: tuple[str, ...]  # (L,)
    whole: bool


def build_model(problem: AllocationProblem) -> Model:
    """Group sources into classes in an order that depends on content alone."""
    by_source: dict[int, list[int]] = defaultdict(list)
    for m, s in enumerate(problem.source.tolist()):
        by_source[s].append(m)
    rows = np.array([problem.row(limit) for limit in problem.limits]).reshape(
        len(problem.limits), len(problem.kind)
    )
    keep = _undominated(problem, by_source)
    classes: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for s in range(len(problem.sources)):
        classes[_content(problem, s, [m for m in by_source[s] if keep[m]], rows)].append(s)
    ordered = [classes[key] for key in sorted(classes, key=repr)]
    return _assemble(problem, ordered, by_source, keep, rows)


def _content(
    problem: AllocationProblem, s: int, measures: list[int], rows: FloatArray
) -> tuple[object, ...]:
    """All that may matter of a source, but its name."""
    labels = tuple((column, labels[s]) for column, labels in sorted(problem.groups.items()))
    options = tuple(
        sorted(
            (int(problem.slot[m]), problem.measure(m), *problem.removed_t[m].tolist(),
             float(problem.cost_yuan[m]), *(rows[:, m] != 0).tolist())
            for m in measures
        )
    )  # fmt: skip
    return (labels, tuple(problem.base_t[s].tolist()), options)


def _undominated(problem: AllocationProblem, by_source: dict[int, list[int]]) -> list[bool]:
    """Measures that no other of the same slot beats or equals in every respect.

    With an upper bound on a reduction, removing less can be worth something, and all
    are kept.
    """
    keep = [True] * len(problem.kind)
    if any(limit.kind == "reduction_max" for limit in problem.limits):
        return keep
    removed, cost, slot = problem.removed_t.tolist(), problem.cost_yuan.tolist(), problem.slot
    for measures in by_source.values():
        for m in measures:
            for other in measures:
                if other == m or slot[other] != slot[m] or not keep[other]:
                    continue
                pairs = zip(removed[other], removed[m], strict=True)
                if all(a >= b for a, b in pairs) and cost[other] <= cost[m]:
                    same = removed[other] == removed[m] and cost[other] == cost[m]
                    if not same or problem.kind[other] < problem.kind[m]:
                        keep[m] = False
                        break
    return keep


def _assemble(
    problem: AllocationProblem,
    classes: list[list[int]],
    by_source: dict[int, list[int]],
    keep: list[bool],
    rows: FloatArray,
) -> Model:
    first: list[int] = []
    choice: list[int] = []
    size: list[int] = []
    columns: list[tuple[int, ...]] = []
    for members in classes:
        own = [m for m in by_source[members[0]] if keep[m]]
        own.sort(key=lambda m: (int(problem.slot[m]), int(problem.kind[m])))
        columns.append(tuple(range(len(first), len(first) + len(own))))
        slots: dict[int, int] = {}
        for m in own:
            slot = int(problem.slot[m])
            if slot not in slots:
                slots[slot] = len(size)
                size.append(len(members))
            first.append(m)
            choice.append(slots[slot])
    index = np.array(first, dtype=np.int64)
    needs = [problem.needed_t(limit) for limit in problem.limits]
    return Model(
        members=tuple(tuple(members) for members in classes),
        columns=tuple(columns),
        first=index,
        choice=np.array(choice, dtype=np.int64),
        size=np.array(size, dtype=np.int64),
        cost=problem.cost_yuan[index],
        rows=rows[:, index],
        low=np.array([low for low, _ in needs]),
        high=np.array([high for _, high in needs]),
        names=tuple(limit.name for limit in problem.limits),
        whole=not problem.divisible,
    )
