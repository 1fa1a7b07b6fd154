"""Equal percentage in whole measures, against its definition worked out choice by choice."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction
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
    with_shares,
)
from optimize.equal_whole import climb
from optimize.staircases import draw

# Two slots of a source emit half of it each; costs include zero and below.
SLOT = st.lists(st.tuples(st.integers(1, 6), st.integers(-2, 9)), max_size=3)
SOURCES = st.lists(
    st.tuples(st.integers(12, 20), st.lists(SLOT, min_size=1, max_size=2)), min_size=1, max_size=5
)
Choice = tuple[int, int]  # cut, cost


def _problem(sources: Any, target: float, **options: Any) -> AllocationProblem:
    base = {f"s{n}": [float(b)] for n, (b, _) in enumerate(sources)}
    rows = [
        (f"s{n}", k, f"m{j}", [float(cut)], float(cost))
        for n, (_, slots) in enumerate(sources)
        for k, slot in enumerate(slots)
        for j, (cut, cost) in enumerate(slot)
    ]
    limits = [Limit("t", 0, "reduction_min", target), *options.pop("limits", ())]
    return build_problem(base, rows, ["P"], limits=limits, **options)


def _choices(slots: list[list[Choice]]) -> list[Choice]:
    ways = itertools.product(*([(0, 0), *slot] for slot in slots))
    return [(sum(x for x, _ in way), sum(y for _, y in way)) for way in ways]


def _own(choices: list[Choice], least: Fraction) -> Choice:
    """The cheapest choice that cuts at least so much, else the most; then the greater cut."""
    able = [one for one in choices if one[0] >= least]
    most = max(cut for cut, _ in choices)
    able = able or [one for one in choices if one[0] == most]
    return min(able, key=lambda one: (one[1], -one[0]))


def _by_definition(sources: Any, target: int) -> tuple[Fraction, list[Choice], list[Choice]] | None:
    """The least share that meets the target, the choices at it, and at the share before it."""
    choices = [(b, _choices(slots)) for b, slots in sources]
    # Only shares of choices that some share leads to: nobody takes one that another beats.
    ever = [(b, {_own(own, Fraction(x)) for x, _ in own}) for b, own in choices]
    shares = sorted({Fraction(0)} | {Fraction(x, b) for b, own in ever for x, _ in own})
    before: list[Choice] = []
    for share in shares:
        taken = [_own(own, share * b) for b, own in choices]
        if sum(cut for cut, _ in taken) >= target:
            return share, taken, before
        before = taken
    return None


@given(SOURCES, st.integers(0, 40))
def test_the_share_and_the_lot_are_as_defined(sources: Any, target: int) -> None:
    expected = _by_definition(sources, target)
    equal = equal_percentage(_problem(sources, float(target)))
    assert equal.kind == "whole"
    assert equal.feasible == (expected is not None)
    if expected is None:
        assert equal.broken == ("t",)
        return
    share, taken, before = expected
    assert equal.share == pytest.approx(float(share), abs=1e-15)
    cut = int(equal.reduction_mg.sum()) // 10**9
    assert cut >= target
    if share == 0:
        assert equal.cost_yuan == pytest.approx(sum(cost for _, cost in taken))
        return
    edge = [n for n in range(len(taken)) if taken[n] != before[n]]
    costs = _lots(edge, taken, before, target)
    assert round(equal.cost_yuan) in costs
    assert min(costs) <= round(equal.cost_low) <= round(equal.cost_yuan)
    assert round(equal.cost_yuan) <= round(equal.cost_high) <= max(costs)


def _lots(edge: list[int], taken: list[Choice], before: list[Choice], target: int) -> set[int]:
    """What every order of the sources that change costs, each only as far as is needed."""
    costs = set()
    for order in itertools.permutations(edge):
        now = dict(enumerate(before))
        for n in order:
            if sum(cut for cut, _ in now.values()) >= target:
                break
            now[n] = taken[n]
        costs.add(sum(cost for _, cost in now.values()))
    return costs


TOWN = [
    (100, [[(27, 200), (60, 900)]]),
    (50, [[(15, 100), (40, 700)]]),
    (80, [[(24, 150)]]),
    (20, [[(9, 500)]]),
]
"""Least shares of the first measures: 27, 30, 30, 45 %; together 75 t of 250 t for 950 yuan."""


def test_only_as_many_change_at_the_share_as_the_target_needs() -> None:
    """40 t: any two of the first three, or three with the last; the range is over 200 lots.

    Cheapest 15 + 24 + 9 t do not do it before 27 comes: (24, 27) costs 350, (27, 15) 300,
    (9, 15, 24) 750, (9, 15, 27) 800, (9, 24, 27) 850, (15, 24, 27) 450, (15, 9, 24) 750.
    """
    equal = equal_percentage(_problem(TOWN, 40.0))
    assert equal.share == 0.27
    assert (equal.cost_low, equal.cost_high) == (300.0, 850.0)
    assert equal.cost_yuan in {300, 350, 450, 750, 800, 850}
    assert equal.capped_sources == 0
    assert equal.broken == ()


def test_a_lot_is_named_and_does_not_depend_on_the_order_of_rows() -> None:
    first = equal_percentage(_problem(TOWN, 40.0), seed=7)
    problem = _problem(TOWN, 40.0)
    assert (equal_percentage(problem, seed=7).built == first.built).all()
    seeds = {tuple(equal_percentage(problem, seed=n).built.tolist()) for n in range(12)}
    assert len(seeds) > 1


def test_parts_of_measures_are_compared_with_parts() -> None:
    """30 % of 250 t are 75 t: 27 t of 200 yuan and 3/33 of the next 700, all 15 and 24 t,
    6 of the 9 t."""
    equal = equal_percentage(_problem(TOWN, 75.0, divisible=True))
    assert equal.kind == "parts"
    assert equal.share == pytest.approx(0.3)
    assert equal.cost_yuan == pytest.approx(200 + 700 * 3 / 33 + 100 + 150 + 500 * 6 / 9)
    assert equal.cost_low == equal.cost_high == equal.cost_yuan


def _members(*names: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.array([n in names for n in range(len(TOWN))])


@pytest.mark.parametrize("divisible", [False, True])
def test_a_minimum_raises_and_a_maximum_lowers_the_share_of_its_members(divisible: bool) -> None:
    """The first has to cut 50 t; the second and third may cut 20 t together."""
    limits = [
        Limit("least", 0, "reduction_min", 50.0, _members(0)),
        Limit("most", 0, "reduction_max", 20.0, _members(1, 2)),
    ]
    equal = equal_percentage(_problem(TOWN, 74.0, limits=limits, divisible=divisible))
    cut = equal.reduction_t[:, 0]
    if divisible:
        # 20 t of 130 t; what is left of 74 t falls to the last: 4 t, a fifth.
        assert cut == pytest.approx([50, 20 * 50 / 130, 20 * 80 / 130, 4])
        assert equal.share == pytest.approx(0.2)
        assert equal.broken == ()
    else:
        # Whole: 60 t of the first; 15 and 24 t are reached at one share, so neither may.
        assert cut.tolist() == [60, 0, 0, 9]
        assert equal.broken == ("t",)


def test_a_maximum_comes_before_a_minimum_and_what_is_broken_is_named() -> None:
    limits = [
        Limit("least", 0, "reduction_min", 50.0, _members(0)),
        Limit("most", 0, "reduction_max", 30.0, _members(0)),
    ]
    equal = equal_percentage(_problem(TOWN, 60.0, limits=limits))
    assert equal.reduction_t[0, 0] == 27
    assert equal.broken == ("least",)


def test_a_cap_on_what_a_group_emits_raises_its_share() -> None:
    limits = [Limit("cap", 0, "emission_max", 45.0, _members(0))]
    equal = equal_percentage(_problem(TOWN, 60.0, limits=limits))
    assert equal.reduction_t[0, 0] == 60
    assert equal.share == 0
    assert equal.broken == ()


def test_a_limit_on_cost_or_on_one_measure_is_only_checked() -> None:
    kinds = np.array([False, True])
    limits = [
        Limit("money", 0, "cost_max", 10.0),
        Limit("m1", 0, "reduction_min", 20.0, kinds=kinds),
    ]
    equal = equal_percentage(_problem(TOWN, 60.0, limits=limits))
    assert equal.broken == ("money", "m1")
    assert equal.feasible


def test_two_pollutants_have_a_share_each() -> None:
    """A share of a half of A takes the only measure of a; a tenth of B then takes b's."""
    base = {"a": [10.0, 0.0], "b": [0.0, 20.0], "c": [0.0, 20.0]}
    rows = [
        ("a", 0, "A", [5.0, 0.0], 70.0),
        ("b", 0, "B", [0.0, 2.0], 10.0),
        ("c", 0, "B", [0.0, 4.0], 30.0),
        ("c", 0, "BB", [0.0, 9.0], 90.0),
    ]
    limits = [Limit("A", 0, "reduction_min", 1.0), Limit("B", 1, "reduction_min", 6.0)]
    problem = build_problem(base, rows, ["A", "B"], limits=limits)
    equal = equal_percentage(problem)
    assert equal.shares.tolist() == [0.5, 0.1]
    assert equal.reduction_t.tolist() == [[5, 0], [0, 2], [0, 4]]
    assert equal.cost_yuan == 110
    alone = equal_percentage(replace(problem, limits=(limits[1],)))
    assert alone.shares.tolist() == [0, 0.1]
    assert alone.cost_yuan == 40


def test_a_comparison_cheaper_than_a_plan_within_its_gap_becomes_the_plan() -> None:
    problem = _problem(TOWN, 40.0)
    equal = equal_percentage(problem)
    best = solve_allocation(problem)
    assert with_shares(problem, best, equal) is best
    dear = replace(best, cost_yuan=900.0, bound_yuan=best.bound_yuan)
    taken = with_shares(problem, dear, equal)
    assert taken.cost_yuan == equal.cost_yuan
    assert taken.reduction_mg.tolist() == equal.reduction_mg.tolist()
    assert taken.gap == pytest.approx(1 - best.bound_yuan / equal.cost_yuan)
    broken = replace(equal, broken=("least",))
    assert with_shares(problem, dear, broken) is dear


def test_large_lots_share_circles_and_each_is_a_uniform_lot() -> None:
    """Of 3,000 alike every lot takes as many; each is taken by about half of the lots."""
    size = 3_000
    gain, cost = np.ones((size, 1), dtype=np.int64), np.ones(size)
    need = np.array([size // 2])
    drawn = draw(gain, cost, need, 1)
    assert (drawn.low_yuan, drawn.high_yuan) == (1_500, 1_500)
    assert int(drawn.taken.sum()) == 1_500
    times = sum(draw(gain, cost, need, seed).taken for seed in range(40))
    assert 15 < times.mean() < 25
    assert times.max() < 38


def test_slots_of_a_source_choose_together() -> None:
    """12 t by the two slots: 7 + 5 costs 50, 3 + 9 costs 45."""
    sources = [(20, [[(3, 5), (7, 30)], [(5, 20), (9, 40)]])]
    found = climb(_problem(sources, 12.0), (), 0)
    assert found.built.sum() == 0
    equal = equal_percentage(_problem(sources, 12.0))
    assert (equal.share, equal.cost_yuan) == (0.6, 45.0)
