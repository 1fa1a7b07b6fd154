"""Life cycle of an account: opened, suspended, closed; and the postings each state permits.

From a suspended account rights leave only by surrender: emissions are still covered and
trued up, rights due are returned, and the authority may take rights back; nothing is sold,
offered, lent, pledged or retired by choice. A closed account takes part in nothing. All of
that is assumed [ModelAssumption].
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
    """Levels of account owners, from the lowest up."""

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
"""Pockets whose rights are the account's balance: the owner may use or transfer them."""

SURRENDERS = frozenset(
    {
        Reason.SWIPE, Reason.TRUE_UP, Reason.EXPIRE, Reason.LEASE_END, Reason.RECOVER,
        Reason.DEFAULT, Reason.RELEASE, Reason.WITHDRAW, Reason.GIVE_UP, Reason.CORRECT,
    }
)  # fmt: skip
"""Reasons for which rights may still leave a suspended account; assumed."""


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

    Raises: NotAllowed for a bank and for `world`, which have no basic account.
    """
    if is_government(owner):
        return Level(owner.partition(":")[0])
    if owner.startswith("bank:") or owner == "world":
        raise NotAllowed(
            "account.level",
            "{owner} cannot have a basic account",
            where=owner,
            mend="name a firm, or county:…, city:… or province:…",
            owner=owner,
        )
    return Level.FIRM


def open_account(owner: str, *, on: date, why: str = "") -> BasicAccount:
    """Open an account.

    Args:
        owner: name of the owner.
        on: day of opening.
        why: reason, for the history.
    Raises: NotAllowed for an owner that cannot have one.
    """
    level_of(owner)
    return BasicAccount(owner, ACCOUNT.start, ((ACCOUNT.start, on, why),))


def suspend_account(account: BasicAccount, *, on: date, why: str) -> BasicAccount:
    """The account, suspended: from now on rights leave it only by surrender.

    Args:
        account: the account before.
        on: day of the suspension.
        why: reason, for the history.
    """
    return changed(account, "suspend", on, why)


def resume_account(account: BasicAccount, *, on: date, why: str) -> BasicAccount:
    """The account, in full use again.

    Args:
        account: the account before.
        on: day on which the suspension ends.
        why: reason, for the history.
    """
    return changed(account, "resume", on, why)


def changed(account: BasicAccount, event: str, on: date, why: str) -> BasicAccount:
    """The account after an event of its state machine.

    Args:
        account: the account before.
        event: an event of `ACCOUNT`.
        on: day of the event, not before the last one.
        why: reason, for the history.
    Raises: NotAllowed for an impossible event or an earlier day.
    """
    where = f"account {account.owner}"
    last = account.history[-1][1]
    if on < last:
        raise NotAllowed(
            "account.order",
            "the account changed on {last}; {day} is before that",
            where=where,
            mend="enter changes in date order",
            last=str(last),
            day=str(on),
        )
    state = ACCOUNT.after(account.state, event, where=where)
    return replace(account, state=state, history=(*account.history, (state, on, why)))


def check_entry(entry: Entry, accounts: Mapping[str, BasicAccount]) -> None:
    """Check whether the states of the accounts permit an entry; unknown owners are not checked.

    Raises: NotAllowed where it moves rights of an account that is closed or not yet
        opened, or takes rights out of a suspended one other than by surrender.
    """
    for leg in entry.legs:
        account = accounts.get(leg.account.owner)
        # Money, and rights already used or surrendered, do not depend on the state.
        if account is None or leg.account.pocket not in KEPT or not isinstance(leg.asset, Right):
            continue
        if account.state == "closed" or entry.on < account.opened:
            raise _refused(entry, account, "the account of {owner} is not open on {day}")
        # Outflows only: rights may still be returned to a suspended account.
        if account.state == "suspended" and leg.delta < 0 and entry.reason not in SURRENDERS:
            text = "the account of {owner} is suspended: rights may leave it only by surrender"
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
