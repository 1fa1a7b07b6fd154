"""An account's life: opened, suspended, closed; and what may be posted in it meanwhile.

From a suspended account nothing goes out but by surrender: what is emitted is still
covered and trued up, what is due back is given back, and what the authority takes is
taken; nothing is sold, offered, lent, pledged or retired by choice. A closed account
takes part in nothing. All of that is assumed [ModelAssumption].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from permits.account import Pocket
from permits.errors import NotAllowed
from permits.ledger import Entry, Reason
from permits.right import Right
from permits.states import ACCOUNT


class Level(StrEnum):
    """Who keeps an account, from the lowest up."""

    FIRM = "firm"
    COUNTY = "county"
    CITY = "city"
    PROVINCE = "province"

    @property
    def rank(self) -> int:
        """0 for a firm, 3 for the province."""
        return tuple(Level).index(self)


GOVERNMENTS = frozenset(level.value for level in Level if level is not Level.FIRM)

KEPT = frozenset({Pocket.RESERVE, Pocket.HOLDING, Pocket.PLEDGED, Pocket.ESCROW, Pocket.LEASED})
"""Pockets whose rights are the account's balance: its owner's to use or to hand on."""

SURRENDERS = frozenset(
    {
        Reason.SWIPE, Reason.TRUE_UP, Reason.EXPIRE, Reason.LEASE_END, Reason.RECOVER,
        Reason.DEFAULT, Reason.RELEASE, Reason.WITHDRAW, Reason.GIVE_UP, Reason.CORRECT,
    }
)  # fmt: skip
"""What may still leave a suspended account."""


@dataclass(frozen=True, slots=True)
class BasicAccount:
    """One owner's account, and the day and reason of each of its states."""

    owner: str
    state: str
    history: tuple[tuple[str, date, str], ...]

    @property
    def level(self) -> Level:
        return level_of(self.owner)

    @property
    def opened(self) -> date:
        return self.history[0][1]


def is_government(owner: str) -> bool:
    """Whether an owner is a county, a city or the province."""
    kind, colon, _ = owner.partition(":")
    return bool(colon) and kind in GOVERNMENTS


def level_of(owner: str) -> Level:
    """The level of an owner by its name (see `permits/account.py`).

    Raises: NotAllowed for a bank and the world outside, which keep no basic account.
    """
    if is_government(owner):
        return Level(owner.partition(":")[0])
    if owner.startswith("bank:") or owner == "world":
        raise NotAllowed(
            "account.level",
            "{owner} keeps no basic account",
            where=owner,
            mend="name a firm, or county:…, city:… or province:…",
            owner=owner,
        )
    return Level.FIRM


def open_account(owner: str, *, on: date, why: str = "") -> BasicAccount:
    """A new account. Raises: NotAllowed for an owner that keeps none."""
    level_of(owner)
    return BasicAccount(owner, ACCOUNT.start, ((ACCOUNT.start, on, why),))


def suspend_account(account: BasicAccount, *, on: date, why: str) -> BasicAccount:
    """The account, out of which only surrender goes from here on."""
    return changed(account, "suspend", on, why)


def resume_account(account: BasicAccount, *, on: date, why: str) -> BasicAccount:
    """The account in full use again."""
    return changed(account, "resume", on, why)


def changed(account: BasicAccount, event: str, on: date, why: str) -> BasicAccount:
    """The account after an event of its table; days never go back."""
    where = f"account {account.owner}"
    last = account.history[-1][1]
    if on < last:
        raise NotAllowed(
            "account.order",
            "the account changed on {last}; {day} is before that",
            where=where,
            mend="enter changes in the order of their days",
            last=str(last),
            day=str(on),
        )
    state = ACCOUNT.after(account.state, event, where=where)
    return replace(account, state=state, history=(*account.history, (state, on, why)))


def check_entry(entry: Entry, accounts: Mapping[str, BasicAccount]) -> None:
    """Whether an entry may be posted as the accounts stand; owners not named are not held.

    Raises: NotAllowed where it moves rights of an account that is closed or not yet
        opened, or takes rights out of a suspended one otherwise than by surrender.
    """
    for leg in entry.legs:
        account = accounts.get(leg.account.owner)
        if account is None or leg.account.pocket not in KEPT or not isinstance(leg.asset, Right):
            continue
        if account.state == "closed" or entry.on < account.opened:
            raise _refused(entry, account, "the account of {owner} is not open on {day}")
        if account.state == "suspended" and leg.delta < 0 and entry.reason not in SURRENDERS:
            text = "the account of {owner} is suspended: nothing goes out but by surrender"
            raise _refused(entry, account, text)


def _refused(entry: Entry, account: BasicAccount, text: str) -> NotAllowed:
    return NotAllowed(
        "account.closed" if account.state == "closed" else "account.refused",
        text,
        where=f"entry {entry.id}",
        mend="open the account or lift the suspension first",
        owner=account.owner,
        day=str(entry.on),
    )
