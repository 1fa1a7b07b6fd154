"""The end of simulated years: surrender, shortfall, fine, make-good, banking and expiry.

Firm A emits 365 t a year, and output goes on when its card is used up: what exceeds its rights is
emitted without one. Most years here are short: of 2017 only December is simulated, of 2019 only
January, each with the emission of a whole year.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

import pytest

from permits.account import (
    cash,
    escrow,
    expired,
    holding,
    issued,
    owed,
    reserve,
    surrendered,
    used,
)
from permits.ledger import Reason
from permits.right import FREE, PAID
from tests.scenarios.simulation.small_years import Year, moved_t, on, paid_fen, play, small

CITY = "city:all"
GOES_ON = {
    "sector": [{"id": "all", "stop": "curtail"}],
    "card": {"shift": "free", "curtail_to": 1.0},
}


def _stated(opening_t: int, **sections: Any) -> dict[str, Any]:
    firm = {"id": "A", "baseline": {"X": "365 t"}, "opening": {"X": f"{opening_t} t"}}
    return small([firm], **GOES_ON, **sections)


@cache
def _short(*sets: str) -> Year:
    """292 t held of each vintage, 73 t of emission without a right in 2017: a quarter of it."""
    fines = {"fine_min": "1000.00", "fine_max": "5000.00", "fine_scale": 0.5}
    short = {"begins": "2017-12-01", "rights": {"term_years": 3}, "true_up": fines}
    return play(_stated(292, **short), *sets)


def _fines(year: Year) -> list[int]:
    return [row["penalty_yuan"] for row in year.rows("true_up")]


def test_rights_used_are_surrendered_and_what_is_missing_stays_owed() -> None:
    (entry,) = _short().entries(Reason.TRUE_UP)
    assert entry.on == on("2017-12-31")
    assert moved_t(entry, surrendered("A"), _short().right(2017)) == 292
    assert _short().held_t(used("A"), 2017) == 73
    assert _short().held_t(owed("A"), 2017) == -73
    (row,) = _short().rows("true_up")
    assert (row["surrendered_t"], row["shortfall_t"]) == (292 * 10**9, 73 * 10**9)


@pytest.mark.parametrize(
    ("scale", "fine_yuan"), [(0.5, 3000), (1, 2000), (0.25, 5000), (0.1, 5000), (0, 1000)]
)
def test_the_fine_grows_with_the_share_missing_from_least_to_most(
    scale: float, fine_yuan: int
) -> None:
    """73 t of 292 t are a quarter. It is half of 0.5: 1,000 + 4,000 / 2; a quarter of 1; all of
    0.25 and more than 0.1. Without a scale the least is due."""
    assert _fines(_short(f"true_up.fine_scale={scale}")) == [100 * fine_yuan]


def test_the_fine_is_paid_to_the_city_from_cash() -> None:
    (entry,) = _short().entries(Reason.PENALTY)
    assert (paid_fen(entry, cash("A")), paid_fen(entry, cash(CITY))) == (-300_000, 300_000)
    assert paid_fen(entry, owed("A")) == 0


def test_what_cash_does_not_cover_of_a_fine_is_owed_to_the_city() -> None:
    """A two-hundredth of 365 t x 1,000 yuan is 1,825 yuan; 1,175 of 3,000 yuan are missing."""
    year = _short("market.cash_years=0.005")
    (entry,) = year.entries(Reason.PENALTY)
    assert (paid_fen(entry, cash("A")), paid_fen(entry, cash(CITY))) == (-182_500, 182_500)
    assert (paid_fen(entry, owed("A")), paid_fen(entry, owed(CITY))) == (-117_500, 117_500)
    assert year.money_fen(cash("A")) == 0
    assert [row["paid_yuan"] for row in year.rows("true_up")] == [182_500]


def test_a_policy_multiplies_the_least_and_the_most() -> None:
    """Twice 1,000 and 5,000: 2,000 + 8,000 / 2. Without a scale twice the least, and twice the
    most where the whole range is due. In force on 31 December it counts, a day earlier not."""
    twice = ('policy=[{rule = "penalty", params = {percent = 200}}]',)
    assert _fines(_short(*twice)) == [600_000]
    assert _fines(_short(*twice, "true_up.fine_scale=0")) == [200_000]
    assert _fines(_short(*twice, "true_up.fine_scale=0.1")) == [1_000_000]
    assert _fines(_short(*twice, "policy.0.to=2017-12-31")) == [600_000]
    assert _fines(_short(*twice, "policy.0.to=2017-12-30")) == [300_000]


def test_who_holds_what_it_emits_surrenders_all_and_pays_nothing() -> None:
    fines = {"fine_min": "1000.00", "fine_max": "5000.00"}
    year = play(_stated(365, begins="2017-12-01", true_up=fines))
    assert year.entries(Reason.PENALTY) == year.entries(Reason.EXPIRE) == []
    assert year.held_t(surrendered("A"), 2017) == 365
    assert [e.values["mass"] for e in year.events("true_up.compliant")] == ["365"]


def test_one_gram_less_is_a_shortfall_and_draws_the_least_fine() -> None:
    """1 g of 364.999999 t: 1,000 yuan and 4,000 x 2 x 1 / 364,999,999 yuan, less than a fen."""
    firm = {"id": "A", "baseline": {"X": "365 t"}, "opening": {"X": "364.999999 t"}}
    fines = {"fine_min": "1000.00", "fine_max": "5000.00"}
    year = play(small([firm], **GOES_ON, begins="2017-12-01", true_up=fines))
    (row,) = year.rows("true_up")
    assert (row["shortfall_t"], row["penalty_yuan"]) == (1000, 100_000)


# --- several vintages ---------------------------------------------------------------------


@cache
def _made_good() -> Year:
    return _short("true_up.make_good=true", "ends=2019-01-31")


def test_a_shortfall_is_made_good_from_the_next_vintage_and_fined_all_the_same() -> None:
    """73 t of 2018 in 2017. Then 292 - 73 = 219 t are left for 365 t: 146 t of 2019. Then
    292 - 146 = 146 t are left for 365 t, 219 t are missing, and there is no vintage 2020.

    Fined: a quarter is half of the scale; 146 / 219 and 219 / 146 are more than it: the most.
    """
    year = _made_good()
    first, second, third = year.entries(Reason.TRUE_UP)
    taken = [
        [moved_t(entry, surrendered("A"), year.right(v)) for v in (2017, 2018, 2019)]
        for entry in (first, second, third)
    ]
    assert taken == [[292, 73, 0], [0, 219, 146], [0, 0, 146]]
    assert [moved_t(first, holding("A"), year.right(v)) for v in (2017, 2018)] == [0, -73]
    assert [row["shortfall_t"] for row in year.rows("true_up")] == [73e9, 146e9, 219e9]
    assert _fines(year) == [300_000, 500_000, 500_000]


def test_what_was_made_good_is_owed_no_more() -> None:
    assert [_made_good().held_t(owed("A"), v) for v in (2017, 2018, 2019)] == [0, 0, -219]
    assert [_made_good().held_t(used("A"), v) for v in (2017, 2018, 2019)] == [0, 0, 219]


def test_without_make_good_each_vintage_stands_by_itself() -> None:
    """292 t of 365 t in each of two years; the third vintage is not touched."""
    year = _short("ends=2018-12-31")
    assert [year.held_t(surrendered("A"), v) for v in (2017, 2018, 2019)] == [292, 292, 0]
    assert [year.held_t(owed("A"), v) for v in (2017, 2018, 2019)] == [-73, -73, 0]
    assert year.held_t(holding("A"), 2019) == 292
    assert _fines(year) == [300_000, 300_000]
    assert [e.on for e in year.entries(Reason.PENALTY)] == [on("2017-12-31"), on("2018-12-31")]


@cache
def _banked(*sets: str) -> Year:
    """465 t held and as many in the reserve, of each vintage; two fifths of what is unused are
    banked."""
    rights = {"term_years": 3, "withheld": 0.5, "carry_over": 0.4}
    return play(_stated(930, rights=rights, begins="2017-12-01", ends="2019-01-31"), *sets)


def test_a_share_of_unused_rights_is_banked_and_the_rest_expires() -> None:
    """465 - 365 = 100 t: 40 t banked, 60 t expire. Then 140 t: 56 and 84 t. Then 156 t: 62.4 t
    into the vintage 2020, which was never issued, and 93.6 t."""
    year = _banked()
    assert [year.held_t(expired("A"), v) for v in (2017, 2018, 2019)] == [60, 84, Fraction("93.6")]
    assert year.held_t(holding("A"), 2020) == Fraction("62.4")
    assert [year.held_t(holding("A"), v) for v in (2017, 2018, 2019)] == [0, 0, 0]
    assert [year.held_t(surrendered("A"), v) for v in (2017, 2018, 2019)] == [365, 365, 365]


def test_banking_exchanges_vintages_at_the_issuer() -> None:
    """40 t of 2017 go back to the province, which issues as many of 2018."""
    year = _banked()
    (entry,) = [
        e for e in year.entries(Reason.CONVERT)
        if moved_t(e, holding("A"), year.right(2017))
    ]  # fmt: skip
    assert entry.on == on("2017-12-31")
    assert moved_t(entry, holding("A"), year.right(2017)) == -40
    assert moved_t(entry, issued("province"), year.right(2017)) == 40
    assert moved_t(entry, holding("A"), year.right(2018)) == 40
    assert moved_t(entry, issued("province"), year.right(2018)) == -40


def test_the_reserve_is_banked_and_expires_as_firms_rights_do() -> None:
    """465 t: 186 banked, 279 expire. Then 651 t: 260.4 and 390.6 t. Then 725.4 t: 290.16 t into
    2020 and 435.24 t."""
    year = _banked()
    gone = [year.held_t(expired(CITY), v) for v in (2017, 2018, 2019)]
    assert gone == [279, Fraction("390.6"), Fraction("435.24")]
    assert year.held_t(reserve(CITY), 2020) == Fraction("290.16")


def test_without_banking_all_that_is_unused_expires_at_its_year_s_end() -> None:
    year = _banked("rights.carry_over=0", "ends=2018-12-31")
    assert [year.held_t(expired("A"), v) for v in (2017, 2018, 2019)] == [100, 100, 0]
    assert [year.held_t(expired(CITY), v) for v in (2017, 2018, 2019)] == [465, 465, 0]
    assert {e.on for e in year.entries(Reason.EXPIRE)} == {on("2017-12-31"), on("2018-12-31")}
    assert year.entries(Reason.CONVERT) == []


def test_free_rights_are_banked_as_free_ones() -> None:
    year = _banked("rights.paid_share=0", "ends=2017-12-31")
    assert year.held_t(holding("A"), 2018, FREE) == 465 + 40
    assert year.held_t(holding("A"), 2018, PAID) == 0
    assert year.held_t(expired("A"), 2017, FREE) == 60


# --- several series -----------------------------------------------------------------------


@cache
def _free_and_bought(opening_t: int, sale: str, delay: int, *sets: str) -> Year:
    """A holds half of its opening rights, free; it buys paid ones of the reserve at a sale."""
    auction = {"kind": "auction", "rule": "uniform_price", "dates": [sale], "floor": 0.1}
    stated = _stated(
        opening_t,
        pollutant={"X": {"reference_price": "1000.00", "shortfall_charge": "2000.00"}},
        rights={"term_years": 1, "withheld": 0.5, "paid_share": 0.0},
        market={"auction_delay_days": delay},
        session=[auction],
        true_up={"fine_min": "1000.00", "fine_max": "8100.00", "fine_scale": 0.5},
    )
    return play(stated, *sets)


def test_free_rights_are_used_before_paid_ones() -> None:
    """304 t free, to the end of October, and 61 t bought on 1 January: all are used, in order."""
    year = _free_and_bought(608, "2017-01-01", 0)
    free, paid = year.right(2017, FREE), year.right(2017)
    months = [
        (moved_t(e, used("A"), free), moved_t(e, used("A"), paid))
        for e in year.entries(Reason.SWIPE)
    ]
    assert months[:2] == [(31, 0), (28, 0)]
    assert months[9:] == [(31, 0), (0, 30), (0, 31)]
    (entry,) = year.entries(Reason.TRUE_UP)
    assert moved_t(entry, surrendered("A"), free) == 304
    assert moved_t(entry, surrendered("A"), paid) == 61


def test_rights_that_come_later_in_the_year_cover_what_was_emitted_before() -> None:
    """294 t last to 21 October: 10 t are owed then. On 1 November 61 t are bought for the rest of
    the year, and delivered on 1 December: 30 t more are owed, 31 t are used, and of 40 t owed 30 t
    are covered.

    10 t are missing and 355 t were covered: 2 x 10 / 355 of 7,100 yuan are 400, besides 1,000.
    """
    year = _free_and_bought(588, "2017-11-01", 30)
    free, paid = year.right(2017, FREE), year.right(2017)
    (entry,) = year.entries(Reason.TRUE_UP)
    assert moved_t(entry, surrendered("A"), free) == 294
    assert moved_t(entry, surrendered("A"), paid) == 61
    assert moved_t(entry, holding("A"), paid) == -30
    assert moved_t(entry, owed("A"), paid) == 30
    assert year.held_t(owed("A"), 2017) == -10
    (row,) = year.rows("true_up")
    assert (row["shortfall_t"], row["penalty_yuan"]) == (10 * 10**9, 140_000)


def test_rights_sold_and_not_yet_delivered_cover_nothing() -> None:
    """Delivered two days after the year's end: 71 t are missing, 294 t were held."""
    year = _free_and_bought(588, "2017-11-01", 62)
    (row,) = year.rows("true_up")
    assert row["shortfall_t"] == 71 * 10**9
    assert year.held_t(escrow(CITY), 2017) == 61
