"""The one way a balance changes.

An entry is whole or absent, sums to zero for every asset, and carries an id: posted
again it changes nothing, with other content it raises. A mistake is mended by a
further entry that names the first (`corrects`), never by an edit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

from permits.account import Account
from permits.errors import BadEntry, IdReused, Overdraw, Unbalanced
from permits.quantity import fmt_t, fmt_yuan
from permits.right import Asset, Money


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

    `why` is for people: rule, session or contract that caused it.
    """

    id: str
    on: date
    reason: Reason
    legs: tuple[Leg, ...]
    why: str = ""
    corrects: str | None = None


Posted = Literal["posted", "already_posted"]


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
        same), legs (`BadEntry`), sums (`Unbalanced`), floors (`Overdraw`).
        """
        known = self._by_id.get(entry.id)
        if known is not None:
            if known == entry:
                return "already_posted"
            raise IdReused(
                "ledger.id_reused",
                "entry {id} was posted before with other content",
                where=f"entry {entry.id}",
                mend="give the new entry an id of its own; mend the first by a correction",
                id=entry.id,
            )
        _check_legs(entry)
        after = self._after(entry)
        self._balances.update(after)
        self._by_id[entry.id] = entry
        self.journal.append(entry)
        return "posted"

    def post_all(self, entries: Iterable[Entry]) -> None:
        """Post entries one after another; the first bad one raises."""
        for entry in entries:
            self.post(entry)

    def balance(self, account: Account, asset: Asset) -> int:
        """Balance of `asset` in `account` [mg or fen]; 0 where nothing was posted."""
        return self._balances.get((account, asset), 0)

    def balances(self) -> Iterator[tuple[Account, Asset, int]]:
        """Every balance that is not zero, in the order of first posting."""
        return ((a, x, b) for (a, x), b in self._balances.items() if b)

    def _after(self, entry: Entry) -> dict[tuple[Account, Asset], int]:
        after: dict[tuple[Account, Asset], int] = {}
        for leg in entry.legs:
            key = (leg.account, leg.asset)
            before = after[key] if key in after else self._balances.get(key, 0)
            after[key] = before + leg.delta
        for number, leg in enumerate(entry.legs):
            balance = after[leg.account, leg.asset]
            if balance < 0 and leg.delta < 0 and not leg.account.may_go_below_zero:
                raise _overdraw(entry, number, self.balance(leg.account, leg.asset))
        return after


def replay(journal: Iterable[Entry], until: int | None = None) -> Ledger:
    """A ledger from the first `until` entries of a journal (all, where `None`)."""
    ledger = Ledger()
    for number, entry in enumerate(journal):
        if until is not None and number >= until:
            break
        ledger.post(entry)
    return ledger


def move(source: Account, target: Account, asset: Asset, amount: int) -> tuple[Leg, Leg]:
    """The two legs that take `amount` (mg or fen, > 0) from one account to another."""
    return Leg(source, asset, -amount), Leg(target, asset, amount)


def _check_legs(entry: Entry) -> None:
    if not entry.id or not entry.legs:
        raise BadEntry(
            "ledger.empty",
            "an entry needs an id and at least two legs",
            where=f"entry {entry.id or '?'}",
            mend="leave out an entry that moves nothing",
        )
    sums: dict[Asset, int] = {}
    for number, leg in enumerate(entry.legs):
        if type(leg.delta) is not int or leg.delta == 0:
            raise BadEntry(
                "ledger.delta",
                "a leg moves {delta!r}, not a whole number other than 0",
                where=f"entry {entry.id}, leg {number}",
                mend="give whole mg or fen as an int, and leave out legs that move nothing",
                delta=leg.delta,
            )
        sums[leg.asset] = sums.get(leg.asset, 0) + leg.delta
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


def _overdraw(entry: Entry, number: int, have: int) -> Overdraw:
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
