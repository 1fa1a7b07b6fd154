"""Which right pays for a use."""

from __future__ import annotations

from datetime import date
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from permits.account import escrow, holding, leased, owed, pledged, used
from permits.draw import Available, pick_rights, use_legs
from permits.errors import MixedRights, NotAllowed, NotAMass
from permits.right import FREE, PAID, REWARD, Right

FREE_COD, REWARD_COD, PAID_COD = (Right("COD", "taihu", 2018, s) for s in (FREE, REWARD, PAID))
LOT = Right("COD", "taihu", 2018, "grant-7")
PURSE = (
    Available(leased("F"), PAID_COD, 10, date(2018, 3, 31)),
    Available(leased("F"), PAID_COD, 10, date(2018, 6, 30)),
    Available(holding("F"), FREE_COD, 10),
    Available(holding("F"), REWARD_COD, 10),
    Available(holding("F"), PAID_COD, 10),
    Available(holding("F"), LOT, 10),
    Available(pledged("F"), PAID_COD, 10),
)


def test_leases_go_first_then_free_reward_paid_then_pledged_rights():
    drawn, owed_mg = pick_rights(75, PURSE)
    assert [(d.account, d.right, d.mass_mg) for d in drawn] == [
        (item.account, item.right, 10) for item in PURSE
    ]
    assert owed_mg == 5


def test_the_order_of_the_purse_does_not_matter():
    expected = pick_rights(37, PURSE)
    for purse in permutations(PURSE[1:6]):
        assert pick_rights(37, (*purse, PURSE[0], PURSE[6])) == expected


def test_a_lease_that_ends_first_is_used_first_and_the_last_milligram_is_split():
    drawn, owed_mg = pick_rights(13, PURSE[:2])
    assert [d.mass_mg for d in drawn] == [10, 3]
    assert owed_mg == 0


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**15), st.lists(st.integers(0, 10**14), max_size=7))
def test_drawn_and_owed_add_up_to_the_need(need, balances):
    purse = [p._replace(balance_mg=b) for p, b in zip(PURSE, balances, strict=False)]
    drawn, owed_mg = pick_rights(need, purse)
    assert sum(d.mass_mg for d in drawn) + owed_mg == need
    assert owed_mg == max(need - sum(balances), 0)
    assert all(d.mass_mg > 0 for d in drawn)


def test_an_overdraft_is_booked_from_owed_into_used():
    drawn, owed_mg = pick_rights(15, PURSE[4:5])
    legs = use_legs("F", drawn, owed_mg, PAID_COD)
    assert [(leg.account, leg.delta) for leg in legs] == [
        (holding("F"), -10),
        (used("F"), 10),
        (owed("F"), -5),
        (used("F"), 5),
    ]


def test_rights_of_two_vintages_cannot_pay_for_one_use():
    other = Available(holding("F"), Right("COD", "taihu", 2019), 10)
    with pytest.raises(MixedRights, match="COD/taihu/2018; COD/taihu/2019"):
        pick_rights(5, [PURSE[0], other])


def test_rights_behind_an_offer_cannot_be_used():
    with pytest.raises(NotAllowed, match="F#escrow may not be used"):
        pick_rights(5, [Available(escrow("F"), PAID_COD, 10)])


def test_a_negative_use_is_refused():
    with pytest.raises(NotAMass):
        pick_rights(-1, PURSE)
