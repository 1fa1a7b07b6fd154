"""Of plans that cost the same the most even one, whoever is called what, at every size."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy import sparse

from optimize import Allocation, AllocationProblem, Limit, build_problem, solve_allocation
from optimize.engine import Method
from optimize.solver import Program, solve_program

SIZES = (2.0, 3.0, 5.0, 8.0)
STEPS = ((0.25, 2.0), (0.5, 3.0), (0.75, 6.0))  # share removed, yuan a tonne


def _tied(
    rng: np.random.Generator, count: int, pollutants: int = 1, sizes: Any = SIZES
) -> dict[str, Any]:
    """Sources of one catalogue: costs by the tonne are the same for all of them."""
    size = rng.choice(sizes, count)
    rows = []
    for s in range(count):
        for k, (part, unit) in enumerate(STEPS):
            removed = [part * size[s] / (1 + p * k) for p in range(pollutants)]
            rows.append((s, 0, k, removed, part * size[s] * unit))
        if rng.random() < 0.3:
            rows.append((s, 1, 3, [0.125 * size[s]] * pollutants, 0.125 * size[s] * 6.0))
    return {
        "size": size, "rows": rows, "pollutants": pollutants,
        "sector": rng.integers(0, 2, count), "city": rng.integers(0, 3, count),
    }  # fmt: skip


def _limits(rng: np.random.Generator, world: dict[str, Any]) -> list[Limit]:
    size, total = world["size"], float(world["size"].sum())
    found = [Limit("all", 0, "reduction_min", float(rng.integers(1, 6)) / 10 * total)]
    if world["pollutants"] > 1:
        found.append(Limit("second", 1, "reduction_min", float(rng.integers(1, 6)) / 20 * total))
    for n in range(int(rng.integers(0, 4))):
        column = ("sector", "city")[int(rng.integers(0, 2))]
        own = world[column] == rng.integers(0, 2)
        kind = ("reduction_min", "reduction_max")[int(rng.integers(0, 2))]
        amount = float(rng.integers(1, 7)) / 10 * float(size[own].sum())
        found.append(Limit(f"l{n}", 0, kind, amount, own))  # type: ignore[arg-type]
    return found


def _build(
    world: dict[str, Any], limits: list[Limit], divisible: bool, *, called: int = 0
) -> tuple[AllocationProblem, np.ndarray[Any, Any]]:
    """The problem, and the row of each source in it. With `called`, sources, measures and
    slots' rows have other names and another order."""
    count = len(world["size"])
    rng = np.random.default_rng(called)
    names = [f"s{n:05d}" for n in (rng.permutation(count) if called else range(count))]
    measures = "abcd" if not called else "zyxw"
    rows = [(names[s], slot, measures[k], removed, cost)
            for s, slot, k, removed, cost in world["rows"]]  # fmt: skip
    if called:
        rows = [rows[n] for n in rng.permutation(len(rows))]
    order = np.argsort(names)
    problem = build_problem(
        {names[s]: [size] * world["pollutants"] for s, size in enumerate(world["size"].tolist())},
        rows,
        [f"P{p}" for p in range(world["pollutants"])],
        groups={
            column: {names[s]: f"{column}{n}" for s, n in enumerate(world[column].tolist())}
            for column in ("sector", "city")
        },
        limits=[
            replace(one, members=None if one.members is None else one.members[order])
            for one in limits
        ],
        divisible=divisible,
    )
    return problem, np.argsort(order)


@settings(max_examples=40)
@given(
    st.integers(0, 10**6), st.integers(1, 2), st.booleans(), st.sampled_from(["auto", "cells"])
)  # fmt: skip
def test_other_names_of_sources_and_measures_move_only_what_is_drawn(
    seed: int, pollutants: int, divisible: bool, method: Method
) -> None:
    rng = np.random.default_rng(seed)
    world = _tied(rng, int(rng.integers(2, 30)), pollutants)
    limits = _limits(rng, world)
    found = []
    for called in (0, 7):
        problem, place = _build(world, limits, divisible, called=called)
        plan = solve_allocation(problem, method=method, gap=1e-6)
        found.append((plan, plan.quota_mg[place], plan.drawn[place]))
    (one, quota, drawn), (other, again, as_well) = found
    assert one.status == other.status
    assert one.cost_yuan == pytest.approx(other.cost_yuan)
    assert (drawn == as_well).all()
    assert (quota[~drawn] == again[~drawn]).all()


@pytest.mark.parametrize(("count", "pollutants"), [(7500, 1), (1500, 2)])
@pytest.mark.parametrize("divisible", [True, False])
def test_other_names_move_only_what_is_drawn_beyond_what_is_solved_flat(
    count: int, pollutants: int, divisible: bool
) -> None:
    """As many sizes as sources, all of them tied; of one pollutant more than 20,000 columns."""
    rng = np.random.default_rng(3)
    world = _tied(rng, count, pollutants, np.round(rng.lognormal(1, 1, count), 3))
    total = float(world["size"].sum())
    limits = [Limit("all", 0, "reduction_min", 0.3 * total)]
    limits += [Limit("second", 1, "reduction_min", 0.2 * total)] * (pollutants - 1)
    found = []
    for called in (0, 7):
        problem, place = _build(world, limits, divisible, called=called)
        plan = solve_allocation(problem, method="cells")
        found.append((plan.quota_mg[place], plan.drawn[place]))
        assert plan.status == "optimal"
    (quota, drawn), (again, as_well) = found
    assert (drawn == as_well).all()
    assert (quota[~drawn] == again[~drawn]).all()
    assert drawn.sum() < len(drawn) / 4
    cut = 1 - quota.sum(axis=1) / (pollutants * 1e9 * world["size"])
    for column in ("sector", "city"):
        shares = [
            np.average(cut[world[column] == n], weights=world["size"][world[column] == n])
            for n in np.unique(world[column])
        ]
        assert max(shares) - min(shares) < 0.02


def _unevenness_left(problem: AllocationProblem, plan: Allocation) -> float:
    """How much the sum of baseline × share cut² could fall towards any other plan of the
    same cost: nothing, at its least, since it is convex."""
    count, base = len(problem.source), problem.base_t[:, 0]
    cut = np.bincount(problem.source, plan.share * problem.removed_t[:, 0], len(base)) / base
    slope = 2 * cut[problem.source] * problem.removed_t[:, 0]
    needs = [problem.needed_t(limit) for limit in problem.limits]
    one = sparse.csr_array((np.ones(count), (problem.choice, np.arange(count))))
    rows = [problem.row(limit)[None, :] for limit in problem.limits]
    ends = [np.array(side) for side in zip(*needs, strict=True)]
    choices = one.shape[0]
    other = solve_program(
        Program(
            slope,
            sparse.csr_array(sparse.vstack([*rows, problem.cost_yuan[None, :], one])),
            np.concatenate([ends[0], [-np.inf], np.full(choices, -np.inf)]),
            np.concatenate([ends[1], [plan.cost_yuan + 1e-9], np.ones(choices)]),
            np.zeros(count),
            np.ones(count),
        )
    )
    assert other.answer == "optimal"
    return float(slope @ (plan.share - other.x))


@settings(max_examples=60)
@example(69620)  # limits that work against each other
@given(st.integers(0, 10**6))
def test_no_plan_of_the_same_cost_is_more_even(seed: int) -> None:
    """Also where a slack limit stands in the way of one percentage for all."""
    rng = np.random.default_rng(seed)
    world = _tied(rng, int(rng.integers(2, 16)))
    problem, _ = _build(world, _limits(rng, world), True)
    plan = solve_allocation(problem)
    assume(plan.status == "optimal")
    assert _unevenness_left(problem, plan) <= 1e-5 * problem.base_t.sum()


@pytest.mark.parametrize("method", ["flat", "cells"])
def test_small_and_large_are_cut_to_one_percentage_under_two_targets(method: Method) -> None:
    rng = np.random.default_rng(5)
    world = _tied(rng, 60, 2)
    total = float(world["size"].sum())
    limits = [
        Limit("first", 0, "reduction_min", 0.3 * total),
        Limit("second", 1, "reduction_min", 0.2 * total),
    ]
    problem, _ = _build(world, limits, True)
    plan = solve_allocation(problem, method=method)
    cut = plan.reduction_mg / plan.base_mg
    slots = np.bincount(problem.source, problem.slot, 60) > 0
    for own in (slots, ~slots):
        assert np.ptp(cut[own], axis=0) == pytest.approx([0, 0], abs=1e-8)
    assert plan.status == "optimal"


def test_the_lot_draws_every_sub_sector_and_city_in_proportion() -> None:
    """48 like sources in two sub-sectors and four cities; half of them must act."""
    names = [f"s{n:02d}" for n in np.random.default_rng(1).permutation(48)]
    groups = {
        "subsector": {name: f"t{n % 2}" for n, name in enumerate(names)},
        "city": {name: f"c{n % 8 // 2}" for n, name in enumerate(names)},
    }
    problem = build_problem(
        {name: [10.0] for name in names},
        [(name, slot, "m", [4.0], 8.0) for name in names for slot in (0, 1)],
        ["P"],
        groups=groups,
        limits=[Limit("t", 0, "reduction_min", 24 * 4.0)],
    )
    plan = solve_allocation(problem, seed=4)
    assert plan.drawn.all()
    cut = plan.reduction_mg[:, 0] // (4 * 10**9)
    assert cut.sum() == 24
    assert cut.max() == 1  # nobody builds in both slots while others build in none
    for column, own in problem.groups.items():
        acts = [int(cut[np.array(own) == label].sum()) for label in sorted(set(own))]
        assert acts == [24 // len(acts)] * len(acts), column
    assert not np.array_equal(plan.share, solve_allocation(problem, seed=5).share)


def test_whole_measures_go_to_each_size_in_proportion() -> None:
    rng = np.random.default_rng(2)
    world = _tied(rng, 4000)
    problem, place = _build(
        world, [Limit("t", 0, "reduction_min", 0.3 * world["size"].sum())], False
    )
    plan = solve_allocation(problem)
    assert (plan.status, plan.drawn.all()) == ("optimal", True)
    cut = (plan.reduction_mg[:, 0] / plan.base_mg[:, 0])[place]
    for size in SIZES:
        assert cut[world["size"] == size].mean() == pytest.approx(0.3, abs=0.01)
