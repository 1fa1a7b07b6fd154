"""Control-measure sets as EPA ships them: every oddity seen in them, and every mistake."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from permits.errors import InputError, ManyErrors
from scenarios.planning.importers.epa_measures import Efficiency, load_measures

SUMMARY = """CMName,CMAbbreviation,MajorPoll,ControlTechnology,SourceGroup,Sector,Class,EquipLife
Watering; Feedlots,WATER,PM10,Watering,Feedlots,NONPT,Known,10
"""
HEAD = (
    "CMAbbreviation,Pollutant,Locale,Effective Date,ControlEfficiency,"
    "CostYear,CostPerTon,RuleEff,RulePen"
)
SCCS = "CMAbbreviation,SCC,Status\nWATER,2805001000,Current\n"


def write_set(
    folder: Path, *records: str, head: str = HEAD, summary: str = SUMMARY, sccs: str = SCCS
) -> Path:
    (folder / "CMSummary.csv").write_text(summary, encoding="utf-8")
    (folder / "CMEfficiencies.csv").write_text("\n".join([head, *records]), encoding="utf-8")
    (folder / "CMSCCs.csv").write_text(sccs, encoding="utf-8")
    return folder


def only_record(folder: Path) -> Efficiency:
    (record,) = load_measures(folder).efficiencies
    return record


def mistakes_of(folder: Path) -> list[str]:
    with pytest.raises(ManyErrors) as caught:
        load_measures(folder)
    return [str(error) for error in caught.value.errors]


@pytest.mark.parametrize(
    ("written", "others"), [("63.0%", ""), ("63", ""), ("0.63", ""), ("63%", "0.5")]
)
def test_an_efficiency_may_be_written_with_a_sign_as_per_cent_or_as_a_fraction(
    tmp_path: Path, written: str, others: str
) -> None:
    more = [f"WATER,SO2,,,{others},1990,307,100,100"] if others else []
    write_set(tmp_path, f"WATER,PM10,,,{written},1990,307,100,100", *more)
    assert load_measures(tmp_path).efficiencies[0].efficiency == Decimal("0.63")


def test_one_bare_number_above_one_makes_the_whole_column_per_cent(tmp_path: Path) -> None:
    write_set(tmp_path, "WATER,PM10,,,1,1990,307,1,100", "WATER,SO2,,,45,1990,307,48,100")
    first, second = load_measures(tmp_path).efficiencies
    assert first.efficiency == Decimal("0.01")
    assert first.rule_effectiveness == Decimal("0.01")
    assert second.efficiency == Decimal("0.45")


def test_reading_fractions_is_told(tmp_path: Path) -> None:
    write_set(tmp_path, "WATER,PM10,,,0.63,1990,307,100,100")
    notes = load_measures(tmp_path).notes
    assert "CMEfficiencies.csv: controlefficiency is written as fractions" in notes


def test_reduction_is_efficiency_by_effectiveness_by_penetration(tmp_path: Path) -> None:
    write_set(tmp_path, "WATER,PM10,,,98.0%,2001,2000.00,90,50")
    assert only_record(tmp_path).reduction == Decimal("0.441")


@pytest.mark.parametrize(
    ("written", "read"),
    [("1", "01"), ("01", "01"), ("1001", "01001"), ("37025", "37025"), ("37.0", "37"), ("", "")],
)
def test_a_locale_gets_back_the_zero_that_a_spreadsheet_took(
    tmp_path: Path, written: str, read: str
) -> None:
    write_set(tmp_path, f"WATER,PM10,{written},,50,1990,307,100,100")
    assert only_record(tmp_path).locale == read


@pytest.mark.parametrize("written", ["01/01/2020", "2020-01-01", "2020-01-01 00:00:00"])
def test_dates_are_read_as_the_sets_write_them(tmp_path: Path, written: str) -> None:
    write_set(tmp_path, f"WATER,PM10,,{written},50,1990,307,100,100")
    assert only_record(tmp_path).effective == date(2020, 1, 1)


def test_headings_in_any_case_remarks_and_empty_columns_do_not_matter(tmp_path: Path) -> None:
    remark = "#List technology first,,\n"
    write_set(
        tmp_path,
        "WATER,NOx,,,50,1990,-69.00,100,100,,,",
        head=remark + HEAD.lower() + ",,,",
        summary=remark + SUMMARY.upper(),
    )
    record = only_record(tmp_path)
    assert record.pollutant == "NOX"
    assert record.usd_per_ton == Decimal("-69.00")
    assert record.cost_year == 1990


def test_short_records_and_missing_costs_are_read_as_absent(tmp_path: Path) -> None:
    write_set(tmp_path, "WATER,PM10,,,50")
    record = only_record(tmp_path)
    assert record.usd_per_ton is None
    assert record.cost_year is None
    assert record.rule_effectiveness == 1


def test_quoted_texts_over_lines_and_latin_1_are_read_with_the_right_row_numbers(
    tmp_path: Path,
) -> None:
    write_set(tmp_path, "WATER,PM10,,,50,1990,307,100,100")
    head, _, body = SUMMARY.partition("\n")
    text = f'{head},Description\n{body.strip()},"10 – 20 µm\nand\nmore"\n,NONAME,PM10\n'
    (tmp_path / "CMSummary.csv").write_bytes(text.encode("cp1252"))
    (said,) = mistakes_of(tmp_path)
    assert said == (
        "the measure has no name [CMSummary.csv, row 5, column cmname]. "
        "fill it in, or leave the record out"
    )


def test_an_efficiency_that_is_missing_leaves_the_record_out_and_is_told(tmp_path: Path) -> None:
    write_set(tmp_path, "WATER,PM10,,,,1990,307,100,100", "WATER,SO2,,,50,1990,307,100,100")
    read = load_measures(tmp_path)
    assert [record.pollutant for record in read.efficiencies] == ["SO2"]
    assert "CMEfficiencies.csv: records left out without an efficiency: 1" in read.notes


def test_every_mistake_of_all_files_is_told_at_once(tmp_path: Path) -> None:
    write_set(
        tmp_path,
        "WATER,,,,50,1990,307,100,100",
        "WATER,PM10,,,50,1990,cheap,120,100",
        "WATER,PM10,370,,101,,307,100,100",
        "WATRE,PM10,,yesterday,50,1990,307,100,100",
        summary=SUMMARY + SUMMARY.splitlines()[1],
        sccs="CMAbbreviation,SCC\nWATER,\n",
    )
    said = "\n".join(mistakes_of(tmp_path))
    for words in (
        "measure WATER is listed twice [CMSummary.csv, row 3]",
        "the summary has no measure 'WATRE', which 1 record names [CMEfficiencies.csv, row 5]",
        "the record has no pollutant [CMEfficiencies.csv, row 2, column pollutant]",
        "'cheap' is not a number [CMEfficiencies.csv, row 3, column costperton]",
        "120 is not a share from 0 to 100 % [CMEfficiencies.csv, row 3, column ruleeff]",
        "101 is not a share from 0 to 100 % [CMEfficiencies.csv, row 4, column controlef",
        "a cost per ton without a cost year [CMEfficiencies.csv, row 4, column costyear]",
        "'370' is neither a state of two digits nor a county of five [CMEfficiencies.csv, row 4",
        "'yesterday' is not a date [CMEfficiencies.csv, row 5, column effectivedate]",
        "the record has no source class (SCC) [CMSCCs.csv, row 2, column scc]",
    ):
        assert words in said
    assert len(said.splitlines()) == 10


def test_a_missing_column_is_named_with_those_that_are_there(tmp_path: Path) -> None:
    write_set(tmp_path, "WATER,50", head="CMAbbreviation,ControlEfficiency")
    said = mistakes_of(tmp_path)
    assert said[0] == (
        "the column pollutant is missing [CMEfficiencies.csv, header]. "
        "add it; the file has: cmabbreviation, controlefficiency"
    )


def test_a_directory_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no directory nowhere"):
        load_measures(tmp_path / "nowhere")


def test_a_set_without_sccs_is_incomplete(tmp_path: Path) -> None:
    write_set(tmp_path, "WATER,PM10,,,50,1990,307,100,100")
    (tmp_path / "CMSCCs.csv").unlink()
    with pytest.raises(InputError, match="set; missing: sccs"):
        load_measures(tmp_path)


def test_an_empty_file_of_a_set_is_an_error(tmp_path: Path) -> None:
    write_set(tmp_path)
    with pytest.raises(InputError, match=r"the file has no records \[CMEfficiencies.csv\]"):
        load_measures(tmp_path)


def test_of_two_sets_in_one_directory_the_summary_file_chooses(tmp_path: Path) -> None:
    write_set(tmp_path, "WATER,PM10,,,50,1990,307,100,100")
    for part in ("Summary", "Efficiencies", "SCCs"):
        text = (tmp_path / f"CM{part}.csv").read_text(encoding="utf-8")
        (tmp_path / f"Other_{part}.csv").write_text(text.replace("50,", "40,"), encoding="utf-8")
    with pytest.raises(InputError, match=r"several .*: CMSummary.csv, Other_Summary.csv"):
        load_measures(tmp_path)
    (record,) = load_measures(tmp_path / "Other_Summary.csv").efficiencies
    assert record.efficiency == Decimal("0.4")


PUBLISHED_SETS = [
    ("import_v2_area", 238, 1_338),
    ("cmdb_v53_area", 597, 5_095),
    ("cmdb_v53_point", 561, 1_334),
    ("cmdb_2016_nonegu", 512, 1_309 - 4),  # four records have no efficiency
    ("cmdb_2016_ptipm", 67, 321),
    ("cmdb_2017_sra", 15, 31),
]


@pytest.mark.parametrize(
    "sets", [[("import_small", 32, 1_136)], PUBLISHED_SETS], ids=["example", "published"]
)
def test_each_published_set_is_read_whole(
    reference: Callable[[str], Path], sets: list[tuple[str, int, int]]
) -> None:
    for folder, measures, efficiencies in sets:
        read = load_measures(reference(f"cost_cmdb/{folder}"))
        assert (len(read.measures), len(read.efficiencies)) == (measures, efficiencies), folder
        assert all(read.measures[code] for codes in read.by_scc.values() for code in codes)
        assert all(-1 <= record.reduction <= 1 for record in read.efficiencies)


def test_every_planted_fault_of_the_faulty_example_is_told_at_once(
    reference: Callable[[str], Path],
) -> None:
    """[EPA-CMDB], filesWithErrors: the good example with six cells spoilt."""
    said = mistakes_of(reference("cost_cmdb/import_bad"))
    begins = [
        "the measure has no name [CMSummary.csv, row 3, ",
        "the record has no abbreviation of its measure [CMSummary.csv, row 6, ",
        "the summary has no measure 'PAGBU34', which 1 record names [CMEfficiencies.csv, row 6]",
        "the summary has no measure 'PPVAC170', which 51 records name [CMEfficiencies.csv, row ",
        "the record has no pollutant [CMEfficiencies.csv, row 3, ",
        "120 is not a share from 0 to 100 % [CMEfficiencies.csv, row 4, column ruleeff]",
        "120 is not a share from 0 to 100 % [CMEfficiencies.csv, row 4, column rulepen]",
        "the summary has no measure 'PPVAC170', which 1 record names [CMSCCs.csv, row 6]",
    ]
    assert [line[: len(begin)] for line, begin in zip(said, begins, strict=True)] == begins
