"""Costs in dollars and yuan of several years, in yuan of one."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from permits.errors import ManyErrors
from scenarios.definition.currency import in_yuan
from scenarios.planning.importers.epa_prices import deflated_to

years = st.integers(2000, 2022)
costs = st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=20)


@given(costs, years)
def test_yuan_of_the_price_year_stay_to_the_fen(cost: list[int], year: int) -> None:
    fen = np.array(cost, dtype=np.int64)
    found = in_yuan(fen, ["元"] * len(cost), [year] * len(cost))
    assert found.cost_fen.tolist() == cost
    assert (found.price_year, found.notices) == (year, ())


@given(costs)
def test_yuan_without_any_year_stay_and_nothing_is_told(cost: list[int]) -> None:
    found = in_yuan(np.array(cost, dtype=np.int64), [""] * len(cost), [None] * len(cost))
    assert (found.cost_fen.tolist(), found.price_year, found.notices) == (cost, None, ())


@given(st.integers(1, 10**9), years, years)
def test_there_and_back_is_the_same_but_for_rounding(fen: int, one: int, other: int) -> None:
    there = in_yuan(np.array([fen * 100]), ["CNY"], [one], price_year=other).cost_fen
    back = in_yuan(there, ["CNY"], [other], price_year=one).cost_fen
    assert abs(int(back[0]) - fen * 100) <= 2


@given(years, years)
def test_dollars_follow_the_deflator_and_then_the_exchange_rate(year: int, to: int) -> None:
    here, there = (
        int(in_yuan(np.array([10**12]), ["USD"], [y], price_year=to).cost_fen[0])
        for y in (year, to)
    )
    assert here / there == pytest.approx(float(deflated_to(to).factor(year)), rel=1e-9)


def test_every_rate_is_told_with_its_standing() -> None:
    """Consumer prices of 2012: 102.6 % of those of 2011."""
    found = in_yuan(
        np.array([10_000, 10_000, 10_000]), ["CNY", "美元", "RMB"], [2011, 2010, None],
        price_year=2012,
    )  # fmt: skip
    assert found.cost_fen[0] == 10_260
    assert found.cost_fen[2] == 10_000
    yuan, dollars, unsaid = found.notices
    assert "1.026000" in yuan and "assumed" in yuan
    assert "published" in dollars and "6.3125 yuan per dollar in 2012 (assumed)" in dollars
    factor = deflated_to(2012).factor(2010) * Decimal("6.3125")
    assert int(found.cost_fen[1]) == round(10_000 * factor)
    assert unsaid == "costs in yuan without a price year, taken as yuan of 2012: 1"


def test_without_a_stated_year_the_latest_of_the_table_is_taken() -> None:
    assert in_yuan(np.array([1, 1]), ["", ""], [2011, 2015]).price_year == 2015


def test_what_has_no_rate_is_refused_row_by_row() -> None:
    with pytest.raises(ManyErrors) as raised:
        in_yuan(
            np.array([1, 1, 1, 1]),
            ["gulden", "USD", "CNY", "CNY"],
            [2010, None, 1990, 2010],
            price_year=2015,
            where=lambda n: f"prices.csv, row {n + 2}",
        )
    said = [(error.code, error.where) for error in raised.value.errors]
    assert said == [
        ("prices.currency", "prices.csv, row 2"),
        ("prices.no_year", "prices.csv, row 3"),
        ("prices.no_rate", "prices.csv, row 4"),
    ]
