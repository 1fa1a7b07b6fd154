"""`permits meter --materials` and `--hints`, as people run them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from permits.rng import stream

Cli = Callable[..., Any]
DATA = Path(__file__).parents[2] / "scenarios" / "files" / "data"
TABLE, CARDS = DATA / "materials-printing.csv", DATA / "materials-cards.csv"
HOURS = 1_500


@pytest.fixture(scope="module")
def readings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two outlets; A is frozen for a day and B shows nothing at one o'clock."""
    path = tmp_path_factory.mktemp("readings") / "readings.csv"
    rng = stream(11, "readings")
    lines = ["outlet,at,volume_m3,NMHC_mg_per_m3,flag"]
    for outlet in "AB":
        for hour in range(HOURS):
            at = datetime(2017, 1, 2) + timedelta(hours=hour)  # noqa: DTZ001
            conc, volume = rng.lognormal(3.5, 0.25), rng.lognormal(9, 0.1)
            if outlet == "A" and 500 <= hour < 524:
                conc = 41.237
            if outlet == "B" and at.hour == 1:
                conc = 0.0
            lines.append(f"{outlet},{at:%Y-%m-%d %H:%M},{volume:.3f},{conc:.3f},")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_balances_come_as_one_json_object_and_as_tables(run_cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ran = run_cli("meter", "--materials", TABLE, "--cards", CARDS, "--json", "--out", out)
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)
    assert told["basis"] == "material_balance"
    assert sum(row["emitted_t"] for row in told["masses"]) == pytest.approx(7.482725)
    with (out / "balances.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["state"] for row in rows if row["card"] == "A-1"] == [
        "curtailed", "warned90", "curtailed",
    ]  # fmt: skip
    assert "row 13" in ran.err  # a drum of mixed waste is told


def test_mistakes_of_a_table_exit_2_one_line_each(run_cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    text = "firm,month,material,used_t,voc_content\nF1,2017-01,ink,1,130%\nF1,x,ink,1,1\n"
    path.write_text(text, encoding="utf-8")
    ran = run_cli("meter", "--materials", path, "--lang", "zh")
    assert ran.code == 2
    assert len(ran.err.strip().splitlines()) == 2
    assert "不是 0 到 1" in ran.err


def test_another_basis_is_refused_until_a_conversion_is_given(run_cli: Cli, tmp_path: Path) -> None:
    cards = tmp_path / "c.csv"
    text = "card,firm,pollutant,annual_quota_t,basis\nA-1,Printer A,VOC,24,flow_concentration\n"
    cards.write_text(text, encoding="utf-8")
    asked = ("meter", "--materials", TABLE, "--cards", cards, "--json")
    refused = run_cli(*asked)
    assert refused.code == 2
    assert "give a conversion" in refused.err
    ran = run_cli(*asked, "--conversion", "VOC:flow_concentration=0.5")
    assert json.loads(ran.out)["balances"][0]["charged_t"] == 1.258455


def test_readings_and_balances_are_two_runs(run_cli: Cli, readings: Path) -> None:
    assert run_cli("meter").code == 2
    ran = run_cli("meter", readings, "--materials", TABLE)
    assert ran.code == 2
    assert "two runs" in ran.err


def test_hints_are_told_beside_the_masses_and_change_none(
    run_cli: Cli, readings: Path, tmp_path: Path
) -> None:
    ran = run_cli(
        "meter", readings, "--hints", "--limit", "NMHC=60", "--json", "--out", tmp_path / "o"
    )
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)
    found = [(h["outlet"], h["hint"], h["first"], h["count"]) for h in told["hints"]]
    assert found == [
        ("A", "frozen", "2017-01-22 20:00", 24),
        ("B", "zeros", "2017-01-02 01:00", 63),
    ]
    assert (tmp_path / "o" / "hints.csv").read_text(encoding="utf-8-sig").count("\n") == 3
    plain = json.loads(run_cli("meter", readings, "--json").out)
    assert {k: v for k, v in told.items() if k != "hints"} == plain
    said = run_cli("meter", readings, "--hints", "--lang", "zh").out
    assert "线索而非证据" in said
    assert "连续 24 小时" in said


def test_a_limit_that_says_nothing_and_hints_of_standard_input_exit_2(
    run_cli: Cli, readings: Path
) -> None:
    assert "NMHC=60mg/m3" in run_cli("meter", readings, "--hints", "--limit", "NMHC").err
    ran = run_cli("meter", "-", "--hints", stdin="outlet,at\n")
    assert (ran.code, "to a file first" in ran.err) == (2, True)
