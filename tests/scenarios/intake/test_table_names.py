"""Headings, pollutants and labels: what is read as one, what is asked for, what is reported."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from permits.errors import InputError, ManyErrors
from scenarios.definition.measures_table import read_measures
from scenarios.intake.fields import BASELINE, CITY, SOURCE, Field
from scenarios.intake.meaning.pollutant_names import PollutantNames, parse_same
from scenarios.intake.meant import meant
from scenarios.intake.memory import free_bytes
from scenarios.intake.tables import read_table
from scenarios.planning.allocating import allocate_table
from scenarios.planning.question import Question
from scenarios.results.report.page import page
from scenarios.results.report.terminal_summary import print_summary
from scenarios.results.stores.summary_json import plan_json
from scenarios.sales.conditions import ACCOUNTS

HEAD = "source,pollutant,baseline_t,measure,removed_t,annual_cost_yuan\n"


def _written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "m.csv"
    path.write_text(text, encoding="utf-8")
    return path


def _refused(path: Path, fields: tuple[Field, ...]) -> str:
    with pytest.raises(ManyErrors) as caught:
        read_table(path, fields)
    return str(caught.value)


@pytest.mark.parametrize(
    ("heading", "cell", "mg"),
    [
        ("基准排放量（吨/年）", "1.5", 1_500_000_000),
        ("基准排放量(t/a)", "1.5", 1_500_000_000),
        ("基准排放量\n（公斤）", "1.5", 1_500_000),
        ("基准年排放量[万吨/年]", "1.5", 15_000_000_000_000),
        ("baseline (kg/a)", "1.5", 1_500_000),
        ("baseline_t", "2公斤", 2_000_000),
        ("baseline_t", "0.5 万吨", 5_000_000_000_000),
        ("baseline_t", "3 t/a", 3_000_000_000),
    ],
)
def test_units_of_a_mass(tmp_path: Path, heading: str, cell: str, mg: int) -> None:
    table = read_table(_written(tmp_path, f'source,"{heading}"\nA,{cell}\n'), (SOURCE, BASELINE))
    assert table.amount["baseline_t"].value.tolist() == [mg]


@pytest.mark.parametrize(
    ("heading", "fen"),
    [("年成本（元/年）", 150), ("年成本_万元", 1_500_000), ("年成本（亿元）", 15_000_000_000)],
)
def test_units_of_money(tmp_path: Path, heading: str, fen: int) -> None:
    cost = Field("annual_cost_yuan", "money")
    table = read_table(_written(tmp_path, f"source,{heading}\nA,1.5\n"), (SOURCE, cost))
    assert table.amount["annual_cost_yuan"].value.tolist() == [fen]


def test_a_mass_without_its_unit_is_asked_for_by_name(tmp_path: Path) -> None:
    said = _refused(_written(tmp_path, "title,\n污染源,基准排放量\nA,1\n"), (SOURCE, BASELINE))
    assert said == (
        "the column '基准排放量' gives no unit [m.csv, row 2]. is it in tonnes? write 基准排放量_吨"
    )
    said = _refused(_written(tmp_path, "污染源,基准排放量（磅）\nA,1\n"), (SOURCE, BASELINE))
    assert "the unit '磅' of the column '基准排放量（磅）' is not known" in said


def test_a_remark_on_a_mass_is_a_column_of_texts(tmp_path: Path) -> None:
    path = _written(tmp_path, "污染源,基准排放量_吨,基准排放量_来源\nA,1,环统\n")
    table = read_table(path, (SOURCE, BASELINE), keep=True)
    assert table.text["基准排放量_来源"].texts() == ["环统"]
    assert table.amount["baseline_t"].value.tolist() == [10**9]


def test_a_missing_column_is_named_in_the_language_of_the_file(tmp_path: Path) -> None:
    said = _refused(_written(tmp_path, "污染源,单位代码\nA,1\n"), (SOURCE, BASELINE))
    assert "the column '基准排放量_吨' is missing" in said
    assert "the table has: 污染源, 单位代码" in said


def test_no_other_column_is_proposed_for_a_missing_one(tmp_path: Path) -> None:
    """A county is no city, however alike the words are; a misspelt city is one."""
    assert "is it" not in _refused(_written(tmp_path, "source,county\nA,b\n"), (SOURCE, CITY))
    assert "is it 'citty'?" in _refused(_written(tmp_path, "source,citty\nA,b\n"), (SOURCE, CITY))


def test_columns_that_nothing_was_read_of_are_listed(tmp_path: Path) -> None:
    path = _written(tmp_path, "source,remark,,empty,产值,\nA,x,y,,3,\n")
    assert read_table(path, (SOURCE,)).notices == (
        "m.csv: columns that were not read: remark, column 3 without a heading, 产值",
    )
    table = read_table(path, (SOURCE,), keep=True)
    assert table.notices == ("m.csv: columns that were not read: column 3 without a heading",)
    assert table.text["产值"].texts() == ["3"]


def _measures(tmp_path: Path, rows: str, same: str = "") -> tuple[tuple[str, ...], str]:
    given = parse_same([same] if same else [])
    inputs, notices = read_measures(_written(tmp_path, HEAD + rows), given)
    return inputs.pollutants, "\n".join(notices)


def test_spellings_of_a_pollutant_are_joined_and_reported(tmp_path: Path) -> None:
    rows = "A,VOCs,9,m,4,400\nB,挥发性有机物,7,m,4,400\nC,ｖｏｃ,7,m,4,400\nD,SO₂,1,m,1,1\n"
    pollutants, told = _measures(tmp_path, rows + "E,NOX,2,m,1,1\nF,氨氮,2,m,1,1\nG,VOC,1,m,1,1\n")
    assert pollutants == ("NH3-N", "NOx", "SO2", "VOC")
    assert "m.csv: pollutants that were read as VOC: VOCs, 挥发性有机物, ｖｏｃ" in told


def test_other_bases_are_joined_only_where_it_is_stated(tmp_path: Path) -> None:
    rows = "A,NMHC,9,m,4,400\nB,VOC,7,m,4,400\nC,TVOC,7,m,4,400\n"
    assert _measures(tmp_path, rows) == (("NMHC", "TVOC", "VOC"), "")
    pollutants, told = _measures(tmp_path, rows, "NMHC=VOCs")
    assert pollutants == ("TVOC", "VOC")
    assert told == "m.csv: NMHC was read as VOC, as --same states"
    with pytest.raises(InputError, match="does not say which two names"):
        parse_same(["NMHC"])


def test_what_the_user_counts_as_one_stands_in_the_report(tmp_path: Path) -> None:
    path = _written(tmp_path, HEAD + "A,NMHC,9,m,4,400\nB,VOC,7,m,4,400\n")
    result, _ = allocate_table(path, Question(target=("VOC=4",), same=("NMHC=VOC",)))
    said, shown = "NMHC is counted as VOC, as --same states", io.StringIO()
    print_summary(result, file=shown)
    assert said in page(result)
    assert said in " ".join(shown.getvalue().split())
    assert plan_json(result.summary)["same"] == {"NMHC": "VOC"}


def test_the_row_of_headings_names_most_columns_where_none_is_required(tmp_path: Path) -> None:
    path = _written(tmp_path, "2017 accounts,,\ntrader,free_t,held_t\nA,1,2\n")
    table = read_table(path, ACCOUNTS)
    assert (table.text["trader"].texts(), table.row.tolist()) == (["A"], [3])


@pytest.mark.parametrize("measure", ["m,4,400", ",,"])
def test_rows_that_are_one_by_joining_are_refused(tmp_path: Path, measure: str) -> None:
    with pytest.raises(ManyErrors, match=r"'挥发性有机物' here and 'VOC' in m\.csv, row 2 are one"):
        _measures(tmp_path, f"A,VOC,9,{measure}\nA,挥发性有机物,9,{measure}\n")
    pollutants, _ = _measures(tmp_path, "A,VOC,9,m,4,400\nA,挥发性有机物,9,n,4,400\n")
    assert pollutants == ("VOC",)


def test_options_take_any_spelling() -> None:
    assert meant("挥发性有机物", ("COD", "VOC")) == "VOC"
    assert meant("NOx", ("COD", "NOX")) == "NOX"
    assert meant("非甲烷总烃", ("COD", "VOC")) == "非甲烷总烃"
    assert PollutantNames(known=("NOX",)).of("氮氧化物") == "NOX"


def test_names_that_look_alike_are_reported(tmp_path: Path) -> None:
    path = _written(tmp_path, "source,city\nS 1,Hangzhou\ns1,Hangzhou\u200b\nＳ1,Ningbo\n")
    pairs, *others = read_table(path, (SOURCE, CITY)).notices
    assert pairs.startswith("m.csv: 2 pairs of names in source look alike, such as 'S 1' and 's1'")
    assert others == [
        "m.csv: 'Hangzhou' and 'Hangzhou\\u200b' in city look alike, and were read as two",
        "m.csv: 1 name in city has an invisible character: 'Hangzhou\\u200b'",
    ]


@pytest.mark.parametrize(
    "mass",
    [
        pa.array([1.25, 0.1, None]),
        pa.array(["1.25", "0.1", ""]),
        pa.array(["1.25", "0.1", None]).dictionary_encode(),
        pa.array(["1.25", "0.1", None], pa.large_string()),
        pa.array([1.25, 0.1, None]).cast(pa.decimal128(20, 9), safe=False),
    ],
    ids=["float", "text", "dictionary", "large", "decimal"],
)
def test_parquet_holds_masses_in_any_type(tmp_path: Path, mass: pa.Array) -> None:
    path = tmp_path / "t.parquet"
    table = pa.table({"source": ["A", "B", "C"], "baseline_t": mass})
    pyarrow.parquet.write_table(table, path, write_page_checksum=True)
    read = read_table(path, (SOURCE, BASELINE.but(blank=True)))
    assert read.amount["baseline_t"].value.tolist() == [1_250_000_000, 100_000_000, 0]
    assert read.amount["baseline_t"].blank.tolist() == [False, False, True]
    framed = read_table(table.to_pandas(), (SOURCE, BASELINE.but(blank=True)))
    assert framed.amount["baseline_t"].value.tolist() == [1_250_000_000, 100_000_000, 0]


def test_a_changed_page_of_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    table = pa.table({"source": ["A", "B", "C"], "baseline_t": [111.25, 222.5, 333.0]})
    pyarrow.parquet.write_table(
        table, path, write_page_checksum=True, compression="none", use_dictionary=False
    )
    data = path.read_bytes()
    at = data.index(pd.Series([222.5]).to_numpy().tobytes())
    path.write_bytes(data[: at + 6] + bytes([data[at + 6] ^ 1]) + data[at + 7 :])
    with pytest.raises(InputError, match="cannot be opened as Parquet"):
        read_table(path, (SOURCE, BASELINE))


def test_the_least_limit_of_memory_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    group, system = tmp_path / "memory.max", tmp_path / "meminfo"
    monkeypatch.setattr("scenarios.intake.memory.CGROUP", (group,))
    monkeypatch.setattr("scenarios.intake.memory.MEMINFO", system)
    monkeypatch.setattr("scenarios.intake.memory._of_process", lambda: iter(()))
    assert free_bytes() is None
    system.write_text("MemTotal: 9 kB\nMemAvailable:  3 kB\n", encoding="ascii")
    group.write_text("max\n", encoding="ascii")
    assert free_bytes() == 3_072
    group.write_text("2000\n", encoding="ascii")
    assert free_bytes() == 2_000
