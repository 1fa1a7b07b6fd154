"""The least-cost model, in words and equations.

Sources that differ only in name form a class k of n_k members. A class builds measure m
on x_m of its members:

    minimise    Σ_m  w_m x_m                                   (cost, unless stated otherwise)
    subject to  Σ_{m in choice c} x_m ≤ n_k(c)                 at most one per source and slot
                low_l ≤ Σ_m a_lm x_m ≤ high_l                  every target and side condition
                x_m whole, or real where measures are divisible

So the solver never gets a name or a row number, and the answer cannot depend on them.
Classes that every limit counts alike form a cell: they face the same prices, which is what
makes large problems small (`cells.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from optimize.classes import find_cells, find_classes, row_starts
from optimize.problem import AllocationProblem, BoolArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Model:
    """A linear model over classes.

    Column n stands for row `first[n]` of the problem, in the class's first member and by
    its place in every other.
    """

    members: IntArray  # (T,) sources, class by class
    starts: IntArray  # (K + 1,) where each class's members start
    first: IntArray  # (N,)
    klass: IntArray  # (N,) ascending
    choice: IntArray  # (N,) number of the (class, slot) pair, ascending
    size: IntArray  # (C,) members that can make choice c
    cost: FloatArray  # (N,)
    removed: FloatArray  # (N, P)
    base_t: FloatArray  # (K, P) what one member of each class emits
    cell: IntArray  # (K,)
    counts: FloatArray  # (L, G) what a tonne of each cell counts towards each limit
    pollutant: IntArray  # (L,)
    low: FloatArray  # (L,)
    high: FloatArray  # (L,)
    names: tuple[str, ...]  # (L,)
    whole: bool
    special: Mapping[int, FloatArray] = field(default_factory=dict)
    """Rows (N,) of limits that count more than tonnes by cell."""

    @cached_property
    def rows(self) -> FloatArray:
        """(L, N) what each column adds to each limit; for models of moderate size."""
        found = np.zeros((len(self.names), len(self.first)))
        for n in range(len(self.names)):
            found[n] = self.row(n)
        return found

    def row(self, n: int) -> FloatArray:
        """(N,) what each column adds to limit `n`."""
        if n in self.special:
            return self.special[n]
        row: FloatArray = self.counts[n, self.cell[self.klass]] * self.removed[:, self.pollutant[n]]
        return row

    def held(self, x: FloatArray) -> FloatArray:
        """(L,) total of a plan in each limit."""
        cells = self.cell[self.klass]
        totals = np.zeros((self.counts.shape[1], self.removed.shape[1]))
        for p in range(totals.shape[1]):
            totals[:, p] = np.bincount(cells, x * self.removed[:, p], len(totals))
        found = np.array(
            [self.counts[n] @ totals[:, self.pollutant[n]] for n in range(len(self.names))]
        ).reshape(len(self.names))
        for n, row in self.special.items():
            found[n] = row @ x
        return found

    @property
    def class_size(self) -> IntArray:
        """(K,) members of each class."""
        return np.diff(self.starts)

    def with_limits(self, kept: Sequence[int]) -> Model:
        """The same model under some of its limits."""
        chosen = np.array(kept, dtype=np.int64)
        return replace(
            self,
            counts=self.counts[chosen],
            pollutant=self.pollutant[chosen],
            low=self.low[chosen],
            high=self.high[chosen],
            names=tuple(self.names[n] for n in kept),
            special={new: self.special[n] for new, n in enumerate(kept) if n in self.special},
        )

    def part(self, columns: BoolArray, low: FloatArray, high: FloatArray) -> Model:
        """The model of some columns with other limits; numbers of classes and cells stay.

        Args:
            columns: (N,) which columns to keep.
            low: (L,) lower limits.
            high: (L,) upper limits.
        """
        choices, choice = np.unique(self.choice[columns], return_inverse=True)
        return replace(
            self,
            first=self.first[columns],
            klass=self.klass[columns],
            choice=choice.astype(np.int64),
            size=self.size[choices],
            cost=self.cost[columns],
            removed=self.removed[columns],
            low=low,
            high=high,
            special={n: row[columns] for n, row in self.special.items()},
        )


def build_model(problem: AllocationProblem, *, labelled: bool = False) -> Model:
    """Group sources into classes, in an order that depends on their content only.

    Where `labelled`, all members of a class share sub-sector, place and names of measures.
    """
    members, starts = find_classes(problem, labelled)
    cell, counts = find_cells(problem)
    chosen = members[starts[:-1]]
    begins = row_starts(problem)
    width = begins[chosen + 1] - begins[chosen]
    klass = np.repeat(np.arange(len(chosen)), width)
    offset = np.arange(len(klass)) - np.repeat(np.cumsum(width) - width, width)
    first = np.repeat(begins[chosen], width) + offset
    slot = problem.slot[first]
    differs = np.ones(len(first), dtype=bool)
    differs[1:] = (np.diff(klass) != 0) | (np.diff(slot) != 0)
    choice = np.cumsum(differs) - 1
    needs = [problem.needed_t(limit) for limit in problem.limits]
    return Model(
        members=members,
        starts=starts,
        first=first,
        klass=klass,
        choice=choice,
        size=np.diff(starts)[klass[differs]],
        cost=problem.cost_yuan[first],
        removed=problem.removed_t[first],
        base_t=problem.base_t[chosen],
        cell=cell[chosen],
        counts=counts,
        pollutant=np.array([limit.pollutant for limit in problem.limits], dtype=np.int64),
        low=np.array([low for low, _ in needs]),
        high=np.array([high for _, high in needs]),
        names=tuple(limit.name for limit in problem.limits),
        whole=not problem.divisible,
        special={
            n: problem.row(limit)[first]
            for n, limit in enumerate(problem.limits)
            if limit.kind == "cost_max" or limit.kinds is not None
        },
    )


def undominated(model: Model) -> BoolArray:
    """(N,) columns that no other one of the same choice dominates or equals.

    With an upper limit on a reduction, removing less can be an advantage, and all are
    kept. For models of moderate size: compares all pairs.
    """
    keep = np.ones(len(model.first), dtype=bool)
    if np.isfinite(model.high).any() or model.special:
        return keep
    removed, cost, choice = model.removed.tolist(), model.cost.tolist(), model.choice.tolist()
    start = 0
    for stop in [*(np.flatnonzero(np.diff(model.choice)) + 1).tolist(), len(choice)]:
        for n in range(start, stop):
            keep[n] = not any(
                keep[m]
                and cost[m] <= cost[n]
                and all(a >= b for a, b in zip(removed[m], removed[n], strict=True))
                and (m < n or cost[m] < cost[n] or removed[m] != removed[n])
                for m in range(start, stop)
                if m != n
            )
        start = stop
    return keep
