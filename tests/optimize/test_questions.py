"""Frontiers, the cost of limits, fairness and alternatives, against answers by hand."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimize import (
    AllocationProblem,
    Limit,
    allocate,
    build_problem,
    solve_allocation,
    solve_budget,
)
from optimize.alternatives import cost_cap, find_alternatives
from optimize.curves import step_curve
from optimize.engine import ColumnPlan
from optimize.fairness import MOST_GROUPS, FairRule, fair_limits, gini
from optimize.frontier import limit_costs, solve_between, solve_frontier, supply
from optimize.least_cost import Model
from optimize.solver import LAST_SECONDS, Patience
from permits.errors import InputError
from permits.quantity import MG_PER_T


def _three(divisible: bool = False) -> AllocationProblem:
    """Three sources of 10 t, each with one measure of 4 t, at 1, 2 and 3 yuan a tonne."""
    rows = [(name, 0, "m", [4.0], 4.0 * n) for n, name in enumerate("abc", 1)]
    base = {name: [10.0] for name in "abc"}
    city = {"a": "x", "b": "x", "c": "y"}
    return build_problem(base, rows, ["A"], groups={"city": city}, divisible=divisible)


def _with(problem: AllocationProblem, *limits: Limit) -> AllocationProblem:
    return replace(problem, limits=limits)


def _target(amount_t: float) -> Limit:
    return Limit("target", 0, "reduction_min", amount_t)


def test_frontier_of_divisible_measures_is_the_cost_curve() -> None:
    points = solve_frontier(_three(divisible=True), 0, 5)
    assert [p.target_t for p in points] == [0.0, 3.0, 6.0, 9.0, 12.0]
    assert [p.cost_yuan for p in points] == [0.0, 3.0, 8.0, 15.0, 24.0]
    assert [p.price for p in points[1:4]] == [(1.0, 1.0), (2.0, 2.0), (3.0, 3.0)]


def test_frontier_of_whole_measures_takes_the_next_whole_plan() -> None:
    points = solve_frontier(_three(), 0, 5)
    assert [p.cost_yuan for p in points] == pytest.approx([0.0, 4.0, 12.0, 24.0, 24.0])
    assert all(int(p.reduction_mg[0]) >= p.target_t * MG_PER_T for p in points)


def test_frontier_keeps_side_conditions() -> None:
    """City x may cut 4 t at most: with 4 t in y there are 8 t in all, 4 yuan then 16."""
    city_x = Limit("x", 0, "reduction_max", 4.0, np.array([True, True, False]))
    points = solve_frontier(_with(_three(divisible=True), city_x), 0, 3)
    assert [p.target_t for p in points] == pytest.approx([0.0, 4.0, 8.0], abs=1e-5)
    assert [p.cost_yuan for p in points] == pytest.approx([0.0, 4.0, 16.0], abs=1e-4)


@given(st.lists(st.tuples(st.integers(1, 8), st.integers(-3, 20)), min_size=1, max_size=5))
def test_the_curve_and_the_solver_draw_one_frontier(measures: list[tuple[int, int]]) -> None:
    rows = [
        (f"s{n}", 0, "m", [float(tonnes)], float(cost)) for n, (tonnes, cost) in enumerate(measures)
    ]
    base = {f"s{n}": [10.0] for n in range(len(measures))}
    problem = build_problem(base, rows, ["A"], divisible=True)
    for point in solve_frontier(problem, 0, 4):
        plan = solve_allocation(_with(problem, _target(point.target_t)), method="flat")
        assert point.cost_yuan == pytest.approx(plan.cost_yuan, abs=1e-5)


def test_between_two_pollutants_at_a_budget() -> None:
    """Money for one of two measures, 10 t of A or 10 t of B, or for half of each."""
    rows = [("a", 0, "m", [10.0, 0.0], 10.0), ("b", 0, "m", [0.0, 10.0], 10.0)]
    base = {"a": [10.0, 10.0], "b": [10.0, 10.0]}
    problem = build_problem(base, rows, ["A", "B"], divisible=True)
    asked = _with(problem, Limit("budget", 0, "cost_max", 10.0))
    plans = solve_between(asked, 0, 1, 3)
    cuts = [plan.reduction_mg.sum(axis=0) / MG_PER_T for plan in plans]
    assert np.allclose(cuts, [[0.0, 10.0], [5.0, 5.0], [10.0, 0.0]], atol=1e-4)
    assert all(plan.cost_yuan <= 10.0 + 1e-4 for plan in plans)


def test_a_condition_costs_what_leaving_it_out_saves() -> None:
    """4 t cost 4 yuan in a; that y must cut 2 t makes them 2 + 6 yuan."""
    in_y = Limit("y", 0, "reduction_min", 2.0, np.array([False, False, True]))
    problem = _with(_three(divisible=True), _target(4.0), in_y)
    costs = {c.name: c for c in limit_costs(problem, solve_allocation(problem))}
    assert costs["y"].with_yuan - (costs["y"].without_yuan or 0.0) == pytest.approx(4.0)
    assert costs["y"].price == pytest.approx((2.0, 2.0))
    assert costs["target"].without_yuan == pytest.approx(6.0)


def test_supply_at_a_price_counts_steps_at_that_price_as_open() -> None:
    assert supply(step_curve(_three()), 2.0) == (4.0, 8.0, 12.0)
    assert supply(step_curve(_three()), 2.5) == (8.0, 8.0, 12.0)


def test_no_city_above_its_share_of_the_reduction() -> None:
    """8 t are cheapest in x alone (12 yuan); at half each they are 4 in a and 4 in c."""
    problem = _with(_three(), _target(8.0))
    rule = FairRule("fair", "city", "reduction", 0.5)
    plan = solve_allocation(_with(problem, _target(8.0), *fair_limits(problem, rule)))
    assert plan.cost_yuan == pytest.approx(16.0)
    assert plan.reduction_mg[:, 0].tolist() == [4 * MG_PER_T, 0, 4 * MG_PER_T]


def test_no_city_above_its_share_of_the_baseline() -> None:
    """A fifth of x's 20 t is 4 t; y's own 4 t are two fifths of its 10: 2 t, in parts."""
    problem = _three(divisible=True)
    limits = fair_limits(problem, FairRule("fair", "city", "baseline", 0.2))
    plan = solve_allocation(_with(problem, _target(6.0), *limits))
    assert plan.cost_yuan == pytest.approx(4.0 + 6.0)
    assert solve_allocation(_with(problem, _target(6.1), *limits)).status == "infeasible"


def test_cost_per_output_and_groups_that_cannot_break_a_rule() -> None:
    problem = _three(divisible=True)
    output = np.array([1.0, 1.0, 4.0])
    limits = fair_limits(problem, FairRule("fair", "city", "output", 3.0), output)
    assert [limit.amount_t for limit in limits] == [6.0]  # y pays 12 at most, as it may
    plan = solve_allocation(_with(problem, _target(8.0), *limits))
    assert plan.cost_yuan == pytest.approx(4.0 + 2.0 + 9.0)


def test_more_groups_than_a_model_holds_are_refused() -> None:
    count = MOST_GROUPS + 1
    names = [f"s{n:04d}" for n in range(count)]
    rows = [(name, 0, "m", [4.0], 4.0) for name in names]
    problem = build_problem(
        {name: [10.0] for name in names}, rows, ["A"], groups={"firm": {n: n for n in names}}
    )
    with pytest.raises(InputError, match="501 values of firm"):
        fair_limits(problem, FairRule("fair", "firm", "baseline", 0.2))


def test_gini_of_known_burdens() -> None:
    """Burdens 1 and 3 on equal sizes: Lorenz (0.5, 0.25), so 1 - (0.25 + 1.25) / 2 = 0.25."""
    one = np.ones(2)
    assert gini(np.array([1.0, 3.0]), one) == pytest.approx(0.25)
    assert gini(np.array([2.0, 6.0]), np.array([1.0, 3.0])) == pytest.approx(0.0)
    assert gini(np.zeros(2), one) is None
    assert gini(np.array([-1.0, 3.0]), one) is None


def test_the_alternative_is_the_one_that_moves_most() -> None:
    """Of pairs of three whole measures for 8 t, a+b cost 12; a+c 16, b+c 20. Within half
    as much again (18) only a+c is left, and it moves 4 t."""
    problem = _with(_three(), _target(8.0))
    plan = solve_allocation(problem, gap=1e-9)
    found = find_alternatives(problem, plan, 0.5)
    assert [round(other.cost_yuan, 6) for other in found] == [16.0]
    assert found[0].moved_mg.tolist() == [4 * MG_PER_T]


@given(
    st.lists(
        st.lists(st.tuples(st.integers(1, 8), st.integers(1, 20)), min_size=1, max_size=3),
        min_size=2,
        max_size=4,
    ),
    st.floats(0.05, 0.8),
)
def test_of_measures_that_exclude_each_other_the_alternative_moves_most(
    sources: list[list[tuple[int, int]]], slack: float
) -> None:
    """Held against every choice of one measure or none for each source."""
    rows = [
        (f"s{n}", 0, f"m{k}", [float(tonnes)], float(cost))
        for n, measures in enumerate(sources)
        for k, (tonnes, cost) in enumerate(measures)
    ]
    base = {f"s{n}": [10.0 + n] for n in range(len(sources))}
    half = sum(max(tonnes for tonnes, _ in measures) for measures in sources) // 2
    problem = build_problem(base, rows, ["A"], limits=[_target(half)])
    plan = solve_allocation(problem, gap=1e-9)
    before = plan.reduction_mg[:, 0] / MG_PER_T
    choices = [
        np.array(choice) for choice in product(*([(0, 0), *measures] for measures in sources))
    ]
    moves = [
        np.abs(choice[:, 0] - before).sum()
        for choice in choices
        if choice[:, 0].sum() >= half and choice[:, 1].sum() <= cost_cap(plan, slack)
    ]
    found = find_alternatives(problem, plan, slack)
    moved = np.abs(found[0].reduction_mg[:, 0] / MG_PER_T - before).sum() if found else 0.0
    assert moved >= max(moves) * (1 - 2e-3)


def test_no_alternative_where_nothing_else_is_within_the_cap() -> None:
    problem = _with(_three(), _target(8.0))
    assert find_alternatives(problem, solve_allocation(problem, gap=1e-9), 0.02) == []


@given(
    st.lists(st.tuples(st.integers(1, 8), st.integers(1, 20)), min_size=2, max_size=6),
    st.floats(0.01, 0.5),
    st.booleans(),
)
def test_alternatives_keep_the_cap_and_the_target(
    measures: list[tuple[int, int]], slack: float, divisible: bool
) -> None:
    rows = [
        (f"s{n}", 0, "m", [float(tonnes)], float(cost)) for n, (tonnes, cost) in enumerate(measures)
    ]
    base = {f"s{n}": [10.0] for n in range(len(measures))}
    half = sum(tonnes for tonnes, _ in measures) // 2
    problem = build_problem(base, rows, ["A"], limits=[_target(half)], divisible=divisible)
    plan = solve_allocation(problem, gap=1e-9)
    for other in find_alternatives(problem, plan, slack):
        assert other.cost_yuan <= cost_cap(plan, slack) + 0.005
        assert int(other.reduction_mg.sum()) >= half * MG_PER_T
        assert other.moved_mg.any()


def test_sources_alike_have_another_plan_where_one_more_of_them_builds() -> None:
    """Three sources alike, two of which cut 2 t for 11 yuan each. Which two is a lot; within
    all that three cost, the other plan is that all three build, and moves 1 t (half of 2)."""
    rows = [(name, 0, "m", [2.0], 11.0) for name in "abc"]
    problem = build_problem({name: [12.0] for name in "abc"}, rows, ["A"], limits=[_target(4.0)])
    found = find_alternatives(problem, solve_allocation(problem, gap=1e-9), 0.6)
    assert [(other.cost_yuan, other.moved_mg.tolist()) for other in found] == [(33.0, [MG_PER_T])]


def test_what_time_leaves_unproved_of_a_greatest_reduction_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The search for the reduction ends early with 8 t and a bound of 12: no proof, though
    8 t could not be cheaper than 12 yuan."""
    real = allocate.solve

    def cut_short(model: Model, *rest: Any) -> ColumnPlan:
        found = real(model, *rest)
        if (model.cost < 0).all():
            return replace(found, x=np.array([1.0, 1.0, 0.0]), bound=-12.0)
        return found

    monkeypatch.setattr(allocate, "solve", cut_short)
    plan = solve_budget(_three(), 0, 24.0)
    assert (plan.status, plan.cost_yuan) == ("feasible", 12.0)
    assert plan.gap == pytest.approx(0.5)


def test_the_seconds_given_are_for_all_searches_together() -> None:
    now = time.perf_counter()
    assert Patience(seconds=40, until=now + 10).left() == pytest.approx(10, abs=1)
    assert Patience(seconds=4, until=now + 10).left() == 4
    assert Patience(seconds=40, until=now - 1).left() == LAST_SECONDS
    assert (Patience(seconds=40).left(), Patience().left()) == (40, None)


def test_no_time_still_gives_a_plan_and_what_it_can_say_of_the_most() -> None:
    plan = solve_allocation(_with(_three(), _target(8.0)), seconds=1e-3)
    assert (plan.cost_yuan, plan.max_reduction_t.tolist()) == (12.0, [12.0])
