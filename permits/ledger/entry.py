"""Ledger entries: legs that sum to zero, a day, a reason, an id; and their checks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from permits.account import GONE, SPENT, Account
from permits.errors import BadEntry, IdReused, NotAllowed, Overdraw, Unbalanced
from permits.quantity import fmt_t, fmt_yuan
from permits.right import Asset, Money, Right

MOST = 4 * 10**18
"""The greatest leg and balance [mg or fen]: two of them added still fit in 64 bits.

Four thousand million tonnes; a million times the emission of a country.
"""


class Reason(StrEnum):
    """Why an entry was posted."""

    FUND = "fund"  # money from or to the world outside
    ISSUE = "issue"
    WITHHOLD = "withhold"
    FEE = "fee"
    SWIPE = "swipe"
    OFFER = "offer"  # into escrow
    WITHDRAW = "withdraw"  # back from escrow
    SALE = "sale"  # government to firm
    TRADE = "trade"
    LEASE = "lease"
    LEASE_END = "lease_end"
    PLEDGE = "pledge"
    RELEASE = "release"
    DEFAULT = "default"
    BUYBACK = "buyback"
    RECOVER = "recover"
    CONVERT = "convert"  # series, vintage or zone
    BUILD = "build"  # money spent on abatement
    TRUE_UP = "true_up"
    PENALTY = "penalty"
    EXPIRE = "expire"
    CORRECT = "correct"
    FUNDED = "funded"  # a reduction that a government paid for
    CONTRIBUTE = "contribute"  # reserve to a higher level
    GRANT = "grant"  # reserve to a lower level
    REPLACE = "replace"  # retired by a replacement ratio
    TARGET = "target"  # retired for a target of the plan period
    REWARD = "reward"
    GIVE_UP = "give_up"  # handed in without payment


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of an entry: `delta` mg of a right, or fen of money, into `account`."""

    account: Account
    asset: Asset
    delta: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A change of balances that happens as a whole.

    `why` is for readers: the rule, session or contract that caused it.
    """

    id: str
    on: date
    reason: Reason
    legs: tuple[Leg, ...]
    why: str = ""
    corrects: str | None = None


Posted = Literal["posted", "already_posted"]


def move(source: Account, target: Account, asset: Asset, amount: int) -> tuple[Leg, Leg]:
    """The two legs that transfer an amount from one account to another.

    Args:
        source: account that gives.
        target: account that receives.
        asset: a right or money.
        amount: mg or fen, > 0.
    """
    return Leg(source, asset, -amount), Leg(target, asset, amount)


def check_legs(entry: Entry) -> None:
    """Check that the entry is valid in itself, whatever the balances.

    Raises, in this order: BadEntry for a missing id or legs, BadEntry for the first leg
        that is not a whole number, is zero, or exceeds `MOST`; Unbalanced.
    """
    if not entry.id or not entry.legs:
        raise BadEntry(
            "ledger.empty",
            "an entry needs an id and at least two legs",
            where=f"entry {entry.id or '?'}",
            mend="leave out an entry that moves nothing",
        )
    if entry.id[-1] == "\0":
        raise id_with_end(entry.id)
    # Every leg before the sums: of a bad amount no sum can be made.
    sums: dict[Asset, int] = {}
    for number, leg in enumerate(entry.legs):
        delta = leg.delta
        if type(delta) is not int or delta == 0 or not -MOST <= delta <= MOST:
            raise bad_delta(entry.id, number, delta)
        sums[leg.asset] = sums.get(leg.asset, 0) + delta
    for asset, total in sums.items():
        if total:
            raise Unbalanced(
                "ledger.unbalanced",
                "the legs of {asset} add up to {total}, not to 0",
                where=f"entry {entry.id}",
                mend="name the account that the difference comes from or goes to",
                asset=str(asset),
                total=total,
            )


def find_return(entry: Entry) -> int | None:
    """The first leg that brings back rights which were used or are gone; `None` for none.

    Rights leave SURRENDERED, RETIRED and EXPIRED never, and USED only towards the true-up of
    the same owner: over an owner's spent pockets the legs of a right add up to nothing or more.
    OWED is one of these pockets: it is what USED is booked against where a right was missing.
    """
    for number, leg in enumerate(entry.legs):
        if leg.delta >= 0 or leg.account.pocket not in SPENT or not isinstance(leg.asset, Right):
            continue
        owner, asset = leg.account.owner, leg.asset
        net = sum(
            other.delta
            for other in entry.legs
            if other.asset == asset
            and other.account.owner == owner
            and other.account.pocket in SPENT
        )
        if leg.account.pocket in GONE or net < 0:
            return number
    return None


def returned(entry: Entry, number: int) -> NotAllowed:
    """The error for a leg that brings back rights which were used or are gone.

    Args:
        entry: the entry.
        number: position of the leg, from 0.
    """
    leg = entry.legs[number]
    return NotAllowed(
        "ledger.returned",
        "{mass} t of {asset} in {account} were used or are gone, and do not come back",
        where=f"entry {entry.id}, leg {number}",
        mend="if an earlier entry was wrong, name it: corrects = its id",
        mass=fmt_t(-leg.delta),
        asset=str(leg.asset),
        account=str(leg.account),
    )


def bad_delta(entry_id: str, number: int, delta: object) -> BadEntry:
    """The error for a leg that is not a whole number, is zero, or exceeds `MOST`.

    Args:
        entry_id: id of the entry.
        number: position of the leg, from 0.
        delta: the amount given.
    """
    where = f"entry {entry_id}, leg {number}"
    if type(delta) is not int or delta == 0:
        return BadEntry(
            "ledger.delta",
            "a leg moves {delta!r}, which is not a whole number other than 0",
            where=where,
            mend="give whole mg or fen as an int, and leave out legs that move nothing",
            delta=delta,
        )
    return BadEntry(
        "ledger.delta_most",
        "a leg moves {delta}, but the limit of a ledger is {most}",
        where=where,
        mend="check the unit: masses are in mg, money is in fen",
        delta=delta,
        most=MOST,
    )


def id_with_end(entry_id: str) -> BadEntry:
    """The error for an id that ends with a NUL character, which a table of ids would lose."""
    return BadEntry(
        "ledger.id_end",
        "the id {id!r} ends with a NUL character, which no file keeps",
        where=f"entry {entry_id!r}",
        mend="leave the character out",
        id=entry_id,
    )


def id_reused(entry: Entry) -> IdReused:
    """The error for an id that was posted before with other content."""
    return IdReused(
        "ledger.id_reused",
        "entry {id} was posted before with other content",
        where=f"entry {entry.id}",
        mend="give the new entry a new id; correct the first by a further entry",
        id=entry.id,
    )


def overdraw(entry: Entry, number: int, have: int) -> Overdraw:
    """The error for a leg that takes more than the account holds.

    Args:
        entry: the entry.
        number: position of the leg, from 0.
        have: balance of the account [mg or fen].
    """
    leg = entry.legs[number]
    fmt = fmt_yuan if isinstance(leg.asset, Money) else fmt_t
    unit = "yuan" if isinstance(leg.asset, Money) else "t"
    return Overdraw(
        "ledger.overdraw",
        "{account} holds {have} {unit} of {asset}; this entry takes {need} {unit}",
        where=f"entry {entry.id}, leg {number}",
        mend="buy, lease or borrow the difference first, or take less",
        account=str(leg.account),
        have=fmt(have),
        need=fmt(-leg.delta),
        unit=unit,
        asset=str(leg.asset),
    )


def too_much(entry: Entry, account: Account, asset: Asset, balance: int) -> BadEntry:
    """The error for an entry after which a balance would exceed `MOST`.

    Args:
        entry: the entry.
        account: account of the balance.
        asset: asset of the balance.
        balance: the balance it would have [mg or fen].
    """
    return BadEntry(
        "ledger.balance_most",
        "{account} would have {balance} of {asset}, but the limit of a ledger is {most}",
        where=f"entry {entry.id}",
        mend="check the unit: masses are in mg, money is in fen",
        account=str(account),
        balance=balance,
        asset=str(asset),
        most=MOST,
    )
