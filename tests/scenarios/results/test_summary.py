"""Totals of a run: whole numbers inside, tonnes and yuan in the JSON object only."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest

from permits.quantity import MG_PER_T
from scenarios.definition.load import load_scenario
from scenarios.planning.allocating import Question, allocate_table
from scenarios.results.result import RunResult
from scenarios.results.stores.jsontext import to_json
from scenarios.results.stores.summary_json import plan_json, summary_json
from scenarios.results.summary import PriceBasis, RunSummary, SolverSummary
from scenarios.runner import run

Sample = Callable[..., RunResult]
MEASURES = """source,city,pollutant,baseline_t,measure,removed_t,annual_cost_yuan
A,Hangzhou,VOC,100,paint,40,40000
A,Hangzhou,NOX,20,burner,5,9000
B,Ningbo,VOC,80,paint,40,80000
"""


@pytest.fixture(scope="module")
def classroom() -> RunSummary:
    """Two firms, a plan and a year with frictions."""
    return run(load_scenario("classroom-two-firms")).summary


def test_a_run_s_totals_are_whole_numbers_and_plain_values(classroom: RunSummary) -> None:
    """A numpy integer would slip through comparisons and fail in JSON, or in another process."""
    kinds = dict(_values(classroom))
    assert set(map(type, kinds.values())) <= {int, float, str, bool, type(None)}
    amounts = {key: value for key, value in kinds.items() if "_mg" in key or "_fen" in key}
    assert len(amounts) > 30
    assert {type(value) for value in amounts.values()} <= {int, type(None)}


def test_the_classroom_s_totals_are_the_textbook_s(classroom: RunSummary) -> None:
    """100 + 2z² and 100 + 3z² under a cap of 50: cuts of 24 and 16 t cost 1,152 and 768 yuan."""
    plan, year = classroom.plan, classroom.year
    assert plan.target_mg == plan.reduction_mg == {"X": 40 * MG_PER_T}
    assert plan.max_reduction_mg == {"X": 90 * MG_PER_T}
    assert plan.cost_fen == 192_000
    assert year is not None
    assert year.ledger.issued_mg == {"X": 50 * MG_PER_T}
    assert year.market.auction.count + year.market.secondary.count == 1
    sold = year.market.secondary
    assert (sold.count, sold.mass_mg) == (1, 9 * MG_PER_T)
    assert sold.money_fen == pytest.approx(9 * 9_600, abs=9 * 20)
    assert year.true_up.compliant == 2
    assert year.evaluation.no_trade_fen == pytest.approx(232_500, abs=1)


@pytest.mark.parametrize("protocol", [2, pickle.HIGHEST_PROTOCOL])
def test_a_run_s_totals_survive_the_way_to_another_process(
    classroom: RunSummary, sample_result: Sample, protocol: int
) -> None:
    assert classroom.year is not None
    for summary in (
        classroom,
        classroom.plan,
        classroom.year,
        sample_result().summary,
        sample_result(status="infeasible").summary,
    ):
        back = pickle.loads(pickle.dumps(summary, protocol))
        assert back == summary
    back = pickle.loads(pickle.dumps(classroom, protocol))
    assert to_json(summary_json(back)) == to_json(summary_json(classroom))


def test_the_json_object_has_every_milligram_and_fen_in_tonnes_and_yuan(
    sample_result: Sample,
) -> None:
    summary = sample_result().summary
    assert summary.year is not None
    exact = replace(
        summary,
        planned=replace(summary.plan, reduction_mg={"VOC": 2_000_000_000_001}, cost_fen=-7),
        year=replace(
            summary.year,
            true_up=replace(summary.year.true_up, shortfall_mg=1, penalty_fen=10**15 + 1),
        ),
    )
    text = to_json(summary_json(exact))
    assert '"reduction_t": 2000.000000001,' in text
    assert '"cost_yuan": -0.07,' in text
    assert '"shortfall_t": 0.000000001,' in text
    assert '"penalty_yuan": 10000000000000.01' in text
    told = json.loads(text)
    assert list(told) == [
        "scenario", "seed", "status", "allocation", "counterfactual", "assumed", "ledger",
        "swipes", "market", "true_up", "costs", "efficiency", "cost_over_least_cost",
    ]  # fmt: skip
    assert told["allocation"]["shadow_price_yuan_per_t"]["VOC=2000 t"] == {
        "low": 9051, "high": 9068,
    }  # fmt: skip
    assert told["market"]["auction"] == {
        "sessions": 2, "mass_t": 40, "money_yuan": 2_400_000, "price_yuan_per_t": 12_000,
    }  # fmt: skip
    assert told["market"]["pledge"] == {
        "contracts": 2, "mass_t": 12, "money_yuan": 300_000, "price_yuan_per_t": None,
        "defaulted": 0,
    }  # fmt: skip
    assert told["costs"] == {
        "alone_yuan": 12_000_000, "realised_yuan": 8_400_000, "optimum_yuan": 7_894_736.84,
    }  # fmt: skip
    assert told["assumed"]["flips_t"] == 311.5


def test_only_the_plan_s_own_object_tells_the_seconds(sample_result: Sample) -> None:
    """`summary.json` has the same bytes for equal runs; equal plans are equal as well."""
    summary = sample_result(part="plan").summary
    assert "seconds" not in summary_json(summary)["allocation"]["solver"]
    assert plan_json(summary)["solver"]["seconds"] == 0.4
    old = summary.plan.solver
    assert SolverSummary(old.method, old.sources, old.measures, 99.0) == old


def test_a_plan_without_a_solution_has_null_and_its_nearest_plan_by_the_conflict(
    sample_result: Sample,
) -> None:
    plan = sample_result(status="infeasible").summary.with_answers(
        {"dominated": {"measures": 0}, "nearest": {"give_share": 0.5}}
    )
    told = summary_json(plan)["allocation"]
    assert [told[key] for key in ("reduction_t", "cost_yuan", "bound_yuan", "gap")] == [None] * 4
    keys = list(told)
    assert keys[keys.index("conflict") + 1] == "nearest"
    assert keys[-2:] == ["solver", "dominated"]
    assert told["max_reduction_t"] == {"VOC": pytest.approx(1480.25)}


def test_one_pollutant_s_mass_stands_bare_and_several_by_name(tmp_path: Any) -> None:
    path = tmp_path / "m.csv"
    path.write_text(MEASURES, encoding="utf-8")
    both = plan_json(allocate_table(str(path), Question(target=("VOC=40",)))[0].summary)
    assert both["target_t"] == {"VOC": 40}
    assert both["reduction_t"] == {"NOx": 0, "VOC": 40}
    assert both["groups"]["city"]["Ningbo"]["baseline_t"] == {"NOx": 0, "VOC": 80}
    path.write_text("\n".join(row for row in MEASURES.splitlines() if "NOX" not in row))
    one = plan_json(allocate_table(str(path), Question(target=("VOC=40",)))[0].summary)
    assert (one["target_t"], one["reduction_t"], one["cost_yuan"]) == (40, 40, 40_000)
    assert one["groups"]["city"]["Ningbo"]["baseline_t"] == 80
    assert one["max_reduction_t"] == {"VOC": 80}
    assert (
        plan_json(allocate_table(str(path), Question(price=1_500))[0].summary)["target_t"] is None
    )


def test_money_is_named_where_the_files_name_it(sample_result: Sample) -> None:
    summary = sample_result(part="plan").summary
    assert "currency" not in plan_json(summary)
    told = plan_json(replace(summary, prices=PriceBasis("USD", None)))
    assert list(told)[-3:] == ["currency", "price_year", "assumed"]
    assert (told["currency"], told["price_year"]) == ("USD", None)


def _values(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a summary by its path, but for answers, which are JSON already."""
    if is_dataclass(value):
        for one in fields(value):
            if one.name != "answers":
                yield from _values(getattr(value, one.name), f"{key}.{one.name}")
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from _values(one, f"{key}.{name}")
    elif isinstance(value, tuple):
        for n, one in enumerate(value):
            yield from _values(one, f"{key}.{n}")
    else:
        yield key, value
