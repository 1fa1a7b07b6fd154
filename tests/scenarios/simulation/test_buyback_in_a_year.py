"""Surplus returned to the reserve in a simulated year, worked out by hand.

Firm A emits 1 t a day (365 t in 2017 and in 2018) and holds 465 t of each vintage: after the
swipe of 1 July it has used 182 t and needs 183 t, so 283 - 183 = 100 t are spare.
"""

from __future__ import annotations

from functools import cache

from permits.account import WORLD, cash, holding, reserve
from permits.ledger import Reason
from permits.right import FREE, PAID
from tests.scenarios.simulation.small_years import Year, moved_t, on, paid_fen, play, small

A = {"id": "A", "baseline": {"X": "365 t"}, "opening": {"X": "465 t"}}
CITY = "city:all"


@cache
def _year(*sets: str) -> Year:
    """Three vintages of 465 t; surplus is bought on 1 July 2017, a quarter is kept."""
    stated = small(
        [A], rights={"term_years": 3}, buyback={"dates": ["2017-07-01"], "keep": 0.25}
    )  # fmt: skip
    return play(stated, *sets)


def test_three_quarters_of_the_spare_rights_go_back_of_every_vintage_left() -> None:
    (entry,) = _year().entries(Reason.BUYBACK)
    assert entry.on == on("2017-07-01")
    for vintage in (2017, 2018, 2019):
        right = _year().right(vintage)
        assert moved_t(entry, holding("A"), right) == -75
        assert moved_t(entry, reserve(CITY), right) == 75
    assert moved_t(entry, reserve(CITY), _year().right(2020)) == 0


def test_the_price_is_what_existing_firms_pay_for_each_vintage_left() -> None:
    """30 % of 1,000 yuan/t x 75 t x three vintages: 67,500 yuan, from the city's own fees."""
    (entry,) = _year().entries(Reason.BUYBACK)
    assert (paid_fen(entry, cash("A")), paid_fen(entry, cash(CITY))) == (6_750_000, -6_750_000)
    assert [e for e in _year().entries(Reason.FUND) if e.id.endswith("/buyback/fund")] == []
    # The fee of 465 t x 300 yuan x three years, less what is paid back.
    assert _year().money_fen(cash(CITY)) == 41_850_000 - 6_750_000


def test_the_paid_rate_sets_the_price_and_nothing_kept_sells_all() -> None:
    """Half the price: 500 x 100 t x 3 = 150,000 yuan."""
    (entry,) = _year("rights.paid_rate=0.5", "buyback.keep=0").entries(Reason.BUYBACK)
    assert moved_t(entry, reserve(CITY), _year().right(2017)) == 100
    assert paid_fen(entry, cash("A")) == 15_000_000


def test_in_the_second_year_two_vintages_are_left() -> None:
    """465 - 75 = 390 t of 2018: 25 t are spare, 18.75 t go back: 300 x 18.75 x 2 = 11,250 yuan."""
    year = _year("buyback.dates=[2017-07-01, 2018-07-01]", "ends=2018-12-31")
    first, second = year.entries(Reason.BUYBACK)
    assert paid_fen(first, cash("A")) == 6_750_000
    assert second.on == on("2018-07-01")
    assert moved_t(second, holding("A"), year.right(2017)) == 0
    for vintage in (2018, 2019):
        assert moved_t(second, holding("A"), year.right(vintage)) == -18.75
    assert paid_fen(second, cash("A")) == 1_125_000


def test_only_vintages_that_the_firm_holds_enough_of_are_bought() -> None:
    """36.5 t used of 100 t: 63.5 t are banked, so 163.5 t of 2018 are held and 100 t of 2019.

    After the swipe of 1 January 2018 163.4 - 36.4 = 127 t are spare: more than a later vintage
    has. 300 x 127 t x one vintage = 38,100 yuan.
    """
    firm = {"id": "A", "baseline": {"X": "36.5 t"}, "opening": {"X": "100 t"}}
    stated = small(
        [firm], ends="2018-12-31", rights={"term_years": 3, "carry_over": 1.0},
        buyback={"dates": ["2018-01-01"]},
    )  # fmt: skip
    year = play(stated)
    (entry,) = year.entries(Reason.BUYBACK)
    assert moved_t(entry, reserve(CITY), year.right(2018)) == 127
    assert moved_t(entry, reserve(CITY), year.right(2019)) == 0
    assert paid_fen(entry, cash("A")) == 3_810_000


def test_pledged_rights_are_not_bought() -> None:
    """On 1 January 464 t may be sold, half of them, 232 t, are pledged. By 1 July 181 t are
    posted, so 52 t are held: of the 100 t spare only these go back."""
    terms = {"date": "2017-01-01", "loans": 1, "term_days": 300}
    stated = small(
        [A], rights={"term_years": 1}, buyback={"dates": ["2017-07-01"]}, pledge=terms
    )  # fmt: skip
    year = play(stated)
    (entry,) = year.entries(Reason.BUYBACK)
    assert moved_t(entry, holding("A"), year.right(2017)) == -52


def test_who_has_nothing_to_spare_sells_nothing() -> None:
    """365 t held and needed."""
    firm = {**A, "opening": {"X": "365 t"}}
    year = play(small([firm], buyback={"dates": ["2017-07-01"]}))
    assert year.entries(Reason.BUYBACK) == []


def test_what_is_bought_back_is_taken_from_the_card_and_counted_as_sold() -> None:
    """After 1 July 465 - 75 = 390 t may be emitted in the year, so 208 t on that evening."""
    (july,) = [row for row in _year().rows("cards") if row["month"] == "2017-07"]
    # 31 t in July of what 390 - 181 t leave.
    assert (july["emitted_t"], july["left_t"]) == (31 * 10**9, 178 * 10**9)
    (row,) = _year().rows("firms")
    assert row["sold_t"] == 75 * 10**9


def test_free_rights_go_back_for_nothing_and_become_paid_ones_in_the_reserve() -> None:
    year = _year("rights.paid_share=0")
    assert year.entries(Reason.BUYBACK) == []
    (entry,) = year.entries(Reason.RECOVER)
    for vintage in (2017, 2018, 2019):
        assert moved_t(entry, holding("A"), year.right(vintage, FREE)) == -75
        assert moved_t(entry, reserve(CITY), year.right(vintage, PAID)) == 75
        assert moved_t(entry, reserve(CITY), year.right(vintage, FREE)) == 0
    assert paid_fen(entry, cash("A")) == paid_fen(entry, cash(CITY)) == 0
    assert year.money_fen(cash("A")) == 73_000_000
    (row,) = [row for row in year.rows("contracts") if row["kind"] == "recovery"]
    assert (row["mass_t"], row["money_yuan"]) == (75 * 10**9, 0)


def test_a_city_without_the_money_is_funded_with_what_it_lacks() -> None:
    """All rights are withheld; A buys 365 t at a tenth of the price on 1 January: 36,500 yuan.

    They are delivered on 11 April, after 100 days in which A may not emit: 100 t are spare. At
    the whole price they cost 100,000 yuan, 63,500 yuan more than the city has.
    """
    firm = {**A, "opening": {"X": "730 t"}}
    sale = {"kind": "auction", "rule": "uniform_price", "dates": ["2017-01-01"], "floor": 0.1}
    stated = small(
        [firm],
        pollutant={"X": {"reference_price": "1000.00", "shortfall_charge": "2000.00"}},
        rights={"term_years": 1, "withheld": 1.0, "paid_rate": 1.0},
        licence={"change_delay_days": 0},
        market={"auction_delay_days": 100, "cash_years": 3},
        session=[sale],
        buyback={"dates": ["2017-07-01"]},
    )
    year = play(stated)
    (entry,) = year.entries(Reason.BUYBACK)
    assert paid_fen(entry, cash("A")) == 10_000_000
    (fund,) = [e for e in year.entries(Reason.FUND) if e.id.endswith("/buyback/fund")]
    assert (paid_fen(fund, cash(CITY)), paid_fen(fund, WORLD)) == (6_350_000, -6_350_000)
    assert year.money_fen(cash(CITY)) == 0
