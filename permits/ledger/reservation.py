"""Reservations: assets set apart until a date, then posted, returned or expired.

A bidder's deposit, or the mass behind an open offer, moves to ESCROW under the
reservation's id (`X/reserve`) and leaves it by one further entry (`X/close`), which posts
it, wholly or in part, to the recipient, returns it (void), or lets it expire.
Since all three have the same id, the ledger itself admits only one of them, once.

Nothing is kept outside the journal: the state of a reservation is read from the two
entries; the last day on which it may be posted stands at the start of the first one's `why`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from permits.account import Account, Pocket, escrow
from permits.errors import NotAllowed
from permits.ledger.entry import Entry, Leg, Reason, move
from permits.right import Asset

State = Literal["pending", "posted", "voided", "expired"]
RESERVE, CLOSE = "/reserve", "/close"
SOURCES = frozenset({Pocket.HOLDING, Pocket.CASH})
_ENDS: Mapping[Reason, State] = {Reason.WITHDRAW: "voided", Reason.EXPIRE: "expired"}
_HEAD = re.compile(r"until (\d{4}-\d\d-\d\d)(?:: |$)")


@dataclass(frozen=True, slots=True)
class Reservation:
    """A reserved amount, as recorded in the journal."""

    id: str
    source: Account  # origin; the part that is not posted returns to it
    asset: Asset
    amount: int  # [mg or fen], > 0
    expires: date  # the last day on which it may be posted
    state: State = "pending"
    posted: int = 0  # of `amount`, to others [mg or fen]

    @property
    def escrow(self) -> Account:
        """The account that holds it while it is pending."""
        return escrow(self.source.owner)


def reserve(
    id: str,
    source: Account,
    asset: Asset,
    amount: int,
    *,
    on: date,
    expires: date,
    why: str = "",
) -> Entry:
    """The entry that reserves an amount until the end of the day `expires`.

    Args:
        id: id of the reservation, unique in the journal.
        source: the HOLDING or CASH account it is taken from.
        asset: a right or money.
        amount: mg or fen, > 0.
        on: day of the entry.
        expires: last day on which it may be posted.
        why: explanation for readers.
    Raises: NotAllowed where `source` is neither a HOLDING nor CASH, the amount is not more
        than zero, or it would expire before it begins.
    """
    if source.pocket not in SOURCES:
        raise NotAllowed(
            "reservation.pocket",
            "nothing can be reserved from {account}: only from holdings and cash",
            where=f"reservation {id}",
            mend="name a HOLDING or a CASH account",
            account=str(source),
        )
    if expires < on:
        raise NotAllowed(
            "reservation.expires",
            "a reservation of {on} cannot expire on {expires}",
            where=f"reservation {id}",
            mend="give a later date",
            on=str(on),
            expires=str(expires),
        )
    _check_amount(id, amount)
    head = f"until {expires.isoformat()}"
    legs = move(source, escrow(source.owner), asset, amount)
    return Entry(id + RESERVE, on, Reason.OFFER, legs, f"{head}: {why}" if why else head)


def post(
    reservation: Reservation,
    target: Account,
    *,
    on: date,
    reason: Reason,
    amount: int | None = None,
    why: str = "",
) -> Entry:
    """The entry that transfers the reserved amount, or part of it, to `target`.

    Args:
        reservation: a pending reservation.
        target: account that receives.
        on: day of the entry.
        reason: reason of the entry.
        amount: mg or fen; `None` for all of it. The remainder is returned.
        why: explanation for readers.
    Raises: NotAllowed where it is not pending, is less than `amount`, or has expired.
    """
    _check_pending(reservation)
    amount = reservation.amount if amount is None else amount
    _check_amount(reservation.id, amount, most=reservation.amount)
    assert reason not in _ENDS, "a reservation that is posted is neither withdrawn nor expired"
    # The last day still counts, as in `expire`.
    if on > reservation.expires:
        raise NotAllowed(
            "reservation.late",
            "the reservation {id} expired on {expires}",
            where=f"reservation {reservation.id}",
            mend="make a new reservation",
            id=reservation.id,
            expires=str(reservation.expires),
        )
    legs: tuple[Leg, ...] = move(reservation.escrow, target, reservation.asset, amount)
    if rest := reservation.amount - amount:
        legs += move(reservation.escrow, reservation.source, reservation.asset, rest)
    return Entry(reservation.id + CLOSE, on, reason, legs, why)


def void(reservation: Reservation, *, on: date, why: str = "") -> Entry:
    """The entry that returns all of it before it expires.

    Args:
        reservation: a pending reservation.
        on: day of the entry.
        why: explanation for readers.
    Raises: NotAllowed where it is not pending.
    """
    return _give_back(reservation, on, Reason.WITHDRAW, why)


def expire(reservation: Reservation, *, on: date) -> Entry:
    """The entry that returns all of it after its last day.

    Raises: NotAllowed where it is not pending, or may still be posted.
    """
    if on <= reservation.expires:
        raise NotAllowed(
            "reservation.early",
            "the reservation {id} stands until the end of {expires}",
            where=f"reservation {reservation.id}",
            mend="void it to return it sooner",
            id=reservation.id,
            expires=str(reservation.expires),
        )
    return _give_back(reservation, on, Reason.EXPIRE, "")


def find_reservations(journal: Iterable[Entry]) -> dict[str, Reservation]:
    """All reservations of a journal by id, in the order of reserving."""
    found: dict[str, Reservation] = {}
    for entry in journal:
        if entry.id.endswith(RESERVE):
            known = _opened(entry)
            if known is not None:
                found[known.id] = known
        elif entry.id.endswith(CLOSE):
            known = found.get(entry.id.removesuffix(CLOSE))
            if known is not None:
                found[known.id] = _closed(known, entry)
    return found


def find_due(reservations: Iterable[Reservation], on: date) -> list[Reservation]:
    """Reservations still pending after their last day, in the given order: for `expire`."""
    return [found for found in reservations if found.state == "pending" and on > found.expires]


def _opened(entry: Entry) -> Reservation | None:
    """The reservation that an entry makes, or `None` where only its id looks like one."""
    # The id alone is no proof: a caller may have used the same ending for other entries.
    head = _HEAD.match(entry.why)
    if head is None or len(entry.legs) != 2 or entry.reason is not Reason.OFFER:
        return None
    taken, _ = entry.legs
    expires = date.fromisoformat(head[1])
    return Reservation(
        entry.id.removesuffix(RESERVE), taken.account, taken.asset, -taken.delta, expires
    )


def _closed(reservation: Reservation, entry: Entry) -> Reservation:
    state = _ENDS.get(entry.reason, "posted")
    return replace(reservation, state=state, posted=entry.legs[1].delta if state == "posted" else 0)


def _give_back(reservation: Reservation, on: date, reason: Reason, why: str) -> Entry:
    _check_pending(reservation)
    legs = move(reservation.escrow, reservation.source, reservation.asset, reservation.amount)
    return Entry(reservation.id + CLOSE, on, reason, legs, why)


def _check_pending(reservation: Reservation) -> None:
    if reservation.state != "pending":
        raise NotAllowed(
            "reservation.closed",
            "the reservation {id} is {state} already",
            where=f"reservation {reservation.id}",
            mend="a reservation ends only once: make a new one under another id",
            id=reservation.id,
            state=reservation.state,
        )


def _check_amount(id: str, amount: int, most: int | None = None) -> None:
    if type(amount) is not int or amount <= 0 or (most is not None and amount > most):
        raise NotAllowed(
            "reservation.amount",
            "{amount!r} cannot be reserved, or posted from a reservation",
            where=f"reservation {id}",
            mend="give whole mg or fen, more than 0 and no more than is reserved",
            amount=amount,
        )
