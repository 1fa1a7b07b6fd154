"""What cannot hold together, exactly, and how much each would have to give."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimize import AllocationProblem, Limit, build_problem, solve_allocation
from optimize.infeasible import can_hold
from optimize.least_cost import build_model
from optimize.nearest import find_nearest

MG_T = 1e-9


def _cities(limits: list[Limit], *, divisible: bool = True) -> AllocationProblem:
    """Four sources of 100 t; two in each city, each able to cut 30 t, then 50 t."""
    base = {f"s{n}": [100.0] for n in range(4)}
    rows = [
        (name, 0, measure, [cut], cost)
        for name in base
        for measure, cut, cost in (("a", 30.0, 300.0), ("b", 50.0, 900.0))
    ]
    groups = {"city": {"s0": "x", "s1": "x", "s2": "y", "s3": "y"}}
    return build_problem(base, rows, ["P"], groups=groups, limits=limits, divisible=divisible)


def _members(*on: int) -> np.ndarray:  # type: ignore[type-arg]
    return np.array([n in on for n in range(4)])


X, Y = _members(0, 1), _members(2, 3)


def test_a_target_above_all_that_there_is_conflicts_alone() -> None:
    slack = Limit("y", 0, "reduction_max", 150.0, Y)
    problem = _cities([Limit("target", 0, "reduction_min", 250.0), slack])
    plan = solve_allocation(problem)
    assert (plan.status, plan.conflict) == ("infeasible", ("target",))
    near = find_nearest(problem, plan.conflict)
    assert near is not None
    assert near.alone["target"] == pytest.approx(200)
    assert near.shares == {"target": pytest.approx(0.2, abs=1e-6)}
    assert near.plan.reduction_mg.sum() == pytest.approx(200e9, rel=1e-6)


def test_upper_limits_that_leave_too_little_conflict_with_the_target() -> None:
    problem = _cities(
        [
            Limit("target", 0, "reduction_min", 160.0),
            Limit("x", 0, "reduction_max", 40.0, X),
            Limit("y cap", 0, "emission_max", 190.0, Y),
        ]
    )
    plan = solve_allocation(problem)
    assert plan.conflict == ("target", "x")
    near = find_nearest(problem, plan.conflict)
    assert near is not None
    assert near.alone == {"target": pytest.approx(140), "x": pytest.approx(60)}
    # 160 (1 - t) = 100 + 40 (1 + t)
    assert near.shares == {
        "target": pytest.approx(0.1, abs=1e-6),
        "x": pytest.approx(0.1, abs=1e-6),
    }
    assert near.together == {"target": pytest.approx(144), "x": pytest.approx(44)}


def test_a_cap_and_an_upper_limit_on_one_city_conflict() -> None:
    problem = _cities(
        [
            Limit("target", 0, "reduction_min", 100.0),
            Limit("x at most", 0, "reduction_max", 30.0, X),
            Limit("x cap", 0, "emission_max", 150.0, X),
        ]
    )
    plan = solve_allocation(problem)
    assert plan.conflict == ("x at most", "x cap")
    near = find_nearest(problem, plan.conflict)
    assert near is not None
    assert near.alone == {"x at most": pytest.approx(50), "x cap": pytest.approx(170)}


def test_a_limit_whose_giving_alone_is_not_enough_is_told_so() -> None:
    """Whatever y may remove, 40 t of x are too little for the target."""
    problem = _cities(
        [
            Limit("target", 0, "reduction_min", 190.0),
            Limit("x", 0, "reduction_max", 40.0, X),
            Limit("y", 0, "reduction_max", 40.0, Y),
        ]
    )
    near = find_nearest(problem, ("target", "y"))
    assert near is not None
    assert near.conflicts == (("target", "y"),)
    assert near.alone == {"target": pytest.approx(80), "y": None}


def test_contradictions_that_share_no_limit_are_told_one_by_one() -> None:
    """Three are planted beside two limits that hold."""
    problem = _cities(
        [
            Limit("target", 0, "reduction_min", 90.0),
            Limit("x at most", 0, "reduction_max", 30.0, X),
            Limit("x cap", 0, "emission_max", 150.0, X),
            Limit("s2 at least", 0, "reduction_min", 45.0, _members(2)),
            Limit("s2 at most", 0, "reduction_max", 36.0, _members(2)),
            Limit("s3 at least", 0, "reduction_min", 60.0, _members(3)),
            Limit("y at least", 0, "reduction_min", 10.0, Y),
        ]
    )
    plan = solve_allocation(problem)
    near = find_nearest(problem, plan.conflict)
    assert near is not None
    assert sorted(near.conflicts) == [
        ("s2 at least", "s2 at most"), ("s3 at least",), ("x at most", "x cap"),
    ]  # fmt: skip
    assert near.alone == {
        "x at most": pytest.approx(50),
        "x cap": pytest.approx(170),
        "s2 at least": pytest.approx(36),
        "s2 at most": pytest.approx(45),
        "s3 at least": pytest.approx(50),
    }
    # 30 (1 + t) = 50 (1 - t); 45 (1 - t) = 36 (1 + t); 60 (1 - t) = 50
    shares = {"x": 1 / 4, "s2": 1 / 9, "s3": 1 / 6}
    for name, share in near.shares.items():
        assert share == pytest.approx(shares[name.split()[0]], abs=1e-6)
    assert near.plan.status == "optimal"


def test_whole_measures_count_in_what_can_be_had() -> None:
    limits = [Limit("target", 0, "reduction_min", 155.0), Limit("x", 0, "reduction_max", 45.0, X)]
    problem = _cities(limits, divisible=False)
    plan = solve_allocation(problem)
    assert plan.conflict == ("target", "x")
    near = find_nearest(problem, plan.conflict)
    assert near is not None
    assert near.alone == {"target": pytest.approx(130), "x": pytest.approx(60)}
    assert near.plan.status == "optimal"


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["reduction_min", "reduction_max", "emission_max"]),
            st.sampled_from([None, "x", "y"]),
            st.integers(0, 12),
        ),
        min_size=1,
        max_size=5,
    ),
    st.booleans(),
)
def test_a_conflict_is_minimal_and_real_against_every_subset(
    given_limits: list[tuple[str, str | None, int]], divisible: bool
) -> None:
    limits = []
    for n, (kind, city, tens) in enumerate(given_limits):
        members = {None: None, "x": X, "y": Y}[city]
        whole = 400.0 if city is None else 200.0
        amount = whole - 10.0 * tens if kind == "emission_max" else 20.0 * tens
        limits.append(Limit(f"l{n}", 0, kind, amount, members))  # type: ignore[arg-type]
    problem = _cities(limits, divisible=divisible)
    plan = solve_allocation(problem)
    model = build_model(problem)
    possible = can_hold(model, list(range(len(limits))))
    assert (plan.status != "infeasible") == possible
    if possible:
        return
    at = [model.names.index(name) for name in plan.conflict]
    assert not can_hold(model, at)
    for fewer in itertools.combinations(at, len(at) - 1):
        assert can_hold(model, list(fewer))
    near = find_nearest(problem, plan.conflict)
    assert near is not None
    assert near.plan.status != "infeasible"
    for name, amount in near.alone.items():
        if amount is None:
            continue
        n = model.names.index(name)
        more = MG_T if limits[n].kind != "reduction_min" else -MG_T
        eased = replace(limits[n], amount_t=amount + more)
        others = {other for own in near.conflicts if name not in own for other in own}
        kept = [eased if limit is limits[n] else limit for limit in limits]
        kept = [limit for limit in kept if limit.name not in others]
        held = replace(problem, limits=tuple(kept))
        assert solve_allocation(held).status != "infeasible"
