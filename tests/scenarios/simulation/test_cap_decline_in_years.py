"""A cap that falls over three years, worked out by hand.

A holds 100 t and B 50 t of each of three vintages. The cap falls by 10 % a year: nothing in 2017,
a tenth in 2018, 1 - 0.9 x 0.9 = 19 % in 2019. Of 2017 and 2019 one day each is simulated, with a
whole year's emission; no card stops it.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from permits.account import expired, holding, reserve, retired, surrendered
from permits.ledger import Reason
from permits.right import FREE
from tests.scenarios.simulation.small_years import Year, moved_t, on, play, small

FIRMS = [
    {"id": "A", "baseline": {"X": "36.5 t"}, "opening": {"X": "100 t"}},
    {"id": "B", "baseline": {"X": "36.5 t"}, "opening": {"X": "50 t"}},
]
SPAN = {
    "begins": "2017-12-31",
    "ends": "2019-01-01",
    "sector": [{"id": "all", "stop": "curtail"}],
    "card": {"shift": "free", "curtail_to": 1.0},
}
YEARS = (2017, 2018, 2019)


@cache
def _year(*sets: str) -> Year:
    policy = {"rule": "cap_decline", "params": {"percent_a_year": 10.0}}
    stated = small(FIRMS, rights={"term_years": 3}, policy=[policy], **SPAN)
    return play(stated, *sets)


def _retired(year: Year, firm: str, series: str = "paid") -> list[Fraction]:
    return [year.held_t(retired(firm), vintage, series) for vintage in YEARS]


def test_each_vintage_loses_what_the_years_of_decline_add_up_to() -> None:
    assert _retired(_year(), "A") == [0, 10, 19]
    assert _retired(_year(), "B") == [0, 5, Fraction("9.5")]


def test_it_is_retired_on_the_first_day_of_its_year() -> None:
    found = [
        (entry.on, sum(moved_t(entry, retired("A"), _year().right(v)) for v in YEARS))
        for entry in _year().journal()
        if any(leg.account == retired("A") for leg in entry.legs)
    ]
    assert found == [(on("2018-01-01"), 10), (on("2019-01-01"), 19)]
    (first, second) = _year().events("policy.cap_decline")
    assert (first.on, second.on) == (on("2018-01-01"), on("2019-01-01"))


def test_of_a_vintage_that_is_retired_in_part_only_the_rest_is_left() -> None:
    """Of A's 100 t of 2018 10 t are retired and 36.5 t surrendered; 53.5 t expire. Of 2019, 81 t
    are held before anything is used."""
    assert _year().held_t(surrendered("A"), 2018) == Fraction("36.5")
    assert _year().held_t(expired("A"), 2018) == Fraction("53.5")
    assert _year().held_t(expired("A"), 2019) == 81 - Fraction("36.5")


def test_the_share_is_taken_to_the_part_per_million() -> None:
    """3.5 % a year: 35,000 and 68,775 millionths of 100 t; the default."""
    for sets in (("policy.0.params.percent_a_year=3.5",), ('policy=[{rule = "cap_decline"}]',)):
        assert _retired(_year(*sets), "A") == [0, Fraction("3.5"), Fraction("6.8775")]


def test_free_rights_are_retired_as_paid_ones_are() -> None:
    year = _year("rights.paid_share=0")
    assert _retired(year, "A", FREE) == [0, 10, 19]
    assert _retired(year, "A") == [0, 0, 0]


def test_the_reserve_is_not_retired() -> None:
    """40 t withheld of A's 100 t; a tenth and 19 % of the 60 t that it holds."""
    year = _year("rights.withheld=0.4")
    assert _retired(year, "A") == [0, 6, Fraction("11.4")]
    assert _retired(year, "city:all") == [0, 0, 0]
    assert year.held_t(expired("city:all"), 2018) == 60
    assert year.held_t(reserve("city:all"), 2018) == 0


def test_it_falls_only_on_first_days_on_which_the_policy_is_in_force() -> None:
    """The last day counts. Years are counted from the scenario's beginning, not the policy's."""
    assert _retired(_year("policy.0.to=2018-01-01"), "A") == [0, 10, 0]
    assert _retired(_year("policy.0.to=2017-12-31"), "A") == [0, 0, 0]
    assert _retired(_year("policy.0.from=2018-01-01"), "A") == [0, 10, 19]
    assert _retired(_year("policy.0.from=2018-01-02"), "A") == [0, 0, 19]


def test_pledged_rights_are_not_retired() -> None:
    """Of the 63.5 t of 2017 left on the last evening half, 31.75 t, are pledged, and as much of
    2018: of the other 68.25 t a tenth is retired."""
    pledge = "pledge={date = 2017-12-31, loans = 2, term_days = 60}"
    assert _retired(_year(pledge), "A")[1] == Fraction("6.825")


def test_the_reason_is_a_target() -> None:
    moved = [(entry.on, moved_t(entry, holding("A"), _year().right(entry.on.year)))
             for entry in _year().entries(Reason.TARGET)
             if any(leg.account == holding("A") for leg in entry.legs)]  # fmt: skip
    assert moved == [(on("2018-01-01"), -10), (on("2019-01-01"), -19)]
    assert _year().entries(Reason.CONVERT) == []


def test_a_card_is_loaded_with_what_is_left_after_the_cap_has_fallen() -> None:
    """A holds 90 t of 2018 and B 45 t, all of it loaded in January."""
    (row,) = [row for row in _year().rows("cards") if row["month"] == "2018-01"]
    assert row["quota_t"] == 135 * 10**9
