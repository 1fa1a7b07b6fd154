"""Loans on rights in a simulated year, worked out by hand.

A emits 0.1 t a day (36.5 t a year) and holds 100.1 t of two vintages: after the swipe of 1
January 100 t may be sold, and half of them, 50 t, are pledged. B holds nothing, so nobody
else can be drawn as a borrower; it wants to emit 0.2 t a day, and values a tonne at 1,600 yuan.
A sells nothing itself.

On 14 July B still needs 34 t: it bids 1,600 yuan, the bank asks the expected 1,000, and half
way between 34 t change hands at 1,300 yuan: 44,200 yuan. A year later 1,300 yuan are expected,
and 34 t of the next vintage change hands at 1,450 yuan: 49,300 yuan.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

import pytest

from permits.account import WORLD, cash, escrow, expired, holding, pledged
from permits.ledger import Entry, Reason
from tests.scenarios.simulation.small_years import Year, moved_t, on, paid_fen, play, small

T = 10**9
BANK = "bank:x"
FIRMS = [
    {"id": "A", "baseline": {"X": "36.5 t"}, "opening": {"X": "100.1 t"}},
    {"id": "B", "baseline": {"X": "73 t"}, "opening": {"X": "0 t"}},
]


@cache
def _year(*sets: str) -> Year:
    """2017, with a loan of three quarters from 1 January to 30 June, and a session."""
    return play(_stated(FIRMS), *sets)


def _stated(firms: list[dict[str, Any]]) -> dict[str, Any]:
    sale = {"kind": "secondary", "rule": "call_double", "dates": ["2017-07-14"]}
    return small(
        firms,
        rights={"term_years": 2},
        pollutant={"X": {"reference_price": "1000.00", "shortfall_charge": "1600.00"}},
        traders={"default": "hoarder"},
        pledge={"date": "2017-01-01", "loans": 1, "bank": BANK},
        session=[sale],
    )


def _defaulted(loan_to_value: float = 0.75) -> Year:
    """A drawn to fail; two years with a session in each."""
    dates = "session.0.dates=[2017-07-14, 2018-07-14]"
    share = f"pledge.loan_to_value={loan_to_value}"
    return _year("pledge.failing=1", "ends=2018-12-31", dates, share)


def _sold(year: Year) -> list[Entry]:
    """Trades in which the bank was paid."""
    return [entry for entry in year.entries(Reason.TRADE) if paid_fen(entry, cash(BANK))]


def test_the_loan_is_a_share_of_the_value_of_all_vintages() -> None:
    """0.75 x 50 t x two vintages x 1,000 yuan: 75,000 yuan. A fifth: 20,000 yuan."""
    for share, loan_fen in ((0.75, 7_500_000), (0.2, 2_000_000)):
        year = _year(f"pledge.loan_to_value={share}")
        (start,) = year.entries(Reason.PLEDGE)
        assert start.on == on("2017-01-01")
        assert (paid_fen(start, cash("A")), paid_fen(start, cash(BANK))) == (loan_fen, -loan_fen)
        for vintage in (2017, 2018):
            assert moved_t(start, pledged("A"), year.right(vintage)) == 50
            assert moved_t(start, holding("A"), year.right(vintage)) == -50


def test_on_the_due_day_loan_and_interest_are_repaid_and_the_rights_are_free() -> None:
    """Interest of 4.35 % for 180 days of 360: 75,000 x 1.02175 = 76,631.25 yuan, on 30 June."""
    (end,) = _year().entries(Reason.RELEASE)
    assert end.on == on("2017-06-30")
    assert (paid_fen(end, cash("A")), paid_fen(end, cash(BANK))) == (-7_663_125, 7_663_125)
    for vintage in (2017, 2018):
        assert moved_t(end, holding("A"), _year().right(vintage)) == 50
        assert moved_t(end, pledged("A"), _year().right(vintage)) == -50
    assert _year().entries(Reason.DEFAULT) == []
    (row,) = _year().rows("contracts")
    assert (row["begins"], row["ends"]) == (on("2017-01-01"), on("2017-06-30"))
    assert (row["state"], row["money_yuan"]) == ("repaid", 7_500_000)


def test_rate_and_term_make_the_debt() -> None:
    """Ten per cent for 90 days of 360: 75,000 x 1.025 = 76,875 yuan, on 1 April."""
    (end,) = _year("pledge.rate=0.1", "pledge.term_days=90").entries(Reason.RELEASE)
    assert (end.on, paid_fen(end, cash(BANK))) == (on("2017-04-01"), 7_687_500)


def test_a_loan_is_repaid_to_the_last_fen_of_cash_and_defaults_below() -> None:
    """Without interest 75,000 yuan are due, and the loan is still in hand. With any they are
    not: nothing else is in cash. No cash is lost, as the loan was not drawn to fail."""
    poor = ("market.cash_years=0",)
    repaid, defaulted = (_year(*poor, f"pledge.rate={rate}") for rate in (0, 0.0001))
    assert paid_fen(repaid.entries(Reason.RELEASE)[0], cash(BANK)) == 7_500_000
    assert repaid.entries(Reason.DEFAULT) == []
    assert defaulted.entries(Reason.DEFAULT)[0].on == on("2017-06-30")
    assert [e for e in defaulted.entries(Reason.FUND) if e.id.endswith("/loss")] == []
    assert defaulted.money_fen(cash("A")) == 7_500_000


def test_who_is_drawn_to_fail_loses_all_cash_first() -> None:
    """Two years of 36.5 t at 1,000 yuan, and the loan of 75,000 yuan: 148,000 yuan."""
    (loss,) = [e for e in _defaulted().entries(Reason.FUND) if e.id.endswith("/loss")]
    assert loss.on == on("2017-06-30")
    assert (paid_fen(loss, cash("A")), paid_fen(loss, WORLD)) == (-14_800_000, 14_800_000)


def test_in_default_the_collateral_passes_to_the_bank_s_escrow() -> None:
    year = _defaulted()
    (entry,) = year.entries(Reason.DEFAULT)
    assert entry.on == on("2017-06-30")
    for vintage in (2017, 2018):
        assert moved_t(entry, pledged("A"), year.right(vintage)) == -50
        assert moved_t(entry, escrow(BANK), year.right(vintage)) == 50


def test_pledged_rights_that_were_used_are_no_longer_collateral() -> None:
    """A of 0.3 t a day holds 100.3 t, and pledges 50 t of the 100 t left on 1 January. By 30 June
    54.3 t are used: 50.3 t its own, and 4 t of the pledge, which leaves 46 t of 2017."""
    firm = {"id": "A", "baseline": {"X": "109.5 t"}, "opening": {"X": "100.3 t"}}
    terms = {"date": "2017-01-01", "loans": 1, "failing": 1, "bank": BANK}
    year = play(small([firm], rights={"term_years": 2}, pledge=terms))
    entry = year.entries(Reason.DEFAULT)[0]
    assert moved_t(entry, escrow(BANK), year.right(2017)) == 46
    assert moved_t(entry, escrow(BANK), year.right(2018)) == 50


def test_the_next_session_sells_collateral_at_the_expected_price_or_better() -> None:
    first = _sold(_defaulted())[0]
    assert first.on == on("2017-07-14")
    assert moved_t(first, escrow(BANK), _defaulted().right(2017)) == -34
    assert moved_t(first, holding("B"), _defaulted().right(2017)) == 34
    assert (paid_fen(first, cash(BANK)), paid_fen(first, escrow("B"))) == (4_420_000, -4_420_000)


@pytest.mark.parametrize(("floor", "price_fen"), [(0.5, 105_000), (1.2, 140_000)])
def test_where_a_policy_sets_a_floor_the_bank_asks_the_floor(floor: float, price_fen: int) -> None:
    """Half way between the floor of 500 or 1,200 yuan and B's 1,600."""
    policy = f"policy=[{{rule='price_collar', params={{floor={floor}, ceiling=10}}}}]"
    (first, *_) = _sold(_year("pledge.failing=1", policy))
    assert paid_fen(first, cash(BANK)) == 34 * price_fen


def test_a_bank_asks_no_more_than_a_policy_s_ceiling() -> None:
    """A ceiling of 800 yuan, below the expected 1,000: half way to B's 1,600 lie 1,200 yuan."""
    policy = "policy=[{rule='price_collar', params={floor=0, ceiling=0.8}}]"
    (first, *_) = _sold(_year("pledge.failing=1", policy))
    assert paid_fen(first, cash(BANK)) == 34 * 120_000


def test_the_platform_s_fee_is_not_set_against_the_debt() -> None:
    """A tenth of 44,200 yuan is the platform's: 39,780 yuan of a debt of 40,870 yuan come in,
    and 1,090 are owed. The government's 15,000 yuan leave 13,910 to A."""
    year = _year("pledge.failing=1", "market.fee=0.1", "pledge.loan_to_value=0.4")
    (first,) = _sold(year)
    assert paid_fen(first, cash(BANK)) == 3_978_000
    (row,) = year.rows("contracts")
    assert (row["received_yuan"], row["surplus_yuan"]) == (3_978_000 + 1_500_000, 1_391_000)


def test_the_defaulted_mass_is_taken_from_the_borrower_s_card() -> None:
    """50.1 t of 2017 are left to A, of which 36.5 t are emitted in the year and 13.6 t expire."""
    (taken,) = [e for e in _defaulted().events("swipe.withdrawn") if e.who == "A"]
    assert (taken.on, taken.values["mass"]) == (on("2017-06-30"), "50")
    assert _defaulted().held_t(expired("A"), 2017) == Fraction("13.6")


def test_collateral_is_sold_in_several_sessions_until_the_debt_is_paid() -> None:
    """76,631.25 yuan are due; 44,200 yuan come in in 2017 and 49,300 yuan in 2018.

    16,868.75 yuan are A's, and so are the 16 t of 2018 that found no buyer.
    """
    year = _defaulted()
    first, second = _sold(year)
    assert (first.on, second.on) == (on("2017-07-14"), on("2018-07-14"))
    assert moved_t(second, escrow(BANK), year.right(2018)) == -34
    assert paid_fen(second, cash(BANK)) == 4_930_000
    (end,) = year.entries(Reason.RELEASE)
    assert (end.on, paid_fen(end, cash("A"))) == (on("2018-07-14"), 1_686_875)
    assert paid_fen(end, cash(BANK)) == -1_686_875
    assert moved_t(end, holding("A"), year.right(2018)) == 16
    (row,) = year.rows("contracts")
    assert (row["state"], row["sold_t"], row["returned_t"]) == ("sold", 68 * T, 16 * T)
    assert (row["received_yuan"], row["surplus_yuan"]) == (9_350_000, 1_686_875)
    assert row["owed_yuan"] == 0
    assert [event.values["debt"] for event in year.events("pledge.sold")] == [
        "76631.25", "32431.25"
    ]  # fmt: skip


def test_collateral_of_a_year_that_ends_expires_and_does_not_stay_in_escrow() -> None:
    """16 t of 2017 found no buyer in 2017."""
    year = _defaulted()
    assert year.held_t(expired(BANK), 2017) == 16
    assert [year.held_t(escrow(BANK), vintage) for vintage in (2017, 2018)] == [0, 0]


def test_unsold_collateral_is_carried_over_as_other_rights_are() -> None:
    """A half of 16 t: 8 t of 2017 expire, and 8 t more of 2018 are there to sell: of 58 t
    34 t are sold, and 24 t return."""
    year = _year(
        "pledge.failing=1", "ends=2018-12-31", "rights.carry_over=0.5",
        "session.0.dates=[2017-07-14, 2018-07-14]", "licence.change_delay_days=0",
    )  # fmt: skip
    assert year.held_t(expired(BANK), 2017) == 8
    (end,) = year.entries(Reason.RELEASE)
    assert moved_t(end, holding("A"), year.right(2018)) == 24


def test_proceeds_above_the_debt_and_what_is_unsold_are_the_borrower_s() -> None:
    """A tenth is lent: 10,000 x 1.02175 = 10,217.50 yuan are due, 44,200 yuan come in.

    33,982.50 yuan go to A, 16 t of 2017 and 50 t of 2018 are its own again, and the 16 t are
    put on its card.
    """
    year = _defaulted(0.1)
    (end,) = year.entries(Reason.RELEASE)
    assert end.on == on("2017-07-14")
    assert (paid_fen(end, cash("A")), paid_fen(end, cash(BANK))) == (3_398_250, -3_398_250)
    assert moved_t(end, holding("A"), year.right(2017)) == 16
    assert moved_t(end, holding("A"), year.right(2018)) == 50
    assert [year.held_t(escrow(BANK), vintage) for vintage in (2017, 2018)] == [0, 0]
    (row,) = year.rows("contracts")
    assert row["state"] == "sold"
    (topped,) = [e for e in year.events("swipe.topped_up") if e.who == "A"]
    assert (topped.on, topped.values["mass"]) == (on("2017-07-14"), "16")
    assert len(_sold(year)) == 1, "nothing is sold once the debt is paid"


def test_the_surplus_waits_for_the_money() -> None:
    """Delivered five days after the session, and settled on that day."""
    year = _year("pledge.failing=1", "pledge.loan_to_value=0.1", "market.trade_delay_days=5")
    (end,) = year.entries(Reason.RELEASE)
    assert (end.on, paid_fen(end, cash("A"))) == (on("2017-07-19"), 3_398_250)


def test_what_would_be_delivered_after_its_year_is_not_offered() -> None:
    """A session of 29 December delivers on 3 January."""
    late = "session.0.dates=[2017-12-29]"
    assert _sold(_year("pledge.failing=1", late, "market.trade_delay_days=5")) == []
    assert len(_sold(_year("pledge.failing=1", late))) == 1


def test_at_the_end_the_government_buys_later_vintages_and_pays_bank_and_borrower() -> None:
    """Of 76,631.25 yuan 32,431.25 are owed at the end of 2017. 50 t of 2018 at the 1,000 yuan
    once paid: 32,431.25 yuan to the bank and 17,568.75 to A, and 16 t of 2017 return to it."""
    year = _year("pledge.failing=1", "rights.paid_rate=1")
    _, entry = year.entries(Reason.DEFAULT)
    assert entry.on == on("2017-12-31")
    assert moved_t(entry, escrow(BANK), year.right(2018)) == -50
    assert (paid_fen(entry, cash(BANK)), paid_fen(entry, cash("A"))) == (3_243_125, 1_756_875)
    (end,) = year.entries(Reason.RELEASE)
    assert moved_t(end, holding("A"), year.right(2017)) == 16
    assert (paid_fen(end, cash("A")), paid_fen(end, cash(BANK))) == (0, 0)
    assert [year.held_t(escrow(BANK), vintage) for vintage in (2017, 2018)] == [0, 0]
    (row,) = year.rows("contracts")
    assert (row["state"], row["surplus_yuan"], row["owed_yuan"]) == ("disposed", 1_756_875, 0)


def test_a_debt_that_the_collateral_does_not_pay_is_left_and_said() -> None:
    """At three tenths of 1,000 yuan 50 t bring 15,000: 17,431.25 yuan are still owed, nothing
    goes to A, and the 16 t of 2017 expire."""
    year = _year("pledge.failing=1", "rights.paid_rate=0.3")
    assert year.entries(Reason.RELEASE) == []
    assert year.money_fen(cash("A")) == 0
    assert year.held_t(expired(BANK), 2017) == 16
    assert [year.held_t(escrow(BANK), vintage) for vintage in (2017, 2018)] == [0, 0]
    (event,) = year.events("pledge.unpaid")
    assert (event.on, event.values["money"]) == (on("2017-12-31"), "17431.25")
    (row,) = year.rows("contracts")
    assert (row["state"], row["owed_yuan"], row["surplus_yuan"]) == ("disposed", 1_743_125, 0)


def test_where_all_vintages_end_unsold_the_debt_is_left() -> None:
    """Without a session 2017 and 2018 expire in escrow, 50 t each."""
    year = _year("pledge.failing=1", "ends=2018-12-31", "session.0.dates=[]")
    assert [year.held_t(expired(BANK), vintage) for vintage in (2017, 2018)] == [50, 50]
    (row,) = year.rows("contracts")
    assert (row["state"], row["owed_yuan"], row["sold_t"]) == ("unpaid", 7_663_125, 0)


def test_two_pledges_of_one_bank_are_kept_apart() -> None:
    """A and C pledge 50 t each, a tenth is lent, and B buys 34 t: of one pledge only, whose
    debt of 10,217.50 yuan is paid and whose 16 t return. The other has sold nothing: of it
    the government takes 50 t of 2018 for 50,000 yuan, and its 50 t of 2017 return."""
    third = {"id": "C", "baseline": {"X": "36.5 t"}, "opening": {"X": "100.1 t"}}
    year = play(
        _stated([*FIRMS, third]), "pledge.loans=2", "pledge.failing=2",
        "pledge.loan_to_value=0.1", "rights.paid_rate=1",
    )  # fmt: skip
    rows = sorted(year.rows("contracts"), key=lambda row: row["state"])
    assert [row["state"] for row in rows] == ["disposed", "sold"]
    assert [row["sold_t"] for row in rows] == [50 * T, 34 * T]
    assert [row["returned_t"] for row in rows] == [50 * T, 66 * T]
    assert [row["surplus_yuan"] for row in rows] == [3_978_250, 3_398_250]
    assert [year.held_t(escrow(BANK), vintage) for vintage in (2017, 2018)] == [0, 0]


def test_who_buys_collateral_has_its_permit_raised_and_the_borrower_s_stays() -> None:
    permits = _defaulted().world.cards.permits
    assert [permits["B"].limit_mg("X", vintage) for vintage in (2017, 2018)] == [34 * T] * 2
    assert permits["A"].limit_mg("X", 2017) == permits["A"].limits_mg["X", 2017]
