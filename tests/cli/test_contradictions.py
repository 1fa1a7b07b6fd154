"""Three contradictions planted at once: all found, in words, in both languages."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]
MEASURES = """source,sector,city,pollutant,baseline_t,measure,removed_t,annual_cost_yuan
A,coating,Hangzhou,VOC,100,booth,30,300000
A,coating,Hangzhou,VOC,100,oxidiser,50,900000
B,coating,Hangzhou,VOC,100,booth,30,300000
B,coating,Hangzhou,VOC,100,oxidiser,50,900000
C,printing,Ningbo,VOC,100,ink,30,300000
C,printing,Ningbo,VOC,100,oxidiser,50,900000
D,dyeing,Jiaxing,VOC,100,booth,30,300000
D,dyeing,Jiaxing,VOC,100,oxidiser,50,900000
"""
PLANTED = [
    ("--max", "city=Hangzhou:VOC=30"), ("--cap", "city=Hangzhou:VOC=150"),
    ("--min", "sector=printing:VOC=45"), ("--max", "city=Ningbo:VOC=36"),
    ("--min", "city=Jiaxing:VOC=60"),
]  # fmt: skip
SOUND = [("--target", "VOC=50"), ("--min", "sector=coating:VOC=10")]


@pytest.fixture
def ask(run_cli: Cli, tmp_path: Path) -> Cli:
    path = tmp_path / "m.csv"
    path.write_text(MEASURES, encoding="utf-8")
    asked = [word for pair in (*SOUND, *PLANTED) for word in pair]

    def answer(*options: str) -> Any:
        ran = run_cli("allocate", "--measures", path, "--divisible", *asked, *options)
        assert ran.code == 3, ran.err
        return ran

    return answer


def test_three_planted_contradictions_are_told_with_what_each_would_have_to_give(ask: Cli) -> None:
    told = json.loads(ask("--json").out, parse_float=Decimal)["nearest"]
    assert sorted(map(tuple, told["conflicts"])) == [
        ("city=Hangzhou:VOC=30", "city=Hangzhou:VOC=150"),
        ("city=Jiaxing:VOC=60",),
        ("sector=printing:VOC=45", "city=Ningbo:VOC=36"),
    ]
    rows = {row["condition"]: row for row in told["conditions"]}
    assert {name: row["alone_t"] for name, row in rows.items()} == {
        "city=Hangzhou:VOC=30": 50,
        "city=Hangzhou:VOC=150": 170,
        "city=Jiaxing:VOC=60": 50,
        "sector=printing:VOC=45": 36,
        "city=Ningbo:VOC=36": 45,
    }
    # What the cap demands is 50 t: 30 (1 + t) = 50 (1 - t).
    assert rows["city=Hangzhou:VOC=30"]["together_t"] == Decimal("37.5")
    assert rows["city=Hangzhou:VOC=150"]["together_t"] == Decimal("162.5")
    assert told["cost_yuan"] > 0


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            "en",
            [
                "The conditions cannot all be kept",
                "City Hangzhou may remove at most 30 t of VOC.",
                "City Hangzhou may still emit at most 150 t of VOC; it can remove 100 t.",
                "Sector printing must remove at least 45 t of VOC; it can remove 50 t.",
                "City Jiaxing must remove at least 60 t of VOC; it can remove 50 t.",
                "Relaxing only city Jiaxing: at least 50 t of VOC instead of 60 t.",
                (
                    "If all are relaxed by the same share, 25 %: city Hangzhou at most 37.5 t of "
                    "VOC; city Hangzhou still emitting at most 162.5 t of VOC."
                ),
            ],
        ),
        (
            "zh",
            [
                "各项条件无法同时满足",
                "地市 Hangzhou最多可削减VOC 30吨。",
                "地市 Hangzhou的VOC排放不得超过150吨，而最多只能削减100吨。",
                "行业 printing至少须削减VOC 45吨，而最多只能削减50吨。",
                "若只放宽地市 Jiaxing：VOC至少削减由60吨改为50吨。",
            ],
        ),
    ],
)
def test_a_planner_reads_them_in_words(ask: Cli, lang: str, words: list[str]) -> None:
    said = " ".join(ask("--lang", lang).out.split())
    for word in words:
        assert word in said, f"{word!r} not in {said!r}"
    assert "VOC=30" not in said
