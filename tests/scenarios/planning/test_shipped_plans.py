"""The shipped scenarios: what they state, and the plan of Zhejiang's programme."""

from __future__ import annotations

import pytest

from scenarios.definition.load import load_scenario, shipped_names
from scenarios.runner import make_plan, run

T = 10**9
LITTLE = ["baseline=register", "applicability=0.25"]
SIZES = pytest.mark.parametrize(
    "size",
    [["register.sources=300"], pytest.param([], marks=pytest.mark.slow)],
    ids=["300 sources", "all"],
)


def test_all_three_are_shipped() -> None:
    assert shipped_names() == ["classroom-two-firms", "jiaxing-dyers-2018", "zhejiang-2017-voc"]


@pytest.mark.parametrize("name", shipped_names())
def test_every_given_number_names_its_status_and_facts_their_source(name: str) -> None:
    for note in load_scenario(name).inputs:
        assert note.status in ("statute", "published", "computed", "assumed")
        if note.status != "assumed":
            assert note.source.startswith("["), note


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


def test_another_seed_changes_draws_and_not_rules() -> None:
    one, other = (load_scenario("jiaxing-dyers-2018", [f"seed={n}"]) for n in (1, 2))
    sizes = [[s.base_mg for s in scenario.register.sources] for scenario in (one, other)]
    assert sizes[0] != sizes[1]
    assert [sum(column) for column in zip(*sizes[0], strict=True)] == [
        sum(column) for column in zip(*sizes[1], strict=True)
    ]
    assert one.file.model_copy(update={"seed": 2}) == other.file
