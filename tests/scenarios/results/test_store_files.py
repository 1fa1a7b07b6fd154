"""JSON, CSV and Excel: every digit kept, nothing run by a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from permits.errors import InputError
from scenarios.results.result import RunResult, Table
from scenarios.results.stores import workbook
from scenarios.results.stores.csv_tables import csv_bytes
from scenarios.results.stores.jsontext import plain, to_json
from scenarios.results.stores.named_table import read_named
from scenarios.results.stores.workbook_cells import cell_text, cell_value
from scenarios.results.table_specs import Column, Kind, TableSpec
from scenarios.text import set_language

WHOLE = st.integers(-(10**16), 10**16)
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)
FORMULAS = st.builds(lambda sign, rest: sign + rest, st.sampled_from("'=+-@"), TEXT)
VALUES: dict[str, tuple[Kind, st.SearchStrategy[object]]] = {
    "firm": ("text", TEXT | FORMULAS),
    "why": ("title", TEXT | FORMULAS),
    "count": ("count", WHOLE),
    "reduction_t": ("mass", WHOLE),
    "cost_yuan": ("money", WHOLE),
    "price_low_yuan_per_t": ("price", WHOLE),
    "drawn": ("flag", st.booleans()),
}
"""Names of columns whose kind a reader knows by the name."""


@given(st.data())
def test_a_table_written_as_csv_reads_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    names = data.draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=2, unique=True))
    spec = TableSpec("x", "X", "plan", tuple(Column(n, VALUES[n][0], "C") for n in names))
    row = st.tuples(*(st.none() | VALUES[name][1] for name in names))
    table = Table(spec, tuple(data.draw(st.lists(row, max_size=4))))
    path = tmp_path_factory.getbasetemp() / "x.csv"
    path.write_bytes(csv_bytes(table))
    found = read_named(path)
    assert [dict(row) for row in found] == list(table.dicts())
    assert found.heads == tuple(names)
    assert all(row["not there"] is None for row in found)


@given(FORMULAS)
def test_no_text_cell_of_a_csv_begins_as_a_formula(text: str) -> None:
    said = cell_text(text, "text")
    assert said == text or said.startswith("'")
    assert cell_value(said, "text") == text
    if said[0] in "=+-@" and len(said) > 1:
        Decimal(said)  # a number, which no spreadsheet runs


def test_csv_masses_and_money_are_plain_decimals_with_a_bom_and_line_feeds() -> None:
    columns = (
        Column("firm", "text", "Firm"),
        Column("mass_t", "mass", "Mass"),
        Column("money_yuan", "money", "Money"),
        Column("on", "date", "On"),
        Column("share", "share", "Share"),
        Column("drawn", "flag", "Drawn"),
    )
    row = ("甲", 42_000_000_000_001, 123_450, date(2017, 3, 1), 1e-7, True)
    found = csv_bytes(Table(TableSpec("x", "X", "plan", columns), (row, (None,) * 6)))
    assert found.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in found
    lines = found.decode("utf-8-sig").splitlines()
    assert lines == [
        "firm,mass_t,money_yuan,on,share,drawn",
        "甲,42000.000000001,1234.5,2017-03-01,0.0000001,true",
        ",,,,,",
    ]


@pytest.mark.parametrize(
    "broken",
    [
        "firm,firm\nA,A\n",
        "firm,mass_t\nA\n",
        "firm,mass_t\nA,much\n",
        "firm,mass_t\nA,0.0000000001\n",
        "",
    ],
)
def test_a_csv_that_the_run_did_not_write_is_refused_with_its_name(
    tmp_path: Path, broken: str
) -> None:
    path = tmp_path / "x.csv"
    path.write_text(broken, encoding="utf-8")
    with pytest.raises(InputError, match=r"x\.csv"):
        read_named(path)


JSON = st.recursive(
    st.none() | st.booleans() | WHOLE | st.floats(-1e15, 1e15) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_json_reads_back_as_it_was(value: object) -> None:
    assert json.loads(to_json(value)) == value


@given(st.decimals(allow_nan=False, allow_infinity=False, places=9))
def test_a_decimal_in_json_keeps_every_digit_and_has_no_exponent(value: Decimal) -> None:
    said = to_json(value).strip()
    assert "e" not in said.lower()
    assert Decimal(said) == value


def test_json_keeps_the_order_of_keys_and_refuses_what_is_not_a_number() -> None:
    assert to_json({"b": 1, "a": [1.5, None], "c": {}}) == (
        '{\n  "b": 1,\n  "a": [\n    1.5,\n    null\n  ],\n  "c": {}\n}\n'
    )
    with pytest.raises(ValueError, match="nan"):
        plain(float("nan"))


def test_the_workbook_holds_every_table_with_headings_and_full_values(
    sample_result: Callable[..., RunResult], tmp_path: Path
) -> None:
    result = sample_result()
    workbook.write_workbook(result, tmp_path / "x.xlsx")
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    assert len(book.sheetnames) == len(result.tables) + 1
    sheet = book["Quotas"]
    assert [cell.value for cell in sheet[1]][:3] == ["Source", "Firm", "Sector"]
    assert sheet.freeze_panes == "A2"
    quotas = result.tables["quotas"]
    assert sheet.max_row == len(quotas) + 2  # headings and totals
    mass = sheet.cell(2, 8)
    assert mass.value == pytest.approx(quotas.rows[0][7] / 1e9, rel=1e-15)
    assert mass.number_format == "#,##0.000"
    total = sheet.cell(len(quotas) + 2, 8)
    assert total.value == pytest.approx(sum(quotas.column("baseline_t")) / 1e9, rel=1e-15)
    assert (sheet.cell(total.row, 1).value, total.font.b) == ("Total", True)


def test_a_sheet_prints_its_headings_on_every_page_and_can_be_filtered(
    sample_result: Callable[..., RunResult], tmp_path: Path
) -> None:
    result = replace(sample_result(), title={"en": "Paint & print"})
    workbook.write_workbook(result, tmp_path / "x.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx")["Quotas"]
    assert sheet.auto_filter.ref == f"A1:N{len(result.tables['quotas']) + 1}"
    assert sheet.print_title_rows == "$1:$1"
    page = sheet.page_setup
    assert (page.orientation, page.paperSize, page.fitToHeight) == ("landscape", 9, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    with ZipFile(tmp_path / "x.xlsx") as parts:
        text = parts.read("xl/worksheets/sheet2.xml").decode()
    # One ampersand begins a code of the header: a printed one is two.
    assert "<oddHeader>&amp;LPaint &amp;&amp; print&amp;R" in text


def test_the_same_tables_are_the_same_workbook_to_the_byte(
    sample_result: Callable[..., RunResult], tmp_path: Path
) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        workbook.write_workbook(sample_result(), tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_long_table_of_sources_is_summed_by_city_and_sector(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MAX_ROWS", 3)
    names = ("source", "sector", "city")
    columns = (*(Column(name, "text", name) for name in names), Column("mass_t", "mass", "Mass, t"))
    rows = [(f"S{n}", "px"[n % 2], None if n == 4 else "c", 10**9 * n) for n in range(5)]
    table = Table(TableSpec("long", "Long", "plan", columns, totals=("mass_t",)), rows)
    workbook.write_sheets([table], tmp_path / "x.xlsx", title="n", labels={})
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx")["Long"]
    assert "summed by city and sector" in str(sheet["A1"].value)
    values = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]
    assert values == [
        [None, "p", 1, 4],
        ["c", "p", 2, 2],
        ["c", "x", 2, 4],
        ["Total", None, None, 10],
    ]


def test_the_workbook_speaks_chinese(
    sample_result: Callable[..., RunResult], tmp_path: Path
) -> None:
    set_language("zh")
    try:
        workbook.write_workbook(sample_result(), tmp_path / "x.xlsx")
    finally:
        set_language("en")
    book = openpyxl.load_workbook(tmp_path / "x.xlsx", read_only=True)
    heads = [cell.value for cell in next(iter(book.worksheets[2].rows))]
    assert "基准排放量（吨）" in heads


def test_a_text_that_begins_with_an_equals_sign_stays_text_in_the_workbook(
    sample_result: Callable[..., RunResult], tmp_path: Path
) -> None:
    spec = TableSpec("x", "X", "plan", (Column("firm", "text", "Firm"),))
    table = Table(spec, (("=1+1",), ("a\x07b",)))
    workbook.write_sheets([table], tmp_path / "x.xlsx", title="n", labels={})
    cells = openpyxl.load_workbook(tmp_path / "x.xlsx")["X"]["A"]
    assert [(cell.value, cell.data_type) for cell in cells[1:]] == [("=1+1", "s"), ("ab", "s")]


def test_a_table_too_long_for_a_sheet_is_summed_by_month_and_names_its_csv(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MAX_ROWS", 3)
    columns = (Column("on", "date", "On"), Column("mass_t", "mass", "Mass, t"))
    rows = tuple((date(2017, 1 + n % 2, 5), 10**9 * n) for n in range(5))
    table = Table(TableSpec("long", "Long", "year", columns), rows)
    workbook.write_sheets([table], tmp_path / "x.xlsx", title="n", labels={})
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx")["Long"]
    assert "long.csv holds all of them" in str(sheet["A1"].value)
    values = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert values == [["Month", "Rows", "Mass, t"], ["2017-01", 3, 6], ["2017-02", 2, 4]]


def test_csv_quotes_what_needs_it() -> None:
    spec = TableSpec("x", "X", "plan", (Column("a", "text", "A"), Column("b", "text", "B")))
    found = csv_bytes(Table(spec, (('say "no", please', "line\nbreak"),)))
    rows = list(csv.reader(io.StringIO(found.decode("utf-8-sig"))))
    assert rows[1] == ['say "no", please', "line\nbreak"]
