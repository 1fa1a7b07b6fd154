"""Totals and notes are left out by their label and reported; totals without one are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from permits.errors import ManyErrors
from scenarios.definition.measures_table import read_measures
from scenarios.intake.fields import BASELINE, POLLUTANT, SOURCE, TotalsCheck
from scenarios.intake.meaning.left_out import is_note_label, is_number, is_total_label
from scenarios.intake.tables import read_table

HEAD = "source,sector,city,pollutant,baseline_t,measure,removed_t,annual_cost_yuan\n"
TWO = "A,x,c,VOC,100,m,50,1000\nB,x,c,VOC,80,m,40,500\n"


@pytest.mark.parametrize(
    "label",
    ["合　计", "合 计", "合计：", "杭州小计", "共计", "Total:", "合计(吨)", "ｔｏｔａｌ",
     "小计（万元/年）",     "Hangzhou total", "Grand Total", "SUBTOTAL", "总和", "累计", "sum"],
)  # fmt: skip
def test_a_total_by_its_label(label: str) -> None:
    assert is_total_label(label)


@pytest.mark.parametrize(
    "label", ["合计厂", "Possum", "Total Energies", "计", "小计（甲厂）", "", "吨"]
)
def test_no_total_by_its_label(label: str) -> None:
    assert not is_total_label(label)


def test_labels_of_notes_and_numbers() -> None:
    assert all(
        map(is_note_label, ("注：2016年数据", "备 注", "填表人：李四", "Note 1", "单位：吨"))
    )
    assert not any(map(is_note_label, ("甲厂", "关注", "")))
    assert all(map(is_number, ("12", "-1,234.5", "１２", "72%", "3 kg", "1e5", ".5", "2万元")))
    assert not any(map(is_number, ("2017年3月1日", "A1", "", "注", "0571-88")))


def _told(tmp_path: Path, rows: str) -> tuple[list[str], str]:
    path = tmp_path / "m.csv"
    path.write_text(HEAD + rows, encoding="utf-8")
    inputs, notices = read_measures(path)
    return list(inputs.sources.ids), "\n".join(notices)


def test_every_row_left_out_is_reported_with_number_and_text(tmp_path: Path) -> None:
    sources, told = _told(
        tmp_path,
        TWO + ",,杭州小计,VOC,180,,,\n\n合　计,,,,180,,90,1500\n注：无,,填表人：李四,,,,,\n",
    )
    assert sources == ["A", "B"]
    assert "2 rows of totals were left out: row 4 “杭州小计”, row 6 “合　计”" in told
    assert "1 note was left out: row 7 “注：无”" in told


def test_a_row_that_names_a_measure_is_data(tmp_path: Path) -> None:
    sources, told = _told(tmp_path, TWO + "小计,x,c,VOC,30,m,20,100\n")
    assert sources == ["A", "B", "小计"]
    assert told == ""


@pytest.mark.parametrize(
    "rows",
    [
        "全部,,,VOC,180,,,\n",
        "全部,,,VOC,180.00,,,\n",
        "合计,,,VOC,180,,,\nC,x,c,VOC,10,m,5,9\nD,x,c,VOC,20,m,5,9\n全市,,,VOC,30,,,\n",
        # A source counts once, whichever number of measures it has, or once a row.
        "B,x,c,VOC,80,n,40,600\n全部,,,VOC,180,,,\n",
        "B,x,c,VOC,80,n,40,600\n全部,,,VOC,260,,,\n",
        # Of one pollutant, where a table has several.
        "A,x,c,NOx,7,m,5,1000\nE,x,c,NOx,3,m,5,1000\n全部,,,NOx,10,,,\n",
    ],
)
def test_a_total_without_its_label_is_refused(tmp_path: Path, rows: str) -> None:
    with pytest.raises(ManyErrors) as caught:
        _told(tmp_path, TWO + rows)
    row = (HEAD + TWO + rows).count("\n")
    (error,) = caught.value.errors
    assert str(error).startswith(f"row {row} looks like a total: ")
    assert error.where == f"m.csv, row {row}, column baseline_t"
    assert "write 合计 in its first column or remove it" in str(error)


@pytest.mark.parametrize(
    "rows",
    [
        "C,,,VOC,181,,,\n",
        "C,x,c,VOC,180,m,5,9\n",  # it has a measure
        "C,,,VOC,0,,,\nD,,,VOC,0,,,\nE,,,VOC,0,,,\n",
        "C,,,VOC,100,,,\n",  # one row, not a sum
    ],
)
def test_a_row_that_is_no_sum_is_data(tmp_path: Path, rows: str) -> None:
    assert "left out" not in _told(tmp_path, TWO + rows)[1]


def _register(tmp_path: Path, masses: list[str]) -> list[str]:
    path = tmp_path / "r.csv"
    rows = [f"S{n},VOC,{mass}\n" for n, mass in enumerate(masses)]
    path.write_text("source,pollutant,baseline_t\n" + "".join(rows), encoding="utf-8")
    try:
        read_table(path, (SOURCE, POLLUTANT, BASELINE), totals=TotalsCheck())
    except ManyErrors as caught:
        return [str(error).partition(" looks")[0] for error in caught.errors]
    return []


def test_a_total_is_compared_to_the_last_digit_given(tmp_path: Path) -> None:
    """1000.26 + 500.11 = 1500.37; with few digits numbers agree by chance."""
    assert _register(tmp_path, ["1000.26", "500.11", "1500.4"]) == ["row 4"]
    assert _register(tmp_path, ["1000.26", "500.11", "1500"]) == ["row 4"]
    assert _register(tmp_path, ["1000.26", "500.11", "1500.3"]) == []
    assert _register(tmp_path, ["2.3", "2.3", "5"]) == []
    assert _register(tmp_path, ["2.3", "2.3", "4.6"]) == ["row 4"]


def test_totals_of_totals_are_all_named(tmp_path: Path) -> None:
    """Two districts of two sources each, and the whole."""
    assert _register(tmp_path, ["1.5", "2", "3.5", "4", "5", "9", "12.5"]) == [
        "row 4",
        "row 7",
        "row 8",
    ]
