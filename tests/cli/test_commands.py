"""What the commands promise to scripts: JSON, files, exit codes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

Cli = Callable[..., Any]
MEASURES = """source,sector,city,pollutant,baseline_t,measure,removed_t,annual_cost_yuan
A,coating,Hangzhou,VOC,100.123456789,paint,30,60000
A,coating,Hangzhou,VOC,100.123456789,oxidiser,80,900000
B,printing,Ningbo,VOC,50,ink,20,10000
C,printing,Hangzhou,VOC,40,,,
"""


@pytest.fixture(scope="module")
def classroom(run_cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "classroom"
    assert run_cli("run", "classroom-two-firms", "--out", out, "--quiet").code == 0
    return out


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "m.csv"
    path.write_text(MEASURES)
    return path


def _json(ran: Any) -> Any:
    assert ran.code in (0, 3), ran.err
    return json.loads(ran.out, parse_float=Decimal)


def test_allocate_prints_one_object_that_carries_every_milligram(run_cli: Cli, table: Path) -> None:
    told = _json(run_cli("allocate", "--measures", table, "--target", "VOC=40", "--json"))
    for key in ("status", "target_t", "reduction_t", "max_reduction_t", "cost_yuan", "bound_yuan",
                "gap", "shadow_price_yuan_per_t", "equal_percentage", "groups",
                "solver"):  # fmt: skip
        assert key in told
    assert (told["status"], told["cost_yuan"], told["reduction_t"]) == ("optimal", 70000, 50)
    city = told["groups"]["city"]
    assert city["Hangzhou"]["baseline_t"] == Decimal("140.123456789")
    assert sum(g["quota_t"] for g in city.values()) == Decimal("190.123456789") - 50


def test_allocate_takes_conditions_budgets_prices_and_the_greatest(
    run_cli: Cli, table: Path
) -> None:
    def ask(*options: str) -> Any:
        return _json(run_cli("allocate", "--measures", table, "--json", *options))

    assert ask("--target", "VOC=20", "--max", "sector=printing:VOC=0")["cost_yuan"] == 60000
    assert ask("--target", "VOC=20", "--min", "city=Hangzhou:VOC=20%")["cost_yuan"] == 60000
    assert ask("--cap", "sector=coating:VOC=30")["reduction_t"] == 80
    assert ask("--target", "VOC=20", "--max", "measure=ink:VOC=0")["cost_yuan"] == 60000
    assert ask("--min", "measure=oxidiser,city=Hangzhou:VOC=1")["cost_yuan"] == 900000
    assert ask("--budget-yuan", "65000")["reduction_t"] == 30
    assert ask("--price", "500")["reduction_t"] == 20
    assert ask("--maximise", "VOC")["reduction_t"] == 100
    points = ask("--frontier", "3")["frontier"]
    assert [point["status"] for point in points] == ["optimal"] * 3
    assert points[-1]["reduction_t"] == 100


def test_allocate_writes_quotas_that_add_up_as_printed(
    run_cli: Cli, table: Path, tmp_path: Path
) -> None:
    out = tmp_path / "plan"
    ran = run_cli("allocate", "--measures", table, "--target", "VOC=33.333", "--divisible",
                  "--precision", "0.01", "--out", out, "--json")  # fmt: skip
    told = _json(ran)
    assert sorted(p.name for p in out.iterdir()) == [
        "chosen.csv", "conditions.csv", "curve.csv", "inputs.parquet", "manifest.json", "plan.xlsx",
        "plan_grid.csv", "plan_waterfall.csv", "question.json", "quotas.csv", "report.html",
        "summary.json",
    ]  # fmt: skip
    rows = (out / "quotas.csv").read_text(encoding="utf-8-sig").splitlines()
    heads = rows[0].split(",")
    cells = [dict(zip(heads, row.split(","), strict=True)) for row in rows[1:]]
    for row in cells:
        assert Decimal(row["baseline_t"]) - Decimal(row["reduction_t"]) == Decimal(row["quota_t"])
        assert Decimal(row["quota_t"]) % Decimal("0.01") == 0
    assert sum(Decimal(row["reduction_t"]) for row in cells) == told["reduction_t"]
    assert told["reduction_t"] >= Decimal("33.333")


def test_a_target_out_of_reach_exits_3_and_says_what_can_be_had(run_cli: Cli, table: Path) -> None:
    ran = run_cli("allocate", "--measures", table, "--target", "VOC=150", "--json")
    assert ran.code == 3
    told = _json(ran)
    assert (told["status"], told["conflict"]) == ("infeasible", ["VOC=150"])
    assert told["max_reduction_t"] == {"VOC": 100}
    assert "100 t" in ran.err
    assert "VOC=150" in ran.err


@pytest.mark.parametrize("target", [0, 150])
def test_a_plan_that_builds_nothing_is_written_whole(
    run_cli: Cli, table: Path, tmp_path: Path, target: int
) -> None:
    """Nothing asked for, or more than there is: no source has a measure to name."""
    out = tmp_path / "plan"
    ran = run_cli("allocate", "--measures", table, "--target", f"VOC={target}", "--out", out)
    assert ran.code == (3 if target else 0)
    quotas = pd.read_csv(out / "quotas.csv")
    assert quotas["measures"].isna().all()
    assert (quotas["quota_t"] == quotas["baseline_t"]).all()
    assert pd.read_csv(out / "chosen.csv").empty
    assert run_cli("audit", out).code == 0


def test_an_excel_sheet_and_standard_input_are_tables_too(run_cli: Cli, tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.create_sheet("plan")
    for line in MEASURES.splitlines():
        sheet.append([float(c) if c.replace(".", "").isdigit() else c for c in line.split(",")])
    book.save(tmp_path / "m.xlsx")
    asked = ("--target", "VOC=40", "--json")
    excel = run_cli("allocate", "--measures", f"{tmp_path / 'm.xlsx'}#plan", *asked)
    stdin = run_cli("allocate", "--measures", "-", *asked, stdin=MEASURES)
    assert _json(excel)["cost_yuan"] == _json(stdin)["cost_yuan"] == 70000


def test_auction_clears_the_electronic_sale(run_cli: Cli, tmp_path: Path) -> None:
    """(20, 5) … (9, 6): 16 t sold, bill 1,420 yuan. [ZJ-C13]."""
    bids = "bidder,mass_t,limit_yuan_per_t\nb1,5,20\nb2,1,18\nb3,8,17\nb4,2,15\nb5,4,12\nb6,6,9\n"
    told = _json(
        run_cli("auction", "--bids", "-", "--rule", "headcount_share", "--json", stdin=bids)
    )
    assert (told["sold_t"], told["revenue_yuan"], told["price_yuan_per_t"]) == (16, 1420, None)
    assert {row["reason"] for row in told["unfilled"]} == {"head_count"}


def test_market_tells_trades_and_welfare_per_product(run_cli: Cli) -> None:
    orders = (
        "trader,side,mass_t,limit_yuan_per_t,product\nA,buy,10,100,P\nB,sell,4,60,P\n"
        "C,sell,10,90,P\nA,买,1,5,Q\nD,卖,1,9,Q\n"
    )
    told = _json(
        run_cli("market", "--orders", "-", "--rule", "call_double", "--json", stdin=orders)
    )
    one, other = told["products"]["P"], told["products"]["Q"]
    assert (one["sold_t"], one["price_yuan_per_t"], one["efficiency"]) == (10, 95, 1)
    assert one["welfare_yuan"] == one["max_welfare_yuan"] == 4 * 40 + 6 * 10
    assert (other["sold_t"], other["efficiency"]) == (0, None)
    assert {row["reason"] for row in other["unfilled"]} == {"price"}


def test_audit_finds_nothing_then_names_the_touched_entry(
    run_cli: Cli, classroom: Path, tmp_path: Path
) -> None:
    assert run_cli("audit", classroom).code == 0
    import shutil

    touched = tmp_path / "touched"
    shutil.copytree(classroom, touched)
    base = sqlite3.connect(touched / "run.sqlite")
    (number, legs) = base.execute("select n, legs from journal limit 1 offset 40").fetchone()
    digit = next(i for i, letter in enumerate(legs) if letter in "12345678")
    changed = legs[:digit] + str(int(legs[digit]) + 1) + legs[digit + 1 :]
    base.execute("update journal set legs = ? where n = ?", (changed, number))
    base.commit()
    base.close()
    ran = run_cli("audit", touched)
    assert ran.code == 1
    assert str(number) in ran.out


def test_replay_reaches_the_stored_balances(run_cli: Cli, classroom: Path) -> None:
    told = _json(run_cli("replay", classroom, "--json"))
    assert told["equal_to_stored"] is True
    assert _json(run_cli("replay", classroom, "--until", "3", "--json"))["entries"] == 3


def test_explain_and_compare_say_something(run_cli: Cli, classroom: Path) -> None:
    ran = run_cli("explain", classroom, "A")
    assert ran.code == 0
    assert "permit" in ran.out
    assert run_cli("explain", classroom, "--source", "B").code == 0
    assert run_cli("explain", classroom, "nobody").code == 2
    assert run_cli("compare", classroom, classroom).code == 0


def test_an_own_mechanism_beside_a_scenario_is_used_and_its_hash_kept(
    run_cli: Cli, tmp_path: Path
) -> None:
    assert run_cli("init", "--mechanism", "my_rule", cwd=tmp_path).code == 0
    assert run_cli("init", "mine", cwd=tmp_path).code == 0
    assert run_cli("verify", "my_rule.py", cwd=tmp_path).code == 0
    text = (tmp_path / "mine.toml").read_text().replace("headcount_share", "my_rule")
    (tmp_path / "mine.toml").write_text(text)
    out = tmp_path / "out"
    ran = run_cli("run", "mine.toml", "--out", out, "--quiet", cwd=tmp_path)
    assert ran.code == 0, ran.err
    manifest = json.loads((out / "manifest.json").read_text())
    import hashlib

    hashed = hashlib.sha256((tmp_path / "my_rule.py").read_bytes()).hexdigest()
    assert manifest["own_rules"]["mechanism:my_rule"]["sha256"] == hashed
    assert "my_rule" in (out / "tables" / "sessions.csv").read_text()


@pytest.mark.parametrize(
    "kind",
    [
        "scenarios",
        # Every rule is tried on random books while one waits.
        pytest.param("mechanisms", marks=pytest.mark.slow),
        "traders",
        "policies",
        "allocations",
    ],
)
def test_list_shows_every_kind_with_sources(run_cli: Cli, kind: str) -> None:
    things = _json(run_cli("list", kind, "--json"))[kind]
    assert things
    assert kind == "scenarios" or all(thing["source"] for thing in things)


def test_help_speaks_both_languages_and_shows_an_example(run_cli: Cli) -> None:
    for command in ("run", "allocate", "auction", "market", "list", "check", "schema", "init",
                    "verify", "audit", "explain", "replay", "compare", "meter", "hj212",
                    "outlets", "statement"):  # fmt: skip
        english, chinese = run_cli(command, "--help"), run_cli(command, "--help", "--lang", "zh")
        assert "permits " + command in english.out
        assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese.out), command


def test_schema_is_a_json_schema(run_cli: Cli) -> None:
    assert _json(run_cli("schema"))["type"] == "object"
