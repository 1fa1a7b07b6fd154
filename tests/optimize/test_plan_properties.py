"""What holds of every plan: against enumeration, under renaming, to the milligram."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from optimize import (
    AllocationProblem,
    Limit,
    build_problem,
    solve_allocation,
    solve_budget,
    solve_maximum,
    solve_price,
)
from optimize.certificate import lagrangian_bound
from optimize.hulls import lower_hull
from optimize.infeasible import can_hold
from optimize.least_cost import build_model
from optimize.solver import solve_model

MEASURE = st.tuples(st.integers(0, 1), st.integers(0, 6), st.integers(-3, 9))
SOURCES = st.lists(st.lists(MEASURE, max_size=3), min_size=1, max_size=4)


def _problem(sources: Any, target: float, **options: Any) -> AllocationProblem:
    """Sources of 12 t; measures (slot, removed, cost); ties and dominated ones abound."""
    base = {f"s{n}": [12.0] for n in range(len(sources))}
    rows = [
        (f"s{n}", slot, f"m{k}", [float(removed)], float(cost))
        for n, measures in enumerate(sources)
        for k, (slot, removed, cost) in enumerate(measures)
    ]
    limits = [Limit("t", 0, "reduction_min", target)]
    return build_problem(base, rows, ["P"], limits=limits, **options)


def _enumerate(problem: AllocationProblem, target: float) -> float | None:
    """Least cost of all whole plans."""
    choice = problem.choice
    groups = [np.flatnonzero(choice == c).tolist() for c in range(int(choice.max(initial=-1)) + 1)]
    best = None
    for picks in itertools.product(*[[None, *group] for group in groups]):
        taken = [m for m in picks if m is not None]
        if problem.removed_t[taken].sum() >= target - 1e-9:
            cost = float(problem.cost_yuan[taken].sum())
            best = cost if best is None else min(best, cost)
    return best


@given(SOURCES, st.integers(0, 20))
def test_a_whole_plan_costs_what_enumeration_finds(sources: Any, target: int) -> None:
    problem = _problem(sources, float(target))
    plan, least = solve_allocation(problem, gap=1e-9), _enumerate(problem, target)
    if least is None:
        assert plan.status == "infeasible"
        assert plan.conflict == ("t",)
    else:
        assert plan.status == "optimal"
        assert plan.cost_yuan == pytest.approx(least, abs=1e-6)
        assert plan.bound_yuan <= plan.cost_yuan + 1e-9
        assert sum(row[0] for row in plan.reduction_mg) >= target * 10**9


@given(SOURCES, st.integers(0, 20))
def test_parts_are_never_dearer_than_wholes(sources: Any, target: int) -> None:
    whole = solve_allocation(_problem(sources, float(target)), gap=1e-9)
    parts = solve_allocation(_problem(sources, float(target), divisible=True))
    assert (whole.status == "infeasible") == (parts.status == "infeasible")
    if whole.status == "optimal":
        assert parts.cost_yuan <= whole.cost_yuan + 1e-6
        assert parts.gap <= 1e-6
        assert sum(row[0] for row in parts.reduction_mg) >= target * 10**9


@given(SOURCES, st.integers(0, 20), st.floats(-5, 5))
def test_any_price_gives_a_bound(sources: Any, target: int, price: float) -> None:
    problem = _problem(sources, float(target))
    least = _enumerate(problem, target)
    if least is not None:
        assert lagrangian_bound(build_model(problem), np.array([price])) <= least + 1e-6


@example(sources=[[(0, 1, 1)]] * 3, target=1, divisible=True)
@given(SOURCES, st.integers(0, 20), st.booleans())
def test_quotas_are_baseline_less_reduction(sources: Any, target: int, divisible: bool) -> None:
    """By 10 kg: the whole is a multiple of it, sources are fitted in at no finer than 1 kg."""
    unit, fine = 10**7, 10**6
    plan = solve_allocation(
        _problem(sources, float(target), divisible=divisible), gap=1e-9, unit_mg=unit
    )
    for base, cut, quota in zip(plan.base_mg, plan.reduction_mg, plan.quota_mg, strict=True):
        assert quota[0] == base[0] - cut[0]
        assert cut[0] % fine == 0
        assert 0 <= quota[0] <= base[0]
    assert int(plan.quota_mg.sum()) % unit == 0


@given(
    st.lists(st.sampled_from([(0, 3, 2), (0, 3, 2), (0, 5, 9), (0, 2, 0)]), min_size=3, max_size=9),
    st.integers(1, 12),
    st.booleans(),
    st.randoms(),
)
def test_names_and_rows_decide_nothing_but_what_is_drawn(
    kinds: Any, target: int, divisible: bool, random: Any
) -> None:
    """Renaming all sources and shuffling rows: same quotas, but for those marked drawn."""
    target = min(target, sum(kind[1] for kind in kinds))
    names = [f"s{n}" for n in range(len(kinds))]
    others = [f"z{n}" for n in range(len(kinds))]
    random.shuffle(others)
    found = []
    for labels in (names, others):
        rows = [(labels[n], 0, "m", [float(k[1])], float(k[2])) for n, k in enumerate(kinds)]
        random.shuffle(rows)
        problem = build_problem(
            {name: [12.0] for name in labels}, rows, ["P"], divisible=divisible,
            limits=[Limit("t", 0, "reduction_min", float(target))],
        )  # fmt: skip
        plan = solve_allocation(problem, gap=1e-9, seed=3)
        by_name = dict(
            zip(problem.sources, zip(plan.quota_mg, plan.drawn, strict=True), strict=True)
        )
        found.append([by_name[label] for label in labels])
    for (quota, drawn), (other, again) in zip(*found, strict=True):
        assert drawn == again
        assert drawn or quota == other
    assert sorted(q for q, _ in found[0]) == sorted(q for q, _ in found[1])


def test_divisible_ties_are_cut_to_the_same_percentage() -> None:
    """One unit cost for sources of three sizes: each cuts the same share."""
    base = {"a": [10.0], "b": [20.0], "c": [70.0]}
    rows = [(name, 0, "m", [0.5 * mass[0]], 100 * 0.5 * mass[0]) for name, mass in base.items()]
    problem = build_problem(
        base, rows, ["P"], divisible=True, limits=[Limit("t", 0, "reduction_min", 16.2)]
    )
    plan = solve_allocation(problem)
    shares = [cut[0] / b[0] for cut, b in zip(plan.reduction_mg, plan.base_mg, strict=True)]
    assert shares == pytest.approx([0.162] * 3, abs=1e-9)


def test_a_conflict_is_irreducible_and_names_what_stands_in_the_way() -> None:
    base = {"a": [10.0], "b": [10.0]}
    rows = [("a", 0, "m", [6.0], 1.0), ("b", 0, "m", [5.0], 1.0)]
    mask = np.array([True, False])
    limits = [
        Limit("all", 0, "reduction_min", 10),
        Limit("a at most", 0, "reduction_max", 2, mask),
        Limit("a at least", 0, "reduction_min", 1, mask),
    ]
    problem = build_problem(base, rows, ["P"], limits=limits)
    plan = solve_allocation(problem)
    assert plan.status == "infeasible"
    model = build_model(problem)
    held = [model.names.index(name) for name in plan.conflict]
    assert not can_hold(model, held)
    for one in held:
        assert can_hold(model, [n for n in held if n != one])
    assert plan.max_reduction_t[0] == pytest.approx(5)


@given(SOURCES, st.integers(0, 30))
def test_a_budget_is_kept_and_buys_the_most(sources: Any, budget: int) -> None:
    problem = _problem(sources, 0.0)
    plan = solve_budget(problem, 0, float(budget), gap=1e-9)
    assert plan.cost_yuan <= budget + 1e-6
    got = sum(row[0] for row in plan.reduction_mg) / 1e9
    for better in range(int(got) + 1, int(got) + 4):
        least = _enumerate(problem, better)
        assert least is None or least > budget + 1e-6


@given(SOURCES)
def test_the_greatest_reduction_is_reached_at_its_least_cost(sources: Any) -> None:
    problem = _problem(sources, 0.0)
    plan = solve_maximum(problem, 0, gap=1e-9)
    most = float(plan.max_reduction_t[0])
    assert sum(row[0] for row in plan.reduction_mg) / 1e9 == pytest.approx(most, abs=1e-5)
    assert plan.cost_yuan == pytest.approx(_enumerate(problem, most), abs=1e-6)


@given(SOURCES, st.integers(0, 5))
def test_at_a_price_every_slot_does_what_pays(sources: Any, price: int) -> None:
    problem = _problem(sources, 0.0)
    plan = solve_price(problem, 0, float(price))
    worth = float((plan.share * (problem.cost_yuan - price * problem.removed_t[:, 0])).sum())
    best = np.zeros(int(problem.choice.max(initial=-1)) + 1)
    np.minimum.at(best, problem.choice, problem.cost_yuan - price * problem.removed_t[:, 0])
    assert worth == pytest.approx(float(best.sum()), abs=1e-6)


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(-5, 20)), min_size=1, max_size=6))
def test_the_hull_is_convex_and_below_every_measure(points: list[tuple[int, int]]) -> None:
    removed, cost = [float(p[0]) for p in points], [float(p[1]) for p in points]
    hull = lower_hull(removed, cost)
    xs, ys = [0.0, *(removed[n] for n in hull)], [0.0, *(cost[n] for n in hull)]
    slopes = np.diff(ys) / np.diff(xs)
    assert (np.diff(slopes) > 0).all()
    for x, y in zip(removed, cost, strict=True):
        assert x > xs[-1] or np.interp(x, xs, ys) <= y + 1e-9


@pytest.mark.parametrize("scale", [1e-9, 1.0, 4e5])
def test_targets_at_either_end_are_met_at_every_scale(scale: float) -> None:
    """Nothing, and all that there is to the last milligram, from 1 mg to 400,000 t."""
    base = {"a": [scale], "b": [scale]}
    rows = [("a", 0, "m", [scale], 5.0), ("b", 0, "m", [scale], 7.0)]
    for target in (0.0, 2 * scale):
        problem = build_problem(base, rows, ["P"], limits=[Limit("t", 0, "reduction_min", target)])
        plan = solve_allocation(problem)
        assert plan.status == "optimal"
        assert sum(row[0] for row in plan.reduction_mg) >= round(target * 1e9)


def test_the_solver_says_nothing_on_standard_output(capfd: pytest.CaptureFixture[str]) -> None:
    problem = _problem([[(0, 3, 2)], [(0, 4, 5)]], 5.0)
    solve_model(build_model(problem), whole=True)
    solve_allocation(problem)
    assert capfd.readouterr().out == ""
