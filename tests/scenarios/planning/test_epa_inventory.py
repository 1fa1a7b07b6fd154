"""ORL and FF10 inventories: fields, existing control, and every mistake."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from permits.errors import InputError, ManyErrors
from scenarios.planning.importers.epa_inventory import T_PER_SHORT_TON, Inventory, load_inventory

NONPOINT = "#ORL\n#TYPE 1999 non-point inventory\n#COUNTRY US\n#YEAR 1999\n"
FF10 = "#FORMAT=FF10_POINT\n#YEAR=2014\n"
FF10_HEAD = (
    "country_cd,region_cd,facility_id,unit_id,rel_point_id,process_id,scc,poll,ann_value,"
    "ann_pct_red,control_ids,control_measures\n"
)


def inventory(folder: Path, text: str) -> Inventory:
    path = folder / "inventory.txt"
    path.write_text(text, encoding="utf-8")
    return load_inventory(path)


def mistakes_of(folder: Path, text: str) -> list[str]:
    with pytest.raises(ManyErrors) as caught:
        inventory(folder, text)
    return [str(error) for error in caught.value.errors]


def test_a_short_ton_is_2000_pounds_exactly() -> None:
    assert 2000 * Decimal("0.45359237") / 1000 == T_PER_SHORT_TON


@pytest.mark.parametrize(
    "line",
    [
        "37001,2294000000,0,0107,2,0,PM10,1000,,,,",
        "37001 2294000000 0   0107 2 0    PM10       1000 -9 -9 -9 -9",
        "37001,2294000000,0,0107,2,0,pm10,1000,-9,-9,-9,-9,!this,should,match,two",
        "037001,2294000000,0,0107,2,0,PM10,1000",
    ],
)
def test_a_nonpoint_line_is_read_with_commas_or_blanks(tmp_path: Path, line: str) -> None:
    read = inventory(tmp_path, NONPOINT + line + "\n")
    assert (read.kind, read.year) == ("nonpoint", 1999)
    (row,) = read.rows
    assert (row.source, row.county, row.pollutant) == ("37001/2294000000", "37001", "PM10")
    assert (row.tons, row.existing) == (Decimal(1000), Decimal(0))


def test_existing_control_is_efficiency_by_effectiveness_by_penetration(tmp_path: Path) -> None:
    (row,) = inventory(tmp_path, NONPOINT + "37001,229400,0,0,0,0,PM10,95,,50,20,50").rows
    assert row.existing == Decimal("0.05")
    assert row.uncontrolled_tons == 100


def test_effectiveness_and_penetration_that_nobody_gave_are_full(tmp_path: Path) -> None:
    (row,) = inventory(tmp_path, NONPOINT + "37001,229400,0,0,0,0,PM10,50,-9,50,-9,-9,99").rows
    assert row.existing == Decimal("0.5")
    assert row.devices == ("99",)


def test_a_point_line_tells_plant_unit_stack_and_process(tmp_path: Path) -> None:
    line = '37119,P1,U1,S1,1,"Mill! at, Town",2801500000,02,01' + "," * 13
    (row,) = inventory(tmp_path, f"#ORL\n#TYPE Point\n{line}PM10,9.704141,-9,-9,-9").rows
    assert row.source == "37119/P1/U1/S1/1/2801500000"
    assert row.tons == Decimal("9.704141")


@pytest.mark.parametrize("kind", ["Nonroad", "Onroad"])
def test_a_mobile_line_has_no_industry_codes(tmp_path: Path, kind: str) -> None:
    read = inventory(tmp_path, f"#ORL\n#TYPE {kind}\n37013,2311010000,NOx,2.5\n")
    assert read.kind == kind.lower()
    assert (read.rows[0].pollutant, read.rows[0].tons) == ("NOX", Decimal("2.5"))


def test_an_ff10_record_tells_devices_and_measures_that_are_there(tmp_path: Path) -> None:
    line = '"US","01001","7","1","1","2","10100401","SO2",20,80,"10&141","SCWSHUBCF"\n'
    read = inventory(tmp_path, FF10 + FF10_HEAD + line)
    assert (read.kind, read.year) == ("point", 2014)
    (row,) = read.rows
    assert row.source == "01001/7/1/1/2/10100401"
    assert (row.existing, row.uncontrolled_tons) == (Decimal("0.8"), Decimal(100))
    assert (row.devices, row.measures) == (("10", "141"), ("SCWSHUBCF",))


def test_every_mistake_of_an_inventory_is_told_at_once(tmp_path: Path) -> None:
    said = mistakes_of(
        tmp_path,
        NONPOINT
        + "37001,1,0,0,0,0,PM10,1000\n"
        + "37001,1,0,0,0,0,PM10,2000\n"
        + ",2,0,0,0,0,,1\n"
        + "37001,3,0,0,0,0,PM10,-9\n"
        + "37001,4,0,0,0,0,PM10,-1\n"
        + "37001,5,0,0,0,0,PM10,many\n"
        + "37001,6,0,0,0,0,PM10,1,,100,100,100\n",
    )
    together = "\n".join(said)
    for words in (
        "source 37001/1 is listed twice for PM10: also in inventory.txt, row 5 [inventory.txt",
        "the record has no county (FIPS) [inventory.txt, row 7, column fips]",
        "the record has no pollutant [inventory.txt, row 7, column poll]",
        "the annual emission is missing [inventory.txt, row 8]",
        "an emission of -1 is negative [inventory.txt, row 9]",
        "'many' is not a number [inventory.txt, row 10, column annemis]",
        "an existing control of 100 % is not possible [inventory.txt, row 11]",
    ):
        assert words in together


def test_a_file_that_does_not_say_its_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not state its inventory format"):
        inventory(tmp_path, "37001,1,0,0,0,0,PM10,1000\n")


def test_an_ff10_file_without_its_header_line_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"needs its header line.*row 3"):
        inventory(tmp_path, FF10 + '"US","01001","7"\n')


def test_an_inventory_without_records_is_refused(tmp_path: Path) -> None:
    assert mistakes_of(tmp_path, NONPOINT) == [
        "the file has no records [inventory.txt]. put at least one record below the header"
    ]


@pytest.mark.parametrize(
    ("name", "kind", "year", "rows"),
    [
        ("orl-nonpoint-for_cs_testing.txt", "nonpoint", 1999, 31),
        ("orl-nonpoint-with-larger_values.txt", "nonpoint", 1999, 30),
        ("orl-nonpoint-with-matching_values.txt", "nonpoint", 1999, 31),
        ("orl-nonpoint-with-poll-name.txt", "nonpoint", 1999, 30),
        (
            "2014NEIv1_ptnonipm_test_file_for_Cost_Eq_Doc_Updates_2017_04_03aug2017_nf_v1.csv",
            "point",
            2014,
            18,
        ),
        (
            "2014NEIv1_ptipm_test_file_for_Cost_Eq_Doc_Updates_2017_04_05may2017_v0.csv",
            "point",
            2014,
            3,
        ),
    ],
)
def test_each_published_inventory_is_read_whole(
    reference: Callable[[str], Path], name: str, kind: str, year: int, rows: int
) -> None:
    read = load_inventory(reference(f"cost_cmdb/inventory/{name}"))
    assert (read.kind, read.year, len(read.rows)) == (kind, year, rows)
