"""Balances and the journal that explains them: the only poster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from permits.account import Account
from permits.ledger.batch import EntryBatch
from permits.ledger.entry import MOST, Entry, Posted, check_legs, id_reused, overdraw, too_much
from permits.right import Asset


@dataclass(slots=True)
class Ledger:
    """Balances and the journal that explains them."""

    journal: list[Entry] = field(default_factory=list)
    _balances: dict[tuple[Account, Asset], int] = field(default_factory=dict)
    _by_id: dict[str, Entry] = field(default_factory=dict)

    def post(self, entry: Entry) -> Posted:
        """Apply an entry, or raise and change nothing.

        Checks, in this order, so that a bad entry always gives the same error:
        an id seen before (`IdReused`, or `already_posted` where the content is the
        same), legs (`BadEntry`), sums (`Unbalanced`), sizes (`BadEntry` beyond `MOST`),
        floors (`Overdraw`).
        """
        known = self._by_id.get(entry.id)
        if known is not None:
            if known == entry:
                return "already_posted"
            raise id_reused(entry)
        check_legs(entry)
        after = self._after(entry)
        self._balances.update(after)
        self._by_id[entry.id] = entry
        self.journal.append(entry)
        return "posted"

    def post_all(self, entries: Iterable[Entry]) -> None:
        """Post entries one after another; the first bad one raises."""
        for entry in entries:
            self.post(entry)

    def post_batch(self, batch: EntryBatch, *, whole: bool = False) -> NDArray[np.bool_]:
        """Post the entries of a batch one after another: same result and same first error.

        Returns: for each entry whether it was posted (E,); false where it already was.
        Raises: what `post` raises for the first bad entry. Those before it stay posted, or,
            where `whole`, nothing of the batch is.
        """
        return self._post_plain(batch, whole)

    def balance(self, account: Account, asset: Asset) -> int:
        """Balance of `asset` in `account` [mg or fen]; 0 where nothing was posted."""
        return self._balances.get((account, asset), 0)

    def balances(self) -> Iterator[tuple[Account, Asset, int]]:
        """Every balance that is not zero, in the order of first posting."""
        return ((a, x, b) for (a, x), b in self._balances.items() if b)

    def _post_plain(self, batch: EntryBatch, whole: bool) -> NDArray[np.bool_]:
        begun, known = len(self.journal), len(self._balances)
        try:
            return np.array([self.post(x) == "posted" for x in batch.entries()], np.bool_)
        except Exception:
            if whole:
                self._take_back(begun, known)
            raise

    def _take_back(self, entries: int, balances: int) -> None:
        """Leave only the first so many entries; no more than so many balances were known."""
        for entry in self.journal[entries:]:
            del self._by_id[entry.id]
            for leg in entry.legs:
                self._balances[leg.account, leg.asset] -= leg.delta
        del self.journal[entries:]
        while len(self._balances) > balances:
            self._balances.popitem()  # a dictionary gives back first what came last

    def _after(self, entry: Entry) -> dict[tuple[Account, Asset], int]:
        balances, after = self._balances, dict[tuple[Account, Asset], int]()
        for leg in entry.legs:
            key = (leg.account, leg.asset)
            before = after.get(key)
            if before is None:
                before = balances.get(key, 0)
            after[key] = before + leg.delta
        for (account, asset), balance in after.items():
            if not -MOST <= balance <= MOST:
                raise too_much(entry, account, asset, balance)
        for number, leg in enumerate(entry.legs):
            if leg.delta > 0 or leg.account.may_go_below_zero:
                continue
            if after[leg.account, leg.asset] < 0:
                raise overdraw(entry, number, self.balance(leg.account, leg.asset))
        return after


def replay(journal: Iterable[Entry], until: int | None = None) -> Ledger:
    """A ledger from the first `until` entries of a journal (all, where `None`)."""
    ledger = Ledger()
    for number, entry in enumerate(journal):
        if until is not None and number >= until:
            break
        ledger.post(entry)
    return ledger
