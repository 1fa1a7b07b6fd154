"""Marginal abatement cost (MAC) curves of firms: steps on the hull of each source's measures.

A cost minimiser climbs the lower convex hull of a source's measures, cheapest step first.
A step is the removal and cost of the next measure beyond the one before it in the same
slot. Costs here are the firms' true ones; the planner uses estimates.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from optimize.hulls import lower_hull
from scenarios.definition.measures import MeasureRow
from scenarios.definition.register import Register
from scenarios.simulation.production import FloatArray, IntArray

WHOLE_PPM = 1_000_000  # a step built whole; parts are whole ppm, so that they add up exactly


@dataclass(frozen=True, slots=True)
class StepTable:
    """Steps of all firms, firm by firm, cheapest first.

    `share` is the share of its firm's emission that a step removes, per pollutant;
    `cost_fen` is a full year's cost; `first[f] : first[f + 1]` are the steps of firm f.
    """

    firm: IntArray  # (K,)
    source: tuple[str, ...]  # (K,)
    measure: tuple[str, ...]  # (K,) the measure reached
    share: FloatArray  # (K, P)
    removed_mg: IntArray  # (K, P) of the baseline, a year
    cost_fen: IntArray  # (K,)
    first: IntArray  # (F + 1,)


class PlainStep(NamedTuple):
    """One step in plain Python numbers, for the views of single firms.

    `removed_mg` is `None` where it removes one pollutant only; `name` is source/measure.
    """

    share: tuple[float, ...]
    cost_fen: float
    removed_mg: tuple[int, ...] | None
    name: str


def as_plain_steps(steps: StepTable) -> tuple[PlainStep, ...]:
    """Every step of a table as a `PlainStep`."""
    rows = zip(
        steps.share.tolist(), steps.cost_fen.tolist(), steps.removed_mg.tolist(),
        steps.source, steps.measure, strict=True,
    )  # fmt: skip
    return tuple(
        PlainStep(
            tuple(share),
            float(cost),
            tuple(removed) if sum(m > 0 for m in removed) > 1 else None,
            f"{source}/{measure}",
        )
        for share, cost, removed, source, measure in rows
    )


def firm_steps(
    register: Register, measures: Sequence[MeasureRow], weights: Sequence[float]
) -> StepTable:
    """Build the MAC steps of every firm.

    Args:
        register: firms and sources.
        measures: measures of all sources, in any order.
        weights: worth of a tonne of each pollutant against the others, for the order
            of measures that remove several.
    """
    index = {firm.id: n for n, firm in enumerate(register.firms)}
    owner = {source.id: index[source.firm] for source in register.sources}
    slots: dict[tuple[str, str], list[MeasureRow]] = defaultdict(list)
    for row in measures:
        slots[row.source, row.slot].append(row)
    rows = [
        (owner[source], *step)
        for (source, _), members in sorted(slots.items())
        for step in _slot_steps(source, members, weights)
    ]
    # By firm, then unit cost: `first` cuts the table by firm, and firms build in this order.
    # Names break ties, so that the order of the files never matters.
    rows.sort(key=lambda r: (r[0], r[1], r[2], r[3]))
    firms = np.array([row[0] for row in rows], dtype=np.int64)
    removed = np.array([row[4] for row in rows], dtype=np.int64).reshape(len(rows), len(weights))
    bases = np.array([register.firms[f].base_mg for f in firms], dtype=np.float64)
    share = np.divide(
        removed, bases.reshape(removed.shape), where=bases.reshape(removed.shape) > 0,
        out=np.zeros(removed.shape),
    )  # fmt: skip
    return StepTable(
        firm=firms,
        source=tuple(row[2] for row in rows),
        measure=tuple(row[3] for row in rows),
        share=share,
        removed_mg=removed,
        cost_fen=np.array([row[5] for row in rows], dtype=np.int64),
        first=np.searchsorted(firms, np.arange(len(register.firms) + 1)),
    )


def _slot_steps(
    source: str, members: Sequence[MeasureRow], weights: Sequence[float]
) -> list[tuple[float, str, str, tuple[int, ...], int]]:
    """(unit cost, source, measure, removed, cost) of each hull step of one slot."""
    worth = [sum(w * m for w, m in zip(weights, row.removed_mg, strict=True)) for row in members]
    costs = [row.true_cost_fen for row in members]
    steps = []
    at_worth, at_cost, at_mg = 0.0, 0, tuple(0 for _ in weights)
    for n in lower_hull(worth, costs):
        row = members[n]
        unit = (row.true_cost_fen - at_cost) / (worth[n] - at_worth)
        gained = tuple(a - b for a, b in zip(row.removed_mg, at_mg, strict=True))
        steps.append((unit, source, row.name, gained, row.true_cost_fen - at_cost))
        at_worth, at_cost, at_mg = worth[n], row.true_cost_fen, row.removed_mg
    return steps
