"""The first day of a scenario: funding, paid-use fee, withholding, permits and cards.

Two firms of 100 t and 50 t opening rights, three vintages, a quarter withheld: A holds 75 t and
B 37.5 t a year. The reference price is 1,000 yuan/t, of which existing firms pay 30 %.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import pytest

from permits.account import WORLD, Account, cash, holding, issued, reserve
from permits.ledger import Reason
from permits.right import FREE, PAID, YUAN, Right
from tests.scenarios.simulation.small_years import Year, moved_t, on, paid_fen, play, small

FIRMS = [
    {"id": "A", "city": "p", "baseline": {"X": "36.5 t"}, "opening": {"X": "100 t"}},
    {"id": "B", "city": "q", "baseline": {"X": "18.25 t"}, "opening": {"X": "50 t"}},
]
HELD_T = {"A": Fraction(75), "B": Fraction("37.5")}
RESERVE_OF = {"A": "city:p", "B": "city:q"}


@cache
def _year(*sets: str) -> Year:
    """One January, of a scenario with three vintages."""
    stated = small(FIRMS, rights={"term_years": 3, "withheld": 0.25}, ends="2017-01-31")
    return play(stated, *sets)


def _opened(year: Year, account: Account, asset: Right) -> Fraction:
    """What the first day's issue puts into an account [t]; whatever the entries are called."""
    first = (Reason.ISSUE, Reason.WITHHOLD, Reason.FEE)
    return sum((moved_t(e, account, asset) for reason in first for e in year.entries(reason)),
               Fraction(0))  # fmt: skip


def _fee_fen(year: Year, firm: str) -> int:
    city = cash(RESERVE_OF[firm])
    return sum(
        paid_fen(entry, city)
        for reason in (Reason.ISSUE, Reason.FEE)
        for entry in year.entries(reason)
    )


@pytest.mark.parametrize("firm", ["A", "B"])
def test_each_vintage_of_the_term_is_issued_and_a_quarter_withheld(firm: str) -> None:
    """A quarter of 100 t and of 50 t goes to the reserve of the firm's own city, each year."""
    for vintage in (2017, 2018, 2019):
        right = _year().right(vintage)
        assert _opened(_year(), holding(firm), right) == HELD_T[firm]
        assert _opened(_year(), reserve(RESERVE_OF[firm]), right) == HELD_T[firm] / 3
        assert _opened(_year(), issued("province"), right) == -150
    for vintage in (2016, 2020):
        assert _opened(_year(), holding(firm), _year().right(vintage)) == 0


def test_the_reserve_holds_paid_rights_even_of_firms_with_free_ones() -> None:
    year = _year("rights.paid_share=0")
    for vintage in (2017, 2018, 2019):
        assert _opened(year, holding("A"), year.right(vintage, FREE)) == 75
        assert _opened(year, holding("A"), year.right(vintage, PAID)) == 0
        assert _opened(year, reserve("city:p"), year.right(vintage, PAID)) == 25
        assert _opened(year, reserve("city:p"), year.right(vintage, FREE)) == 0


@pytest.mark.parametrize(("firm", "fee_yuan"), [("A", 67_500), ("B", 33_750)])
def test_the_fee_is_the_rate_of_the_price_for_every_year_held(firm: str, fee_yuan: int) -> None:
    """30 % of 1,000 yuan/t x three years x 75 t, and x 37.5 t; none for what is withheld."""
    assert _fee_fen(_year(), firm) == 100 * fee_yuan


def test_the_fee_follows_rate_and_term() -> None:
    """Half the price for two years of 75 t: 75,000 yuan."""
    assert _fee_fen(_year("rights.paid_rate=0.5", "rights.term_years=2"), "A") == 7_500_000


def test_the_fee_covers_the_term_not_the_horizon() -> None:
    """Five vintages of 75 t at 300 yuan in a scenario of one month."""
    assert _fee_fen(_year("rights.term_years=5"), "A") == 11_250_000


def test_free_rights_cost_nothing() -> None:
    year = _year("rights.paid_share=0")
    assert _fee_fen(year, "A") == _fee_fen(year, "B") == 0
    assert year.money_fen(cash("A")) == 2 * 36_500_00
    assert year.money_fen(cash("city:p")) == 0


def test_each_firm_begins_with_working_capital_and_the_fee() -> None:
    """Two years of 36.5 t (18.25 t) at 1,000 yuan/t, besides the fee: 73,000 and 36,500 yuan."""
    given = {leg.account.owner: leg.delta for entry in _year().entries(Reason.FUND)
             for leg in entry.legs if leg.asset == YUAN and leg.account != WORLD}  # fmt: skip
    assert given == {"A": 7_300_000 + 6_750_000, "B": 3_650_000 + 3_375_000}
    assert _year().money_fen(cash("A")) == 7_300_000
    assert _year().money_fen(cash("city:p")) == 6_750_000


def test_working_capital_follows_its_years_and_the_shortfall_s_price_where_there_is_none() -> None:
    """Half a year of 36.5 t at 1,000 yuan/t; without a reference price at 50,000 yuan/t."""
    assert _year("market.cash_years=0.5").money_fen(cash("A")) == 1_825_000
    unpriced = _year("pollutant.X.reference_price=0", "market.cash_years=0.5")
    assert unpriced.money_fen(cash("A")) == 91_250_000
    assert _fee_fen(unpriced, "A") == 0


def test_permits_are_numbered_in_the_register_s_order_and_run_for_the_term() -> None:
    """Three years from 1 January 2017 end on 31 December 2019."""
    found = [
        (e.who, e.values["number"], e.values["until"]) for e in _year().events("permit.issued")
    ]
    assert found == [("A", "small/00001", "2019-12-31"), ("B", "small/00002", "2019-12-31")]


def test_a_permit_allows_the_rights_kept_and_the_headroom() -> None:
    """75 t and a tenth of them; what is withheld gives no room."""
    for vintage in (2017, 2018, 2019):
        assert _year().limit_t("A", vintage) == 75
        assert _year("licence.headroom=0.1").limit_t("A", vintage) == Fraction("82.5")
    assert _year().limit_t("A", 2020) == 0


def test_a_card_is_loaded_with_the_rights_held_even_where_the_permit_allows_more() -> None:
    """A twelfth of 75 t and of 37.5 t in January, month by month; all of it where shifts are
    free."""
    for shift, quota_mg in (("none", 9_375_000_000), ("free", 112_500_000_000)):
        (row,) = _year("licence.headroom=0.1", f"card.shift={shift}").rows("cards")
        assert row["quota_t"] == quota_mg


def test_the_card_of_a_later_year_is_bound_by_the_permit_not_by_banked_rights() -> None:
    """1 t used of 10 t in 2017 and 9 t banked: 19 t are held in 2018, and 10 t permitted.

    With a headroom of a half it is 15 t, with one of a whole 19 t.
    """
    firm = {"id": "A", "baseline": {"X": "1 t"}, "opening": {"X": "10 t"}}
    stated = small([firm], rights={"term_years": 2, "carry_over": 1.0}, ends="2018-01-31")
    # The one month of 2018 has the baseline of a whole year.
    for headroom, quota_t in ((0, 10), (0.5, 15), (1, 19)):
        rows = play(stated, f"licence.headroom={headroom}").rows("cards")
        assert rows[-1]["month"] == "2018-01"
        assert rows[-1]["quota_t"] == quota_t * 10**9


def test_a_scenario_may_begin_in_any_month() -> None:
    """A begins in July with 75 t, all of it in its first month as shifts are free, and may emit."""
    (row, *_) = _year("ends=2017-07-31", "begins=2017-07-01").rows("cards")
    assert row["quota_t"] == 112_500_000_000


def test_everything_is_opened_on_the_first_day() -> None:
    for reason in (Reason.ISSUE, Reason.FUND):
        assert {entry.on for entry in _year().entries(reason)} == {on("2017-01-01")}


def test_the_fee_is_an_entry_of_its_own() -> None:
    fees = [(e.on, paid_fen(e, cash("A")), paid_fen(e, cash("city:p"))) for e in
            _year().entries(Reason.FEE) if paid_fen(e, cash("A"))]  # fmt: skip
    assert fees == [(on("2017-01-01"), -6_750_000, 6_750_000)]


def test_withholding_is_an_entry_of_its_own() -> None:
    for vintage in (2017, 2018, 2019):
        right = _year().right(vintage)
        moved = [moved_t(e, reserve("city:p"), right) for e in _year().entries(Reason.WITHHOLD)]
        assert sum(moved) == 25
        assert all(moved_t(e, reserve("city:p"), right) == 0 for e in _year().entries(Reason.ISSUE))
