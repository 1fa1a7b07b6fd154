"""Violations are found, and named by where they are, in a ledger that was touched."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from permits.account import (
    WORLD,
    cash,
    expired,
    holding,
    issued,
    owed,
    reserve,
    retired,
    surrendered,
    used,
)
from permits.errors import NotAllowed
from permits.invariants import find_violations, held_mg, issued_by_pollutant_mg, issued_mg
from permits.ledger import Entry, EntryBatch, Ledger, Leg, Reason, move, replay
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


BACK = {
    "used to holding": move(used("A"), holding("A"), COD, 7),
    "used to another's holding": move(used("A"), holding("B"), COD, 7),
    "used to another's used": move(used("A"), used("B"), COD, 7),
    "retired to holding": move(retired("A"), holding("A"), COD, 3),
    "retired to used": move(retired("A"), used("A"), COD, 3),
    "surrendered to holding": move(surrendered("A"), holding("A"), COD, 2),
    "expired to holding": move(expired("A"), holding("A"), COD, 1),
    "debt to holding": move(owed("A"), holding("A"), COD, 4),
}
ONWARD = {
    "a swipe": move(holding("A"), used("A"), COD, 5),
    "a true-up": move(used("A"), surrendered("A"), COD, 5),
    "a debt made good": (
        *move(holding("A"), surrendered("A"), COD, 5),
        *move(used("A"), owed("A"), COD, 5),
    ),
    "an overdraft": move(owed("A"), used("A"), COD, 5),
}


def spent():
    """A of 100: 50 held, 31 used, 12 retired, 4 surrendered, 3 expired."""
    ledger = Ledger()
    ledger.post(Entry("g", DAY, Reason.ISSUE, move(issued("p"), holding("A"), COD, 100)))
    for n, (pocket, mass) in enumerate(((used, 35), (retired, 12), (expired, 3))):
        ledger.post(Entry(f"s{n}", DAY, Reason.SWIPE, move(holding("A"), pocket("A"), COD, mass)))
    ledger.post(Entry("t", DAY, Reason.TRUE_UP, move(used("A"), surrendered("A"), COD, 4)))
    return ledger


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("how", sorted(BACK))
def test_what_was_used_or_is_gone_comes_back_by_a_correction_only(how, compiled):
    ledger, entry = spent(), Entry("back", DAY, Reason.SWIPE, BACK[how])
    for one in (entry, replace(entry, corrects="nothing")):
        with pytest.raises(NotAllowed, match="do not come back"):
            ledger.post_batch(EntryBatch.of([one]), compiled=compiled)
    mended = replace(entry, corrects="s0")
    assert ledger.post_batch(EntryBatch.of([mended]), compiled=compiled).tolist() == [True]
    assert find_violations(ledger) == []


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("how", sorted(ONWARD))
def test_rights_go_on_to_the_true_up(how, compiled):
    ledger = spent()
    ledger.post(Entry("o", DAY, Reason.SWIPE, move(owed("A"), used("A"), COD, 5)))
    ledger.post_batch(
        EntryBatch.of([Entry("x", DAY, Reason.SWIPE, ONWARD[how])]), compiled=compiled
    )
    assert find_violations(ledger) == []


@pytest.mark.parametrize("how", sorted(BACK))
def test_the_audit_finds_what_was_brought_back_behind_the_ledgers_back(how):
    """By the plain walk, and by the compiled one."""
    ledger = spent()
    entry = Entry("back", DAY, Reason.SWIPE, BACK[how], corrects="s0")
    ledger.post(entry)
    plain = touched(ledger, len(ledger.journal) - 1, corrects=None)
    assert codes(plain) == ["audit.returned"]
    ledger.columns()
    compiled = Ledger()
    compiled.post_batch(EntryBatch.of(ledger.journal), compiled=True)
    compiled.columns().rows.corrects[len(ledger.journal) - 1] = -1
    assert codes(compiled) == ["audit.returned"]
