"""Sheets as tables: merged cells, hidden rows, covers, several sheets as one."""

from __future__ import annotations

from pathlib import Path

import pytest

from permits.errors import ManyErrors, RightsError
from scenarios.definition.measures_table import FIELDS, read_measures
from scenarios.intake.columns import ReadTable
from scenarios.intake.tables import read_table
from tests.scenarios.intake.bureau_workbook import write_bureau
from tests.scenarios.intake.workbook_xml import row, sheet, write_workbook

HEADINGS = ("污染源", "行业", "地市", "污染物", "基准排放量_吨", "措施", "削减量_吨", "年成本_元")
HEAD = row(1, *HEADINGS)
T = 10**9


def _merged(*refs: str) -> str:
    inner = "".join(f'<mergeCell ref="{ref}"/>' for ref in refs)
    return f"<mergeCells>{inner}</mergeCells>"


def _read(tmp_path: Path, *rows: str, merged: tuple[str, ...] = ()) -> ReadTable:
    xml = sheet(*rows, after=_merged(*merged) if merged else "")
    return read_table(write_workbook(tmp_path / "m.xlsx", {"明细": xml}), FIELDS)


TWO_MEASURES = (
    row(2, "S1", "化工", "宁波", "VOC", 100, "RTO", 60, 1000),
    row(3, None, None, None, None, None, "活性炭", 30, 500),
)


def test_a_firm_merged_over_its_measures_stands_beside_each(tmp_path: Path) -> None:
    table = _read(
        tmp_path, HEAD, *TWO_MEASURES, merged=("A2:A3", "B2:B3", "C2:C3", "D2:D3", "E2:E3")
    )
    assert [one.values["source"] for one in table.rows] == ["S1", "S1"]
    assert table.amount["baseline_t"].value.tolist() == [100 * T, 100 * T]
    assert table.amount["removed_t"].value.tolist() == [60 * T, 30 * T]


def test_a_merged_cost_or_removed_mass_is_refused(tmp_path: Path) -> None:
    """One cost over two measures is not two costs."""
    rows = [HEAD, TWO_MEASURES[0], row(3, "S1", "化工", "宁波", "VOC", 100, "活性炭")]
    with pytest.raises(ManyErrors) as raised:
        _read(tmp_path, *rows, merged=("G2:G3", "H2:H3"))
    assert [str(one) for one in raised.value.errors] == [
        f"the merged cell {cells} states one amount for several rows [m.xlsx]. "
        "split the cell and write the amount of each row"
        for cells in ("G2:G3", "H2:H3")
    ]


def test_a_baseline_merged_over_two_sources_is_refused(tmp_path: Path) -> None:
    rows = [HEAD, TWO_MEASURES[0], row(3, "S2", "化工", "宁波", "VOC", None, "活性炭", 30, 500)]
    with pytest.raises(ManyErrors, match="E2:E3 states one baseline for several sources"):
        _read(tmp_path, *rows, merged=("E2:E3",))


def test_a_merged_cell_that_reaches_below_the_table_makes_no_rows(tmp_path: Path) -> None:
    table = _read(tmp_path, HEAD, TWO_MEASURES[0], merged=("A2:A9", "H2:H9"))
    assert len(table) == 1


def test_headings_over_two_rows_are_joined(tmp_path: Path) -> None:
    """A title, names merged downwards, a quantity over its unit, a pollutant over quantities."""
    rows = [
        row(1, "汇总表"),
        row(2, "污染源", "行业", "地市", "污染物", "基准排放量", "措施", "削减效果"),
        row(3, None, None, None, None, "VOC（吨）", None, "削减量（吨）", "年成本（元）"),
        row(4, "S1", "化工", "宁波", "VOC", 100, "RTO", 60, 1000),
    ]
    merged = ("A1:H1", "A2:A3", "B2:B3", "C2:C3", "D2:D3", "E2:E2", "F2:F3", "G2:H2")
    table = _read(tmp_path, *rows, merged=merged)
    assert table.columns == (
        "source", "sector", "city", "pollutant", "baseline_t", "measure", "removed_t",
        "annual_cost_yuan",
    )  # fmt: skip
    assert table.amount["baseline_t"].value.tolist() == [100 * T]


def test_hidden_rows_are_reported_with_their_mass(tmp_path: Path) -> None:
    """Two measures of one source hide 100 t, not 200 t."""
    again = row(3, "S1", "化工", "宁波", "VOC", 100, "活性炭", 30, 500, attributes=' hidden="1"')
    first = TWO_MEASURES[0].replace("<row ", '<row hidden="1" ')
    table = _read(tmp_path, HEAD, first, again)
    assert len(table) == 2
    assert "m.xlsx: 2 rows with 100 t are hidden in the sheet" in table.notices[0]


def test_cells_without_a_value_are_refused_with_their_name(tmp_path: Path) -> None:
    odd = (
        '<c r="G2"><f>E2*0.6</f></c>', '<c r="H2" t="e"><v>#REF!</v></c>',
        '<c r="A3"><v>91330100123456789</v></c>',
    )  # fmt: skip
    with pytest.raises(ManyErrors) as raised:
        _read(tmp_path, HEAD, row(2, "S1", "化工", "宁波", "VOC", 100, "RTO", *odd[:2]),
              row(3, odd[2], "化工", "宁波", "VOC", 100, "RTO", 60, 1000))  # fmt: skip
    said = [str(one) for one in raised.value.errors]
    assert any("a formula without a value: =E2*0.6" in one and "(G2)" in one for one in said)
    assert any("shows the error #REF!" in one and "(H2)" in one for one in said)
    assert any("91330100123456789 is stored as a number: its last digits are lost" in one
               and "(A3)" in one for one in said)  # fmt: skip
    assert len(said) == 3


DETAIL = sheet(HEAD, TWO_MEASURES[0])


def test_a_cover_is_answered_with_the_sheet_that_fits(tmp_path: Path) -> None:
    file = write_workbook(tmp_path / "m.xlsx", {"封面": sheet(row(1, "云溪县")), "明细": DETAIL})
    with pytest.raises(RightsError, match=r"明细 has them: write m\.xlsx#明细"):
        read_table(file, FIELDS)
    assert len(read_table(f"{file}#明细", FIELDS)) == 1


def test_several_sheets_are_one_table_and_name_their_rows(tmp_path: Path) -> None:
    """The second sheet has its columns in another order, and a title."""
    other = sheet(
        row(1, "二"),
        row(2, "年成本_元", *HEADINGS[:7]),
        row(3, 700, "S2", "涂装", "杭州", "VOC", 50, "RCO", 20),
    )
    file = write_workbook(
        tmp_path / "m.xlsx", {"封面": sheet(row(1, "云溪县")), "一": DETAIL, "二": other}
    )
    table = read_table(f"{file}#*", FIELDS)
    assert [one.values["source"] for one in table.rows] == ["S1", "S2"]
    assert table.amount["annual_cost_yuan"].value.tolist() == [100_000, 70_000]
    assert [table.where(n) for n in range(2)] == ["m.xlsx#一, row 2", "m.xlsx#二, row 3"]
    assert "m.xlsx: sheets without these columns were left out: 封面" in table.notices


def test_a_bureaus_workbook_with_every_oddity_at_once(tmp_path: Path) -> None:
    """Twenty firms; what is planned is what the writer counted while it wrote."""
    wrote = write_bureau(tmp_path / "bureau.xlsx", firms=20)
    inputs, notices = read_measures(f"{tmp_path / 'bureau.xlsx'}#明细")
    assert int(inputs.sources.base_mg.sum()) == wrote.baseline_mg
    assert len(inputs.sources) == wrote.firms
    told = " ".join(notices)
    assert "the headings are in row 4" in told
    assert f"{wrote.hidden} rows with" in told
    assert "1 row of totals was left out" in told and "2 notes were left out" in told


@pytest.mark.slow
def test_a_bureaus_workbook_of_five_thousand_firms_is_planned(tmp_path: Path) -> None:
    from scenarios import api

    wrote = write_bureau(tmp_path / "bureau.xlsx", firms=5000)
    answer = api.allocate(measures=f"{tmp_path / 'bureau.xlsx'}#明细", target=["VOC=10%"])
    tenth = wrote.baseline_mg / 10 / T
    assert answer.summary["status"] in ("optimal", "feasible")
    assert float(answer.summary["target_t"]) == pytest.approx(tenth, abs=1e-9)
    assert float(answer.summary["reduction_t"]) >= tenth - 1e-9
