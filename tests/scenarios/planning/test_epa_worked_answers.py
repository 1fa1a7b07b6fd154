"""The worked answers that came with EPA's Control Strategy Tool, source by source.

Sheets `Test Case Data Nonpoint`, `Nonroad`, `Onroad` and `Point` of strategy_check.xls
[EPA-CMDB]: inventory emission [short tons], percentage, tons removed, annual cost, for
the greatest reduction with the measures of import_small. Costs rest on the price
factors 1990 1.380246, 1992 1.338086, 1999 1.036609, 2001 0.992549, six digits of which
are in the file beside this test; hence 1e-6.

The nonpoint answers belong to orl-nonpoint-for_cs_testing.txt, not to the file with
"matching values" that another sheet names: only there are the sources of class
2104008000. Where the answers contradict themselves:

* 37025/2801000003 has 20.6 %, the record of state 25, Massachusetts. The county is
  37025, so state 37 with 9.5 % holds, as it does on the same sheet for 2801500000
  (3,182 $/ton of state 37 although state 13 has the same 63 % at 1,832 $/ton).
* With the measure PCHRBESP alone both sources keep the remaining emission or the cost of
  the other measure: 8,000 - 1,480 is 6,520 tons and not 1,360; 2,405 tons at
  6,947.84 $/ton cost 16,709,555 $, and not 74,967,192 $ = 10,790 tons at that price.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from optimize import solve_maximum
from scenarios.definition.measures_table import gather
from scenarios.definition.plan_inputs import build
from scenarios.planning.importers import EpaTable, epa_table
from scenarios.planning.importers.epa_inventory import T_PER_SHORT_TON
from scenarios.planning.importers.epa_measures import load_measures

FACTORS = Path(__file__).parent / "epa" / "price-factors-2000.csv"
INVENTORY = "orl-nonpoint-for_cs_testing.txt"
SIX_DIGITS = 1e-6
RunCli = Callable[..., Any]


@dataclass(frozen=True)
class Answer:
    """One complete row of a sheet. Tons are short tons."""

    source: str
    tons: str
    per_cent: str
    removed_tons: str
    cost_usd: float


NONPOINT = [
    Answer("37025/2104008000", "26000", "88.2", "22932", 45522246.95926476),
    Answer("37029/2104008000", "40000", "88.2", "35280", 70034226.09117655),
    Answer("37011/2104008001", "11000", "50", "5500", 10020586.291739894),
    Answer("37001/2294000000", "1000", "51", "510", 256405.2828315893),
    Answer("37001/2296000000", "2000", "68", "1360", 1008021.2920913884),
    Answer("37003/2296000000", "4000", "68", "2720", 2016042.5841827767),
    Answer("37005/2302002100", "8000", "83", "6640", 19547489.46788397),
    Answer("37013/2302002100", "13000", "83", "10790", 31764670.38531145),
    Answer("37005/2311010000", "6000", "63", "3780", 18782388.189806677),
    Answer("37015/2311010000", "15000", "63", "9450", 46955970.4745167),
    Answer("37021/2311010000", "21000", "63", "13230", 65738358.664323375),
    Answer("37015/2801500000", "14000", "63", "8820", 37553698.04541613),
    Answer("37019/2801500000", "19000", "63", "11970", 50965733.06163618),
    Answer("37007/2805001000", "10000", "50", "5000", 2118677.6801405977),
]
WRONG_STATE = Answer("37025/2801000003", "24000", "20.6", "4944", 941634.9907233745)
NONROAD = [
    Answer(
        "37001/2294000270",
        *("3.34325211972497E-09", "71.1", "2.3770522571244533e-09"),
        7.026554022423447e-07,
    ),
    Answer(
        "37001/2801500130",
        *("1.83693587318662E-07", "63", "1.1572696001075706e-07"),
        0.0004927409650745939,
    ),
]
ONROAD = [
    Answer("37013/2311010000", "0.000275", "63", "0.00017325", 0.8608594586994728),
    Answer("37006/2296000000", "0.98393", "68", "0.6690724", 495.91119496373994),
]
ONROAD_NOX = Answer("37013/2311010000", "2.5", "70", "1.75", 2536.202108963093)
POINT = [
    Answer("37119/P/1/1/1/2801500000", "9.704141", "63", "6.1136088299999995", 26030.45577886732),
    Answer("37067/P/1/1/1/2104008010", "21.13", "88.2", "18.63666", 36995.57993266401),
]


def table_of(
    reference: Callable[[str], Path], inventory: Path | None = None, **options: object
) -> EpaTable:
    data = reference("cost_cmdb")
    return epa_table(
        inventory or data / "inventory" / INVENTORY,
        data / "import_small",
        price_factors=FACTORS,
        **{"pollutants": ["PM10"], **options},  # type: ignore[arg-type]
    )


def chosen(table: EpaTable) -> dict[str, tuple[str, int, float]]:
    """The greatest reduction at its least cost: measure, milligrams and dollars by source."""
    problem = build(gather(table.to_read_table()))
    plan = solve_maximum(problem, 0)
    assert plan.status == "optimal"
    return {
        problem.sources[s]: (
            problem.measure(m),
            plan.reduction_mg[s][0],
            float(problem.cost_yuan[m]),
        )
        for m, s in enumerate(problem.source)
        if plan.share[m] == 1
    }


def mg(short_tons: str | Decimal) -> int:
    return round(Decimal(short_tons) * T_PER_SHORT_TON * 10**9)


def test_the_greatest_reduction_is_the_worked_answer_source_by_source(
    reference: Callable[[str], Path],
) -> None:
    plan = chosen(table_of(reference))
    assert sorted(plan) == sorted([a.source for a in NONPOINT] + [WRONG_STATE.source])
    for answer in NONPOINT:
        _, reduction_mg, cost = plan[answer.source]
        assert Decimal(answer.tons) * Decimal(answer.per_cent) / 100 == Decimal(answer.removed_tons)
        assert reduction_mg == mg(answer.removed_tons), answer.source
        assert cost == pytest.approx(answer.cost_usd, rel=SIX_DIGITS), answer.source


def test_a_source_without_measures_keeps_its_baseline(reference: Callable[[str], Path]) -> None:
    (row,) = [r for r in table_of(reference).rows if r.source == "37021/2850000030"]
    assert (row.measure, row.baseline_t) == ("", 20_000 * T_PER_SHORT_TON)


def test_one_answer_takes_the_record_of_another_state(reference: Callable[[str], Path]) -> None:
    """By state 37: 9.5 % of 24,000 tons at 138 $/ton of 1990. By the answer: state 25."""
    measure, reduction_mg, cost = chosen(table_of(reference))[WRONG_STATE.source]
    assert (measure, reduction_mg) == ("PAGTL", mg("2280"))
    assert cost == pytest.approx(2280 * 138 * 1.380246, abs=0.01)
    records = load_measures(reference("cost_cmdb/import_small")).efficiencies
    tilling = {r.locale: r for r in records if r.measure == "PAGTL"}
    assert tilling["37"].reduction == Decimal("0.095")
    assert tilling["25"].reduction * 24_000 == Decimal(WRONG_STATE.removed_tons)
    assert tilling["25"].usd_per_ton == Decimal("137.99")
    by_state_25 = 4944 * 137.99 * 1.380246
    assert by_state_25 == pytest.approx(WRONG_STATE.cost_usd, rel=SIX_DIGITS)


def test_the_same_sheet_follows_the_state_elsewhere(reference: Callable[[str], Path]) -> None:
    """Burning: state 37 costs 3,182 $/ton; state 13 removes as much for 1,832."""
    records = load_measures(reference("cost_cmdb/import_small")).efficiencies
    burning = {r.locale: r for r in records if r.measure == "PAGBU"}
    assert burning["13"].reduction == burning["37"].reduction == Decimal("0.63")
    assert burning["13"].usd_per_ton == 1832
    answer = next(a for a in NONPOINT if a.source == "37015/2801500000")
    assert answer.cost_usd == pytest.approx(8820 * 3182 * 1.338086, rel=SIX_DIGITS)


def test_with_emerging_measures_alone_the_other_of_two_measures_is_taken(
    reference: Callable[[str], Path],
) -> None:
    plan = chosen(table_of(reference, kinds=["Emerging"]))
    assert {source: name for source, (name, _, _) in plan.items()} == {
        "37011/2104008001": "PRESWDEDAD",
        "37025/2104008000": "PRESWDEDAD",
        "37029/2104008000": "PRESWDEDAD",
    }
    for source, removed, cost in (
        ("37025/2104008000", "13000", 23685022.14411248),
        ("37029/2104008000", "20000", 36438495.60632689),
    ):
        assert plan[source][1] == mg(removed)
        assert plan[source][2] == pytest.approx(cost, rel=SIX_DIGITS)


def test_with_known_measures_alone_the_source_of_an_emerging_one_does_not_show_up(
    reference: Callable[[str], Path],
) -> None:
    assert "37011/2104008001" not in chosen(table_of(reference, kinds=["Known"]))


def test_with_one_measure_alone_one_answer_holds_and_the_other_contradicts_itself(
    reference: Callable[[str], Path],
) -> None:
    plan = chosen(table_of(reference, only=["PCHRBESP"]))
    assert plan["37005/2302002100"][1] == mg("1480")
    assert plan["37005/2302002100"][2] == pytest.approx(10282803.037196558, rel=SIX_DIGITS)
    _, reduction_mg, cost = plan["37013/2302002100"]
    assert reduction_mg == mg("2405")
    assert cost == pytest.approx(2405 * 6947.839889997675, rel=SIX_DIGITS)
    # The answer's cost is that price times what the other measure removes.
    answered_usd = 74967192.41307491
    assert answered_usd == pytest.approx(10_790 * 6947.839889997675, rel=1e-12)


def test_the_file_with_matching_values_is_not_the_one_that_the_answers_belong_to(
    reference: Callable[[str], Path],
) -> None:
    other = reference("cost_cmdb/inventory/orl-nonpoint-with-matching_values.txt")
    sources = {row.source for row in table_of(reference, inventory=other).rows}
    assert "37025/2104008000" not in sources
    assert "37025/2104008001" in sources


@pytest.mark.parametrize(
    ("kind", "line", "answers"),
    [
        ("nonroad", "{county},{scc},PM10,{tons},-9,-9,-9,-9", NONROAD),
        ("onroad", "{county},{scc},PM10,{tons},-9,-9,-9,-9", ONROAD),
        (
            "point",
            "{county},P,1,1,1,Plant,{scc}" + ",-9" * 14 + ",PM10,{tons},-9,-9,-9",
            POINT,
        ),
    ],
)
def test_the_other_sheets_are_met_source_by_source(
    reference: Callable[[str], Path], tmp_path: Path, kind: str, line: str, answers: list[Answer]
) -> None:
    """Their inventories are not stored: written here from the sheets' first columns."""
    path = tmp_path / f"{kind}.orl"
    lines = [
        line.format(county=a.source[:5], scc=a.source.rpartition("/")[2], tons=a.tons)
        for a in answers
    ]
    path.write_text("\n".join(["#ORL", f"#TYPE {kind}", "#YEAR 1999", *lines]), encoding="utf-8")
    options = {o.row.source: o for o in table_of(reference, inventory=path).options}
    # Masses here go down to three milligrams, so the unrounded figures are compared.
    for answer in answers:
        option = options[answer.source]
        assert float(option.gained_tons) == pytest.approx(float(answer.removed_tons), rel=1e-12)
        assert option.effective_share * 100 == Decimal(answer.per_cent)
        assert float(option.cost_usd or 0) == pytest.approx(answer.cost_usd, rel=SIX_DIGITS)


def test_a_record_of_the_state_holds_where_the_county_is_another(
    reference: Callable[[str], Path], tmp_path: Path
) -> None:
    """NOx of 37013: 75 % everywhere, 70 % in state 37, 72 % in county 37015 only."""
    path = tmp_path / "onroad.orl"
    path.write_text(
        "#ORL\n#TYPE onroad\n#YEAR 1999\n37013,2311010000,NOx,2.5,-9,-9,-9,-9\n", encoding="utf-8"
    )
    (option,) = table_of(reference, inventory=path, pollutants=["NOx"]).options
    assert float(option.gained_tons) == float(ONROAD_NOX.removed_tons)
    assert float(option.cost_usd or 0) == pytest.approx(ONROAD_NOX.cost_usd, rel=SIX_DIGITS)


def test_the_difference_from_the_shipped_deflator_is_stated(
    reference: Callable[[str], Path],
) -> None:
    said = "\n".join(table_of(reference).notes)
    for year, theirs, ours, difference in (
        (1990, "1.380246", "1.226210", "+12.56"),
        (1992, "1.338086", "1.159671", "+15.38"),
        (1999, "1.036609", "1.022662", "+1.36"),
        (2001, "0.992549", "0.977965", "+1.49"),
    ):
        assert (
            f"dollars of {year} to dollars of 2000: × {theirs} by price-factors-2000.csv, "
            f"× {ours} by the shipped deflator, {difference} %" in said
        )


def test_the_command_gives_the_worked_answers_and_says_whose_money_it_is(
    reference: Callable[[str], Path], run_cli: RunCli, tmp_path: Path
) -> None:
    data = reference("cost_cmdb")
    ran = run_cli(
        "allocate",
        *("--inventory", data / "inventory" / INVENTORY),
        *("--control-measures", data / "import_small"),
        *("--price-factors", FACTORS),
        *("--maximise", "PM10", "--json", "--out", tmp_path / "plan"),
    )
    assert ran.code == 0, ran.err
    said = json.loads(ran.out)
    assert (said["status"], said["currency"], said["price_year"]) == ("optimal", "USD", 2000)
    assert "× 1.226210 by the shipped deflator, +12.56 %" in ran.err
    quotas, costs = rows_of(tmp_path / "plan" / "quotas.csv"), rows_of(tmp_path / "plan/chosen.csv")
    for answer in NONPOINT:
        assert Decimal(quotas[answer.source]["reduction_t"]) * 10**9 == mg(answer.removed_tons)
        paid = float(costs[answer.source]["annual_cost_yuan"])
        assert paid == pytest.approx(answer.cost_usd, rel=SIX_DIGITS)


def test_the_command_tells_every_fault_of_a_set_and_exits_2(
    reference: Callable[[str], Path], run_cli: RunCli
) -> None:
    data = reference("cost_cmdb")
    ran = run_cli(
        "allocate",
        *("--inventory", data / "inventory" / INVENTORY),
        *("--control-measures", data / "import_bad"),
        *("--maximise", "PM10", "--json"),
    )
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("error: ") == 8
    assert "the measure has no name [CMSummary.csv, row 3, column cmname]" in ran.err


def rows_of(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["source"]: row for row in csv.DictReader(file)}
