"""Closing of an account: its remaining balances and where they go.

An account closes only when it is empty. Vintages of the past expire; free and reward
rights of a firm are taken back, paid ones that were neither sold nor bought back are
given up [ZJ-P15]; a government's reserve passes to the level above. Leased, pledged or
offered rights, and emissions not yet trued up, must be settled first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from permits.account import Account, Pocket, expired
from permits.accounts.account_record import KEPT, BasicAccount, changed
from permits.accounts.postings import PostingNote, across, contribute, give_up, recover
from permits.errors import NotAllowed
from permits.ledger import Entry, Ledger, Reason
from permits.quantity import fmt_t
from permits.right import PAID, Right

OPEN_POCKETS = KEPT | {Pocket.USED, Pocket.OWED}
CLEARED = (Pocket.HOLDING, Pocket.RESERVE)


@dataclass(frozen=True, slots=True)
class RemainingBalance:
    """A balance that keeps an account from closing [mg]."""

    account: Account
    right: Right
    mass_mg: int


def find_rests(ledger: Ledger, owner: str) -> tuple[RemainingBalance, ...]:
    """Rights that an owner holds, has used without true-up, or owes; sorted by right."""
    found = [
        RemainingBalance(account, asset, balance)
        for account, asset, balance in ledger.balances()
        if account.owner == owner and account.pocket in OPEN_POCKETS and isinstance(asset, Right)
    ]
    return tuple(sorted(found, key=lambda rest: (rest.right, rest.account)))


def clear_rests(
    rests: Sequence[RemainingBalance], note: PostingNote, *, above: str, issuer: str
) -> tuple[Entry, ...]:
    """The entries that empty an account, one per right, numbered from `note.id`.

    Args:
        rests: the balances of the account, from `find_rests`.
        note: id stem, day and reason of the entries.
        above: the government whose reserve takes the remainder.
        issuer: owner of the ISSUED account of the rights.
    Raises: NotAllowed where something must be settled first; the error lists all of it.
    """
    unsettled = [rest for rest in rests if rest.account.pocket not in CLEARED]
    if unsettled:
        raise _not_empty("account.unsettled", note.id, unsettled)
    return tuple(
        _cleared(rest, PostingNote(f"{note.id}/{number:03d}", note.on, note.why), above, issuer)
        for number, rest in enumerate(rests, start=1)
    )


def close_account(
    account: BasicAccount, rests: Sequence[RemainingBalance], *, on: date, why: str
) -> BasicAccount:
    """The account, closed for good.

    Args:
        account: the account before.
        rests: its remaining balances, from `find_rests`.
        on: day of closing.
        why: reason.
    Raises: NotAllowed where it is not empty.
    """
    if rests:
        raise _not_empty("account.not_empty", f"account {account.owner}", rests)
    return changed(account, "close", on, why)


def _cleared(rest: RemainingBalance, note: PostingNote, above: str, issuer: str) -> Entry:
    owner, right, mass = rest.account.owner, rest.right, rest.mass_mg
    # Past vintages first: they have expired, so no reserve may take them.
    if right.vintage < note.on.year:
        legs = across(rest.account, expired(owner), (right,), mass)
        return Entry(note.id, note.on, Reason.EXPIRE, legs, note.why)
    if rest.account.pocket is Pocket.RESERVE:
        return contribute(owner, above, (right,), mass, note)
    if right.series == PAID:
        return give_up(owner, above, (right,), mass, note, issuer=issuer)
    return recover(owner, above, (right,), mass, note, issuer=issuer)


def _not_empty(code: str, where: str, rests: Sequence[RemainingBalance]) -> NotAllowed:
    told = "; ".join(f"{r.account.pocket} {fmt_t(r.mass_mg)} t {r.right}" for r in rests)
    return NotAllowed(
        code,
        "the account is not empty: {rests}",
        where=where,
        mend="end leases and pledges, withdraw offers and true up first; then clear the remainder",
        rests=told,
    )
