"""`Ledger.post` compiled, for entries and balances stored as arrays.

The kernel posts valid entries and recognises repeated ones; all others it leaves to
`Ledger.post`, which is the reference and reports the error.

Two hash tables with open addressing, searched one place after another from where the hash
points; 0 is an empty place, and there are at least twice as many places as items:
    id_table    (places,) hash << 32 | number of the entry + 1; the bytes are compared too
    pair_table  (places,) number of a pair of account and asset + 1
The items entered last can be removed again, since nothing was entered after them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

from permits.ledger.batch import Int8Array, Int32Array, Int64Array
from permits.ledger.entry import MOST

_config: Any = numba.config
if not _config.CACHE_DIR:
    _home = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    _config.CACHE_DIR = str(Path(_home or Path.home() / ".cache") / "permits")

ENTRIES, LEGS, WORDS, PAIRS = range(4)  # of `count`: how much of the arrays is in use
DONE, GROW, JUDGE = range(3)  # why the kernel stopped: finished, arrays full, for `Ledger.post`

_F = TypeVar("_F", bound=Callable[..., Any])
_options: dict[str, Any] = {"nogil": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}

UIntArray = NDArray[np.uint64]
# Odd 64-bit multipliers with well mixed bits; any such pair would do. A turn of 29 bits brings
# high bits down before the next multiplication.
_SEED, _PRIME = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)
_HALF, _TURN, _ONE, _LOW = np.uint64(32), np.uint64(29), np.uint64(1), np.uint64(0xFFFFFFFF)


def _compiled(function: _F) -> _F:
    """Compile a function that is called from this file only."""
    return cast(_F, numba.njit(**_options)(function))


def _inlined(function: _F) -> _F:
    """Compile and inline a function that runs for every entry."""
    return cast(_F, numba.njit(forceinline=True, **_options)(function))


class Rows(NamedTuple):
    """Entries as the kernel reads them; an id's words are its bytes, eight at a time."""

    day: Int32Array  # (E,)
    reason: Int8Array  # (E,)
    why: Int32Array  # (E,) number of the text
    corrects: Int32Array  # (E,) number of the id's text, or -1
    first_leg: Int64Array  # (E + 1,)
    account: Int32Array  # (L,)
    asset: Int32Array  # (L,)
    delta: Int64Array  # (L,)
    first_word: Int64Array  # (E + 1,)
    words: UIntArray  # (W,) zeros behind an id do not count


class Pairs(NamedTuple):
    """Balances by number, in the order in which the pairs were first posted to."""

    key: Int64Array  # (P,) account << 32 | asset
    balance: Int64Array  # (P,) [mg or fen]
    table: Int32Array


@numba.njit(cache=True, nogil=True)
def post_rows(
    batch: Rows, book: Rows,
    day_from: Any, reason_from: Any, why_from: Any, corrects_from: Any, first_leg: Any,
    account: Any, asset: Any, delta: Any, first_word: Any, words: Any,
    day: Any, reason: Any, why: Any, corrects: Any, legs_of: Any, accounts: Any, assets: Any,
    deltas: Any, words_of: Any, texts: Any,
    key: Any, balance: Any, table: Any, id_table: Any, floorless: Any, spent: Any, mass: Any,
    count: Any, sums: Any, slots: Any, fresh: Any, begin: int,
) -> tuple[int, int]:  # fmt: skip
    """Post entries of `batch` from `begin` on.

    After `batch` and `book` their arrays and those of `Pairs` are passed one by one: taken
    out of a tuple, each would be reference-counted at every step, which costs a quarter more.
    The arrays of `book` have room for the whole batch.

    Args:
        batch: the E entries to post.
        book: the journal.
        day_from: `batch.day`.
        reason_from: `batch.reason`.
        why_from: `batch.why`.
        corrects_from: `batch.corrects`.
        first_leg: `batch.first_leg`.
        account: `batch.account`.
        asset: `batch.asset`.
        delta: `batch.delta`.
        first_word: `batch.first_word`.
        words: `batch.words`.
        day: `book.day`.
        reason: `book.reason`.
        why: `book.why`.
        corrects: `book.corrects`.
        legs_of: `book.first_leg`.
        accounts: `book.account`.
        assets: `book.asset`.
        deltas: `book.delta`.
        words_of: `book.first_word`.
        texts: `book.words`.
        key: `Pairs.key`.
        balance: `Pairs.balance`.
        table: `Pairs.table`.
        id_table: hash table of the ids in `book`.
        floorless: (accounts,) whether an account may go below zero.
        spent: (accounts,) as `_returns` reads it.
        mass: (assets,) whether an asset is a right.
        count: used lengths of the arrays of `book` and of the pairs.
        sums: (assets,) scratch space, all 0 before and after.
        slots: (legs of the longest entry,) scratch space.
        fresh: (E,) set to true for every entry posted.
        begin: first entry to post.
    Returns: the number of the first entry not done, and why it stopped.
    """
    entries, legs, word = count[ENTRIES], count[LEGS], count[WORDS]
    row, state = begin, DONE
    while row < len(fresh):
        first, last = first_word[row], _end(words, first_word[row], first_word[row + 1])
        hashed = _hash(words, first, last)
        place = _id_place(words, first, last, hashed, texts, words_of, id_table)
        if id_table[place]:
            if not _same(batch, row, book, np.int64((id_table[place] & _LOW) - _ONE)):
                state = JUDGE
                break
            row += 1
            continue
        begun, ended = first_leg[row], first_leg[row + 1]
        if last == first or not _balanced(asset, delta, begun, ended, sums):
            state = JUDGE
            break
        # Also where it corrects another: `Ledger.post` looks whether that one exists.
        if _returns(account, asset, delta, begun, ended, spent, mass):
            state = JUDGE
            break
        if count[PAIRS] + ended - begun > len(key):
            state = GROW
            break
        if not _apply(
            account, asset, delta, begun, ended, key, balance, table, floorless, count, slots
        ):
            state = JUDGE
            break
        # Only after every check: nothing was written for a refused entry but new pairs, which
        # `_apply` removed again.
        id_table[place] = hashed << _HALF | np.uint64(entries + 1)
        for n in range(first, last):
            texts[word] = words[n]
            word += 1
        for n in range(begun, ended):
            accounts[legs], assets[legs], deltas[legs] = account[n], asset[n], delta[n]
            legs += 1
        day[entries], reason[entries] = day_from[row], reason_from[row]
        why[entries], corrects[entries] = why_from[row], corrects_from[row]
        entries += 1
        legs_of[entries], words_of[entries] = legs, word
        fresh[row] = True
        row += 1
    count[ENTRIES], count[LEGS], count[WORDS] = entries, legs, word
    return row, state


@numba.njit(cache=True, nogil=True)
def audit_rows(
    rows: Rows, entries: int, id_table: UIntArray, pairs: Pairs, floorless: NDArray[np.bool_],
    spent: Int32Array, mass: NDArray[np.bool_], counts: NDArray[np.bool_], sums: Int64Array,
    slots: Int64Array,
) -> int:  # fmt: skip
    """Rebuild balances and a table of ids; number of pairs, or -1 for any fault.

    Args:
        rows: the journal.
        entries: number of its entries.
        id_table: an empty table of ids.
        pairs: empty pairs with enough room.
        floorless: (accounts,) whether an account may go below zero.
        spent: (accounts,) as `_returns` reads it.
        mass: (assets,) whether an asset is a right.
        counts: (assets,) false for assets whose sums and floors are ignored.
        sums: (assets,) scratch space, all 0.
        slots: (legs of the longest entry,) scratch space.
    """
    (_, _, _, corrects, first_leg, account, asset, delta, first_word, words) = rows
    key, balance, table = pairs
    count = np.zeros(4, np.int64)
    for row in range(entries):
        first, last = first_word[row], first_word[row + 1]
        hashed = _hash(words, first, last)
        place = _id_place(words, first, last, hashed, words, first_word, id_table)
        if id_table[place]:
            return -1
        id_table[place] = hashed << _HALF | np.uint64(row + 1)
        begun, ended = first_leg[row], first_leg[row + 1]
        if not _summed(asset, delta, begun, ended, sums, counts):
            return -1
        if corrects[row] < 0 and _returns(account, asset, delta, begun, ended, spent, mass):
            return -1
        if count[PAIRS] + ended - begun > len(key):
            return -1
        if not _added(account, asset, delta, begun, ended, key, balance, table, count, slots):
            return -1
        for leg in range(begun, ended):
            low = balance[slots[leg - begun]] < 0 and counts[asset[leg]]
            if low and not floorless[account[leg]]:
                return -1
    return int(count[PAIRS])


@numba.njit(cache=True, nogil=True)
def take_back_rows(
    rows: Rows, id_table: UIntArray, pairs: Pairs, count: Int64Array, entries: int, known: int
) -> None:
    """Keep only the first `entries` entries and `known` pairs.

    Args:
        rows: the journal.
        id_table: table of its ids.
        pairs: its balances.
        count: used lengths, which are reset.
        entries: number of entries to keep.
        known: number of pairs at that time.
    """
    (_, _, _, _, first_leg, account, asset, delta, first_word, words) = rows
    key, balance, table = pairs
    # Backwards: with open addressing only the item entered last can be removed safely.
    for row in range(count[ENTRIES] - 1, entries - 1, -1):
        first, last = first_word[row], first_word[row + 1]
        hashed = _hash(words, first, last)
        id_table[_id_place(words, first, last, hashed, words, first_word, id_table)] = 0
        for leg in range(first_leg[row], first_leg[row + 1]):
            place = _pair_place(_key(account[leg], asset[leg]), key, table)
            balance[table[place] - 1] -= delta[leg]
    _forget_pairs(key, table, count, known)
    count[ENTRIES], count[LEGS], count[WORDS] = entries, first_leg[entries], first_word[entries]


@numba.njit(cache=True, nogil=True)
def enter_ids(rows: Rows, begin: int, end: int, id_table: UIntArray) -> None:
    """Enter the ids of rows into the table; of duplicates only the first is found.

    Args:
        rows: the journal.
        begin: first row.
        end: the row after the last one.
        id_table: the table of ids.
    """
    first_word, words = rows.first_word, rows.words
    for row in range(begin, end):
        first, last = first_word[row], first_word[row + 1]
        hashed = _hash(words, first, last)
        place = _id_place(words, first, last, hashed, words, first_word, id_table)
        if not id_table[place]:
            id_table[place] = hashed << _HALF | np.uint64(row + 1)


@numba.njit(cache=True, nogil=True)
def find_id(words: UIntArray, rows: Rows, id_table: UIntArray) -> int:
    """The number of the entry with the id of `words`, or -1.

    Args:
        words: bytes of the id, eight at a time.
        rows: the journal.
        id_table: table of its ids.
    """
    last = _end(words, 0, len(words))
    place = _id_place(words, 0, last, _hash(words, 0, last), rows.words, rows.first_word, id_table)
    return int(id_table[place] & _LOW) - 1


@numba.njit(cache=True, nogil=True)
def enter_pairs(pairs: Pairs, known: int) -> None:
    """Enter all pairs into an empty table."""
    for number in range(known):
        pairs.table[_pair_place(pairs.key[number], pairs.key, pairs.table)] = number + 1


@numba.njit(cache=True, nogil=True)
def set_balances(keys: Int64Array, values: Int64Array, pairs: Pairs, count: Int64Array) -> None:
    """Set balances; unknown pairs are added, for which there must be room.

    Args:
        keys: (n,) account << 32 | asset.
        values: (n,) balances [mg or fen].
        pairs: the balances to change.
        count: used lengths, of which the number of pairs changes.
    """
    for n in range(len(keys)):
        slot = _slot(keys[n], pairs.key, pairs.balance, pairs.table, count)
        pairs.balance[slot] = values[n]


@numba.njit(cache=True, nogil=True)
def find_balance(key: int, pairs: Pairs) -> int:
    """A balance; 0 for an unknown pair."""
    number = pairs.table[_pair_place(key, pairs.key, pairs.table)]
    return int(pairs.balance[number - 1]) if number else 0


@_inlined
def _end(words: Any, first: Any, last: Any) -> Any:
    """The end of an id's words, before its trailing zeros."""
    while last > first and words[last - 1] == 0:
        last -= 1
    return last


@_inlined
def _hash(words: Any, first: Any, last: Any) -> Any:
    """32 bits of a hash of the words."""
    mixed = _SEED
    for n in range(first, last):
        mixed = (mixed ^ words[n]) * _PRIME
        mixed ^= mixed >> _TURN
    return (mixed * _SEED) >> _HALF


@_inlined
def _id_place(
    words: Any, first: Any, last: Any, hashed: Any, texts: Any, first_word: Any, id_table: Any
) -> Any:
    """The place of an id in the table, or the empty place where it would be entered.

    The ids entered are those of `texts`, cut at `first_word`.
    """
    mask = len(id_table) - 1
    place = np.int64(hashed) & mask
    while id_table[place]:
        if id_table[place] >> _HALF == hashed:
            number = np.int64((id_table[place] & _LOW) - _ONE)
            begun = first_word[number]
            if first_word[number + 1] - begun == last - first:
                n = 0
                while n < last - first and texts[begun + n] == words[first + n]:
                    n += 1
                if n == last - first:
                    return place
        place = (place + 1) & mask
    return place


@_compiled
def _same(batch: Any, row: Any, book: Any, number: Any) -> Any:
    """Whether an entry of the batch has the content of the one posted under its id."""
    begun, other = batch.first_leg[row], book.first_leg[number]
    legs = batch.first_leg[row + 1] - begun
    if (
        legs != book.first_leg[number + 1] - other
        or batch.day[row] != book.day[number]
        or batch.reason[row] != book.reason[number]
        or batch.why[row] != book.why[number]
        or batch.corrects[row] != book.corrects[number]
    ):
        return False
    for n in range(legs):
        if (
            batch.account[begun + n] != book.account[other + n]
            or batch.asset[begun + n] != book.asset[other + n]
            or batch.delta[begun + n] != book.delta[other + n]
        ):
            return False
    return True


@_inlined
def _balanced(asset: Any, delta: Any, begun: Any, ended: Any, sums: Any) -> Any:
    """Whether there are legs, all of a valid size, that sum to zero for every asset."""
    good = ended > begun and _add_up(asset, delta, begun, ended, sums)
    for leg in range(begun, ended):
        if sums[asset[leg]] != 0:
            sums[asset[leg]] = 0
            good = False
    return good


@_inlined
def _summed(asset: Any, delta: Any, begun: Any, ended: Any, sums: Any, counts: Any) -> Any:
    """The same for the audit: legs may be absent, and only sums in `counts` matter."""
    good = _add_up(asset, delta, begun, ended, sums)
    for leg in range(begun, ended):
        if sums[asset[leg]] != 0:
            sums[asset[leg]] = 0
            good = good and not counts[asset[leg]]
    return good


@_inlined
def _add_up(asset: Any, delta: Any, begun: Any, ended: Any, sums: Any) -> Any:
    """Sums per asset, as long as every leg and partial sum stays within `MOST`."""
    for leg in range(begun, ended):
        if delta[leg] == 0 or delta[leg] > MOST or delta[leg] < -MOST:
            return False
        total = sums[asset[leg]] + delta[leg]
        if total > MOST or total < -MOST:
            return False  # cautious: a later leg may offset it, so `Ledger.post` decides
        sums[asset[leg]] = total
    return True


@_inlined
def _returns(
    account: Any, asset: Any, delta: Any, begun: Any, ended: Any, spent: Any, mass: Any
) -> Any:
    """`entry.find_return` compiled: whether a leg brings back rights used or gone.

    `spent` is 0 for pockets whose rights may leave; else twice the number of the owner, from
    1, plus 1 where nothing leaves at all.
    """
    for leg in range(begun, ended):
        own = spent[account[leg]]
        if delta[leg] >= 0 or own == 0 or not mass[asset[leg]]:
            continue
        if own & 1:
            return True
        net = np.int64(0)
        for other in range(begun, ended):
            if asset[other] == asset[leg] and spent[account[other]] >> 1 == own >> 1:
                net += delta[other]
                if net > MOST or net < -MOST:
                    return True  # cautious: exact sums beyond 64 bits are `Ledger.post`'s
        if net < 0:
            return True
    return False


@_inlined
def _apply(
    account: Any, asset: Any, delta: Any, begun: Any, ended: Any, key: Any, balance: Any,
    table: Any, floorless: Any, count: Any, slots: Any,
) -> Any:  # fmt: skip
    """Change the balances, or leave all unchanged where one would break its floor or `MOST`."""
    known = count[PAIRS]
    if not _added(account, asset, delta, begun, ended, key, balance, table, count, slots):
        _forget_pairs(key, table, count, known)
        return False
    for leg in range(begun, ended):
        low = delta[leg] < 0 and balance[slots[leg - begun]] < 0
        if low and not floorless[account[leg]]:
            for other in range(begun, ended):
                balance[slots[other - begun]] -= delta[other]
            _forget_pairs(key, table, count, known)
            return False
    return True


@_inlined
def _added(
    account: Any, asset: Any, delta: Any, begun: Any, ended: Any, key: Any, balance: Any,
    table: Any, count: Any, slots: Any,
) -> Any:  # fmt: skip
    """Add the legs to the balances, or none where one would exceed `MOST` on the way."""
    for leg in range(begun, ended):
        slot = _slot(_key(account[leg], asset[leg]), key, balance, table, count)
        after = balance[slot] + delta[leg]
        if after > MOST or after < -MOST:
            for other in range(begun, leg):
                balance[slots[other - begun]] -= delta[other]
            return False
        balance[slot] = after
        slots[leg - begun] = slot
    return True


@_inlined
def _key(account: Any, asset: Any) -> Any:
    return np.int64(account) << 32 | np.int64(asset)


@_inlined
def _pair_place(wanted: Any, key: Any, table: Any) -> Any:
    """The place of a pair in the table, or the empty place where it would be entered."""
    mask = len(table) - 1
    mixed = (np.uint64(wanted) ^ np.uint64(wanted) >> _TURN) * _PRIME
    place = np.int64(mixed >> _HALF) & mask
    while table[place] and key[table[place] - 1] != wanted:
        place = (place + 1) & mask
    return place


@_inlined
def _slot(wanted: Any, key: Any, balance: Any, table: Any, count: Any) -> Any:
    """The number of a pair; a new one gets the next, at balance 0."""
    place = _pair_place(wanted, key, table)
    number = np.int64(table[place])
    if number:
        return number - 1
    slot = count[PAIRS]
    table[place], key[slot], balance[slot] = slot + 1, wanted, 0
    count[PAIRS] = slot + 1
    return slot


@_compiled
def _forget_pairs(key: Any, table: Any, count: Any, known: Any) -> None:
    """Remove the pairs entered last, down to `known`."""
    for number in range(count[PAIRS] - 1, known - 1, -1):
        table[_pair_place(key[number], key, table)] = 0
    count[PAIRS] = known
