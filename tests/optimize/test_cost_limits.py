"""Limits on what some sources pay, and on their share of the whole, against enumeration."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from optimize import AllocationProblem, Limit, build_problem, solve_allocation

CLOSE = 1e-6


@st.composite
def problems(draw: st.DrawFn) -> AllocationProblem:
    """One to four sources of 10 t, a target, and a limit on the cost of, or the share borne
    by, one of two groups."""
    names = [f"s{n}" for n in range(draw(st.integers(1, 4)))]
    option = st.tuples(st.integers(0, 5), st.integers(-2, 8))
    rows = [
        (name, 0, f"m{k}", [float(tonnes)], float(cost))
        for name in names
        for k, (tonnes, cost) in enumerate(draw(st.lists(option, max_size=3)))
    ]
    groups = {name: draw(st.sampled_from("xy")) for name in names}
    inside = np.array([groups[name] == "x" for name in names])
    target = Limit("target", 0, "reduction_min", float(draw(st.integers(0, 8))))
    share = draw(st.sampled_from([0.25, 0.5]))
    bound = float(draw(st.integers(0, 6)))
    side = draw(
        st.sampled_from(
            [
                Limit("money", 0, "cost_max", float(draw(st.integers(0, 10))), inside),
                Limit("cost share", 0, "cost_max", 0.0, None, inside - share),
                Limit("share", 0, "reduction_max", 0.0, None, inside - share),
                Limit("measure", 0, "reduction_max", bound, None, None, _one_kind(rows)),
                Limit("measure in x", 0, "reduction_max", bound, inside, None, _one_kind(rows)),
                Limit("least of it", 0, "reduction_min", bound, None, None, _one_kind(rows)),
                Limit("money in it", 0, "cost_max", bound, inside, None, _one_kind(rows)),
            ]
        )
    )
    base = {name: [10.0] for name in names}
    return build_problem(base, rows, ["A"], groups={"zone": groups}, limits=(target, side))


def _one_kind(rows: list[tuple[str, int, str, list[float], float]]) -> np.ndarray:
    """(K,) the first of the names of measures, and no other."""
    names = sorted({row[2] for row in rows})
    return np.arange(len(names)) == 0


def _least(problem: AllocationProblem) -> float | None:
    """The least cost over every way to take at most one measure a source."""
    choice = problem.choice
    options = [
        [None, *np.flatnonzero(choice == c).tolist()]
        for c in range(int(choice.max(initial=-1)) + 1)
    ]
    costs = []
    for picks in itertools.product(*options):
        taken = [m for m in picks if m is not None]
        held = [float(problem.row(limit)[taken].sum()) for limit in problem.limits]
        ends = [problem.needed_t(limit) for limit in problem.limits]
        if all(low - CLOSE <= x <= high + CLOSE for x, (low, high) in zip(held, ends, strict=True)):
            costs.append(float(problem.cost_yuan[taken].sum()))
    return min(costs, default=None)


@given(problems())
def test_limits_on_money_and_on_shares_hold_at_least_cost(problem: AllocationProblem) -> None:
    least = _least(problem)
    plan = solve_allocation(problem, gap=1e-9)
    if least is None:
        assert plan.status == "infeasible"
        return
    assert plan.status == "optimal"
    assert abs(plan.cost_yuan - least) <= CLOSE


@given(problems())
def test_structure_and_the_flat_model_agree_under_shares(problem: AllocationProblem) -> None:
    divided = replace(problem, divisible=True)
    cells, flat = (solve_allocation(divided, method=method) for method in ("cells", "flat"))
    assert (cells.status == "infeasible") == (flat.status == "infeasible")
    assert abs(cells.cost_yuan - flat.cost_yuan) <= 1e-5 * max(1.0, abs(flat.cost_yuan))


def test_a_group_pays_no_more_than_its_limit() -> None:
    """Two sources of 10 t: 5 t at 10 yuan in x, at 30 in y. 5 t under a limit of 5 yuan on x
    come half from each where measures divide: 5 + 15 yuan."""
    rows = [("a", 0, "m", [5.0], 10.0), ("b", 0, "m", [5.0], 30.0)]
    limits = (
        Limit("target", 0, "reduction_min", 5.0),
        Limit("x pays", 0, "cost_max", 5.0, np.array([True, False])),
    )
    problem = build_problem({"a": [10.0], "b": [10.0]}, rows, ["A"], limits=limits, divisible=True)
    plan = solve_allocation(problem)
    assert plan.cost_yuan == 20.0
    assert plan.shadow["target"] == (6.0, 6.0)
