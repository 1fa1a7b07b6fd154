"""What a planner meets who uses the command for the first time."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]
TWO = """污染源,行业,地市,污染物,基准排放量_吨,措施,削减量_吨,年成本_元
A,涂装,杭州,VOC,100,活性炭,60,60000
A,涂装,杭州,NOX,100,活性炭,10,60000
B,印刷,宁波,VOC,50,水性油墨,40,90000
B,印刷,宁波,NOX,80,水性油墨,20,90000
"""


@pytest.fixture
def two(tmp_path: Path) -> Path:
    path = tmp_path / "two.csv"
    path.write_text(TWO, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "condition", ["地市=宁波:VOC=40", "地市＝宁波：VOC＝40", "city=宁波:VOC=80％"]
)
def test_conditions_name_columns_as_the_table_does(run_cli: Cli, two: Path, condition: str) -> None:
    ran = run_cli("allocate", "--measures", two, "--min", condition, "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["cost_yuan"] == 90000


@pytest.mark.parametrize("question", [("--budget-yuan", "1e5"), ("--price", "3000"),
                                      ("--frontier", "3")])  # fmt: skip
def test_a_question_about_one_of_two_pollutants_must_name_it(
    run_cli: Cli, two: Path, question: tuple[str, str]
) -> None:
    ran = run_cli("allocate", "--measures", two, *question)
    assert ran.code == 2
    assert "--maximise" in ran.err and "NOx, VOC" in ran.err
    assert run_cli("allocate", "--measures", two, *question, "--maximise", "VOC").code == 0


def test_a_frontier_is_of_the_pollutant_that_has_the_target(run_cli: Cli, two: Path) -> None:
    ran = run_cli("allocate", "--measures", two, "--target", "VOC=60", "--frontier", "3", "--json")
    assert json.loads(ran.out)["frontier"][-1]["target_t"] == {"VOC": 100}


def test_a_target_that_could_be_met_by_itself_is_told_so(run_cli: Cli, two: Path) -> None:
    ran = run_cli("allocate", "--measures", two, "--target", "VOC=60", "--target", "NOX=10",
                  "--cap", "city=宁波:VOC=5")  # fmt: skip
    assert ran.code == 3
    assert "VOC: The target of 60 t is achievable by itself (at most 100 t)" in ran.out


def test_a_cap_on_all_that_is_emitted_has_its_equal_percentage(run_cli: Cli, two: Path) -> None:
    ran = run_cli("allocate", "--measures", two, "--cap", "VOC=120", "--json")
    equal = json.loads(ran.out)["equal_percentage"]
    assert equal["share"] == pytest.approx(0.2)
    assert equal["cost_yuan"] == pytest.approx(60000 / 3 + 90000 / 4)
