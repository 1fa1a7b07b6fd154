"""Leases from the reserve in a simulated year, worked out day by day.

Firm A emits 1 t a day (365 t in 2017). Half of its opening rights is withheld for the
reserve. A card asks for a lease when 90 % of the load of a month is used and no later quota is
left, or when it is shut.
"""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from functools import cache
from typing import Any

from permits.account import cash, expired, holding, leased, reserve, surrendered
from permits.ledger import Reason
from tests.scenarios.simulation.small_years import Year, moved_t, on, paid_fen, play, small

CITY = "city:all"


@cache
def _year(opening_t: int = 200, *sets: str, **lease: Any) -> Year:
    """A year with `opening_t` / 2 held by A and as much in the reserve."""
    firm = {"id": "A", "baseline": {"X": "365 t"}, "opening": {"X": f"{opening_t} t"}}
    terms = {"margin": 0.2, "unit": "1 t", "share_of_reserve": 1.0, **lease}
    rights = {"term_years": 1, "withheld": 0.5}
    return play(small([firm], rights=rights, lease=terms), *sets)


def _leases(year: Year) -> list[dict[str, Any]]:
    return [row for row in year.rows("contracts") if row["kind"] == "lease"]


def test_a_lease_begins_when_the_card_has_used_90_percent_of_its_load() -> None:
    """100 t held, 90 t used by 31 March. Of the 10 t of April 9 t are used on the 9th."""
    assert next(e.on for e in _year().events("lease.started")) == on("2017-04-09")
    assert _leases(_year())[0]["begins"] == on("2017-04-09")


def test_the_lease_is_the_shortfall_to_its_end_plus_margin_in_whole_units() -> None:
    """To 8 June 60 t are needed, 1 t is left: 59 t, with a fifth 70.8 t, in whole t 71 t.

    In whole kg it is 70.8 t; in units of 3 t 72 t; without a margin 59 t.
    """
    (entry, *_) = _year().entries(Reason.LEASE)
    right = _year().right(2017)
    assert moved_t(entry, leased("A"), right) == 71
    assert moved_t(entry, reserve(CITY), right) == -71
    for lease, mass_t in (
        ({"unit": "1 kg"}, Fraction("70.8")),
        ({"unit": "3 t"}, 72),
        ({"margin": 0.0}, 59),
    ):
        year = _year(**lease)
        assert moved_t(year.entries(Reason.LEASE)[0], leased("A"), right) == mass_t


def test_one_lease_takes_no_more_than_its_share_of_the_reserve() -> None:
    """A quarter of 100 t, whatever the unit."""
    year = _year(share_of_reserve=0.25, unit="3 t")
    assert [row["mass_t"] for row in _leases(year)] == [25 * 10**9]


def test_the_rent_is_factor_times_price_times_mass_times_months_and_the_city_s() -> None:
    """2 x 1,000 yuan/t x 71 t x 2/12 = 23,666.67 yuan.

    Three months at 1.5, no margin: 90 t needed to 8 July, 1 t left, 89 t;
    1.5 x 1,000 x 89 x 3/12 = 33,375 yuan.
    """
    longer = _year(months=3, price_factor=1.5, margin=0.0)
    for year, rent_fen in ((_year(), 2_366_667), (longer, 3_337_500)):
        entry = year.entries(Reason.LEASE)[0]
        assert (paid_fen(entry, cash("A")), paid_fen(entry, cash(CITY))) == (-rent_fen, rent_fen)
        assert _leases(year)[0]["money_yuan"] == rent_fen


def test_two_months_end_the_day_before_the_same_day() -> None:
    """9 April to 8 June, the last day of use; what is unused goes back on the 9th."""
    row = _leases(_year())[0]
    assert (row["begins"], row["ends"]) == (on("2017-04-09"), on("2017-06-08"))
    (end, *_) = _year().entries(Reason.LEASE_END)
    assert end.on == on("2017-06-09")


def test_no_lease_outlives_its_vintage() -> None:
    """320 t held, 304 t used by the end of October: 16 t are left, 15 t used by 15 November.

    To 31 December 46 t are needed, 1 t is left: 45 t, without a margin. Two months would end on
    14 January. Nothing is returned, since all of it is used.
    """
    year = _year(640, margin=0.0)
    (row,) = _leases(year)
    assert (row["begins"], row["ends"]) == (on("2017-11-15"), on("2017-12-31"))
    assert (row["mass_t"], row["returned_t"], row["state"]) == (45 * 10**9, 0, "ended")


@cache
def _by_month(*sets: str, opening_t: int = 240, **lease: Any) -> Year:
    """120 t held as 10 t a month; nothing is shifted, so the card is shut on 10 January."""
    return _year(opening_t, "card.shift=none", *sets, **{"margin": 0.0, **lease})


def test_the_unused_part_goes_back_to_the_reserve_it_came_from() -> None:
    """Leased on 10 January for 76 t: 58 t needed to 9 March less 20 t quota, doubled.

    Used from it: 21 t in January, 28 t in February, 9 t in March. 18 t go back on 10 March,
    and from then on the lessee has its own 110 t.
    """
    year = _by_month(margin=1.0)
    right = year.right(2017)
    start = year.entries(Reason.LEASE)[0]
    assert (start.on, moved_t(start, leased("A"), right)) == (on("2017-01-10"), 76)
    (end, *_) = year.entries(Reason.LEASE_END)
    assert (end.id, end.on) == ("2017-01-10/A/X/lease/end", on("2017-03-10"))
    assert moved_t(end, leased("A"), right) == -18
    assert moved_t(end, reserve(CITY), right) == 18
    drawn = [moved_t(e, leased("A"), right) for e in year.entries(Reason.SWIPE)[1:4]]
    assert drawn == [-21, -28, -9]
    first = _leases(year)[0]
    assert (first["returned_t"], first["state"]) == (18 * 10**9, "ended")


def test_at_the_year_s_end_what_is_unused_goes_back_before_the_true_up() -> None:
    """Of 600 t 120 t are held and 480 t in the reserve. On 10 January, for twelve months and so
    to 31 December, 355 t are needed and 110 t are quota: 245 t, with half as much again 367.5 t.
    355 t are used, leased ones first: 12.5 t go back and expire with the reserve's 112.5 t; the
    firm's own 110 t expire too.
    """
    terms = {"months": 12, "margin": 0.5, "unit": "1 kg", "price_factor": 1.0}
    year = _by_month("rights.withheld=0.8", opening_t=600, **terms)
    right = year.right(2017)
    assert [row["mass_t"] for row in _leases(year)] == [367_500_000_000]
    (end,) = year.entries(Reason.LEASE_END)
    assert (end.on, moved_t(end, reserve(CITY), right)) == (on("2017-12-31"), Fraction("12.5"))
    assert year.held_t(expired(CITY), 2017) == 125
    assert year.held_t(expired("A"), 2017) == 110
    assert year.held_t(surrendered("A"), 2017) == 365


def test_what_was_emitted_before_the_lease_is_not_drawn_from_it() -> None:
    """Of 71 t from 9 April on, 60 t are used from the 10th to 8 June: 11 t go back."""
    (end, *_) = _year().entries(Reason.LEASE_END)
    assert moved_t(end, reserve(CITY), _year().right(2017)) == 11


def test_a_month_may_lack_more_than_the_whole_term_of_the_lease() -> None:
    """On 10 January the card is shut. One month, to 9 February: 30 t needed, 10 t are
    February's quota, 20 t; but January alone needs 21 t, and that is leased. Two months, to 9
    March: 58 t needed, 20 t of quota, 38 t."""
    for months, mass_t in ((1, 21), (2, 38)):
        start = _by_month(months=months).entries(Reason.LEASE)[0]
        assert moved_t(start, leased("A"), _year().right(2017)) == mass_t


def test_who_has_later_quota_asks_only_when_it_is_shut() -> None:
    """90 % of January's 10 t are used on the 9th; 110 t of later months are left then."""
    assert next(e.on for e in _by_month().events("lease.started")) == on("2017-01-10")


def test_there_is_no_second_lease_while_one_runs() -> None:
    """10 t on 9 April: the card is at 90 % of 20 t on the 18th, and shut on the 20th."""
    year = _year(share_of_reserve=0.1)
    asked = [e.on for e in year.events("swipe.warned90") + year.events("swipe.shut")]
    assert asked[1:] == [on("2017-04-18"), on("2017-04-20")]
    assert [row["mass_t"] for row in _leases(year)] == [10 * 10**9]


def test_after_the_first_has_ended_there_may_be_a_second() -> None:
    """1 t + 71 t on 9 April are 12 t on 8 June, of which what is unused is taken back on the
    9th. Of the rest 90 % are used later in June, and the reserve lends again."""
    first, second = _leases(_year())
    assert second["begins"] > first["ends"]
    assert second["begins"].month == 6
    assert second["begins"] + timedelta(days=60) == second["ends"]


def test_who_lacks_nothing_leases_nothing() -> None:
    """365 t held: 28 of December's 31 t are used on the 28th, and 3 t are left for 3 days."""
    year = _year(730)
    assert [e.on for e in year.events("swipe.warned90")] == [on("2017-12-28")]
    assert year.entries(Reason.LEASE) == []


def test_the_rent_is_paid_from_cash_to_the_last_fen() -> None:
    """A tenth of 365 t x 1,000 yuan in cash, and no paid-use fee: 36,500 yuan.

    That is the rent of 73 t at 3 x 1,000 x 2/12. At a factor of 3.0001 it does not suffice.
    """
    poor = ("market.cash_years=0.1", "rights.paid_rate=0")
    enough, lacking = (_year(200, *poor, unit="73 t", price_factor=f) for f in (3.0, 3.0001))
    assert [row["money_yuan"] for row in _leases(enough)] == [3_650_000]
    assert enough.money_fen(cash("A")) == 0
    assert lacking.entries(Reason.LEASE) == []
    assert lacking.money_fen(cash("A")) == 3_650_000


def test_who_cannot_pay_asks_again_when_the_card_is_shut_the_next_time() -> None:
    """Twelve months at twice the price, for 245 t on 10 January, cost 490,000 yuan: more than
    the year's 365,000. On 10 February, with 324 t needed and 100 t of quota, 224 t cost
    448,000; on 10 March, with 296 and 90 t, 206 t 412,000; on 10 April, with 265 and 80 t, 185 t
    370,000; on 10 May, with 235 and 70 t, 165 t cost 330,000 yuan, which is paid."""
    poor = ("market.cash_years=1", "rights.paid_rate=0", "rights.withheld=0.8")
    (row,) = _leases(_by_month(*poor, opening_t=600, months=12))
    assert (row["begins"], row["mass_t"]) == (on("2017-05-10"), 165 * 10**9)
    assert row["money_yuan"] == 33_000_000


def test_the_leased_mass_is_loaded_on_the_card_and_may_be_emitted() -> None:
    """Without the lease A is shut on 10 April, with 100 t emitted. Of its 71 t with the lease
    none is stopped to 8 June: 30 t in April, 31 t in May."""
    months = {row["month"]: row["emitted_t"] for row in _year().rows("cards")}
    assert (months["2017-04"], months["2017-05"]) == (30 * 10**9, 31 * 10**9)
    firm = {"id": "A", "baseline": {"X": "365 t"}, "opening": {"X": "100 t"}}
    (row,) = play(small([firm])).rows("firms")
    assert row["emitted_t"] == 100 * 10**9


def test_own_rights_are_not_used_while_leased_ones_are_left() -> None:
    """110 t of its own are held throughout the lease of 10 January, as nothing but its own
    10 t of January was drawn from them."""
    year = _by_month(margin=1.0)
    taken = [moved_t(e, holding("A"), year.right(2017)) for e in year.entries(Reason.SWIPE)[:4]]
    assert taken == [-10, 0, 0, 0]
