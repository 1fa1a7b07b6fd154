"""What the folder of a plan says: who cuts what, how a row was read, what the public sees."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from pyarrow import parquet

from permits.errors import InputError
from scenarios import api
from scenarios.results.report import page

HEAD = (
    "source,firm,credit_code,size,乡镇,sector,city,county,pollutant,baseline_t,measure,removed_t,"
    "annual_cost_yuan\n"
)
ROWS = (
    "A,Alpha,9133X,10,东镇,x,c,k,VOC,100,m,50,1000.5\n"
    "A,Alpha,9133X,10,东镇,x,c,k,VOC,100,n,20,500\n"
    "B,Beta,9144Y,25,西镇,x,c,k,VOC,80,m,40,2000\n"
    "C,Beta,9155Z,30,西镇,x,c,k,VOC,60,m,30,6000\n"
)
Write = Callable[..., Path]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "m.csv"
    path.write_text(HEAD + ROWS, encoding="utf-8")
    return path


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_row_says_who_cuts_what_at_what_cost(table: Path, tmp_path: Path) -> None:
    """90 t of 240 t: A's greater measure and B's, 1,000.5 and 2,000 yuan."""
    api.allocate(measures=table, target="VOC=90", out=tmp_path / "o")
    first, second, third = _rows(tmp_path / "o" / "quotas.csv")
    assert list(first)[:9] == ["source", "firm", "credit_code", "size", "town", "sector",
                               "subsector", "city", "county"]  # fmt: skip
    assert (first["credit_code"], first["town"], first["county"]) == ("9133X", "东镇", "k")
    assert (first["reduction_t"], first["reduction_share"], first["quota_t"]) == ("50", "0.5", "50")
    assert (first["measures"], first["annual_cost_yuan"]) == ("m", "1000.5")
    assert (third["reduction_t"], third["measures"], third["annual_cost_yuan"]) == ("0", "", "0")
    built = _rows(tmp_path / "o" / "chosen.csv")
    assert [(row["source"], row["firm"], row["size"], row["measure"]) for row in built] == [
        ("A", "Alpha", "10", "m"),
        ("B", "Beta", "25", "m"),
    ]
    assert [(row["removed_t"], row["unit_cost_yuan_per_t"]) for row in built] == [
        ("50", "20.01"),
        ("40", "50"),
    ]
    assert second["credit_code"] == "9144Y"


def test_a_condition_may_bound_the_numbers_of_a_column(table: Path) -> None:
    """Sources below 25 and of 25 or more: A alone, and B with C."""
    small = api.allocate(measures=table, target="VOC=20", max="size<25:VOC=0")
    assert small.summary["cost_yuan"] == 2000  # B is the cheapest that may cut
    large = api.allocate(measures=table, target="VOC=20", min="size＞＝25，乡镇=西镇：VOC＝50%")
    assert large.summary["cost_yuan"] == 8000  # half of 140 t: all that B and C can do
    assert list(large.summary["shadow_price_yuan_per_t"])[1] == "size>=25,乡镇=西镇:VOC=50%"
    exact = api.allocate(measures=table, target="VOC=20", max="规模<=25:VOC=0")
    assert exact.summary["cost_yuan"] == 6000
    town = api.allocate(measures=table, target="VOC=20", max="town=西镇:VOC=0")
    assert town.summary["cost_yuan"] == 500


@pytest.mark.parametrize(
    ("condition", "said", "where"),
    [
        ("size<many:VOC=0", "'many' is not a number", "--max size<many:VOC=0"),
        ("乡镇<3:VOC=0", "A has '东镇' as town", "m.csv, row 2"),
        ("height<3:VOC=0", "no row has height '<3'", "height<3:VOC=0"),
    ],
)
def test_a_cell_that_is_no_number_is_named_with_its_row(
    table: Path, condition: str, said: str, where: str
) -> None:
    with pytest.raises(InputError) as caught:
        api.allocate(measures=table, target="VOC=20", max=condition)
    assert said in str(caught.value)
    assert str(caught.value.where).endswith(where)


def test_every_row_stands_beside_the_result_as_understood(table: Path, tmp_path: Path) -> None:
    api.allocate(measures=table, target="VOC=90", out=tmp_path / "o")
    read = parquet.read_table(tmp_path / "o" / "inputs.parquet").to_pylist()
    assert [row["row"] for row in read] == [2, 3, 4, 5]
    assert read[0]["file"] == "m.csv"
    assert (read[0]["baseline_mg"], read[0]["annual_cost_fen"]) == (100 * 10**9, 100_050)
    assert (read[3]["source"], read[3]["credit_code"], read[3]["left_out_why"]) == (
        "C", "9155Z", None,
    )  # fmt: skip


def test_a_row_that_was_left_out_stands_among_them_with_the_reason(
    table: Path, tmp_path: Path
) -> None:
    total = "合计,,,,,,,,,240,,,\n"
    table.write_text(HEAD + ROWS.replace("B,Beta", total + "B,Beta"), encoding="utf-8")
    api.allocate(measures=table, target="VOC=90", out=tmp_path / "o")
    read = parquet.read_table(tmp_path / "o" / "inputs.parquet").to_pylist()
    assert [(row["row"], row["source"], row["left_out_why"]) for row in read] == [
        (2, "A", None), (3, "A", None), (4, None, "total"), (5, "B", None), (6, "C", None),
    ]  # fmt: skip
    assert read[2]["left_out_text"] == "合计"


def test_the_public_sees_neither_costs_nor_inputs(table: Path, tmp_path: Path) -> None:
    plan = api.allocate(
        measures=table, target="VOC=90", title="Quotas & cuts", as_of="2017-12-31", public=True,
        out=tmp_path / "o",
    )  # fmt: skip
    folder = tmp_path / "o"
    names = {path.name for path in folder.iterdir()}
    assert "inputs.parquet" not in names
    assert "chosen.csv" in names
    for path in folder.glob("*.csv"):
        assert "yuan" not in path.read_text(encoding="utf-8-sig")
    page = (folder / "report.html").read_text(encoding="utf-8").split("<script")[0]
    assert "yuan" not in page
    assert "Quotas &amp; cuts" in page
    assert "Data as of 2017-12-31" in page
    book = openpyxl.load_workbook(folder / "plan.xlsx")
    cells = [str(c.value) for sheet in book for row in sheet.iter_rows() for c in row]
    assert not [text for text in cells if "yuan" in text or "3000.5" in text]
    told = json.loads(json.dumps(plan.summary, default=str))
    assert (told["title"], told["as_of"]) == ("Quotas & cuts", "2017-12-31")


def test_a_table_that_does_not_say_what_is_assumed_proves_nothing(
    table: Path, tmp_path: Path
) -> None:
    assert api.allocate(measures=table, target="VOC=90").summary["assumed"]["cost_share"] is None
    stated = tmp_path / "s.csv"
    rows = ROWS.replace("1000.5\n", "1000.5,assumed\n").replace("00\n", "00,published\n")
    stated.write_text(HEAD.replace("\n", ",status\n") + rows, encoding="utf-8")
    share = api.allocate(measures=stated, target="VOC=90").summary["assumed"]["cost_share"]
    assert float(share) == pytest.approx(1000.5 / 3000.5)


def test_the_cost_curve_without_sub_sectors_is_coloured_by_sector(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text(HEAD + ROWS.replace("东镇,x", "东镇,z"), encoding="utf-8")
    shown = page(api.allocate(measures=path, target="VOC=90").result)
    found = re.search(r'id="data-curve-0">(.*?)</script>', shown)
    assert found is not None
    steps = json.loads(found[1])["data"]
    assert {"x", "z"} <= {step.get("name") for step in steps}
    assert "all sources" not in {step.get("name") for step in steps}
