"""Inputs of a plan whose problem a test states itself."""

from __future__ import annotations

from collections.abc import Sequence

from optimize import AllocationProblem
from optimize.rounding import masses_mg
from permits.quantity import yuan_to_fen
from scenarios.definition.plan_inputs import PlanInputs, PlanMeasures, PlanSources


def inputs_of(problem: AllocationProblem, firms: Sequence[str] = ()) -> PlanInputs:
    """The inputs that give this problem, without its limits.

    Args:
        problem: sources and measures.
        firms: the firm of each source (none: each is its own).
    """
    base, removed = masses_mg(problem.base_t), masses_mg(problem.removed_t)
    sources = PlanSources.of(
        [
            (name, firm, base[s].tolist(), {c: of[s] for c, of in problem.groups.items()})
            for s, (name, firm) in enumerate(
                zip(problem.sources, firms or problem.sources, strict=True)
            )
        ],
        len(problem.pollutants),
    )
    measures = PlanMeasures.of(
        [
            (problem.sources[problem.source[m]], str(problem.slot[m]), problem.measure(m),
             removed[m].tolist(), yuan_to_fen(float(problem.cost_yuan[m])), False)
            for m in range(len(problem.kind))
        ],
        sources,
    )  # fmt: skip
    return PlanInputs(problem.pollutants, sources, measures)
