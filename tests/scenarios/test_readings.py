"""Numbers and headings as planners write them: read and told, or refused with a remedy."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

from permits.errors import ManyErrors
from scenarios.plan.table import read_measures

HEAD = "source,sector,city,pollutant,baseline_t,measure,removed_t,annual_cost_yuan\n"


def _read(tmp_path: Path, cells: str) -> tuple[list[int], list[str]]:
    path = tmp_path / "m.csv"
    path.write_text(HEAD + f"a,p,x,VOC,{cells},m,4,400\nb,p,x,VOC,7,m,4,400\n", encoding="utf-8")
    inputs, notices = read_measures(path)
    return [source.base_mg[0] for source in inputs.sources], notices


@pytest.mark.parametrize(
    ("cells", "mg", "told"),
    [
        ('"1,234.5"', 1234_500000000, "thousands parted"),
        ("1 234.5", 1234_500000000, "thousands parted"),
        ("1'234", 1234_000000000, "thousands parted"),
        ('"12,345,678"', 12345678_000000000, "thousands parted"),
        ("１２．５", 12_500000000, "full-width"),
        ("8000 kg", 8_000000000, "holds kg, t"),
        ("８０００ｋｇ", 8_000000000, "full-width"),
    ],
)
def test_what_is_read_otherwise_than_it_stands_is_told(
    tmp_path: Path, cells: str, mg: int, told: str
) -> None:
    masses, notices = _read(tmp_path, cells)
    assert masses == [mg, 7_000000000]
    assert any(told in notice and "baseline_t" in notice for notice in notices)


def test_plain_numbers_need_no_notice(tmp_path: Path) -> None:
    assert _read(tmp_path, "1234.5") == ([1234_500000000, 7_000000000], [])


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ('"1,5"', "comma that parts no thousands"),
        ('"1,23,456"', "comma that parts no thousands"),
        ('"1.234,5"', "comma that parts no thousands"),
        ("NaN", "is not a mass"),
        ("inf", "is not a mass"),
        ("12%", "is not a mass"),
        ("2017-01-01 00:00:00", "is not a mass"),
        ("-3", "negative"),
        ("lots", "is not a mass"),
    ],
)
def test_what_could_mean_two_things_or_nothing_is_refused(
    tmp_path: Path, cells: str, said: str
) -> None:
    with pytest.raises(ManyErrors) as caught:
        _read(tmp_path, cells)
    assert said in str(caught.value)
    assert "m.csv, row 2, column baseline_t" in str(caught.value)


def test_a_workbook_as_a_bureau_writes_it(tmp_path: Path) -> None:
    """Titles above the headings, units in them, 万元, and a row of totals below."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["2017年挥发性有机物减排措施汇总表"],
        ["填报单位：某市环境保护局"],
        [
            "污染源",
            "行业",
            "地市",
            "污染物",
            "基准排放量（吨）",
            "措施",
            "削减量（千克）",
            "年成本（万元）",
        ],
        ["甲厂", "涂装", "杭州", "VOC", 120.5, "吸附", 40000, 1.25],
        ["乙厂", "印刷", "宁波", "VOC", "1,080", "焚烧", 900000, 30],
        ["合计", None, None, None, 1200.5, None, 940000, 31.25],
    ):
        sheet.append(row)
    path = tmp_path / "汇总.xlsx"
    book.save(path)
    inputs, notices = read_measures(path)
    assert [source.id for source in inputs.sources] == ["乙厂", "甲厂"]
    assert [source.base_mg[0] for source in inputs.sources] == [1080 * 10**9, 120_500000000]
    assert {m.name: (m.removed_mg[0], m.cost_fen) for m in inputs.measures} == {
        "吸附": (40 * 10**9, 1_250_000),
        "焚烧": (900 * 10**9, 30_000_000),
    }
    said = "\n".join(notices)
    assert "2 rows above the headings" in said
    assert "1 rows of totals" in said
    assert "thousands parted" in said
