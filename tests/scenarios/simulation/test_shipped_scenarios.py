"""The shipped scenarios: they load, run and say what they are for."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from permits.invariants import find_violations
from scenarios.definition.load import load_scenario
from scenarios.definition.scenario import Scenario
from scenarios.runner import run, year_of

T = 10**9
KINDS = (
    "permit.issued", "swipe.warned80", "swipe.warned90", "swipe.shut", "swipe.reopened",
    "auction.won", "auction.lost", "trade.done", "lease.started", "lease.ended",
    "buyback.done", "buyback.recovered", "pledge.started", "pledge.repaid",
    "pledge.defaulted", "pledge.disposed", "pledge.settled", "true_up.compliant",
    "permit.raised", "permit.lowered",
)  # fmt: skip
"""What can happen in a year of valves, which stop before a right is lacking."""


@pytest.fixture(scope="module")
def dyers() -> Any:
    """Jiaxing's dye works through their whole year."""
    scenario = load_scenario("jiaxing-dyers-2018")
    return scenario, *year_of(scenario)


def test_the_classroom_case_is_the_textbook_s() -> None:
    """Two firms, 100 + 2z² and 100 + 3z², cap 50: price 96, z = 24 and 16, A sells 9;
    1,920 yuan besides the fixed 200, against 2,325 alone. [Perman2011] §6.4."""
    result = run(load_scenario("classroom-two-firms"), part="year", without=("frictions",))
    sessions = list(result.tables["sessions"].dicts())
    assert [row["price_yuan_per_t"] / 100 for row in sessions] == [pytest.approx(96, abs=0.2)]
    assert sessions[0]["traded_t"] == 9 * T
    firms = {row["firm"]: row for row in result.tables["firms"].dicts()}
    assert round(firms["A"]["abated_t"] / T, 3) == 24
    assert round(firms["B"]["abated_t"] / T, 3) == 16
    costs = result.summary.year.evaluation
    assert costs.realised_fen == pytest.approx(192_000, abs=1)
    assert costs.no_trade_fen == pytest.approx(232_500, abs=1)
    assert costs.efficiency == pytest.approx(1, abs=1e-6)


def test_the_dyers_year_breaks_no_invariant(dyers: Any) -> None:
    _, world, _ = dyers
    assert find_violations(world.books.ledger) == []


@pytest.mark.parametrize("kind", KINDS)
def test_it_happens_in_the_dyers_year(dyers: Any, kind: str) -> None:
    _, world, _ = dyers
    assert world.books.log.counts[kind] >= 1
    assert "[" in world.books.log.first[kind].rule, "every line names its rule's source"


def test_a_lease_opens_a_shut_valve_on_the_same_day(dyers: Any) -> None:
    _, world, _ = dyers
    leased = {(e.who, e.on) for e in world.books.log.events if e.kind == "lease.started"}
    opened = {(e.who, e.on) for e in world.books.log.events if e.kind == "swipe.reopened"}
    assert leased & opened


def test_what_a_lessee_has_not_used_goes_back(dyers: Any) -> None:
    _, world, _ = dyers
    returned = [lease.returned_mg for lease in world.contracts.leases.values()]
    assert None not in returned
    assert any(returned)


def test_emission_never_exceeds_what_was_wanted(dyers: Any) -> None:
    _, world, _ = dyers
    tally = world.books.tally
    assert (tally.emitted + tally.stopped <= tally.wanted).all()
    assert (tally.emitted >= 0).all()


def test_rights_of_every_vintage_are_conserved(dyers: Any) -> None:
    _, world, _ = dyers
    sums: dict[Any, int] = {}
    for _, asset, balance in world.books.ledger.balances():
        sums[asset] = sums.get(asset, 0) + balance
    assert set(sums.values()) == {0}


@pytest.mark.slow
def test_it_all_happens_in_zhejiang_too() -> None:
    _, world = _year("zhejiang-2017-voc")
    for kind in ("swipe.curtailed", "swipe.shut", "auction.lost", "pledge.defaulted",
                 "pledge.sold", "pledge.unpaid", "true_up.short", "lease.ended",
                 "buyback.done"):  # fmt: skip
        assert world.books.log.counts[kind] >= 1, kind
    stops = {world.cards.bank.stops[c].value for c in range(len(world.cards.bank))}
    assert stops == {"curtail", "interlock"}


def _year(name: str) -> tuple[Scenario, Any]:
    scenario = load_scenario(name)
    return scenario, year_of(scenario)[0]


@pytest.mark.slow
def test_run_writes_the_same_bytes_in_every_process(
    run_cli: Callable[..., Any], tmp_path: Path
) -> None:
    """summary.json and tables/ for PYTHONHASHSEED 0 and 1; half of the dyers, to whom
    everything happens that happens to all."""
    _write_twice(run_cli, tmp_path, "--set", "register.sources=30")
    base = sqlite3.connect(tmp_path / "0" / "run.sqlite")
    happened = {kind for (kind,) in base.execute("select distinct kind from events")}
    base.close()
    assert set(KINDS) <= happened


@pytest.mark.slow
def test_the_whole_run_writes_the_same_bytes_too(
    run_cli: Callable[..., Any], tmp_path: Path
) -> None:
    _write_twice(run_cli, tmp_path)


def _write_twice(run_cli: Callable[..., Any], folder: Path, *options: str) -> None:
    for seed in ("0", "1"):
        ran = run_cli(
            "run", "jiaxing-dyers-2018", "--out", folder / seed, "--quiet", *options,
            env={"PYTHONHASHSEED": seed},
        )  # fmt: skip
        assert ran.code == 0, ran.err
    first, second = folder / "0", folder / "1"
    names = sorted(p.name for p in (first / "tables").iterdir())
    assert names == sorted(p.name for p in (second / "tables").iterdir())
    assert (first / "summary.json").read_bytes() == (second / "summary.json").read_bytes()
    for name in names:
        assert (first / "tables" / name).read_bytes() == (second / "tables" / name).read_bytes()


def test_two_years_under_a_falling_cap_keep_the_books_and_are_not_judged_as_one() -> None:
    """Vintages lapse and are loaded anew; 3.5 % of the second vintage is retired."""
    sets = ["ends=2019-12-31", "register.sources=12", 'policy=[{rule="cap_decline"}]']
    scenario = load_scenario("jiaxing-dyers-2018", sets)
    world, verdict = year_of(scenario)
    assert find_violations(world.books.ledger) == []
    assert verdict.efficiency is None
    right = world.right("COD", 2019)
    retired = sum(
        balance
        for account, asset, balance in world.books.ledger.balances()
        if asset == right and account.pocket.value == "retired"
    )
    assert retired > 0
    assert world.books.log.counts["policy.cap_decline"] == 1
