"""The MAC curve as a table: steps of one sub-sector and measure joined into bands."""

from __future__ import annotations

from typing import Any

import numpy as np

from optimize.curves import StepCurve, step_curve
from optimize.problem import FloatArray, IntArray
from permits.quantity import t_to_mg, yuan_to_fen
from scenarios.planning.by_source import numbered
from scenarios.planning.solve import PlanResult

STEPS_A_BAND = 12
"""Most bands per sub-sector and measure: enough to show their range, few enough to read."""
NAMED = 3
"""Number of sources named per band: the cheapest ones."""


def curve_rows(plan: PlanResult) -> list[tuple[Any, ...]]:
    """The MAC curve of each pollutant, steps of one sub-sector and measure joined.

    Steps are in order of unit cost; those of the same sub-sector and measure form bands of
    about equal mass. With several pollutants the whole cost of a measure is attributed to
    each.
    """
    problem = plan.problem
    column = next((c for c in ("subsector", "sector") if c in problem.groups), None)
    if column is None:  # the sources are sorted already
        names, number = list(problem.sources), np.arange(len(problem.sources))
    else:
        names, number = numbered(problem.groups[column])
    rows: list[tuple[Any, ...]] = []
    for p in range(len(problem.pollutants)):
        curve = step_curve(problem, p)
        if len(curve.after):
            rows += _curve_of(plan, p, curve, names, number)
    return rows


def _curve_of(
    plan: PlanResult, p: int, curve: StepCurve, names: list[str], number: IntArray
) -> list[tuple[Any, ...]]:
    problem = plan.problem
    label, kind = number[problem.source[curve.after]], problem.kind[curve.after]
    part = label * len(problem.kinds) + kind
    # By part, then unit cost, then row: bands need the steps of a part together and ascending.
    order = np.lexsort((curve.after, curve.unit_yuan_per_t, part))
    unit, mass = curve.unit_yuan_per_t[order], curve.removes_t[order]
    source = problem.source[curve.after][order]
    begins = _bands(part[order], unit, mass)
    masses = np.add.reduceat(mass, begins)
    units = np.add.reduceat(unit * mass, begins) / masses
    planned = np.add.reduceat(_planned_t(plan, p, curve)[order], begins)
    counts = _distinct(source, begins)
    rows = sorted(
        (units[n], names[label[k]], problem.kinds[kind[k]], n)
        for n, k in enumerate(order[begins].tolist())
    )
    found: list[tuple[Any, ...]] = []
    total = 0
    for _, name, measure, n in rows:
        step = t_to_mg(masses[n])
        total += step
        found.append(
            (problem.pollutants[p], name, measure, counts[n], _first(plan, source, begins[n:]),
             yuan_to_fen(units[n]), step, total, t_to_mg(planned[n]))
        )  # fmt: skip
    return found


def _bands(part: IntArray, unit: FloatArray, mass: FloatArray) -> IntArray:
    """Where bands begin; steps of equal cost stay together.

    Args:
        part: the sub-sector and measure of each step, sorted, the steps of each by cost.
        unit: unit cost of each step [yuan/t].
        mass: reduction by each step [t].
    """
    starts = np.flatnonzero(np.diff(part, prepend=-1))
    ends = [*starts[1:].tolist(), len(part)]
    # A new band may begin only where a step costs more than the one before it.
    dearer = np.flatnonzero(np.diff(unit) > 0) + 1
    found: list[int] = []
    for start, end in zip(starts.tolist(), ends, strict=True):
        upto = np.cumsum(mass[start:end])
        at = start
        while at < end:
            found.append(at)
            before = upto[at - start - 1] if at > start else 0.0
            full = start + int(np.searchsorted(upto, before + upto[-1] / STEPS_A_BAND)) + 1
            next_dearer = int(np.searchsorted(dearer, full))
            at = min(int(dearer[next_dearer]), end) if next_dearer < len(dearer) else end
    return np.array(found, dtype=np.int64)


def _distinct(source: IntArray, begins: IntArray) -> list[int]:
    """Number of distinct sources in each band; a source may be in it with several slots."""
    band = np.searchsorted(begins, np.arange(len(source)), side="right") - 1
    pairs = np.unique(band * (int(source.max()) + 1) + source) // (int(source.max()) + 1)
    found: list[int] = np.bincount(pairs, minlength=len(begins)).tolist()
    return found


def _first(plan: PlanResult, source: IntArray, begins: IntArray) -> str:
    """The names of the cheapest sources of the first band, as a text."""
    end = int(begins[1]) if len(begins) > 1 else len(source)
    found: dict[int, None] = {}
    for s in source[int(begins[0]) : end].tolist():
        found[s] = None
        if len(found) == NAMED:
            break
    return ", ".join(plan.problem.sources[s] for s in found)


def _planned_t(plan: PlanResult, p: int, curve: StepCurve) -> FloatArray:
    """(K,) reduction that the plan takes from each step of the curve [t]."""
    problem = plan.problem
    removed, choice = problem.removed_t[:, p], problem.choice
    cut = np.bincount(choice, plan.allocation.share * removed)
    start = np.where(curve.before >= 0, removed[curve.before], 0.0)
    taken: FloatArray = np.clip(cut[choice[curve.after]] - start, 0.0, curve.removes_t)
    return taken
