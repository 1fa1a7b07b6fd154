"""Every behaviour through a whole year: the books stay whole, and what fees do to trade."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np
import pytest

from market.traders import find_traders
from permits.invariants import find_violations
from permits.quantity import split_exact
from scenarios.definition.load import build_scenario, load_scenario
from scenarios.definition.scenario import Scenario
from scenarios.proof.audit import audit_run
from scenarios.results.stores.folder import write_run
from scenarios.runner import LEFT_OUT, run, year_of
from scenarios.simulation.world import World

T = 10**9
SURE = 3.0  # t-statistic asked of a direction
TRADERS = sorted(find_traders())


def _town(folder: Path, shares_kg: Sequence[int] = (), **changes: Any) -> Scenario:
    """Five firms, costs c z²/2 for c = 1..5, emitting 100, 80, 60, 40, 20 t; cap 180 t."""
    firms: list[dict[str, Any]] = [
        {"id": f"F{c}", "baseline": {"X": f"{120 - 20 * c} t"}, "curve": {"b_yuan": c / 2}}
        for c in range(1, 6)
    ]
    for firm, share in zip(firms, shares_kg, strict=False):
        firm["opening"] = {"X": f"{share} kg"}
    charge = {"target": "120 t", "shortfall_charge": "500.00", "reference_price": "50.00"}
    file = {
        "name": "five-firms",
        "begins": "2017-01-01",
        "ends": "2017-12-31",
        "pollutant": {"X": charge},
        "firm": firms,
        "rights": {"term_years": 1},
        "card": {"shift": "free"},
        "build": {"parts": True},
        "market": {"lot": "1 t"},
        "session": [{"kind": "secondary", "rule": "call_double", "dates": ["2017-01-01"]}],
    }
    path = folder / "five-firms.toml"
    path.write_text("")
    return build_scenario({**file, **changes}, path)


@pytest.mark.parametrize("name", TRADERS)
def test_the_classroom_s_books_are_whole_whoever_trades(name: str) -> None:
    world, _ = year_of(
        load_scenario("classroom-two-firms", [f"traders.default={name}", "market.lot=1 t"])
    )
    assert find_violations(world.books.ledger) == []
    emitted, cap = int(world.books.tally.emitted.sum()), 50 * T
    assert emitted <= cap + T  # nobody here means to emit without a right


SALES = {
    "rights": {"term_years": 1, "withheld": 0.3},
    "session": [
        {
            "kind": "auction",
            "rule": "headcount_share",
            "day_of_month": 5,
            "months": [1, 3, 5],
            "offered": 0.25,
            "floor": 1.0,
        },
        {"kind": "secondary", "rule": "call_double", "day_of_month": 15, "months": [1, 3, 5]},
    ],
}


def _sales(folder: Path, name: str) -> World:
    world, _ = year_of(_town(folder, traders={"default": name}, ends="2017-06-30", **SALES))
    return world


@pytest.mark.parametrize("name", TRADERS)
def test_a_year_of_sales_and_sessions_is_whole_whoever_trades(name: str, tmp_path: Path) -> None:
    world = _sales(tmp_path, name)
    assert find_violations(world.books.ledger) == []
    held = [row for row in world.books.tables["sessions"] if row[2] == "auction" and row[10]]
    told = world.market.sale_prices_fen_per_t.get("X", [])
    assert [on for on, _ in told] == [row[1] for row in held]
    # A lowest winning bid is never above the mean that winners paid as bid.
    assert all(price <= row[12] for (_, price), row in zip(told, held, strict=True))


def test_a_run_with_a_mix_of_behaviours_is_audited_clean(tmp_path: Path) -> None:
    """Two in five of each of two kinds, drawn firm by firm; the rest tell the truth."""
    mix = [{"trader": name, "share": 0.4} for name in ("best_responder", "hoarder")]
    scenario = _town(tmp_path, traders={"mix": mix})
    report = audit_run(write_run(run(scenario, part="year", without=LEFT_OUT), tmp_path / "run"))
    assert report.ok, report.lines()


def test_the_behaviour_that_the_page_shows_works_beside_a_scenario(tmp_path: Path) -> None:
    """It bids half, so nobody meets an ask above that; and its books are whole."""
    page = (Path(__file__).parents[3] / "docs" / "traders.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "half.py").write_text(code, encoding="utf-8")
    world, _ = year_of(_town(tmp_path, traders={"default": "half"}))
    assert find_violations(world.books.ledger) == []
    (bids,) = {row[6] for row in world.books.tables["sessions"]}
    assert bids > 0
    assert not world.books.tables["trades"]


def _share_that_stays(world: World, opening_t: np.ndarray[Any, Any]) -> float:
    """Of the distance between opening and least cost, what is still there in emissions."""
    least_cost = np.array([47.4453, 53.7226, 42.4818, 26.8613, 9.4891])
    away = opening_t - least_cost
    return float((world.books.tally.emitted / T - least_cost) @ away / (away @ away))


def test_with_a_fee_emissions_follow_the_opening(tmp_path: Path) -> None:
    """Without costs of trade the opening does not matter, with them it does [Stavins1995], as
    in RECLAIM, where emissions follow allocations the more, the dearer trade is for a firm
    [RECLAIM-Allocation]: four openings, with no fee and with half of the money."""
    free: list[float] = []
    dear: list[float] = []
    for draw in range(4):
        shares = split_exact(180_000, list(np.random.default_rng(draw).dirichlet(np.ones(5) * 4)))
        opening_t = np.array(shares) / 1000
        for fee, into in ((0.0, free), (0.5, dear)):
            market = {"lot": "1 t", "fee": fee}
            world, _ = year_of(_town(tmp_path, shares, market=market))
            into.append(_share_that_stays(world, opening_t))
    assert max(map(abs, free)) < 0.03
    more = [with_fee - without for without, with_fee in zip(free, dear, strict=True)]
    assert mean(more) / (stdev(more) / len(more) ** 0.5) > SURE
