"""Multiple-choice knapsacks with several resources: whole measures under many upper limits.

A plant must take one of its options; each uses several resources, each of which is
short. [V52], from the instances published with coin-or/Dip.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from optimize import Allocation, AllocationProblem, Limit, solve_allocation

EXACT = {"I01": 173.0, "I02": 364.0, "I05": 3905.70}
UPPER = {
    "I07": 24607.95, "I08": 36904.41, "I10": 61486.30, "I11": 73797.74, "I13": 98448.64,
}  # fmt: skip


def _read(path: Path) -> tuple[AllocationProblem, float]:
    """The instance as a plan, and what is taken off the cost for each plant that chooses.

    To leave a plant out must never pay, so every option is worth more than all together.
    """
    numbers = iter(path.read_text().split())
    groups, options, resources = (int(next(numbers)) for _ in range(3))
    room = [float(next(numbers)) for _ in range(resources)]
    values, uses = [], []
    for _ in range(groups):
        next(numbers)
        for _ in range(options):
            values.append(float(next(numbers)))
            uses.append([float(next(numbers)) for _ in range(resources)])
    worth, used = np.array(values), np.array(uses)
    bonus = 1.0 + float(worth.reshape(groups, options).max(axis=1).sum())
    problem = AllocationProblem(
        sources=tuple(f"g{n:04d}" for n in range(groups)),
        pollutants=tuple(f"r{n:02d}" for n in range(resources)),
        base_t=used.reshape(groups, options, resources).max(axis=1),
        source=np.repeat(np.arange(groups), options),
        slot=np.zeros(groups * options, dtype=np.int64),
        kind=np.tile(np.arange(options), groups),
        kinds=tuple(f"o{n:02d}" for n in range(options)),
        removed_t=used,
        cost_yuan=-(worth + bonus),
        limits=tuple(Limit(f"r{n}", n, "reduction_max", amount) for n, amount in enumerate(room)),
    )
    return problem, bonus * groups


def _value(plan: Allocation, problem: AllocationProblem, bonus: float) -> float:
    chosen = np.bincount(problem.source, plan.share)
    assert (chosen == 1).all()
    used = plan.share @ problem.removed_t
    assert (used <= np.array([limit.amount_t for limit in problem.limits]) + 1e-6).all()
    return -plan.cost_yuan - bonus


@pytest.mark.parametrize("name", sorted(EXACT))
def test_small_instances_are_solved_exactly(name: str, reference_data: Path) -> None:
    problem, bonus = _read(reference_data / "auctions" / "mmkp" / f"{name}.txt")
    plan = solve_allocation(problem, gap=1e-9)
    assert plan.status == "optimal"
    assert _value(plan, problem, bonus) == pytest.approx(EXACT[name], abs=0.005)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(UPPER))
def test_large_instances_come_near_their_upper_bound(name: str, reference_data: Path) -> None:
    """Within 0.2 % of the published bound in a minute, and a bound of ours that holds."""
    problem, bonus = _read(reference_data / "auctions" / "mmkp" / f"{name}.txt")
    plan = solve_allocation(problem, gap=1e-7, seconds=40)
    value = _value(plan, problem, bonus)
    assert value >= UPPER[name] * (1 - 0.002)
    assert -plan.bound_yuan - bonus >= value - 1e-6
    assert plan.seconds < 60
