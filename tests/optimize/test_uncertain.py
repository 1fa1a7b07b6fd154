"""Doubtful inputs: what draws of them do to cost, certainty, and who is in the plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimize import AllocationProblem, Limit, build_problem, solve_allocation
from optimize.certain import find_certain
from optimize.influence import find_influence
from optimize.uncertain import Range, Ranges, draw_plans

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
    found = find_certain(problem, ranges, plain.cost_yuan, count=200, seed=2)
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
    assert find_certain(problem, ranges, 1.0, count=64) is None


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


def test_the_input_that_alone_is_doubtful_explains_everything() -> None:
    found = find_influence(_problem(80.0), replace(NOTHING, cost=Range(0.3, 1.6)))
    assert list(found["cost_yuan"]) == ["cost"]
    assert found["cost_yuan"]["cost"][1] == pytest.approx(1.0, abs=0.1)


def test_the_wider_of_two_inputs_matters_more() -> None:
    ranges = replace(NOTHING, cost=Range(0.2, 3.0), efficiency=Range(0.98, 1.0))
    found = find_influence(_problem(80.0), ranges)["cost_yuan"]
    assert found["cost"][1] > 5 * found["efficiency"][1]
