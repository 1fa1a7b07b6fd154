"""The plan, with equal percentage beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from optimize import (
    Allocation,
    AllocationProblem,
    EqualPercentage,
    equal_percentage,
    solve_allocation,
)
from permits.quantity import t_to_mg
from scenarios.given import Amount
from scenarios.plan.inputs import PlanCondition, PlanInputs, build


@dataclass(frozen=True, slots=True, eq=False)
class PlanResult:
    """Inputs, the optimiser's problem and answer, and the plan by equal percentage."""

    inputs: PlanInputs
    problem: AllocationProblem
    allocation: Allocation
    equal: EqualPercentage

    def firm_quota_mg(self) -> dict[str, list[int]]:
        """Quota of each firm per pollutant [mg]: the sum of its sources'."""
        owner = {source.id: source.firm for source in self.inputs.sources}
        totals: dict[str, list[int]] = {}
        for name, quota in zip(self.problem.sources, self.allocation.quota_mg, strict=True):
            row = totals.setdefault(owner[name], [0] * len(quota))
            for p, mass in enumerate(quota.tolist()):
                row[p] += mass
        return totals

    def reduction_mg(self) -> list[int]:
        """Total reduction per pollutant, in whole mg after rounding."""
        return [int(total) for total in self.allocation.reduction_mg.sum(axis=0)]


def solve_plan(
    inputs: PlanInputs,
    *,
    gap: float = 1e-4,
    seed: int = 0,
    unit_mg: int = 1,
    progress: Callable[[str], None] | None = None,
    seconds: float | None = None,
    stopped: Callable[[], bool] | None = None,
) -> PlanResult:
    """Meet the conditions at least cost. Raises InputError for a condition on nothing."""
    problem = build(inputs)
    allocation = solve_allocation(
        problem, gap=gap, seed=seed, unit_mg=unit_mg, progress=progress, seconds=seconds,
        stopped=stopped,
    )  # fmt: skip
    return PlanResult(inputs, problem, allocation, equal_percentage(problem))


def frontier(inputs: PlanInputs, points: int, pollutant: str, **options: float) -> list[PlanResult]:
    """The same problem for `points` targets, from nothing to everything.

    Side conditions stay; targets on other pollutants too.
    """
    problem = build(replace(inputs, conditions=()))
    p = inputs.pollutants.index(pollutant)
    most = solve_allocation(problem).max_reduction_t[p]
    others = tuple(
        c for c in inputs.conditions if not (c.kind == "target" and c.pollutant == pollutant)
    )
    found = []
    for n in range(points):
        share = n / (points - 1) if points > 1 else 1.0
        amount = Amount(mass_mg=t_to_mg(float(most) * share))
        target = PlanCondition(f"{pollutant}={amount}", "target", pollutant, amount)
        found.append(solve_plan(inputs.with_conditions([target, *others]), **options))  # type: ignore[arg-type]
    return found
