"""Least-cost problems with known answers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from optimize import Limit, build_problem, equal_percentage, solve_allocation
from optimize.curves import SmoothCost, solve_smooth, step_curve

PLANTS = [
    [(0, 100, 80), (30, 60, 70), (90, 20, 60), (120, 20, 25)],
    [(0, 90, 60), (20, 70, 55), (75, 25, 50), (110, 22, 20)],
    [(0, 60, 90), (40, 30, 80), (70, 30, 35), (95, 10, 30)],
    [(0, 120, 40), (50, 60, 38), (85, 40, 30), (140, 12, 15)],
]


def test_two_quadratic_firms_abate_at_equal_marginal_cost() -> None:
    """100 + 2z² and 100 + 3z² from 40 and 50 t to 50: price 96, z = 24 and 16, cost 2,120
    against 2,525; with 1.5 and 2.5: 75, 25 and 15, 1,700 against 2,100. [Perman2011]."""
    for (b1, b2), price, cuts, cost, alone in (
        ((2, 3), 96, (24, 16), 2120, 2525),
        ((1.5, 2.5), 75, (25, 15), 1700, 2100),
    ):
        firms = [SmoothCost(100, 0, b1, 40), SmoothCost(100, 0, b2, 50)]
        found, z = solve_smooth(firms, 40)
        assert found == pytest.approx(price)
        assert z == pytest.approx(cuts)
        assert sum(f.cost(x) for f, x in zip(firms, z, strict=True)) == pytest.approx(cost)
        assert firms[0].cost(15) + firms[1].cost(25) == pytest.approx(alone)


def test_five_firms_cost_the_same_from_any_split_of_the_cap() -> None:
    """c = 1..5, e0 = 100 … 20, cap 180: price 52.5547, cost 3,153.28, payments add up to
    nothing. [Montgomery1972]."""
    firms = [
        SmoothCost(0, 0, c / 2, e0)
        for c, e0 in zip(range(1, 6), (100, 80, 60, 40, 20), strict=True)
    ]
    price, z = solve_smooth(firms, 120)
    assert price == pytest.approx(52.554745, abs=1e-5)
    assert z == pytest.approx([52.5547, 26.2774, 17.5182, 13.1387, 10.5109], abs=1e-4)
    assert sum(f.cost(x) for f, x in zip(firms, z, strict=True)) == pytest.approx(3153.28, abs=0.01)
    for seed in range(5):
        opening = np.random.default_rng(seed).dirichlet(np.ones(5)) * 180
        emitted = np.array([f.max_t for f in firms]) - np.array(z)
        assert abs(float((price * (emitted - opening)).sum())) < 1e-6


def test_fixed_costs_do_not_move_the_split() -> None:
    """1000 + 2.5 A² and 500 + 1.5 A², 32 points: 12 and 20 at 60; 2,460 against 2,524."""
    firms = [SmoothCost(1000, 0, 2.5, 100), SmoothCost(500, 0, 1.5, 100)]
    price, z = solve_smooth(firms, 32)
    assert (price, *z) == pytest.approx((60, 12, 20))
    assert sum(f.cost(x) for f, x in zip(firms, z, strict=True)) == pytest.approx(2460)
    assert sum(f.cost(16) for f in firms) == pytest.approx(2524)


def test_marginal_costs_given_on_emissions() -> None:
    """28 - 2E and 32 - 2E, 20 in all: E = 9 and 11 at 10. A holder of 12 at price 10 sells
    3, abates at 21 and gains 9."""
    firms = [SmoothCost(0, 0, 1, 14), SmoothCost(0, 0, 1, 16)]
    price, z = solve_smooth(firms, 10)
    assert (price, 14 - z[0], 16 - z[1]) == pytest.approx((10, 9, 11))
    assert firms[0].cut_at(10) - (14 - 12) == pytest.approx(3)
    assert 30 - (firms[0].cost(5) - firms[0].cost(2)) == pytest.approx(9)


def _steps(costs: dict[str, list[float]], **options: object) -> object:
    base = {name: [float(len(steps))] for name, steps in costs.items()}
    rows = [
        (name, slot, f"{slot:02d}", [1.0], cost)
        for name, steps in costs.items()
        for slot, cost in enumerate(steps)
    ]
    return build_problem(base, rows, ["P"], **options)  # type: ignore[arg-type]


def test_ten_steps_of_two_firms() -> None:
    """10, 20 … 100 and 70, 80 … 160; ten wanted: 8 and 2, 510 against 600, price 80 to 90.
    econweb.com, TradeableRights 5 and 6."""
    costs = {
        "1": [10.0 * n for n in range(1, 11)],
        "2": [60 + 10.0 * n for n in range(1, 11)],
    }
    problem = _steps(costs, limits=[Limit("ten", 0, "reduction_min", 10)])
    plan = solve_allocation(problem, gap=1e-9)  # type: ignore[arg-type]
    assert plan.cost_yuan == pytest.approx(510)
    assert [row[0] / 1e9 for row in plan.reduction_mg] == [8, 2]
    assert plan.shadow["ten"] == pytest.approx((80, 90))
    assert step_curve(problem).cost_at(10) == pytest.approx(510)  # type: ignore[arg-type]
    assert sum(sorted(costs["1"])[:5]) + sum(sorted(costs["2"])[:5]) == 600


def test_a_uniform_cut_wastes_what_the_formula_says() -> None:
    """c = 1, 2, 4, 8, ten each: uniform over least cost = mean(c) mean(1/c) = 1.75781, price
    21.3333: exactly on the smooth curves, and nearly in a thousand steps a firm."""
    c, n = (1, 2, 4, 8), 1000
    top = 25.0
    base = {f"F{k}": [top] for k in c}
    rows = [
        (f"F{k}", j, f"{j:04d}", [top / n], k / 2 * (((j + 1) * top / n) ** 2 - (j * top / n) ** 2))
        for k in c
        for j in range(n)
    ]
    problem = build_problem(
        base, rows, ["P"], divisible=True, limits=[Limit("t", 0, "reduction_min", 40)]
    )
    plan, equal = solve_allocation(problem), equal_percentage(problem)
    assert equal.cost_yuan / plan.cost_yuan == pytest.approx(1.75781, rel=1e-3)
    low, high = plan.shadow["t"]
    assert low <= 21.3333 + 0.2
    assert high >= 21.3333 - 0.2
    firms = [SmoothCost(0, 0, k / 2, 1000) for k in c]
    price, z = solve_smooth(firms, 40)
    assert price == pytest.approx(21.3333, abs=1e-4)
    least = sum(firm.cost(cut) for firm, cut in zip(firms, z, strict=True))
    assert sum(firm.cost(10) for firm in firms) / least == pytest.approx(1.75781, abs=1e-5)


@pytest.mark.parametrize(
    ("caps", "cost", "options", "relaxed", "prices"),
    [
        ((200, 200), 195, (1, 1, 3, 1), 190.523, (1.15116, 0.639535)),
        ((150, 150), 315, (3, 2, 2, 1), 294.068, (1.10959, 1.01370)),
        ((120, 260), 290, (2, 2, 1, 2), 281.25, (1.75, 0)),
    ],
)
def test_four_plants_under_two_caps(
    caps: tuple[float, float],
    cost: float,
    options: tuple[int, ...],
    relaxed: float,
    prices: tuple[float, float],
) -> None:
    """Full enumeration agrees."""
    base = {f"P{i}": [float(plant[0][1]), float(plant[0][2])] for i, plant in enumerate(PLANTS)}
    rows = [
        (f"P{i}", 0, str(k), [float(plant[0][1] - o[1]), float(plant[0][2] - o[2])], float(o[0]))
        for i, plant in enumerate(PLANTS)
        for k, o in enumerate(plant)
        if k
    ]
    limits = [Limit("SO2", 0, "emission_max", caps[0]), Limit("NOx", 1, "emission_max", caps[1])]
    whole = solve_allocation(build_problem(base, rows, ["SO2", "NOx"], limits=limits), gap=1e-9)
    assert (whole.status, whole.cost_yuan) == ("optimal", cost)
    enumerated = min(
        sum(PLANTS[i][k][0] for i, k in enumerate(choice))
        for choice in itertools.product(range(4), repeat=4)
        if all(sum(PLANTS[i][k][1 + p] for i, k in enumerate(choice)) <= caps[p] for p in (0, 1))
    )
    assert enumerated == cost
    emitted = [sum(row[p] for row in whole.quota_mg) / 1e9 for p in (0, 1)]
    assert emitted == [sum(PLANTS[i][k][1 + p] for i, k in enumerate(options)) for p in (0, 1)]
    parts = solve_allocation(
        build_problem(base, rows, ["SO2", "NOx"], limits=limits, divisible=True)
    )
    assert parts.cost_yuan == pytest.approx(relaxed, abs=1e-3)
    for name, price in zip(("SO2", "NOx"), prices, strict=True):
        assert parts.shadow[name] == pytest.approx((price, price), abs=1e-4)
