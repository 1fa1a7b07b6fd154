"""Doubtful inputs: what draws of them do to cost, certainty, and who is in the plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.polynomial.legendre import leggauss

from optimize import AllocationProblem, Limit, build_problem, solve_allocation
from optimize.chance_constrained import find_chance_constrained
from optimize.sensitivity import find_influence, sobol_indices
from optimize.uncertainty import MoneyQuestion, Range, Ranges, draw_plans

SURE = Range(1.0, 1.0)
NOTHING = Ranges(SURE, SURE, SURE, SURE, SURE)


def _problem(target_t: float, rename: dict[str, str] | None = None) -> AllocationProblem:
    """Two sources of one sector each: one cheap, one dear, 60 t each to be had."""
    of = rename or {"a": "a", "b": "b"}
    base = {of["a"]: [100.0], of["b"]: [100.0]}
    rows = [(of["a"], 0, "cheap", [60.0], 600.0), (of["b"], 0, "dear", [60.0], 900.0)]
    groups = {"sector": {of["a"]: "p", of["b"]: "q"}}
    limits = [Limit("t", 0, "reduction_min", target_t)]
    return build_problem(base, rows, ["P"], groups=groups, limits=limits, divisible=True)


def test_without_ranges_every_draw_is_the_plain_plan() -> None:
    problem = _problem(80.0)
    plan = solve_allocation(problem)
    draws = draw_plans(problem, NOTHING, 16, plain=plan.share)
    assert draws.met.all()
    assert draws.hold.all()
    assert draws.cost_yuan == pytest.approx(np.full(16, plan.cost_yuan))
    assert draws.cut_t[:, :, 0] == pytest.approx(np.tile([60.0, 20.0], (16, 1)))
    assert draws.in_plan.tolist() == [1.0, 1.0]


def test_a_single_doubtful_cost_has_the_quantiles_of_its_triangle() -> None:
    """Cost of 30 t at 10 yuan, times a triangle from 0.5 over 1 to 2."""
    problem = _problem(30.0)
    lone = replace(problem, cost_yuan=np.array([600.0, 1e9]))
    draws = draw_plans(lone, replace(NOTHING, cost=Range(0.5, 2.0)), 512, seed=3)
    for q in (0.05, 0.25, 0.5, 0.75, 0.95):
        peak = 0.5 / 1.5
        factor = 0.5 + np.sqrt(q * 1.5 * 0.5) if q < peak else 2 - np.sqrt((1 - q) * 1.5 * 1.0)
        assert np.quantile(draws.cost_yuan, q) == pytest.approx(300 * factor, rel=0.02)


def test_how_often_a_source_is_in_the_plan_is_how_often_it_is_cheaper() -> None:
    """Of two sources with the same range, each is first as often as its cost is lower: by
    counting over all pairs of quantiles."""
    problem = _problem(60.0)
    one = Range(0.3, 1.6)
    draws = draw_plans(problem, replace(NOTHING, cost=one), 1024, seed=1)
    u = (np.arange(400) + 0.5) / 400
    factor = one.at(u)
    cheaper = float((10 * factor[:, None] < 15 * factor[None, :]).mean())
    assert draws.in_plan == pytest.approx([cheaper, 1 - cheaper], abs=0.03)


def test_a_plan_is_as_certain_as_a_recount_says() -> None:
    problem = _problem(50.0)
    plain = solve_allocation(problem)
    ranges = replace(NOTHING, efficiency=Range(0.5, 1.2))
    draws = draw_plans(problem, ranges, 200, seed=2, plain=plain.share)
    assert draws.hold.mean() < 0.7
    found = find_chance_constrained(problem, ranges, plain.cost_yuan, count=200, seed=2)
    assert found is not None
    assert found.share >= 0.95
    assert found.share_fresh == pytest.approx(0.95, abs=0.05)
    assert found.bound_yuan <= found.cost_yuan
    assert found.cost_yuan > plain.cost_yuan
    again = draw_plans(problem, ranges, 200, seed=2, plain=found.built)
    assert again.hold.mean() == found.share


def test_certainty_that_cannot_be_had_is_not_claimed() -> None:
    problem = _problem(119.0)
    ranges = replace(NOTHING, efficiency=Range(0.2, 1.0))
    assert find_chance_constrained(problem, ranges, 1.0, count=64) is None


def test_draws_that_cannot_be_met_are_told_apart() -> None:
    problem = _problem(110.0)
    draws = draw_plans(problem, replace(NOTHING, efficiency=Range(0.5, 1.0)), 64, seed=4)
    assert 0 < draws.met.sum() < 64
    assert np.isnan(draws.cost_yuan[~draws.met]).all()
    assert (draws.most_t[~draws.met, 0] < 110).all()
    assert (draws.most_t[draws.met, 0] >= 110 - 1e-6).all()


def test_names_change_nothing_in_the_draws() -> None:
    ranges = Ranges()
    plain = draw_plans(_problem(70.0), ranges, 32, seed=5)
    other = draw_plans(_problem(70.0, {"a": "z", "b": "b"}), ranges, 32, seed=5)
    assert plain.cost_yuan == pytest.approx(other.cost_yuan, nan_ok=True)
    assert plain.cut_t[:, 0] == pytest.approx(other.cut_t[:, 1], nan_ok=True)


def test_a_plan_holds_in_draws_made_elsewhere_as_often_as_it_says() -> None:
    """Counted with triangles of numpy's own, one factor for each of the two measures."""
    problem = _problem(50.0)
    ranges = replace(NOTHING, efficiency=Range(0.5, 1.2))
    found = find_chance_constrained(problem, ranges, 0.0, count=512, seed=4)
    assert found is not None
    factors = np.random.default_rng(0).triangular(0.5, 1.0, 1.2, (200_000, 2))
    held = factors @ (60.0 * found.built) >= 50.0
    assert held.mean() == pytest.approx(found.share, abs=0.01)
    assert held.mean() >= 0.945


def test_certainty_costs_what_the_twentieth_worst_draw_asks_for() -> None:
    """One measure, 60 t for 600 yuan: to hold in 95 % of draws it must be built for the 5 %
    quantile of what it removes, and the bound from below says the same."""
    lone = replace(_problem(20.0), cost_yuan=np.array([600.0, 1e9]))
    ranges = replace(NOTHING, efficiency=Range(0.5, 1.2))
    found = find_chance_constrained(lone, ranges, 200.0, count=512, seed=1)
    assert found is not None
    quantile = 0.5 + np.sqrt(0.05 * 0.7 * 0.5)  # of the triangle 0.5, 1, 1.2
    assert found.cost_yuan == pytest.approx(200.0 / quantile, rel=0.01)
    assert found.bound_yuan == pytest.approx(found.cost_yuan, rel=0.002)
    assert found.bound_yuan <= found.cost_yuan


def test_what_a_budget_or_a_price_brings_is_drawn() -> None:
    """The cheap measure costs 10 yuan a tonne times its factor, the dear one 15."""
    problem = _problem(10.0)
    known = draw_plans(problem, NOTHING, 2, money=MoneyQuestion(budget_yuan=750.0))
    assert known.bought_t == pytest.approx([70.0, 70.0])
    assert draw_plans(
        problem, NOTHING, 2, money=MoneyQuestion(price=10.0)
    ).bought_t == pytest.approx(60.0)
    assert np.isnan(draw_plans(problem, NOTHING, 2).bought_t).all()
    ranges = replace(NOTHING, cost=Range(0.5, 2.0))
    drawn = draw_plans(problem, ranges, 256, money=MoneyQuestion(price=10.0), seed=2)
    below = 0.5 / 1.5  # the share of factors below the peak of the triangle 0.5, 1, 2
    assert (drawn.bought_t >= 60.0).mean() == pytest.approx(below, abs=0.15)
    assert set(np.round(drawn.bought_t, 6)) <= {0.0, 60.0, 120.0}


def test_indices_of_a_function_known_in_closed_form_are_those() -> None:
    """sin x + 7 sin² y + 0.1 z⁴ sin x, each uniform on ±π: the indices of [Sobol2001]'s
    usual example are 0.3139, 0.4424, 0 alone and 0.5576, 0.4424, 0.2437 in all."""
    at, weight = leggauss(16)
    x = np.pi * at
    values = (
        np.sin(x)[:, None, None] * (1 + 0.1 * x[None, None, :] ** 4)
        + 7 * np.sin(x)[None, :, None] ** 2
    )
    first, total = np.array(sobol_indices(values, weight / 2)).T
    assert first == pytest.approx([0.3139, 0.4424, 0.0], abs=1e-3)
    assert total == pytest.approx([0.5576, 0.4424, 0.2437], abs=1e-3)


def test_indices_of_a_product_are_those_of_its_moments() -> None:
    """All that can be cut is 120 t times two independent factors."""
    ranges = replace(NOTHING, efficiency=Range(0.6, 1.0), baseline=Range(0.8, 1.2))
    found = find_influence(_problem(20.0), ranges)["max_reduction_t"]
    mean = np.array([(0.6 + 1 + 1) / 3, 1.0])
    square = np.array([0.4**2 / 18, 0.4**2 / 24]) / mean**2
    whole = np.prod(1 + square) - 1
    for name, own in zip(("efficiency", "baseline"), square, strict=True):
        assert found[name][0] == pytest.approx(own / whole, abs=0.01)
    assert found["efficiency"][1] == pytest.approx(square[0] * (1 + square[1]) / whole, abs=0.01)


def test_scaling_all_costs_is_the_same_as_planning_anew() -> None:
    """A limit on money that never binds makes every grid point be planned by itself."""
    problem = _problem(80.0)
    ranges = replace(NOTHING, cost=Range(0.3, 1.6), efficiency=Range(0.7, 1.1))
    money = Limit("money", 0, "cost_max", 1e9)
    slow = replace(problem, limits=(*problem.limits, money))
    quick = find_influence(problem, ranges, nodes=4)["cost_yuan"]
    for name, indices in find_influence(slow, ranges, nodes=4)["cost_yuan"].items():
        assert quick[name] == pytest.approx(indices, abs=1e-6)


def test_the_input_that_alone_is_doubtful_explains_everything() -> None:
    found = find_influence(_problem(80.0), replace(NOTHING, cost=Range(0.3, 1.6)))
    assert list(found["cost_yuan"]) == ["cost"]
    assert found["cost_yuan"]["cost"][1] == pytest.approx(1.0, abs=0.1)


def test_the_wider_of_two_inputs_matters_more() -> None:
    ranges = replace(NOTHING, cost=Range(0.2, 3.0), efficiency=Range(0.98, 1.0))
    found = find_influence(_problem(80.0), ranges)["cost_yuan"]
    assert found["cost"][1] > 5 * found["efficiency"][1]
