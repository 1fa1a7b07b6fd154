"""Who holds it, in which pocket, and how low a balance may go.

An owner is a name: a firm's id as it stands in the register, or a name with its kind
before it for the others: `county:Keqiao`, `city:Shaoxing`, `province:Zhejiang`,
`bank:Jiaxing`, and `world` for money from outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache


class Pocket(StrEnum):
    """Where an owner keeps it, and so what may be done with it."""

    ISSUED = "issued"  # the source of rights: minus what is outstanding
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


WITHOUT_FLOOR = frozenset({Pocket.ISSUED, Pocket.OWED, Pocket.WORLD})
USABLE = (Pocket.LEASED, Pocket.HOLDING, Pocket.PLEDGED)


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
    """The account that `str()` wrote."""
    owner, _, pocket = text.rpartition("#")
    return Account(owner, Pocket(pocket))


# One object an account: a balance looked up by the very object it is kept under is
# found without comparing names.


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
