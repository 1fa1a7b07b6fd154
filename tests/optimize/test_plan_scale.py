"""Numbers that a solver reads badly: very large, very small, met to the last milligram."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimize import (
    Allocation,
    AllocationProblem,
    Limit,
    build_problem,
    solve_allocation,
    solve_maximum,
)
from optimize.repair import buy_missing
from permits.quantity import t_to_mg

# Milligrams of a measure, from one to 40,000 t: eight of these still add up to the
# milligram in floats.
MASS_MG = st.one_of(
    st.integers(1, 1000), st.integers(10**6, 10**11), st.integers(10**13, 4 * 10**13)
)


def _solve(
    measures: list[tuple[float, float]], target_t: float, *, unit_mg: int = 1, **options: bool
) -> Allocation:
    """A source for each measure (removed, cost) that removes all it emits."""
    base = {f"s{n:03d}": [removed] for n, (removed, _) in enumerate(measures)}
    rows = [(f"s{n:03d}", 0, "m", [x], cost) for n, (x, cost) in enumerate(measures)]
    limits = [Limit("t", 0, "reduction_min", target_t)]
    problem = build_problem(base, rows, ["P"], limits=limits, **options)
    return solve_allocation(problem, unit_mg=unit_mg)


def _cut_mg(plan: Allocation) -> int:
    return sum(row[0] for row in plan.reduction_mg)


@given(st.lists(MASS_MG, min_size=1, max_size=8), st.booleans())
def test_all_that_there_is_can_be_asked_for(masses: list[int], divisible: bool) -> None:
    """The target is the sum of floats, whatever that sum rounds to."""
    removed = [mass / 1e9 for mass in masses]
    plan = _solve(
        [(x, (100.0 + n) * x) for n, x in enumerate(removed)], sum(removed), divisible=divisible
    )
    assert plan.status == "optimal"
    assert _cut_mg(plan) >= t_to_mg(sum(removed))
    assert all(quota[0] == 0 for quota in plan.quota_mg)


@given(st.lists(st.floats(1e-6, 1e4), min_size=1, max_size=8), st.booleans())
def test_all_that_there_is_can_be_asked_for_in_parts_of_a_milligram(
    removed: list[float], divisible: bool
) -> None:
    """Emissions that are computed end in no whole milligram; quotas do, below one each."""
    plan = _solve([(x, 5.0) for x in removed], sum(removed), divisible=divisible)
    assert plan.status in ("optimal", "feasible")
    assert sum(quota[0] for quota in plan.quota_mg) <= len(removed)
    assert plan.cost_yuan == pytest.approx(5.0 * len(removed))


@given(st.lists(MASS_MG, min_size=1, max_size=8), st.booleans())
def test_a_target_of_nothing_costs_nothing(masses: list[int], divisible: bool) -> None:
    plan = _solve([(mass / 1e9, 1e9) for mass in masses], 0.0, divisible=divisible)
    assert (plan.status, plan.cost_yuan, _cut_mg(plan)) == ("optimal", 0.0, 0)


@pytest.mark.parametrize("divisible", [False, True])
@pytest.mark.parametrize("cost", [1e-3, 1.0, 1e9])
@pytest.mark.parametrize("mass", [1e-9, 1.0, 4e5])
def test_the_cheaper_of_two_is_taken_at_every_scale(
    mass: float, cost: float, divisible: bool
) -> None:
    plan = _solve([(mass, 3 * cost), (mass, cost), (mass, 2 * cost)], mass, divisible=divisible)
    assert plan.status == "optimal"
    assert plan.cost_yuan == pytest.approx(cost)
    assert [row[0] for row in plan.reduction_mg] == [0, t_to_mg(mass), 0]


@pytest.mark.parametrize("divisible", [False, True])
def test_a_milligram_more_than_there_is_cannot_be_had(divisible: bool) -> None:
    plan = _solve([(10.0, 1.0), (10.0, 2.0)], 20.000000001, divisible=divisible)
    assert (plan.status, plan.conflict) == ("infeasible", ("t",))
    assert plan.max_reduction_t[0] == 20


@pytest.mark.parametrize("divisible", [False, True])
@pytest.mark.parametrize("target", [1e-9, 1e-3])
def test_a_target_lost_in_the_largest_measure_is_met_all_the_same(
    target: float, divisible: bool
) -> None:
    """A milligram of 400,000 t is below what a solver sees; it is asked for again."""
    plan = _solve([(4e5, 1e9), (4e5, 2e9)], target, divisible=divisible)
    assert _cut_mg(plan) >= t_to_mg(target)


def test_a_plan_is_not_called_optimal_for_what_the_solver_could_not_tell_apart() -> None:
    """500 t less a milligram looks like 500 t: whatever is taken instead, no bound is
    claimed above the true least cost of 110."""
    plan = _solve([(500 - 1e-9, 100.0), (500.0, 110.0), (800.0, 150.0)], 500.0)
    assert _cut_mg(plan) >= 500 * 10**9
    assert plan.bound_yuan <= 110
    assert plan.status == "feasible" or plan.cost_yuan == 110


@pytest.mark.parametrize("short", [1e-9, 1e-8])
@pytest.mark.parametrize("divisible", [False, True])
def test_what_the_solver_leaves_short_of_a_target_is_bought(short: float, divisible: bool) -> None:
    """One source of 2,000,000 t: the cheap measure is a milligram or ten short of the target,
    below what a solver sees of a million tonnes."""
    rows = [("A", 0, "cheap", [1e6 - short], 1e6), ("A", 0, "dear", [1e6], 2e6)]
    limits = [Limit("t", 0, "reduction_min", 1e6)]
    problem = build_problem({"A": [2e6]}, rows, ["P"], limits=limits, divisible=divisible)
    plan = solve_allocation(problem)
    assert _cut_mg(plan) == 10**15
    assert plan.missed_mg == {}
    assert plan.cost_yuan == pytest.approx(2e6)
    assert solve_maximum(problem, 0).reduction_mg.sum() == 10**15


@pytest.mark.parametrize("divisible", [False, True])
def test_ten_milligrams_beyond_a_million_tonnes_cannot_be_met(divisible: bool) -> None:
    limits = [Limit("t", 0, "reduction_min", 1_000_000.00000001)]
    problem = build_problem(
        {"A": [2e6]}, [("A", 0, "m", [1e6], 10.0)], ["P"], limits=limits, divisible=divisible
    )
    plan = solve_allocation(problem)
    assert (plan.status, plan.conflict) == ("infeasible", ("t",))


def test_what_is_missing_is_bought_where_it_is_cheapest_and_harms_no_limit() -> None:
    """5 mg are missing. The change of a costs 7, that of b 3, that of c 2; but c is held to
    what it cuts now."""
    rows = [
        (name, 0, measure, [removed], cost)
        for name, more in (("a", 7.0), ("b", 3.0), ("c", 2.0))
        for measure, removed, cost in (("m", 100.0, 10.0), ("n", 100 + 5e-9, 10 + more))
    ]
    base = {name: [200.0] for name in "abc"}
    limits = [
        Limit("t", 0, "reduction_min", 300 + 5e-9),
        Limit("c", 0, "reduction_max", 100.0, np.array([False, False, True])),
    ]
    problem = build_problem(base, rows, ["P"], limits=limits)
    share = buy_missing(problem, np.array([1.0, 0, 1, 0, 1, 0]), seed=0)
    assert share is not None
    assert share.tolist() == [1, 0, 0, 1, 1, 0]


def test_a_coarse_precision_never_makes_a_target_impossible() -> None:
    """Five sources of 14 kg cut all they have: nothing is left to round."""
    for divisible in (False, True):
        plan = _solve([(0.014, c) for c in (1, 2, 3, 4, 5)], 0.07, unit_mg=10**7,
                      divisible=divisible)  # fmt: skip
        assert plan.status == "optimal"
        assert plan.cost_yuan == pytest.approx(15)
        assert [row[0] for row in plan.quota_mg] == [0] * 5


@given(st.lists(st.tuples(st.floats(1e-4, 1e5), st.floats(0, 1e7)), min_size=1, max_size=10),
       st.integers(1, 99), st.booleans())  # fmt: skip
def test_rounding_adds_less_than_a_milligram_a_source(
    measures: list[tuple[float, float]], percent: int, divisible: bool
) -> None:
    target = percent / 100 * sum(x for x, _ in measures)
    plan = _solve(measures, target, divisible=divisible)
    removed = np.array([x for x, _ in measures])
    exact = plan.share * removed * 1e9
    for cut, wanted in zip(plan.reduction_mg, exact, strict=True):
        assert abs(cut[0] - wanted) <= 1 + 1e-6 * wanted
    assert plan.status in ("optimal", "feasible")


@given(st.lists(st.integers(1, 9), min_size=4, max_size=30))
def test_a_cap_far_above_the_cut_has_both_prices_at_a_kink(tonnes: list[int]) -> None:
    """The cut is the small difference of large sums; the kink is found all the same."""
    base = {f"s{n:02d}": [4e5 + 0.1 * n] for n in range(len(tonnes))}
    rows = [
        (name, 0, "m", [float(x)], 10.0 * (n + 1) * x)
        for n, (name, x) in enumerate(zip(base, tonnes, strict=True))
    ]
    taken = sum(tonnes[:2])
    cap = sum(mass[0] for mass in base.values()) - taken
    problem = build_problem(
        base, rows, ["P"], divisible=True, limits=[Limit("cap", 0, "emission_max", cap)]
    )
    plan = solve_allocation(problem)
    assert plan.shadow["cap"] == pytest.approx((20, 30))


def test_all_that_many_sources_can_cut_can_be_asked_for() -> None:
    """A later program, with finer points of the curves, may take all there is for too much."""
    count, rng = 12_000, np.random.default_rng(0)
    size = rng.lognormal(3, 1, (count, 1))
    removed = np.round(size * rng.uniform(0.1, 0.45, (count, 3)), 4)
    cost = np.round(rng.lognormal(8, 1, (count, 3)) * removed, 2)
    most_t = float(removed.max(axis=1).sum())
    problem = AllocationProblem(
        sources=tuple(f"{n:05d}" for n in range(count)),
        pollutants=("A",),
        base_t=2 * size,
        source=np.repeat(np.arange(count), 3),
        slot=np.zeros(3 * count, dtype=np.int64),
        kind=np.zeros(3 * count, dtype=np.int64),
        kinds=("m",),
        removed_t=removed.reshape(-1, 1),
        cost_yuan=cost.ravel(),
        limits=(Limit("all", 0, "reduction_min", most_t - 1e-6),),
        divisible=True,
    )
    plan = solve_allocation(problem)
    assert plan.status == "optimal"
    assert plan.reduction_mg.sum() / 1e9 == pytest.approx(most_t, abs=1e-5)
    whole = solve_allocation(replace(problem, divisible=False))
    assert whole.status == "optimal"
    assert whole.reduction_mg.sum() / 1e9 == pytest.approx(most_t, abs=1e-6)
    too_much = replace(problem, limits=(Limit("all", 0, "reduction_min", most_t + 1e-4),))
    assert solve_allocation(too_much).status == "infeasible"
