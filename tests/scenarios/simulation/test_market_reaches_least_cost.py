"""Where the market starts does not matter: Montgomery 1972, and its limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from permits.quantity import split_exact
from scenarios.definition.load import build_scenario, load_scenario
from scenarios.definition.scenario import Scenario
from scenarios.runner import make_plan, year_of
from scenarios.simulation.evaluation import Evaluation
from scenarios.simulation.opening_positions import cap_mg
from scenarios.simulation.world import World

T = 10**9
OPENINGS = ("equal percentage", "grandfathered", "random")
SMALL = ["frictions=none", "register.sources=300", "cost_information.kind=exact"]


def _bare(*sets: str) -> Scenario:
    """Zhejiang without frictions, and without instruments: price floor and contracts."""
    scenario = load_scenario("zhejiang-2017-voc", [*SMALL, *sets])
    without = {"policy": (), "lease": None, "buyback": None, "pledge": None}
    return replace(scenario, file=scenario.file.model_copy(update=without))


@pytest.fixture(scope="module")
def zhejiang() -> Mapping[str, tuple[World, Evaluation]]:
    """The year without frictions from three openings."""
    scenario = _bare()
    return {kind: year_of(scenario, _openings(scenario, kind)) for kind in OPENINGS}


def _openings(scenario: Scenario, kind: str) -> list[list[int]]:
    cap, firms = cap_mg(scenario)[0], scenario.register.firms
    if kind == "equal percentage":
        weights = [float(firm.base_mg[0]) for firm in firms]
    elif kind == "grandfathered":
        # By the square root: small firms favoured, as by an old inventory.
        weights = [float(firm.base_mg[0]) ** 0.5 for firm in firms]
    else:
        weights = list(np.random.default_rng(7).dirichlet(np.ones(len(firms))))
    return [[mass] for mass in split_exact(cap, weights)]


@pytest.mark.parametrize("kind", OPENINGS)
def test_without_frictions_and_instruments_the_market_realises_the_gain(
    zhejiang: Mapping[str, tuple[World, Evaluation]], kind: str
) -> None:
    _, verdict = zhejiang[kind]
    assert verdict.efficiency is not None
    assert 0.99 <= verdict.efficiency <= 1 + 1e-9


def test_it_ends_at_the_same_emissions_from_every_opening(
    zhejiang: Mapping[str, tuple[World, Evaluation]],
) -> None:
    ends = [zhejiang[kind][0].books.tally.emitted for kind in OPENINGS]
    total = float(ends[0].sum())
    # A firm at the margin may abate a lot more or less; nobody else differs.
    for other in ends[1:]:
        assert float(abs(ends[0] - other).sum()) / total < 2e-4
        assert float(other.sum()) == pytest.approx(total, rel=1e-5)


def test_from_the_least_cost_opening_nobody_trades() -> None:
    register_alone = ["production.firm_sigma=0", "production.daily_sigma=0"]
    scenario = _bare("plan.divisible=true", *register_alone)
    plan = make_plan(scenario)
    quotas = plan.firm_quota_mg()
    openings = [[quotas[firm.id][0]] for firm in scenario.register.firms]
    world, verdict = year_of(scenario, openings)
    traded = sum(row[10] for row in world.books.tables["sessions"])
    assert traded <= 1e-5 * sum(map(sum, openings))
    assert verdict.efficiency is None


def _five_firms(shares: list[int]) -> dict[str, Any]:
    """Costs c z²/2 for c = 1..5, e0 = 100, 80, 60, 40, 20 t, cap 180 t."""
    firms = [
        {
            "id": f"F{c}",
            "baseline": {"X": f"{e0} t"},
            "curve": {"b_yuan": c / 2},
            "opening": {"X": f"{share} kg"},
        }
        for c, e0, share in zip(range(1, 6), (100, 80, 60, 40, 20), shares, strict=True)
    ]
    return {
        "name": "five-firms",
        "begins": "2017-01-01",
        "ends": "2017-12-31",
        "pollutant": {"X": {"target": "120 t", "shortfall_charge": "500.00"}},
        "firm": firms,
        "rights": {"term_years": 1},
        "card": {"shift": "free"},
        "build": {"parts": True},
        "market": {"lot": "100 kg"},
        "session": [{"kind": "secondary", "rule": "call_double", "dates": ["2017-01-01"]}],
    }


@pytest.mark.parametrize("draw", range(3))
def test_five_quadratic_firms_end_where_theory_says(tmp_path: Path, draw: int) -> None:
    """Price 52.5547, z = 52.5547, 26.2774, 17.5182, 13.1387, 10.5109, cost 3,153.28, from
    any split of the cap. [Montgomery1972]; offers in lots of 100 kg, so prices
    within half a step."""
    shares = split_exact(180_000, list(np.random.default_rng(draw).dirichlet(np.ones(5))))
    path = tmp_path / "five-firms.toml"
    path.write_text("")
    world, verdict = year_of(build_scenario(_five_firms(shares), path))
    (price,) = [row[11] for row in world.books.tables["sessions"]]
    assert price / 100 == pytest.approx(52.5547, abs=0.16)
    cut = (world.books.tally.wanted - world.books.tally.emitted - world.books.tally.stopped) / T
    assert cut == pytest.approx([52.5547, 26.2774, 17.5182, 13.1387, 10.5109], abs=0.11)
    assert verdict.realised / 100 == pytest.approx(3153.28, rel=8e-3)
    paid = sum(row[9] for row in world.books.tables["trades"])
    assert paid == sum(row[13] for row in world.books.tables["sessions"])
