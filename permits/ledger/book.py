"""Balances and the journal they result from; the only poster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, overload

import numpy as np
from numpy.typing import NDArray

from permits.account import Account
from permits.ledger.batch import EntryBatch, Numbering
from permits.ledger.entry import (
    MOST,
    Entry,
    Posted,
    check_legs,
    find_return,
    id_reused,
    overdraw,
    returned,
    too_much,
)
from permits.right import Asset

if TYPE_CHECKING:
    from permits.ledger.entry_arrays import Columns


LARGE = 50_000
"""Number of entries from which the compiled kernel saves more time than loading it takes.

Loading takes about a second; the first time, compiling it takes several.
"""


@dataclass(slots=True)
class Ledger:
    """Balances and the journal they result from.

    Entries posted one by one are kept in a list and dictionaries. With a large batch, or a
    batch in a large ledger, the journal moves into `Columns`, arrays that hold millions; the
    list and dictionaries then hold the entries posted since the last batch, and are
    searched before the arrays.
    """

    _tail: list[Entry] = field(default_factory=list)
    _balances: dict[tuple[Account, Asset], int] = field(default_factory=dict)
    _by_id: dict[str, Entry] = field(default_factory=dict)
    _columns: Columns | None = None

    @property
    def journal(self) -> Sequence[Entry]:
        """The entries in order of posting."""
        return self._tail if self._columns is None else EntryLog(self._columns, self._tail)

    def post(self, entry: Entry) -> Posted:
        """Apply an entry, or raise and change nothing.

        Checks, in this order, so that a bad entry always gives the same error:
        an id seen before (`IdReused`, or `already_posted` where the content is the
        same), legs (`BadEntry`), sums (`Unbalanced`), rights that come back (`NotAllowed`),
        balances beyond `MOST` (`BadEntry`), floors (`Overdraw`).
        """
        return self._post(entry, told=False)

    def _post(self, entry: Entry, *, told: bool) -> Posted:
        """`post`; of an entry `told` by a stored journal rights may come back."""
        known = self.find(entry.id)
        if known is not None:
            if known == entry:
                return "already_posted"
            raise id_reused(entry)
        check_legs(entry)
        if not told:
            self._check_return(entry)
        after = self._after(entry)
        self._balances.update(after)
        self._by_id[entry.id] = entry
        self._tail.append(entry)
        return "posted"

    def post_all(self, entries: Iterable[Entry]) -> None:
        """Post entries one after another; the first bad one raises."""
        for entry in entries:
            self.post(entry)

    def post_batch(
        self,
        batch: EntryBatch,
        *,
        whole: bool = False,
        compiled: bool | None = None,
        told: bool = False,
    ) -> NDArray[np.bool_]:
        """Post the entries of a batch one after another: same result and same first error.

        Args:
            batch: the entries.
            whole: post nothing if any entry is bad; otherwise those before it stay.
            compiled: with the kernel or one by one; `None` uses it where it saves time.
            told: the entries are a stored journal's, which is what it is: used rights that came
                back there are for the audit to find, and stop nobody from going on.
        Returns: for each entry whether it was posted (E,); false where it already was.
        Raises: the error of `post` for the first bad entry.
        """
        if compiled is None:
            compiled = self._columns is not None or len(self._tail) + len(batch) >= LARGE
        if compiled:
            return self._post_compiled(batch, whole, told)
        return self._post_plain(batch, whole, told)

    def find(self, entry_id: str) -> Entry | None:
        """The entry posted under an id, or `None`."""
        known = self._by_id.get(entry_id)
        if known is None and self._columns is not None:
            known = self._columns.find(entry_id)
        return known

    def balance(self, account: Account, asset: Asset) -> int:
        """Balance of `asset` in `account` [mg or fen]; 0 where nothing was posted."""
        balance = self._balances.get((account, asset))
        if balance is None:
            return 0 if self._columns is None else self._columns.balance(account, asset)
        return balance

    def balances(self) -> Iterator[tuple[Account, Asset, int]]:
        """All nonzero balances, in the order of first posting."""
        every: Iterable[tuple[tuple[Account, Asset], int]] = self._balances.items()
        if self._columns is not None:
            every = self._columns.balances()
            if self._balances:
                every = {**dict(every), **self._balances}.items()
        return ((a, x, b) for (a, x), b in every if b)

    def copy(self) -> Ledger:
        """Another ledger with the same entries and balances; the two go on apart."""
        return Ledger(
            list(self._tail), dict(self._balances), dict(self._by_id), deepcopy(self._columns)
        )

    def count_legs(self) -> int:
        """Number of legs posted, counted without creating entries from arrays."""
        held = 0 if self._columns is None else self._columns.legs
        return held + sum(len(entry.legs) for entry in self._tail)

    def columns(self) -> Columns | None:
        """The whole journal as arrays, or `None` as long as no large batch was posted.

        Raises: BadEntry where an entry was put into the journal that `post` would refuse.
        """
        if self._columns is not None and (self._tail or self._balances):
            self._columns.fold(self._tail, self._balances)
            self._tail.clear()
            self._balances.clear()
            self._by_id.clear()
        return self._columns

    def _post_compiled(self, batch: EntryBatch, whole: bool, told: bool) -> NDArray[np.bool_]:
        columns = self._start_columns(batch.names)
        rows, fresh = columns.prepare(batch), np.zeros(len(batch), np.bool_)
        begun, pairs = columns.extent()
        row, done = columns.post(rows, 0, fresh, told)
        try:
            while not done:
                fresh[row] = self._post(batch.entry(row), told=told) == "posted"
                # Folded in at once: the kernel reads balances from the arrays only.
                self.columns()
                row, done = columns.post(rows, row + 1, fresh, told)
        except BaseException:
            if whole:
                columns.take_back(begun, pairs)
            raise
        return fresh

    def _start_columns(self, names: Numbering) -> Columns:
        """The whole journal as arrays; it stays in that form from now on."""
        if self._columns is None:
            from permits.ledger.entry_arrays import Columns

            self._columns = Columns(names)
        self.columns()
        return self._columns

    def _post_plain(self, batch: EntryBatch, whole: bool, told: bool) -> NDArray[np.bool_]:
        begun, known = len(self._tail), len(self._balances)
        try:
            posted = [self._post(x, told=told) == "posted" for x in batch.entries()]
            return np.array(posted, np.bool_)
        except BaseException:
            if whole:
                self._take_back(begun, known)
            raise

    def _take_back(self, entries: int, balances: int) -> None:
        """Keep only the first `entries` entries and `balances` balances."""
        for entry in self._tail[entries:]:
            del self._by_id[entry.id]
            for leg in entry.legs:
                self._balances[leg.account, leg.asset] -= leg.delta
        del self._tail[entries:]
        while len(self._balances) > balances:
            self._balances.popitem()  # removes the pair that was added last

    def _check_return(self, entry: Entry) -> None:
        """Used and retired rights come back only where an entry corrects an earlier one."""
        leg = find_return(entry)
        if leg is not None and (entry.corrects is None or self.find(entry.corrects) is None):
            raise returned(entry, leg)

    def _after(self, entry: Entry) -> dict[tuple[Account, Asset], int]:
        balances, after = self._balances, dict[tuple[Account, Asset], int]()
        for leg in entry.legs:
            key = (leg.account, leg.asset)
            before = after.get(key)
            if before is None:
                before = balances.get(key)
                if before is None:
                    before = self.balance(*key) if self._columns is not None else 0
            after[key] = before + leg.delta
        # Range before floors: `post` promises that order of errors.
        for (account, asset), balance in after.items():
            if not -MOST <= balance <= MOST:
                raise too_much(entry, account, asset, balance)
        for number, leg in enumerate(entry.legs):
            if leg.delta > 0 or leg.account.may_go_below_zero:
                continue
            if after[leg.account, leg.asset] < 0:
                raise overdraw(entry, number, self.balance(leg.account, leg.asset))
        return after


@dataclass(frozen=True, slots=True)
class EntryLog(Sequence[Entry]):
    """Entries kept as arrays, made into objects as they are read, followed by newer ones."""

    columns: Columns
    tail: Sequence[Entry]

    def __len__(self) -> int:
        return len(self.columns) + len(self.tail)

    def __iter__(self) -> Iterator[Entry]:
        yield from self.columns.entries(0, len(self.columns))
        yield from self.tail

    @overload
    def __getitem__(self, at: int) -> Entry: ...
    @overload
    def __getitem__(self, at: slice) -> list[Entry]: ...
    def __getitem__(self, at: int | slice) -> Entry | list[Entry]:
        if isinstance(at, slice):
            begin, end, step = at.indices(len(self))
            if step == 1:
                return [*self._between(begin, end)]
            return [self[number] for number in range(begin, end, step)]
        number = range(len(self))[at]  # raises IndexError
        return next(self._between(number, number + 1))

    def _between(self, begin: int, end: int) -> Iterator[Entry]:
        held = len(self.columns)
        yield from self.columns.entries(begin, min(end, held))
        yield from self.tail[max(0, begin - held) : max(0, end - held)]


def replay(journal: Iterable[Entry], until: int | None = None) -> Ledger:
    """A ledger from the first `until` entries of a journal (all, where `None`)."""
    ledger = Ledger()
    for number, entry in enumerate(journal):
        if until is not None and number >= until:
            break
        ledger.post(entry)
    return ledger
