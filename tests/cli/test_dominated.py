"""`allocate` lists measures that another one beats."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

MEASURES = """source,pollutant,baseline_t,measure,removed_t,annual_cost_yuan
A,VOC,100,paint,20,10000
A,VOC,100,filter,20,12000
A,VOC,100,burner,60,40000
A,VOC,100,dear,40,39000
B,VOC,50,paint,20,10000
"""


@pytest.mark.parametrize(
    ("options", "rows"),
    [
        ((), [["A", "filter", "1", "12000", "paint", "1", "", "2000"]]),
        (
            ("--divisible",),
            [
                ["A", "dear", "1", "39000", "burner", "0.5", "paint", "14000"],
                ["A", "filter", "1", "12000", "paint", "1", "", "2000"],
            ],
        ),
    ],
)
def test_dominated_measures_are_listed_and_counted(
    run_cli: Callable[..., Any], tmp_path: Path, options: tuple[str, ...], rows: list[list[str]]
) -> None:
    (tmp_path / "m.csv").write_text(MEASURES)
    ran = run_cli(
        "allocate", "--measures", tmp_path / "m.csv", "--target", "VOC=30", "--json",
        "--out", tmp_path / "out", *options,
    )  # fmt: skip
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)["dominated"]
    assert told["measures"] == len(rows) and told["of"] == 5
    assert told["by_measure"]["filter"] == {"dominated": 1, "offered": 1}
    text = (tmp_path / "out" / "dominated.csv").read_text(encoding="utf-8-sig")
    assert list(csv.reader(text.splitlines()))[1:] == rows
