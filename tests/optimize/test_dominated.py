"""Beaten measures, against a comparison of every pair and every mixture of two."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimize import AllocationProblem, Limit, build_problem, solve_allocation
from optimize.dominated import HALF_FEN, find_dominated

OPTION = st.tuples(st.integers(0, 1), st.integers(0, 5), st.integers(0, 5), st.integers(-3, 8))


@st.composite
def problems(draw: st.DrawFn, width: int, divisible: bool = False) -> AllocationProblem:
    names = [f"s{n}" for n in range(draw(st.integers(1, 4)))]
    rows = [
        (name, slot, f"m{k}", [float(a), float(b)][:width], float(cost))
        for name in names
        for k, (slot, a, b, cost) in enumerate(draw(st.lists(OPTION, max_size=5)))
    ]
    base = {name: [10.0] * width for name in names}
    return build_problem(base, rows, ["A", "B"][:width], divisible=divisible)


def _beats(problem: AllocationProblem, n: int, m: int) -> bool:
    if n == m or problem.choice[n] != problem.choice[m]:
        return False
    more, less = problem.removed_t[n], problem.removed_t[m]
    cost_n, cost_m = problem.cost_yuan[n], problem.cost_yuan[m]
    no_worse = bool((more >= less).all()) and cost_n <= cost_m
    return no_worse and (bool((more > less).any()) or cost_n < cost_m)


@given(st.one_of(problems(1), problems(2)))
def test_listed_are_all_that_one_other_beats_and_no_more(problem: AllocationProblem) -> None:
    found = find_dominated(problem)
    count = range(len(problem.kind))
    beaten = [m for m in count if any(_beats(problem, n, m) for n in count)]
    assert found.measure.tolist() == beaten
    assert all(_beats(problem, n, m) for n, m in zip(found.by, found.measure, strict=True))
    assert (found.cheaper_yuan >= 0).all() and (found.share == 1).all()


@given(problems(1, divisible=True))
def test_mixtures_beat_what_lies_above_the_line_between_two(problem: AllocationProblem) -> None:
    found = find_dominated(problem)
    removed, cost = problem.removed_t[:, 0], problem.cost_yuan
    for m in range(len(problem.kind)):
        own = np.flatnonzero(problem.choice == problem.choice[m])
        points = [(0.0, 0.0), *((removed[n], cost[n]) for n in own)]
        least = min(
            y1 + (removed[m] - x1) / (x2 - x1) * (y2 - y1) if x2 > x1 else min(y1, y2)
            for (x1, y1), (x2, y2) in itertools.product(points, repeat=2)
            if x1 <= removed[m] <= x2
        )
        alone = any(_beats(problem, n, m) for n in own.tolist())
        above = removed[m] > 0 and cost[m] - least > HALF_FEN
        assert (m in found.measure) == (alone or above)
    for row, m in enumerate(found.measure.tolist()):
        share, mixed, by = found.share[row], found.mixed[row], found.by[row]
        rest = (removed[mixed], cost[mixed]) if mixed >= 0 else (0.0, 0.0)
        mass = share * removed[by] + (1 - share) * rest[0]
        paid = share * cost[by] + (1 - share) * rest[1]
        assert mass >= removed[m] - 1e-9
        assert cost[m] - paid == pytest.approx(found.cheaper_yuan[row], abs=1e-9)


@given(problems(1), st.integers(1, 8))
def test_a_plan_for_a_target_costs_the_same_without_them(
    problem: AllocationProblem, target_t: int
) -> None:
    beaten = set(find_dominated(problem).measure.tolist())
    rows = [
        (problem.sources[problem.source[m]], int(problem.slot[m]), problem.measure(m),
         problem.removed_t[m].tolist(), float(problem.cost_yuan[m]))
        for m in range(len(problem.kind))
    ]  # fmt: skip
    base = {name: [10.0] for name in problem.sources}
    limits = [Limit("A", 0, "reduction_min", float(target_t))]
    every = build_problem(base, rows, ["A"], limits=limits)
    lean = build_problem(
        base, [row for m, row in enumerate(rows) if m not in beaten], ["A"], limits=limits
    )
    one, other = solve_allocation(every), solve_allocation(lean)
    assert (one.status == "infeasible") == (other.status == "infeasible")
    assert one.cost_yuan == pytest.approx(other.cost_yuan, abs=1e-3)
