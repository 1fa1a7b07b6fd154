"""What the next tonne costs: hulls, step curves, prices on either side of a target."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimize import (
    AllocationProblem,
    Limit,
    build_problem,
    equal_percentage,
    solve_allocation,
)
from optimize.curves import SmoothCost, solve_smooth, step_curve
from optimize.hulls import lower_hull

POINTS = st.lists(st.tuples(st.integers(0, 9), st.integers(-5, 20)), max_size=6)
SMALL_T = 1e-3
PART = st.integers(0, 64).map(lambda n: n / 64)


def _problem(
    slots: list[list[tuple[int, int]]], target_t: float, kind: Any = "reduction_min"
) -> AllocationProblem:
    """One slot a source of 10 t, measures divisible; twice the same limit if `kind` is both."""
    base = {f"s{n}": [10.0] for n in range(len(slots))}
    rows = [
        (f"s{n}", 0, f"m{k}", [float(removed)], float(cost))
        for n, slot in enumerate(slots)
        for k, (removed, cost) in enumerate(slot)
    ]
    limits = [Limit("t", 0, kind, target_t)]
    return build_problem(base, rows, ["P"], limits=limits, divisible=True)


def _mixture(slot: list[tuple[int, int]], removed_t: float) -> float:
    """Least cost of exactly `removed_t` by parts of measures that add up to one at most:
    by the theory of linear programs two of them, or of nothing, are enough."""
    points = [(0.0, 0.0), *((float(x), float(y)) for x, y in slot)]
    found = [y for x, y in points if x == removed_t]
    for (x1, y1), (x2, y2) in itertools.permutations(points, 2):
        if x1 < removed_t < x2:
            found.append(y1 + (y2 - y1) * (removed_t - x1) / (x2 - x1))
    return min(found)


@given(POINTS, PART)
def test_the_hull_costs_what_the_best_mixture_costs(
    slot: list[tuple[int, int]], part: float
) -> None:
    """Measures that remove nothing are left out of hulls, so they are left out here."""
    slot = [point for point in slot if point[0] > 0]
    hull = lower_hull([p[0] for p in slot], [p[1] for p in slot])
    xs, ys = [0.0, *(slot[n][0] for n in hull)], [0.0, *(slot[n][1] for n in hull)]
    removed = part * max((p[0] for p in slot), default=0)
    assert xs[-1] == max((p[0] for p in slot), default=0)
    assert np.interp(removed, xs, ys) == pytest.approx(_mixture(slot, removed), abs=1e-9)


@given(st.lists(POINTS, min_size=1, max_size=4), PART)
def test_the_step_curve_costs_what_the_linear_program_costs(
    slots: list[list[tuple[int, int]]], part: float
) -> None:
    slots = [[point for point in slot if point[0] > 0] for slot in slots]
    curve = step_curve(_problem(slots, 0.0))
    target = part * curve.max_t
    plan = solve_allocation(_problem(slots, target))
    assert plan.status == "optimal"
    assert plan.cost_yuan == pytest.approx(curve.cost_at(target), abs=1e-6)


@given(st.lists(POINTS, min_size=1, max_size=4), st.integers(0, 40), st.booleans())
def test_prices_are_the_one_sided_derivatives_of_least_cost(
    slots: list[list[tuple[int, int]]], quarters: int, cap: bool
) -> None:
    """At kinks (whole tonnes are) and inside steps, of a target or of a cap."""
    everything = 10.0 * len(slots)
    most = float(sum(max((x for x, _ in slot), default=0) for slot in slots))
    target = min(quarters / 4, most)
    kind = "emission_max" if cap else "reduction_min"

    def cost(cut_t: float) -> float:
        amount = everything - cut_t if cap else cut_t
        return solve_allocation(_problem(slots, amount, kind)).cost_yuan

    amount = everything - target if cap else target
    low, high = solve_allocation(_problem(slots, amount, kind)).shadow["t"]
    below = (cost(target) - cost(target - SMALL_T)) / SMALL_T
    assert low == pytest.approx(below, abs=1e-3)
    if target == most:
        saving = step_curve(_problem(slots, 0.0)).price_at(most)[1]
        assert high == saving == np.inf or most == 0
    else:
        assert high == pytest.approx((cost(target + SMALL_T) - cost(target)) / SMALL_T, abs=1e-3)


def test_prices_of_two_limits_are_one_sided_derivatives() -> None:
    """Inside a step of one limit and at a kink of the other, read from moved programs."""
    base = {"a": [10.0], "b": [10.0]}
    rows = [
        ("a", 0, "m", [4.0], 40.0), ("a", 1, "n", [4.0], 120.0),
        ("b", 0, "m", [4.0], 80.0), ("b", 1, "n", [4.0], 200.0),
    ]  # fmt: skip

    def solved(of_all: float, of_b: float) -> Any:
        limits = [
            Limit("all", 0, "reduction_min", of_all),
            Limit("b", 0, "reduction_min", of_b, np.array([False, True])),
        ]
        return solve_allocation(build_problem(base, rows, ["P"], limits=limits, divisible=True))

    inside = solved(10.0, 5.0)  # b: 4 t at 20 and 1 t at 50; a: 4 t at 10 and 1 t at 30
    assert inside.cost_yuan == pytest.approx(40 + 30 + 80 + 50)
    assert inside.shadow["all"] == pytest.approx((30, 30))
    assert inside.shadow["b"] == pytest.approx((20, 20))
    kink = solved(8.0, 4.0)
    for moved, name in ((0, "all"), (1, "b")):
        at = np.array([8.0, 4.0])
        step = SMALL_T * np.eye(2)[moved]
        ends = [
            (kink.cost_yuan - solved(*(at - step)).cost_yuan) / SMALL_T,
            (solved(*(at + step)).cost_yuan - kink.cost_yuan) / SMALL_T,
        ]
        assert kink.shadow[name] == pytest.approx(ends, abs=1e-3)


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 20), st.integers(1, 30)),
        min_size=1, max_size=5,
    ),
    st.floats(0.01, 1),
)  # fmt: skip
def test_smooth_firms_at_no_bound_share_one_marginal_cost(
    firms: list[tuple[int, int, int]], part: float
) -> None:
    smooth = [SmoothCost(7, a, b / 4 + 0.1, top) for a, b, top in firms]
    target = part * sum(firm.max_t for firm in smooth)
    price, cuts = solve_smooth(smooth, target)
    assert sum(cuts) == pytest.approx(target, rel=1e-9)
    for firm, cut in zip(smooth, cuts, strict=True):
        marginal = firm.a_yuan + 2 * firm.b_yuan * cut
        assert marginal <= price + 1e-6 or cut == 0
        assert marginal >= price - 1e-6 or cut == firm.max_t


SLOTTED = st.lists(POINTS.filter(lambda slot: any(x for x, _ in slot)), min_size=1, max_size=4)


def _paid(slots: list[list[tuple[int, int]]]) -> list[list[tuple[int, int]]]:
    """Every measure costs something: what costs nothing is cut whatever the share."""
    return [[(x, abs(y) + 1) for x, y in slot] for slot in slots]


@given(SLOTTED, PART, PART)
def test_the_equal_share_grows_with_the_target(
    slots: list[list[tuple[int, int]]], one: float, other: float
) -> None:
    slots = _paid(slots)
    most = sum(max(x for x, _ in slot) for slot in slots)
    low, high = sorted((one * most, other * most))
    less = equal_percentage(_problem(slots, low))
    more = equal_percentage(_problem(slots, high))
    assert less.feasible and more.feasible
    assert less.share <= more.share + 1e-12
    assert (less.reduction_t <= more.reduction_t + 1e-9).all()
    # Each source's milligram is rounded so that the target is kept.
    assert more.reduction_t.sum() == pytest.approx(high, abs=1e-8)


@given(SLOTTED, PART)
def test_a_source_short_of_the_equal_share_does_its_most(
    slots: list[list[tuple[int, int]]], part: float
) -> None:
    slots = _paid(slots)
    tops = np.array([max(x for x, _ in slot) for slot in slots], dtype=float)
    equal = equal_percentage(_problem(slots, part * float(tops.sum())))
    wanted = equal.share * 10.0
    assert equal.reduction_t[:, 0] == pytest.approx(np.minimum(wanted, tops), abs=1e-9)
    assert equal.capped_sources == int((tops < wanted * (1 - 1e-9)).sum())


@given(SLOTTED, PART)
def test_equal_shares_never_cost_less_than_the_least_cost_of_what_they_cut(
    slots: list[list[tuple[int, int]]], part: float
) -> None:
    slots = [[(x, abs(y)) for x, y in slot] for slot in slots]
    most = sum(max(x for x, _ in slot) for slot in slots)
    problem = _problem(slots, part * most)
    assert equal_percentage(problem).cost_yuan >= solve_allocation(problem).cost_yuan - 1e-6


def test_more_than_there_is_by_equal_shares_is_not_feasible() -> None:
    equal = equal_percentage(_problem([[(4, 1)], [(6, 2)]], 10.5))
    assert not equal.feasible
    assert equal.reduction_t[:, 0] == pytest.approx([4, 6])


def test_equal_shares_of_two_pollutants_are_met_by_one_linear_program() -> None:
    """a's one measure cuts both, so half of A and a tenth of B cost it half of it; b takes
    the cheaper of two for each pollutant."""
    base = {"a": [10.0, 10.0], "b": [10.0, 10.0]}
    rows = [
        ("a", 0, "m", [10.0, 10.0], 100.0),
        ("b", 0, "A only", [10.0, 0.0], 60.0),
        ("b", 1, "B only", [0.0, 10.0], 20.0),
        ("b", 2, "B dear", [0.0, 10.0], 90.0),
    ]
    limits = [Limit("A", 0, "reduction_min", 10.0), Limit("B", 1, "reduction_min", 2.0)]
    equal = equal_percentage(build_problem(base, rows, ["A", "B"], limits=limits, divisible=True))
    assert equal.feasible
    assert equal.shares == pytest.approx([0.5, 0.1])
    assert equal.cost_by_source == pytest.approx([50, 30 + 2], abs=1e-5)


def test_a_pollutant_without_a_target_asks_nothing_of_equal_shares() -> None:
    """Half of A costs a half of its cheap measure, whatever that leaves of B."""
    base = {"a": [10.0, 10.0], "b": [10.0, 10.0]}
    rows = [
        (name, 0, measure, removed, cost)
        for name in base
        for measure, removed, cost in (("A", [10.0, 2.0], 40.0), ("B", [0.0, 10.0], 900.0))
    ]
    limit = Limit("A", 0, "reduction_min", 10.0)
    problem = build_problem(base, rows, ["A", "B"], limits=[limit], divisible=True)
    equal = equal_percentage(problem)
    assert equal.feasible
    assert equal.cost_yuan == pytest.approx(40.0)
    assert equal.reduction_t == pytest.approx(np.array([[5.0, 1.0], [5.0, 1.0]]))


def test_sources_that_cannot_cut_both_pollutants_let_the_share_of_others_rise() -> None:
    """a can do A or B, not both; b makes up for what a leaves."""
    base = {"a": [10.0, 10.0], "b": [10.0, 10.0]}
    rows = [
        ("a", 0, "A", [10.0, 0.0], 10.0),
        ("a", 0, "B", [0.0, 10.0], 10.0),
        ("b", 0, "both", [10.0, 10.0], 100.0),
    ]
    limits = [Limit(name, p, "reduction_min", 12.0) for p, name in enumerate("AB")]
    problem = build_problem(base, rows, ["A", "B"], limits=limits, divisible=True)
    equal = equal_percentage(problem)
    assert equal.feasible
    assert (equal.reduction_t.sum(axis=0) >= 12.0 * (1 - 1e-5)).all()
    assert equal.capped_sources == 1
    # a splits its measure; b does the other 14 t of the 24 t.
    assert equal.cost_by_source[0] == pytest.approx(10.0)
