"""Dominated measures: another one of the same source, or a mixture, is better."""

from __future__ import annotations

from typing import Any

import numpy as np

from optimize.dominated import Dominated, find_dominated
from optimize.problem import AllocationProblem
from permits.quantity import yuan_to_fen
from scenarios.planning.solve import PlanResult
from scenarios.results.result import Table, table

MOST_ROWS = 100_000
"""Above this many rows only the counts by measure are written: the table is then unreadable."""


def dominated_answer(plan: PlanResult) -> tuple[dict[str, Table], dict[str, Any]]:
    """Tables `dominated_kinds` and, up to `MOST_ROWS` rows, `dominated`; and the counts."""
    problem = plan.problem
    found = find_dominated(problem)
    offered = np.bincount(problem.kind, minlength=len(problem.kinds)).tolist()
    beaten = np.bincount(problem.kind[found.measure], minlength=len(problem.kinds)).tolist()
    kinds = [
        (name, count, of, count / of)
        for name, count, of in zip(problem.kinds, beaten, offered, strict=True)
        if count
    ]
    listed = len(found.measure) <= MOST_ROWS
    told = {
        "dominated": {
            "measures": len(found.measure),
            "of": len(problem.kind),
            "listed": listed,
            "by_measure": {name: {"dominated": n, "offered": of} for name, n, of, _ in kinds},
        }
    }
    if not kinds:
        return {}, told
    kinds.sort(key=lambda row: (-row[1], row[0]))
    tables = {"dominated_kinds": table("dominated_kinds", kinds)}
    if listed:
        tables["dominated"] = table("dominated", _rows(problem, found))
    return tables, told


def _rows(problem: AllocationProblem, found: Dominated) -> list[tuple[Any, ...]]:
    """One row per dominated measure, sorted by source and measure."""
    arrays = (found.measure, found.by, found.share, found.mixed, found.cheaper_yuan)
    rows = [
        (
            problem.sources[int(problem.source[m])],
            problem.measure(m),
            int(problem.slot[m]) + 1,
            yuan_to_fen(float(problem.cost_yuan[m])),
            problem.measure(by),
            share,
            problem.measure(mixed) if mixed >= 0 else None,
            yuan_to_fen(cheaper),
        )
        for m, by, share, mixed, cheaper in zip(*(a.tolist() for a in arrays), strict=True)
    ]
    return sorted(rows, key=lambda row: row[:3])
