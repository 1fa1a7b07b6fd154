"""ORL and FF10 inventories: fields, existing control, and every mistake."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from permits.errors import InputError, ManyErrors
from scenarios.planning.importers.epa_formats import find_declared, read_lines
from scenarios.planning.importers.epa_inventory import T_PER_SHORT_TON, Inventory, load_inventory

NONPOINT = "#ORL\n#TYPE 1999 non-point inventory\n#COUNTRY US\n#YEAR 1999\n"
FF10 = "#FORMAT=FF10_POINT\n#YEAR=2014\n"
FF10_AREA = "#FORMAT=FF10_NONPOINT\n#YEAR=2014\n"
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


def test_an_onroad_line_has_its_control_behind_source_type_year_and_tribe(tmp_path: Path) -> None:
    line = '"06001","2201001130","NOX",100,-9,"04","S","2005","123",50,80,50,,,,'
    (row,) = inventory(tmp_path, f"#ORL\n#TYPE Onroad Mobile Sources\n{line}\n").rows
    assert (row.source, row.existing) == ("06001/T123/2201001130", Decimal("0.2"))


def test_a_nonroad_line_has_no_devices(tmp_path: Path) -> None:
    line = '"06001","2265001000","NOX",9,-9,,,,"02","S","2005","000"'
    (row,) = inventory(tmp_path, f"#ORL NONROAD\n{line}\n").rows
    assert (row.source, row.devices) == ("06001/2265001000", ())


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ("#ORL NONPOINT - avefire\n#DESC from the point inventory of mobile sources", "nonpoint"),
        ("#ORL\n#DESC nonpoint sources left out\n#TYPE Mobile Source Inventory", "onroad"),
        ("#ORL POINT\n#TYPE Nonroad", "point"),
        ("#FORMAT FF10_ONROAD", "onroad"),
    ],
)
def test_the_kind_is_that_of_the_declaring_line(head: str, kind: str) -> None:
    assert find_declared(read_lines(f"{head}\n", "i.txt")).kind == kind


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("#IDA\n#TYPE Point Source Inventory", "#IDA is not read"),
        ("#ORL  FIRE\n#TYPE Point Source Inventory", "#ORL FIRE is not read"),
        ("#ORL\n#TYPE Day-specific Point Inventory", "#TYPE Day-specific Point Inventory is"),
        ("#FORMAT=FF10_DAILY_POINT", "FF10_DAILY_POINT is not read"),
        ("#FORMAT FF10_HOURLY_POINT", "FF10_HOURLY_POINT is not read"),
        ("#EMS-95", "#EMS-95 is not read"),
        ("#FORMAT=XYZ", "#XYZ is not read"),
    ],
)
def test_another_format_is_refused_by_its_name(tmp_path: Path, head: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        inventory(tmp_path, head + "\n37001,1,0,0,0,0,PM10,1000\n")


AREA = '"US","54015",,,,"2102002000",,"NOX",7,\n'
AREA_HEAD = (
    "country_cd,region_cd,tribal_code,census_tract_cd,shape_id,scc,emis_type,poll,ann_value,"
    "ann_pct_red\n"
)


@pytest.mark.parametrize(
    "text",
    [
        f"#FORMAT=FF10_NONPOINT\n{AREA}",
        f"#FORMAT=FF10_NONPOINT\n#REV_HISTORY v5 removed x{AREA_HEAD}{AREA}",
        f'"#FORMAT=FF10_NONPOINT",,,\n="#YEAR=2011",,\n{AREA_HEAD}{AREA}',
        f'#FORMAT="FF10_NONPOINT"\n{AREA_HEAD}{AREA}',
        f"\x00\x01#FORMAT=FF10_NONPOINT,,,,\r\n{AREA_HEAD}{AREA}",
        f"\u00ef\u00bb\u00bf#FORMAT=FF10_NONPOINT\n{AREA_HEAD}{AREA}",
        f"#FORMAT=FF10_NONPOINT\n{AREA_HEAD}{AREA.replace(',', ';')}",
        f'#FORMAT=FF10_NONPOINT\n#DESC x,"y\n{AREA_HEAD}#DESC z,"y\n{AREA}',
    ],
    ids=["bare", "glued", "quoted", "quoted name", "bytes", "mark", "semicolons", "remarks"],
)
def test_an_ff10_file_is_read_however_spoilt_its_head_is(tmp_path: Path, text: str) -> None:
    read = inventory(tmp_path, text)
    (row,) = read.rows
    assert (read.kind, row.source, row.tons) == ("nonpoint", "54015/2102002000", Decimal(7))


def test_columns_that_are_known_by_position_only_are_reported(tmp_path: Path) -> None:
    assert any("order of the format" in n for n in inventory(tmp_path, FF10_AREA + AREA).notes)
    named = inventory(tmp_path, FF10_AREA + AREA_HEAD + AREA).notes
    assert not any("order of the format" in n for n in named)


def test_country_and_tribe_are_part_of_a_source(tmp_path: Path) -> None:
    records = (
        '"US","88123","001",,,"21",,"NOX",1,\n"US","88123","2",,,"21",,"NOX",2,\n'
        '"US","88123","000",,,"21",,"NOX",3,\n"CA","88123",,,,"21",,"NOX",4,\n'
        '"","288123",,,,"21",,"NOX",5,\n'
    )
    rows = inventory(tmp_path, FF10_AREA + AREA_HEAD + records).rows
    assert [(row.source, row.county) for row in rows] == [
        ("88123/T001/21", "88123"),
        ("88123/T002/21", "88123"),
        ("88123/21", "88123"),
        ("CA/88123/21", "CA/88123"),
        ("MX/88123/21", "MX/88123"),
    ]
    (orl,) = inventory(
        tmp_path, NONPOINT.replace("COUNTRY US", "COUNTRY CANADA") + "35001,1,0,0,0,0,NOX,1"
    ).rows
    assert orl.source == "CA/35001/1"


def test_a_record_that_lost_fields_is_blamed_where_they_are_missing(tmp_path: Path) -> None:
    (said,) = mistakes_of(tmp_path, FF10_AREA + AREA_HEAD + "US,13225,2102002000,NOX,5,63R,8\n")
    assert "'2102002000' is no tribal code" in said
    assert "row 4, column tribalcode" in said
    assert "it has 7 fields" in said


def test_a_quotation_mark_that_is_not_closed_is_refused_with_its_row(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"quotation mark is not closed.*row 4"):
        inventory(tmp_path, FF10_AREA + AREA_HEAD + '"US","54015,,,,"21",,"NOX",7,\n' + AREA)


@pytest.mark.parametrize("said", ["1,5", "12,34", "1.5D+01"])
def test_a_comma_that_parts_no_thousands_is_no_number(tmp_path: Path, said: str) -> None:
    record = AREA.replace(",7,", f',"{said}",')
    (mistake,) = mistakes_of(tmp_path, FF10_AREA + AREA_HEAD + record)
    assert f"'{said}' is not a number" in mistake


def test_between_semicolons_a_comma_may_be_of_either_meaning(tmp_path: Path) -> None:
    assert inventory(tmp_path, FF10_AREA + AREA.replace(",7,", ',"1,234",')).rows[0].tons == 1234
    mistakes = mistakes_of(tmp_path, FF10_AREA + AREA.replace(",", ";").replace(";7;", ";1,234;"))
    assert "'1,234' is not a number" in mistakes[0]


def test_a_file_that_does_not_say_its_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not state its inventory format"):
        inventory(tmp_path, "37001,1,0,0,0,0,PM10,1000\n")


def test_a_header_line_that_lacks_a_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"needs its header line.*row 3"):
        inventory(tmp_path, FF10 + FF10_HEAD.replace("scc", "class") + '"US","01001","7"\n')


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
