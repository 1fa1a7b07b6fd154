"""The further questions of `allocate`: what they answer, write, and refuse."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]
MEASURES = """source,firm,sector,city,pollutant,baseline_t,measure,removed_t,annual_cost_yuan,output
A,Alpha,coating,Hangzhou,NOX,50,paint,10,10000,100
A,Alpha,coating,Hangzhou,VOC,100,paint,20,10000,100
B,Beta,printing,Ningbo,NOX,10,ink,0,40000,200
B,Beta,printing,Ningbo,VOC,50,ink,20,40000,200
C,Beta,printing,Ningbo,NOX,30,burner,20,20000,400
C,Beta,printing,Ningbo,VOC,50,,,,400
"""


@pytest.fixture
def ask(run_cli: Cli, tmp_path: Path) -> Callable[..., Any]:
    """The answer of `allocate` on the table, as its JSON."""
    path = tmp_path / "m.csv"
    path.write_text(MEASURES)

    def answer(*options: str, code: int = 0) -> Any:
        ran = run_cli("allocate", "--measures", path, "--json", "--divisible", *options)
        assert ran.code == code, ran.err
        return json.loads(ran.out, parse_float=Decimal) if code != 2 else ran.err

    return answer


def test_a_frontier_rises_from_nothing_to_everything(ask: Callable[..., Any]) -> None:
    points = ask("--frontier", "5", "--maximise", "VOC")["frontier"]
    assert [p["target_t"]["VOC"] for p in points] == [0, 10, 20, 30, 40]
    assert [p["cost_yuan"] for p in points] == [0, 5000, 10000, 30000, 50000]


def test_a_frontier_between_two_pollutants_at_a_budget(ask: Callable[..., Any]) -> None:
    """30,000 yuan: A's paint for 10,000 in any case, then 10 t VOC in B or 20 t NOX in C."""
    told = ask("--frontier", "3", "--between", "VOC,NOX", "--budget-yuan", "30000")
    cuts = [p["reduction_t"] for p in told["frontier_between"]]
    found = [(float(cut["VOC"]), float(cut["NOx"])) for cut in cuts]
    assert found == [pytest.approx(pair, abs=1e-4) for pair in ((20, 30), (25, 20), (30, 10))]


def test_a_rule_of_fairness_moves_the_cut(ask: Callable[..., Any]) -> None:
    """20 t are cheapest in A alone; half of them in each city cost 5,000 and 20,000."""
    assert ask("--target", "VOC=20")["cost_yuan"] == 10000
    told = ask("--target", "VOC=20", "--fair", "city<=50% of reduction")
    assert told["cost_yuan"] == 25000
    priced = {row["condition"]: row["cost_yuan"] for row in told["condition_costs"]}
    assert priced["city<=50% of reduction (Hangzhou)"] == 15000
    assert told["fairness"]["city"]["VOC"]["gini_reduction"] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("rule", "cost"),
    [
        ("city<=10% of baseline", 25000),  # 10 t of A's 100; 10 t are left for B
        ("VOC: firm <= 75 yuan per output", 15000 / 2 + 10000),  # A pays 7,500: 15 t
        ("sector<=60% of cost", 14285.71),  # 500 a t in A, 2,000 in B: 60:40 at 17.14 and 2.86 t
    ],
)
def test_rules_of_fairness(ask: Callable[..., Any], rule: str, cost: float) -> None:
    told = ask("--target", "VOC=20", "--fair", rule)
    assert float(told["cost_yuan"]) == pytest.approx(cost, abs=0.02)


def test_alternatives_cost_no_more_than_the_cap(ask: Callable[..., Any]) -> None:
    told = ask("--target", "VOC=20", "--alternatives", "30%")
    assert told["alternatives_cap_yuan"] == 13000
    assert all(other["cost_yuan"] <= 13000 for other in told["alternatives"])
    moved = [(other["moved_t"]["NOx"], other["moved_t"]["VOC"]) for other in told["alternatives"]]
    # By baselines, 3 t of NOX at 1,000 yuan a tonne are more than 2 t of VOC from A to B;
    # after them that is what differs most.
    assert moved[:2] == [(Decimal("1.5"), 0), (Decimal("0.5"), 2)]


def test_years_rise_in_a_line_and_growth_is_netted_off(ask: Callable[..., Any]) -> None:
    told = ask("--target", "VOC=20", "--years", "2018-2019", "--growth", "VOC=2")["pathway"]
    assert [line["target_t"]["VOC"] for line in told["years"]] == [10, 20]
    assert [line["growth_t"]["VOC"] for line in told["years"]] == [2, 4]
    assert [float(line["counted_t"]["VOC"]) for line in told["years"]] == pytest.approx([12, 24])
    assert float(told["total_yuan"]) == pytest.approx(6000 + 18000)


def test_years_with_targets_of_their_own(ask: Callable[..., Any]) -> None:
    dated = ("--target", "2018:VOC=20", "--target", "2020:VOC=40")
    told = ask(*dated, "--years", "2018-2020", "--discount", "0%")
    assert told["target_t"]["VOC"] == 40
    lines = told["pathway"]["years"]
    assert [float(line["cost_yuan"]) for line in lines] == pytest.approx([10000, 10000, 50000])


def test_what_cannot_be_built_in_time_ends_with_3(ask: Callable[..., Any]) -> None:
    told = ask("--target", "VOC=40", "--years", "2018-2019", "--build", "25%", code=3)
    assert told["pathway"]["status"] == "infeasible"
    assert [float(y["most_t"]["VOC"]) for y in told["pathway"]["years"]] == [10, 20]


@pytest.mark.parametrize(
    "rule", ["city<=1% of baseline", "city<=1 yuan per output", "city<=10% of reduction"]
)
def test_a_rule_that_no_plan_keeps_is_in_the_conflict(ask: Callable[..., Any], rule: str) -> None:
    told = ask("--target", "VOC=30", "--fair", rule, code=3)
    assert any(name.startswith(rule) for name in told["conflict"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--frontier", "0"), "0 is not from 1 to 10,000 [--frontier]"),
        (("--between", "VOC,NOX"), "no number of points"),
        (("--frontier", "3", "--between", "VOC,CO"), "two pollutants"),
        (("--fair", "city"), "not have a valid form"),
        (("--fair", "town<=5% of cost"), "no source has"),
        (("--fair", "city<=5 yuan per sector"), "not a valid output"),
        (("--alternatives", "2"), "not a percentage"),
        (("--years", "2020"), "not a range"),
        (("--years", "2020-2018"), "not a range"),
        (("--build", "30%"), "multi-year plan"),
        (("--target", "2018:VOC=3"), "no years are given"),
        (("--years", "2018-2019", "--target", "2021:VOC=3"), "outside the years"),
        (("--years", "2018-2019", "--count", "in_year:13"), "not a way to count"),
        (("--years", "2018-2019", "--life", "soap=3"), "not the lifetime"),
        (("--years", "2018-2019", "--growth", "500"), "which pollutant grows"),
        (("--years", "2018-2019", "--growth", "VOC=nan%"), "[--growth VOC=nan%]"),
    ],
)
def test_what_is_refused_says_why(
    ask: Callable[..., Any], options: tuple[str, ...], said: str
) -> None:
    assert said in ask("--target", "VOC=20", *options, code=2)


def test_every_answer_stands_in_the_folder_and_the_report(run_cli: Cli, tmp_path: Path) -> None:
    path, out = tmp_path / "m.csv", tmp_path / "plan"
    path.write_text(MEASURES)
    for lang, word in (("en", "Year by year"), ("zh", "逐年安排")):
        ran = run_cli(
            "allocate", "--measures", path, "--target", "VOC=20", "--frontier", "4",
            "--alternatives", "30%", "--years", "2018-2020", "--fair", "city<=90% of reduction",
            "--divisible", "--out", out, "--force", "--lang", lang,
        )  # fmt: skip
        assert ran.code == 0, ran.err
        page = (out / "report.html").read_text(encoding="utf-8")
        assert word in page
        for part in ("frontier", "condition-costs", "fairness", "alternatives", "pathway"):
            assert f'id="{part}"' in page
        for name in ("frontier", "fair", "alternatives", "pathway", "pathway_builds"):
            assert (out / f"{name}.csv").stat().st_size > 0


def test_a_condition_on_one_source(ask: Callable[..., Any]) -> None:
    """A may cut 5 t: B's ink gives the other 15 t, at 2,000 yuan each."""
    told = ask("--target", "VOC=20", "--max", "source=A:VOC=5")
    assert told["cost_yuan"] == 2500 + 30000


def test_slots_that_remove_more_than_there_is_are_refused(run_cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text(
        "source,pollutant,baseline_t,measure,slot,removed_t,annual_cost_yuan\n"
        "A,VOC,100,RTO,stack,90,9000\nA,VOC,100,LDAR,leaks,11,100\n"
    )
    ran = run_cli("allocate", "--measures", path, "--maximise", "VOC")
    assert ran.code == 2
    assert (
        "the slots of A together remove up to 101 t of VOC, more than its baseline of 100 t"
        in ran.err
    )
