"""What a reader must find on the charts of a plan and of its further questions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from plotly.graph_objects import Figure

from permits.quantity import MG_PER_T
from scenarios.planning.frontier.chart import frontier, frontier_prices
from scenarios.planning.uncertainty.chart import baselines, fan
from scenarios.results.formatting import small_percent
from scenarios.results.plots.plan_charts import cost_curve
from scenarios.results.result import table

T, YUAN = MG_PER_T, 100
MEASURES = """source,sector,city,pollutant,baseline_t,measure,removed_t,annual_cost_yuan
A,coating,Hangzhou,VOC,100,paint,20,10000
B,printing,Ningbo,VOC,50,ink,20,40000
C,printing,Ningbo,VOC,50,burner,30,2400000
"""


def _curve(target: dict[str, Any]) -> dict[str, Any]:
    """Two sectors: a cheap step that is planned, a dear and a very dear one that are not."""
    steps = (("coating.x", 500, 20, 20, 20), ("printing.x", 2_000, 20, 40, 0),
             ("printing.x", 80_000, 200, 240, 0))  # fmt: skip
    rows = [("VOC", part, "m", 1, "S", unit * YUAN, step * T, total * T, planned * T)
            for part, unit, step, total, planned in steps]  # fmt: skip
    sectors = {"coating.x": "coating", "printing.x": "printing"}
    return cost_curve(table("curve", rows), "VOC", sectors, target, {})


def test_every_sector_of_the_curve_stands_in_its_legend_once() -> None:
    found = _curve({"amount_t": 20 * T, "price_high_yuan_per_t": 2_000 * YUAN})
    Figure(found)
    named = [bar["name"] for bar in found["data"] if bar.get("showlegend", True) and bar["x"]]
    assert sorted(named) == ["coating", "printing"]


def test_a_curve_without_a_target_is_scaled_by_what_the_plan_takes() -> None:
    found = _curve({})
    assert found["layout"]["yaxis"]["range"] == [0.0, 2_000.0]
    assert found["layout"]["shapes"][0]["x0"] == 20
    assert "the plan" in json.dumps(found["layout"]["annotations"])


def test_the_frontier_marks_the_plan() -> None:
    found = frontier([(0, 0), (40 * T, 50_000 * YUAN)], (20 * T, 10_000 * YUAN))
    plan = found["data"][-1]
    assert (plan["name"], plan["x"], plan["y"]) == ("the plan", [20], [10_000])


def test_a_logarithmic_axis_says_so() -> None:
    rows = [{"target_t": n * T, "price_low_yuan_per_t": 10**n * YUAN} for n in range(1, 7)]
    log = frontier_prices(rows)["layout"]["yaxis"]
    assert log["type"] == "log" and "log scale" in log["title"]["text"]
    linear = frontier_prices(rows[:2])["layout"]["yaxis"]
    assert linear["type"] == "linear" and "log" not in linear["title"]["text"]


def _quantiles(*yuan: int | None) -> dict[str, int | None]:
    names = ("p05_yuan", "p25_yuan", "p50_yuan", "p75_yuan", "p95_yuan")
    return {name: None if y is None else y * YUAN for name, y in zip(names, yuan, strict=True)}


def test_a_band_of_the_fan_ends_where_its_edge_is_out_of_reach() -> None:
    rows = [
        {"target_t": 10 * T, **_quantiles(1, 2, 3, 4, 5)},
        {"target_t": 20 * T, **_quantiles(2, 3, 4, 5, None)},
        {"target_t": 30 * T, **_quantiles(3, 4, None, None, None)},
    ]
    nine, half, middle, plan = fan(rows, 10 * T, 3 * YUAN)["data"]
    assert (nine["x"], nine["y"]) == ([10, 10], [5, 1])
    assert (half["x"], half["y"]) == ([10, 20, 20, 10], [4, 5, 3, 2])
    assert (middle["x"], middle["y"]) == ([10, 20], [3, 4])
    assert (plan["x"], plan["y"]) == ([10], [3])


def test_a_baseline_that_most_draws_cannot_meet_has_an_open_end() -> None:
    rows = [
        {"baseline": "census", "met": 1.0, **_quantiles(1, 2, 3, 4, 5)},
        {"baseline": "register", "met": 0.27, **_quantiles(6, 7, None, None, None)},
        {"baseline": "none", "met": 0.0, **_quantiles(None, None, None, None, None)},
    ]
    found = baselines(rows)
    Figure(found)
    register, census, middle = found["data"]
    assert census["x"] == [1, 5] and middle["x"] == [3]
    assert register["x"][0] == 6 < register["x"][1]
    assert "27 %" in register["text"][1] and not any(census["text"])


@pytest.mark.parametrize(
    ("share", "said"),
    [(5.3e-10, "0.0001 %"), (0.0000351, "0.0036 %"), (0.0035, "0.35 %"), (0.1234, "13 %")],
)
def test_a_bound_is_never_rounded_down(share: float, said: str) -> None:
    assert small_percent(share) == said


def test_the_terminal_answers_what_was_asked(run_cli: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text(MEASURES, encoding="utf-8")
    asked = ("allocate", "--measures", path, "--divisible")
    said = run_cli(*asked, "--target", "VOC=40", "--frontier", "9", "--years", "2018-2019",
                   "--alternatives", "50%").out  # fmt: skip
    for words in (
        "Cost frontier",
        "70 t: 2,450,000 yuan",
        "(9 points in all)",
        "2018: 20 t counted; target 20 t; 10,000 yuan that year",
        "Total: ",
    ):
        assert words in said
    found = json.loads(run_cli(*asked, "--budget-yuan", "30000", "--json").out)
    assert found["reduction_t"] <= found["most_for_money_t"] == pytest.approx(30, abs=1e-4)
    said = " ".join(run_cli(*asked, "--budget-yuan", "30000").out.split())
    assert "within the budget" in said and "upper bound 30 t" in said
