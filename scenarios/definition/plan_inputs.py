"""Inputs of a plan, in whole mg and fen; and the bridge to the optimiser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from optimize import AllocationProblem, Limit
from optimize.problem import BoolArray, IntArray
from permits.errors import InputError
from permits.quantity import FEN_PER_YUAN, MG_PER_T, fmt_t
from scenarios.definition.sourced import Amount
from scenarios.intake.meant import nearest_meant, spelled

Kind = Literal["target", "min", "max", "cap"]
SOURCE = "source"  # the column of a condition that names one source
MEASURE = "measure"  # the column of a condition that is of measures, not of sources


@dataclass(frozen=True, slots=True)
class PlanSource:
    """A source with its labels; `labels` may hold further columns for conditions."""

    id: str
    firm: str
    base_mg: tuple[int, ...]  # per pollutant
    labels: Mapping[str, str]  # sector, subsector, city, …


@dataclass(frozen=True, slots=True)
class PlanMeasure:
    """An abatement measure of one source, by the planner's estimate."""

    source: str
    slot: str
    name: str
    removed_mg: tuple[int, ...]
    cost_fen: int
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class PlanCondition:
    """A target or side condition; `name` is as the user gave it.

    `group` selects the sources that count, by column; its column `measure` the measure.
    """

    name: str
    kind: Kind
    pollutant: str
    amount: Amount
    group: Mapping[str, str] = field(default_factory=dict)


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


@dataclass(frozen=True, slots=True)
class PlanInputs:
    """All inputs of a plan."""

    pollutants: tuple[str, ...]
    sources: tuple[PlanSource, ...]
    measures: tuple[PlanMeasure, ...]
    conditions: tuple[PlanCondition, ...]
    divisible: bool = False
    receptors: tuple[PlanReceptor, ...] = ()

    def with_conditions(self, conditions: Sequence[PlanCondition]) -> PlanInputs:
        return replace(self, conditions=tuple(conditions))

    @property
    def in_rows(self) -> list[PlanMeasure]:
        """Measures in the order of the optimiser's rows.

        Within a slot by cost and effect before the name, so that sources are recognised as
        alike whatever their measures are called.
        """
        return sorted(
            self.measures, key=lambda m: (m.source, m.slot, m.cost_fen, m.removed_mg, m.name)
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """Label columns that any source has, in the order first seen."""
        return tuple(dict.fromkeys(c for source in self.sources for c in source.labels))


def amount_mg(inputs: PlanInputs, condition: PlanCondition) -> int:
    """A condition's amount in whole mg; a percentage is of its group's baseline."""
    p = _pollutant(inputs, condition)
    members = _members(inputs, condition)
    base = sum(s.base_mg[p] for s, m in zip(inputs.sources, members, strict=True) if m)
    return condition.amount.of(base)


def build(inputs: PlanInputs) -> AllocationProblem:
    """Build the optimiser's arrays: tonnes and yuan, rows sorted.

    Raises: InputError for a condition on a pollutant, column or value that no row has,
        and if the slots of a source together remove more than it emits.
    """
    # Sorted, so that the order of rows in a file cannot change a plan.
    sources = sorted(inputs.sources, key=lambda s: s.id)
    index = {source.id: n for n, source in enumerate(sources)}
    measures = inputs.in_rows
    ordered = replace(inputs, sources=tuple(sources))
    width = len(inputs.pollutants)
    kinds = tuple(sorted({m.name for m in measures}))
    kind = {name: n for n, name in enumerate(kinds)}
    base = np.array([s.base_mg for s in sources], dtype=np.int64).reshape(-1, width)
    removed = np.array([m.removed_mg for m in measures], dtype=np.int64).reshape(-1, width)
    source = np.array([index[m.source] for m in measures], dtype=np.int64)
    slot = _slot_numbers(measures)
    _check_slots(ordered, base, removed, source, slot)
    return AllocationProblem(
        sources=tuple(s.id for s in sources),
        pollutants=inputs.pollutants,
        base_t=base / MG_PER_T,
        source=source,
        slot=slot,
        kind=np.array([kind[m.name] for m in measures], dtype=np.int64),
        kinds=kinds,
        removed_t=removed / MG_PER_T,
        cost_yuan=np.array([m.cost_fen for m in measures], dtype=float) / FEN_PER_YUAN,
        # Conditions before receptors: tables find a limit by its place.
        limits=(
            *(_limit(ordered, condition) for condition in inputs.conditions),
            *(_receptor_limit(ordered, receptor) for receptor in inputs.receptors),
        ),
        divisible=inputs.divisible,
        groups={
            column: tuple(s.labels.get(column, "") for s in sources) for column in inputs.columns
        },
    )


def _slot_numbers(measures: Sequence[PlanMeasure]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """(M,) numbers of slots by name; only equality within a source matters."""
    names = {name: n for n, name in enumerate(sorted({m.slot for m in measures}))}
    return np.array([names[m.slot] for m in measures], dtype=np.int64)


def _check_slots(
    inputs: PlanInputs, base: IntArray, removed: IntArray, source: IntArray, slot: IntArray
) -> None:
    """Check that the slots of a source, together, remove no more than it emits.

    Slots are parts of a source. A milligram of rounding per slot is allowed.
    """
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
        where=inputs.sources[s].id,
        mend="slots are parts of a source: each may remove only its own part; put measures that "
        "act on the same emission into one slot",
        source=inputs.sources[s].id,
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
        members=None if all(members) else np.array(members, dtype=bool),
        kinds=_kinds(inputs, condition),
    )


def _receptor_limit(inputs: PlanInputs, receptor: PlanReceptor) -> Limit:
    """The limit on what the remaining emission adds at a receptor."""
    return Limit(
        name=receptor.name,
        pollutant=inputs.pollutants.index(receptor.pollutant),
        kind="emission_max",
        amount_t=receptor.limit - receptor.background,
        weight=np.array([receptor.per_t.get(source.id, 0.0) for source in inputs.sources]),
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
    known = sorted({measure.name for measure in inputs.measures})
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


def _members(inputs: PlanInputs, condition: PlanCondition) -> list[bool]:
    group = {column: v for column, v in condition.group.items() if column != MEASURE}
    for column in group:
        known = sorted({_label(source, column) for source in inputs.sources} - {""})
        _check_known(inputs, condition, column, known)
    return [all(_label(source, c) == v for c, v in group.items()) for source in inputs.sources]


def _label(source: PlanSource, column: str) -> str:
    """The label of a source in a column; the column `source` is its id."""
    return source.id if column == SOURCE else source.labels.get(column, "")


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
