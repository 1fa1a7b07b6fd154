"""The ledger against a dictionary: random postings, bad ones and repeated ids included."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from permits.account import (
    WORLD,
    Account,
    Pocket,
    cash,
    escrow,
    holding,
    issued,
    owed,
    parse_account,
    retired,
    surrendered,
    used,
)
from permits.errors import BadEntry, IdReused, NotAllowed, Overdraw, Unbalanced
from permits.invariants import find_violations
from permits.ledger import Entry, Ledger, Leg, Reason, move, replay
from permits.right import FREE, YUAN, Right, parse_asset, strip

COD, VOC = Right("COD", "taihu", 2018), Right("VOC", "all", 2018)
ACCOUNTS = (
    issued("province"), holding("A"), holding("B"), escrow("A"), used("A"), owed("A"),
    used("B"), surrendered("A"), retired("A"),
)  # fmt: skip
DAY = date(2018, 3, 1)


class Model:
    """Ten lines that say what a ledger is."""

    def __init__(self):
        self.balances, self.entries = {}, {}

    def post(self, entry):
        if entry.id in self.entries:
            return "already_posted" if self.entries[entry.id] == entry else IdReused
        if not entry.id or not entry.legs or any(type(x.delta) is not int for x in entry.legs):
            return BadEntry
        if any(leg.delta == 0 for leg in entry.legs):
            return BadEntry
        if any(
            sum(leg.delta for leg in entry.legs if leg.asset == asset)
            for asset in {leg.asset for leg in entry.legs}
        ):
            return Unbalanced
        if entry.corrects not in self.entries and self.brings_back(entry):
            return NotAllowed
        after = dict(self.balances)
        for leg in entry.legs:
            after[leg.account, leg.asset] = after.get((leg.account, leg.asset), 0) + leg.delta
        without_floor = {Pocket.ISSUED, Pocket.OWED, Pocket.WORLD}
        if any(b < 0 and account.pocket not in without_floor for (account, _), b in after.items()):
            return Overdraw
        self.balances, self.entries[entry.id] = after, entry
        return "posted"

    def brings_back(self, entry):
        gone, spent = ("surrendered", "retired", "expired"), ("used", "owed")
        net = dict.fromkeys(((leg.account.owner, leg.asset) for leg in entry.legs), 0)
        for leg in entry.legs:
            if leg.account.pocket in gone and leg.delta < 0:
                return True
            if leg.account.pocket in (*gone, *spent):
                net[leg.account.owner, leg.asset] += leg.delta
        return any(
            leg.delta < 0 and leg.account.pocket in spent and net[leg.account.owner, leg.asset] < 0
            for leg in entry.legs
        )


MASS = st.integers(1, 10**12)
LEG = st.builds(
    Leg,
    st.sampled_from(ACCOUNTS),
    st.sampled_from([COD, VOC]),
    st.integers(-5, 5) | st.just(1.5) | st.just(True),
)


class LedgerMachine(RuleBasedStateMachine):
    """Posts to both and compares."""

    def __init__(self):
        super().__init__()
        self.ledger, self.model, self.number = Ledger(), Model(), 0

    def post(self, entry):
        expected = self.model.post(entry)
        if isinstance(expected, str):
            assert self.ledger.post(entry) == expected
            return
        before = list(self.ledger.balances()), len(self.ledger.journal)
        with pytest.raises(expected) as caught:
            self.ledger.post(entry)
        assert type(caught.value) is expected
        assert (list(self.ledger.balances()), len(self.ledger.journal)) == before
        assert str(caught.value)

    def entry(self, legs, reason=Reason.ISSUE, corrects=None):
        self.number += 1
        return Entry(f"e{self.number}", DAY, reason, tuple(legs), corrects=corrects)

    @rule(right=st.sampled_from([COD, VOC]), mass=MASS, to=st.sampled_from(ACCOUNTS[1:3]))
    def issue(self, right, mass, to):
        self.post(self.entry(move(issued("province"), to, right, mass)))

    @rule(
        right=st.sampled_from([COD, VOC]),
        mass=MASS,
        ends=st.lists(st.sampled_from(ACCOUNTS), min_size=2, max_size=2, unique=True),
    )
    def move_some(self, right, mass, ends):
        """Often an overdraft, which must be refused."""
        self.post(self.entry(move(*ends, right, mass), Reason.TRADE))

    @rule(mass=MASS, back=MASS)
    def two_rights_and_a_pass_through_in_one_entry(self, mass, back):
        legs = (
            *move(holding("A"), escrow("A"), COD, mass),
            *move(escrow("A"), holding("B"), COD, mass),
            *move(holding("B"), holding("A"), VOC, back),
        )
        self.post(self.entry(legs, Reason.TRADE))

    @rule(
        right=st.sampled_from([COD, VOC]),
        mass=MASS,
        ends=st.lists(st.sampled_from(ACCOUNTS), min_size=2, max_size=2, unique=True),
        data=st.data(),
    )
    def correct(self, right, mass, ends, data):
        """Used and retired rights come back where an entry names an earlier one."""
        known = data.draw(st.sampled_from([None, *self.model.entries]))
        self.post(self.entry(move(*ends, right, mass), Reason.CORRECT, known))

    @rule(legs=st.lists(LEG, max_size=4))
    def whatever(self, legs):
        """Mostly empty, unbalanced or malformed."""
        self.post(self.entry(legs))

    @rule(data=st.data())
    def the_same_again(self, data):
        if self.model.entries:
            self.post(data.draw(st.sampled_from(list(self.model.entries.values()))))

    @rule(data=st.data(), mass=MASS)
    def the_same_id_with_other_content(self, data, mass):
        if self.model.entries:
            known = data.draw(st.sampled_from(list(self.model.entries)))
            legs = move(issued("province"), holding("B"), VOC, mass)
            self.post(Entry(known, DAY, Reason.ISSUE, legs))

    @invariant()
    def both_say_the_same(self):
        expected = {key: balance for key, balance in self.model.balances.items() if balance}
        assert {(a, x): b for a, x, b in self.ledger.balances()} == expected
        assert [entry.id for entry in self.ledger.journal] == list(self.model.entries)

    def teardown(self):
        assert find_violations(self.ledger) == []
        again = replay(self.ledger.journal)
        assert list(again.balances()) == list(self.ledger.balances())


LedgerMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestLedgerAgainstItsModel = LedgerMachine.TestCase


def funded():
    ledger = Ledger()
    ledger.post(Entry("e1", DAY, Reason.ISSUE, move(issued("p"), holding("A"), COD, 100)))
    return ledger


def test_an_overdraft_says_who_holds_what_and_how_to_mend_it():
    """In tonnes for rights, in yuan for money."""
    ledger = funded()
    with pytest.raises(Overdraw) as caught:
        ledger.post(Entry("e2", DAY, Reason.TRADE, move(holding("A"), holding("B"), COD, 10**9)))
    assert str(caught.value).startswith(
        "A#holding holds 0.0000001 t of COD/taihu/2018/paid; this entry takes 1 t "
        "[entry e2, leg 0]. buy, lease or borrow"
    )
    with pytest.raises(Overdraw, match=r"holds 0 yuan of CNY; this entry takes 12\.5 yuan"):
        ledger.post(Entry("e3", DAY, Reason.FEE, move(cash("A"), cash("B"), YUAN, 1250)))


def test_checks_come_in_the_order_in_which_post_lists_them():
    """An entry wrong in every way gives the first error, mended step by step the next."""
    ledger = funded()
    bad = Entry("e1", DAY, Reason.TRADE, (Leg(holding("A"), COD, 0), Leg(holding("B"), COD, -7)))
    with pytest.raises(IdReused):
        ledger.post(bad)
    bad = replace(bad, id="e2")
    with pytest.raises(BadEntry, match="moves 0"):
        ledger.post(bad)
    bad = replace(bad, legs=bad.legs[1:])
    with pytest.raises(Unbalanced, match="add up to -7"):
        ledger.post(bad)
    with pytest.raises(Overdraw):
        ledger.post(replace(bad, legs=move(holding("B"), holding("A"), COD, 7)))


def test_a_replay_stops_where_it_is_told():
    ledger = funded()
    ledger.post(Entry("e2", DAY, Reason.SWIPE, move(holding("A"), used("A"), COD, 40)))
    assert replay(ledger.journal, until=1).balance(holding("A"), COD) == 100
    assert replay(ledger.journal, until=0).journal == []
    assert replay(ledger.journal).balance(used("A"), COD) == 40


def test_accounts_and_assets_are_read_back_as_they_were_written():
    for account in (*ACCOUNTS, WORLD, Account("county:Keqiao#2", Pocket.RESERVE)):
        assert parse_account(str(account)) == account
    for asset in (COD, YUAN, Right("NH3-N", "钱塘江", 2020, FREE)):
        assert parse_asset(str(asset)) == asset


def test_a_term_is_a_strip_of_one_right_a_year():
    assert [right.vintage for right in strip("COD", "taihu", 2018, 5)] == [*range(2018, 2023)]
