"""Dominated measures as tables and JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from optimize.dominated import Dominated
from optimize.problem import AllocationProblem
from permits.quantity import yuan_to_fen
from scenarios.planning.dominated.solve import DominatedAnswer
from scenarios.results.column import spec
from scenarios.results.result import LazyTables, filled

MOST_ROWS = 100_000
"""Above this many rows only the counts by measure are written: the table is then unreadable."""

KINDS = spec(
    "dominated_kinds",
    "plan",
    "Dominated measures",
    ("measure", "text", "Measure"),
    ("dominated", "count", "Sources where dominated"),
    ("offered", "count", "Sources where offered"),
    ("of_offered", "share", "Share dominated"),
)
DOMINATED = spec(
    "dominated",
    "plan",
    "Better alternative to each dominated measure",
    ("source", "text", "Source"),
    ("measure", "text", "Measure"),
    ("slot", "count", "Slot number"),
    ("annual_cost_yuan", "money", "Annual cost, yuan"),
    ("by", "text", "Dominated by"),
    ("share", "share", "Share of that measure"),
    ("mixed_with", "text", "Remainder covered by"),
    ("cheaper_yuan", "money", "Cheaper by, yuan"),
)
SPECS = (KINDS, DOMINATED)


def tables(answer: DominatedAnswer) -> LazyTables:
    """`dominated_kinds` and, up to `MOST_ROWS` rows, `dominated`; none if none is dominated."""
    kinds = sorted(_kinds(answer), key=lambda row: (-row[1], row[0]))
    if not kinds:
        return LazyTables({})
    found = LazyTables({"dominated_kinds": filled(KINDS, [*kinds])})
    if not _is_listed(answer):
        return found
    return found | {"dominated": lambda: filled(DOMINATED, _rows(answer.problem, answer.found))}


def as_json(answer: DominatedAnswer) -> dict[str, Any]:
    """The counts, in all and by measure."""
    return {
        "dominated": {
            "measures": len(answer.found.measure),
            "of": len(answer.problem.kind),
            "listed": _is_listed(answer),
            "by_measure": {
                name: {"dominated": n, "offered": of} for name, n, of, _ in _kinds(answer)
            },
        }
    }


def _is_listed(answer: DominatedAnswer) -> bool:
    return len(answer.found.measure) <= MOST_ROWS


def _kinds(answer: DominatedAnswer) -> list[tuple[str, int, int, float]]:
    """Measure, number of sources where it is dominated and where it is offered, and the share."""
    problem, count = answer.problem, len(answer.problem.kinds)
    offered = np.bincount(problem.kind, minlength=count).tolist()
    beaten = np.bincount(problem.kind[answer.found.measure], minlength=count).tolist()
    return [
        (name, n, of, n / of)
        for name, n, of in zip(problem.kinds, beaten, offered, strict=True)
        if n
    ]


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
