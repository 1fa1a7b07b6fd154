"""The cost curve's steps: none lost, none twice, named by their cheapest sources."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimize import AllocationProblem, Limit, equal_percentage, solve_allocation
from optimize.curves import step_curve
from permits.quantity import MG_PER_T
from scenarios.planning.curve import STEPS_A_BAND, curve_rows
from scenarios.planning.solve import PlanResult
from scenarios.results.plots.plan_charts import sources_said
from scenarios.results.result import table
from tests.scenarios.made_inputs import inputs_of

steps = st.lists(
    st.tuples(st.integers(1, 50), st.integers(-20, 90), st.sampled_from("ab"), st.booleans()),
    min_size=1,
    max_size=60,
)


def _plan(given: list[tuple[int, int, str, bool]]) -> PlanResult:
    count = len(given)
    base = np.array([[float(mass)] for mass, *_ in given])
    problem = AllocationProblem(
        sources=tuple(f"S{n:02d}" for n in range(count)),
        pollutants=("VOC",),
        base_t=base,
        source=np.arange(count),
        slot=np.zeros(count, dtype=np.int64),
        kind=np.array([int(scrubber) for *_, scrubber in given]),
        kinds=("filter", "scrubber"),
        removed_t=base / 2,
        cost_yuan=np.array([mass * unit / 2.0 for mass, unit, *_ in given]),
        limits=(Limit("VOC", 0, "reduction_min", float(base.sum()) / 4),),
        divisible=True,
        groups={"sector": tuple(sector for _, _, sector, _ in given)},
    )
    return PlanResult(
        inputs_of(problem), problem, solve_allocation(problem), equal_percentage(problem)
    )


@given(steps)
def test_bands_hold_every_step_once(given: list[tuple[int, int, str, bool]]) -> None:
    plan = _plan(given)
    rows = list(table("curve", curve_rows(plan)).dicts())
    curve = step_curve(plan.problem, 0)
    assert sum(row["sources"] for row in rows) == len(curve.after)
    assert rows[-1]["cumulative_t"] == pytest.approx(curve.max_t * MG_PER_T, abs=len(rows))
    assert sum(row["planned_t"] for row in rows) == pytest.approx(
        plan.reduction_mg()[0], abs=len(rows) + 2
    )
    costs = [row["unit_cost_yuan_per_t"] for row in rows]
    assert costs == sorted(costs)
    for sector in "ab":
        for measure in plan.problem.kinds:
            own = [r for r in rows if r["subsector"] == sector and r["measure"] == measure]
            assert len(own) <= STEPS_A_BAND


@given(steps)
def test_a_step_names_its_cheapest_sources(given: list[tuple[int, int, str, bool]]) -> None:
    plan = _plan(given)
    unit = {f"S{n:02d}": cost for n, (_, cost, *_) in enumerate(given)}
    seen: list[str] = []
    for row in table("curve", curve_rows(plan)).dicts():
        named = row["first_sources"].split(", ")
        assert len(named) == min(row["sources"], 3)
        assert [unit[s] for s in named] == sorted(unit[s] for s in named)
        said = sources_said(row)
        assert said.startswith(row["first_sources"])
        assert (f"and {row['sources'] - 3} more" in said) == (row["sources"] > 3)
        seen += named
    assert len(seen) == len(set(seen))


def test_steps_of_equal_cost_stay_together() -> None:
    """Twenty sources alike make one step, however many bands there could be."""
    alike = [(10, 5, "a", False)] * 20
    rows = list(table("curve", curve_rows(_plan([*alike, (10, 9, "a", False)]))).dicts())
    assert [(row["sources"], row["unit_cost_yuan_per_t"]) for row in rows] == [(20, 500), (1, 900)]
    assert rows[0]["first_sources"] == "S00, S01, S02"
    assert sources_said(rows[1]) == "S20"
