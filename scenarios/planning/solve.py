"""The least-cost plan, with the equal-percentage benchmark."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from optimize import (
    Allocation,
    AllocationProblem,
    EqualPercentage,
    Limit,
    equal_percentage,
    in_units,
    solve_allocation,
    with_shares,
)
from scenarios.definition.plan_inputs import PlanInputs, build, labels_of

IN_TURN = 100_000  # measures up to which a thread for the comparison saves less than a blink


@dataclass(frozen=True, slots=True, eq=False)
class PlanResult:
    """Inputs, the optimiser's problem and plan, and the equal-percentage benchmark."""

    inputs: PlanInputs
    problem: AllocationProblem
    allocation: Allocation
    equal: EqualPercentage

    def firm_quota_mg(self) -> dict[str, list[int]]:
        """Quota of each firm per pollutant [mg]: the sum of its sources'."""
        totals: dict[str, list[int]] = {}
        firms = labels_of(self.inputs.sources.firm)
        for firm, quota in zip(firms, self.allocation.quota_mg, strict=True):
            row = totals.setdefault(firm, [0] * len(quota))
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
    problem: AllocationProblem | None = None,
) -> PlanResult:
    """Meet the conditions at least cost.

    Args:
        inputs: sources, measures and conditions.
        gap: relative optimality gap.
        seed: of the tie-breaking lottery.
        unit_mg: unit of the totals of a letter [mg].
        progress: called with a short text at each stage.
        seconds: time limit (None: until the gap is reached).
        stopped: polled during the search; once it is true the best plan so far is returned.
        problem: the problem of these inputs, with further limits after theirs (None: built
            from `inputs`).
    Raises: InputError for a condition that selects no row.
    """
    problem = build(inputs) if problem is None else problem
    with ThreadPoolExecutor(1) as second:
        # Neither needs the other, and their long steps are numpy's, which let two threads run.
        large = len(problem.source) > IN_TURN
        equal = second.submit(equal_percentage, problem, seed=seed) if large else None
        allocation = solve_allocation(
            problem, gap=gap, seed=seed, progress=progress, seconds=seconds, stopped=stopped
        )
        known = None if equal is None else equal.result()
    return compared(inputs, problem, allocation, equal=known, seed=seed, unit_mg=unit_mg)


def compared(
    inputs: PlanInputs,
    problem: AllocationProblem,
    allocation: Allocation,
    *,
    same: tuple[Limit, ...] = (),
    equal: EqualPercentage | None = None,
    seed: int = 0,
    unit_mg: int = 1,
) -> PlanResult:
    """A plan beside the same by equal percentage, its totals in multiples of a unit.

    Args:
        inputs: sources, measures and conditions.
        problem: the optimiser's problem of these.
        allocation: the plan, to the milligram.
        same: what the comparison has to reach, beside the problem's own limits.
        equal: the comparison, where it is known.
        seed: of the tie-breaking lottery.
        unit_mg: unit of the totals of a letter [mg].
    """
    asked = replace(problem, limits=(*problem.limits, *same))
    equal = equal or equal_percentage(asked, seed=seed)
    plan = in_units(problem, with_shares(asked, allocation, equal), unit_mg)
    return PlanResult(inputs, problem, plan, equal)
