"""Large problems are solved by their structure: the same answer as the model as it stands."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimize import (
    Allocation,
    AllocationProblem,
    Limit,
    build_problem,
    solve_allocation,
    solve_budget,
    solver,
)
from optimize.certificate import lagrangian_bound
from optimize.engine import relax, solve
from optimize.hulls import hull_steps, plain_hull_steps
from optimize.kernels import compiled_hull_steps
from optimize.least_cost import build_model, undominated
from optimize.solver import Matrix, Patience, Program, solve_program

MANY = settings(max_examples=120)
ZONES, TRADES = ("x", "y", "z"), ("p", "q")
KINDS = ("reduction_min", "reduction_min", "emission_max", "reduction_max", "equal")
ODD = ("weighed", "of m0", "cost_max")
WEIGHT = st.sampled_from([0.0, 0.5, 1.0, 2.0])


@st.composite
def problems(
    draw: st.DrawFn, pollutants: int = 1, odd: bool = False, divisible: bool = True
) -> AllocationProblem:
    """Few sources with ties, dominated measures, costs of nothing and below, empty cells,
    and limits that are slack, tight, equal or impossible. `odd` ones also weigh tonnes,
    count some measures only, or bound money."""
    count = draw(st.integers(1, 6))
    whole = st.integers(0, 6)
    cost = st.integers(-4, 12)
    base, rows, groups = {}, [], {"zone": {}, "trade": {}}  # type: ignore[var-annotated]
    for n in range(count):
        name = f"s{n}"
        idle = draw(st.integers(0, 9)) == 0
        base[name] = [0.0 if idle else float(draw(st.integers(6, 12))) for _ in range(pollutants)]
        groups["zone"][name] = draw(st.sampled_from(ZONES))
        groups["trade"][name] = draw(st.sampled_from(TRADES))
        for slot in range(draw(st.integers(1, 2))):
            for k in range(draw(st.integers(0, 3))):
                removed = [0.0 if idle else draw(whole) / 2 for _ in range(pollutants)]
                rows.append((name, slot, f"m{k}", removed, float(draw(cost))))
    names = sorted(base)
    total = [sum(base[s][p] for s in names) for p in range(pollutants)]
    limits = []
    for n in range(draw(st.integers(1, 4))):
        column = draw(st.sampled_from(["all", "zone", "trade"]))
        value = draw(st.sampled_from({"all": ("",), "zone": ZONES, "trade": TRADES}[column]))
        members = np.array([column == "all" or groups[column][s] == value for s in names])
        p = draw(st.integers(0, pollutants - 1))
        kind = draw(st.sampled_from([*KINDS, *ODD] if odd else KINDS))
        own = float(sum(base[s][p] for s, m in zip(names, members, strict=True) if m))
        amount = draw(st.integers(0, 8)) / 16 * (own if column != "all" else total[p])
        amount = own - amount if kind == "emission_max" else amount
        weight = counted = None
        if kind == "weighed":
            kind, weight = "reduction_min", np.array([draw(WEIGHT) for _ in names])
        if kind == "of m0":
            kind = draw(st.sampled_from(["reduction_min", "reduction_max"]))
            counted = np.array([name == "m0" for name in sorted({row[2] for row in rows})])
        if kind == "cost_max":
            amount = float(draw(st.integers(-4, 30)))
        both = ["reduction_min", "reduction_max"] if kind == "equal" else [kind]
        limits += [
            Limit(f"l{n}{one}", p, one, amount, members, weight, counted)  # type: ignore[arg-type]
            for one in both
        ]
    names_of = [f"P{p}" for p in range(pollutants)]
    return build_problem(base, rows, names_of, groups=groups, limits=limits, divisible=divisible)


def _both(problem: AllocationProblem, gap: float) -> tuple[Allocation, float | None]:
    """Our plan, and what the model as it stands costs (None where it cannot be met)."""
    model = build_model(problem)
    flat = solve(model, Patience(gap=gap), "flat")
    cost = float(flat.x @ model.cost) if flat.answer == "optimal" else None
    return solve_allocation(problem, method="cells", gap=gap), cost


@MANY
@given(problems())
def test_cells_as_curves_cost_what_the_flat_program_costs(problem: AllocationProblem) -> None:
    ours, flat_yuan = _both(problem, gap=1e-9)
    assert (ours.status == "infeasible") == (flat_yuan is None)
    if flat_yuan is None:
        return
    assert ours.cost_yuan == pytest.approx(flat_yuan, rel=1e-6, abs=1e-6)
    assert ours.bound_yuan <= flat_yuan + 1e-6
    assert ours.status == "optimal"


@MANY
@given(problems())
def test_the_prices_of_the_flat_program_stand_within_ours_and_both_prove_it(
    problem: AllocationProblem,
) -> None:
    """Where an interval is a point the two agree; where not, either end is a proof too."""
    model = build_model(problem)
    flat = relax(model, Patience(gap=1e-9), "flat")
    plan = solve_allocation(problem, method="cells", gap=1e-9)
    if plan.status == "infeasible":
        return
    ends = np.array([plan.shadow[name] for name in model.names])
    for (low, high), price in zip(ends.tolist(), flat.price.tolist(), strict=True):
        assert low - 1e-6 <= price <= high + 1e-6
    cost = plan.cost_yuan
    point = ends[:, 0]
    if (ends[:, 1] - ends[:, 0] <= 1e-9).all():
        assert lagrangian_bound(model, point) == pytest.approx(cost, rel=1e-6, abs=1e-5)


@MANY
@given(st.integers(1, 2).flatmap(lambda p: problems(pollutants=p, odd=True)))
def test_columns_cost_what_the_flat_program_costs(problem: AllocationProblem) -> None:
    ours, flat_yuan = _both(problem, gap=1e-6)
    assert (ours.status == "infeasible") == (flat_yuan is None)
    if flat_yuan is None:
        return
    assert ours.cost_yuan == pytest.approx(flat_yuan, rel=1e-5, abs=1e-5)
    assert ours.bound_yuan <= flat_yuan + 1e-6


@MANY
@given(st.integers(1, 2).flatmap(lambda p: problems(pollutants=p, odd=p == 2, divisible=False)))
def test_whole_measures_cost_no_more_than_the_gap_allows(problem: AllocationProblem) -> None:
    ours, flat_yuan = _both(problem, gap=1e-6)
    assert (ours.status == "infeasible") == (flat_yuan is None)
    if flat_yuan is None:
        return
    assert ours.cost_yuan == pytest.approx(flat_yuan, rel=1e-5, abs=1e-5)
    assert set(np.unique(ours.share)) <= {0.0, 1.0}


@pytest.mark.slow
@settings(max_examples=3000)
@given(st.integers(1, 2).flatmap(lambda p: problems(pollutants=p, odd=True)))
def test_structure_costs_what_the_flat_program_costs_on_thousands(
    problem: AllocationProblem,
) -> None:
    ours, flat_yuan = _both(problem, gap=1e-6)
    assert (ours.status == "infeasible") == (flat_yuan is None)
    if flat_yuan is not None:
        assert ours.cost_yuan == pytest.approx(flat_yuan, rel=1e-5, abs=1e-5)
        assert ours.bound_yuan <= flat_yuan + 1e-6


def test_the_random_problems_hold_every_oddity() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=300, derandomize=True)
    @given(problems(pollutants=2, odd=True))
    def look(problem: AllocationProblem) -> None:
        seen.update(_oddities(problem))

    look()
    assert {odd: count for odd, count in seen.items() if count < 10} == {}
    assert len(seen) == 15, seen


def _oddities(problem: AllocationProblem) -> set[str]:
    kinds = Counter(limit.kind for limit in problem.limits)
    cells = {tuple(problem.counts(limit)[s] for limit in problem.limits)
             for s in range(len(problem.sources))}  # fmt: skip
    found = {str(kind) for kind in kinds}
    unit = problem.cost_yuan / np.where(
        problem.removed_t[:, 0] > 0, problem.removed_t[:, 0], np.inf
    )
    free = build_model(replace(problem, limits=()))
    flags = {
        "one source": len(problem.sources) == 1,
        "no measure": not len(problem.source),
        "nothing emitted": bool((problem.base_t.sum(axis=1) == 0).any()),
        "costs nothing": bool((problem.cost_yuan == 0).any()),
        "saves": bool((problem.cost_yuan < 0).any()),
        "tie": len(unit) > len(np.unique(unit)),
        "weighed": any(limit.weight is not None for limit in problem.limits),
        "of some measures": any(limit.kinds is not None for limit in problem.limits),
        "several cells": len(cells) > 1,
        "dominated": not undominated(free).all(),
        "equality": any(limit.name.endswith("reduction_max") for limit in problem.limits)
        and len({limit.name[:2] for limit in problem.limits}) < len(problem.limits),
    }
    return found | {name for name, true in flags.items() if true}


@given(st.lists(st.lists(st.tuples(st.integers(0, 4), st.integers(-4, 9)), max_size=6), max_size=6))
def test_steps_by_arrays_and_compiled_are_the_plain_ones(
    choices: list[list[tuple[int, int]]],
) -> None:
    edges = np.cumsum([0, *(len(own) for own in choices)]).astype(np.int64)
    removed = np.array([x / 8 for own in choices for x, _ in own])
    cost = np.array([y / 3 for own in choices for _, y in own])
    plain = [part.tolist() for part in plain_hull_steps(edges, removed, cost)]
    assert [part.tolist() for part in hull_steps(edges, removed, cost)] == plain
    assert [part.tolist() for part in compiled_hull_steps(edges, removed, cost)] == plain


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_a_program_by_arrays_is_the_one_written_out(seed: int, whole: bool) -> None:
    """Rows with both ends, with one and with none; coefficients of 0; an unlimited column."""
    rng = np.random.default_rng(seed)
    rows = np.round(rng.uniform(-1, 3, (4, 6))) * (rng.random((4, 6)) < 0.7)
    near = rows @ rng.integers(0, 3, 6)
    program = Program(
        cost=np.round(rng.uniform(0, 9, 6), 2),
        rows=Matrix.of(rows),
        low=np.array([near[0] - 1, near[1], -np.inf, -np.inf]),
        high=np.array([near[0] + 1, np.inf, near[2], np.inf]),
        lower=np.zeros(6),
        upper=np.array([np.inf, 3.0, 3.0, 3.0, 3.0, 3.0]),
        whole=whole,
    )
    with pytest.MonkeyPatch.context() as patch:
        written = solve_program(program)
        patch.setattr(solver, "WRITTEN_OUT", 0)
        by_arrays = solve_program(program)
    assert by_arrays.answer == written.answer
    assert by_arrays.x.tolist() == written.x.tolist()
    assert by_arrays.price.tolist() == written.price.tolist()
    assert by_arrays.bound == written.bound


# --- large plans ---------------------------------------------------------------------------


def _province(
    sources: int, *, seed: int = 1, divisible: bool = True, order: list[int] | None = None
) -> AllocationProblem:
    """Sources of four sizes only, so that whole sub-sectors tie; names by `order`."""
    rng = np.random.default_rng(seed)
    size = rng.choice([2.0, 3.0, 5.0, 8.0], sources)
    trade, city = rng.integers(0, 5, sources), rng.integers(0, 3, sources)
    name = [f"n{n:05d}" for n in (order or range(sources))]
    base = {name[s]: [size[s]] for s in range(sources)}
    rows = []
    for s in range(sources):
        for k, (part, unit) in enumerate([(0.3, 2.0), (0.6, 5.0), (0.9, 30.0)]):
            cut = round(part * size[s], 3)
            rows.append((name[s], 0, f"m{k}", [cut], cut * (unit + trade[s])))
    groups = {
        "city": {name[s]: f"c{city[s]}" for s in range(sources)},
        "sector": {name[s]: f"t{trade[s]}" for s in range(sources)},
    }
    names = sorted(base)
    members = np.array([groups["city"][n] == "c1" for n in names])
    limits = [
        Limit("all", 0, "reduction_min", 0.41 * float(size.sum())),
        Limit("c1", 0, "reduction_min", 0.45 * sum(base[n][0] for n in np.array(names)[members])),
    ]
    return build_problem(base, rows, ["P"], groups=groups, limits=limits, divisible=divisible)


@pytest.mark.parametrize("divisible", [False, True])
def test_names_and_rows_decide_nothing_in_a_large_plan_but_what_is_drawn(divisible: bool) -> None:
    count = 4000
    plain = _province(count, divisible=divisible)
    other = np.random.default_rng(7).permutation(count).tolist()
    shuffled = _province(count, divisible=divisible, order=other)
    plans = [solve_allocation(p, method="cells", gap=1e-4) for p in (plain, shuffled)]
    renamed = [f"n{n:05d}" for n in other]
    place = {name: n for n, name in enumerate(shuffled.sources)}
    assert plans[0].cost_yuan == pytest.approx(plans[1].cost_yuan, rel=1e-12)
    drawn = 0
    for s in range(count):
        t = place[renamed[s]]
        assert plans[0].drawn[s] == plans[1].drawn[t]
        drawn += int(plans[0].drawn[s])
        if not plans[0].drawn[s]:
            assert plans[0].quota_mg[s, 0] == plans[1].quota_mg[t, 0]
    assert drawn == 0 if divisible else 0 < drawn < count


def test_ties_at_the_margin_of_a_large_plan_are_cut_to_one_percentage() -> None:
    """All that is open at the marginal price ends at one percentage, unless its step ends."""
    problem = _province(4000)
    plan = solve_allocation(problem, method="cells")
    part = plan.share[(plan.share > 1e-9) & (plan.share < 1 - 1e-9)]
    rows = np.flatnonzero((plan.share > 1e-9) & (plan.share < 1 - 1e-9))
    owners = np.unique(problem.source[rows])
    cut = plan.reduction_mg[owners, 0] / plan.base_mg[owners, 0]
    city = np.array(problem.groups["city"])[owners] == "c1"
    for own in (cut[city], cut[~city]):
        if len(own):
            assert own.max() - own.min() < 1e-8
    assert len(part)


def test_a_large_whole_plan_is_proved_within_its_gap() -> None:
    rng = np.random.default_rng(3)
    count = 5000
    base = {f"n{n:05d}": [float(v)] for n, v in enumerate(rng.lognormal(1, 1, count))}
    rows = [
        (name, 0, f"m{k}", [round(emitted[0] * part, 9)], float(emitted[0] * part * price))
        for name, emitted in base.items()
        for k, (part, price) in enumerate(
            zip([0.2, 0.5, 0.8, 0.95], np.sort(rng.lognormal(8, 1, 4)), strict=True)
        )
    ]
    total = sum(v[0] for v in base.values())
    limits = [Limit("t", 0, "reduction_min", 0.4 * total)]
    problem = build_problem(base, rows, ["P"], limits=limits)
    plan = solve_allocation(problem, gap=1e-4)
    assert plan.status == "optimal"
    assert plan.gap <= 1e-4
    assert plan.bound_yuan <= plan.cost_yuan
    parts = solve_allocation(replace(problem, divisible=True))
    assert parts.cost_yuan <= plan.cost_yuan * (1 + 1e-9)
    assert plan.bound_yuan >= parts.cost_yuan * (1 - 1e-9)


def test_a_wish_to_stop_leaves_the_best_plan_so_far() -> None:
    problem = _province(3000, divisible=False)
    plan = solve_allocation(problem, gap=1e-9, stopped=lambda: True)
    assert plan.status in ("optimal", "feasible")
    assert plan.reduction_mg[:, 0].sum() >= round(problem.limits[0].amount_t * 1e9)
    assert plan.gap <= 0.01


def test_a_wish_to_stop_leaves_the_most_that_a_budget_was_found_to_buy() -> None:
    problem = replace(_province(3000, divisible=False), limits=())
    plan = solve_budget(problem, 0, 20_000.0, gap=1e-9, stopped=lambda: True)
    assert plan.status in ("optimal", "feasible")
    assert plan.cost_yuan <= 20_000
    parts = solve_budget(replace(problem, divisible=True), 0, 20_000.0)
    assert plan.reduction_mg.sum() >= 0.99 * parts.reduction_mg.sum()
