"""Numbers for accounts with assets (places) and for kinds of entry, as the file has them.

A place is an account and an asset together; a kind is what many entries share: day,
reason, words, and which entry is corrected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from permits.account import Account, parse_account
from permits.errors import BadEntry
from permits.journal.stored import IntArray, Kind, Place, StoredRows, Unreadable
from permits.ledger import Entry, EntryBatch, Numbering, Reason
from permits.ledger.batch import Ids, id_array
from permits.right import Asset, parse_asset

REASONS = tuple(Reason)
_REASON_NO = {reason.value: number for number, reason in enumerate(REASONS)}
WIDE = 2**32
"""Account number times this, plus asset number, is the key of a place."""


@dataclass(slots=True)
class Numbers:
    """The numbers given so far; from 1, as in the file."""

    names: Numbering
    places: list[Place] = field(default_factory=list)
    kinds: list[Kind] = field(default_factory=list)
    _place_no: dict[int, int] = field(default_factory=dict)
    _kind_no: dict[Kind, int] = field(default_factory=dict)
    _account: list[int] = field(default_factory=list)  # of each place
    _asset: list[int] = field(default_factory=list)
    _kept: set[Account | Asset] = field(default_factory=set)

    def learn(self, stored: StoredRows) -> None:
        """Take over the places and kinds first named in a stored batch.

        Raises: Unreadable for an invalid account, asset, day or reason.
        """
        for account, asset in stored.places:
            holder, thing = named(account, asset)
            self._add_place(self.names.account_no(holder), self.names.asset_no(thing))
        for kind in stored.kinds:
            if kind[1] not in _REASON_NO:
                raise Unreadable(f"reason {kind[1]}")
            self._kind(kind)

    def require_kept(self, batch: EntryBatch) -> None:
        """Check that the file would return every text of the batch unchanged.

        Raises: BadEntry for an account or asset whose name would be read as another or not at
            all, and for half a character (a lone surrogate).
        """
        _require_characters(batch)
        for numbers, things in (
            (batch.account, self.names.accounts),
            (batch.asset, self.names.assets),
        ):
            for number in np.unique(numbers).tolist():
                thing = things[number]
                if thing not in self._kept:
                    if not _is_kept(thing):
                        raise _not_kept(batch, int(np.flatnonzero(numbers == number)[0]), thing)
                    self._kept.add(thing)

    def stored(self, batch: EntryBatch, n: int, first_entry: int) -> StoredRows:
        """A batch as rows; new places and kinds are numbered on the way.

        Args:
            batch: the entries, named by this object's `names`.
            n: number of the batch in the file.
            first_entry: number of its first entry in the file.
        """
        places, kinds = len(self.places), len(self.kinds)
        place = self._places_of(batch)
        kind = self._kinds_of(batch)
        entry = np.repeat(np.arange(len(batch), dtype=np.int64), np.diff(batch.first_leg))
        ids = id_texts(batch.ids)
        return StoredRows(
            n, first_entry, ids, kind, entry, place, batch.delta,
            tuple(self.places[places:]), tuple(self.kinds[kinds:]),
        )  # fmt: skip

    def batch(self, stored: StoredRows) -> EntryBatch:
        """The entries in the rows of a batch.

        Raises: Unreadable for an unknown number.
        """
        known = np.arange(1, len(self.places) + 1)
        if not np.isin(stored.place, known).all() or not _runs(stored):
            raise Unreadable("a leg belongs to no entry, account or asset of the journal")
        if not np.isin(stored.kind, np.arange(1, len(self.kinds) + 1)).all():
            raise Unreadable("an entry has an unknown kind")
        kinds = [self.kinds[number - 1] for number in stored.kind.tolist()]
        account = np.array(self._account, dtype=np.int32)
        asset = np.array(self._asset, dtype=np.int32)
        try:
            days = {on: date.fromisoformat(on).toordinal() for on, *_ in kinds}
        except (TypeError, ValueError) as error:
            raise Unreadable("a day is not a date") from error
        whys = tuple(kind[2] for kind in kinds)
        return EntryBatch(
            names=self.names,
            ids=id_array(stored.ids),
            day=np.array([days[kind[0]] for kind in kinds], dtype=np.int32),
            reason=np.array([_REASON_NO[kind[1]] for kind in kinds], dtype=np.int8),
            first_leg=_first_legs(stored),
            account=account[stored.place - 1],
            asset=asset[stored.place - 1],
            delta=stored.delta,
            why=whys[0] if len(set(whys)) == 1 else whys,
            corrects={k: kind[3] for k, kind in enumerate(kinds) if kind[3] is not None},
        )

    def place_of(self, account_no: int, asset_no: int) -> int:
        """The number of a place that was posted to."""
        return self._place_no[account_no * WIDE + asset_no]

    def _places_of(self, batch: EntryBatch) -> IntArray:
        keys = batch.account.astype(np.int64) * WIDE + batch.asset
        found, back = np.unique(keys, return_inverse=True)
        # New places are numbered in the order of their legs, so that it does not matter
        # how the keys sort.
        for key in dict.fromkeys(keys.tolist()) if len(found) else ():
            if key not in self._place_no:
                self._add_place(*divmod(key, WIDE))
        numbers = np.array([self._place_no[key] for key in found.tolist()], dtype=np.int64)
        return numbers[back] if len(found) else numbers

    def _kinds_of(self, batch: EntryBatch) -> IntArray:
        if isinstance(batch.why, str) and not batch.corrects:
            return self._kinds_alike(batch, batch.why)
        whys = [batch.why] * len(batch) if isinstance(batch.why, str) else batch.why
        rows = zip(batch.day.tolist(), batch.reason.tolist(), whys, strict=True)
        numbers = [
            self._kind(_kind_of(day, reason, why, batch.corrects.get(k)))
            for k, (day, reason, why) in enumerate(rows)
        ]
        return np.array(numbers, dtype=np.int64)

    def _kinds_alike(self, batch: EntryBatch, why: str) -> IntArray:
        """Kinds that differ in day and reason only, numbered as they come."""
        keys = batch.day.astype(np.int64) * len(REASONS) + batch.reason
        found, first, back = np.unique(keys, return_index=True, return_inverse=True)
        numbers = np.zeros(len(found), dtype=np.int64)
        for place in np.argsort(first).tolist():
            day, reason = divmod(int(found[place]), len(REASONS))
            numbers[place] = self._kind(_kind_of(day, reason, why, None))
        return numbers[back]

    def _kind(self, kind: Kind) -> int:
        number = self._kind_no.get(kind)
        if number is None:
            self.kinds.append(kind)
            number = self._kind_no[kind] = len(self.kinds)
        return number

    def _add_place(self, account_no: int, asset_no: int) -> None:
        self._account.append(account_no)
        self._asset.append(asset_no)
        self.places.append((str(self.names.accounts[account_no]), str(self.names.assets[asset_no])))
        self._place_no[account_no * WIDE + asset_no] = len(self.places)


def named(account: object, asset: object) -> tuple[Account, Asset]:
    """The account and asset of a place.

    Raises: Unreadable where a name is invalid.
    """
    try:
        return parse_account(str(account)), parse_asset(str(asset))
    except ValueError as error:
        raise Unreadable(f"{account} {asset}") from error


def as_batch(entries: Sequence[Entry] | EntryBatch, names: Numbering) -> EntryBatch:
    """The entries as a batch whose accounts and assets are numbered in `names`."""
    if not isinstance(entries, EntryBatch):
        return EntryBatch.of(entries, names)
    if entries.names is names:
        return entries
    account = [names.account_no(account) for account in entries.names.accounts]
    asset = [names.asset_no(asset) for asset in entries.names.assets]
    return replace(
        entries,
        names=names,
        account=np.array(account, dtype=np.int32)[entries.account],
        asset=np.array(asset, dtype=np.int32)[entries.asset],
    )


def part_of(batch: EntryBatch, numbers: IntArray) -> EntryBatch:
    """The entries of a batch at these places, in their order."""
    legs = np.diff(batch.first_leg)
    chosen = np.zeros(len(batch), dtype=bool)
    chosen[numbers] = True
    of_legs = np.repeat(chosen, legs)
    places = {int(old): new for new, old in enumerate(numbers.tolist())}
    return EntryBatch(
        names=batch.names,
        ids=batch.ids[numbers],
        day=batch.day[numbers],
        reason=batch.reason[numbers],
        first_leg=np.concatenate([[0], np.cumsum(legs[numbers])]).astype(np.int64),
        account=batch.account[of_legs],
        asset=batch.asset[of_legs],
        delta=batch.delta[of_legs],
        why=batch.why if isinstance(batch.why, str) else tuple(batch.why[k] for k in numbers),
        corrects={places[k]: first for k, first in batch.corrects.items() if k in places},
    )


def _kind_of(day: int, reason: int, why: str, corrects: str | None) -> Kind:
    return date.fromordinal(day).isoformat(), REASONS[reason].value, why, corrects


def id_texts(ids: Ids) -> tuple[str, ...]:
    """Ids as text.

    Raises: UnicodeDecodeError for half a character.
    """
    return tuple(raw.decode() for raw in ids.tolist())


def _require_characters(batch: EntryBatch) -> None:
    """Check that all texts can be encoded.

    Raises: BadEntry for half a character (a lone surrogate), which no file stores.
    """
    try:
        id_texts(batch.ids)
        "".join([batch.why] if isinstance(batch.why, str) else set(batch.why)).encode()
        "".join(batch.corrects.values()).encode()
    except (UnicodeEncodeError, UnicodeDecodeError) as error:
        raise BadEntry(
            "ledger.text",
            "{said!r} contains half a character",
            where="entry",
            mend="use characters that can be written to a file",
            said=error.object[error.start : error.end],
        ) from error


def _is_kept(thing: Account | Asset) -> bool:
    try:
        said = str(thing)
        said.encode()
        return thing == (parse_account if isinstance(thing, Account) else parse_asset)(said)
    except ValueError:
        return False


def _not_kept(batch: EntryBatch, leg: int, thing: Account | Asset) -> BadEntry:
    number = int(np.searchsorted(batch.first_leg, leg, side="right")) - 1
    return BadEntry(
        "ledger.name",
        "a journal cannot return {name!r} unchanged",
        where=f"entry {batch.ids[number].decode(errors='replace')}",
        mend="leave / out of pollutants, zones and currencies; use whole characters, and years "
        "that are whole numbers",
        name=str(thing),
    )


def _runs(stored: StoredRows) -> bool:
    """Whether the legs are sorted by entry and every entry has at least one."""
    entry = stored.entry
    if not len(entry):
        return not stored.ids
    inside = entry[0] == 0 and entry[-1] == len(stored.ids) - 1
    return bool(inside and (np.isin(np.diff(entry), (0, 1))).all())


def _first_legs(stored: StoredRows) -> IntArray:
    return np.searchsorted(stored.entry, np.arange(len(stored.ids) + 1)).astype(np.int64)
