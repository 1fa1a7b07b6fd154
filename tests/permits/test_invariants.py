"""Violations are found, and named by where they are, in a ledger that was touched."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from permits.account import WORLD, cash, holding, issued, owed, reserve, retired, used
from permits.invariants import find_violations, held_mg, issued_by_pollutant_mg, issued_mg
from permits.ledger import Entry, Ledger, Leg, Reason, move, replay
from permits.right import FREE, YUAN, Right

COD, COD_FREE = Right("COD", "taihu", 2018), Right("COD", "taihu", 2018, FREE)
DAY = date(2018, 3, 1)


def sound():
    """Issue, withhold, fund, trade at a ratio, overdraw, upgrade a free right."""
    ledger = Ledger()
    steps = (
        (Reason.ISSUE, move(issued("p"), holding("A"), COD, 100)),
        (Reason.WITHHOLD, move(issued("p"), reserve("county:K"), COD, 20)),
        (Reason.ISSUE, move(issued("p"), holding("B"), COD_FREE, 30)),
        (Reason.FUND, move(WORLD, cash("B"), YUAN, 5_000)),
        (
            Reason.TRADE,
            (
                *move(holding("A"), holding("B"), COD, 40),
                *move(holding("A"), retired("A"), COD, 8),
                *move(cash("B"), cash("A"), YUAN, 900),
            ),
        ),
        (Reason.SWIPE, move(owed("B"), used("B"), COD, 5)),
        (
            Reason.CONVERT,
            (
                *move(holding("B"), issued("p"), COD_FREE, 10),
                *move(issued("p"), holding("B"), COD, 10),
            ),
        ),
    )
    for number, (reason, legs) in enumerate(steps, 1):
        ledger.post(Entry(f"e{number}", DAY, reason, tuple(legs)))
    return ledger


def touched(ledger, number, **changes):
    """The same ledger with one journal row edited behind its back."""
    journal = list(ledger.journal)
    journal[number] = replace(journal[number], **changes)
    return Ledger(journal, dict(ledger._balances))


def codes(ledger, **options):
    return [violation.code for violation in find_violations(ledger, **options)]


def test_a_sound_ledger_has_no_violations():
    assert find_violations(sound()) == []
    assert find_violations(Ledger()) == []


def test_issued_is_net_of_what_went_back():
    assert issued_mg(sound()) == {COD_FREE: 20, COD: 130}
    assert issued_by_pollutant_mg(sound()) == {"COD": 150}


def test_everything_issued_stands_in_some_pocket():
    for right, pockets in held_mg(sound()).items():
        assert sum(pockets.values()) == issued_mg(sound())[right]


def test_a_changed_digit_is_found_at_its_entry_and_its_account():
    ledger = sound()
    legs = (Leg(holding("A"), COD, 101), *ledger.journal[0].legs[:1])
    found = find_violations(touched(ledger, 0, legs=legs))
    assert [v.code for v in found] == ["audit.unbalanced", "audit.balance"]
    assert str(found[0]) == "its legs of COD/taihu/2018/paid add up to 1, not to 0 [entry e1]"
    assert found[1].where == "account A#holding"


def test_a_balanced_forgery_is_found_by_the_balances():
    forged = move(issued("p"), holding("A"), COD, 101)
    assert codes(touched(sound(), 0, legs=forged)) == ["audit.balance", "audit.balance"]


def test_a_lost_row_is_found_by_the_floor_and_the_balances():
    ledger = sound()
    cut = Ledger(ledger.journal[1:], dict(ledger._balances))
    assert codes(cut) == ["audit.floor", "audit.balance", "audit.balance"]


def test_two_swapped_rows_are_found_where_a_pocket_was_empty():
    ledger = sound()
    journal = [ledger.journal[4], *ledger.journal[:4], *ledger.journal[5:]]
    found = find_violations(Ledger(journal, dict(ledger._balances)))
    assert {v.code for v in found} == {"audit.floor"}
    assert found[0].where == "entry e5"


def test_an_id_that_stands_twice_is_found():
    ledger = sound()
    assert "audit.id" in codes(touched(ledger, 1, id="e1"))


def test_a_correction_of_nothing_is_found():
    assert codes(touched(sound(), 2, corrects="e9")) == ["audit.corrects"]
    assert codes(touched(sound(), 2, corrects="e1")) == []


def test_a_balance_out_of_thin_air_is_found():
    ledger = sound()
    ledger._balances[holding("C"), COD] = 7
    assert codes(ledger) == ["audit.balance", "audit.conservation"]


@pytest.mark.parametrize(("money", "found"), [(True, ["audit.balance"] * 1), (False, [])])
def test_money_is_left_out_on_request(money, found):
    ledger = sound()
    ledger._balances[cash("A"), YUAN] -= 1
    assert codes(ledger, money=money)[:1] == found


@pytest.mark.parametrize("delta", [1.0, True, 0])
def test_a_leg_that_is_not_a_whole_number_is_found(delta):
    legs = (Leg(holding("A"), COD, delta), Leg(issued("p"), COD, -delta))
    assert "audit.delta" in codes(Ledger([Entry("e1", DAY, Reason.ISSUE, legs)]))


def test_a_replayed_journal_is_as_sound_as_its_original():
    ledger = sound()
    assert find_violations(replay(ledger.journal)) == []
