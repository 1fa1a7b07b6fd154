"""Jiaxing's year at the command line: a loan in default from its collateral to the last fen."""

from __future__ import annotations

import csv
import json
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

import pytest

REFERENCE = Decimal(4000)
"""Price of a year's tonne [yuan]; it is what was paid, and the value of the collateral."""


@pytest.fixture(scope="module")
def jiaxing(run_cli: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "jiaxing"
    assert run_cli("run", "jiaxing-dyers-2018", "--out", out, "--quiet").code == 0
    return out


@pytest.fixture(scope="module")
def defaulted(jiaxing: Path) -> dict[str, str]:
    """The row of the loan in default."""
    with (jiaxing / "tables" / "contracts.csv").open(encoding="utf-8-sig") as file:
        (row,) = [row for row in csv.DictReader(file) if row["owed_yuan"]]
    return row


def test_the_debt_is_paid_and_the_surplus_is_the_borrower_s(
    run_cli: Any, jiaxing: Path, defaulted: dict[str, str]
) -> None:
    """Five vintages were pledged at three quarters of 4,000 yuan a tonne, for 120 days at 4.35 %.
    What four of them bring at 4,000 yuan pays that; the fifth found no buyer and returns."""
    mass = Decimal(defaulted["mass_t"])
    lent = Decimal(defaulted["money_yuan"])
    assert abs(lent - Decimal("0.75") * 5 * mass * REFERENCE) < Decimal("0.02")
    due = lent * (1 + Decimal("0.0435") * 120 / 360)
    due = due.quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN)
    assert Decimal(defaulted["sold_t"]) == 4 * mass
    assert Decimal(defaulted["returned_t"]) == mass
    assert abs(Decimal(defaulted["received_yuan"]) - 4 * mass * REFERENCE) < Decimal("0.01")
    surplus = Decimal(defaulted["received_yuan"]) - due
    assert Decimal(defaulted["surplus_yuan"]) == surplus > 0
    assert Decimal(defaulted["owed_yuan"]) == 0
    said = run_cli("explain", jiaxing, defaulted["party"]).out
    assert f"is paid: {round(surplus):,} yuan of the proceeds" in said
    assert "cash: money from outside" in said and f"default +{round(surplus):,}" in said


def test_the_bank_s_escrow_is_empty(run_cli: Any, jiaxing: Path, defaulted: dict[str, str]) -> None:
    lines = run_cli("explain", jiaxing, f"{defaulted['counterparty']}#escrow").out.splitlines()
    assert len(lines) == 5, "one line per vintage of the pledge"
    assert all(line.endswith("= 0 t") for line in lines)


def test_statements_tell_collateral_lost_returned_and_taken(
    run_cli: Any, jiaxing: Path, defaulted: dict[str, str]
) -> None:
    mass = Decimal(defaulted["mass_t"])

    def rows(account: str) -> dict[int, dict[str, Any]]:
        ran = run_cli("statement", jiaxing, "--account", account, "--by", "year", "--json")
        told = json.loads(ran.out, parse_float=Decimal)
        return {row["vintage"]: row for row in told["rows"] if row["pollutant"] == "COD"}

    borrower = rows(defaulted["party"])
    assert [borrower[v]["out_default_t"] for v in range(2018, 2023)] == [mass] * 5
    assert [borrower[v]["in_release_t"] for v in range(2018, 2023)] == [mass, 0, 0, 0, 0]
    county = rows("county:" + defaulted["party"].split("-")[2])
    assert [county[v]["in_default_t"] for v in range(2018, 2023)] == [0] + [mass] * 4
    assert all(county[v]["in_withhold_t"] > 0 for v in range(2018, 2023))


def test_permits_of_sellers_follow_what_the_statement_says_they_bought_and_sold(
    run_cli: Any, jiaxing: Path
) -> None:
    """The three firms that sold most: what the permit gained and lost of 2018, sentence by
    sentence, is what the account received and gave in sales, trades and buybacks."""
    with (jiaxing / "tables" / "firms.csv").open(encoding="utf-8-sig") as file:
        rows = [row for row in csv.DictReader(file) if row["pollutant"] == "COD"]
    rows.sort(key=lambda row: Decimal(row["sold_t"]), reverse=True)
    for firm in [row["firm"] for row in rows[:3]]:
        ran = run_cli("statement", jiaxing, "--account", firm, "--by", "year", "--json")
        told = json.loads(ran.out, parse_float=Decimal)["rows"]
        (line,) = [r for r in told if (r["pollutant"], r["vintage"]) == ("COD", 2018)]
        said = run_cli("explain", jiaxing, firm).out
        gained, lost = _shifts(said, "rises"), _shifts(said, "falls")
        assert len(lost) > 0
        net = sum(line.get(f"in_{kind}_t", 0) for kind in ("sale", "trade"))
        net -= sum(line.get(f"out_{kind}_t", 0) for kind in ("trade", "buyback", "recover"))
        # Sentences are rounded to the kilogram.
        assert abs(sum(gained) - sum(lost) - net) < Decimal("0.001") * len(gained + lost)


def _shifts(said: str, word: str) -> list[Decimal]:
    """Changes of the permit's limit of COD [t]."""
    return [
        Decimal(line.split(f" {word} by ")[1].split(" t ")[0].replace(",", ""))
        for line in said.splitlines()
        if f"chemical oxygen demand {word} by " in line
    ]


def test_the_run_s_tables_agree_with_its_entries(run_cli: Any, jiaxing: Path) -> None:
    assert run_cli("audit", jiaxing).code == 0
