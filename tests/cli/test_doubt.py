"""Draws from the command line: the same numbers every time, tables, clear mistakes."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TABLE = """source,sector,city,pollutant,baseline_t,measure,removed_t,annual_cost_yuan
a,coating,x,VOC,100,hood,40,4000
a,coating,x,VOC,100,burner,80,16000
b,coating,y,VOC,60,hood,30,4500
c,printing,x,VOC,80,ink,50,2500
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "m.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def _draws(run_cli: Callable[..., Any], table: Path, *more: str) -> Any:
    return run_cli("allocate", "--measures", table, "--target", "VOC=100", "--draws", "64", *more)


def test_draws_are_the_same_every_time_and_stand_in_tables(
    run_cli: Callable[..., Any], table: Path, tmp_path: Path
) -> None:
    ran = _draws(run_cli, table, "--json", "--out", str(tmp_path / "out"))
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)["uncertainty"]
    assert told["draws"] == 64
    assert all(one["status"] == "assumed" for one in told["ranges"].values())
    assert told["cost_yuan"]["p05"] < told["cost_yuan"]["p50"] < told["cost_yuan"]["p95"]
    again = json.loads(_draws(run_cli, table, "--json").out)["uncertainty"]
    assert again == told
    with (tmp_path / "out" / "doubt_sources.csv").open(encoding="utf-8-sig") as file:
        rows = {row["source"]: row for row in csv.DictReader(file)}
    assert set(rows) == {"a", "b", "c"}
    assert all(0 <= float(row["in_plan"]) <= 1 for row in rows.values())
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert page.rindex("Effect of uncertain inputs") < page.rindex("Proof")


@pytest.mark.parametrize(
    ("question", "money"), [(("--budget-yuan", "9000"), True), (("--maximise", "VOC"), False)]
)
def test_a_plan_without_a_target_is_drawn_for_what_it_cuts(
    run_cli: Callable[..., Any],
    table: Path,
    tmp_path: Path,
    question: tuple[str, ...],
    money: bool,
) -> None:
    told = json.loads(
        run_cli("allocate", "--measures", table, *question, "--draws", "32", "--json",
                "--out", tmp_path / "out").out
    )  # fmt: skip
    found = told["uncertainty"]
    assert found["of"] == "reduction"
    assert 0 < found["plan_holds_share"] < 1
    assert found["cost_yuan"]["p05"] > 0
    assert ("bought_t" in found) == money
    with (tmp_path / "out" / "doubt.csv").open(encoding="utf-8-sig") as file:
        rows = {row["kind"]: row for row in csv.DictReader(file)}
    assert rows["marginal_cost"]["of"] == "the same reduction"
    assert float(rows["marginal_cost"]["plan"]) > 0
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert '"name":"the plan"' in page
    certain = found["certain"]
    if certain is not None:
        assert certain["no_such_plan_below_yuan"] <= certain["cost_yuan"]
        assert certain["cost_yuan"] > told["cost_yuan"]


def test_draws_out_of_reach_are_dearer_than_any(
    run_cli: Callable[..., Any], table: Path, tmp_path: Path
) -> None:
    """140 of 160 t is asked for, which about half of the draws cannot reach; and along the
    fan no quantile ever falls."""
    out = tmp_path / "out"
    ran = run_cli("allocate", "--measures", table, "--target", "VOC=140", "--draws", "64",
                  "--json", "--out", str(out))  # fmt: skip
    found = json.loads(ran.out)["uncertainty"]
    assert 0.3 < found["met_share"] < 0.9
    assert found["cost_yuan"]["p05"] is not None and found["cost_yuan"]["p95"] is None
    with (out / "doubt_fan.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    for column in ("p05_yuan", "p25_yuan", "p50_yuan", "p75_yuan", "p95_yuan"):
        known = [float(row[column]) for row in rows if row[column]]
        assert known == sorted(known)
        assert all(not row[column] for row in rows[len(known) :])
    said = run_cli("allocate", "--measures", table, "--target", "VOC=140", "--draws", "64").out
    assert "target that cannot be met" in " ".join(said.split())


def test_inputs_that_are_certain_leave_one_plan(run_cli: Callable[..., Any], table: Path) -> None:
    sure = [
        word
        for name in ("cost", "own_cost", "efficiency", "baseline", "applicability")
        for word in ("--range", f"{name}=1:1")
    ]
    told = json.loads(_draws(run_cli, table, "--divisible", "--json", *sure).out)
    found = told["uncertainty"]
    assert (found["met_share"], found["plan_holds_share"]) == (1, 1)
    assert found["cost_yuan"]["p05"] == found["cost_yuan"]["p95"]
    assert found["cost_yuan"]["p50"] == pytest.approx(float(told["cost_yuan"]), abs=0.01)


@pytest.mark.parametrize("text", ["cost", "cost=2:3", "weather=0.5:2", "cost=a:b", "cost=0.5:inf"])
def test_a_range_that_is_none_is_told(run_cli: Callable[..., Any], table: Path, text: str) -> None:
    ran = _draws(run_cli, table, "--range", text)
    assert ran.code == 2
    assert text in ran.err
    assert "--range cost=0.3:1.6" in ran.err


@pytest.mark.parametrize("more", [("--certainty", "0%"), ("--certainty", "often")])
def test_a_certainty_that_is_none_is_told(
    run_cli: Callable[..., Any], table: Path, more: tuple[str, str]
) -> None:
    ran = _draws(run_cli, table, *more)
    assert ran.code == 2
    assert "--certainty 95%" in ran.err


def test_baselines_beside_are_asked_the_same(run_cli: Callable[..., Any], tmp_path: Path) -> None:
    """The scenario's own basis, set beside the draws, costs what the draws cost, also where
    another target than the scenario's is asked for."""
    asked = ("--target", "COD=100", "--draws", "2", "--out", tmp_path / "plan")
    ran = run_cli("allocate", "jiaxing-dyers-2018", *asked)
    assert ran.code == 0, ran.err
    tables = []
    for name in ("doubt", "doubt_baselines"):
        with (tmp_path / "plan" / f"{name}.csv").open(encoding="utf-8-sig") as file:
            tables.append(next(csv.DictReader(file)))
    drawn, beside = tables
    assert float(beside["p50_yuan"]) == pytest.approx(float(drawn["p50"]), abs=0.01)


@pytest.mark.slow
def test_the_old_spelling_of_range_still_works_and_says_so_once(
    run_cli: Callable[..., Any], table: Path
) -> None:
    old = _draws(run_cli, table, "--json", "--doubt", "cost=1:1", "--doubt", "baseline=1:1")
    new = _draws(run_cli, table, "--json", "--range", "cost=1:1", "--range", "baseline=1:1")
    assert json.loads(old.out)["uncertainty"] == json.loads(new.out)["uncertainty"]
    assert old.err.count("--doubt is now called --range") == 1
    assert "--doubt" not in new.err + run_cli("allocate", "--help").out
