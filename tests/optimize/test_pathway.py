"""Several years, against enumeration of every way to build, and by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimize import AllocationProblem, Limit, build_problem
from optimize.pathway import Horizon, first_year_counts, linear_targets, solve_pathway

YEARS = 3
CLOSE = 1e-6


def _horizon(*targets: float, **more: object) -> Horizon:
    asked = np.array(targets, dtype=float)[:, None]
    return Horizon(asked, np.zeros(asked.shape), **more)  # type: ignore[arg-type]


def _one(
    tonnes: float = 4.0, cost: float = 4.0, count: int = 1, **more: object
) -> AllocationProblem:
    names = [f"s{n}" for n in range(count)]
    rows = [(name, 0, "m", [tonnes], cost) for name in names]
    return build_problem({name: [10.0] for name in names}, rows, ["A"], **more)  # type: ignore[arg-type]


def test_nothing_is_built_before_it_is_needed() -> None:
    path = solve_pathway(_one(), _horizon(0.0, 0.0, 4.0))
    assert path.built[:, 0].tolist() == [0.0, 0.0, 1.0]
    assert path.cost_yuan.tolist() == [0.0, 0.0, 4.0]


def test_a_measure_at_the_end_of_its_life_is_built_again() -> None:
    path = solve_pathway(_one(), _horizon(4.0, 4.0, 4.0, life=np.array([2])))
    assert path.built[:, 0].tolist() == [1.0, 0.0, 1.0]
    assert path.active[:, 0].tolist() == [1.0, 1.0, 1.0]


def test_measures_of_other_names_have_their_own_lives() -> None:
    """Like in all numbers: one lasts a year, the other for ever."""
    rows = [("s0", 0, "brief", [4.0], 4.0), ("s1", 0, "lasting", [4.0], 4.0)]
    problem = build_problem({"s0": [10.0], "s1": [10.0]}, rows, ["A"])
    life = np.array([1, YEARS])  # of "brief" and "lasting"
    path = solve_pathway(problem, _horizon(8.0, 8.0, 8.0, life=life))
    built = {problem.measure(int(row)): path.built[:, n].tolist()
             for n, row in enumerate(path.model.first)}  # fmt: skip
    assert built == {"brief": [1.0, 1.0, 1.0], "lasting": [1.0, 0.0, 0.0]}


def test_like_sources_of_two_sectors_stand_apart_over_the_years() -> None:
    problem = _one(count=4, groups={"sector": {f"s{n}": "pq"[n % 2] for n in range(4)}})
    path = solve_pathway(problem, _horizon(16.0))
    sectors = [problem.groups["sector"][problem.source[row]] for row in path.model.first]
    assert (sorted(sectors), path.built[0].tolist()) == (["p", "q"], [2.0, 2.0])


def test_a_year_builds_no_more_than_it_can() -> None:
    """Four sources of 4 t, a quarter of all a year: one a year, so 12 t in the third year
    take all three years, and 13 t cannot be had."""
    problem = _one(count=4)
    path = solve_pathway(problem, _horizon(0.0, 0.0, 12.0, build_share=0.25))
    assert path.built.sum(axis=1).tolist() == [1.0, 1.0, 1.0]
    late = solve_pathway(problem, _horizon(0.0, 0.0, 13.0, build_share=0.25))
    assert late.status == "infeasible"
    assert late.most_t[:, 0].tolist() == pytest.approx([4.0, 8.0, 12.0])


def test_the_same_limit_for_each_kind_of_measure() -> None:
    path = solve_pathway(_one(count=4), _horizon(0.0, 8.0, build_kind_share=0.25))
    assert path.built.sum(axis=1).tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("how", "month", "part"),
    [("annualised", 7, 1.0), ("in_year", 1, 1.0), ("in_year", 7, 0.5), ("verified", 1, 0.0)],
)
def test_what_counts_in_the_first_year(how: str, month: int, part: float) -> None:
    assert first_year_counts(how, month) == part
    problem = _one(divisible=True)
    horizon = _horizon(0.0, 4.0, first_year=part)
    path = solve_pathway(problem, horizon)
    assert path.built[0, 0] == pytest.approx(0.0 if part == 1.0 else 1.0, abs=CLOSE)


def test_new_projects_are_netted_off() -> None:
    """3 t asked for and 1 t of growth take both sources of 2 t; without growth, two too;
    3 t and 1.5 t of growth cannot be had."""
    problem = _one(2.0, 2.0, 2)
    asked, growth = np.array([[3.0]]), np.array([[1.0]])
    assert solve_pathway(problem, Horizon(asked, growth)).counted_t[0, 0] == 4.0
    assert solve_pathway(problem, Horizon(asked, growth * 1.5)).status == "infeasible"


def test_linear_targets_start_when_something_can_count() -> None:
    final = np.array([12.0])
    assert linear_targets(final, 4, 1.0)[:, 0].tolist() == [3.0, 6.0, 9.0, 12.0]
    assert linear_targets(final, 4, 0.0)[:, 0].tolist() == [0.0, 4.0, 8.0, 12.0]


def test_side_conditions_hold_every_year() -> None:
    """Source s0 may cut 2 t at most in any year, so s1 gives the rest at three times the
    cost, in both years."""
    rows = [("s0", 0, "m", [4.0], 4.0), ("s1", 0, "m", [4.0], 12.0)]
    most = Limit("s0", 0, "reduction_max", 2.0, np.array([True, False]))
    problem = build_problem(
        {"s0": [10.0], "s1": [10.0]}, rows, ["A"], limits=[most], divisible=True
    )
    path = solve_pathway(problem, _horizon(4.0, 4.0))
    assert path.cost_yuan.tolist() == pytest.approx([8.0, 8.0])


def test_money_later_counts_for_less() -> None:
    path = solve_pathway(_one(), _horizon(4.0, 4.0, discount=0.25))
    assert path.total_yuan == pytest.approx(4.0 + 4.0 / 1.25)


@st.composite
def cases(draw: st.DrawFn) -> tuple[AllocationProblem, Horizon]:
    """One or two sources of 10 t with up to two measures each, over three years."""
    option = st.tuples(st.integers(1, 6), st.integers(1, 9))
    names = [f"s{n}" for n in range(draw(st.integers(1, 2)))]
    rows = [
        (name, 0, f"m{k}", [float(tonnes)], float(cost))
        for name in names
        for k, (tonnes, cost) in enumerate(draw(st.lists(option, min_size=1, max_size=2)))
    ]
    problem = build_problem({name: [10.0] for name in names}, rows, ["A"])
    amount = st.integers(0, 8)
    targets = np.array([[float(draw(amount))] for _ in range(YEARS)])
    growth = np.array([[float(y * draw(st.integers(0, 1)))] for y in range(YEARS)])
    return problem, Horizon(
        targets,
        growth,
        first_year=draw(st.sampled_from([0.0, 0.5, 1.0])),
        life=np.array([draw(st.integers(1, YEARS)) for _ in problem.kinds]),
        build_share=draw(st.sampled_from([None, 0.5])),
        discount=draw(st.sampled_from([0.0, 0.25])),
    )


def _least(problem: AllocationProblem, horizon: Horizon) -> float | None:
    """The least cost over every way to build or not to build each measure in each year."""
    assert horizon.life is not None
    removed, life = problem.removed_t[:, 0], horizon.life[problem.kind]
    sources = range(len(problem.sources))
    reach = sum(removed[problem.source == s].max(initial=0.0) for s in sources)
    best: float | None = None
    for bits in itertools.product((0, 1), repeat=YEARS * len(removed)):
        built = np.array(bits).reshape(YEARS, len(removed))
        active = np.array([
            sum(built[t] * (y - t < life) for t in range(y + 1)) for y in range(YEARS)
        ])  # fmt: skip
        by_source = [active[:, problem.source == s].sum(axis=1).max() for s in sources]
        if max(by_source) > 1:
            continue
        counted = (active - (1 - horizon.first_year) * built) @ removed
        if (counted < (horizon.targets_t + horizon.growth_t)[:, 0] - CLOSE).any():
            continue
        if horizon.build_share and (built @ removed > horizon.build_share * reach + CLOSE).any():
            continue
        years = (1 + horizon.discount) ** -np.arange(float(YEARS))
        cost = float(years @ (active @ problem.cost_yuan))
        best = cost if best is None else min(best, cost)
    return best


@given(cases())
def test_no_way_to_build_is_cheaper(case: tuple[AllocationProblem, Horizon]) -> None:
    problem, horizon = case
    least, path = _least(problem, horizon), solve_pathway(problem, horizon, gap=1e-9)
    if least is None:
        assert path.status == "infeasible"
        return
    assert path.status == "optimal"
    assert path.total_yuan == pytest.approx(least, abs=1e-6)
    assert path.bound_yuan <= least + 1e-6
