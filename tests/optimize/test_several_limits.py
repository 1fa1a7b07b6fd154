"""Plans under several limits and pollutants, against enumeration of all there is."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from optimize import AllocationProblem, Limit, build_problem, solve_allocation
from optimize.certificate import lagrangian_bound
from optimize.infeasible import can_hold
from optimize.least_cost import build_model
from optimize.solver import solve_model

CLOSE_T = 1e-6


@st.composite
def problems(draw: st.DrawFn, divisible: bool = False) -> AllocationProblem:
    """One to four sources of 10 t of two pollutants, two slots, one to four limits.

    Whole tonnes and yuan from short ranges, so that ties, dominated measures and limits
    met exactly are common; a limit may count a group, or stand twice as an equality.
    """
    count = draw(st.integers(1, 4))
    names = [f"s{n}" for n in range(count)]
    option = st.tuples(st.integers(0, 1), st.integers(0, 5), st.integers(0, 5), st.integers(-3, 8))
    rows = [
        (name, slot, f"m{k}", [float(a), float(b)], float(cost))
        for name in names
        for k, (slot, a, b, cost) in enumerate(draw(st.lists(option, max_size=3)))
    ]
    groups = {name: draw(st.sampled_from("xy")) for name in names}
    limits: list[Limit] = []
    for n in range(draw(st.integers(1, 3))):
        group = draw(st.sampled_from(["all", "x", "y"]))
        mask = None if group == "all" else np.array([groups[name] == group for name in names])
        pollutant = draw(st.integers(0, 1))
        counted = 10 * (count if mask is None else int(mask.sum()))
        kind = draw(st.sampled_from(["min", "max", "cap", "equal"]))
        amount = float(draw(st.integers(0, 8)))
        if kind in ("min", "equal"):
            limits.append(Limit(f"at least {n}", pollutant, "reduction_min", amount, mask))
        if kind in ("max", "equal"):
            limits.append(Limit(f"at most {n}", pollutant, "reduction_max", amount, mask))
        if kind == "cap":
            limits.append(Limit(f"cap {n}", pollutant, "emission_max", counted - amount, mask))
    base = {name: [10.0, 10.0] for name in names}
    return build_problem(
        base, rows, ["A", "B"], groups={"zone": groups}, limits=limits, divisible=divisible
    )


def _plans(problem: AllocationProblem) -> Iterator[list[int]]:
    """Every way to take at most one measure per source and slot."""
    choice = problem.choice
    options = [
        [None, *np.flatnonzero(choice == c).tolist()]
        for c in range(int(choice.max(initial=-1)) + 1)
    ]
    for picks in itertools.product(*options):
        yield [m for m in picks if m is not None]


def _keeps(problem: AllocationProblem, taken: list[int]) -> bool:
    for limit in problem.limits:
        low, high = problem.needed_t(limit)
        cut = float(problem.row(limit)[taken].sum())
        if not low - CLOSE_T <= cut <= high + CLOSE_T:
            return False
    return True


def _least(problem: AllocationProblem) -> float | None:
    costs = [float(problem.cost_yuan[p].sum()) for p in _plans(problem) if _keeps(problem, p)]
    return min(costs, default=None)


@given(problems())
def test_under_any_limits_a_whole_plan_costs_what_enumeration_finds(
    problem: AllocationProblem,
) -> None:
    plan, least = solve_allocation(problem, gap=1e-9), _least(problem)
    if least is None:
        assert plan.status == "infeasible"
        return
    assert plan.status == "optimal"
    assert plan.cost_yuan == pytest.approx(least, abs=1e-6)
    assert set(np.unique(plan.share)) <= {0.0, 1.0}
    assert _keeps(problem, np.flatnonzero(plan.share).tolist())


@given(problems())
def test_milligrams_keep_every_lower_limit_and_cap(problem: AllocationProblem) -> None:
    for divisible in (False, True):
        plan = solve_allocation(replace(problem, divisible=divisible), gap=1e-9)
        assume(plan.status != "infeasible")
        assert plan.status == "optimal"
        for limit in problem.limits:
            held = np.flatnonzero(problem.member_mask(limit))
            table = plan.quota_mg if limit.kind == "emission_max" else plan.reduction_mg
            total = sum(table[s][limit.pollutant] for s in held)
            if limit.kind == "reduction_min":
                assert total >= limit.amount_t * 10**9
            elif limit.kind == "emission_max":
                assert total <= limit.amount_t * 10**9


@given(problems())
def test_an_upper_limit_is_passed_by_less_than_a_gram(problem: AllocationProblem) -> None:
    """Lower limits are kept to the milligram; an upper one as near as a solver reads it."""
    for divisible in (False, True):
        plan = solve_allocation(replace(problem, divisible=divisible), gap=1e-9)
        assume(plan.status != "infeasible")
        for limit in problem.limits:
            if limit.kind == "reduction_max":
                held = np.flatnonzero(problem.member_mask(limit))
                total = sum(plan.reduction_mg[s][limit.pollutant] for s in held)
                assert total <= limit.amount_t * 10**9 + 1000


@given(problems())
def test_an_answer_of_infeasible_names_limits_of_which_each_is_needed(
    problem: AllocationProblem,
) -> None:
    plan = solve_allocation(problem)
    assume(plan.status == "infeasible")
    by_name = {limit.name: limit for limit in problem.limits}
    held = [by_name[name] for name in plan.conflict]
    assert _least(replace(problem, limits=tuple(held))) is None
    for left_out in held:
        others = tuple(limit for limit in held if limit is not left_out)
        assert _least(replace(problem, limits=others)) is not None


@given(problems())
def test_the_greatest_reduction_is_what_enumeration_finds_under_the_upper_limits(
    problem: AllocationProblem,
) -> None:
    upper = tuple(limit for limit in problem.limits if limit.kind == "reduction_max")
    allowed = replace(problem, limits=upper)
    plan = solve_allocation(problem)
    for p in range(2):
        most = max(
            float(problem.removed_t[taken, p].sum())
            for taken in _plans(problem)
            if _keeps(allowed, taken)
        )
        assert plan.max_reduction_t[p] == pytest.approx(most, abs=1e-6)


@given(problems(divisible=True))
def test_the_bound_at_the_programs_own_prices_is_its_cost(problem: AllocationProblem) -> None:
    """Strong duality: nothing is lost between the linear program and its proof."""
    model = build_model(problem)
    relaxed = solve_model(model, whole=False)
    assume(relaxed.answer == "optimal")
    cost = float(relaxed.x @ model.cost)
    assert lagrangian_bound(model, relaxed.price) == pytest.approx(cost, abs=1e-6)
    assert solve_allocation(problem).gap <= 1e-6


@given(problems(), st.lists(st.floats(-6, 6), min_size=6, max_size=6))
def test_any_prices_of_several_limits_give_a_bound(
    problem: AllocationProblem, prices: list[float]
) -> None:
    least = _least(problem)
    assume(least is not None)
    model = build_model(problem)
    assert lagrangian_bound(model, np.array(prices[: len(model.names)])) <= least + 1e-6


def test_a_conflict_of_whole_measures_is_found_where_parts_could_hold() -> None:
    """3 t at a time cannot cut from 4 to 5 t; any parts of them can."""
    base = {"a": [10.0], "b": [10.0]}
    rows = [(name, 0, "m", [3.0], 1.0) for name in base]
    limits = [Limit("at least", 0, "reduction_min", 4), Limit("at most", 0, "reduction_max", 5)]
    whole = build_problem(base, rows, ["P"], limits=limits)
    plan = solve_allocation(whole)
    assert (plan.status, plan.conflict) == ("infeasible", ("at least", "at most"))
    assert not can_hold(build_model(whole), [0, 1])
    parts = solve_allocation(replace(whole, divisible=True))
    assert (parts.status, parts.cost_yuan) == ("optimal", pytest.approx(4 / 3))
