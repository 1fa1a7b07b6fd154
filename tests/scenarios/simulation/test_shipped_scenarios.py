"""The shipped scenarios: they load, run and say what they are for."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from permits.invariants import find_violations
from scenarios.definition.load import load_scenario, shipped_names
from scenarios.definition.scenario import Scenario
from scenarios.runner import make_plan, run, year_of

T = 10**9
QUIET = ["frictions=none"]
LITTLE = ["baseline=register", "applicability=0.25"]
SIZES = pytest.mark.parametrize(
    "size",
    [["register.sources=300"], pytest.param([], marks=pytest.mark.slow)],
    ids=["300 sources", "all"],
)
KINDS = (
    "permit.issued", "swipe.warned80", "swipe.warned90", "swipe.shut", "swipe.reopened",
    "auction.won", "auction.lost", "trade.done", "lease.started", "lease.ended",
    "buyback.done", "buyback.recovered", "pledge.started", "pledge.repaid",
    "pledge.defaulted", "pledge.disposed", "pledge.settled", "true_up.short", "true_up.compliant",
    "permit.raised", "permit.lowered",
)  # fmt: skip
"""What can happen in a year."""


@pytest.fixture(scope="module")
def dyers() -> Any:
    """Jiaxing's dye works through their whole year."""
    scenario = load_scenario("jiaxing-dyers-2018")
    return scenario, *year_of(scenario)


def test_all_three_are_shipped() -> None:
    assert shipped_names() == ["classroom-two-firms", "jiaxing-dyers-2018", "zhejiang-2017-voc"]


@pytest.mark.parametrize("name", shipped_names())
def test_every_given_number_names_its_status_and_facts_their_source(name: str) -> None:
    for note in load_scenario(name).inputs:
        assert note.status in ("statute", "published", "computed", "assumed")
        if note.status != "assumed":
            assert note.source.startswith("["), note


def test_the_classroom_case_is_the_textbook_s() -> None:
    """Two firms, 100 + 2z² and 100 + 3z², cap 50: price 96, z = 24 and 16, A sells 9;
    1,920 yuan besides the fixed 200, against 2,325 alone. [Perman2011] §6.4."""
    result = run(load_scenario("classroom-two-firms"))
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


def test_zhejiang_s_register_has_two_thousand_sources_and_keeps_its_totals() -> None:
    scenario = load_scenario("zhejiang-2017-voc")
    assert len(scenario.register.sources) >= 2000
    by_sector: dict[str, int] = {}
    for source in scenario.register.sources:
        by_sector[source.sector] = by_sector.get(source.sector, 0) + source.base_mg[0]
    assert by_sector == {
        "petrochemicals": 38_400 * T,
        "chemicals": 67_200 * T,
        "coating": 115_200 * T,
        "printing": 38_400 * T,
    }
    assert all(source.assumed for source in scenario.register.sources)
    assert len({source.city for source in scenario.register.sources}) == 11


def test_zhejiang_s_plan_meets_42_000_t_to_the_milligram_with_a_proof() -> None:
    plan = make_plan(load_scenario("zhejiang-2017-voc"))
    assert plan.allocation.status == "optimal"
    assert plan.reduction_mg()[0] >= 42_000 * T
    assert plan.allocation.gap <= 1e-4
    assert plan.allocation.cost_yuan < plan.equal.cost_yuan


@SIZES
def test_the_plan_tells_how_many_tonnes_flip_within_the_ranges_given(size: list[str]) -> None:
    """With half the reach other sources must cut: the plan says how much moves."""
    scenario = load_scenario("zhejiang-2017-voc", size)
    result = run(scenario, part="plan")
    assumed = result.summary.assumed
    assert 1_000 * T < assumed.inputs.flips_mg < 42_000 * T
    assert assumed.cost_share == pytest.approx(1)


@pytest.mark.parametrize(
    ("basis", "reach", "marginal_yuan_per_t", "total_m_yuan"),
    [
        ("register", 1.0, 8_000, 153),
        ("census", 1.0, 1_450, 3),
        ("census", 0.5, 8_000, 117),
        ("census", 0.25, 37_200, 379),
        ("five_year_plan", 0.25, 8_000, 142),
        ("academic", 0.5, 1_100, -16),
        ("academic", 0.25, 6_270, 49),
    ],
)
def test_with_catalogue_costs_the_plan_meets_the_sanity_run(
    basis: str, reach: float, marginal_yuan_per_t: int, total_m_yuan: int
) -> None:
    """The marginal and total cost of 42,000 t, computed apart from this code from
    [EPA-CMDB] costs at purchasing power, one cost a sub-sector, measures in part."""
    sets = [
        f"baseline={basis}",
        f"applicability={reach}",
        "measures.variation=none",
        "plan.divisible=true",
    ]
    plan = make_plan(load_scenario("zhejiang-2017-voc", sets))
    low, high = plan.allocation.shadow["VOC=42000 t"]
    assert low == pytest.approx(marginal_yuan_per_t, rel=0.005)
    assert high == pytest.approx(marginal_yuan_per_t, rel=0.005)
    assert plan.allocation.cost_yuan / 1e6 == pytest.approx(total_m_yuan, abs=0.8)


def test_a_register_of_reporting_firms_with_little_reach_cannot_meet_the_target() -> None:
    plan = make_plan(load_scenario("zhejiang-2017-voc", LITTLE)).allocation
    assert plan.status == "infeasible"
    assert plan.conflict == ("VOC=42000 t",)
    assert 22_000 < plan.max_reduction_t[0] < 22_500


@SIZES
def test_a_run_that_cannot_meet_its_target_ends_with_the_plan(size: list[str]) -> None:
    scenario = load_scenario("zhejiang-2017-voc", [*LITTLE, *size])
    result = run(scenario)
    assert result.exit_code == 3
    assert result.summary.status == "infeasible"
    assert result.summary.plan.conflict == ("VOC=42000 t",)
    assert 22_000 * T < result.summary.plan.max_reduction_mg["VOC"] < 22_500 * T
    assert result.journal == ()


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
    stops = {world.bank.stops[c].value for c in range(len(world.bank))}
    assert stops == {"curtail", "interlock"}


def _year(name: str) -> tuple[Scenario, Any]:
    scenario = load_scenario(name)
    return scenario, year_of(scenario)[0]


def test_another_seed_changes_draws_and_not_rules() -> None:
    one, other = (load_scenario("jiaxing-dyers-2018", [f"seed={n}"]) for n in (1, 2))
    sizes = [[s.base_mg for s in scenario.register.sources] for scenario in (one, other)]
    assert sizes[0] != sizes[1]
    assert [sum(column) for column in zip(*sizes[0], strict=True)] == [
        sum(column) for column in zip(*sizes[1], strict=True)
    ]
    assert one.file.model_copy(update={"seed": 2}) == other.file


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
    sets = ["ends=2019-12-31", 'policy=[{rule="cap_decline"}]']
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
