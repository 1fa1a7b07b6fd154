"""Batches against entries posted one by one: same result, same first error, same journal."""

from __future__ import annotations

import subprocess
import sys
from copy import deepcopy
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from permits.account import WORLD, cash, escrow, holding, issued, owed, surrendered, used
from permits.errors import BadEntry, IdReused, Overdraw, RightsError, Unbalanced
from permits.invariants import find_violations
from permits.ledger import (
    MOST,
    Entry,
    EntryBatch,
    Ledger,
    Leg,
    Numbering,
    Reason,
    move,
    numbered_ids,
    replay,
)
from permits.right import YUAN, Right

COD, VOC = Right("COD", "taihu", 2018), Right("VOC", "全省", 2018)
ACCOUNTS = (
    issued("p"), holding("A"), holding("B"), escrow("A"), used("A"), owed("A"), cash("A"),
    used("B"), surrendered("A"),
)  # fmt: skip
DAY = date(2018, 3, 1)
ROOT = Path(__file__).resolve().parents[2]

NEW = "new"
IDS = st.sampled_from([*12 * [NEW], "e1", "e2", "", "a much longer id than others/2018", "水"])
SMALL, GREAT = st.integers(1, 50), st.sampled_from([MOST, MOST - 1, MOST // 2])
DELTAS = st.integers(-4, 4) | st.sampled_from([MOST, -MOST, MOST + 1, -(2**63), 2**63 - 1])
ASSETS = st.sampled_from([COD, VOC, YUAN])
ISSUES = st.builds(move, st.just(issued("p")), st.sampled_from(ACCOUNTS[1:4]), ASSETS, SMALL)
MOVES = st.builds(move, st.sampled_from(ACCOUNTS), st.sampled_from(ACCOUNTS), ASSETS, SMALL)
GREAT_MOVES = st.builds(move, st.sampled_from(ACCOUNTS), st.sampled_from(ACCOUNTS), ASSETS, GREAT)
GOOD_LEGS = st.lists(ISSUES, min_size=1, max_size=3).map(lambda pairs: sum(pairs, ()))
ANY_LEGS = st.lists(ISSUES | MOVES | GREAT_MOVES, min_size=1, max_size=4).map(
    lambda pairs: sum(pairs, ())
)
BAD_LEGS = st.lists(st.builds(Leg, st.sampled_from(ACCOUNTS), ASSETS, DELTAS), max_size=4).map(
    tuple
)
ENTRIES = st.builds(
    Entry,
    IDS,
    st.just(DAY),
    st.just(Reason.ISSUE),
    st.integers(0, 9).flatmap(lambda n: GOOD_LEGS if n < 7 else ANY_LEGS if n < 9 else BAD_LEGS),
    st.sampled_from(["", "lot 7"]),
    st.sampled_from([None, None, None, "e1"]),
)
CHANGES = st.sampled_from(
    [{}, {}, {}, {"why": "x"}, {"corrects": "e9"}, {"on": date(2019, 1, 1)},
     {"reason": Reason.FEE}]
)  # fmt: skip


def result_of(step, *args, **options):
    """What it returns, or all that its error tells."""
    try:
        return step(*args, **options)
    except RightsError as error:
        return type(error), error.code, error.where, error.values, str(error)


def state(ledger):
    return list(ledger.balances()), list(ledger.journal)


class BatchMachine(RuleBasedStateMachine):
    """One ledger takes batches and entries in turns, the other only entries."""

    def __init__(self):
        super().__init__()
        self.ledger, self.plain, self.names, self.number = Ledger(), Ledger(), Numbering(), 0

    def numbered(self, entry):
        self.number += 1
        return replace(entry, id=f"n{self.number}") if entry.id == NEW else entry

    @rule(
        entries=st.lists(ENTRIES, max_size=8),
        compiled=st.sampled_from([True, True, True, False]),
        whole=st.booleans(),
        shared=st.booleans(),
    )
    def batch(self, entries, compiled, whole, shared):
        entries = [self.numbered(entry) for entry in entries]
        batch = EntryBatch.of(entries, self.names if shared else None)
        assert list(batch.entries()) == entries
        trial = deepcopy(self.plain) if whole else self.plain
        posted = result_of(self.ledger.post_batch, batch, whole=whole, compiled=compiled)
        expected = result_of(lambda: [trial.post(entry) == "posted" for entry in entries])
        assert (posted.tolist() if isinstance(posted, np.ndarray) else posted) == expected
        if isinstance(expected, list):
            self.plain = trial

    @rule(entry=ENTRIES)
    def one(self, entry):
        entry = self.numbered(entry)
        assert result_of(self.ledger.post, entry) == result_of(self.plain.post, entry)

    @rule(data=st.data(), compiled=st.booleans())
    def some_of_it_again(self, data, compiled):
        if len(self.ledger.journal):
            known = st.builds(replace, st.sampled_from(list(self.plain.journal)))
            changed = st.builds(lambda entry, more: replace(entry, **more), known, CHANGES)
            again = data.draw(st.lists(known | changed | ENTRIES, min_size=1, max_size=6))
            self.batch(again, compiled, whole=data.draw(st.booleans()), shared=True)

    @invariant()
    def both_say_the_same(self):
        assert state(self.ledger) == state(self.plain)
        assert len(self.ledger.journal) == len(self.plain.journal)
        assert self.ledger.count_legs() == sum(len(e.legs) for e in self.plain.journal)
        for account in ACCOUNTS:
            assert self.ledger.balance(account, COD) == self.plain.balance(account, COD)

    def teardown(self):
        assert find_violations(self.ledger) == find_violations(self.plain)
        assert state(replay(self.ledger.journal)) == state(self.plain)


BatchMachine.TestCase.settings = settings(max_examples=12, stateful_step_count=8, deadline=None)
TestBatchesAgainstEntries = BatchMachine.TestCase


class LongBatchMachine(BatchMachine):
    """The same, for long."""


LongBatchMachine.TestCase.settings = settings(
    max_examples=250, stateful_step_count=20, deadline=None
)
TestBatchesAgainstEntriesForLong = pytest.mark.slow(LongBatchMachine.TestCase)


def swipes(count, names=None, firm="A"):
    """An opening and `count` swipes of 1 mg."""
    names = Numbering() if names is None else names
    opening = Entry("open", DAY, Reason.ISSUE, move(issued("p"), holding(firm), COD, count))
    legs = move(holding(firm), used(firm), COD, 1)
    year = [Entry(f"s/{n}", DAY, Reason.SWIPE, legs, f"card {n % 3}") for n in range(count)]
    return EntryBatch.of([opening, *year], names)


def test_thousands_at_once_give_the_journal_and_the_balances_of_one_by_one():
    """Beyond the room that the arrays begin with, and beyond what is read at a time."""
    batch = swipes(12_000)
    ledger, plain = Ledger(), Ledger()
    assert ledger.post_batch(batch, compiled=True).all()
    plain.post_all(batch.entries())
    assert state(ledger) == state(plain)
    assert not ledger.post_batch(batch).any()
    assert find_violations(ledger) == []
    assert ledger.journal[-1] == plain.journal[-1]
    assert ledger.journal[5:7] == plain.journal[5:7]
    assert ledger.journal[::-4000] == plain.journal[::-4000]
    with pytest.raises(IndexError):
        ledger.journal[12_001]


def test_many_pairs_and_an_entry_of_many_legs_find_room():
    """Every pair is new, and one entry has more legs than there was room for pairs."""
    firms = [holding(f"F{n}") for n in range(3_000)]
    legs = sum((move(issued("p"), firm, COD, 5) for firm in firms), ())
    entries = [Entry("all", DAY, Reason.ISSUE, legs)] + [
        Entry(f"t{n}", DAY, Reason.TRADE, move(firm, escrow(f"F{n}"), COD, 5))
        for n, firm in enumerate(firms)
    ]
    ledger, plain = Ledger(), Ledger()
    ledger.post_batch(EntryBatch.of(entries), compiled=True)
    plain.post_all(entries)
    assert state(ledger) == state(plain)


@pytest.mark.parametrize("compiled", [True, False])
def test_a_batch_that_must_be_whole_leaves_nothing_behind(compiled):
    ledger, names = Ledger(), Numbering()
    ledger.post_batch(swipes(20, names), compiled=compiled)
    before = state(ledger)
    bad = Entry("bad", DAY, Reason.TRADE, move(holding("B"), holding("A"), COD, 1))
    more = [*swipes(30, firm="C").entries()][1:]
    fund = Entry("c", DAY, Reason.ISSUE, move(issued("p"), holding("C"), COD, 30))
    fine = [fund, *(replace(entry, id=f"c/{entry.id}") for entry in more)]
    with pytest.raises(Overdraw, match=r"B#holding holds 0 t"):
        ledger.post_batch(EntryBatch.of([*fine, bad], names), whole=True, compiled=compiled)
    assert state(ledger) == before
    assert ledger.post_batch(EntryBatch.of(fine, names), whole=True, compiled=compiled).all()
    assert find_violations(ledger) == []


@pytest.mark.parametrize("compiled", [True, False])
def test_what_64_bits_do_not_hold_is_refused(compiled):
    """A leg and a balance beyond `MOST`; on the way to a sound end it may be passed."""
    ledger = Ledger()

    def post(*legs):
        number = len(ledger.journal)
        batch = EntryBatch.of([Entry(f"e{number}", DAY, Reason.ISSUE, legs)])
        return ledger.post_batch(batch, compiled=compiled)

    post(*move(issued("p"), holding("A"), COD, MOST))
    with pytest.raises(BadEntry, match=f"a leg moves -{MOST + 1}"):
        post(*move(issued("p"), holding("B"), COD, MOST + 1))
    with pytest.raises(BadEntry, match=f"issued would have -{MOST + 1} of COD"):
        post(*move(issued("p"), holding("B"), COD, 1))
    back = (*move(issued("p"), holding("B"), COD, 9), *move(holding("A"), issued("p"), COD, 9))
    assert post(*back).all()
    assert ledger.balance(issued("p"), COD) == -MOST


def test_what_has_no_place_in_a_batch_is_refused_when_it_is_made():
    legs = move(issued("p"), holding("A"), COD, 1)
    with pytest.raises(BadEntry, match="NUL character"):
        EntryBatch.of([Entry("e\0", DAY, Reason.ISSUE, legs)])
    with pytest.raises(BadEntry, match="NUL character"):
        Ledger().post(Entry("e\0", DAY, Reason.ISSUE, legs))
    for delta in (2**63, 1.5, True):
        with pytest.raises(BadEntry, match="a leg moves"):
            EntryBatch.of([Entry("e", DAY, Reason.ISSUE, (Leg(holding("A"), COD, delta),))])


@pytest.mark.parametrize(
    "change",
    [
        {"why": "x"},
        {"corrects": "e9"},
        {"on": date(2019, 1, 1)},
        {"reason": Reason.FEE},
        {"legs": move(issued("p"), holding("A"), COD, 6)},
        {"legs": move(issued("p"), holding("B"), COD, 5)},
        {"legs": move(issued("p"), holding("A"), VOC, 5)},
        {"legs": 2 * move(issued("p"), holding("A"), COD, 5)},
        {"legs": move(issued("p"), holding("A"), COD, 5)[::-1]},
    ],
)
def test_a_known_id_with_other_content_is_refused(change):
    """In the batch that brought it, in the next, and beside the plain path."""
    first = Entry("e1", DAY, Reason.ISSUE, move(issued("p"), holding("A"), COD, 5), corrects="e0")
    other = replace(first, **change)
    ledger = Ledger()
    for batch in ([first, other], [other]):
        with pytest.raises(IdReused):
            ledger.post_batch(EntryBatch.of(batch), compiled=True)
    with pytest.raises(IdReused):
        ledger.post(other)
    assert ledger.post_batch(EntryBatch.of([first, first]), compiled=True).tolist() == [False] * 2
    assert list(ledger.journal) == [first]


@pytest.mark.parametrize("amount", [MOST, -1], ids=["too much", "too little"])
def test_a_refused_entry_leaves_no_trace_in_the_order_of_balances(amount):
    """The accounts that it names first come where they are first posted to."""
    one = Entry("e1", DAY, Reason.ISSUE, move(issued("p"), holding("A"), COD, 5))
    last = (
        move(issued("p"), holding("A"), COD, amount)
        if amount > 0
        else move(holding("A"), used("A"), COD, 6)
    )
    bad = Entry("bad", DAY, Reason.ISSUE, (*move(issued("p"), holding("B"), COD, 1), *last))
    more = [
        Entry(f"f{n}", DAY, Reason.ISSUE, move(issued("p"), account, COD, 1))
        for n, account in enumerate((escrow("A"), holding("B"), used("A")))
    ]
    ledger = Ledger()
    with pytest.raises(RightsError):
        ledger.post_batch(EntryBatch.of([one, bad]), compiled=True)
    ledger.post_batch(EntryBatch.of(more), compiled=True)
    order = [account for account, _, _ in ledger.balances()]
    assert order == [issued("p"), holding("A"), escrow("A"), holding("B"), used("A")]
    assert find_violations(ledger) == []


def test_sums_that_leave_64_bits_are_no_sums_of_zero():
    """Eight accounts get 2**61 each: what wraps around to zero is not zero."""
    legs = tuple(Leg(holding(f"F{n}"), COD, 2**61) for n in range(8))
    with pytest.raises(Unbalanced, match=f"add up to {2**64}"):
        Ledger().post_batch(EntryBatch.of([Entry("e", DAY, Reason.ISSUE, legs)]), compiled=True)


def test_an_entry_without_an_id_is_refused_also_by_arrays():
    legs = move(issued("p"), holding("A"), COD, 1)
    with pytest.raises(BadEntry, match="an entry needs an id"):
        Ledger().post_batch(EntryBatch.of([Entry("", DAY, Reason.ISSUE, legs)]), compiled=True)


def touch(ledger, change):
    """Edit the arrays behind the ledger's back; the plain audit then looks at the same."""
    rows, pairs = ledger.columns().rows, ledger.columns().pairs
    change(rows, pairs)
    return Ledger(list(ledger.journal), {(a, x): b for a, x, b in ledger.balances()})


def swap_first_two(rows):
    """What the first two entries move, the one for the other."""
    for column in (rows.account, rows.asset, rows.delta):
        column[:4] = column[[2, 3, 0, 1]]


@pytest.mark.parametrize(
    "change",
    [
        lambda rows, pairs: rows.delta.__setitem__(3, 7),
        lambda rows, pairs: rows.delta.__setitem__([3, 5], (7, -5)),
        lambda rows, pairs: rows.delta.__setitem__(slice(2, 4), 0),
        lambda rows, pairs: rows.delta.__setitem__(slice(0, 2), (-90, 90)),
        lambda rows, pairs: rows.account.__setitem__(4, rows.account[5]),
        lambda rows, pairs: rows.words.__setitem__(1, rows.words[2]),
        lambda rows, pairs: rows.corrects.__setitem__(5, 0),
        lambda rows, pairs: pairs.balance.__setitem__(1, 5),
        lambda rows, pairs: rows.delta.__setitem__(slice(0, 2), (-(2**63), 2**63 - 1)),
        lambda rows, pairs: swap_first_two(rows),
        lambda rows, pairs: rows.day.__setitem__(2, 700_000),
    ],
)
def test_the_compiled_audit_finds_fault_where_the_plain_one_does(change):
    """A digit, two that make up for each other, legs of nothing, an issue too small, an
    account, an id, a correction of nothing, a balance, sums beyond 64 bits, an order in
    which a pocket was empty; and a date, which no audit can know."""
    ledger = Ledger()
    ledger.post_batch(swipes(100), compiled=True)
    assert find_violations(ledger) == []
    plain = touch(ledger, change)
    found = find_violations(plain)
    assert ledger.columns().is_sound(money=True) == (not found)
    assert find_violations(ledger) == found


@pytest.mark.parametrize("money", [True, False])
def test_money_is_left_out_of_the_compiled_audit_on_request(money):
    ledger = Ledger()
    entries = [Entry("f", DAY, Reason.FUND, move(WORLD, cash("A"), YUAN, 5))]
    ledger.post_batch(EntryBatch.of(entries), compiled=True)
    rows, pairs = ledger.columns().rows, ledger.columns().pairs
    rows.delta[0] -= 1
    pairs.balance[0] -= 1
    pairs.balance[1] = rows.delta[1] = -5
    assert ledger.columns().is_sound(money=money) == (not money)
    assert [fault.code for fault in find_violations(ledger, money=money)] == money * [
        "audit.unbalanced", "audit.floor", "audit.conservation",
    ]  # fmt: skip


def test_of_many_ids_none_is_taken_for_another():
    """Among so many some share the 32 bits of their hash; the kernel is taken by itself."""
    names, count = Numbering(), 250_000
    ledger = Ledger()
    batch = EntryBatch.of_moves(
        names, numbered_ids("e", range(count)), day=DAY.toordinal(), reason=Reason.ISSUE,
        source=names.account_no(issued("p")), target=names.account_no(holding("A")),
        asset=names.asset_no(COD), amount=1,
    )  # fmt: skip
    assert ledger.post_batch(batch).all()
    assert ledger.columns() is not None
    assert ledger.balance(holding("A"), COD) == count


def test_an_id_is_compared_by_all_its_bytes():
    """Ids that share beginning, end, length or padding are different ids."""
    ids = ["a", "a\0b", "ab", "b", "a" * 8, "a" * 16, "a" * 15 + "b", "排污权", "排污", "\ud800"]
    legs = move(issued("p"), holding("A"), COD, 1)
    entries = [Entry(name, DAY, Reason.ISSUE, legs) for name in ids]
    ledger = Ledger()
    assert ledger.post_batch(EntryBatch.of(entries), compiled=True).all()
    assert [entry.id for entry in ledger.journal] == ids
    with pytest.raises(IdReused):
        ledger.post(replace(entries[3], why="other"))


def test_a_batch_equals_another_whatever_its_numbers():
    entries = list(swipes(5).entries())
    other = Numbering([used("A"), holding("Z")], [VOC])
    assert EntryBatch.of(entries) == EntryBatch.of(entries, other)
    assert EntryBatch.of(entries) != EntryBatch.of(entries[1:], other)
    assert EntryBatch.of(entries) != EntryBatch.of([*entries[1:], entries[0]], other)


@given(st.lists(st.integers(0, 10**12), max_size=20), st.sampled_from(["", "swipe/", "卡/2018/"]))
def test_numbered_ids_are_the_text_and_the_number(numbers, before):
    ids = numbered_ids(before, numbers)
    assert [raw.decode() for raw in ids.tolist()] == [f"{before}{n}" for n in numbers]


def test_moves_as_arrays_are_the_moves_as_entries():
    names = Numbering()
    source, right = names.account_no(issued("p")), names.asset_no(COD)
    targets = np.array([names.account_no(holding(firm)) for firm in "ABC"])
    batch = EntryBatch.of_moves(
        names, numbered_ids("m", range(3)), day=DAY.toordinal(), reason=Reason.ISSUE,
        source=source, target=targets, asset=right, amount=[5, 6, 7], why="opening",
    )  # fmt: skip
    assert list(batch.entries()) == [
        Entry(f"m{n}", DAY, Reason.ISSUE, move(issued("p"), holding(firm), COD, 5 + n), "opening")
        for n, firm in enumerate("ABC")
    ]


def test_a_small_batch_waits_for_no_compiler():
    program = """
import sys
from datetime import date
from permits.account import holding, issued
from permits.ledger import Entry, EntryBatch, Ledger, Reason, move
from permits.right import YUAN
legs = move(issued("p"), holding("A"), YUAN, 1)
entries = [Entry(f"e{n}", date(2018, 1, 1), Reason.ISSUE, legs) for n in range(2000)]
ledger = Ledger()
ledger.post_batch(EntryBatch.of(entries))
assert len(ledger.journal) == 2000
assert "numba" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)
