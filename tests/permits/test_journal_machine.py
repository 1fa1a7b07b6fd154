"""The journal against a dictionary: random batches, and a power cut between any two writes."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from permits.account import (
    WORLD,
    Pocket,
    cash,
    escrow,
    holding,
    issued,
    leased,
    owed,
    pledged,
    surrendered,
    used,
)
from permits.errors import RightsError
from permits.journal import Journal, balances_at, database, find_faults, replay_file
from permits.ledger import Entry, Reason, move
from permits.ledger.reservation import expire, find_reservations, post, reserve, void
from permits.right import YUAN, Right

COD, VOC = Right("COD", "taihu", 2018), Right("VOC", "all", 2018)
DAY = date(2018, 3, 1)
FREE = {Pocket.ISSUED, Pocket.OWED, Pocket.WORLD}
FIRMS = st.sampled_from(["A", "B", "C"])
MASS = st.integers(1, 200)


class PowerCut(BaseException):
    """The machine stops here."""


class Mains(sqlite3.Connection):
    """A connection whose process loses power after so many statements or rows."""

    left: int | None = None
    copy_to: Path | None = None

    def execute(self, sql, parameters=()):
        self.count()
        return super().execute(sql, parameters)

    def executemany(self, sql, parameters):
        return super().executemany(sql, self.counted(parameters))

    def counted(self, rows: Iterable) -> Iterator:
        for row in rows:
            self.count()
            yield row

    def count(self) -> None:
        if Mains.left is None:
            return
        if Mains.left == 0:
            Mains.left = None
            for path in Path(self.where).parent.glob("accounts.sqlite*"):
                if not path.name.endswith("-shm"):  # memory, gone with the power
                    shutil.copy(path, Mains.copy_to / path.name)
            raise PowerCut
        Mains.left -= 1


def connect(path: Path) -> sqlite3.Connection:
    base = sqlite3.connect(path, isolation_level=None, factory=Mains)
    base.where = path
    base.execute("PRAGMA journal_mode = WAL")
    base.execute("PRAGMA synchronous = FULL")
    return base


@st.composite
def drafts(draw):
    """Legs of what happens to rights: issue, swipe, lease, pledge, trade, true-up, reservation."""
    one, other, mass = draw(FIRMS), draw(FIRMS), draw(MASS)
    right = draw(st.sampled_from([COD, VOC]))
    kind = draw(st.sampled_from([*sorted(LEGS), *FRESH]))
    return kind, LEGS[kind](one, other, right, mass)


LEGS = {
    Reason.ISSUE: lambda a, b, r, m: move(issued("province"), holding(a), r, 50 * m),
    Reason.FUND: lambda a, b, r, m: (
        *move(WORLD, cash(a), YUAN, 5_000 * m),
        *move(WORLD, cash("bank:X"), YUAN, 5_000 * m),
    ),
    Reason.SWIPE: lambda a, b, r, m: move(holding(a), used(a), r, m),
    Reason.LEASE: lambda a, b, r, m: (
        *move(holding(a), leased(b), r, m),
        *move(cash(b), cash(a), YUAN, 3 * m),
    ),
    Reason.LEASE_END: lambda a, b, r, m: move(leased(b), holding(a), r, m),
    Reason.PLEDGE: lambda a, b, r, m: (
        *move(holding(a), pledged(a), r, m),
        *move(cash("bank:X"), cash(a), YUAN, 2 * m),
    ),
    Reason.RELEASE: lambda a, b, r, m: move(pledged(a), holding(a), r, m),
    Reason.TRADE: lambda a, b, r, m: (
        *move(holding(a), holding(b), r, m),
        *move(cash(b), cash(a), YUAN, 7 * m),
    ),
    Reason.OFFER: lambda a, b, r, m: move(holding(a), escrow(a), r, m),
    Reason.WITHDRAW: lambda a, b, r, m: move(escrow(a), holding(a), r, m),
    Reason.TRUE_UP: lambda a, b, r, m: move(used(a), surrendered(a), r, m),
    Reason.PENALTY: lambda a, b, r, m: move(owed(a), used(a), r, m),
}


FRESH = [Reason.ISSUE] * 3 + [Reason.FUND] * 2
"""Drawn oftener, so that there is something to move."""
DRAFTS = st.lists(drafts(), min_size=1, max_size=8)
RARELY = st.sampled_from([False, False, False, True])
DONE: Counter[str] = Counter()
"""What the machines of a test did, so that one that does nothing does not pass."""


class JournalMachine(RuleBasedStateMachine):
    """Posts to both; cuts the power; compares after every step."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="journal-"))
        self.balances, self.entries, self.number = {}, {}, 0
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(database, "connect", connect)
        Mains.left = None
        self.open()

    def open(self):
        self.journal = Journal(self.folder / "accounts.sqlite", snapshot_every=9)

    def teardown(self):
        self.patch.undo()
        self.journal.close()
        path = self.folder / "accounts.sqlite"
        ledger, faults = find_faults(path)
        assert faults == []
        assert [entry.id for entry in ledger.journal] == list(self.entries)
        shutil.rmtree(self.folder)

    @rule(made=DRAFTS, again=st.booleans(), bad=RARELY)
    def post(self, made, again, bad):
        batch = self.batch(made, again, bad)
        after = self.model(batch)
        if after is None:
            with pytest.raises(RightsError):
                self.journal.post(batch)
            return
        new = len([entry for entry in batch if entry.id not in self.entries])
        told = self.journal.post(batch)
        assert told.posted == new
        assert told.head.entries == len(self.entries) + new
        self.keep(batch, after)

    @rule(made=DRAFTS, moment=st.integers(0, 60), again=st.booleans(), bad=RARELY)
    def power_cut(self, made, moment, again, bad):
        batch = self.batch(made, again, bad)
        after = self.model(batch)
        lost = Path(tempfile.mkdtemp(prefix="journal-"))
        Mains.left, Mains.copy_to = moment, lost
        try:
            self.journal.post(batch)
        except PowerCut:
            committed = False
        except RightsError:
            assert after is None
            committed = False
        else:
            committed = True
        cut, Mains.left = Mains.left is None, None
        DONE["cut"] += cut
        if cut and not committed:
            self.journal.close()
            shutil.rmtree(self.folder)
            self.folder = lost
            self.open()
        else:
            shutil.rmtree(lost)
        if committed:
            self.keep(batch, after)

    @rule(firm=FIRMS, mass=MASS, days=st.integers(0, 3))
    def reserve(self, firm, mass, days):
        self.number += 1
        until = DAY + timedelta(days=days)
        entry = reserve(f"r{self.number}", holding(firm), COD, mass, on=DAY, expires=until)
        self.try_to_post(entry)

    @rule(data=st.data(), end=st.sampled_from(["post", "void", "expire"]), part=MASS, to=FIRMS)
    def end_a_reservation(self, data, end, part, to):
        """What is pending is read from the file's own entries, after any number of cuts."""
        pending = [
            x
            for x in find_reservations(self.journal.ledger.journal).values()
            if x.state == "pending"
        ]
        if not pending:
            return
        chosen = data.draw(st.sampled_from(pending))
        late = chosen.expires + timedelta(days=1)
        if end == "post":
            amount = min(part, chosen.amount)
            entry = post(chosen, holding(to), on=DAY, reason=Reason.TRADE, amount=amount)
        else:
            entry = void(chosen, on=DAY) if end == "void" else expire(chosen, on=late)
        self.try_to_post(entry)

    def try_to_post(self, entry):
        after = self.model([entry])
        if after is None:
            with pytest.raises(RightsError):
                self.journal.post([entry])
            return
        self.journal.post([entry])
        self.keep([entry], after)

    @rule()
    def close_and_open(self):
        self.journal.close()
        self.open()

    @rule()
    def snapshot(self):
        self.journal.snapshot()

    @rule(data=st.data())
    def any_moment_of_the_past(self, data):
        path = self.folder / "accounts.sqlite"
        until = data.draw(st.integers(0, len(self.entries)))
        balances = {}
        for entry in list(self.entries.values())[:until]:
            add(balances, entry)
        expected = {key: balance for key, balance in balances.items() if balance}
        assert balances_at(path, until) == expected
        assert {(a, x): b for a, x, b in replay_file(path, until).balances()} == expected

    @invariant()
    def both_say_the_same(self):
        expected = {key: balance for key, balance in self.balances.items() if balance}
        assert {(a, x): b for a, x, b in self.journal.ledger.balances()} == expected
        assert [entry.id for entry in self.journal.ledger.journal] == list(self.entries)
        assert self.journal.head.entries == len(self.entries)

    def batch(self, made, again, bad):
        """Entries of the drafts; where `bad`, also those that the balances forbid."""
        batch = []
        for reason, legs in made:
            self.number += 1
            entry = Entry(f"e{self.number}", DAY, reason, legs, why=f"step {self.number % 3}")
            if bad or self.model([*batch, entry]) is not None:
                batch.append(entry)
        if again and self.entries:
            batch.append(self.entries[min(self.entries)])
        return batch

    def model(self, batch):
        """Balances after the batch, or `None` where it is refused."""
        after = dict(self.balances)
        for entry in batch:
            if entry.id in self.entries:
                continue
            add(after, entry)
            if any(b < 0 and account.pocket not in FREE for (account, _), b in after.items()):
                return None
        return after

    def keep(self, batch, after):
        DONE.update(entry.reason.value for entry in batch)
        self.balances = after
        self.entries |= {entry.id: entry for entry in batch if entry.id not in self.entries}


def add(balances, entry):
    for leg in entry.legs:
        key = leg.account, leg.asset
        balances[key] = balances.get(key, 0) + leg.delta


def steps(examples: int, count: int) -> settings:
    return settings(
        max_examples=examples, stateful_step_count=count, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip


def check(examples: int, count: int) -> None:
    DONE.clear()
    run_state_machine_as_test(JournalMachine, settings=steps(examples, count))
    # A short run may miss one or two of them; each was drawn about as often as the others.
    never = {*LEGS, Reason.EXPIRE, "cut"} - set(DONE)
    assert len(never) <= 5 and DONE["cut"], (never, DONE)


def test_nothing_is_lost_and_nothing_doubled_whatever_fails() -> None:
    check(25, 50)


@pytest.mark.slow
def test_nothing_is_lost_and_nothing_doubled_in_thousands_of_steps() -> None:
    check(80, 60)
