"""What the report answers: costs that belong together, percentages of something, files."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from permits.errors import InputError
from permits.quantity import MG_PER_T
from scenarios.commands.progress import Progress
from scenarios.definition.load import load_scenario
from scenarios.planning.places.chart import place_map
from scenarios.planning.places.section import MOST_PLACES, largest_places
from scenarios.planning.places.table import BY_PLACE
from scenarios.results.plots.year_charts import (
    FIRST_ROW,
    NAME_WIDTH,
    flow_of_rights,
    prices_and_volumes,
)
from scenarios.results.report import page, print_summary
from scenarios.results.report.html import breakable
from scenarios.results.report.keyfigures import efficiency_figure, plan_figures
from scenarios.results.result import RunResult, filled, table
from scenarios.results.summary import EvaluationSummary, PlanSummary
from scenarios.results.table_specs import TABLES
from scenarios.runner import run

Sample = Callable[..., RunResult]
MEASURES = """source,sector,city,pollutant,baseline_t,measure,removed_t,annual_cost_yuan
A,coating,Hangzhou,VOC,100,paint,20,10000
B,printing,Ningbo,VOC,50,ink,20,40000
"""


def test_the_cost_within_the_year_stands_beside_the_cost_of_a_full_year(
    run_cli: Callable[..., Any], tmp_path: Path
) -> None:
    """20 t within the year from July on need 40 t a year: both measures, 50,000 for 10,000."""
    path = tmp_path / "m.csv"
    path.write_text(MEASURES, encoding="utf-8")
    said = run_cli("allocate", "--measures", path, "--target", "VOC=20", "--years", "2018-2018",
                   "--count", "in_year:7").out  # fmt: skip
    said = " ".join(said.split())
    assert "10,000 yuan (a full year with every measure in place) Cost in 2018 by the" in said
    assert "by the build schedule: 50,000 yuan (see Year by year)" in said
    assert "starts in month 7 removes 50 % of its yearly tonnes" in said
    assert "those in place at its end remove 40 t in a full year." in said


def _evaluation(no_trade: int, realised: int, optimum: int) -> EvaluationSummary:
    gain = no_trade - optimum
    efficiency = (no_trade - realised) / gain if gain else None
    return EvaluationSummary(no_trade, realised, optimum, efficiency, realised / optimum - 1)


def test_where_trade_has_nothing_to_gain_no_share_of_it_is_stated() -> None:
    figure = efficiency_figure(_evaluation(1_005_000, 1_060_000, 1_000_000))
    assert figure.said == "cost 6 % above the optimum"
    assert figure.note == "trade could gain less than 1 %"
    bad = efficiency_figure(_evaluation(1_200_000, 1_300_000, 1_000_000))
    assert bad.said.startswith("-50 % of the possible gain")


def _plan(sample_result: Sample, **changed: Any) -> PlanSummary:
    return replace(sample_result().summary.plan, **changed)


def test_a_saving_of_nothing_is_no_percentage(sample_result: Sample) -> None:
    equal = replace(sample_result().summary.plan.equal, cost_fen=100, saving_fen=0)
    figures = {one.title: one for one in plan_figures(_plan(sample_result, equal=equal), {})}
    assert figures["Saved by the least-cost plan"].note == ""


def test_the_draws_say_how_often_the_plan_holds_and_what_certainty_costs(
    sample_result: Sample,
) -> None:
    found = {
        "plan_holds_share": 0.08,
        "draws": 50,
        "certain": {"holds_share": 0.96, "cost_yuan": 53_500_000},
    }
    plan = _plan(sample_result, answers={"uncertainty": found}, cost_fen=1_290_000_000)
    [one] = [one for one in plan_figures(plan, {}) if one.title == "Built as planned"]
    assert one.said == "8 % of 50 draws of the inputs meet the target"
    assert one.note.startswith("a plan that meets its target in 96 % of them costs 53.5 million")
    assert one.note.endswith("instead of 12.9 million yuan")


def test_the_report_stands_first_among_the_files(sample_result: Sample, tmp_path: Path) -> None:
    for name in ("plan.xlsx", "report.html", "quotas.csv"):
        (tmp_path / name).touch()
    file = io.StringIO()
    print_summary(sample_result(), tmp_path, file=file)
    assert file.getvalue().splitlines()[-3:] == [
        f"Report: {tmp_path / 'report.html'}",
        f"Workbook: {tmp_path / 'plan.xlsx'}",
        f"Written to {tmp_path}",
    ]
    assert "In the folder of this page: the workbook" in page(sample_result())


def test_small_firms_are_joined_by_sector_and_add_up() -> None:
    def row(level: str, city: str | None, firm: str | None, cut: int) -> tuple[Any, ...]:
        return (level, None, city, None, firm, "VOC", 1, 100, cut, 0.1, 100 - cut, 5, 6, 7)

    firms = [row("firm", "A", f"F{n:03d}", n % 7) for n in range(300)]
    sectors = {f"F{n:03d}": ("coating", "printing")[n % 2] for n in range(299)}
    rows = [row("all", None, None, 900), row("city", "A", None, 900)]
    shown = largest_places(filled(BY_PLACE, [*rows, *firms]), sectors)
    others = {one["firm"]: one for one in shown.dicts() if one["level"] == "others"}
    assert set(others) == {"coating: others", "printing: others", ""}
    named = sum(one["level"] == "firm" for one in shown.dicts())
    assert named == MOST_PLACES - 2
    assert named + sum(one["sources"] for one in others.values()) == 300
    tiles = place_map(list(shown.dicts()), {})["data"][0]
    assert len(set(tiles["ids"])) == len(tiles["ids"])
    city = tiles["ids"][1]
    assert all(parent == city for parent in tiles["parents"][2:])


def test_a_long_word_may_break_at_its_signs_only() -> None:
    key = "pollutant.VOC.reference_price"
    assert breakable(key) == "pollutant.<wbr>VOC.<wbr>reference_<wbr>price"
    assert breakable("Hangzhou -4.5 <b>") == "Hangzhou -4.5 &lt;b&gt;"


def test_progress_shows_share_and_time_and_keeps_its_clock_running(
    capsys: pytest.CaptureFixture[str],
) -> None:
    now = [0.0]
    with Progress(quiet=False, clock=lambda: now[0]) as progress:
        progress("solving the draws", 0.0)
        for at, share in ((1.0, 0.1), (11.0, 0.5)):
            now[0] = at
            progress("solving the draws", share)
        progress("choosing whole measures", None)
        for at in (15.0, 21.0):
            now[0] = at
            progress.tick()
    assert capsys.readouterr().err.splitlines() == [
        "  0% solving the draws",
        " 50% solving the draws (11 s)",
        "choosing whole measures (11 s)",
        "choosing whole measures (21 s)",
    ]


def test_a_run_lists_the_prices_who_bears_the_cost_and_its_draws() -> None:
    """On the curve of 100 + 2z² and 100 + 3z²: what a run's own plan answers beside itself."""
    result = run(load_scenario("classroom-two-firms"), part="plan", draws=4)
    assert result.tables["burden"].column("reduction_t")
    answers = result.summary.plan.answers
    assert answers["uncertainty"]["draws"] == 4
    assert "fairness" in answers
    shown = page(result)
    assert 'id="fairness"' in shown and 'id="doubt"' in shown
    with pytest.raises(InputError, match="1 is not from 2"):
        run(load_scenario("classroom-two-firms"), part="plan", draws=1)


def test_a_thin_node_before_the_last_column_stands_below_the_names_of_that_column() -> None:
    """`back` lies one step before `lapsed`: to the left of its own place, a quarter down."""
    flows = (("issued", "firms", 100), ("firms", "surrendered", 97), ("firms", "back", 3),
             ("back", "lapsed", 3))  # fmt: skip
    rows = [("VOC", 2017, start, end, mass * MG_PER_T) for start, end, mass in flows]
    columns = [column.name for column in TABLES["flow"].columns]
    named = dict(zip(("pollutant", "vintage", "origin", "target", "mass_t"), range(5), strict=True))
    found = flow_of_rights(
        table("flow", [tuple(r[named[c]] for c in columns) for r in rows]), "VOC"
    )
    node = found["data"][0]["node"]
    at = next(n for n, label in enumerate(node["label"]) if label.startswith("back"))
    assert node["x"][at] == pytest.approx(2 / 3 - NAME_WIDTH)
    assert node["y"][at] == FIRST_ROW
    assert [n for n, x in enumerate(node["x"]) if x is not None] == [at]


def test_the_plan_s_price_is_named_in_the_legend_of_the_sessions(sample_result: Sample) -> None:
    sessions = sample_result().tables["sessions"]
    found = prices_and_volumes(sessions, "VOC", [("marginal cost in the plan", 906_800)])
    [level] = [one for one in found["data"] if one["name"] == "marginal cost in the plan"]
    assert level["y"] == [9_068.0, 9_068.0]
    assert "annotations" not in found["layout"]
