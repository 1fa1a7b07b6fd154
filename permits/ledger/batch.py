"""Many entries as arrays: accounts and assets by number, compact enough for millions.

A batch has the same content as the entries it was made of, and returns them one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from permits.account import Account
from permits.ledger.entry import Entry, Leg, Reason, bad_delta, id_with_end
from permits.right import Asset

Int8Array = NDArray[np.int8]
Int32Array = NDArray[np.int32]
Int64Array = NDArray[np.int64]
Ids = NDArray[np.bytes_]

REASONS = tuple(Reason)
REASON_NO = {reason: number for number, reason in enumerate(REASONS)}
AT_ONCE = 10_000
"""Entries turned into objects at a time: a journal of millions is read in bounded memory."""
_LEAST, _GREATEST = -(2**63), 2**63 - 1  # range of the 64-bit column of deltas


@dataclass(slots=True, eq=False)
class Numbering:
    """Accounts and assets by number, in the order in which they were first named.

    Append-only, so that many batches and a ledger may share one.
    """

    accounts: list[Account] = field(default_factory=list)
    assets: list[Asset] = field(default_factory=list)
    _account_no: dict[Account, int] = field(default_factory=dict, init=False, repr=False)
    _asset_no: dict[Asset, int] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self._account_no = {account: number for number, account in enumerate(self.accounts)}
        self._asset_no = {asset: number for number, asset in enumerate(self.assets)}
        assert len(self._account_no) == len(self.accounts), "an account is named twice"
        assert len(self._asset_no) == len(self.assets), "an asset is named twice"

    def account_no(self, account: Account) -> int:
        """The number of an account; a new one gets the next."""
        number = self._account_no.setdefault(account, len(self.accounts))
        if number == len(self.accounts):
            self.accounts.append(account)
        return number

    def asset_no(self, asset: Asset) -> int:
        """The number of an asset; a new one gets the next."""
        number = self._asset_no.setdefault(asset, len(self.assets))
        if number == len(self.assets):
            self.assets.append(asset)
        return number

    def find(self, account: Account, asset: Asset) -> tuple[int, int] | None:
        """Both numbers, or `None` where one of the two was never named."""
        one, other = self._account_no.get(account), self._asset_no.get(asset)
        return None if one is None or other is None else (one, other)


@dataclass(frozen=True, slots=True, eq=False)
class EntryBatch:
    """E entries with L legs, in order; legs of entry i: first_leg[i] … first_leg[i+1].

    Equal to another that holds the same entries, however their names are numbered.
    """

    names: Numbering
    ids: Ids  # (E,) UTF-8 at a fixed width, padded with zeros
    day: Int32Array  # (E,) ordinal, as date.toordinal gives it
    reason: Int8Array  # (E,) place in tuple(Reason)
    first_leg: Int64Array  # (E + 1,) from 0 to L
    account: Int32Array  # (L,) number in names.accounts
    asset: Int32Array  # (L,) number in names.assets
    delta: Int64Array  # (L,) [mg or fen]
    why: tuple[str, ...] | str = ""  # one each, or one for all
    corrects: Mapping[int, str] = field(default_factory=dict)  # number of the entry: id

    @classmethod
    def of(cls, entries: Iterable[Entry], names: Numbering | None = None) -> EntryBatch:
        """The batch that holds `entries`.

        Raises: BadEntry for an entry that arrays cannot hold: a leg that is not a whole number of
            64 bits, an id that ends with a NUL character.
        """
        known, names = list(entries), Numbering() if names is None else names
        legs = [leg for entry in known for leg in entry.legs]
        for entry in known:
            _check_fits(entry)
        whys = tuple(entry.why for entry in known)
        return cls(
            names,
            id_array(entry.id for entry in known),
            np.array([entry.on.toordinal() for entry in known], np.int32),
            np.array([REASON_NO[entry.reason] for entry in known], np.int8),
            np.cumsum([0, *(len(entry.legs) for entry in known)], dtype=np.int64),
            np.array([names.account_no(leg.account) for leg in legs], np.int32),
            np.array([names.asset_no(leg.asset) for leg in legs], np.int32),
            np.array([leg.delta for leg in legs], np.int64),
            whys[0] if len(set(whys)) == 1 else whys,
            {n: entry.corrects for n, entry in enumerate(known) if entry.corrects is not None},
        )

    @classmethod
    def of_moves(
        cls,
        names: Numbering,
        ids: Ids,
        *,
        day: Any,
        reason: Reason,
        source: Any,
        target: Any,
        asset: Any,
        amount: Any,
        why: tuple[str, ...] | str = "",
    ) -> EntryBatch:
        """A batch of one `move` per entry, from arrays; each is (E,) or one value for all.

        Args:
            names: numbers of the accounts and assets.
            ids: (E,) ids of the entries.
            day: ordinal, as `date.toordinal` gives it.
            reason: reason of all entries.
            source: number of the account that gives.
            target: number of the account that receives.
            asset: number of the asset.
            amount: mg or fen, > 0.
            why: explanation, one per entry or one for all.
        """
        count = len(ids)
        amounts = np.broadcast_to(np.asarray(amount, np.int64), count)
        return cls(
            names,
            ids,
            np.broadcast_to(np.asarray(day, np.int32), count),
            np.full(count, REASON_NO[reason], np.int8),
            np.arange(0, 2 * count + 1, 2, dtype=np.int64),
            _woven(source, target, count, np.int32),
            _woven(asset, asset, count, np.int32),
            _woven(-amounts, amounts, count, np.int64),
            why,
        )

    def __post_init__(self) -> None:
        count, legs = len(self.ids), len(self.delta)
        assert self.ids.dtype.kind == "S" and self.ids.ndim == 1
        assert self.day.dtype == np.int32 and self.reason.dtype == np.int8
        assert self.account.dtype == np.int32 and self.asset.dtype == np.int32
        assert self.first_leg.dtype == np.int64 and self.delta.dtype == np.int64
        assert self.day.shape == self.reason.shape == (count,)
        assert self.account.shape == self.asset.shape == (legs,)
        assert self.first_leg.shape == (count + 1,)
        assert self.first_leg[0] == 0 and self.first_leg[-1] == legs
        assert (self.first_leg[1:] >= self.first_leg[:-1]).all()
        assert _all_in(self.account, 0, len(self.names.accounts))
        assert _all_in(self.asset, 0, len(self.names.assets))
        assert _all_in(self.reason, 0, len(REASONS))
        assert _all_in(self.day, 1, date.max.toordinal() + 1)
        assert isinstance(self.why, str) or len(self.why) == count
        assert all(0 <= number < count for number in self.corrects)

    def __len__(self) -> int:
        return len(self.ids)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, EntryBatch):
            return NotImplemented
        return len(self) == len(other) and all(
            mine == theirs for mine, theirs in zip(self.entries(), other.entries(), strict=True)
        )

    __hash__ = None  # type: ignore[assignment]

    def entry(self, number: int) -> Entry:
        """The entry at a position, 0 <= number < E."""
        return next(self.entries(number, number + 1))

    def entries(self, begin: int = 0, end: int | None = None) -> Iterator[Entry]:
        """The entries from `begin` up to `end`, in order."""
        end = len(self) if end is None else end
        for start in range(begin, end, AT_ONCE):
            yield from self._some(start, min(start + AT_ONCE, end))

    def _some(self, begin: int, end: int) -> Iterator[Entry]:
        cuts = self.first_leg[begin : end + 1]
        legs = legs_of(self.names, self, int(cuts[0]), int(cuts[-1]))
        first = (cuts - cuts[0]).tolist()
        for number, (raw, day, reason) in enumerate(
            zip(
                self.ids[begin:end].tolist(),
                self.day[begin:end].tolist(),
                self.reason[begin:end].tolist(),
                strict=True,
            )
        ):
            place = begin + number
            yield Entry(
                raw.decode("utf-8", "surrogatepass"),
                date.fromordinal(day),
                REASONS[reason],
                tuple(legs[first[number] : first[number + 1]]),
                self.why if isinstance(self.why, str) else self.why[place],
                self.corrects.get(place),
            )


def id_array(ids: Iterable[str]) -> Ids:
    """Ids as UTF-8 at a fixed width, a multiple of eight bytes.

    Raises: BadEntry for one that ends with a NUL character, which padding would swallow.
    """
    raw = [text.encode("utf-8", "surrogatepass") for text in ids]
    width = max(map(len, raw), default=0)
    return np.array(raw, dtype=f"S{max(8, -(-width // 8) * 8)}")


def numbered_ids(before: str, numbers: Sequence[int] | Int64Array) -> Ids:
    """`before` followed by each number (>= 0) in decimals, as `id_array` gives them."""
    given = np.asarray(numbers, np.int64)
    assert (given >= 0).all()
    head = np.frombuffer(before.encode("utf-8", "surrogatepass"), np.uint8)
    digits = len(str(int(given.max(initial=0))))
    width = -(-(len(head) + digits) // 8) * 8
    letters = np.zeros((len(given), width), np.uint8)
    letters[:, : len(head)] = head
    long = np.ones(len(given), np.int64)
    for power in range(1, digits):
        long += given >= 10**power
    for place in range(digits):
        has = long > place
        value = given[has] // 10 ** (long[has] - 1 - place) % 10
        letters[has, len(head) + place] = value + ord("0")
    return letters.view(f"S{width}").ravel()


def legs_of(names: Numbering, rows: Any, begin: int, end: int) -> list[Leg]:
    """Legs of arrays `account`, `asset`, `delta`, as objects.

    Args:
        names: accounts and assets by number.
        rows: an object with the three arrays (L,).
        begin: first leg.
        end: the leg after the last one.
    """
    accounts, assets = names.accounts, names.assets
    return [
        Leg(accounts[account], assets[asset], delta)
        for account, asset, delta in zip(
            rows.account[begin:end].tolist(),
            rows.asset[begin:end].tolist(),
            rows.delta[begin:end].tolist(),
            strict=True,
        )
    ]


def _check_fits(entry: Entry) -> None:
    if entry.id.endswith("\0"):
        raise id_with_end(entry.id)
    for number, leg in enumerate(entry.legs):
        if type(leg.delta) is not int or not _LEAST <= leg.delta <= _GREATEST:
            raise bad_delta(entry.id, number, leg.delta)


def _woven(first: Any, second: Any, count: int, kind: type[np.signedinteger[Any]]) -> Any:
    """Two arrays (or numbers), interleaved."""
    woven = np.empty(2 * count, kind)
    woven[0::2], woven[1::2] = first, second
    return woven


def _all_in(numbers: NDArray[Any], low: int, high: int) -> bool:
    """Whether all are at least `low` and below `high`; true for an empty array."""
    return not len(numbers) or bool(numbers.min() >= low and numbers.max() < high)
