"""The grid and the waterfall add up to the plan they read."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimize import AllocationProblem, Limit, equal_percentage, solve_allocation
from permits.quantity import yuan_to_fen
from scenarios.planning.grid.table import tables_of as grid_tables
from scenarios.planning.solve import PlanResult
from scenarios.planning.waterfall.chart import waterfall
from scenarios.planning.waterfall.table import tables_of as waterfall_tables
from tests.scenarios.made_inputs import inputs_of

CITIES, SECTORS = ("Hangzhou", "Ningbo"), ("coating", "printing", "refining")


def _plan(bases: list[int], costs: list[int], target_share: float) -> PlanResult:
    count = len(bases)
    base = np.array(bases, dtype=float).reshape(-1, 1)
    problem = AllocationProblem(
        sources=tuple(f"S{n:02d}" for n in range(count)),
        pollutants=("VOC",),
        base_t=base,
        source=np.arange(count),
        slot=np.zeros(count, dtype=np.int64),
        kind=np.zeros(count, dtype=np.int64),
        kinds=("filter",),
        removed_t=base / 2,
        cost_yuan=np.array(costs, dtype=float),
        limits=(Limit("VOC", 0, "reduction_min", target_share * float(base.sum()) / 2),),
        divisible=True,
        groups={
            "city": tuple(CITIES[n % 2] for n in range(count)),
            "sector": tuple(SECTORS[n % 3] for n in range(count)),
        },
    )
    return PlanResult(
        inputs_of(problem), problem, solve_allocation(problem), equal_percentage(problem)
    )


@given(
    st.lists(st.tuples(st.integers(1, 500), st.integers(1, 90_000)), min_size=1, max_size=12),
    st.floats(0.0, 0.95),
)
def test_the_grid_holds_every_milligram_of_the_plan(
    sources: list[tuple[int, int]], share: float
) -> None:
    plan = _plan([base for base, _ in sources], [cost for _, cost in sources], share)
    grid = grid_tables(plan)["plan_grid"]
    assert sum(grid.column("sources")) == len(sources)
    assert sum(grid.column("reduction_t")) == plan.reduction_mg()[0]
    for row in grid.dicts():
        assert row["baseline_t"] == row["reduction_t"] + row["quota_t"]
        assert row["reduction_share"] == row["reduction_t"] / row["baseline_t"]


@given(
    st.lists(st.tuples(st.integers(1, 500), st.integers(1, 90_000)), min_size=1, max_size=12),
    st.floats(0.0, 0.95),
)
def test_the_waterfall_leads_from_equal_percentage_to_least_cost(
    sources: list[tuple[int, int]], share: float
) -> None:
    plan = _plan([base for base, _ in sources], [cost for _, cost in sources], share)
    rows = list(waterfall_tables(plan)["plan_waterfall"].dicts())
    left = sum(row["equal_cost_yuan"] for row in rows)
    assert left == pytest.approx(yuan_to_fen(plan.equal.cost_yuan), abs=len(rows))
    for row in rows:
        left += row["more_yuan"] - row["saved_yuan"]
        assert row["left_yuan"] == left
        assert not (row["saved_yuan"] and row["more_yuan"])
    assert left == pytest.approx(yuan_to_fen(plan.allocation.cost_yuan), abs=len(rows))


def test_bars_of_the_waterfall_meet_end_to_end() -> None:
    """Two sectors: one alone is cheap, so it cuts more and pays more, and the other saves."""
    table = waterfall_tables(_plan([100, 100], [1_000, 9_000], 1 / 2))["plan_waterfall"]
    figure = waterfall(table, {})
    spans = defaultdict(list)
    for trace in figure["data"]:
        for label, start, length in zip(trace["y"], trace["base"], trace["x"], strict=True):
            spans[label].append((start, start + length))
    # By equal percentage half of both measures, 5,000 yuan; at least cost the first alone.
    assert spans == {
        "equal percentage": [(0, 5_000)],
        "printing": [(500, 5_000)],
        "coating": [(500, 1_000)],
        "least cost": [(0, 1_000)],
    }


def test_a_target_out_of_reach_has_nothing_to_read() -> None:
    plan = _plan([100], [1_000], 1.5)
    assert grid_tables(plan) == waterfall_tables(plan) == {}
