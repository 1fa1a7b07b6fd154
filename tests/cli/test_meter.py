"""`permits meter` from the outside: tables, exit codes, both languages."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

READINGS = """outlet,at,volume_m3,COD_mg_per_l,NH3-N_mg_per_l,flag
A,2017-03-31 22:00,10,50,5,
A,2017-03-31 23:00,10,50,5,D
A,2017-04-01 00:00,10,50,7,N
A,2017-04-01 00:00,10,50,7,N
B,2017-04-01 00:00,-3,50,7,N
"""
CARDS = "card,firm,outlet,pollutant,annual_quota_t\nC1,F1,A,COD,0.012\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "r.csv").write_text(READINGS, encoding="utf-8")
    (tmp_path / "cards.csv").write_text(CARDS, encoding="utf-8")
    return tmp_path


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_tables_are_written_and_json_says_the_same(
    run_cli: Callable[..., Any], folder: Path
) -> None:
    asked = ("meter", "r.csv", "--cards", "cards.csv", "--json", "--out", "m")
    ran = run_cli(*asked, cwd=folder)
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)
    masses = _table(folder / "m" / "masses.csv")
    assert list(masses[0])[:5] == ["outlet", "month", "pollutant", "emitted_t", "substituted_t"]
    assert [tuple(row.values())[:5] for row in masses] == [
        ("A", "2017-03", "COD", "0.0005", "0.0005"),
        ("A", "2017-04", "COD", "0.0005", "0"),
        ("A", "2017-03", "NH3-N", "0.00005", "0.00006"),
        ("A", "2017-04", "NH3-N", "0.00007", "0"),
    ]
    assert [str(row["emitted_t"]) for row in told["masses"]] == [
        "0.0005",
        "0.0005",
        "5e-05",
        "7e-05",
    ]
    events = [(row["at"], row["event"]) for row in _table(folder / "m" / "events.csv")]
    assert events == [
        ("2017-03-31 22:00", "open"),
        ("2017-03-31 23:00", "warned80"),
        ("2017-03-31 23:00", "warned90"),
        ("2017-03-31 23:00", "shut"),
        ("2017-04-01 00:00", "reopened"),
    ]
    reasons = [(row["row"], row["reason"]) for row in _table(folder / "m" / "quarantine.csv")]
    assert reasons == [("5", "duplicate"), ("6", "negative_flow")]
    balances = [row["balance_t"] for row in _table(folder / "m" / "balances.csv")]
    assert balances == ["0", "0.0005"]
    again = run_cli(*asked, cwd=folder)
    assert again.code == 2 and "--force" in again.err
    assert run_cli(*asked, "--force", cwd=folder).code == 0


def test_masses_by_the_hour_are_written_as_they_come(
    run_cli: Callable[..., Any], folder: Path
) -> None:
    ran = run_cli("meter", "r.csv", "--by", "hour", "--out", "m", "--quiet", cwd=folder)
    assert ran.code == 0, ran.err
    hours = [(row["hour"], row["emitted_t"]) for row in _table(folder / "m" / "masses.csv")]
    assert ("2017-03-31 23:00", "0") in hours and len(hours) == 6


@pytest.mark.parametrize("by", ["hour", "day"])
def test_a_name_that_a_spreadsheet_would_run_is_written_as_text(
    run_cli: Callable[..., Any], folder: Path, by: str
) -> None:
    readings = READINGS.replace("A,", "=1+1,")
    (folder / "r.csv").write_text(readings, encoding="utf-8")
    ran = run_cli("meter", "r.csv", "--by", by, "--out", "m", "--quiet", cwd=folder)
    assert ran.code == 0, ran.err
    assert {row["outlet"] for row in _table(folder / "m" / "masses.csv")} == {"'=1+1"}


def test_a_broken_file_is_told_with_exit_code_2_and_the_others_are_metered(
    run_cli: Callable[..., Any], folder: Path
) -> None:
    (folder / "cut.parquet").write_bytes(b"PAR1 and no end")
    ran = run_cli("meter", "r.csv", "cut.parquet", "no-*.csv", "--json", cwd=folder)
    assert ran.code == 2
    assert json.loads(ran.out)["totals"]["COD"]["valid_h"] == 2
    errors = [line for line in ran.err.splitlines() if line.startswith("error")]
    assert len(errors) == 2 and "cut.parquet" in errors[0] + errors[1]


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [("--missing", "guess", "hjt75_2007"), ("--by", "week", "hour, day or month"),
     ("--zone", "Nowhere", "time zone")],
)  # fmt: skip
def test_an_option_that_there_is_not_is_named(
    run_cli: Callable[..., Any], folder: Path, option: str, value: str, said: str
) -> None:
    ran = run_cli("meter", "r.csv", option, value, cwd=folder)
    assert ran.code == 2 and said in ran.err


def test_people_are_told_in_their_language(run_cli: Callable[..., Any], folder: Path) -> None:
    ran = run_cli("meter", "r.csv", "--cards", "cards.csv", "--lang", "zh", cwd=folder)
    assert ran.code == 0, ran.err
    for said in ("时间重复", "流量为负", "补入", "用尽"):
        assert said in ran.out


def test_the_page_replaces_its_own_and_a_bad_file_is_told_beside_it(
    run_cli: Callable[..., Any], folder: Path
) -> None:
    (folder / "bad.parquet").write_bytes(b"PAR1")
    asked = ("meter", "r.csv", "--cards", "cards.csv", "--page", "--out", "m", "--force")
    assert run_cli(*asked, cwd=folder).code == 0
    ran = run_cli("meter", "bad.parquet", *asked[1:], cwd=folder)
    assert ran.code == 2
    assert "cannot be opened as Parquet" in ran.err
    assert "1 × the hour was already reported (excluded)" in ran.err
    assert "(excluded)" in (folder / "m" / "cards.html").read_text(encoding="utf-8")
