"""Sources, measures and limits as arrays, in tonnes and yuan; and the plan."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from permits.errors import InputError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
LimitKind = Literal["reduction_min", "reduction_max", "emission_max", "cost_max"]
Status = Literal["optimal", "feasible", "infeasible"]
OVER_T = 1e-9  # a measure may exceed its source by this much, by rounding on the way in


class Labels(Sequence[str]):
    """A column of labels as codes: `code` (S,) is the place of each label in `names`.

    `names` are the distinct labels, sorted, each used; as a sequence it is the labels.
    """

    def __init__(self, code: IntArray, names: Sequence[str]) -> None:
        self.code, self.names = code, tuple(names)

    @classmethod
    def of(cls, labels: Sequence[str]) -> Labels:
        """The labels as codes; those that have codes already, as they are."""
        if isinstance(labels, Labels):
            return labels
        names = sorted(set(labels))
        place = {name: n for n, name in enumerate(names)}
        return cls(np.fromiter((place[one] for one in labels), np.int64, len(labels)), names)

    def __len__(self) -> int:
        return len(self.code)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Labels: ...
    def __getitem__(self, at: int | slice) -> str | Labels:
        if isinstance(at, slice):
            return Labels.of([self.names[n] for n in self.code[at].tolist()])
        return self.names[int(self.code[at])]

    def __iter__(self) -> Iterator[str]:
        return map(self.names.__getitem__, self.code.tolist())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.names, dtype=dtype)[self.code]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    def __hash__(self) -> int:
        return hash(tuple(self))


@dataclass(frozen=True, slots=True, eq=False)
class Limit:
    """A target or side condition on the sum over some sources.

    `name` is as the user gave it; `members` (S,) marks the sources it counts (`None`: all),
    and `weight` (S,) is what a tonne of each counts (`None`: one): the transfer coefficient
    from a source to a receptor, whose limit is then in the units of weight times tonnes. A
    `cost_max` bounds what some sources pay [yuan]: `amount_t` is then in yuan, `weight`
    what a yuan of each counts, and `pollutant` is ignored. `kinds` (K,) over the problem's
    names of measures marks the measures that count (`None`: all); an `emission_max` takes
    none, since the remaining emission belongs to no measure.
    """

    name: str
    pollutant: int
    kind: LimitKind
    amount_t: float
    members: BoolArray | None = None
    weight: FloatArray | None = None
    kinds: BoolArray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class AllocationProblem:
    """Emissions, abatement measures and limits of an allocation problem.

    Sources are sorted by name, measures by source and slot; within a slot by what they
    cost and remove, so that sources are recognised as alike whatever their measures are
    called.
    """

    sources: tuple[str, ...]  # (S,) sorted
    pollutants: tuple[str, ...]  # (P,)
    base_t: FloatArray  # (S, P) emission without measures
    source: IntArray  # (M,) whose measure it is, ascending
    slot: IntArray  # (M,) at most one measure per source and slot
    kind: IntArray  # (M,) number of the measure's name in `kinds`
    kinds: tuple[str, ...]  # names of measures, sorted
    removed_t: FloatArray  # (M, P)
    cost_yuan: FloatArray  # (M,) a year
    limits: tuple[Limit, ...] = ()
    divisible: bool = False
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)  # column: (S,)

    def __post_init__(self) -> None:
        _check_shapes(self)
        _check_measures(self)

    @property
    def choice(self) -> IntArray:
        """(M,) the number of each measure's (source, slot) pair, from 0, ascending."""
        if not len(self.source):
            return np.zeros(0, dtype=np.int64)
        differs = (np.diff(self.source) != 0) | (np.diff(self.slot) != 0)
        return np.concatenate([[0], np.cumsum(differs)]).astype(np.int64)

    def measure(self, m: int) -> str:
        """The name of measure `m`."""
        return self.kinds[int(self.kind[m])]

    def member_mask(self, limit: Limit) -> BoolArray:
        """(S,) which sources a limit counts."""
        if limit.members is None:
            return np.ones(len(self.sources), dtype=bool)
        return limit.members

    def counts(self, limit: Limit) -> FloatArray:
        """(S,) what a tonne of each source counts towards a limit."""
        if limit.weight is None:
            return self.member_mask(limit).astype(float)
        return np.where(self.member_mask(limit), limit.weight, 0.0)

    def row(self, limit: Limit) -> FloatArray:
        """(M,) what each measure adds to the reduction [t] or cost [yuan] that a limit counts."""
        each = self.cost_yuan if limit.kind == "cost_max" else self.removed_t[:, limit.pollutant]
        if limit.kinds is not None:
            each = np.where(limit.kinds[self.kind], each, 0.0)
        row: FloatArray = self.counts(limit)[self.source] * each
        return row

    def needed_t(self, limit: Limit) -> tuple[float, float]:
        """Least and greatest reduction [t] or cost [yuan] that a limit allows."""
        if limit.kind == "reduction_min":
            return limit.amount_t, np.inf
        if limit.kind in ("reduction_max", "cost_max"):
            return -np.inf, limit.amount_t
        base = self.counts(limit) * self.base_t[:, limit.pollutant]
        return float(base.sum()) - limit.amount_t, np.inf


@dataclass(frozen=True, slots=True, eq=False)
class Allocation:
    """A plan, with its proof of optimality.

    `shadow` gives each limit's price per tonne [yuan/t] as an interval of the relaxed
    problem; `bound_by` names the source of the bound; `drawn` marks sources chosen by the
    tie-breaking lottery among exchangeable ones; `most_for_money_t` (P,) is the upper bound
    on what a budget can buy, where that was the question (NaN: other pollutants). `planned_mg`
    is what the measures remove, from which `reduction_mg` differs where totals are rounded to
    a unit; `fits_unit` is false where no such rounding keeps the limits. `missed_mg` has what
    a search that was cut short misses of limits.
    """

    status: Status
    share: FloatArray  # (M,) how much of each measure is built
    reduction_mg: IntArray  # (S, P)
    quota_mg: IntArray  # (S, P)
    base_mg: IntArray  # (S, P)
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
    most_for_money_t: FloatArray | None = None
    planned_mg: IntArray | None = None  # (S, P)
    fits_unit: bool = True
    missed_mg: Mapping[str, int] = field(default_factory=dict)


def build_problem(
    base_t: Mapping[str, Sequence[float]],
    measures: Sequence[tuple[str, int, str, Sequence[float], float]],
    pollutants: Sequence[str],
    *,
    groups: Mapping[str, Mapping[str, str]] | None = None,
    limits: Sequence[Limit] = (),
    divisible: bool = False,
) -> AllocationProblem:
    """Build a problem from plain rows, in any order.

    Args:
        base_t: emission without measures of each source, by pollutant [t].
        measures: rows of source, slot, name, removed [t] by pollutant, cost [yuan a year].
        pollutants: names, in the order of the masses.
        groups: labels of sources by column, then by source.
        limits: limits; masks and weights follow the sorted order of sources.
        divisible: whether parts of measures may be built.
    """
    sources = tuple(sorted(base_t))
    index = {name: n for n, name in enumerate(sources)}
    # Within a slot by cost and effect before the name: see AllocationProblem.
    rows = sorted(measures, key=lambda m: (m[0], m[1], m[4], tuple(m[3]), m[2]))
    width = len(pollutants)
    kinds = tuple(sorted({row[2] for row in rows}))
    number = {name: n for n, name in enumerate(kinds)}
    return AllocationProblem(
        sources=sources,
        pollutants=tuple(pollutants),
        base_t=np.array([base_t[name] for name in sources], dtype=float).reshape(-1, width),
        source=np.array([index[row[0]] for row in rows], dtype=np.int64),
        slot=np.array([row[1] for row in rows], dtype=np.int64),
        kind=np.array([number[row[2]] for row in rows], dtype=np.int64),
        kinds=kinds,
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
    sources, width, count = len(problem.sources), len(problem.pollutants), len(problem.kind)
    following = itertools.islice(problem.sources, 1, None)
    assert all(map(operator.lt, problem.sources, following)), "sources sorted, each once"
    assert problem.base_t.shape == (sources, width), "base_t is (S, P)"
    assert problem.removed_t.shape == (count, width), "removed_t is (M, P)"
    for name in ("source", "slot", "cost_yuan"):
        assert getattr(problem, name).shape == (count,), f"{name} is (M,)"
    step, slots = np.diff(problem.source), np.diff(problem.slot)
    assert ((step > 0) | ((step == 0) & (slots >= 0))).all(), "measures sorted by source, slot"
    for column, labels in problem.groups.items():
        assert len(labels) == sources, f"group column {column} is (S,)"


def _check_measures(problem: AllocationProblem) -> None:
    arrays = (problem.base_t, problem.removed_t, problem.cost_yuan)
    for name, values in zip(("base_t", "removed_t", "cost_yuan"), arrays, strict=True):
        if not np.isfinite(values).all():
            raise InputError(
                "problem.finite",
                "{name} holds a value that is not a finite number",
                mend="leave out measures whose effect or cost is unknown",
                name=name,
            )
    over = problem.removed_t - problem.base_t[problem.source]
    wrong = np.argwhere((problem.removed_t < 0) | (over > OVER_T + 1e-12 * problem.removed_t))
    if wrong.size:
        m, p = (int(n) for n in wrong[0])
        raise InputError(
            "problem.removes",
            "measure {measure} on {source} removes {removed:.9g} t of {pollutant}, of a baseline "
            "of {base:.9g} t",
            where=f"{problem.sources[problem.source[m]]}/{problem.measure(m)}",
            mend="a measure can remove from 0 to the whole baseline",
            measure=problem.measure(m),
            source=problem.sources[problem.source[m]],
            removed=float(problem.removed_t[m, p]),
            pollutant=problem.pollutants[p],
            base=float(problem.base_t[problem.source[m], p]),
        )


# --- arrays source by source ---------------------------------------------------------------

PADDED = 2  # times as many places as rows: where sorting in groups is not slower yet


def order_within(group: IntArray, keys: Sequence[NDArray[Any]]) -> IntArray:
    """(N,) the order of np.lexsort by group and, within each, by keys.

    Sorts every group by itself, which takes a fifth of the time where the groups are as small
    and as even as the measures of sources are.

    Args:
        group: (N,) whose row it is.
        keys: (N,) each; the last one counts first.
    """
    first = np.flatnonzero(np.diff(group, prepend=-1))
    widths = np.diff(first, append=len(group))
    widest = int(widths.max(initial=0))
    apart = bool((np.diff(group) < 0).any())
    if not len(group) or apart or widest * len(first) > PADDED * len(group):
        return np.lexsort((*keys, group))
    if widest * len(first) == len(group):
        squares = [key.reshape(len(first), -1) for key in keys]
        order = np.lexsort(squares, axis=-1) + first[:, None]
        return order.ravel()
    column = np.arange(widest)
    at = np.where(column < widths[:, None], first[:, None] + column, -1)
    # Nothing stands behind every row of a group; which row is taken for it does not matter.
    order = np.lexsort([*(key[at] for key in keys), at < 0], axis=-1)
    found: IntArray = np.take_along_axis(at, order, axis=1).ravel()
    return found[found >= 0]


def ascending(values: NDArray[Any], *ties: NDArray[Any]) -> IntArray:
    """(N,) the order of np.lexsort by `values`, then by `ties`, then by place.

    One key is sorted in a fifth of the time of several; only rows of equal values need the rest.

    Args:
        values: (N,) what counts first; no NaN.
        ties: (N,) each, the first of them counts first.
    """
    order = np.argsort(values)
    equal = np.diff(values[order]) == 0
    tied = np.flatnonzero(np.append(False, equal) | np.append(equal, False))
    rows = order[tied]
    order[tied] = rows[np.lexsort((rows, *(key[rows] for key in reversed(ties)), values[rows]))]
    return order


def running_most(owner: IntArray, values: NDArray[Any]) -> NDArray[Any]:
    """(N,) the greatest value of each owner up to and with each place.

    Args:
        owner: (N,) ascending.
        values: (N,) of the owners.
    """
    found, step = values.copy(), 1
    widest = int(np.bincount(owner).max(initial=0))
    while step < widest:
        same = owner[step:] == owner[:-step]
        found[step:] = np.where(same, np.maximum(found[step:], found[:-step]), found[step:])
        step *= 2
    return found
