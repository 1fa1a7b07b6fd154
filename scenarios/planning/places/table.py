"""Nested places: province, city, county, firm; every level adds up to the one above.

A place is identified by all levels above it: a county name in two cities is two counties,
and a firm with sources in two counties is listed once in each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, repeat
from typing import Any

import numpy as np

from optimize.problem import IntArray
from scenarios.definition.plan_inputs import FIRM, PlanInputs
from scenarios.planning.by_source import BySource, by_source, group_sums, numbered, with_firms
from scenarios.planning.solve import PlanResult
from scenarios.results.column import spec
from scenarios.results.result import LazyTables, filled
from scenarios.text import t

LEVELS = ("province", "city", "county", FIRM)
TITLES = {"city": "City", "county": "County"}
ALL = "all"
MOST_NAMED = 5  # of a notice, so that it stays on a line or two


BY_PLACE = spec(
    "plan_by_place",
    "plan",
    "Quotas by province, city, county and firm",
    ("level", "text", "Level"),
    ("province", "text", "Province"),
    ("city", "text", "City"),
    ("county", "text", "County"),
    ("firm", "text", "Firm"),
    ("pollutant", "text", "Pollutant"),
    ("sources", "count", "Sources"),
    ("baseline_t", "mass", "Baseline, t"),
    ("reduction_t", "mass", "Reduction, t"),
    ("reduction_share", "share", "Share of the baseline cut"),
    ("quota_t", "mass", "Quota, t"),
    ("annual_cost_yuan", "money", "Annual cost, yuan"),
    ("equal_reduction_t", "mass", "Reduction under equal percentage, t"),
    ("equal_cost_yuan", "money", "Cost under equal percentage, yuan"),
)
SPECS = (BY_PLACE,)


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    """Places of one level in the order of the tree."""

    name: str
    group: IntArray  # (S,) the place of each source
    names: Sequence[Sequence[str | None]]  # by level from the top, `None` below this one
    first: IntArray  # where among the places of the lowest level its own begin


def place_tables(plan: PlanResult) -> LazyTables:
    """Table `plan_by_place`, if there is a plan and its sources name at least two levels."""
    columns = _columns(plan)
    if plan.allocation.status == "infeasible" or len(columns) < 2:
        return LazyTables({})
    return LazyTables({"plan_by_place": lambda: filled(BY_PLACE, place_rows(plan))})


def place_rows(plan: PlanResult) -> list[tuple[Any, ...]]:
    """One row per place and pollutant, each place before those within it.

    With several pollutants each row has the whole cost of its sources.
    """
    own = by_source(plan)
    rows: list[tuple[Any, ...]] = []
    order: list[IntArray] = []
    for depth, level in enumerate(_tree(_columns(plan), len(plan.problem.sources))):
        for p, pollutant in enumerate(plan.inputs.pollutants):
            rows += _rows_of(level, own, p, pollutant)
            place = np.full(len(level.first), depth), np.full(len(level.first), p)
            order.append(np.stack([level.first, *place]))
    # By first place of the lowest level, then depth: a place comes before those within it.
    first, depths, pollutants = np.concatenate(order, axis=1)
    return [rows[n] for n in np.lexsort((pollutants, depths, first)).tolist()]


def place_notices(plan: PlanResult) -> list[str]:
    """Notices of names that occur in several higher-level places: a typing error, perhaps.

    They are counted separately. A firm may well have sources in several places.
    """
    columns = {name: of for name, of in _columns(plan).items() if name != FIRM}
    found = []
    for above, level in pairwise(columns):
        within: dict[str, set[str]] = {}
        for name, parent in set(zip(columns[level], columns[above], strict=True)):
            within.setdefault(name, set()).add(parent)
        twice = sorted(name for name, parents in within.items() if name and len(parents) > 1)
        if not twice:
            continue
        named = [f"{name} ({', '.join(sorted(within[name]))})" for name in twice[:MOST_NAMED]]
        said = t(
            "{level}: 1 name is in several higher-level places and is counted separately in each: "
            "{named}"
            if len(twice) == 1
            else "{level}: {count} names are in several higher-level places and are counted "
            "separately in each: {named}",
            level=t(TITLES[level]),
            count=len(twice),
            named="; ".join(named),
        )
        found.append(said + (" …" if len(twice) > MOST_NAMED else ""))
    return found


def firms_as_labels(inputs: PlanInputs) -> PlanInputs:
    """The inputs with each source's firm as a label, if a condition names firms."""
    named = (c for one in inputs.conditions for c in (*one.group, *(b.column for b in one.bounds)))
    if FIRM not in named:
        return inputs
    labels = {**inputs.sources.labels, FIRM: inputs.sources.firm}
    return replace(inputs, sources=replace(inputs.sources, labels=labels))


def _columns(plan: PlanResult) -> dict[str, Sequence[str]]:
    """The label columns that are places, from the top; firms too, unless each is one source."""
    groups = plan.problem.groups
    found = {level: groups[level] for level in LEVELS[:-1] if level in groups}
    owners = with_firms(plan.inputs, plan.problem).groups[FIRM]
    if list(owners) != list(plan.problem.sources):
        found[FIRM] = owners
    return found


def _tree(columns: dict[str, Sequence[str]], count: int) -> list[_Level]:
    """The total, then each level within the one above."""
    group = np.zeros(count, dtype=np.int64)
    levels: list[tuple[str, IntArray]] = [(ALL, group)]
    for name, labels in columns.items():
        names, number = numbered(labels)
        # The parent's number first: places of one parent stay together, ordered by name.
        group = np.unique(group * len(names) + number, return_inverse=True)[1]
        levels.append((name, group))
    lowest = levels[-1][1]
    return [_level(name, group, lowest, columns, depth)
            for depth, (name, group) in enumerate(levels)]  # fmt: skip


def _level(
    name: str, group: IntArray, lowest: IntArray, columns: dict[str, Sequence[str]], depth: int
) -> _Level:
    order = np.argsort(lowest, kind="stable")
    first = order[np.unique(group[order], return_index=True)[1]]
    above, members = list(columns)[:depth], first.tolist()
    names = [
        [columns[column][s] for s in members] if column in above else [None] * len(members)
        for column in LEVELS
    ]
    return _Level(name, group, names, lowest[first])


def _rows_of(level: _Level, own: BySource, p: int, pollutant: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a level's places for one pollutant."""
    count = len(level.first)
    base, cut, quota, equal = (
        group_sums(of[:, p], level.group, count)
        for of in (own.base_mg, own.reduction_mg, own.quota_mg, own.equal_mg)
    )
    cost, equal_cost = (group_sums(of, level.group, count) for of in (own.cost_fen, own.equal_fen))
    share = [part / whole if whole else None for part, whole in zip(cut, base, strict=True)]
    sources = np.bincount(level.group, minlength=count).tolist()
    return zip(
        repeat(level.name, count), *level.names, repeat(pollutant, count), sources, base, cut,
        share, quota, cost, equal, equal_cost, strict=True,
    )  # fmt: skip
