"""Sources, measures and limits as arrays, in tonnes and yuan; and what a plan is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from permits.errors import InputError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
LimitKind = Literal["reduction_min", "reduction_max", "emission_max"]
Status = Literal["optimal", "feasible", "infeasible"]
OVER_T = 1e-9  # a measure may exceed its source by this much, by rounding on the way in


@dataclass(frozen=True, slots=True, eq=False)
class Limit:
    """A target or side condition on the sum over some sources.

    `name` is as the user gave it; `members` (S,) says which sources (`None`: all).
    """

    name: str
    pollutant: int
    kind: LimitKind
    amount_t: float
    members: BoolArray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class AllocationProblem:
    """Who emits what, what can be done about it, and what must hold. Rows are sorted."""

    sources: tuple[str, ...]  # (S,) sorted
    pollutants: tuple[str, ...]  # (P,)
    base_t: FloatArray  # (S, P) emission without measures
    source: IntArray  # (M,) whose measure it is, ascending
    slot: IntArray  # (M,) at most one measure per source and slot
    measure: tuple[str, ...]  # (M,)
    removed_t: FloatArray  # (M, P)
    cost_yuan: FloatArray  # (M,) a year
    limits: tuple[Limit, ...] = ()
    divisible: bool = False
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # column: (S,)

    def __post_init__(self) -> None:
        _check_shapes(self)
        _check_measures(self)

    @property
    def choice(self) -> IntArray:
        """(M,) the number of each measure's (source, slot) pair, from 0, ascending."""
        pairs = np.stack([self.source, self.slot], axis=1)
        _, index = np.unique(pairs, axis=0, return_inverse=True)
        return np.asarray(index.reshape(-1), dtype=np.int64)

    def member_mask(self, limit: Limit) -> BoolArray:
        """(S,) which sources a limit counts."""
        if limit.members is None:
            return np.ones(len(self.sources), dtype=bool)
        return limit.members

    def row(self, limit: Limit) -> FloatArray:
        """(M,) what each measure adds to the reduction that a limit counts [t]."""
        return np.where(
            self.member_mask(limit)[self.source], self.removed_t[:, limit.pollutant], 0.0
        )

    def needed_t(self, limit: Limit) -> tuple[float, float]:
        """Least and greatest reduction that a limit allows [t]."""
        if limit.kind == "reduction_min":
            return limit.amount_t, np.inf
        if limit.kind == "reduction_max":
            return -np.inf, limit.amount_t
        base = float(self.base_t[self.member_mask(limit), limit.pollutant].sum())
        return base - limit.amount_t, np.inf


@dataclass(frozen=True, slots=True, eq=False)
class Allocation:
    """A plan, with what proves it.

    `shadow` gives each limit's price per tonne [yuan/t] as an interval of the relaxed
    problem; `bound_by` says which argument the bound rests on; `drawn` marks sources
    chosen by the public lot among exchangeable ones.
    """

    status: Status
    share: FloatArray  # (M,) how much of each measure is built
    reduction_mg: tuple[tuple[int, ...], ...]  # (S, P)
    quota_mg: tuple[tuple[int, ...], ...]  # (S, P)
    base_mg: tuple[tuple[int, ...], ...]  # (S, P)
    drawn: BoolArray  # (S,)
    cost_yuan: float
    bound_yuan: float
    gap: float
    bound_by: str
    shadow: Mapping[str, tuple[float, float]]
    max_reduction_t: FloatArray  # (P,) each by itself, under the limits that can hold
    conflict: tuple[str, ...] = ()
    method: str = ""
    seconds: float = 0.0


def build_problem(
    base_t: Mapping[str, Sequence[float]],
    measures: Sequence[tuple[str, int, str, Sequence[float], float]],
    pollutants: Sequence[str],
    *,
    groups: Mapping[str, Mapping[str, str]] | None = None,
    limits: Sequence[Limit] = (),
    divisible: bool = False,
) -> AllocationProblem:
    """A problem from plain rows, in any order: (source, slot, measure, removed_t, cost_yuan).

    `limits` with members must follow the sorted order of sources.
    """
    sources = tuple(sorted(base_t))
    index = {name: n for n, name in enumerate(sources)}
    rows = sorted(measures, key=lambda m: (m[0], m[1], m[4], m[2]))
    width = len(pollutants)
    return AllocationProblem(
        sources=sources,
        pollutants=tuple(pollutants),
        base_t=np.array([base_t[name] for name in sources], dtype=float).reshape(-1, width),
        source=np.array([index[row[0]] for row in rows], dtype=np.int64),
        slot=np.array([row[1] for row in rows], dtype=np.int64),
        measure=tuple(row[2] for row in rows),
        removed_t=np.array([row[3] for row in rows], dtype=float).reshape(-1, width),
        cost_yuan=np.array([row[4] for row in rows], dtype=float),
        limits=tuple(limits),
        divisible=divisible,
        groups={
            column: tuple(labels[name] for name in sources)
            for column, labels in (groups or {}).items()
        },
    )


def _check_shapes(problem: AllocationProblem) -> None:
    sources, width, count = len(problem.sources), len(problem.pollutants), len(problem.measure)
    assert list(problem.sources) == sorted(set(problem.sources)), "sources sorted, each once"
    assert problem.base_t.shape == (sources, width), "base_t is (S, P)"
    assert problem.removed_t.shape == (count, width), "removed_t is (M, P)"
    for name in ("source", "slot", "cost_yuan"):
        assert getattr(problem, name).shape == (count,), f"{name} is (M,)"
    assert not count or (np.diff(problem.source) >= 0).all(), "measures sorted by source"
    for column, labels in problem.groups.items():
        assert len(labels) == sources, f"group column {column} is (S,)"


def _check_measures(problem: AllocationProblem) -> None:
    for name, values in (("removed_t", problem.removed_t), ("cost_yuan", problem.cost_yuan)):
        if not np.isfinite(values).all():
            raise InputError(
                "problem.finite",
                "{name} holds a value that is not a finite number",
                mend="leave out measures whose effect or cost is not known",
                name=name,
            )
    over = problem.removed_t - problem.base_t[problem.source]
    wrong = np.argwhere((problem.removed_t < 0) | (over > OVER_T + 1e-12 * problem.removed_t))
    if wrong.size:
        m, p = wrong[0]
        raise InputError(
            "problem.removes",
            "measure {measure} on {source} removes {removed:.9g} t of {pollutant}, of a baseline "
            "of {base:.9g} t",
            where=f"{problem.sources[problem.source[m]]}/{problem.measure[m]}",
            mend="a measure removes from 0 to the whole baseline",
            measure=problem.measure[m],
            source=problem.sources[problem.source[m]],
            removed=float(problem.removed_t[m, p]),
            pollutant=problem.pollutants[p],
            base=float(problem.base_t[problem.source[m], p]),
        )
