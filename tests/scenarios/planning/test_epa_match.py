"""Matching measures to sources, prices, and the measures table that comes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permits.errors import InputError, ManyErrors
from scenarios.definition.measures_table import FIELDS, gather
from scenarios.definition.plan_inputs import build
from scenarios.planning.importers import EpaTable, epa_allocate_table, epa_table
from scenarios.planning.importers.epa_inventory import T_PER_SHORT_TON, InventoryRow
from scenarios.planning.importers.epa_match import best_record, gained_tons
from scenarios.planning.importers.epa_measures import Efficiency
from scenarios.planning.importers.epa_prices import beside_deflator, deflated_to, load_prices

ANALYSIS = date(2010, 12, 31)
ROW = InventoryRow(
    source="37025/2801",
    county="37025",
    scc="2801",
    sector="nonpoint",
    pollutant="PM10",
    tons=Decimal(95),
    existing=Decimal(0),
    devices=(),
    measures=(),
    where="inventory, row 1",
)
RECORD = Efficiency(
    measure="M",
    pollutant="PM10",
    locale="",
    effective=None,
    least_tons=None,
    most_tons=None,
    existing_measure="",
    existing_device="",
    efficiency=Decimal("0.5"),
    rule_effectiveness=Decimal(1),
    rule_penetration=Decimal(1),
    cost_year=1990,
    usd_per_ton=Decimal(100),
    where="records, row 1",
)
shares = st.decimals(0, 1, places=4)
below_one = st.decimals(0, Decimal("0.99"), places=4)
tons = st.decimals(0, 1_000_000, places=3)


def best(*records: Efficiency, row: InventoryRow = ROW) -> Efficiency | None:
    return best_record(row, records, ANALYSIS)


def test_the_nearest_place_counts() -> None:
    everywhere, state = RECORD, replace(RECORD, locale="37")
    county, elsewhere = replace(RECORD, locale="37025"), replace(RECORD, locale="25")
    assert best(everywhere, state, county, elsewhere) is county
    assert best(state, elsewhere, everywhere) is state
    assert best(elsewhere, everywhere) is everywhere
    assert best(elsewhere) is None


def test_the_latest_date_not_after_the_analysis_counts() -> None:
    old, late = replace(RECORD, effective=date(2002, 1, 1)), replace(RECORD, effective=ANALYSIS)
    future = replace(RECORD, effective=date(2011, 1, 1))
    assert best(future, late, old, RECORD) is late
    assert best(future, old) is old
    assert best(future) is None


def test_the_bounds_on_emission_are_of_the_uncontrolled_source() -> None:
    small, large = replace(RECORD, most_tons=Decimal(96)), replace(RECORD, least_tons=Decimal(96))
    assert best(small, large) is small
    assert best(small, large, row=replace(ROW, existing=Decimal("0.05"))) is large


def test_a_record_for_an_existing_device_counts_only_where_it_stands_and_adds_to_it() -> None:
    addition = replace(RECORD, existing_device="10", locale="")
    assert best(addition) is None
    row = replace(ROW, existing=Decimal("0.5"), devices=("10",))
    assert best(addition, RECORD, row=row) is addition
    assert gained_tons(row, addition) == Decimal("47.5")
    by_name = replace(RECORD, existing_measure="OLD")
    assert best(by_name, row=replace(ROW, measures=("OLD",))) is by_name


def test_a_replacement_gains_only_what_it_removes_beyond_the_old_device() -> None:
    """CoST's example: 50 t after 50 % control; 80 % of 100 t removes 30 t more."""
    row = replace(ROW, tons=Decimal(50), existing=Decimal("0.5"))
    assert gained_tons(row, replace(RECORD, efficiency=Decimal("0.8"))) == 30
    assert gained_tons(row, replace(RECORD, efficiency=Decimal("0.4"))) == -10


@given(tons, below_one, shares)
def test_no_measure_gains_more_than_the_source_emits(
    emitted: Decimal, existing: Decimal, efficiency: Decimal
) -> None:
    row = replace(ROW, tons=emitted, existing=existing)
    gained = gained_tons(row, replace(RECORD, efficiency=efficiency))
    assert gained <= emitted + Decimal("1e-18")


@given(tons, shares)
def test_without_control_the_gain_is_the_share_of_the_emission(
    emitted: Decimal, efficiency: Decimal
) -> None:
    row = replace(ROW, tons=emitted)
    assert gained_tons(row, replace(RECORD, efficiency=efficiency)) == emitted * efficiency


@given(st.permutations(range(6)))
def test_the_order_of_the_records_does_not_matter(order: list[int]) -> None:
    records = [
        RECORD,
        replace(RECORD, locale="37", efficiency=Decimal("0.3")),
        replace(RECORD, locale="37", effective=date(2001, 1, 1), usd_per_ton=Decimal(7)),
        replace(RECORD, locale="37", effective=date(2001, 1, 1), usd_per_ton=Decimal(5)),
        replace(RECORD, locale="37", effective=date(2001, 1, 1), usd_per_ton=None),
        replace(RECORD, locale="25", efficiency=Decimal("0.9")),
    ]
    assert best(*(records[n] for n in order)) is records[3]


# --- prices -------------------------------------------------------------------------


def test_the_shipped_deflator_turns_dollars_of_1990_into_those_of_2017() -> None:
    """Implicit price deflator 63.631 (1990) and 107.749 (2017) [EPA-CMDB]."""
    assert float(deflated_to(2017).factor(1990)) == pytest.approx(107.749 / 63.631, rel=1e-12)


def test_a_year_that_the_deflator_does_not_reach_is_an_error() -> None:
    with pytest.raises(InputError, match=r"no year 1900.*from 1929 to 2022"):
        deflated_to(1900)


def test_a_cost_year_without_factor_is_named(tmp_path: Path) -> None:
    path = tmp_path / "factors.csv"
    path.write_text("# remarks may stand above\ncost_year,factor\n1990,1.38\n", encoding="utf-8")
    prices = load_prices(path)
    assert prices.factor(1990) == Decimal("1.38")
    with pytest.raises(InputError, match=r"dollars of 1999 \[factors.csv\].*available: 1990"):
        prices.factor(1999)


def test_every_mistake_of_a_factor_file_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "factors.csv"
    path.write_text("Cost Year,Factor\n1990,-1\n1991,1\n1991,2\nMay,1\n", encoding="utf-8")
    with pytest.raises(ManyErrors) as caught:
        load_prices(path)
    assert [error.where for error in caught.value.errors] == [
        "factors.csv, row 2",
        "factors.csv, row 4",
        "factors.csv, row 5, column costyear",
        "factors.csv, row 5",
    ]


def test_without_a_price_year_factors_are_compared_by_what_prices_did_between(
    tmp_path: Path,
) -> None:
    path = tmp_path / "factors.csv"
    path.write_text("cost_year,factor\n1990,1.5\n2001,1.0\n", encoding="utf-8")
    (told,) = beside_deflator(load_prices(path), [1990, 2001])
    assert told == (
        "dollars of 1990 to dollars of 2001: × 1.500000 by factors.csv, × 1.253839 by the shipped "
        "deflator, +19.63 %"
    )


# --- the table ----------------------------------------------------------------------

SUMMARY = """CMName,CMAbbreviation,MajorPoll,Class
Watering,WATER,PM10,Known
Cover,COVER,PM10,Emerging
Old,OLD,PM10,Obsolete
Costless,FREE,PM10,Known
"""
EFFICIENCIES = """CMAbbreviation,Pollutant,Locale,ControlEfficiency,CostYear,CostPerTon
WATER,PM10,,50%,2000,100
WATER,PM2_5,,40%,,
COVER,PM10,37,80%,2000,-20
OLD,PM10,,99%,2000,1
FREE,PM10,,10%,,
"""
SCCS = "CMAbbreviation,SCC\nWATER,28\nCOVER,28\nOLD,28\nFREE,28\n"
INVENTORY = """#ORL
#TYPE nonpoint
#YEAR 2000
37001,28,0,0,0,0,PM10,1000
37001,28,0,0,0,0,PM2_5,300
01001,28,0,0,0,0,PM10,1000,,60,100,100
37001,99,0,0,0,0,PM10,5
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    for name, text in (("Summary", SUMMARY), ("Efficiencies", EFFICIENCIES), ("SCCs", SCCS)):
        (tmp_path / f"CM{name}.csv").write_text(text, encoding="utf-8")
    (tmp_path / "inventory.orl").write_text(INVENTORY, encoding="utf-8")
    return tmp_path / "inventory.orl", tmp_path


def removed(table: EpaTable) -> dict[tuple[str, str, str], Decimal | None]:
    return {
        (r.source, r.measure, r.pollutant): r.removed_t and r.removed_t / T_PER_SHORT_TON
        for r in table.rows
    }


def test_the_table_holds_what_fits_in_tonnes_and_dollars(files: tuple[Path, Path]) -> None:
    table = epa_table(*files, pollutants=["PM10"])
    assert removed(table) == {
        ("01001/28", "", "PM10"): None,  # watering removes less than the device that is there
        ("37001/28", "COVER", "PM10"): 800,
        ("37001/28", "WATER", "PM10"): 500,
        ("37001/99", "", "PM10"): None,
    }
    assert [row.annual_cost for row in table.rows] == [None, -16_000, 50_000, None]
    assert (table.currency, table.price_year) == ("USD", 2000)


def test_a_cost_is_of_source_and_measure_and_repeated_on_its_pollutants(
    files: tuple[Path, Path],
) -> None:
    rows = [row for row in epa_table(*files).rows if row.measure == "WATER"]
    assert [(row.pollutant, row.annual_cost) for row in rows] == [
        ("PM10", Decimal(50_000)),
        ("PM2_5", Decimal(50_000)),
    ]


def test_a_by_product_costs_what_the_measure_costs(files: tuple[Path, Path]) -> None:
    rows = epa_table(*files, pollutants=["PM2_5"]).rows
    assert [(row.measure, row.annual_cost) for row in rows] == [("WATER", Decimal(50_000))]


def test_what_is_left_out_is_told(files: tuple[Path, Path]) -> None:
    notes = epa_table(*files, pollutants=["PM10"]).notes
    assert "2 of 3 inventory records have an applicable measure" in notes
    assert "measures of the classes Known, Emerging; of other classes, left out: 1" in notes
    left_out = "pairs of source and measure left out"
    assert any(note.startswith(f"{left_out} without a cost per ton: 1 (") for note in notes)
    assert any(
        note.startswith(f"{left_out} because") and note.endswith(" control: 2") for note in notes
    )
    assert "pairs of source and measure with a negative cost: 1" in notes


def test_classes_and_measures_can_be_chosen(files: tuple[Path, Path]) -> None:
    emerging = epa_table(*files, pollutants=["PM10"], kinds=["emerging"])
    assert {row.measure for row in emerging.rows} == {"", "COVER"}
    every = epa_table(*files, pollutants=["PM10"], kinds=())
    assert {row.measure for row in every.rows} == {"", "COVER", "OLD", "WATER"}
    one = epa_table(*files, pollutants=["PM10"], only=["WATER"])
    assert {row.measure for row in one.rows} == {"", "WATER"}


def test_money_may_be_turned_into_yuan(files: tuple[Path, Path]) -> None:
    table = epa_table(*files, pollutants=["PM10"], yuan_per_usd=Decimal("4.18"))
    assert table.currency == "CNY"
    assert [row.annual_cost for row in table.rows] == [None, -66_880, 209_000, None]


def test_a_pollutant_is_spelt_as_it_was_asked_for(files: tuple[Path, Path]) -> None:
    assert {row.pollutant for row in epa_table(*files, pollutants=["pm10"]).rows} == {"pm10"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"pollutants": ["SO2"]}, r"the inventory has no pollutant 'SO2' .*it has: PM10, PM2_5"),
        ({"kinds": ["Good"]}, r"no measure has the class 'Good'.*Emerging, Known, Obsolete"),
        ({"only": ["WATRE"]}, r"the set has no measure 'WATRE'.*WATER"),
    ],
)
def test_a_choice_that_there_is_not_is_an_error(
    files: tuple[Path, Path], options: dict[str, list[str]], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        epa_table(*files, **options)  # type: ignore[arg-type]


def test_an_inventory_without_a_year_needs_a_price_year(files: tuple[Path, Path]) -> None:
    path, measures = files
    path.write_text(INVENTORY.replace("#YEAR 2000\n", ""), encoding="utf-8")
    with pytest.raises(InputError, match="states no year, so the year of the prices"):
        epa_table(path, measures)
    assert epa_table(path, measures, price_year=2005).price_year == 2005


def test_the_frame_has_the_columns_of_a_measures_table_and_tells_its_money(
    files: tuple[Path, Path],
) -> None:
    frame = epa_allocate_table(*files, pollutants=["PM10"])
    assert list(frame.columns) == [
        *("source", "sector", "city", "scc", "pollutant", "baseline_t"),
        *("measure", "removed_t", "annual_cost_yuan"),
    ]
    assert frame["baseline_t"].tolist() == [907.18474, 907.18474, 907.18474, 4.5359237]
    assert (frame.attrs["currency"], frame.attrs["price_year"]) == ("USD", 2000)
    assert frame.attrs["notes"]


def test_the_plan_takes_the_table_in_whole_milligrams(files: tuple[Path, Path]) -> None:
    table = epa_table(*files, pollutants=["PM10"]).to_read_table()
    assert all(set(row.values) == {field.name for field in FIELDS} for row in table.rows)
    inputs = gather(table)
    assert inputs.sources.base_mg.tolist() == [
        [907_184_740_000],
        [907_184_740_000],
        [4_535_923_700],
    ]
    assert inputs.measures.name.texts() == ["COVER", "WATER"]
    assert inputs.measures.removed_mg.tolist() == [[725_747_792_000], [453_592_370_000]]
    assert inputs.measures.cost_fen.tolist() == [-1_600_000, 5_000_000]
    assert list(build(inputs).groups["scc"]) == ["28", "28", "99"]
