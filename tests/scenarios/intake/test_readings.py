"""Numbers and headings as planners write them: read and told, or refused with a remedy."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

from permits.errors import InputError, ManyErrors, RightsError
from scenarios.definition.measures_table import read_measures
from scenarios.intake.memory import memory_given
from scenarios.intake.workbooks import read_workbook
from tests.scenarios.intake.workbook_xml import row as row_xml
from tests.scenarios.intake.workbook_xml import sheet as sheet_xml
from tests.scenarios.intake.workbook_xml import write_workbook

HEAD = "source,sector,city,pollutant,baseline_t,measure,removed_t,annual_cost_yuan\n"


def _read(tmp_path: Path, cells: str) -> tuple[list[int], list[str]]:
    path = tmp_path / "m.csv"
    path.write_text(HEAD + f"a,p,x,VOC,{cells},m,4,400\nb,p,x,VOC,7,m,4,400\n", encoding="utf-8")
    inputs, notices = read_measures(path)
    return inputs.sources.base_mg[:, 0].tolist(), notices


@pytest.mark.parametrize(
    ("cells", "mg", "told"),
    [
        ('"1,234.5"', 1234_500000000, "thousands separators"),
        ("1 234.5", 1234_500000000, "thousands separators"),
        ("1'234", 1234_000000000, "thousands separators"),
        ('"12,345,678"', 12345678_000000000, "thousands separators"),
        ("１２．５", 12_500000000, "full-width"),
        ("8000 kg", 8_000000000, "mixes the units kg, t"),
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
        ('"1,5"', "comma that is not a thousands separator"),
        ('"1,23,456"', "comma that is not a thousands separator"),
        ('"1.234,5"', "comma that is not a thousands separator"),
        ("NaN", "is not a mass"),
        ("inf", "is not a mass"),
        ("12%", "is not a mass"),
        ("2017-01-01 00:00:00", "is not a mass"),
        ("-3", "negative"),
        ("lots", "is not a mass"),
        ("1_234", "is not a number"),
        ("١٢", "is not a number"),
        ("2e9", "larger than any value"),
    ],
)
def test_what_could_mean_two_things_or_nothing_is_refused(
    tmp_path: Path, cells: str, said: str
) -> None:
    with pytest.raises(ManyErrors) as caught:
        _read(tmp_path, cells)
    assert said in str(caught.value)
    assert "m.csv, row 2, column baseline_t" in str(caught.value)


def _told(tmp_path: Path, *rows: str) -> list[str]:
    path = tmp_path / "m.csv"
    path.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    return read_measures(path)[1]


def test_a_number_that_its_comma_broke_in_two_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManyErrors, match=r"9 cells for 8 headings \[m.csv, row 2\]"):
        _told(tmp_path, "a,p,x,VOC,12,m,4,12,000")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (("a,p,x,VOC,12,m,4,400", "a,p,y,VOC,12,n,4,400"), "city 'y' here and 'x' in m.csv, row 2"),
        (("a,p,x,VOC,12,m,4,400", "a,q,x,VOC,12,n,4,400"), "sector 'q' here and 'p'"),
    ],
)
def test_a_source_in_two_places_is_refused(
    tmp_path: Path, rows: tuple[str, ...], said: str
) -> None:
    with pytest.raises(ManyErrors) as caught:
        _told(tmp_path, *rows)
    assert said in str(caught.value)


def test_a_place_that_one_row_leaves_out_is_known_from_another(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text(HEAD + "a,,,VOC,12,m,4,400\na,p,x,VOC,12,n,4,500\n", encoding="utf-8")
    inputs, _ = read_measures(path)
    labels = {column: of.texts() for column, of in inputs.sources.labels.items()}
    assert labels == {"sector": ["p"], "city": ["x"]}


def test_a_remark_that_differs_from_row_to_row_is_no_label(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    rows = "a,p,x,VOC,12,m,4,400,old\na,p,x,VOC,12,n,4,500,new\n"
    path.write_text(HEAD.replace("\n", ",remark\n") + rows, encoding="utf-8")
    inputs, notices = read_measures(path)
    assert "remark" not in inputs.sources.labels
    assert any("remark differs" in notice for notice in notices)


def test_what_looks_like_a_slip_is_told(tmp_path: Path) -> None:
    said = "\n".join(
        _told(tmp_path, "A,p,x,VOC,12,m,4,400", "Ａ,p,x,VOC,12,m,4,400", "b,p,x,VOC,0,,,")
    )
    assert "'A' and 'Ａ' in source look alike" in said
    assert "1 source emits nothing, b" in said


def test_units_that_seem_mistaken_are_told(tmp_path: Path) -> None:
    """0.04 of 100 t looks like kilograms, 100 million yuan/t like 万元; 0.1 % and a hundredfold,
    exactly, are no notice."""
    plain = ["a,p,x,VOC,100,m,40,40000", "b,p,x,VOC,100,m,0.1,100", "c,p,x,VOC,100,m,1,100000"]
    assert not [said for said in _told(tmp_path, *plain) if "units right" in said]
    wrong = ["d,p,x,VOC,100,n,0.04,4000000", "e,p,x,VOC,100,n,40,40000"]
    said = [said for said in _told(tmp_path, *plain, *wrong) if "units right" in said]
    assert len(said) == 2
    assert "1 measure removes less than 0.1 % of its baseline, d n" in said[0]
    assert "the cost per tonne of 1 measure is more than 100 times" in said[1]
    assert "median, d n" in said[1]


def test_a_table_that_does_not_fit_in_memory_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At 500 bytes a row, four lines need 2,000 bytes."""
    monkeypatch.setattr("scenarios.intake.memory.free_bytes", lambda: 1_999)
    rows = [f"{name},p,x,VOC,12,m,4,400" for name in "abc"]
    with pytest.raises(InputError, match=r"4 rows need some 0.00 GB of memory") as caught:
        _told(tmp_path, *rows)
    assert "--memory any" in str(caught.value)
    monkeypatch.setattr("scenarios.intake.memory.free_bytes", lambda: 2_000)
    assert _told(tmp_path, *rows) == []


@pytest.mark.parametrize("attributes", ["", ' hidden="1"'])
def test_a_workbook_that_does_not_fit_is_refused_after_its_first_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attributes: str
) -> None:
    """Four rows, of an ordinary sheet and of one with a hidden row, which is read otherwise."""
    book = tmp_path / "m.xlsx"
    rows = [row_xml(n, f"S{n}", 12, attributes=attributes if n == 2 else "") for n in range(1, 5)]
    write_workbook(book, {"A": sheet_xml(*rows)})
    monkeypatch.setattr("scenarios.intake.memory.free_bytes", lambda: 1_999)
    with pytest.raises(InputError, match=r"4 rows need some 0.00 GB of memory"):
        read_workbook(book, "")
    monkeypatch.setattr("scenarios.intake.memory.free_bytes", lambda: 2_000)
    assert len(read_workbook(book, "")) == 4


@pytest.mark.parametrize("said", ["10²", "①0", "1½", "Ⅳ", "10₂"])
def test_a_sign_for_a_number_is_no_digit(tmp_path: Path, said: str) -> None:
    with pytest.raises(RightsError, match="is not a number"):
        _told(tmp_path, f"a,p,x,VOC,{said},m,4,400")


def test_memory_is_taken_as_given_where_the_user_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scenarios.intake.memory.free_bytes", lambda: 0)
    with memory_given("any"):
        assert _told(tmp_path, "a,p,x,VOC,12,m,4,400") == []
    with pytest.raises(InputError, match="write any"), memory_given("8 GB"):
        pass


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
    assert inputs.sources.ids == ("乙厂", "甲厂")
    assert inputs.sources.base_mg[:, 0].tolist() == [1080 * 10**9, 120_500000000]
    assert inputs.measures.name.texts() == ["焚烧", "吸附"]
    assert inputs.measures.removed_mg[:, 0].tolist() == [900 * 10**9, 40 * 10**9]
    assert inputs.measures.cost_fen.tolist() == [30_000_000, 1_250_000]
    said = "\n".join(notices)
    assert "the headings are in row 3; 2 rows above them were skipped" in said
    assert "1 row of totals" in said
    assert "thousands separators" in said
