"""Accounts: owner, pocket, and whether the balance may fall below zero.

An owner is a name: a firm's id as in the register, or for all others a name prefixed by
its kind: `county:Keqiao`, `city:Shaoxing`, `province:Zhejiang`, `bank:Jiaxing`, and
`world` for money from outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache


class Pocket(StrEnum):
    """Part of an owner's account; it determines what may be done with the balance."""

    ISSUED = "issued"  # the source of rights: its balance is minus the outstanding mass
    RESERVE = "reserve"  # of a government
    HOLDING = "holding"
    PLEDGED = "pledged"  # may be used, not sold
    ESCROW = "escrow"  # behind an open offer
    LEASED = "leased"  # may be used, not sold
    USED = "used"  # emitted, not yet trued up
    OWED = "owed"  # negative: emitted without a right, or money not paid
    SURRENDERED = "surrendered"  # used and trued up
    RETIRED = "retired"  # left the system for good
    EXPIRED = "expired"
    CASH = "cash"
    WORLD = "world"  # outside money

    # Balances are looked up by account a million times a run; an Enum's own hash is
    # computed in Python, a text's is not.
    __hash__ = str.__hash__


# A source goes negative as it issues; debt is a negative balance; outside money is unlimited.
WITHOUT_FLOOR = frozenset({Pocket.ISSUED, Pocket.OWED, Pocket.WORLD})
USABLE = (Pocket.LEASED, Pocket.HOLDING, Pocket.PLEDGED)
GONE = frozenset({Pocket.SURRENDERED, Pocket.RETIRED, Pocket.EXPIRED})
"""Rights that arrive here stay: only an entry that corrects another takes them out."""
SPENT = GONE | {Pocket.USED, Pocket.OWED}
"""Rights that were emitted, with the debt for emission without one, and those gone for good."""


@dataclass(frozen=True, slots=True, order=True)
class Account:
    """One pocket of one owner; its balance is kept per asset."""

    owner: str
    pocket: Pocket

    @property
    def may_go_below_zero(self) -> bool:
        return self.pocket in WITHOUT_FLOOR

    def __str__(self) -> str:
        return f"{self.owner}#{self.pocket.value}"


def parse_account(text: str) -> Account:
    """Inverse of `str()` for an account."""
    owner, _, pocket = text.rpartition("#")
    return Account(owner, Pocket(pocket))


# One object per account: a dictionary finds a key that is the same object without comparing
# names.


@cache
def issued(owner: str) -> Account:
    return Account(owner, Pocket.ISSUED)


@cache
def reserve(owner: str) -> Account:
    return Account(owner, Pocket.RESERVE)


@cache
def holding(owner: str) -> Account:
    return Account(owner, Pocket.HOLDING)


@cache
def pledged(owner: str) -> Account:
    return Account(owner, Pocket.PLEDGED)


@cache
def escrow(owner: str) -> Account:
    return Account(owner, Pocket.ESCROW)


@cache
def leased(owner: str) -> Account:
    return Account(owner, Pocket.LEASED)


@cache
def used(owner: str) -> Account:
    return Account(owner, Pocket.USED)


@cache
def owed(owner: str) -> Account:
    return Account(owner, Pocket.OWED)


@cache
def surrendered(owner: str) -> Account:
    return Account(owner, Pocket.SURRENDERED)


@cache
def retired(owner: str) -> Account:
    return Account(owner, Pocket.RETIRED)


@cache
def expired(owner: str) -> Account:
    return Account(owner, Pocket.EXPIRED)


@cache
def cash(owner: str) -> Account:
    return Account(owner, Pocket.CASH)


WORLD = Account("world", Pocket.WORLD)
