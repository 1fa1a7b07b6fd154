"""Workbooks as bureaus and other programs write them: every cell as in the XML, or refused."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path

import pytest

from benchmarks import odd_workbooks
from permits.errors import InputError, RightsError
from scenarios.intake import workbooks
from scenarios.intake.cell_grid import Grid
from scenarios.intake.workbooks import (
    find_other_sheet,
    read_all_sheets,
    read_workbook,
    visible_rows_only,
)
from tests.scenarios.intake.workbook_xml import row, sheet, write_workbook

HEAD = row(1, "source", "baseline_t")


def _read(tmp_path: Path, *rows: str, before: str = "", after: str = "", **how: object) -> Grid:
    xml = sheet(*rows, before=before, after=after)
    return read_workbook(write_workbook(tmp_path / "m.xlsx", {"s": xml}, **how), "")  # type: ignore[arg-type]


def _refused(tmp_path: Path, *rows: str, before: str = "") -> InputError:
    with pytest.raises(InputError) as raised:
        _read(tmp_path, *rows, before=before)
    assert "\n" not in str(raised.value)
    return raised.value


def _columns(grid: Grid) -> list[list[str | None]]:
    return [column.to_pylist() for column in grid.columns]


def _without_calamine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "find_extent", lambda *_: None)


@pytest.mark.parametrize("extent", ['<dimension ref="A1"/>', '<dimension ref="x"/>', ""])
def test_the_extent_that_a_sheet_states_is_not_believed(tmp_path: Path, extent: str) -> None:
    grid = _read(tmp_path, HEAD, row(2, "S1", 50), row(3, "S2", 70), before=extent)
    assert _columns(grid) == [["source", "S1", "S2"], ["baseline_t", "50", "70"]]
    assert grid.row.tolist() == [1, 2, 3]


@pytest.mark.parametrize("exact", [False, True])
def test_both_readers_read_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exact: bool
) -> None:
    """One reader for what is ordinary, one for all else; here both read the same sheet."""
    if exact:
        _without_calamine(monkeypatch)
    cells = (
        '<c r="A2" t="s"><v>1</v></c>', 0.1, 15.038, 120000, '<c r="E2" s="1"><v>42736</v></c>',
        '<c r="F2" s="2"><v>42736.0416666667</v></c>', '<c r="G2" t="b"><v>1</v></c>',
        '<c r="H2" t="str"><f>A1</f><v>x &amp; y</v></c>', '<c r="I2"><v>1E-3</v></c>',
    )  # fmt: skip
    later = row(5, None, None, None, None, '<c r="E5" s="3"><v>42737</v></c>')
    grid = _read(tmp_path, row(2, *cells), later, shared=["<t>no</t>", "<t>乙厂</t>"])
    assert _columns(grid) == [
        ["乙厂", None], ["0.1", None], ["15.038", None], ["120000", None],
        ["2017-01-01", "2017-01-02"], ["2017-01-01 01:00:00", None], ["TRUE", None],
        ["x & y", None], ["0.001", None],
    ]  # fmt: skip
    assert grid.row.tolist() == [2, 5]


def test_an_ordinary_sheet_needs_no_slow_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "read_exactly", None)
    assert len(_read(tmp_path, HEAD, row(2, "S1", 50))) == 2


def test_dates_since_1904(tmp_path: Path) -> None:
    """41,274 days after 1 January 1904 is 1 January 2017: 113 years with 28 leap days, less 0."""
    days = (113 * 365) + 29  # 1904, 1908, …, 2016
    grid = _read(tmp_path, row(1, f'<c r="A1" s="1"><v>{days}</v></c>'), since_1904=True)
    assert _columns(grid) == [["2017-01-01"]]


def test_texts_of_several_formats_and_with_phonetic_guides(tmp_path: Path) -> None:
    shared = [
        '<r><t>乙</t></r><r><rPr><b/></rPr><t xml:space="preserve"> 厂</t></r>',
        '<t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh>',
        "<t>a_x000D_b</t>",
    ]
    cells = [f'<c r="{c}1" t="s"><v>{n}</v></c>' for n, c in enumerate("ABC")]
    assert _columns(_read(tmp_path, row(1, *cells), shared=shared)) == [
        ["乙 厂"], ["東京"], ["a\rb"],
    ]  # fmt: skip


def test_cells_without_numbers_follow_each_other(tmp_path: Path) -> None:
    rows = "<row><c><v>1</v></c><c/><c><v>3</v></c></row><row><c><v>4</v></c></row>"
    grid = _read(tmp_path, rows)
    assert _columns(grid) == [["1", "4"], [None, None], ["3", None]]
    assert grid.row.tolist() == [1, 2]


def test_rows_out_of_order_are_sorted_and_reported(tmp_path: Path) -> None:
    grid = _read(tmp_path, HEAD, row(3, "S2", 70), row(2, "S1", 50))
    assert _columns(grid)[0] == ["source", "S1", "S2"]
    assert "sorted" in grid.notices[0]


def test_errors_and_formulas_without_value_are_named(tmp_path: Path) -> None:
    error, formula = '<c r="B2" t="e"><v>#N/A</v></c>', '<c r="B3"><f>E3*0.6</f></c>'
    grid = _read(tmp_path, HEAD, row(2, "S1", error), row(3, "S2", formula))
    assert _columns(grid)[1] == ["baseline_t", None, None]
    assert dict(grid.errors) == {(2, 1): "#N/A"}
    assert dict(grid.formulas) == {(3, 1): "=E3*0.6"}


@pytest.mark.parametrize("digits", ["91330100123456789", "9.1330100123456E+17"])
def test_whole_numbers_beyond_fifteen_digits_are_named(tmp_path: Path, digits: str) -> None:
    """A credit code typed as a number: Excel keeps its first fifteen digits only."""
    grid = _read(tmp_path, HEAD, row(2, f'<c r="A2"><v>{digits}</v></c>', 5))
    assert dict(grid.long_numbers) == {(2, 0): digits}
    assert _columns(grid)[0] == ["source", digits]


def test_the_noise_of_a_binary_fraction_is_no_long_number(tmp_path: Path) -> None:
    grid = _read(tmp_path, HEAD, row(2, "S1", "<c r='B2'><v>3542.840000000001</v></c>"))
    assert not grid.long_numbers
    assert _columns(grid)[1][1] == "3542.840000000001"


def test_hidden_rows_are_read_and_marked_or_left_out(tmp_path: Path) -> None:
    rows = [HEAD, row(2, "S1", 50, attributes=' hidden="1"'), row(3, "S2", 70)]
    grid = _read(tmp_path, *rows)
    assert grid.hidden is not None and grid.hidden.tolist() == [False, True, False]
    assert _columns(grid)[1] == ["baseline_t", "50", "70"]
    with visible_rows_only():
        grid = _read(tmp_path, *rows)
    assert _columns(grid)[1] == ["baseline_t", "70"]
    assert grid.row.tolist() == [1, 3]
    assert "1 hidden row" in grid.notices[0]


def test_leaving_out_hidden_rows_where_there_are_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no table has hidden rows"), visible_rows_only():
        _read(tmp_path, HEAD)


def test_a_merged_cell_that_begins_in_a_hidden_row_keeps_its_value(tmp_path: Path) -> None:
    rows = [HEAD, row(2, "S1", 50, attributes=' hidden="1"'), row(3, None, 70), row(4, None, 90)]
    merged = '<mergeCells><mergeCell ref="A2:A4"/></mergeCells>'
    with visible_rows_only():
        grid = _read(tmp_path, *rows, after=merged)
    assert _columns(grid)[0] == ["source", "S1", None]
    assert grid.merged == ((3, 4, 0, 0),)


# --- which sheet -----------------------------------------------------------------------

COVER = sheet(row(1, "云溪县"))
DETAIL = sheet(HEAD, row(2, "S1", 50))


def _fits(grid: Grid) -> bool:
    return any(column[0].as_py() == "baseline_t" for column in grid.columns)


def test_a_cover_is_answered_with_the_sheet_that_fits(tmp_path: Path) -> None:
    file = write_workbook(tmp_path / "m.xlsx", {"封面": COVER, "明细": DETAIL})
    error = find_other_sheet(file, "", _fits)
    assert str(error) == (
        "the sheet '封面' has no such columns [m.xlsx]. 明细 has them: write m.xlsx#明细"
    )
    assert find_other_sheet(file, "", lambda _: False) is None


def test_several_sheets_that_fit_are_all_named(tmp_path: Path) -> None:
    file = write_workbook(tmp_path / "m.xlsx", {"封面": COVER, "一": DETAIL, "二": DETAIL})
    assert "一, 二 have them: write m.xlsx#一, or m.xlsx#* for all" in str(
        find_other_sheet(file, "", _fits)
    )


def test_a_chart_or_a_hidden_sheet_before_the_table_is_passed_over(tmp_path: Path) -> None:
    file = write_workbook(
        tmp_path / "m.xlsx",
        {"字典": COVER, "参数": COVER, "明细": DETAIL},
        charts=["图1"],
        states={"字典": "hidden", "参数": "veryHidden"},
    )
    grid = read_workbook(file, "")
    assert _columns(grid) == [["source", "S1"], ["baseline_t", "50"]]
    assert grid.notices == (
        "m.xlsx: the sheet 字典 is hidden and was not read",
        "m.xlsx: the sheet 参数 is hidden and was not read",
    )
    assert read_workbook(file, "字典").notices == ("m.xlsx: the sheet 字典 is hidden; it was read",)
    with pytest.raises(InputError, match="it has: 字典, 参数, 明细"):
        read_workbook(file, "图1")


def test_all_sheets_come_under_their_names(tmp_path: Path) -> None:
    empty = sheet()
    file = write_workbook(tmp_path / "m.xlsx", {"一": DETAIL, "空": empty, "二": DETAIL})
    assert [grid.name for grid in read_all_sheets(file)] == ["m.xlsx#一", "m.xlsx#二"]


# --- damaged and hostile ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (row(2, "a") + row(2, "b"), "two rows of the sheet have the number 2"),
        (row(2, "<c r='A2'><v>abc</v></c>"), "the cell A2 holds 'abc', which is no value"),
        (row(2, "<c r='A2'><v>NaN</v></c>"), "the cell A2 holds 'NaN', which is no value"),
        (row(2, "<c r='A2' t='s'><v>7</v></c>"), "the cell A2 holds '7', which is no value"),
        (row(2, "<c r='XFD2'><v>1</v></c>"), "more than 1,024 columns: its cell XFD2"),
        (row(2, "x" * 32_768), "more than 32,767 characters"),
        (row(2, "<c r='A3'><v>1</v></c>"), "the cell A3 stands in row 2"),
        (row(2, "<c r='A2'><v>1</v></c><c r='A2'/>"), "it holds the cell A2 twice"),
        ("<row r='0'/>", "a row has the number '0'"),
        (row(2, "a").replace("</c>", ""), "the workbook is damaged: mismatched tag"),
    ],
)
def test_damage_is_one_sentence(tmp_path: Path, rows: str, said: str) -> None:
    assert said in str(_refused(tmp_path, rows))


def test_a_cell_of_the_last_column_without_a_value_does_no_harm(tmp_path: Path) -> None:
    """A style to the end of a row is common, and calamine must not see the cell."""
    grid = _read(tmp_path, HEAD, row(2, "S1", 5, '<c r="XFD2" s="1"/>'), '<row r="1048576"/>')
    assert _columns(grid) == [["source", "S1"], ["baseline_t", "5"]]


def test_a_sheet_with_cells_far_apart_is_read_without_its_empty_area(tmp_path: Path) -> None:
    """One thousand columns and a million rows would be an area of 32 GB."""
    began = time.perf_counter()
    grid = _read(tmp_path, HEAD, row(1_048_576, '<c r="ALL1048576"><v>1</v></c>'))
    assert (len(grid), len(grid.columns)) == (2, 1000)
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;"><!ENTITY c "&b;&b;">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
    ],
)
@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
def test_no_part_may_declare_entities(tmp_path: Path, declared: str, part: str) -> None:
    file = write_workbook(tmp_path / "a.xlsx", {"s": sheet(HEAD)}, shared=["<t>x</t>"])
    _replace(file, tmp_path / "m.xlsx", part, lambda data: declared.encode() + data)
    with pytest.raises(InputError, match="it declares a document type"):
        read_workbook(tmp_path / "m.xlsx", "")


def _replace(source: Path, target: Path, part: str, change: object) -> None:
    """The same workbook with one part changed, or left out where the change gives None."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == part:
                data = change(data)  # type: ignore[operator]
            if data is not None:
                new.writestr(name, data)


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml"])
def test_a_part_that_is_missing_or_cut_off(tmp_path: Path, part: str) -> None:
    file = write_workbook(tmp_path / "a.xlsx", {"s": sheet(HEAD)})
    for change in (lambda _: None, lambda data: data[: len(data) // 2]):
        _replace(file, tmp_path / "m.xlsx", part, change)
        with pytest.raises(InputError, match="damaged"):
            read_workbook(tmp_path / "m.xlsx", "")


def test_a_part_that_unpacks_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scenarios.intake.workbook_parts.MOST_BYTES", 2**22)
    blanks = " " * 2**23
    with pytest.raises(InputError, match="unpacks to more than"):
        _read(tmp_path, HEAD, before=f"<x>{blanks}</x>")


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("m.xls", OLD, "of the kind XLS"),
        ("m.et", OLD, "save it as .xlsx"),
        ("m.xlsx", OLD, "of the kind XLS"),
        ("m.xlsx", OLD + "EncryptedPackage".encode("utf-16-le"), "the workbook is encrypted"),
        ("m.xlsx", b"source,baseline_t\n", "not a workbook, in spite of its name"),
        ("m.xlsx", b"PK\x03\x04" + bytes(60), "the workbook is damaged"),
        ("m.xlsx", b"", "not a workbook, in spite of its name"),
    ],
)
def test_other_files_are_named_with_the_remedy(
    tmp_path: Path, name: str, data: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError) as raised:
        read_workbook(tmp_path / name, "")
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("member", "said"),
    [
        ("xl/workbook.bin", "of the kind XLSB"),
        ("content.xml", "of the kind ODS"),
        ("xl/workbook.xml", "is an Excel workbook"),
        ("table.csv", "a zip archive, not a table"),
    ],
)
def test_an_archive_under_the_name_of_a_text_is_named(
    tmp_path: Path, member: str, said: str
) -> None:
    with zipfile.ZipFile(tmp_path / "m.csv", "w") as archive:
        archive.writestr("mimetype", "x")
        archive.writestr(member, "x")
    with pytest.raises(InputError) as raised:
        read_workbook(tmp_path / "m.csv", "")
    assert said in str(raised.value)


# --- many at random --------------------------------------------------------------------


def test_forty_odd_workbooks_are_read_as_their_xml_says() -> None:
    said: list[str] = []
    assert odd_workbooks.main(40, 7, said=said.append) == 0, said


@pytest.mark.slow
def test_two_thousand_odd_workbooks_are_read_as_their_xml_says() -> None:
    said: list[str] = []
    assert odd_workbooks.main(2000, 1, said=said.append) == 0, said


def test_the_plain_reading_finds_what_a_reader_loses(tmp_path: Path) -> None:
    """The comparison bites: a row less, or a cell changed, is a difference."""
    sample = odd_workbooks.make_sample(1_000_003)
    file = tmp_path / "m.xlsx"
    for n in range(1_000_000, 1_000_100):
        sample = odd_workbooks.make_sample(n)
        if not sample.refused:
            odd_workbooks.write_sample(sample, file)
            grid = read_workbook(file, "")
            break
    fewer = Grid(grid.name, tuple(c[:-1] for c in grid.columns), grid.row[:-1])
    assert odd_workbooks.find_difference(sample, fewer).startswith("rows")
    other = (grid.columns[1], *grid.columns[1:])
    changed = Grid(
        grid.name, other, grid.row, hidden=grid.hidden, errors=grid.errors, formulas=grid.formulas
    )
    assert odd_workbooks.find_difference(sample, changed)


def test_no_cell_of_a_mutated_workbook_ends_the_process(tmp_path: Path) -> None:
    """What is damaged at random is read or refused; nothing else is raised."""
    file = tmp_path / "m.xlsx"
    outcomes = set()
    for n in range(3_000_000, 3_000_030):
        sample = odd_workbooks.make_sample(n)
        odd_workbooks.mutate(sample, n)
        odd_workbooks.write_sample(sample, file)
        try:
            read_workbook(file, "")
            outcomes.add("read")
        except RightsError:
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}
