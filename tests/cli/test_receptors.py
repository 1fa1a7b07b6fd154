"""`allocate --receptors`: what may arrive at stations and at the ends of river zones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]
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
def ask(run_cli: Cli, tmp_path: Path) -> Callable[..., Any]:
    """The answer of `allocate --receptors`, as its JSON or its errors."""

    def answer(receptors: str, *options: str, code: int = 0, measures: str = MEASURES) -> Any:
        (tmp_path / "m.csv").write_text(measures, encoding="utf-8")
        (tmp_path / "r.csv").write_text(receptors, encoding="utf-8")
        files = ("--measures", tmp_path / "m.csv", "--receptors", tmp_path / "r.csv")
        ran = run_cli("allocate", *files, "--json", *options)
        assert ran.code == code, ran.err
        return ran.err if code == 2 else json.loads(ran.out)

    return answer


def test_each_receptor_has_its_limit_and_its_price(ask: Callable[..., Any]) -> None:
    """X has 12 + 10 + 16 = 38 µg/m³, Y 30 + 4 = 34. A's tonne costs 1,000 yuan: 10,000 a µg at X.
    B's costs 2,000 and saves 0.05 µg at Y too, where C asks 5,000 / 0.5 = 10,000 a µg: the rest
    of it costs 1,500 / 0.2 = 7,500 a µg at X, so B goes first. 31 µg at X take 35 t of B (7 µg),
    29 at Y take 5 less 1.75: 6.5 t of C. By equal percentage X asks for 7 of its 26 µg."""
    told = ask(RECEPTORS.format(x=31, y=29), "--divisible")
    assert told["cost_yuan"] == pytest.approx(35 * 2000 + 6.5 * 5000)
    assert told["reduction_t"] == pytest.approx(41.5)
    assert told["shadow_price_yuan_per_t"] == {}
    x, y = told["receptors"]
    assert (x["receptor"], x["unit"], x["before"], x["least"]) == ("Station X", "µg/m³", 38, 26)
    assert (x["reached"], y["reached"]) == pytest.approx((31, 29))
    for one, price in ((x, 7500), (y, 10000)):
        ends = [one[f"price_{end}_yuan_per_unit"] for end in ("low", "high")]
        assert ends == pytest.approx([price, price], rel=1e-6)
    assert told["equal_percentage"]["share"] == pytest.approx(7 / 26)
    costs = {row["condition"]: row["cost_yuan"] for row in told["condition_costs"]}
    assert costs["Station X:VOC<=31 µg/m³"] == pytest.approx(102_500 - 10 * 5000, abs=0.02)


def test_whole_measures_keep_every_receptor(ask: Callable[..., Any]) -> None:
    """Whole, B brings X to 30; Y is at 32 then, and C's 30 t bring it to 17."""
    told = ask(RECEPTORS.format(x=31, y=29))
    assert told["cost_yuan"] == 230_000
    assert [one["reached"] for one in told["receptors"]] == [30, 17]


def test_what_cannot_arrive_less_is_told(ask: Callable[..., Any]) -> None:
    """X falls to 38 - 4 - 8 = 26 at the least."""
    told = ask(RECEPTORS.format(x=25, y=29), code=3)
    assert told["conflict"] == ["Station X:VOC<=25 µg/m³"]
    assert told["receptors"][0]["least"] == pytest.approx(26)
    assert told["receptors"][0]["reached"] == pytest.approx(26, abs=1e-3)


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
    told = ask(receptors, "--divisible", measures=head + "".join(lines))
    assert told["cost_yuan"] == pytest.approx(5906.35, abs=0.02)
    zones = told["groups"]["zone"]
    cuts = [zones[zone]["reduction_t"] for zone in "123"]
    assert cuts == pytest.approx([58.095, 48.413, 19.365], abs=step)
    one, two, three = (line["price_high_yuan_per_unit"] for line in told["receptors"])
    marginal = (one + 0.6 * two + 0.3 * three, two + 0.5 * three, three)
    assert marginal == pytest.approx((58.095, 96.825, 193.651), rel=5e-3)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("X,5,1,20\n", "no row has zone '5'"),
        ("X,1,1,20\nX,1,2,20\n", "X counts A twice: also in r.csv, row 2"),
        ("X,1,1,20\nX,2,1,30\n", "X has 30.0 as limit here and 20.0 in r.csv, row 2"),
        ("X,1,1,\n", "X has no limit for VOC"),
        ("X,1,-1,20\n", "a coefficient of -1 is below zero"),
        ("X,1,nan,20\n", "'nan' is not a number"),
    ],
)
def test_rows_that_mean_nothing_are_refused(ask: Callable[..., Any], rows: str, said: str) -> None:
    assert said in ask("receptor,zone,coefficient,limit\n" + rows, code=2)


def test_columns_sources_and_pollutants_that_there_are_not(ask: Callable[..., Any]) -> None:
    assert "the sources have no column 'county'" in ask(
        "receptor,county,coefficient,limit\nX,Gulou,1,20\n", code=2
    )
    assert "no row has source 'AA'" in ask("receptor,source,coefficient,limit\nX,AA,1,20\n", code=2)
    assert "no source has all that this row names" in ask(
        "receptor,source,zone,coefficient,limit\nX,A,2,1,20\n", code=2
    )
    assert "no row has pollutant 'NOX'" in ask(
        "receptor,pollutant,source,coefficient,limit\nX,NOX,A,1,20\n", code=2
    )


def test_headings_in_chinese_and_sources_that_are_in_no_row(run_cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(MEASURES, encoding="utf-8")
    (tmp_path / "r.csv").write_text("受体,地市,系数,限值\n站点,Hangzhou,0.1,16\n", encoding="utf-8")
    files = ("--measures", tmp_path / "m.csv", "--receptors", tmp_path / "r.csv")
    ran = run_cli("allocate", *files, "--divisible", "--out", tmp_path / "plan", "--lang", "zh")
    assert ran.code == 0, ran.err
    assert "1个污染源" in ran.err
    assert "60" in ran.err
    assert "站点处VOC: 16" in ran.out.replace("：", ": ")
    line = (tmp_path / "plan" / "receptors.csv").read_text(encoding="utf-8-sig").splitlines()[1]
    assert line.startswith("站点,VOC,,16,0,18,10,16,")
    assert "受体" in (tmp_path / "plan" / "report.html").read_text(encoding="utf-8")
