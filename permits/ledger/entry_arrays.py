"""A ledger's journal and balances as arrays, used once batches are large.

Imports the compiled kernel, and is therefore imported with the first large batch only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from permits.account import GONE, SPENT, Account
from permits.ledger import posting_kernel
from permits.ledger.batch import (
    AT_ONCE,
    REASONS,
    EntryBatch,
    Int32Array,
    Int64Array,
    Numbering,
    id_array,
    legs_of,
)
from permits.ledger.entry import Entry
from permits.ledger.posting_kernel import ENTRIES, LEGS, PAIRS, WORDS, Pairs, Rows, UIntArray
from permits.right import Asset, Money, Right

_LEAST = 1024  # smallest hash table: a power of two, since places are found by a bit mask
_KINDS = (np.int32, np.int8, np.int32, np.int32, np.int64, np.int32, np.int32, np.int64, np.int64,
         np.uint64)  # fmt: skip
_PER = (ENTRIES, ENTRIES, ENTRIES, ENTRIES, ENTRIES, LEGS, LEGS, LEGS, ENTRIES, WORDS)


@dataclass(slots=True)
class Columns:
    """Entries in order of posting, and their balances; `count` holds the used lengths."""

    names: Numbering
    rows: Rows = field(init=False)
    pairs: Pairs = field(init=False)
    id_table: UIntArray = field(init=False)
    count: Int64Array = field(default_factory=lambda: np.zeros(4, np.int64))
    floorless: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    spent: Int32Array = field(default_factory=lambda: np.zeros(0, np.int32))
    mass: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    _owner_no: dict[str, int] = field(default_factory=dict)
    _texts: list[str] = field(default_factory=list)
    _text_no: dict[str, int] = field(default_factory=dict)
    _numbers: tuple[Numbering, Int32Array, Int32Array] | None = None

    def __post_init__(self) -> None:
        self.rows = _rows_of([np.zeros(1, kind) for kind in _KINDS])
        self.pairs = Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(2, np.int32))
        self.id_table = np.zeros(_LEAST, np.uint64)

    def __len__(self) -> int:
        return int(self.count[ENTRIES])

    @property
    def legs(self) -> int:
        """Number of legs of all entries."""
        return int(self.count[LEGS])

    def extent(self) -> tuple[int, int]:
        """Number of entries, and of pairs of account and asset."""
        return len(self), int(self.count[PAIRS])

    def post(
        self, batch: Rows, begin: int, fresh: NDArray[np.bool_], told: bool = False
    ) -> tuple[int, bool]:
        """Post entries of a prepared batch from `begin` on.

        Args:
            batch: result of `prepare`, with E entries.
            begin: first entry to post.
            fresh: (E,) set to true for every entry posted.
            told: the entries are a stored journal's, in which used rights may come back.
        Returns: the number of the first one not posted, and whether all are.
        """
        legs = int(np.diff(batch.first_leg).max(initial=0))
        self._know_names()
        sums, slots = np.zeros(len(self.names.assets), np.int64), np.zeros(legs, np.int64)
        spent = np.zeros_like(self.spent) if told else self.spent
        while True:
            begin, state = posting_kernel.post_rows(
                batch, self.rows, *batch, *self.rows, *self.pairs, self.id_table, self.floorless,
                spent, self.mass, self.count, sums, slots, fresh, begin,
            )  # fmt: skip
            if state != posting_kernel.GROW:
                return begin, state == posting_kernel.DONE
            self._grow_pairs(legs)

    def prepare(self, batch: EntryBatch) -> Rows:
        """The batch in the kernel's form and this journal's numbers; arrays grow as needed."""
        account, asset = batch.account, batch.asset
        if batch.names is not self.names:
            accounts, assets = self._renumber(batch.names)
            account, asset = accounts[account], assets[asset]
        wide = -(-batch.ids.dtype.itemsize // 8)
        words = _own(batch.ids.astype(f"S{8 * wide}", copy=False)).view(np.uint64)
        rows = Rows(
            _own(batch.day),
            _own(batch.reason),
            self._whys(batch),
            self._corrects(batch),
            _own(batch.first_leg),
            _own(account),
            _own(asset),
            _own(batch.delta),
            np.arange(0, len(words) + 1, wide, dtype=np.int64),
            words,
        )
        self._grow_rows(len(batch), len(batch.delta), len(words))
        return rows

    def fold(self, tail: list[Entry], balances: Mapping[tuple[Account, Asset], int]) -> None:
        """Append entries that were posted one by one, and their resulting balances.

        Raises: BadEntry where one does not fit into a batch; nothing is appended.
        """
        rows = self.prepare(EntryBatch.of(tail, self.names))
        begun, legs, word = (int(self.count[n]) for n in (ENTRIES, LEGS, WORDS))
        trimmed = _trimmed(rows)
        # Only after `prepare`, which may replace the arrays by longer ones.
        mine = self.rows
        for name in ("day", "reason", "why", "corrects"):
            getattr(mine, name)[begun : begun + len(tail)] = getattr(rows, name)
        for name in ("account", "asset", "delta"):
            getattr(mine, name)[legs : legs + len(rows.delta)] = getattr(rows, name)
        mine.first_leg[begun : begun + len(tail) + 1] = rows.first_leg + legs
        mine.first_word[begun : begun + len(tail) + 1] = trimmed.first_word + word
        mine.words[word : word + len(trimmed.words)] = trimmed.words
        self.count[:PAIRS] += (len(tail), len(rows.delta), len(trimmed.words))
        posting_kernel.enter_ids(mine, begun, begun + len(tail), self.id_table)
        self._set_balances(balances)

    def take_back(self, entries: int, pairs: int) -> None:
        """Keep only the first `entries` entries and `pairs` pairs."""
        posting_kernel.take_back_rows(
            self.rows, self.id_table, self.pairs, self.count, entries, pairs
        )

    def find(self, entry_id: str) -> Entry | None:
        """The entry posted under an id."""
        words = id_array([entry_id]).view(np.uint64)
        number = posting_kernel.find_id(words, self.rows, self.id_table)
        return None if number < 0 else next(self.entries(number, number + 1))

    def balance(self, account: Account, asset: Asset) -> int:
        """Balance [mg or fen]; 0 where nothing was posted."""
        numbers = self.names.find(account, asset)
        return 0 if numbers is None else posting_kernel.find_balance(_key(*numbers), self.pairs)

    def balances(self) -> Iterator[tuple[tuple[Account, Asset], int]]:
        """All balances, including zero ones, in the order of first posting."""
        known = int(self.count[PAIRS])
        return _named(self.names, self.pairs.key[:known], self.pairs.balance[:known])

    def entries(self, begin: int, end: int) -> Iterator[Entry]:
        """Entries from `begin` up to `end`, in order of posting."""
        for start in range(begin, end, AT_ONCE):
            yield from self._some(start, min(start + AT_ONCE, end))

    def is_sound(self, *, money: bool) -> bool:
        """Whether the journal, summed again, has no fault and gives these balances.

        The same checks as `permits.invariants.find_violations`, which names the faults.
        """
        entries, known = len(self), int(self.count[PAIRS])
        assets = self.names.assets
        counts = np.array([money or not isinstance(x, Money) for x in assets], np.bool_)
        self._know_names()
        longest = int(np.diff(self.rows.first_leg[: entries + 1]).max(initial=0))
        pairs = _room_for_pairs(known + longest)
        sums, slots = np.zeros(len(assets), np.int64), np.zeros(longest, np.int64)
        built = posting_kernel.audit_rows(
            self.rows, entries, np.zeros_like(self.id_table), pairs, self.floorless,
            self.spent, self.mass, counts, sums, slots,
        )  # fmt: skip
        if built < 0 or not self._corrections_come_after():
            return False
        told = _by_asset(self.pairs, known, counts)
        return np.array_equal(told, _by_asset(pairs, built, counts)) and _conserved(told)

    def _some(self, begin: int, end: int) -> Iterator[Entry]:
        rows = self.rows
        cuts, words = rows.first_leg[begin : end + 1], rows.first_word[begin : end + 1]
        legs = legs_of(self.names, rows, int(cuts[0]), int(cuts[-1]))
        first, word = (cuts - cuts[0]).tolist(), (8 * (words - words[0])).tolist()
        raw = rows.words[words[0] : words[-1]].tobytes()
        for number, (day, reason, why, corrects) in enumerate(
            zip(
                rows.day[begin:end].tolist(),
                rows.reason[begin:end].tolist(),
                rows.why[begin:end].tolist(),
                rows.corrects[begin:end].tolist(),
                strict=True,
            )
        ):
            yield Entry(
                raw[word[number] : word[number + 1]].rstrip(b"\0").decode("utf-8", "surrogatepass"),
                date.fromordinal(day),
                REASONS[reason],
                tuple(legs[first[number] : first[number + 1]]),
                self._texts[why],
                None if corrects < 0 else self._texts[corrects],
            )

    def _know_names(self) -> None:
        """What the kernel asks of accounts and assets, for those named since the last time."""
        new = self.names.accounts[len(self.floorless) :]
        if new:
            floorless = np.array([account.may_go_below_zero for account in new], np.bool_)
            self.floorless = np.concatenate([self.floorless, floorless])
            spent = np.array([self._spent(account) for account in new], np.int32)
            self.spent = np.concatenate([self.spent, spent])
        assets = self.names.assets[len(self.mass) :]
        if assets:
            mass = np.array([isinstance(asset, Right) for asset in assets], np.bool_)
            self.mass = np.concatenate([self.mass, mass])

    def _spent(self, account: Account) -> int:
        """The number of an account's owner and whether nothing leaves it, for the kernel."""
        if account.pocket not in SPENT:
            return 0
        owner = self._owner_no.setdefault(account.owner, len(self._owner_no) + 1)
        return 2 * owner + (account.pocket in GONE)

    def _renumber(self, names: Numbering) -> tuple[Int32Array, Int32Array]:
        """This journal's numbers for another's accounts and assets; cached for the next batch."""
        accounts = assets = np.zeros(0, np.int32)
        if self._numbers is not None and self._numbers[0] is names:
            _, accounts, assets = self._numbers
        more = [self.names.account_no(x) for x in names.accounts[len(accounts) :]]
        others = [self.names.asset_no(x) for x in names.assets[len(assets) :]]
        accounts = np.concatenate([accounts, np.array(more, np.int32)])
        assets = np.concatenate([assets, np.array(others, np.int32)])
        self._numbers = names, accounts, assets
        return accounts, assets

    def _whys(self, batch: EntryBatch) -> Int32Array:
        if isinstance(batch.why, str):
            return np.full(len(batch), self._number_of(batch.why), np.int32)
        return np.array([self._number_of(why) for why in batch.why], np.int32)

    def _corrects(self, batch: EntryBatch) -> Int32Array:
        numbers = np.full(len(batch), -1, np.int32)
        for number, first in batch.corrects.items():
            numbers[number] = self._number_of(first)
        return numbers

    def _number_of(self, text: str) -> int:
        number = self._text_no.setdefault(text, len(self._texts))
        if number == len(self._texts):
            self._texts.append(text)
        return number

    def _grow_rows(self, entries: int, legs: int, words: int) -> None:
        """Make room for more rows, with a hash table at most half full."""
        more = (entries, legs, words)
        have = [int(self.count[n]) + more[n] for n in (ENTRIES, LEGS, WORDS)]
        self.rows = _rows_of(
            [_longer(x, have[per] + 1) for x, per in zip(self.rows, _PER, strict=True)]
        )
        if 2 * have[ENTRIES] > len(self.id_table):
            self.id_table = np.zeros(_places(have[ENTRIES]), np.uint64)
            posting_kernel.enter_ids(self.rows, 0, len(self), self.id_table)

    def _grow_pairs(self, more: int) -> None:
        known = int(self.count[PAIRS])
        grown = _room_for_pairs(max(_LEAST, known + more, 2 * len(self.pairs.key)))
        grown.key[:known], grown.balance[:known] = (
            self.pairs.key[:known],
            self.pairs.balance[:known],
        )
        posting_kernel.enter_pairs(grown, known)
        self.pairs = grown

    def _set_balances(self, balances: Mapping[tuple[Account, Asset], int]) -> None:
        keys = [
            _key(self.names.account_no(account), self.names.asset_no(asset))
            for account, asset in balances
        ]
        if self.count[PAIRS] + len(keys) > len(self.pairs.key):
            self._grow_pairs(len(keys))
        posting_kernel.set_balances(
            np.array(keys, np.int64), np.array([*balances.values()], np.int64), self.pairs,
            self.count,
        )  # fmt: skip

    def _corrections_come_after(self) -> bool:
        entries = len(self)
        for number in np.flatnonzero(self.rows.corrects[:entries] >= 0).tolist():
            words = id_array([self._texts[self.rows.corrects[number]]]).view(np.uint64)
            if not 0 <= posting_kernel.find_id(words, self.rows, self.id_table) < number:
                return False
        return True


def _own(column: Any) -> Any:
    """The array in the layout that the kernel was compiled for, copied only if needed."""
    return np.require(column, requirements=["C", "W"])


def _key(account: int, asset: int) -> int:
    return account << 32 | asset


def _named(
    names: Numbering, keys: Int64Array, balances: Int64Array
) -> Iterator[tuple[tuple[Account, Asset], int]]:
    accounts, assets = names.accounts, names.assets
    for account, asset, balance in zip(
        (keys >> 32).tolist(), (keys & 0xFFFFFFFF).tolist(), balances.tolist(), strict=True
    ):
        yield (accounts[account], assets[asset]), balance


def _places(count: int) -> int:
    """A power of two, at least twice `count`."""
    return max(_LEAST, 1 << (2 * count - 1).bit_length())


def _rows_of(columns: Sequence[Any]) -> Rows:
    return Rows(*columns)


def _longer(column: Any, least: int) -> Any:
    """The array with room for `least`; at least doubled where it was too short."""
    if len(column) >= least:
        return column
    grown = np.zeros(max(least, 2 * len(column)), column.dtype)
    grown[: len(column)] = column
    return grown


def _room_for_pairs(most: int) -> Pairs:
    return Pairs(
        np.zeros(most, np.int64), np.zeros(most, np.int64), np.zeros(_places(most), np.int32)
    )


def _trimmed(rows: Rows) -> Rows:
    """The rows with ids cut before their trailing zeros."""
    table = rows.words.reshape(max(1, len(rows.day)), -1)
    used = np.logical_or.accumulate((table != 0)[:, ::-1], axis=1)[:, ::-1]
    first = np.zeros(len(rows.day) + 1, np.int64)
    first[1:] = np.cumsum(used.sum(axis=1))[: len(rows.day)]
    return rows._replace(first_word=first, words=table[used])


def _by_asset(pairs: Pairs, known: int, counts: NDArray[np.bool_]) -> Int64Array:
    """Nonzero balances of the assets in `counts`, sorted: (n, 3) asset, account, balance."""
    keys, balances = pairs.key[:known], pairs.balance[:known]
    account, asset = keys >> 32, keys & 0xFFFFFFFF
    kept = (balances != 0) & counts[asset]
    account, asset, balances = account[kept], asset[kept], balances[kept]
    order = np.lexsort((account, asset))
    return np.column_stack([asset[order], account[order], balances[order]])


def _conserved(told: Int64Array) -> bool:
    """Whether the balances of every asset add up to zero, exactly."""
    if not len(told):
        return True
    starts = np.flatnonzero(np.diff(told[:, 0], prepend=-1))
    # In two halves: intermediate sums of many balances may overflow 64 bits.
    high = np.add.reduceat(told[:, 2] >> 32, starts)
    low = np.add.reduceat(told[:, 2] & 0xFFFFFFFF, starts)
    return bool(((low & 0xFFFFFFFF) == 0).all() and (high + (low >> 32) == 0).all())
