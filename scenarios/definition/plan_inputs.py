"""Inputs of a plan, in whole mg and fen; and the bridge to the optimiser."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

import numpy as np

from optimize import AllocationProblem, Limit
from optimize.problem import BoolArray, IntArray, Labels, order_within
from permits.errors import InputError
from permits.quantity import FEN_PER_YUAN, MG_PER_T, fmt_t, plain_number
from scenarios.definition.amounts import Amount
from scenarios.intake.columns import EMPTY, TextColumn
from scenarios.intake.meant import nearest_meant, spelled

Kind = Literal["target", "min", "max", "cap"]
SOURCE = "source"  # the column of a condition that names one source
MEASURE = "measure"  # the column of a condition that is of measures, not of sources
FIRM = "firm"
SAFE = 2.0**62  # sums below this fit 64-bit integers, with a bit to spare for rounding

COMPARE: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
"""Signs of a condition on numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class PlanSources:
    """The sources, sorted by `ids`.

    `labels` holds by column (sector, subsector, city, …) what conditions may name; `place` is
    the file and row of a source's label, for errors.
    """

    ids: tuple[str, ...]  # (S,)
    base_mg: IntArray  # (S, P)
    firm: TextColumn  # (S,), never empty
    labels: Mapping[str, TextColumn] = field(default_factory=dict)
    place: Callable[[int, str], str] | None = None

    @classmethod
    def of(
        cls, rows: Iterable[tuple[str, str, Sequence[int], Mapping[str, str]]], width: int
    ) -> PlanSources:
        """The sources of a few rows: id, firm, baseline per pollutant [mg], labels by column.

        Args:
            rows: the sources, in any order.
            width: number of pollutants.
        """
        known = sorted(rows, key=lambda row: row[0])
        columns = dict.fromkeys(column for row in known for column in row[3])
        return cls(
            ids=tuple(row[0] for row in known),
            base_mg=np.array([row[2] for row in known], dtype=np.int64).reshape(-1, width),
            firm=TextColumn.of([row[1] for row in known]),
            labels={c: TextColumn.of([row[3].get(c) for row in known]) for c in columns},
        )

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, eq=False)
class PlanMeasures:
    """Abatement measures, by the planner's estimate, in the order of the optimiser's rows.

    They are sorted by source and slot, and within a slot by cost and effect before the name,
    so that sources are recognised as alike whatever their measures are called. `stated` is
    whether the inputs say which of them rest on assumed numbers.
    """

    source: IntArray  # (M,) whose measure it is: its place among the sources
    slot: TextColumn  # (M,)
    name: TextColumn  # (M,), never empty
    removed_mg: IntArray  # (M, P)
    cost_fen: IntArray  # (M,)
    assumed: BoolArray  # (M,)
    stated: bool = True

    @classmethod
    def of(
        cls,
        rows: Iterable[tuple[str, str, str, Sequence[int], int, bool]],
        sources: PlanSources,
        *,
        stated: bool = True,
    ) -> PlanMeasures:
        """The measures of a few rows: source, slot, name, removed [mg], cost [fen], assumed.

        Args:
            rows: the measures, in any order.
            sources: the sources that they name.
            stated: whether the inputs say which rows are assumed.
        """
        known, at = list(rows), {name: n for n, name in enumerate(sources.ids)}
        width = sources.base_mg.shape[1]
        return cls(
            source=np.array([at[row[0]] for row in known], dtype=np.int64),
            slot=TextColumn.of([row[1] for row in known]),
            name=TextColumn.of([row[2] for row in known]),
            removed_mg=np.array([row[3] for row in known], dtype=np.int64).reshape(-1, width),
            cost_fen=np.array([row[4] for row in known], dtype=np.int64),
            assumed=np.array([row[5] for row in known], dtype=bool),
            stated=stated,
        ).in_rows()

    def in_rows(self) -> PlanMeasures:
        """The same measures in the order of the optimiser's rows."""
        masses = self.removed_mg.T[::-1]  # of the keys the last counts first
        keys = (self.name.code, *masses, self.cost_fen, self.slot.code)
        order = order_within(self.source, keys)
        return replace(
            self,
            source=self.source[order],
            slot=TextColumn(self.slot.code[order], self.slot.names),
            name=TextColumn(self.name.code[order], self.name.names),
            removed_mg=self.removed_mg[order],
            cost_fen=self.cost_fen[order],
            assumed=self.assumed[order],
        )

    def __len__(self) -> int:
        return len(self.source)


@dataclass(frozen=True, slots=True)
class NumberBound:
    """A bound on the numbers of a column: `规模<25`."""

    column: str
    sign: str  # of COMPARE
    number: Decimal

    def __str__(self) -> str:
        return f"{self.column}{self.sign}{self.number}"


@dataclass(frozen=True, slots=True)
class PlanCondition:
    """A target or side condition; `name` is as the user gave it.

    `group` selects the sources that count, by column; its column `measure` the measure.
    `bounds` selects them by the numbers of a column.
    """

    name: str
    kind: Kind
    pollutant: str
    amount: Amount
    group: Mapping[str, str] = field(default_factory=dict)
    bounds: tuple[NumberBound, ...] = ()

    @property
    def selects(self) -> str:
        """What it selects, as text: `sector=coating,规模<25`."""
        return ",".join([*(f"{k}={v}" for k, v in self.group.items()), *map(str, self.bounds)])


@dataclass(frozen=True, slots=True)
class PlanReceptor:
    """A receptor: a place with a limit on what arrives there of one pollutant.

    `per_t` is the transfer coefficient of each source (what a tonne of it adds there);
    `limit`, `background` (the level without these sources) and `per_t` are in the receptor's
    own `unit`.
    """

    name: str  # of its limit, unlike all other conditions
    receptor: str
    pollutant: str
    limit: float
    background: float
    unit: str
    per_t: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class PlanInputs:
    """All inputs of a plan."""

    pollutants: tuple[str, ...]
    sources: PlanSources
    measures: PlanMeasures
    conditions: tuple[PlanCondition, ...] = ()
    divisible: bool = False
    receptors: tuple[PlanReceptor, ...] = ()

    def with_conditions(self, conditions: Sequence[PlanCondition]) -> PlanInputs:
        return replace(self, conditions=tuple(conditions))

    @property
    def columns(self) -> tuple[str, ...]:
        """Label columns that any source has, in the order first seen."""
        return tuple(self.sources.labels)


def amount_mg(inputs: PlanInputs, condition: PlanCondition) -> int:
    """A condition's amount in whole mg; a percentage is of its group's baseline."""
    p = _pollutant(inputs, condition)
    members = _members(inputs, condition)
    return condition.amount.of(exact_sum(inputs.sources.base_mg[members, p]))


def exact_sum(values: IntArray) -> int:
    """The sum of whole numbers, in Python's own integers where 64 bits could overflow."""
    small = np.abs(values.astype(float)).sum() < SAFE
    return int(values.sum()) if small else sum(values.tolist())


def labels_of(column: TextColumn) -> Labels:
    """A column for the optimiser; an empty cell is the empty label."""
    if not (column.code == EMPTY).any():
        return Labels(column.code, column.names)
    return Labels(column.code + 1, ("", *column.names))


def build(inputs: PlanInputs) -> AllocationProblem:
    """Build the optimiser's arrays: tonnes and yuan.

    Raises: InputError for a condition on a pollutant, column or value that no row has,
        and if the slots of a source together remove more than it emits.
    """
    sources, measures = inputs.sources, inputs.measures
    slot = labels_of(measures.slot).code
    _check_slots(inputs, slot)
    return AllocationProblem(
        sources=sources.ids,
        pollutants=inputs.pollutants,
        base_t=sources.base_mg / MG_PER_T,
        source=measures.source,
        slot=slot,
        kind=measures.name.code,
        kinds=measures.name.names,
        removed_t=measures.removed_mg / MG_PER_T,
        cost_yuan=measures.cost_fen / FEN_PER_YUAN,
        # Conditions before receptors: tables find a limit by its place.
        limits=(
            *(_limit(inputs, condition) for condition in inputs.conditions),
            *(_receptor_limit(inputs, receptor) for receptor in inputs.receptors),
        ),
        divisible=inputs.divisible,
        groups={column: labels_of(of) for column, of in sources.labels.items()},
    )


def _check_slots(inputs: PlanInputs, slot: IntArray) -> None:
    """Check that the slots of a source, together, remove no more than it emits.

    Slots are parts of a source. A milligram of rounding per slot is allowed.
    """
    base, removed, source = (
        inputs.sources.base_mg,
        inputs.measures.removed_mg,
        inputs.measures.source,
    )
    if not len(source):
        return
    first = np.flatnonzero(np.diff(source, prepend=-1) | np.diff(slot, prepend=-1))
    most, slots = np.zeros_like(base), np.zeros(len(base), dtype=np.int64)
    np.add.at(most, source[first], np.maximum.reduceat(removed, first))
    np.add.at(slots, source[first], 1)
    # One slot alone is checked by the optimiser's problem, with its measure's name.
    wrong = np.argwhere((most > base + slots[:, None]) & (slots[:, None] > 1))
    if not len(wrong):
        return
    s, p = wrong[0].tolist()
    count = len(np.unique(wrong[:, 0]))
    raise InputError(
        "measures.slots",
        "the slots of {source} together remove up to {most} t of {pollutant}, more than its "
        "baseline of {base} t"
        if count == 1
        else "the slots of {count} sources together remove more than these emit: those of {source} "
        "up to {most} t of {pollutant}, of a baseline of {base} t",
        where=inputs.sources.ids[s],
        mend="slots are parts of a source: each may remove only its own part; put measures that "
        "act on the same emission into one slot",
        source=inputs.sources.ids[s],
        most=fmt_t(int(most[s, p])),
        pollutant=inputs.pollutants[p],
        base=fmt_t(int(base[s, p])),
        count=count,
    )


def _limit(inputs: PlanInputs, condition: PlanCondition) -> Limit:
    kinds = {"target": "reduction_min", "min": "reduction_min", "max": "reduction_max"}
    members = _members(inputs, condition)
    return Limit(
        name=condition.name,
        pollutant=_pollutant(inputs, condition),
        kind=kinds.get(condition.kind, "emission_max"),  # type: ignore[arg-type]
        amount_t=amount_mg(inputs, condition) / MG_PER_T,
        members=None if members.all() else members,
        kinds=_kinds(inputs, condition),
    )


def _receptor_limit(inputs: PlanInputs, receptor: PlanReceptor) -> Limit:
    """The limit on what the remaining emission adds at a receptor."""
    return Limit(
        name=receptor.name,
        pollutant=inputs.pollutants.index(receptor.pollutant),
        kind="emission_max",
        amount_t=receptor.limit - receptor.background,
        weight=np.array([receptor.per_t.get(source, 0.0) for source in inputs.sources.ids]),
    )


def _kinds(inputs: PlanInputs, condition: PlanCondition) -> BoolArray | None:
    """(K,) the measures that a condition counts, in the order of their sorted names."""
    if MEASURE not in condition.group:
        return None
    if condition.kind == "cap":
        raise InputError(
            "condition.cap_measure",
            "a cap cannot name a measure: the remaining emission belongs to none",
            where=f"--cap {condition.name}",
            mend="limit what the measure removes with --max",
        )
    known = inputs.measures.name.names
    _check_known(inputs, condition, MEASURE, known)
    return np.array([name == condition.group[MEASURE] for name in known], dtype=bool)


def _pollutant(inputs: PlanInputs, condition: PlanCondition) -> int:
    if condition.pollutant not in inputs.pollutants:
        near = nearest_meant(condition.pollutant, inputs.pollutants)
        raise InputError(
            "condition.pollutant",
            "no row has the pollutant {pollutant!r}",
            where=condition.name,
            mend="did you mean {near!r}? there are: {known}" if near else "there are: {known}",
            pollutant=condition.pollutant,
            near=near,
            known=", ".join(map(spelled, inputs.pollutants)),
        )
    return inputs.pollutants.index(condition.pollutant)


def _members(inputs: PlanInputs, condition: PlanCondition) -> BoolArray:
    """(S,) which sources a condition counts."""
    sources = inputs.sources
    found = np.ones(len(sources), dtype=bool)
    for column, value in condition.group.items():
        if column == MEASURE:
            continue
        if column == SOURCE:
            _check_known(inputs, condition, column, sources.ids)
            found &= np.arange(len(sources)) == sources.ids.index(value)
            continue
        of = sources.labels.get(column, NOTHING)
        _check_known(inputs, condition, column, of.names)
        found &= of.code == of.names.index(value)
    for bound in condition.bounds:
        found &= _within(inputs, condition, bound)
    return found


def _within(inputs: PlanInputs, condition: PlanCondition, bound: NumberBound) -> BoolArray:
    """(S,) which sources a bound on numbers selects.

    Raises: InputError if the sources have no such column, and with the row of a cell that is
        empty or no number.
    """
    column, sources = bound.column, inputs.sources
    if column not in sources.labels:
        _check_known(
            inputs, replace(condition, group={column: f"{bound.sign}{bound.number}"}), column, ()
        )
    of = sources.labels[column]
    numbers = [_number(name) for name in of.names]
    wrong = [n for n, number in enumerate(numbers) if number is None]
    if len(bad := np.flatnonzero(np.isin(of.code, [EMPTY, *wrong]))):
        s = int(bad[0])
        raise InputError(
            "condition.number",
            "{source} has {said!r} as {column}, which is no number to compare with {number}"
            if of.code[s] != EMPTY
            else "{source} has no {column} to compare with {number}",
            where=sources.ids[s] if sources.place is None else sources.place(s, column),
            mend="write a plain number in every row, or name the values with =",
            source=sources.ids[s],
            said=of.names[of.code[s]] if of.code[s] != EMPTY else "",
            column=column,
            number=str(bound.number),
        )
    kept = [COMPARE[bound.sign](number, bound.number) for number in numbers if number is not None]
    return np.array(kept, dtype=bool)[of.code]


def _number(text: str) -> Decimal | None:
    """The number that a label is; None for none, and for a comma that may be a decimal sign."""
    try:
        return plain_number(text)
    except InputError:
        return None


NOTHING = TextColumn(np.zeros(0, dtype=np.int64), ())
"""A column that no source has."""


def _check_known(
    inputs: PlanInputs, condition: PlanCondition, column: str, known: Sequence[str]
) -> None:
    value = condition.group[column]
    if value in known:
        return
    names = list(known) or list(inputs.columns)
    near = nearest_meant(value if known else column, names)
    raise InputError(
        "condition.group",
        "no row has {column} {value!r}",
        where=condition.name,
        mend="did you mean {near!r}? there are: {known}" if near else "there are: {known}",
        column=column,
        value=value,
        near=near,
        known=", ".join(map(spelled, names[:20])),
    )
