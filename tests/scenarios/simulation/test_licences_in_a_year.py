"""Permits that change with a right, worked out by hand.

S holds 30 t and emits 10, B holds 10 t and emits 30: on 1 March S sells 20 t less a
replacement ratio. Both permits change three days after delivery.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from market.participants.view import FirmView
from permits.account import cash, holding, issued, reserve
from permits.ledger import Reason
from permits.right import FREE
from scenarios.simulation.apply import apply
from scenarios.simulation.calendar import days
from scenarios.simulation.changes import FinesSet
from scenarios.simulation.expectation import look_out, see
from scenarios.simulation.outcome import Outcome
from tests.scenarios.simulation.small_years import Year, moved_t, on, paid_fen, play, small

T = 10**9
SELLER = {"id": "S", "baseline": {"X": "10 t"}, "opening": {"X": "30 t"}}
BUYER = {"id": "B", "baseline": {"X": "30 t"}, "opening": {"X": "10 t"}}
SESSION = {"kind": "secondary", "rule": "call_double", "dates": ["2017-03-01"]}


def _traded(*sets: str, **sections: Any) -> Year:
    stated = {"rights": {"term_years": 2}, "session": [SESSION], **sections}
    return play(small([SELLER, BUYER], **stated), *sets)


def _limit(year: Year, firm: str, vintage: int, day: str | None = None) -> int:
    when = None if day is None else on(day)
    return year.world.cards.permits[firm].limit_mg("X", vintage, when)


def test_the_seller_s_permit_falls_by_what_it_gives_and_the_buyer_s_rises_by_what_it_may_use() -> (
    None
):
    """Of 1.5 t acquired 1 t may be used. The other vintage is not traded."""
    year = _traded("market.ratio=1.5", "market.trade_delay_days=5")
    (row,) = year.rows("trades")
    given, retired = row["mass_t"], row["retired_t"]
    # 1.5 t acquired for 1 t of need: of each 3 mg given one retires, what is left over too.
    assert given > 0 and retired == given - given * 100 // 150
    # Traded on the 1st, delivered on the 6th, in force on the 9th.
    for firm, before, after in (
        ("S", 30 * T, 30 * T - given), ("B", 10 * T, 10 * T + given - retired)
    ):  # fmt: skip
        assert _limit(year, firm, 2017, "2017-03-08") == before
        assert _limit(year, firm, 2017, "2017-03-09") == after
        assert _limit(year, firm, 2018) == before
    (fell,), (rose,) = year.events("permit.lowered"), year.events("permit.raised")
    assert [(e.who, e.on) for e in (fell, rose)] == [("S", on("2017-03-06")), ("B", fell.on)]
    assert fell.values["effective"] == str(fell.on + timedelta(days=3))


def test_a_sale_beyond_the_permit_takes_it_to_zero_and_the_year_goes_on() -> None:
    """S emits 1 of 30 t in 2017 and carries 29 over: of 59 t of 2018 B, short of 60, buys more
    than the 30 t of S's permit. B's rises by all it bought."""
    firms = [
        {"id": "S", "baseline": {"X": "1 t"}, "opening": {"X": "30 t"}},
        {"id": "B", "baseline": {"X": "90 t"}, "opening": {"X": "10 t"}},
    ]
    session = {**SESSION, "dates": ["2018-01-01"]}
    rights = {"term_years": 2, "carry_over": 1}
    cheap = {"X": {"reference_price": "1000.00", "shortfall_charge": "1600.00"}}
    stated = small(firms, rights=rights, session=[session], ends="2018-12-31", pollutant=cheap)
    year = play(stated, "market.cash_years=10")
    (row,) = year.rows("trades")
    assert row["seller"] == "S" and row["mass_t"] > 55 * T
    assert _limit(year, "S", 2018) == 0
    assert _limit(year, "B", 2018) == 10 * T + row["mass_t"]
    (fell,) = year.events("permit.lowered")
    assert (fell.values["mass"], fell.values["after"]) == ("30", "0")


def test_a_government_s_sale_raises_the_permit_for_every_vintage_of_the_strip() -> None:
    """The reserve holds a fifth; what B wins of it counts in 2017 and in 2018."""
    sale = {"kind": "auction", "rule": "uniform_price", "dates": ["2017-02-01"], "years": 2}
    year = _traded("rights.withheld=0.2", session=[sale])
    won = sum(row["mass_t"] for row in year.rows("trades") if row["buyer"] == "B")
    assert won > 0
    assert [_limit(year, "B", vintage) for vintage in (2017, 2018)] == [8 * T + won] * 2
    assert [_limit(year, "S", vintage) for vintage in (2017, 2018)] == [24 * T] * 2


@pytest.mark.parametrize(("paid_share", "kind"), [(1, "buyback"), (0, "recovery")])
def test_what_a_government_takes_back_lowers_the_permit_for_every_vintage(
    paid_share: int, kind: str
) -> None:
    """Bought back or, if free, recovered: 10 t a year of it, for both years."""
    year = _traded(
        f"rights.paid_share={paid_share}", session=[],
        buyback={"dates": ["2017-06-30"], "keep": 0.5},
    )  # fmt: skip
    (row,) = [row for row in year.rows("contracts") if row["party"] == "S"]
    assert row["kind"] == kind
    assert row["mass_t"] == pytest.approx(10 * T, rel=0.01)
    left = [30 * T - row["mass_t"]] * 2
    assert [_limit(year, "S", vintage, "2017-07-03") for vintage in (2017, 2018)] == left
    assert _limit(year, "S", 2018, "2017-07-02") == 30 * T


def test_a_lease_changes_no_permit() -> None:
    """B leases from the reserve when its card runs out; its permit stays as issued."""
    year = _traded(
        "rights.withheld=0.2", session=[],
        lease={"months": 2, "max_months": 12, "share_of_reserve": 1},
    )  # fmt: skip
    assert year.entries(Reason.LEASE)
    assert _limit(year, "B", 2017) == 8 * T
    assert year.events("permit.raised") == year.events("permit.lowered") == []


def test_issue_withholding_and_fee_are_entries_of_their_own() -> None:
    """S keeps 24 of 30 t a year for two years: 48 t at three tenths of 1,000 yuan are 14,400."""
    year = _traded("rights.withheld=0.2", session=[])
    government = "city:all"
    for reason, account, mass in (
        (Reason.ISSUE, holding("S"), 24), (Reason.WITHHOLD, reserve(government), 6)
    ):  # fmt: skip
        (entry,) = [e for e in year.entries(reason) if "/S/" in e.id]
        for vintage in (2017, 2018):
            assert moved_t(entry, account, year.right(vintage)) == mass
            assert moved_t(entry, issued("province"), year.right(vintage)) == -mass
        assert paid_fen(entry, cash("S")) == 0
    (fee,) = [e for e in year.entries(Reason.FEE) if "/S/" in e.id]
    assert (paid_fen(fee, cash("S")), paid_fen(fee, cash(government))) == (-1_440_000, 1_440_000)
    flow = {(row["origin"], row["target"]): row["mass_t"] for row in year.rows("flow")}
    assert (flow["Issued", "Firms"], flow["Issued", "Reserve"]) == (32 * T, 8 * T)


def test_free_rights_are_issued_without_a_fee_and_withheld_ones_are_paid_rights() -> None:
    year = _traded("rights.withheld=0.2", "rights.paid_share=0", session=[])
    assert year.entries(Reason.FEE) == []
    for entry in year.entries(Reason.ISSUE):
        assert {leg.asset.series for leg in entry.legs} == {FREE}
    assert year.held_t(reserve("city:all"), 2018) == 8


def test_a_firm_sees_the_fine_in_force_and_the_value_of_a_shortfall_apart() -> None:
    """A policy raises fines by a half: 100,000 to 1,000,000 yuan are 150,000 to 1,500,000."""
    year = _traded("true_up.fine_min='100000.00'", "true_up.fine_max='1000000.00'", session=[])
    world = year.world
    first = next(days(world.file))

    def seen() -> FirmView:
        return see(look_out(world, world.held(2017), first, 0, None, None, "X 2017"), 0)

    assert (seen().fine_least_fen, seen().fine_most_fen) == (10_000_000, 100_000_000)
    apply(world, Outcome(changes=[FinesSet(150)]))
    assert (seen().fine_least_fen, seen().fine_most_fen) == (15_000_000, 150_000_000)
    assert seen().shortfall_value_fen_per_t == 5_000_000
