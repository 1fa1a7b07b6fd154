"""Concentrations at receptors and river zones: what a tonne counts depends on where it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from optimize import AllocationProblem, Limit, build_problem, solve_allocation

STEP_T = 0.004
BASE_T, SLOPE, CAPS = (60.0, 50.0, 40.0), (1.0, 2.0, 10.0), (20.0, 25.0, 22.0)


@settings(max_examples=150)
@given(st.integers(0, 10**6))
def test_each_receptor_has_its_own_price(seed: int) -> None:
    """The transfer matrix solved again as one flat linear program of scipy's."""
    rng = np.random.default_rng(seed)
    sources, receptors = int(rng.integers(2, 9)), int(rng.integers(1, 4))
    transfer = rng.uniform(0.05, 1.0, (receptors, sources))
    removes, unit = rng.uniform(1, 9, sources), rng.uniform(1, 9, sources)
    base = removes + rng.uniform(0, 5, sources)
    limits_at = transfer @ base - rng.uniform(0.2, 0.7, receptors) * (transfer @ removes)
    names = [f"s{n}" for n in range(sources)]
    problem = build_problem(
        {name: [float(b)] for name, b in zip(names, base, strict=True)},
        [
            (name, 0, "m", [float(r)], float(r * u))
            for name, r, u in zip(names, removes, unit, strict=True)
        ],
        ["P"],
        limits=[
            Limit(f"r{n}", 0, "emission_max", float(limits_at[n]), weight=transfer[n])
            for n in range(receptors)
        ],
        divisible=True,
    )
    plan = solve_allocation(problem)
    flat = linprog(unit, A_ub=-transfer, b_ub=-(transfer @ base - limits_at),
                   bounds=list(zip(np.zeros(sources), removes, strict=True)))  # fmt: skip
    assert plan.status == "optimal"
    assert plan.cost_yuan == pytest.approx(flat.fun, rel=1e-7)
    for n in range(receptors):
        low, high = plan.shadow[f"r{n}"]
        assert low - 1e-6 <= -flat.ineqlin.marginals[n] <= high + 1e-6
    still = base - plan.reduction_mg[:, 0] / 1e9
    assert (transfer @ still <= limits_at + 1e-6).all()


def _river(limits: list[Limit]) -> AllocationProblem:
    """Three zones with costs of c/2 z², in steps of 4 kg whose corners lie on the curve."""
    names = [f"zone{n}" for n in range(3)]
    rows = [
        (name, 0, f"{k:06d}", [k * STEP_T], c / 2 * (k * STEP_T) ** 2)
        for name, e, c in zip(names, BASE_T, SLOPE, strict=True)
        for k in range(1, round(e / STEP_T) + 1)
    ]
    base = {name: [e] for name, e in zip(names, BASE_T, strict=True)}
    return build_problem(base, rows, ["P"], limits=limits, divisible=True)


def test_river_zones_meet_the_least_cost_of_trading_ratios() -> None:
    """[HungShaw2005]: z 58.095, 48.413, 19.365; marginal costs 58.095, 96.825,
    193.651, each the transfer coefficient times the next one down; cost 5,906.35."""
    seen = np.array([[1.0, 0.0, 0.0], [0.6, 1.0, 0.0], [0.3, 0.5, 1.0]])
    limits = [
        Limit(f"zone {n}", 0, "emission_max", cap, weight=seen[n]) for n, cap in enumerate(CAPS)
    ]
    plan = solve_allocation(_river(limits))
    cut = plan.reduction_mg[:, 0] / 1e9
    assert cut == pytest.approx([58.095, 48.413, 19.365], abs=2 * STEP_T)
    assert plan.cost_yuan == pytest.approx(5906.35, abs=0.01)
    price = np.array([plan.shadow[limit.name] for limit in limits]).T @ seen
    for end in price:
        assert end == pytest.approx([58.095, 96.825, 193.651], rel=1e-3)


def test_river_zones_without_trade_pay_more() -> None:
    """[HungShaw2005]: zonal permits of 20, 13 and 9.5 t, none of them traded, cost 6,820.25."""
    permits = (20.0, 25.0 - 0.6 * 20.0, 22.0 - 0.5 * 25.0)
    limits = [
        Limit(f"zone {n}", 0, "emission_max", cap, np.arange(3) == n)
        for n, cap in enumerate(permits)
    ]
    assert solve_allocation(_river(limits)).cost_yuan == pytest.approx(6820.25, abs=0.01)
