"""Totals of a year against its tables and its journal: every sum, price and count."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any

import pytest

from permits.account import Pocket
from permits.ledger import Reason
from permits.right import Right
from scenarios.results.summary import FrictionRow, MarketTotals, YearSummary
from scenarios.simulation.year_results import issued_by_pollutant_mg, summarise_year
from tests.scenarios.simulation.small_years import FEW_DYERS, Year, play

T = 10**9


@pytest.fixture(scope="module")
def year() -> Year:
    """A year with sales of five vintages, sessions, leases, buybacks, loans and defaults."""
    return play(*FEW_DYERS, "pledge.failing=1")


@pytest.fixture(scope="module")
def summary(year: Year) -> YearSummary:
    return summarise_year(year.world, year.evaluation, ("a", "b"))  # type: ignore[arg-type]


def _totals(rows: list[dict[str, Any]], mass: str, money: str) -> MarketTotals:
    """Count, mass, money, and money by mass and vintage, to the nearest fen."""
    assert rows
    masses = [(row[mass], _vintages(row)) for row in rows]
    paid, of_each = sum(row[money] for row in rows), sum(m * years for m, years in masses)
    price = round(Fraction(paid * T, of_each)) if of_each else None
    return MarketTotals(len(rows), sum(m for m, _ in masses), paid, price)


def _vintages(row: dict[str, Any]) -> int:
    if "years" in row:
        return int(row["years"])
    span = [int(year) for year in row["product"].split(" ")[1].split("-")]
    return span[-1] - span[0] + 1


@pytest.mark.parametrize("kind", ["auction", "secondary"])
def test_sessions_are_summed_by_kind(year: Year, summary: YearSummary, kind: str) -> None:
    rows = [row for row in year.rows("sessions") if row["kind"] == kind]
    assert getattr(summary.market, kind) == _totals(rows, "traded_t", "money_yuan")


@pytest.mark.parametrize("kind", ["lease", "buyback", "pledge"])
def test_contracts_are_summed_by_kind(year: Year, summary: YearSummary, kind: str) -> None:
    rows = [row for row in year.rows("contracts") if row["kind"] == kind]
    assert getattr(summary.market, kind) == _totals(rows, "mass_t", "money_yuan")


def test_loans_in_default_are_counted(year: Year, summary: YearSummary) -> None:
    assert summary.market.pledges_defaulted == sum(
        pledge.state in ("defaulted", "sold") for pledge in year.world.contracts.pledges.values()
    )


def test_the_ledger_s_totals_are_those_of_its_journal(year: Year, summary: YearSummary) -> None:
    issued = Counter[str]()
    for entry in year.journal():
        for leg in entry.legs:
            if leg.account.pocket is Pocket.ISSUED and isinstance(leg.asset, Right):
                issued[leg.asset.pollutant] -= leg.delta * (leg.asset.vintage == 2018)
    assert dict(summary.ledger.issued_mg) == dict(issued)
    assert issued_by_pollutant_mg(year.world, 2018) == list(summary.ledger.issued_mg.values())
    assert summary.ledger.entries == len(year.journal())
    assert summary.ledger.violations == ("a", "b")
    paid = [row for row in year.rows("payments") if row["paid_for"] == "opening rights"]
    assert summary.ledger.opening_paid_fen == sum(row["money_yuan"] for row in paid) > 0


def test_swipes_and_warnings_are_counted(year: Year, summary: YearSummary) -> None:
    cards = year.rows("cards")
    told = summary.swipes
    assert told.count == len(year.entries(Reason.SWIPE))
    assert told.emitted_mg == sum(row["emitted_t"] for row in year.rows("firms")) > 0
    assert told.warnings == sum(row["warned80"] + row["warned90"] for row in cards) > 0
    assert told.shut == sum(row["shut"] for row in cards) > 0
    assert told.curtailed == sum(row["curtailed"] for row in cards)


def test_frictions_are_those_that_were_given(year: Year, summary: YearSummary) -> None:
    assert summary.frictions == ()
    rows: Any = ("one", "two")
    told: tuple[FrictionRow, ...] = summarise_year(year.world, year.evaluation, (), rows).frictions
    assert told == rows


def test_costs_are_told_in_whole_fen(year: Year, summary: YearSummary) -> None:
    costs, verdict = summary.evaluation, year.evaluation
    assert (costs.no_trade_fen, costs.realised_fen, costs.optimum_fen) == (
        round(verdict.alone), round(verdict.realised), round(verdict.optimum),
    )  # fmt: skip
    assert (costs.efficiency, costs.cost_over_least_cost) == (
        verdict.efficiency, verdict.cost_over_least_cost,
    )  # fmt: skip


def test_what_flows_into_a_node_flows_out_of_it(year: Year) -> None:
    """But for those where rights begin and end."""
    net = Counter[tuple[str, str]]()
    for row in year.rows("flow"):
        assert row["vintage"] == 2018
        net[row["pollutant"], row["origin"]] -= row["mass_t"]
        net[row["pollutant"], row["target"]] += row["mass_t"]
    ends = {"Issued", "Expired", "Surrendered", "Retired by ratio", "Retired for the target"}
    assert {node for _, node in net} >= {"Firms", "Reserve", "Electronic sale", "Leases, used",
                                         "Back to the reserve"}  # fmt: skip
    assert {node: mass for node, mass in net.items() if node[1] not in ends and mass} == {}
