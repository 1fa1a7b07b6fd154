"""Limits on what arrives at stations and at the ends of river zones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from permits.errors import ManyErrors
from scenarios.planning.allocating import Question, allocate_table
from scenarios.planning.infeasible.section import conflict_lines
from scenarios.results.stores.summary_json import plan_json
from scenarios.results.summary import RunSummary

MEASURES = """source,city,zone,pollutant,baseline_t,measure,removed_t,annual_cost_yuan
A,Hangzhou,1,VOC,100,paint,40,40000
B,Hangzhou,2,VOC,80,paint,40,80000
C,Ningbo,3,VOC,60,paint,30,150000
"""
RECEPTORS = """receptor,zone,coefficient,limit,background,unit
Station X,1,0.1,{x},12,µg/m³
Station X,2,0.2,,,
Station Y,3,0.5,{y},,µg/m³
Station Y,2,0.05,,,
"""


@pytest.fixture
def solve(tmp_path: Path) -> Callable[..., RunSummary]:
    """The summary of the plan of a table with receptors."""

    def answer(receptors: str, measures: str = MEASURES, **asked: Any) -> RunSummary:
        (tmp_path / "m.csv").write_text(measures, encoding="utf-8")
        (tmp_path / "r.csv").write_text(receptors, encoding="utf-8")
        question = Question(receptors=str(tmp_path / "r.csv"), **asked)
        return allocate_table(str(tmp_path / "m.csv"), question)[0].summary

    return answer


@pytest.fixture
def ask(solve: Callable[..., RunSummary]) -> Callable[..., Any]:
    """The same as the object that `--json` prints."""

    def answer(*given: Any, **asked: Any) -> Any:
        return plan_json(solve(*given, **asked))

    return answer


def test_each_receptor_has_its_limit_and_its_price(ask: Callable[..., Any]) -> None:
    """X has 12 + 10 + 16 = 38 µg/m³, Y 30 + 4 = 34. A's tonne costs 1,000 yuan: 10,000 a µg at X.
    B's costs 2,000 and saves 0.05 µg at Y too, where C asks 5,000 / 0.5 = 10,000 a µg: the rest
    of it costs 1,500 / 0.2 = 7,500 a µg at X, so B goes first. 31 µg at X take 35 t of B (7 µg),
    29 at Y take 5 less 1.75: 6.5 t of C. By equal percentage X asks for 7 of its 26 µg."""
    told = ask(RECEPTORS.format(x=31, y=29), divisible=True)
    assert float(told["cost_yuan"]) == pytest.approx(35 * 2000 + 6.5 * 5000)
    assert float(told["reduction_t"]) == pytest.approx(41.5)
    assert told["shadow_price_yuan_per_t"] == {}
    x, y = told["receptors"]
    assert (x["receptor"], x["unit"], x["before"], x["least"]) == ("Station X", "µg/m³", 38, 26)
    assert (x["reached"], y["reached"]) == pytest.approx((31, 29))
    for one, price in ((x, 7500), (y, 10000)):
        ends = [one[f"price_{end}_yuan_per_unit"] for end in ("low", "high")]
        assert ends == pytest.approx([price, price], rel=1e-6)
    assert told["equal_percentage"]["share"] == pytest.approx(7 / 26)
    costs = {row["condition"]: float(row["cost_yuan"]) for row in told["condition_costs"]}
    assert costs["Station X:VOC<=31 µg/m³"] == pytest.approx(102_500 - 10 * 5000, abs=0.02)


def test_whole_measures_keep_every_receptor(ask: Callable[..., Any]) -> None:
    """Whole, B brings X to 30; Y is at 32 then, and C's 30 t bring it to 17."""
    told = ask(RECEPTORS.format(x=31, y=29))
    assert told["cost_yuan"] == 230_000
    assert [one["reached"] for one in told["receptors"]] == [30, 17]


def test_what_cannot_arrive_less_is_told(solve: Callable[..., RunSummary]) -> None:
    """X falls to 38 - 4 - 8 = 26 at the least."""
    plan = solve(RECEPTORS.format(x=25, y=29)).plan
    assert plan.conflict == ("Station X:VOC<=25 µg/m³",)
    receptor = plan.answers["receptors"][0]
    assert receptor["least"] == pytest.approx(26)
    assert receptor["reached"] == pytest.approx(26, abs=1e-3)
    assert list(conflict_lines(plan)) == [
        "VOC at Station X may be at most 25 µg/m³; the lowest achievable value there is 26."
    ]


def test_a_river_reaches_the_least_cost_of_trading_ratios(ask: Callable[..., Any]) -> None:
    """[HungShaw2005]'s river of three zones, in steps of 50 kg whose corners lie on the curves:
    cuts 58.095, 48.413, 19.365; marginal costs 58.095, 96.825, 193.651; cost 5,906.35."""
    step, lines = 0.05, []
    for zone, (base, slope) in enumerate(zip((60, 50, 40), (1, 2, 10), strict=True), 1):
        for k in range(1, round(base / step) + 1):
            cut = k * step
            lines.append(f"zone{zone},{zone},COD,{base},m{k},{cut:.2f},{slope / 2 * cut**2:.4f}\n")
    head = "source,zone,pollutant,baseline_t,measure,removed_t,annual_cost_yuan\n"
    receptors = "receptor,zone,coefficient,limit\n" + "".join(
        f"end of {end},{zone},{per_t},{limit}\n"
        for end, limit, seen in ((1, 20, [1]), (2, 25, [0.6, 1]), (3, 22, [0.3, 0.5, 1]))
        for zone, per_t in enumerate(seen, 1)
    )
    told = ask(receptors, measures=head + "".join(lines), divisible=True)
    assert float(told["cost_yuan"]) == pytest.approx(5906.35, abs=0.02)
    zones = told["groups"]["zone"]
    cuts = [float(zones[zone]["reduction_t"]) for zone in "123"]
    assert cuts == pytest.approx([58.095, 48.413, 19.365], abs=step)
    one, two, three = (line["price_high_yuan_per_unit"] for line in told["receptors"])
    marginal = (one + 0.6 * two + 0.3 * three, two + 0.5 * three, three)
    assert marginal == pytest.approx((58.095, 96.825, 193.651), rel=5e-3)


def test_every_row_that_means_nothing_is_told(ask: Callable[..., Any]) -> None:
    rows = (
        "U,,,5,1,20", "V,,,1,1,20", "V,,,1,2,20", "W,,,1,1,20", "W,,,2,1,30", "X,,,1,1,",
        "Y,,,1,-1,20", "Y,,AA,,1,20", "Y,,A,2,1,20", "Y,NOX,A,,1,20",
    )  # fmt: skip
    head = "receptor,pollutant,source,zone,coefficient,limit\n"
    with pytest.raises(ManyErrors) as caught:
        ask(head + "\n".join(rows) + "\n")
    said = str(caught.value)
    for one in (
        "no row has zone '5'",
        "V counts A twice: also in r.csv, row 3",
        "W has 30.0 as limit here and 20.0 in r.csv, row 5",
        "X has no limit for VOC",
        "a coefficient of -1 is below zero",
        "no row has source 'AA'",
        "no source matches everything that this row names",
        "no row has pollutant 'NOX'",
    ):
        assert one in said


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("receptor,county,coefficient,limit\nX,Gulou,1,20\n", "have no column 'county'"),
        ("receptor,zone,coefficient,limit\nX,1,nan,20\n", "'nan' is not a number"),
        ("receptor,zone,coefficient,limit\n", "the table has no rows"),
    ],
)
def test_tables_that_cannot_be_read(ask: Callable[..., Any], table: str, said: str) -> None:
    with pytest.raises(ManyErrors, match=said):
        ask(table)
