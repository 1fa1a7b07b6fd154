"""What a planner reads beside a plan: like compared with like, and any order of the question."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from scenarios.planning.allocating import Question, allocate_table
from scenarios.planning.question import Search
from scenarios.results.report.keyfigures import plan_figures
from scenarios.results.result import RunResult
from scenarios.results.stores.summary_json import plan_json

HEAD = [
    *("source", "sector", "city", "county", "pollutant"),
    *("baseline_t", "measure", "removed_t", "annual_cost_yuan"),
]
TOWN = [
    ("A1", "paint", "N", "x", "VOC", "100", "inks", "27", "200"),
    ("A1", "paint", "N", "x", "VOC", "100", "RTO", "60", "900"),
    ("A2", "paint", "N", "y", "VOC", "50", "inks", "15", "100"),
    ("A2", "paint", "N", "y", "VOC", "50", "RTO", "40", "700"),
    ("B1", "print", "S", "x", "VOC", "80", "inks", "24", "150"),
    ("B2", "print", "S", "x", "VOC", "20", "RTO", "9", "500"),
]
"""The first measures cut 27, 30, 30 and 45 %: 75 t of 250 t for 950 yuan."""


def _table(folder: Path, rows: Any = TOWN, head: Any = HEAD) -> Path:
    path = folder / "m.csv"
    places = [HEAD.index(name) for name in head]
    lines = [",".join(head), *(",".join(row[n] for n in places) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _answer(folder: Path, **asked: Any) -> dict[str, Any]:
    result, _ = allocate_table(_table(folder), Question(**asked))
    found: dict[str, Any] = json.loads(json.dumps(plan_json(result.summary), default=float))
    return found


def test_a_plan_in_whole_measures_is_compared_with_whole_measures(tmp_path: Path) -> None:
    """16 % are 40 t: the plan's 15 + 27 t cost 300, which is also the cheapest lot."""
    found = _answer(tmp_path, target=("VOC=16%",))
    equal = found["equal_percentage"]
    assert found["cost_yuan"] == 300
    assert list(equal) == ["kind", "share", "reduction_t", "capped_sources", "cost_yuan",
                           "cost_low", "cost_high", "broken", "saving_yuan"]  # fmt: skip
    assert (equal["kind"], equal["share"]) == ("whole", 0.27)
    assert (equal["cost_low"], equal["cost_high"], equal["broken"]) == (300, 850, [])
    assert equal["saving_yuan"] == equal["cost_yuan"] - 300


def test_with_parts_of_measures_the_comparison_uses_parts(tmp_path: Path) -> None:
    """16 % of each: 16 t of 200 yuan for 27 t, 8 of 100 for 15, 12.8 of 150 for 24, 3.2 of 500
    for 9."""
    equal = _answer(tmp_path, target=("VOC=16%",), divisible=True)["equal_percentage"]
    cost = 200 * 16 / 27 + 100 * 8 / 15 + 150 * 12.8 / 24 + 500 * 3.2 / 9
    assert equal["kind"] == "parts"
    assert equal["cost_yuan"] == pytest.approx(cost, abs=0.01)
    assert equal["cost_low"] == equal["cost_high"] == equal["cost_yuan"]


def test_no_saving_is_stated_against_a_comparison_that_breaks_a_condition(tmp_path: Path) -> None:
    """At most 20 t of printing: whole measures leave B1 out, so by shares 80 t are out of reach;
    a minimum for one measure is no matter of shares either."""
    found = _answer(tmp_path, target=("VOC=16%",), at_least=("measure=RTO:VOC=9t",))
    equal = found["equal_percentage"]
    assert equal["broken"] in ([], ["measure=RTO:VOC=9t"])
    assert (equal["saving_yuan"] is None) == bool(equal["broken"])
    found = _answer(tmp_path, target=("VOC=80t",), at_most=("sector=print:VOC=20t",))
    assert found["status"] == "optimal"
    assert found["equal_percentage"]["saving_yuan"] is not None
    assert found["equal_percentage"]["reduction_t"] >= 80


@pytest.mark.parametrize(
    "asked", [{"budget_yuan": 450.0}, {"price": 8.0}, {"maximise": "VOC"}], ids=str
)
def test_a_plan_without_a_target_is_compared_at_its_own_reduction(
    tmp_path: Path, asked: dict[str, Any]
) -> None:
    found = _answer(tmp_path, **asked)
    equal = found["equal_percentage"]
    assert equal["reduction_t"] >= found["reduction_t"]
    assert equal["broken"] == []
    assert equal["saving_yuan"] >= 0


def test_a_letter_has_round_totals_and_the_given_baselines(tmp_path: Path) -> None:
    """The plan cuts 15 + 24 t. Quotas of 211 t are 210 t in units of 10: S of 76 t is 80 and N
    of 135 t is 130, in it the county x 100 and y of 35 t 30. In S, B2 emits all it may."""
    result, notices = allocate_table(
        _table(tmp_path), Question(target=("VOC=15.2%",), search=Search(unit_mg=10 * 10**9))
    )
    rows = {row["source"]: row for row in result.tables["quotas"].dicts()}
    quota = {source: row["quota_t"] / 10**9 for source, row in rows.items()}
    assert quota == {"A1": 100, "A2": 30, "B1": 60, "B2": 20}
    assert [row["baseline_t"] for row in rows.values()] == [n * 10**9 for n in (100, 50, 80, 20)]
    rounding = plan_json(result.summary)["rounding"]
    assert [(one["source"], float(one["beyond_t"])) for one in rounding["beyond"]] == [("A2", 5)]
    assert any("A2 (5 t)" in notice for notice in notices)


def test_a_marginal_cost_of_nothing_is_explained(tmp_path: Path) -> None:
    """The minimum of 60 t asks for more than the target of 20 t does."""
    result, _ = allocate_table(
        _table(tmp_path), Question(target=("VOC=20t",), at_least=("city=N:VOC=60t",))
    )
    figures = {one.title: one for one in plan_figures(result.summary.plan, {})}
    assert figures["Marginal cost"].said == "0 yuan/t"
    assert "does not bind" in figures["Marginal cost"].note


CONDITIONS = (
    ("at_least", "sector=print:VOC=10%"),
    ("at_least", "city=N:VOC=12%"),
    ("at_least", "county=x:VOC=11%"),
    ("at_most", "city=S:VOC=30t"),
    ("at_most", "sector=paint:VOC=70t"),
    ("cap", "county=y:VOC=45t"),
)


def _bytes(result: RunResult) -> str:
    told = plan_json(result.summary)
    told["solver"].pop("seconds")
    tables = {name: list(table.dicts()) for name, table in result.tables.items()}
    return json.dumps([told, tables], default=str)


def test_any_order_of_rows_columns_and_conditions_gives_the_same_bytes(tmp_path: Path) -> None:
    chance = random.Random(3)
    answers = set()
    for _ in range(5):
        rows = chance.sample(TOWN, len(TOWN))
        path = _table(tmp_path, rows, chance.sample(HEAD, len(HEAD)))
        # What each condition costs is not asked: it takes the time of several plans.
        asked: dict[str, Any] = {"target": ("VOC=16%",), "condition_costs": None}
        for kind, text in chance.sample(CONDITIONS, len(CONDITIONS)):
            asked[kind] = (*asked.get(kind, ()), text)
        answers.add(_bytes(allocate_table(path, Question(**asked))[0]))
    assert len(answers) == 1
