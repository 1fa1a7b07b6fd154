"""Reservations: what is set aside leaves once, one way, and the journal alone tells which."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from permits.account import WORLD, cash, escrow, holding, issued, used
from permits.errors import IdReused, NotAllowed, Overdraw
from permits.invariants import find_violations
from permits.ledger import Entry, EntryBatch, Ledger, Reason, move
from permits.ledger.reservation import (
    Reservation,
    expire,
    find_due,
    find_reservations,
    post,
    reserve,
    void,
)
from permits.right import YUAN, Right

COD = Right("COD", "taihu", 2018)
BEGIN = date(2018, 3, 1)
SOURCES = ((holding("A"), COD), (cash("A"), YUAN), (holding("B"), COD))


def funded(amount=1_000):
    ledger = Ledger()
    ledger.post(
        Entry(
            "open",
            BEGIN,
            Reason.ISSUE,
            move(issued("p"), holding("A"), COD, amount)
            + move(issued("p"), holding("B"), COD, amount)
            + move(WORLD, cash("A"), YUAN, amount),
        )
    )
    return ledger


class ReservationMachine(RuleBasedStateMachine):
    """Steps in any order, from fresh and from stale readings, each perhaps said twice."""

    def __init__(self):
        super().__init__()
        self.ledger, self.on, self.model = funded(), BEGIN, {}
        self.stale = []  # readings made at some time

    def say(self, entry, batch):
        """Once or, by a batch, twice."""
        if batch:
            self.ledger.post_batch(EntryBatch.of([entry, entry]))
        else:
            self.ledger.post(entry)

    @rule(days=st.integers(1, 4))
    def time_passes(self, days):
        self.on += timedelta(days)

    @rule(
        number=st.integers(1, 6),
        source=st.sampled_from(SOURCES),
        amount=st.integers(1, 400),
        days=st.integers(0, 5),
        batch=st.booleans(),
    )
    def set_aside(self, number, source, amount, days, batch):
        name, (account, asset) = f"r{number}", source
        expires = self.on + timedelta(days)
        entry = reserve(name, account, asset, amount, on=self.on, expires=expires, why="lot 7")
        same = self.model.get(name, (None,))[0] == entry
        try:
            self.say(entry, batch)
        except IdReused:
            assert name in self.model and not same
        except Overdraw:
            free = self.ledger.balance(account, asset)
            assert name not in self.model and free < amount
        else:
            assert same or name not in self.model
            self.model.setdefault(name, (entry, expires, amount, "pending", 0))

    @precondition(lambda self: self.model)
    @rule(data=st.data(), way=st.sampled_from(["post", "void", "expire"]), batch=st.booleans())
    def ends(self, data, way, batch):
        name = data.draw(st.sampled_from(sorted(self.model)))
        entry, expires, amount, state, _ = self.model[name]
        now = find_reservations(self.ledger.journal)[name]
        self.stale.append(now)
        part = data.draw(st.integers(1, amount + 1))
        late = self.on > expires
        may = state == "pending" and {"post": not late and part <= amount, "void": True}.get(
            way, late
        )
        try:
            step = self.step(way, now, part)
        except NotAllowed:
            assert not may
            return
        assert may
        self.say(step, batch)
        ended = {"post": "posted", "void": "voided", "expire": "expired"}[way]
        self.model[name] = (entry, expires, amount, ended, part if way == "post" else 0)

    def step(self, way, reservation, part):
        if way == "post":
            return post(reservation, used("A"), on=self.on, reason=Reason.TRADE, amount=part)
        return {"void": void, "expire": expire}[way](reservation, on=self.on)

    @precondition(lambda self: self.stale)
    @rule(data=st.data(), way=st.sampled_from(["post", "void", "expire"]))
    def a_stale_reading_ends_nothing_twice(self, data, way):
        """The entry that it makes has the id of the end that the ledger knows."""
        old = data.draw(st.sampled_from(self.stale))
        if self.model[old.id][3] == "pending":
            return
        before = list(self.ledger.balances())
        with suppress(NotAllowed, IdReused):
            assert self.ledger.post(self.step(way, old, 1)) == "already_posted"
        assert list(self.ledger.balances()) == before

    @invariant()
    def escrow_holds_what_is_pending(self):
        found = find_reservations(self.ledger.journal)
        told = {name: (x.expires, x.amount, x.state, x.posted) for name, x in found.items()}
        assert told == {name: tuple(known[1:]) for name, known in self.model.items()}
        for account, asset in SOURCES:
            mine = [x for x in found.values() if (x.source, x.asset) == (account, asset)]
            pending = sum(x.amount for x in mine if x.state == "pending")
            gone = sum(x.posted for x in mine)
            assert self.ledger.balance(escrow(account.owner), asset) == pending
            assert self.ledger.balance(account, asset) == 1_000 - pending - gone
        due = {x.id for x in find_due(found.values(), self.on)}
        assert due == {n for n, x in self.model.items() if x[3] == "pending" and self.on > x[1]}

    def teardown(self):
        assert find_violations(self.ledger) == []


ReservationMachine.TestCase.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None
)
TestReservations = ReservationMachine.TestCase


def test_a_deposit_is_set_aside_and_pays_for_what_is_won():
    """A bidder of an electronic sale in Zhejiang pays a deposit; the winner's goes to the
    county as far as the price, the loser's comes back."""
    ledger = funded(50_000)
    last = BEGIN + timedelta(7)
    ledger.post(reserve("lot7/A", cash("A"), YUAN, 50_000, on=BEGIN, expires=last, why="deposit"))
    assert ledger.balance(cash("A"), YUAN) == 0
    deposit = find_reservations(ledger.journal)["lot7/A"]
    assert deposit == Reservation("lot7/A", cash("A"), YUAN, 50_000, last)
    won = post(deposit, cash("county:Keqiao"), on=last, reason=Reason.SALE, amount=30_000)
    assert ledger.post(won) == "posted"
    assert ledger.post(won) == "already_posted"
    assert ledger.balance(cash("county:Keqiao"), YUAN) == 30_000
    assert ledger.balance(cash("A"), YUAN) == 20_000
    after = find_reservations(ledger.journal)["lot7/A"]
    assert (after.state, after.posted) == ("posted", 30_000)
    with pytest.raises(NotAllowed, match="lot7/A is posted already"):
        void(after, on=last)


def test_an_open_offer_stands_until_its_last_day_and_comes_back():
    ledger = funded()
    entry = reserve("offer/A", holding("A"), COD, 400, on=BEGIN, expires=BEGIN)
    ledger.post(entry)
    offer = find_reservations(ledger.journal)["offer/A"]
    with pytest.raises(NotAllowed, match="stands until the end of 2018-03-01"):
        expire(offer, on=BEGIN)
    with pytest.raises(NotAllowed, match="expired on 2018-03-01"):
        post(offer, holding("B"), on=BEGIN + timedelta(1), reason=Reason.TRADE)
    assert find_due([offer], BEGIN) == []
    assert find_due([offer], BEGIN + timedelta(1)) == [offer]
    ledger.post(expire(offer, on=BEGIN + timedelta(1)))
    assert ledger.balance(holding("A"), COD) == 1_000
    assert find_reservations(ledger.journal)["offer/A"].state == "expired"


def test_what_cannot_be_set_aside_is_refused():
    when = {"on": BEGIN, "expires": BEGIN}
    with pytest.raises(NotAllowed, match="only from holdings and cash"):
        reserve("x", used("A"), COD, 1, **when)
    with pytest.raises(NotAllowed, match="cannot expire on 2018-02-28"):
        reserve("x", cash("A"), YUAN, 1, on=BEGIN, expires=date(2018, 2, 28))
    for amount in (0, -1, 1.5, True):
        with pytest.raises(NotAllowed, match="cannot be reserved, or posted"):
            reserve("x", cash("A"), YUAN, amount, **when)


def test_an_entry_that_only_has_such_an_id_is_no_reservation():
    ledger = funded()
    ledger.post(Entry("x/reserve", BEGIN, Reason.OFFER, move(holding("A"), escrow("A"), COD, 1)))
    ledger.post(Entry("y/close", BEGIN, Reason.TRADE, move(holding("A"), holding("B"), COD, 1)))
    assert find_reservations(ledger.journal) == {}
