"""Sales with published outcomes, recomputed."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from market.clearing.clearing import Clearing, Unfilled
from market.clearing.order import Book, Order, Side
from market.contracts.buyback import unit_value_fen_per_t_yr
from market.contracts.lease import annuity_value, fair_rental, perpetual_value, rent_fen
from market.laboratory.equilibrium import competitive
from market.mechanisms import find_mechanisms, run_session
from market.mechanisms.headcount_share import winners
from permits.rng import stream

T = 10**9


def _book(
    bids: list[tuple[str, int, int]], supply_t: int | None, reserve: int = 0, years: int = 1
) -> Book:
    """Bids of (bidder, yuan/t, t)."""
    orders = tuple(
        Order(f"{n}", who, Side.BUY, "P", mass * T, price * 100, n)
        for n, (who, price, mass) in enumerate(bids)
    )
    supply = None if supply_t is None else supply_t * T
    return Book("P", orders, supply, reserve * 100, years)


def _clear(rule: str, book: Book, **params: object) -> Clearing:
    return run_session(find_mechanisms()[rule], book, params, rng=stream(0, "t"))


def test_lowest_accepted_bid_sets_one_price() -> None:
    """Units of 1,000 at 15, 12, 10 with floor 10: 60 sold at 12, then all 100 at 10 with 20
    unsold. [LegalPlanet2012]."""
    bids = [("c", 15, 10), ("c", 12, 50), ("c", 10, 40)]
    first = _clear("uniform_price", _book(bids, 60, 10))
    assert (first.traded_mg, first.price_fen_per_t) == (60 * T, 1200)
    assert first.money_fen * 1000 == 720_000_00
    second = _clear("uniform_price", _book(bids, 120, 10))
    assert (second.traded_mg, second.price_fen_per_t, second.unsold_mg) == (100 * T, 1000, 20 * T)
    assert second.money_fen * 1000 == 1_000_000_00


def test_the_epa_sale_of_2011_pays_as_bid(reference: Callable[[str], Path]) -> None:
    """125,000 allowances sold for 350,895.24 dollars, 2.81 on average; the largest winner
    took 67.895 %; at 2.00 for all it would have been 250,000. [EPA-SO2-2011]."""
    with (reference("auctions/epa_so2_2011_winners.csv")).open() as file:
        rows = [row for row in csv.DictReader(file) if "spot" in row["auction"].lower()]
    quantities = [int(row["quantity"]) for row in rows]
    paid = [round(float(row["amount_paid_usd"]) * 100) for row in rows]
    assert (sum(quantities), sum(paid)) == (125_000, 350_895_24)
    assert round(sum(paid) / sum(quantities) / 100, 2) == 2.81
    assert round(100 * max(quantities) / sum(quantities), 3) == 67.895
    bids = [(row["bidder"], 2, q) for row, q in zip(rows, quantities, strict=True)]
    assert _clear("uniform_price", _book(bids, 125_000, 2)).money_fen == 250_000_00


def test_the_swiss_quota_sales_clear_as_they_did(reference: Callable[[str], Path]) -> None:
    """20 sealed-bid sales, 6,213 bids, each pays its own, pro rata at the margin: every
    clearing price, every award within 2 kg, revenue 35,701,426.05 CHF; the same bids at
    one price 30,869,175. [Haefner]."""
    sales: dict[str, list[dict[str, str]]] = defaultdict(list)
    with (reference("auctions/swiss_trq_bids.csv")).open() as file:
        for row in csv.DictReader(file):
            sales[row["auction"]].append(row)
    assert len(sales) == 20
    total = uniform = 0.0
    for rows in sales.values():
        orders = tuple(
            Order(str(n), row["bidder"], Side.BUY, "P", round(float(row["qb"]) * 10**6),
                  round(float(row["pb"]) * 1000), n)
            for n, row in enumerate(rows)
        )  # fmt: skip
        supply = round(float(rows[0]["quotatot"]) * 10**6)
        clearing = _clear("pay_as_bid", Book("P", orders, supply, 0), tie="pro_rata")
        got = {fill.order.id: fill.mass_mg / 10**6 for fill in clearing.fills}
        lowest = min(fill.order.limit_fen_per_t for fill in clearing.fills)
        assert lowest == min(round(float(row["pb"]) * 1000) for row in rows if float(row["qr"]) > 0)
        for n, row in enumerate(rows):
            assert abs(got.get(str(n), 0.0) - float(row["qr"])) <= 2
        paid = sum(float(row["pr"]) for row in rows)
        # A fen per tonne of our prices is a hundred-thousandth of a franc per kg.
        assert abs(clearing.money_fen / 100 - paid) <= 0.10
        total += paid
        one = _clear(
            "uniform_price", Book("P", orders, supply, 0), tie="pro_rata",
            undersubscribed="lowest_accepted",
        )  # fmt: skip
        uniform += one.money_fen / 100
    assert total == pytest.approx(35_701_426.05, abs=0.01)
    assert uniform == pytest.approx(30_869_175, abs=30)


def test_ties_at_the_margin_go_pro_rata_or_by_arrival() -> None:
    """Supply 100; A 40 at 10; B 50, C 30, D 20 at 8; E 90 at 7: 40, 30, 18, 12 or 40, 50,
    10, 0; lowest accepted = first rejected = 8. [UKAuctionRegulations]."""
    bids = [("A", 10, 40), ("B", 8, 50), ("C", 8, 30), ("D", 8, 20), ("E", 7, 90)]
    for tie, shares in (("pro_rata", [40, 30, 18, 12]), ("seq", [40, 50, 10])):
        for price in ("lowest_accepted", "first_rejected"):
            clearing = _clear("uniform_price", _book(bids, 100), tie=tie, price=price)
            assert [fill.mass_mg // T for fill in clearing.fills] == shares
            assert clearing.price_fen_per_t == 800
        (broken,) = clearing.ties
        assert (broken.orders, broken.mass_mg, broken.filled_mg) == (3, 100 * T, 60 * T)


def test_a_call_market_trades_the_greatest_volume() -> None:
    """Bids 100 at 102, 200 at 101, 300 at 100, 400 at 99; asks 150 at 98, 200 at 99, 250 at
    100, 300 at 101: 600 at 100."""
    sides = [(Side.BUY, [(102, 100), (101, 200), (100, 300), (99, 400)]),
             (Side.SELL, [(98, 150), (99, 200), (100, 250), (101, 300)])]  # fmt: skip
    orders = tuple(
        Order(f"{side}{n}", f"{side}{n}", side, "P", mass * T, price * 100, n)
        for side, steps in sides
        for n, (price, mass) in enumerate(steps)
    )
    clearing = _clear("call_double", Book("P", orders))
    assert (clearing.traded_mg, clearing.price_fen_per_t) == (600 * T, 100_00)
    exact = competitive(orders)
    assert (exact.price_low_fen_per_t, exact.price_high_fen_per_t) == (100_00, 100_00)
    assert exact.volume_high_mg == 600 * T


@pytest.mark.parametrize(
    ("bidders", "heads"), [(5, 4), (6, 4), (15, 11), (19, 13), (25, 18), (45, 32)]
)
def test_seventy_per_cent_of_heads_win_rounded_half_up(bidders: int, heads: int) -> None:
    """19 bidders gave 13 winners and 6 gave 4 [ZJ-C9] [ZJ-C25]."""
    assert winners(bidders) == heads


def test_the_electronic_sale_charges_each_its_own_bid_for_five_years() -> None:
    """(20, 5), (18, 1), (17, 8), (15, 2), (12, 4), (9, 6): 16 t sold, bill 1,420 yuan.
    [ZJ-C13]."""
    bids = [(f"b{n}", price, mass) for n, (price, mass) in
            enumerate([(20, 5), (18, 1), (17, 8), (15, 2), (12, 4), (9, 6)])]  # fmt: skip
    clearing = _clear("headcount_share", _book(bids, None, 0, 5))
    assert clearing.traded_mg == 16 * T
    assert clearing.money_fen == 1_420_00
    assert {rest.reason for rest in clearing.rests} == {Unfilled.HEAD_COUNT}


def test_the_last_of_ten_bids_counts_and_the_eleventh_is_refused() -> None:
    bids = [("late", price, 1) for price in range(1, 12)] + [("other", 9, 1)]
    clearing = _clear("headcount_share", _book(bids, None, 0, 5), winner_share_percent=50)
    (fill,) = clearing.fills
    assert (fill.order.trader, fill.order.limit_fen_per_t) == ("late", 10_00)
    reasons = [rest.reason for rest in clearing.rests if rest.order.trader == "late"]
    assert reasons == [Unfilled.DUPLICATE] * 9 + [Unfilled.LIMIT]


def test_where_winners_want_more_than_there_is_the_lowest_ranked_is_cut() -> None:
    bids = [("a", 9, 4), ("b", 8, 4), ("c", 7, 4)]
    clearing = _clear("headcount_share", _book(bids, 5, 0, 5))
    assert [fill.mass_mg // T for fill in clearing.fills] == [4, 1]
    assert [rest.reason for rest in clearing.rests] == [Unfilled.SUPPLY, Unfilled.HEAD_COUNT]


def test_a_right_is_worth_its_rentals() -> None:
    """Rental 100 a year at 5 % for 20 years: 1,246.22 at the years' ends, 1,308.53 in
    advance, 886.325 after 8 years, 2,000 without end."""
    assert annuity_value(100, 0.05, 20) == pytest.approx(1246.22, abs=0.005)
    assert annuity_value(100, 0.05, 20, in_advance=True) == pytest.approx(1308.53, abs=0.005)
    assert annuity_value(100, 0.05, 12) == pytest.approx(886.325, abs=0.001)
    assert perpetual_value(100, 0.05) == pytest.approx(2000)
    assert fair_rental(1246.2210342539, 0.05, 20) == pytest.approx(100, abs=1e-4)


def test_two_zhejiang_deals() -> None:
    """Yongkang 2017: 135,000 yuan for 51.2 + 39.9 t/yr is 1,482 yuan per t/yr [ZJ-Z4].
    Jiaxing 2018: two months at twice the price p is p t / 3 [ZJ-C3]."""
    assert round(unit_value_fen_per_t_yr(135_000_00, 91_100_000_000) / 100) == 1482
    assert rent_fen(5 * T, 3000_00, 2, 2) == 3000_00 * 5 // 3
