"""`--receptors`: limits on what arrives at receptors, through a transfer matrix.

A row states what a tonne of some sources adds at a receptor: to a station's concentration,
or to the load at the end of a river zone. A source in none of a receptor's rows adds
nothing. Each receptor has its own limit, and so its own shadow price [Montgomery1972].
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from optimize.infeasible import most_of_limit_t
from optimize.problem import BoolArray, IntArray
from permits.errors import InputError, RightsError
from permits.quantity import MG_PER_T, fmt_t
from scenarios.definition.plan_inputs import PlanInputs, PlanReceptor, exact_sum
from scenarios.intake.cells import TableInput
from scenarios.intake.columns import Row
from scenarios.intake.fields import (
    BACKGROUND,
    COEFFICIENT,
    LIMIT,
    POLLUTANT,
    RECEPTOR,
    SOURCE,
    UNIT,
)
from scenarios.intake.meaning.pollutant_names import PollutantNames
from scenarios.intake.suggest import nearest
from scenarios.intake.tables import raise_all, read_table
from scenarios.planning.infeasible.solve import nearest as nearest_plan
from scenarios.planning.search import Search
from scenarios.planning.solve import PlanResult
from scenarios.text import t

FIELDS = (
    RECEPTOR,
    POLLUTANT.but(required=False),
    SOURCE.but(required=False),
    COEFFICIENT,
    LIMIT.but(blank=True),
    BACKGROUND.but(required=False, blank=True),
    UNIT.but(required=False),
)
STATED = ("limit", "background", "unit")  # of the receptor: one value on all its rows
NOWHERE = -2  # a code that no source has, not even for an empty cell
Key = tuple[str, str]  # receptor, pollutant


@dataclass(slots=True)
class _Gathered:
    """The rows read so far, by receptor and pollutant."""

    per_t: dict[Key, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))
    by_row: dict[Key, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    stated: dict[Key, dict[str, tuple[Any, str]]] = field(default_factory=lambda: defaultdict(dict))
    mistakes: list[RightsError] = field(default_factory=list)


def read_receptors(
    path: TableInput, inputs: PlanInputs
) -> tuple[tuple[PlanReceptor, ...], list[str]]:
    """Read the receptors of a table, for the sources of a plan; with notices.

    A column other than those of `FIELDS` is one of the sources' (city, zone …) and selects
    the sources of a row; an empty cell selects nothing.

    Raises: ManyErrors for unknown sources, columns and pollutants, a source counted twice,
        and limits of one receptor that disagree or are missing.
    """
    read = read_table(path, FIELDS, pollutants=PollutantNames(known=inputs.pollutants), keep=True)
    found, members = _Gathered(), _Members(inputs)
    for row in read.rows:
        _take(found, row, inputs, members)
    for key, per_t in found.per_t.items():
        if "limit" not in found.stated[key]:
            found.mistakes.append(_no_limit(key, found.by_row[key][next(iter(per_t))]))
    # All errors of the table together, and only then the receptors.
    raise_all(found.mistakes)
    receptors = tuple(_receptor(key, found) for key in sorted(found.per_t))
    return receptors, [*read.notices, *_left_out(inputs, receptors)]


class _Members:
    """Finds the sources of a group; each group is looked up once."""

    def __init__(self, inputs: PlanInputs) -> None:
        self.sources = inputs.sources
        self.place = {source: n for n, source in enumerate(inputs.sources.ids)}
        self.found: dict[tuple[tuple[str, str], ...], list[str]] = {}

    def of(self, source: str | None, group: Mapping[str, str]) -> list[str]:
        """The ids of the sources that a row selects."""
        if source is not None:
            own = self.place.get(source)
            same = own is not None and all(self._has(c, v)[own] for c, v in group.items())
            return [source] if same else []
        key = tuple(sorted(group.items()))
        if key not in self.found:
            inside = np.ones(len(self.sources), dtype=bool)
            for column, value in key:
                inside &= self._has(column, value)
            self.found[key] = [self.sources.ids[s] for s in np.flatnonzero(inside).tolist()]
        return self.found[key]

    def _has(self, column: str, value: str) -> BoolArray:
        """(S,) which sources have a label."""
        of = self.sources.labels[column]
        found: BoolArray = of.code == (of.names.index(value) if value in of.names else NOWHERE)
        return found


def _take(found: _Gathered, row: Row, inputs: PlanInputs, members: _Members) -> None:
    values = row.values
    pollutant = values["pollutant"] or (inputs.pollutants[0] if len(inputs.pollutants) == 1 else "")
    group = {column: value for column, value in row.extra.items() if value}
    wrong = _mistake(row, pollutant, group, inputs, members)
    if wrong is not None:
        found.mistakes.append(wrong)
        return
    key = (values["receptor"], pollutant)
    for name in STATED:
        if values[name] is None:
            continue
        known, place = found.stated[key].setdefault(name, (values[name], row.where))
        if known != values[name]:
            found.mistakes.append(_two_values(row, name, known, place))
    for source in members.of(values["source"], group):
        if source in found.by_row[key]:
            found.mistakes.append(_twice(row, source, found.by_row[key][source]))
            return
        found.by_row[key][source] = row.where
        found.per_t[key][source] = values["coefficient"]


def _mistake(
    row: Row, pollutant: str, group: Mapping[str, str], inputs: PlanInputs, members: _Members
) -> InputError | None:
    """The error of a row by itself; None where it has none."""
    if pollutant not in inputs.pollutants:
        return _unknown(row, "pollutant", pollutant, inputs.pollutants)
    if row.values["coefficient"] < 0:
        return InputError(
            "receptors.below_zero",
            "a coefficient of {said:g} is below zero",
            where=row.where,
            mend="write what a tonne emitted adds at the receptor: zero or more",
            said=row.values["coefficient"],
        )
    for column in group:
        if column not in inputs.columns:
            return InputError(
                "receptors.column",
                "the sources have no column {column!r}",
                where=row.where,
                mend="they have: {known}",
                column=column,
                known=", ".join(("source", *inputs.columns)),
            )
    if members.of(row.values["source"], group):
        return None
    source = row.values["source"]
    if source is not None and source not in members.place:
        return _unknown(row, "source", source, inputs.sources.ids)
    for column, value in group.items():
        known = inputs.sources.labels[column].names
        if value not in known:
            return _unknown(row, column, value, known)
    return InputError(
        "receptors.nobody",
        "no source matches everything that this row names",
        where=row.where,
        mend="leave the row out, or name fewer columns",
    )


def _unknown(row: Row, column: str, value: str, known: Sequence[str]) -> InputError:
    near = nearest(value, list(known))
    return InputError(
        "condition.group",
        "no row has {column} {value!r}",
        where=row.where,
        mend="did you mean {near!r}? there are: {known}" if near else "there are: {known}",
        column=column,
        value=value,
        near=near,
        known=", ".join(known[:20]),
    )


def _two_values(row: Row, name: str, known: Any, place: str) -> InputError:
    return InputError(
        "receptors.disagree",
        "{receptor} has {here} as {name} here and {there} in {place}",
        where=row.where,
        mend="write it once, or the same on every row of the receptor",
        receptor=row.values["receptor"],
        name=name,
        here=row.values[name],
        there=known,
        place=place,
    )


def _twice(row: Row, source: str, place: str) -> InputError:
    return InputError(
        "receptors.twice",
        "{receptor} counts {source} twice: also in {place}",
        where=row.where,
        mend="give each source one row per receptor",
        receptor=row.values["receptor"],
        source=source,
        place=place,
    )


def _no_limit(key: Key, place: str) -> InputError:
    return InputError(
        "receptors.limit",
        "{receptor} has no limit for {pollutant}",
        where=place,
        mend="fill in the column limit on one of its rows",
        receptor=key[0],
        pollutant=key[1],
    )


def _receptor(key: Key, found: _Gathered) -> PlanReceptor:
    stated = {name: value for name, (value, _) in found.stated[key].items()}
    receptor, pollutant = key
    unit = str(stated.get("unit", ""))
    return PlanReceptor(
        name=f"{receptor}:{pollutant}<={stated['limit']:.9g} {unit}".strip(),
        receptor=receptor,
        pollutant=pollutant,
        limit=stated["limit"],
        background=stated.get("background", 0.0),
        unit=unit,
        per_t=found.per_t[key],
    )


def _left_out(inputs: PlanInputs, receptors: Sequence[PlanReceptor]) -> list[str]:
    """Notices of sources in no receptor's rows, with their tonnes."""
    notices = []
    for p, pollutant in enumerate(inputs.pollutants):
        own = [receptor.per_t for receptor in receptors if receptor.pollutant == pollutant]
        seen = {source for per_t in own for source in per_t}
        base = inputs.sources.base_mg[:, p]
        lost = np.array([source not in seen for source in inputs.sources.ids], dtype=bool)
        rest = base[lost & (base != 0)]
        if own and len(rest):
            notices.append(
                t(
                    "1 source with {mass} t of {pollutant} is in no row of a receptor: it adds "
                    "nothing there"
                    if len(rest) == 1
                    else "{count} sources with {mass} t of {pollutant} are in no row of a "
                    "receptor: they add nothing there",
                    count=len(rest),
                    mass=fmt_t(exact_sum(rest)),
                    pollutant=pollutant,
                )
            )
    return notices


@dataclass(frozen=True, slots=True)
class ReceptorLevel:
    """What arrives at a receptor, and the shadow price of its limit.

    `least` is the lowest level achievable at it by itself. Where the conditions cannot hold
    together, `reached` is that of the nearest plan. The fields are the columns of the table.
    """

    condition: str
    receptor: str
    pollutant: str
    unit: str
    limit: float
    background: float
    before: float
    least: float
    reached: float | None
    price_low_yuan_per_unit: float | None
    price_high_yuan_per_unit: float | None


def solve(plan: PlanResult, _asked: object, _search: Search) -> tuple[ReceptorLevel, ...] | None:
    """What arrives at each receptor.

    Args:
        plan: the plan; its receptors stand in its inputs.
        _asked: not used: the table was read with the inputs.
        _search: not used: nothing is searched for.
    """
    first = len(plan.inputs.conditions)
    receptors = enumerate(plan.inputs.receptors, first)
    return tuple(_level(plan, receptor, n) for n, receptor in receptors) or None


def _level(plan: PlanResult, receptor: PlanReceptor, n: int) -> ReceptorLevel:
    before = _arrives(plan, receptor, n, plan.allocation.base_mg)
    reached: float | None = _arrives(plan, receptor, n, plan.allocation.quota_mg)
    if plan.allocation.status == "infeasible":
        near = nearest_plan(plan)
        reached = None if near is None else _arrives(plan, receptor, n, near.plan.quota_mg)
    low, high = plan.allocation.shadow.get(receptor.name, (None, None))
    return ReceptorLevel(
        condition=receptor.name,
        receptor=receptor.receptor,
        pollutant=receptor.pollutant,
        unit=receptor.unit,
        limit=receptor.limit,
        background=receptor.background,
        before=before,
        least=before - most_of_limit_t(plan.problem, receptor.name),
        reached=reached,
        price_low_yuan_per_unit=_finite(low),
        price_high_yuan_per_unit=_finite(high),
    )


def _arrives(plan: PlanResult, receptor: PlanReceptor, n: int, mass_mg: IntArray) -> float:
    """The level at a receptor: its background plus what the sources add."""
    limit = plan.problem.limits[n]
    counts = plan.problem.counts(limit)
    return receptor.background + float(counts @ mass_mg[:, limit.pollutant]) / MG_PER_T


def _finite(price: float | None) -> float | None:
    return None if price is None or not np.isfinite(price) else float(price)
