"""A register and a catalogue into a measures table, against numbers computed by hand."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from permits.errors import InputError, ManyErrors
from permits.quantity import fmt_t
from scenarios.api import load
from scenarios.definition.measure_effects import SourceTerms, gained_mg
from scenarios.definition.measures import cost_factors
from scenarios.planning.importers.register_report import registered
from scenarios.planning.importers.register_table import TRADES, register_table
from scenarios.planning.importers.register_trades import find_subsector, load_trades

REGISTER = """source,trade,process,city,pollutant,baseline_t,existing_efficiency
a,C2110,,Hangzhou,VOC,100,0.3
b,2319,Gravure,Ningbo,VOC,50,
c,C1711,,Ningbo,VOC,10,
d,C2614,leaks,Ningbo,VOC,20,
"""


@pytest.fixture
def register(tmp_path: Path) -> str:
    path = tmp_path / "register.csv"
    path.write_text(REGISTER)
    return str(path)


def _of(made: Any, source: str) -> dict[str, Any]:
    return {
        row.values["measure"]: row.values
        for row in made.table.rows
        if row.values["source"] == source
    }


def test_a_replacement_counts_only_the_difference(register: str) -> None:
    """100 t behind a device of 30 %: 142.857143 t uncontrolled, of which the guideline's
    47 % removes 67.142857, the old device 42.857143: 24.285714 t gained [EPA-CMDB]. The
    standard of 30 % gains nothing and is left out. 24.285714285 t at 7,544.87 yuan/t."""
    found = _of(register_table(register, "voc-2017"), "a")
    assert sorted(found) == ["VWDCTADDON", "VWDCTCTG"]
    assert found["VWDCTCTG"]["removed_t"] == 24_285_714_285
    assert str(found["VWDCTCTG"]["annual_cost_yuan"]) == "183232.56"


def test_chinese_costs_stand_where_there_are_some(register: str) -> None:
    """Furniture by guideline at 5,363 yuan/t [ZJ-P14]; carbon in gravure stays at 6,604.64."""
    made = register_table(register, "voc-2017", costs="china")
    assert str(_of(made, "a")["VWDCTCTG"]["annual_cost_yuan"]) == "130244.29"
    assert str(_of(made, "b")["VREEVPRPU"]["annual_cost_yuan"]) == "297208.80"
    assert any("VREEVPRPU" in note and "VWDCTCTG" not in note for note in made.notes)


def test_what_matched_nothing_is_listed_with_its_tonnes(register: str) -> None:
    made = register_table(register, "voc-2017")
    assert [row.values["source"] for row in made.unmatched] == ["c"]
    assert made.unmatched_mg == 10_000_000_000
    assert list(_of(made, "c")) == [None]


def test_measures_that_earn_money_can_be_left_out(register: str) -> None:
    assert list(_of(register_table(register, "voc-2017"), "d")) == ["VFUGEQMAN1"]
    without = register_table(register, "voc-2017", negative_costs=False)
    assert list(_of(without, "d")) == [None]
    assert "d" not in [row.values["source"] for row in without.unmatched]


def test_an_existing_measure_is_known_from_the_catalogue(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    head = "source,subsector,pollutant,baseline_t,existing_measure"
    path.write_text(f"{head}\na,coating.wood_furniture,VOC,100,VWDCTMACT2\n")
    found = _of(register_table(str(path), "voc-2017"), "a")
    assert found["VWDCTCTG"]["removed_t"] == 24_285_714_285
    path.write_text(f"{head}\na,coating.wood_furniture,VOC,100,unheard\n")
    with pytest.raises(ManyErrors, match="unheard"):
        register_table(str(path), "voc-2017")


@pytest.mark.parametrize(
    ("trade", "process", "part"),
    [
        ("C3331", "", "coating.ships_containers"),
        ("C3333", "", "coating.coil_cans"),
        ("C3351", "", "coating.metal_machinery"),
        ("C2319", "lamination", "printing.lamination"),
        ("C2319", "something else", "printing.offset_other"),
        ("2511", "Tanks", "petrochemicals.tanks_loading"),
    ],
)
def test_the_longest_trade_code_decides(trade: str, process: str, part: str) -> None:
    assert find_subsector(load_trades(TRADES), trade, process) == (part, True)


@given(st.integers(0, 10**12), st.fractions(0, Fraction(99, 100)), st.fractions(0, 1))
def test_a_measure_gains_if_it_beats_the_device(base: int, old: Fraction, new: Fraction) -> None:
    gained = gained_mg(base, new, SourceTerms(existing=old))
    assert gained <= base
    assert gained >= 0 if new >= old else gained <= 0


def test_the_shipped_register_comes_back_as_the_same_plan(
    run_cli: Callable[..., Any], tmp_path: Path
) -> None:
    """The measures table that was made gives the same quotas when it is given back."""
    asked = ("--target", "VOC=42000", "--json", "--quiet")
    made, again = tmp_path / "made", tmp_path / "again"
    first = run_cli("allocate", "--register", "voc-2017", "--costs", "both", "--out", made, *asked)
    back = run_cli("allocate", "--measures", made / "measures.csv", "--out", again, *asked)
    assert (first.code, back.code) == (0, 0)
    assert (made / "quotas.csv").read_bytes() == (again / "quotas.csv").read_bytes()
    told = json.loads(first.out)
    assert told["unmatched"] == {"rows": 0, "baseline_t": 0}
    assert told["both_costs"]["same_quotas"] + told["both_costs"]["other_quotas"] == 145
    assert told["cost_yuan"] == json.loads(back.out)["cost_yuan"]
    page = (made / "report.html").read_text(encoding="utf-8")
    assert "Surface coating" in page and "Leak detection and repair" in page
    assert "Every row of the register has a measure." in page


@pytest.mark.parametrize("target", ["42000", "90000"])
def test_quotas_that_stand_under_either_cost_are_marked(
    run_cli: Callable[..., Any], tmp_path: Path, target: str
) -> None:
    """At 42,000 t no measure with a Chinese cost is taken: what differs are plans of equal
    cost, so all stand. At 90,000 t the plans differ in cost."""
    ran = run_cli("allocate", "--register", "voc-2017", "--costs", "both", "--json", "--quiet",
                  "--target", f"VOC={target}", "--out", tmp_path / "out")  # fmt: skip
    both = json.loads(ran.out)["both_costs"]
    more = {
        name: both[name]["under_the_other_yuan"] - both[other]["cost_yuan"]
        for name, other in (("us", "china"), ("china", "us"))
    }
    with (tmp_path / "out" / "both_costs.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    standing = sum(row["stands"] == "true" for row in rows)
    assert standing == both["standing_quotas"]
    assert all(row["stands"] == "true" for row in rows if row["same"] == "true")
    if target == "42000":
        assert more["us"] == pytest.approx(0, abs=0.02)
        assert standing == 145
    else:
        assert min(more.values()) > 0
        assert standing == both["same_quotas"] < 145


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--register", "voc2017"), "choose one of: voc-2017"),
        (("--register", "voc-2017", "--catalogue", "no"), "--catalogue no"),
        (("--register", "voc-2017", "--costs", "dear"), "us, china or both"),
    ],
)
def test_what_cannot_be_read_is_told(
    run_cli: Callable[..., Any], options: tuple[str, ...], words: str
) -> None:
    ran = run_cli("allocate", *options, "--target", "VOC=1")
    assert ran.code == 2
    assert words in ran.err


def test_an_existing_efficiency_of_all_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text(REGISTER.replace("0.3", "1"))
    with pytest.raises(ManyErrors, match="is not a share below 1"):
        register_table(str(path), "voc-2017")


def test_a_scenario_and_its_register_have_the_same_measures() -> None:
    """The 1,120 drawn sources of the shipped scenario, handed over as a register with their
    control, applicability and cost factor, get the same measures to the mg and fen."""
    scenario = load("zhejiang-2017-voc")
    of = {source.id: source for source in scenario.register.sources}
    factors = cost_factors(scenario.file, scenario.register)
    frame = pd.DataFrame(
        {
            "source": list(of),
            "subsector": [source.subsector for source in of.values()],
            "pollutant": "VOC",
            "baseline_t": [fmt_t(source.base_mg[0]) for source in of.values()],
            "existing_efficiency": [repr(source.existing_control) for source in of.values()],
            "applicability": [repr(source.applicability) for source in of.values()],
            "cost_factor": [repr(factors[name]) for name in of],
        }
    )
    made = register_table(frame, "voc-2017").table.rows
    expected = {(m.source, m.name): (m.removed_mg[0], m.cost_fen) for m in scenario.measures}
    found = {
        (row.values["source"], row.values["measure"]): (
            row.values["removed_t"],
            round(row.values["annual_cost_yuan"] * 100),
        )
        for row in made
        if row.values["measure"]
    }
    assert len(found) > 1_000
    assert found == expected


CHINESE = """污染源,企业,行业代码,生产工序,现有治理设施,现有去除效率,污染物,基准排放量_吨
PW1,云溪石化,C2511,设备泄漏,无,,VOC,1200
PW2,恒丰家具,C2110,涂装,活性炭,30%,VOC,100
"""


def test_a_chinese_register_finds_its_measures(tmp_path: Path) -> None:
    """Leaks of a refinery: 78 % of 1,200 t; furniture as in the English register above."""
    path = tmp_path / "r.csv"
    path.write_text(CHINESE, encoding="utf-8")
    made = register_table(str(path), "voc-2017")
    assert _of(made, "PW1")["VFUGEQMAN2"]["removed_t"] == 936 * 10**9
    assert _of(made, "PW2")["VWDCTCTG"]["removed_t"] == 24_285_714_285


def test_what_identifies_a_source_goes_with_it(tmp_path: Path) -> None:
    """Credit code and town stand in the table made, for sources with and without a measure."""
    path = tmp_path / "register.csv"
    path.write_text(
        "污染源,企业,统一社会信用代码,乡镇,国民经济行业代码,工艺,污染物,基准排放量_吨,现有治理效率,备注\n"
        "P1,甲厂,91330000MA27XXPW1X,城关镇,C2511,泄漏,VOC,100,0,x\n"
        "P2,乙厂,91330000MA27XXPW2X,杨林镇,C1711,织布,VOC,10,0,y\n"
    )
    made = register_table(str(path), "voc-2017")
    assert {row.extra["credit_code"] for row in made.table.rows if row.values["measure"]} == {
        "91330000MA27XXPW1X"
    }
    tables, _ = registered(made)
    first = {name: tables[name].dicts() for name in ("measures", "unmatched")}
    assert {(row["credit_code"], row["town"]) for row in first["measures"]} == {
        ("91330000MA27XXPW1X", "城关镇"),
        ("91330000MA27XXPW2X", "杨林镇"),
    }
    assert [(row["source"], row["credit_code"]) for row in first["unmatched"]] == [
        ("P2", "91330000MA27XXPW2X")
    ]
    assert "register.csv: columns that were not read: 备注" in made.notes


def test_a_register_that_matches_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("source,trade,pollutant,baseline_t\na,C3982,VOC,10\n")
    with pytest.raises(InputError, match=r"none of the 1 rows .* 'C3982'.*C2511"):
        register_table(str(path), "voc-2017")
    path.write_text("source,pollutant,baseline_t\na,VOC,10\n")
    with pytest.raises(InputError, match=r"no column trade .行业代码."):
        register_table(str(path), "voc-2017")


def test_a_measure_without_a_cost_is_refused_and_never_free(tmp_path: Path) -> None:
    catalogue = tmp_path / "c.csv"
    catalogue.write_text(
        "subsector,measure,pollutant,efficiency,cost_yuan_per_t,cost_cny_per_t\n"
        "leaks,a,VOC,0.5,,40\nleaks,b,VOC,0.5,0,\n"
    )
    register = tmp_path / "r.csv"
    register.write_text("source,subsector,pollutant,baseline_t\ns,leaks,VOC,10\n")
    with pytest.raises(ManyErrors, match=r"measure a has no cost .c.csv, row 2"):
        register_table(str(register), str(catalogue))
    made = register_table(str(register), str(catalogue), costs="china")
    assert {str(v["annual_cost_yuan"]) for v in _of(made, "s").values()} == {"200.00", "0.00"}


def test_a_scenario_in_chinese_costs_is_not_free() -> None:
    """Furniture by guideline at 5,363 yuan/t [ZJ-P14]; flares have the US figure alone."""
    scenario = load("zhejiang-2017-voc", sets=["measures.costs=china", "measures.variation=none"])
    units = {m.name: round(m.cost_fen / m.removed_mg[0] * 10**7) for m in scenario.measures}
    assert units["VWDCTCTG"] == 5_363
    assert units["VFLAFLA"] == 17_569
    assert any("VFLAFLA" in told for told in scenario.notices)
