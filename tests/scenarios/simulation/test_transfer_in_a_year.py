"""A sale between two firms in a simulated year, worked out by hand.

Both emit 0.1 t a day (36.5 t a year). S holds 100 t, B 6.5 t. On 10 February, after the swipe of
the 41st day, B has 2.4 t left and needs 32.4 t: 30 t are missing. At a replacement ratio of 1.5 it
acquires 45 t, and bids 3,000 / 1.5 = 2,000 yuan; S asks nothing, and half way between they trade
at 1,000 yuan/t: 45,000 yuan. The platform keeps 5 % of it, 2,250 yuan.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from functools import cache

from permits.account import cash, escrow, holding, retired
from permits.ledger import Entry, Reason
from tests.scenarios.simulation.small_years import Year, moved_t, on, paid_fen, play, small

EXCHANGE = "exchange:platform"
SELLER = {"id": "S", "baseline": {"X": "36.5 t"}, "opening": {"X": "100 t"}}
BUYER = {"id": "B", "sector": "works", "baseline": {"X": "36.5 t"}, "opening": {"X": "6.5 t"}}
PRICES = {"X": {"reference_price": "1000.00", "shortfall_charge": "3000.00"}}


@cache
def _year(*sets: str) -> Year:
    """Delivered after three days, and on the permit two days later."""
    stated = small(
        [SELLER, BUYER],
        pollutant=PRICES,
        sector=[{"id": "all"}, {"id": "works"}],
        market={"ratio": 1.5, "fee": 0.05, "trade_delay_days": 3, "cash_years": 3},
        licence={"change_delay_days": 2},
        session=[{"kind": "secondary", "rule": "call_double", "dates": ["2017-02-10"]}],
    )
    return play(stated, *sets)


def _trade(year: Year) -> Entry:
    (entry,) = year.entries(Reason.TRADE)
    return entry


def test_the_seller_gives_the_ratio_s_multiple_and_what_is_not_needed_retires() -> None:
    entry, right = _trade(_year()), _year().right(2017)
    assert moved_t(entry, escrow("S"), right) == -45
    assert moved_t(entry, holding("B"), right) == 30
    assert moved_t(entry, retired("B"), right) == 15
    (row,) = _year().rows("trades")
    assert (row["mass_t"], row["retired_t"]) == (45 * 10**9, 15 * 10**9)


def test_a_sector_s_own_ratio_comes_before_the_market_s() -> None:
    """1.2 x 30 t = 36 t at half of 3,000 / 1.2 = 1,250 yuan/t: 45,000 yuan again.

    The seller's sector's ratio does not matter.
    """
    entry = _trade(_year("sector.1.ratio=1.2", "sector.0.ratio=2"))
    assert moved_t(entry, escrow("S"), _year().right(2017)) == -36
    assert moved_t(entry, retired("B"), _year().right(2017)) == 6
    assert paid_fen(entry, escrow("B")) == -4_500_000


def test_without_a_ratio_nothing_retires() -> None:
    """30 t at half of 3,000 yuan."""
    entry = _trade(_year("market.ratio=1"))
    assert moved_t(entry, holding("B"), _year().right(2017)) == 30
    assert moved_t(entry, retired("B"), _year().right(2017)) == 0
    assert paid_fen(entry, escrow("B")) == -4_500_000


def test_the_buyer_pays_the_price_and_the_platform_keeps_its_fee() -> None:
    entry = _trade(_year())
    assert paid_fen(entry, escrow("B")) == -4_500_000
    assert paid_fen(entry, cash("S")) == 4_275_000
    assert paid_fen(entry, cash(EXCHANGE)) == 225_000
    (row,) = _year().rows("trades")
    assert (row["price_yuan_per_t"], row["money_yuan"]) == (100_000, 4_500_000)


def test_a_seller_raises_its_ask_by_the_fee() -> None:
    """S holds 36.5 t, which it needs; each tonne it sells it abates for 190 yuan.

    With a fee of 5 % it asks 200 yuan, and half way to B's 2,000 yuan the price is 1,100 yuan;
    without a fee it is 1,095 yuan.
    """
    seller = {**SELLER, "opening": {"X": "36.5 t"}, "curve": {"a_yuan": 190}}
    for fee, price in ((0.05, 110_000), (0, 109_500)):
        year = play(
            small(
                [seller, BUYER],
                pollutant=PRICES,
                sector=[{"id": "all"}, {"id": "works"}],
                market={"ratio": 1.5, "fee": fee, "cash_years": 8, "lot": "36.5 t"},
                build={"parts": True},
                session=[{"kind": "secondary", "rule": "call_double", "dates": ["2017-01-01"]}],
            )
        )
        assert {row["price_yuan_per_t"] for row in year.rows("trades")} == {price}


def test_rights_and_money_change_hands_after_the_trade_s_delay() -> None:
    """18 days after 10 February is the 28th, on whose evening the month's emission is posted, from
    what has come that morning; a day later it comes after that."""
    for days, first in ((0, Reason.TRADE), (18, Reason.TRADE), (19, Reason.SWIPE)):
        year = _year(f"market.trade_delay_days={days}")
        order = [e.reason for e in year.journal() if e.on > on("2017-01-31")]
        assert next(r for r in order if r in (Reason.TRADE, Reason.SWIPE)) is first
    assert [row["date"] for row in _year().rows("trades")] == [on("2017-02-10")]


def test_a_delivery_is_dated_the_day_on_which_it_is_made() -> None:
    assert _trade(_year()).on == on("2017-02-13")


def test_the_buyer_s_permit_rises_by_what_it_may_use_when_the_change_takes_effect() -> None:
    """6.5 t, and from 15 February on 30 t more: three days to delivery, two for the permit."""
    assert _year().limit_t("B", 2017, date(2017, 2, 14)) == Fraction("6.5")
    assert _year().limit_t("B", 2017, date(2017, 2, 15)) == Fraction("36.5")
    soon = _year("licence.change_delay_days=0")
    assert soon.limit_t("B", 2017, date(2017, 2, 12)) == Fraction("6.5")
    assert soon.limit_t("B", 2017, date(2017, 2, 13)) == Fraction("36.5")


def test_the_buyer_s_card_is_topped_up_with_its_permit() -> None:
    (event,) = _year().events("swipe.topped_up")
    assert (event.who, event.on, event.values["mass"]) == ("B", on("2017-02-15"), "30")
    (soon,) = _year("licence.change_delay_days=0").events("swipe.topped_up")
    assert soon.on == on("2017-02-13")


def test_the_seller_s_card_is_reduced_on_the_day_of_the_trade() -> None:
    (event,) = _year().events("swipe.withdrawn")
    assert (event.who, event.on, event.values["mass"]) == ("S", on("2017-02-10"), "45")


def test_nobody_emits_more_or_less_for_the_delay() -> None:
    """B's own 6.5 t last to 6 March: nothing is stopped. S is left with 55 t, of which 18.5 t
    expire."""
    rows = {row["firm"]: row for row in _year().rows("firms")}
    assert (rows["B"]["stopped_t"], rows["B"]["emitted_t"]) == (0, 36_500_000_000)
    assert (rows["B"]["bought_t"], rows["S"]["sold_t"]) == (30 * 10**9, 45 * 10**9)
    (gone,) = _year().entries(Reason.EXPIRE)
    assert moved_t(gone, holding("S"), _year().right(2017)) == Fraction("-18.5")


def test_a_permit_delayed_beyond_the_rights_stops_the_buyer() -> None:
    """The 6.5 t of B are used on the 65th day, 6 March. Delivered on 10 March and on the permit
    on 12 March, the right is used again from that day on: five days of 0.1 t are stopped."""
    rows = _year("market.trade_delay_days=28").rows("firms")
    (buyer,) = [row for row in rows if row["firm"] == "B"]
    assert buyer["stopped_t"] == 500_000_000


def test_the_seller_s_permit_falls_by_all_it_gives() -> None:
    """100 t, and from 15 February on 45 t less, as the buyer's permit rises."""
    assert _year().limit_t("S", 2017, date(2017, 2, 14)) == 100
    assert _year().limit_t("S", 2017, date(2017, 2, 15)) == 55
