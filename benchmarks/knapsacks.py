"""Benchmark: gap of multiple-choice knapsacks with several resources after one minute.

A plant takes one of its options; each uses several scarce resources. The instances are
those published with coin-or/Dip, in the folder `auctions/mmkp` of the reference data; UPPER
holds the published upper bounds.

    PERMITS_REFERENCE_DATA=... python benchmarks/knapsacks.py
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np

from optimize import AllocationProblem, Limit, solve_allocation

UPPER = {
    "I07": 24607.95,
    "I08": 36904.41,
    "I10": 61486.30,
    "I11": 73797.74,
    "I13": 98448.64,
}
SECONDS = 52  # of the minute; shadow prices and building take the rest


def main() -> None:
    """Solve each instance; exit code 1 if one stays below 99.8 % of its bound."""
    folder = Path(os.environ.get("PERMITS_REFERENCE_DATA", ".")) / "auctions" / "mmkp"
    near = True
    for name, upper in UPPER.items():
        problem, bonus = read_knapsack(folder / f"{name}.txt")
        plan = solve_allocation(problem, gap=1e-7, seconds=SECONDS)
        value, bound = -plan.cost_yuan - bonus, -plan.bound_yuan - bonus
        near = near and value >= 0.998 * upper
        print(
            f"{name}: {value:10.2f} of at most {upper:10.2f} ({value / upper:.4%}), "
            f"our own bound {bound:10.2f}, {plan.seconds:.0f} s"
        )
    sys.exit(0 if near else 1)


def read_knapsack(path: Path) -> tuple[AllocationProblem, float]:
    """The instance as an allocation problem, and the bonus of all plants.

    Leaving a plant out must never pay, so every option gets a bonus above the total value.
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


if __name__ == "__main__":
    main()
