"""Solvent balances from a table: masses, cards, and every mistake with its row and remedy."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from permits.errors import InputError, ManyErrors
from permits.meter.emission_factor import FACTORS, Activity, EmissionFactor
from permits.meter.material_balance import mass_mg
from permits.meter.meter_error import (
    MeterError,
    compliance_probability,
    relative_sd,
    safe_share,
)
from permits.meter.solvent import Destruction, Use, add_balances, balance_of
from permits.permit import Basis
from permits.quantity import fmt_t
from scenarios.intake.basis_column import parse_conversion
from scenarios.intake.fields import Field
from scenarios.intake.tables import read_table
from scenarios.monitoring.materials import meter_materials
from scenarios.monitoring.materials.materials_table import parse_month
from scenarios.text import chinese, render, set_language

DATA = Path(__file__).parents[3] / "scenarios" / "files" / "data"
HEAD = "firm,month,material,used_t,voc_content,recovered_t,in_waste_t,destroyed_t"
CARDS = "card,firm,pollutant,annual_quota_t,basis\n"


@pytest.fixture
def table(tmp_path):
    def write(*rows, head=HEAD, name="m.csv"):
        path = tmp_path / name
        path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
        return str(path)

    return write


def mistakes(path, **asked):
    with pytest.raises(ManyErrors) as caught:
        meter_materials(path, **asked)
    return [f"{error}" for error in caught.value.errors]


def emitted(metered):
    return [(row["firm"], row["month"], row["emitted_t"]) for row in metered.masses.dicts()]


# --- the balance -------------------------------------------------------------------


def test_what_is_neither_recovered_wasted_nor_destroyed_is_emitted(table):
    path = table("F1,2017-03,ink,10,72%,1.5,0.2,3", "F1,2017-03,thinner,2.5,1,,,")
    told = meter_materials(path).told()
    (row,) = told["masses"]
    assert row["emitted_t"] == Decimal("5")  # 7.2 + 2.5 - 1.5 - 0.2 - 3
    assert (row["basis"], row["outlet"], row["substituted_t"]) == ("material_balance", None, 0)
    assert told["totals"] == [{"pollutant": "VOC", "emitted_t": Decimal("5")}]


MG = st.integers(0, 10**13)
PER_MILLE = st.integers(0, 1000).map(lambda n: Fraction(n, 1000))


@settings(max_examples=40)
@given(st.lists(st.tuples(MG, PER_MILLE, PER_MILLE, PER_MILLE, PER_MILLE), min_size=1, max_size=6))
def test_every_milligram_of_a_month_is_somewhere(rows):
    balances = []
    for used, content, kept, capture, efficiency in rows:
        waste = int(used * content * kept)
        use = Use("F", parse_month("2017-03", ""), "m", used, content, 0, waste, 0,
                  Destruction(capture, efficiency))  # fmt: skip
        balance = balance_of(use)
        evaporated = round(used * content) - waste
        assert balance.destroyed_mg == round(evaporated * capture * efficiency)
        balances.append(balance)
    month = add_balances(balances)
    gone = month.recovered_mg + month.in_waste_mg + month.destroyed_mg
    assert mass_mg(month) + gone == sum(round(row[0] * row[1]) for row in rows)


def test_use_follows_from_the_stock(table):
    head = "firm,month,material,opening_t,bought_t,closing_t,voc_content"
    path = table("F1,2017-03,ink,8.4,12,7.9,0.5", "F1,2017-04,ink,7.9,0,7.9,0.5", head=head)
    assert emitted(meter_materials(path)) == [
        ("F1", "2017-03", 6_250_000_000),
        ("F1", "2017-04", 0),
    ]


@pytest.mark.parametrize(
    "said", ["2017-03", "2017/3", "2017.03", "201703", "2017年3月", "2017-03-01 00:00:00"]
)
def test_a_month_may_be_written_in_many_ways(said):
    assert parse_month(said, "").isoformat() == "2017-03-01"


def test_chinese_headings_other_units_excel_and_parquet_give_the_same(table, tmp_path):
    expected = emitted(
        meter_materials(table("F1,2017-03,ink,10,72%,1.5,,", "F1,2017-04,ink,1,72%,,,"))
    )
    heads = ["企业", "月份", "原辅材料", "使用量（千克）", "VOCs含量（%）", "回收量（吨）"]
    cells = [
        ["F1", "2017年3月", "ink", 10_000, 72, 1.5],
        ["F1", "2017年4月", "ink", 1000, 72, None],
    ]
    book = Workbook()
    for row in [heads, *cells]:
        book.active.append(row)
    book.save(tmp_path / "m.xlsx")
    assert emitted(meter_materials(str(tmp_path / "m.xlsx"))) == expected
    columns = {
        head: list(column) for head, column in zip(heads, zip(*cells, strict=True), strict=True)
    }
    pa.parquet.write_table(pa.table(columns), tmp_path / "m.parquet")
    assert emitted(meter_materials(str(tmp_path / "m.parquet"))) == expected
    lines = [",".join("" if c is None else str(c) for c in row) for row in [heads, *cells]]
    (tmp_path / "gb.csv").write_bytes("\n".join(lines).encode("gb18030"))
    metered = meter_materials(str(tmp_path / "gb.csv"))
    assert emitted(metered) == expected
    assert any("gb18030" in notice for notice in metered.notices)


def test_a_drum_of_mixed_waste_is_told_and_the_month_still_closes(table):
    metered = meter_materials(table("F1,2017-03,ink,10,0.5,,,", "F1,2017-03,drum,0,0,,0.7,"))
    assert emitted(metered) == [("F1", "2017-03", 4_300_000_000)]
    assert any("row 3" in notice and "drum" in notice for notice in metered.notices)


def test_the_tables_are_written_as_csv(table, tmp_path):
    cards = table("C1,F1,VOC,12,", head=CARDS.strip(), name="c.csv")
    metered = meter_materials(table("F1,2017-01,ink,1,1,,,"), cards=cards)
    metered.write(tmp_path / "out")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "balances.csv", "events.csv", "manifest.json", "masses.csv",
    ]  # fmt: skip
    first = (tmp_path / "out" / "masses.csv").read_text(encoding="utf-8-sig").splitlines()[1]
    assert first == ",2017-01,VOC,1,0,F1,material_balance,1,0,0,0"


# --- mistakes ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "where", "said", "remedy"),
    [
        (["F1,2017-03,ink,1,0.5,0.3,0.3,"], "row 2", "0.6 t of VOC, but only 0.5 t came",
         "VOC only"),
        (["F1,2017-03,ink,1,130%,,,"], "row 2, column voc_content", "130%", "0.72 or 72%"),
        (["F1,2017-03,ink,1,72,,,"], "row 2, column voc_content", "72 is not a share", "72%"),
        (["F1,March,ink,1,1,,,"], "row 2, column month", "'March' is not a month", "2017-03"),
        (["F1,2017-13,ink,1,1,,,"], "row 2, column month", "not a month", "2017-03"),
        (["F1,0000-01,ink,1,1,,,"], "row 2, column month", "from 1970 to 2099", "2017-03"),
        (["F1,2017-03,ink,1,1,,,", "F1,2017-06,ink,1,1,,,"], "row 3",
         "no row from 2017-04 to 2017-05", "used_t 0"),
        (["F1,2017-03,ink,1,1,,,", "F1,2017-03,ink,2,1,,,"], "row 3", "twice for 2017-03",
         "add the two rows"),
        (["F1,2017-03,ink,-1,1,,,"], "row 2, column used_t", "negative", "zero or more"),
        (["F1,2017-03,ink,,1,,,"], "row 2", "how much was used", "used_t"),
        (["F1,2017-03,ink,1,1e999999999,,,"], "row 2, column voc_content", "larger than", "unit"),
        (["F1,2017-03,ink,1,1e-999999999,,,"], "row 2, column voc_content", "not a number", "0.72"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_row_and_remedy(table, rows, where, said, remedy):
    (only,) = mistakes(table(*rows))
    assert where in only
    assert said in only
    assert remedy in only


STOCKS = "firm,month,material,used_t,opening_t,bought_t,closing_t,voc_content"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["F1,2017-03,ink,,1,2,,1"], "has only opening_t, bought_t"),
        (["F1,2017-03,ink,,1,2,4,1"], "stock of 4 t exceeds the 3 t"),
        (["F1,2017-03,ink,5,1,2,0,1"], "used_t is 5 t, but the stock gives a use of 3 t"),
        (["F1,2017-03,ink,,1,2,1,1", "F1,2017-04,ink,,0.9,2,1,1"],
         "opens with 0.9 t, but the previous month closed with 1 t"),
    ],
)  # fmt: skip
def test_a_stock_that_is_incomplete_or_does_not_meet_is_refused(table, rows, said):
    (only,) = mistakes(table(*rows, head=STOCKS))
    assert said in only


SHARES = "firm,month,material,used_t,voc_content,in_waste_t,destroyed_t,capture,destruction"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("F1,2017-03,ink,1,1,,0.5,90%,90%", "as a mass and as shares"),
        ("F1,2017-03,ink,1,1,,,90%,", "belong together"),
        ("F1,2017-03,ink,1,0.5,0.6,,90%,90%", "0.1 t more recovered"),
        ("F1,2017-03,ink,1,1,,,90%,120%", "not a share"),
    ],
)
def test_destruction_is_a_mass_or_both_its_shares(table, row, said):
    (only,) = mistakes(table(row, head=SHARES))
    assert said in only
    assert "row 2" in only


def test_all_mistakes_of_a_file_come_together(table):
    told = mistakes(table("F1,2017-03,ink,1,2,,,", "F1,x,ink,1,1,,,", "F1,2017-05,,1,1,,,"))
    assert len(told) == 2  # of cells: what stands between rows is looked at once these are right
    told = mistakes(table("F1,2017-03,ink,,1,,,", "F1,x,ink,1,1,,,"))
    assert len(told) == 2


@pytest.mark.parametrize("said", ["1e999999999", "1e-999999999", "nan", "1.5"])
@pytest.mark.parametrize("kind", ["count", "share"])
def test_a_number_beyond_all_bounds_is_refused_at_once(table, kind, said):
    with pytest.raises(ManyErrors) as caught:
        read_table(table(said, head="n"), [Field("n", kind)])
    assert "row 2, column n" in str(caught.value)


def test_mistakes_are_told_in_chinese(table):
    try:
        set_language("zh")
        with pytest.raises(ManyErrors) as caught:
            meter_materials(table("F1,2017-03,ink,1,1,,,", "F1,2017-05,ink,1,1,,,"))
        assert "F1缺少2017-04至2017-04的行" in render(caught.value)
        assert chinese()
    finally:
        set_language("en")


# --- cards and their basis ---------------------------------------------------------


def test_a_month_beyond_its_quota_is_a_breach_and_weighs_on_the_next(table):
    cards = table("C1,F1,VOC,12,material_balance", head=CARDS.strip(), name="c.csv")
    rows = [
        f"F1,2017-{month:02d},ink,{used},1,,,"
        for month, used in ((1, "1.3"), (2, "0.63"), (3, "0"))
    ]
    metered = meter_materials(table(*rows), cards=cards)
    balances = [
        (row["loaded_t"], row["balance_t"], row["breach_t"], row["state"])
        for row in metered.balances.dicts()
    ]
    t = 10**9
    assert balances == [
        (t, -3 * t // 10, 3 * t // 10, "curtailed"),
        (7 * t // 10, 7 * t // 100, 0, "warned90"),
        (107 * t // 100, 107 * t // 100, 0, "open"),
    ]
    events = [(str(row["at"]), row["event"]) for row in metered.events.dicts()]
    assert events == [
        ("2017-01-31", "warned80"), ("2017-01-31", "warned90"), ("2017-01-31", "curtailed"),
        ("2017-02-01", "reopened"), ("2017-02-28", "warned80"), ("2017-02-28", "warned90"),
    ]  # fmt: skip


def test_a_card_on_another_basis_is_refused_without_a_conversion(table):
    cards = table("C1,F1,VOC,12,自动监测", head=CARDS.strip(), name="c.csv")
    path = table("F1,2017-01,ink,1,1,,,")
    (only,) = mistakes(path, cards=cards)
    assert "material_balance cannot be compared with a limit by flow_concentration" in only
    assert "c.csv, row 2" in only
    given = parse_conversion("VOC:flow_concentration=0.8", Basis.MATERIAL_BALANCE, "--conversion")
    (row,) = meter_materials(path, cards=cards, conversions=[given]).balances.dicts()
    assert (row["charged_t"], row["basis"]) == (800_000_000, "flow_concentration")


@pytest.mark.parametrize("said", ["VOC=0.8", "VOC:flow_concentration", "VOC:flow=1", "VOC:x=0"])
def test_a_conversion_of_another_form_is_refused(said):
    with pytest.raises(InputError):
        parse_conversion(said, Basis.MATERIAL_BALANCE, "--conversion")


def test_cards_and_firms_without_each_other_and_cards_without_a_basis_are_told(table):
    head = "card,firm,pollutant,annual_quota_t"
    cards = table("C1,F1,VOC,12", "C2,F9,VOC,12", head=head, name="c.csv")
    metered = meter_materials(table("F1,2017-01,ink,1,1,,,", "F2,2017-01,ink,1,1,,,"), cards=cards)
    said = "\n".join(metered.notices)
    assert "2 cards name no accounting basis (the first is C1); material_balance is assumed" in said
    assert "F2 has no card for VOC" in said
    assert "card C2: F9 has no month with VOC" in said


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["C1,F1,VOC,12,balance"], "material_balance"),
        (["C1,F1,VOC,12,", "C2,F1,VOC,6,"], "a second card"),
    ],
)
def test_cards_that_cannot_be_are_refused(table, rows, said):
    cards = table(*rows, head=CARDS.strip(), name="c.csv")
    (only,) = mistakes(table("F1,2017-01,ink,1,1,,,"), cards=cards)
    assert said in only


def test_month_quotas_add_up_to_the_years(table):
    months = ",".join(f"month_{n:02d}" for n in range(1, 13))
    head = f"card,firm,pollutant,annual_quota_t,{months}"
    path = table("F1,2017-02,ink,1,1,,,")
    good = table("C1,F1,VOC,13," + ",".join(["1", "2", *["1"] * 10]), head=head, name="c.csv")
    (row,) = meter_materials(path, cards=good).balances.dicts()
    assert row["loaded_t"] == 2 * 10**9
    bad = table("C1,F1,VOC,12," + ",".join(["1", "2", *["1"] * 10]), head=head, name="c.csv")
    (only,) = mistakes(path, cards=bad)
    assert "(12 of 12) add up to 13 t; the annual quota is 12 t" in only


# --- the page ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def page():
    return (DATA.parents[2] / "docs" / "meters.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def shipped():
    cards = str(DATA / "materials-cards.csv")
    return meter_materials(str(DATA / "materials-printing.csv"), cards=cards).told()


def test_the_pages_month_is_that_of_the_shipped_table(page, shipped):
    january = next(
        r for r in shipped["masses"] if (r["firm"], r["month"]) == ("Printer A", "2017-01")
    )
    for name in ("solvent_in_t", "recovered_t", "in_waste_t", "destroyed_t", "emitted_t"):
        assert f"| {january[name]:f} |" in page, name
    card = next(r for r in shipped["balances"] if r["card"] == "A-1")
    assert f"loaded with {card['loaded_t']:f} t, so {card['breach_t']:f} t are beyond" in page
    assert f"{shipped['totals'][0]['emitted_t']:f} t in three months" in page
    levy = 1000 * january["emitted_t"] / Decimal("0.95") * Decimal("3.6")
    assert f"{1000 * january['emitted_t']:,.2f} kg ÷ 0.95 × 3.6 yuan = {levy:,.2f} yuan" in page


def test_the_pages_materials_add_up_to_the_month(page, shipped):
    rows = [line.strip("|").split("|") for line in page.splitlines() if "+" in line and "−" in line]
    whole = Decimal(0)
    for cells in (row for row in rows if len(row) == 9 and "%" in row[3]):
        opening, bought, closing = map(Decimal, cells[1].replace("−", "+").split("+"))
        used, percent = Decimal(cells[2].strip()), Decimal(cells[3].strip(" %"))
        out = [Decimal(cell.strip() or "0") for cell in cells[5:8]]
        assert opening + bought - closing == used
        assert used * percent / 100 == Decimal(cells[4].strip())
        assert Decimal(cells[4].strip()) - sum(out) == Decimal(cells[8].strip())
        whole += Decimal(cells[8].strip()) * Decimal("0.145")
    (emitted_t,) = [r["emitted_t"] for r in shipped["masses"]
                    if (r["firm"], r["month"]) == ("Printer A", "2017-01")]  # fmt: skip
    assert whole == emitted_t


def test_by_factors_the_pages_month_is_another_mass(page):
    begins = date(2017, 1, 1)
    shares = (Fraction(9, 10), Fraction(95, 100))
    used = (("ink_solvent", 12_500_000_000), ("adhesive_solvent", 4_150_000_000))
    rows = [Activity("A", begins, mg, FACTORS[name].rate, *shares) for name, mg in used]
    assert f"are {fmt_t(sum(EmissionFactor().masses_mg(rows)))} t" in page


def test_the_pages_table_of_meter_error_is_what_the_function_gives(page):
    hours = [1_000_000] * 8_760
    errors = [MeterError(f, c, 0.1, 0.1) for f, c in ((0.02, 0.03), (0.05, 0.05), (0.1, 0.1))]
    rows = re.findall(r"^\| (\d+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", page, re.MULTILINE)
    assert [int(row[0]) for row in rows] == [80, 90, 95, 100, 105, 110, 120]
    for emitted, *said in rows:
        limit = round(sum(hours) * 100 / int(emitted))
        over = [100 * (1 - compliance_probability(limit, hours, error)) for error in errors]
        assert [f"{share:.1f}" for share in over] == said
    safe = [f"{100 * safe_share(relative_sd(hours, error)):.1f}" for error in errors]
    assert f"at {safe[0]}, {safe[1]} or {safe[2]} % of it" in page
