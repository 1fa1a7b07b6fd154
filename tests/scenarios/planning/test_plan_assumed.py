"""What of a plan rests on assumed rows, in figures and in the report."""

from __future__ import annotations

from pathlib import Path

from permits.quantity import MG_PER_T
from scenarios.planning.allocating import Question, allocate_table
from scenarios.results.report import page
from scenarios.results.summary import AssumedSummary

HEAD = "source,pollutant,baseline_t,measure,removed_t,annual_cost_yuan,status"
SECTION = 'id="assumptions"'


def _file(folder: Path, *standing: str) -> str:
    rows = [f"S{n},VOC,100,filter,{10 * (n + 1)},{1_000 * (n + 1)},{of}"
            for n, of in enumerate(standing)]  # fmt: skip
    path = folder / "measures.csv"
    path.write_text("\n".join([HEAD, *rows]) + "\n")
    return str(path)


def test_assumed_rows_are_told_in_number_tonnes_and_cost(tmp_path: Path) -> None:
    path = _file(tmp_path, "published", "assumed", "assumed")
    result, _ = allocate_table(path, Question(target=("VOC=60",)))
    assert result.summary.assumed == AssumedSummary(
        cost_share=5 / 6,
        measures=3,
        assumed_measures=2,
        reduction_mg={"VOC": 50 * MG_PER_T},
        cost_fen=500_000,
    )
    text = page(result)
    assert SECTION in text
    assert "2 of the 3 measures in the plan use such figures; together they cut 50 t" in text


def test_assumed_measures_that_are_not_built_do_not_count(tmp_path: Path) -> None:
    path = _file(tmp_path, "published", "assumed")
    result, _ = allocate_table(path, Question(target=("VOC=10",), at_most=("VOC=10",)))
    assert result.summary.assumed.assumed_measures == 0
    assert result.summary.assumed.cost_share == 0


def test_a_plan_without_assumed_rows_has_no_section_on_them(tmp_path: Path) -> None:
    path = _file(tmp_path, "published", "published")
    result, _ = allocate_table(path, Question(target=("VOC=30",)))
    assert SECTION not in page(result)
