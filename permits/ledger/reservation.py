"""Reservations: what is set aside until a date, and then goes one way or the other.

A bidder's deposit, or the mass behind an open offer, moves to ESCROW under the
reservation's id (`X/reserve`) and leaves it by one further entry (`X/close`), which posts
it, wholly or in part, to whom it was meant for, gives it back (void), or lets it expire.
Since every way out has the same id, the ledger itself admits one of them, once.

Nothing is kept outside the journal: what state a reservation is in is read from the two
entries; the last day on which it may be posted stands at the head of the first one's `why`.
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
    """What is set aside, as the journal tells it."""

    id: str
    source: Account  # where it came from, and what is not posted goes back to
    asset: Asset
    amount: int  # [mg or fen], > 0
    expires: date  # the last day on which it may be posted
    state: State = "pending"
    posted: int = 0  # of `amount`, to others [mg or fen]

    @property
    def escrow(self) -> Account:
        """Where it is while it is pending."""
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
    """The entry that sets `amount` (mg or fen) aside until the end of the day `expires`.

    Raises: NotAllowed where `source` is neither a HOLDING nor CASH, the amount is not more
        than zero, or it would expire before it begins.
    """
    if source.pocket not in SOURCES:
        raise NotAllowed(
            "reservation.pocket",
            "{account} cannot be reserved from: only what is held, or cash, can",
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
    """The entry that takes it to `target`, or `amount` of it; the rest goes back.

    Raises: NotAllowed where it is not pending, is less than `amount`, or has expired.
    """
    _check_pending(reservation)
    amount = reservation.amount if amount is None else amount
    _check_amount(reservation.id, amount, most=reservation.amount)
    assert reason not in _ENDS, "a reservation that is posted is neither withdrawn nor expired"
    if on > reservation.expires:
        raise NotAllowed(
            "reservation.late",
            "the reservation {id} expired on {expires}",
            where=f"reservation {reservation.id}",
            mend="reserve anew",
            id=reservation.id,
            expires=str(reservation.expires),
        )
    legs: tuple[Leg, ...] = move(reservation.escrow, target, reservation.asset, amount)
    if rest := reservation.amount - amount:
        legs += move(reservation.escrow, reservation.source, reservation.asset, rest)
    return Entry(reservation.id + CLOSE, on, reason, legs, why)


def void(reservation: Reservation, *, on: date, why: str = "") -> Entry:
    """The entry that gives all of it back before it expires.

    Raises: NotAllowed where it is not pending.
    """
    return _give_back(reservation, on, Reason.WITHDRAW, why)


def expire(reservation: Reservation, *, on: date) -> Entry:
    """The entry that gives all of it back after its last day.

    Raises: NotAllowed where it is not pending, or may still be posted.
    """
    if on <= reservation.expires:
        raise NotAllowed(
            "reservation.early",
            "the reservation {id} stands until the end of {expires}",
            where=f"reservation {reservation.id}",
            mend="void it to give it back sooner",
            id=reservation.id,
            expires=str(reservation.expires),
        )
    return _give_back(reservation, on, Reason.EXPIRE, "")


def find_reservations(journal: Iterable[Entry]) -> dict[str, Reservation]:
    """Every reservation of a journal by its id, in the order of reserving."""
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
    """Those that are pending after their last day, in their order: for `expire`."""
    return [found for found in reservations if found.state == "pending" and on > found.expires]


def _opened(entry: Entry) -> Reservation | None:
    """The reservation that an entry makes, or `None` where it only has such an id."""
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
            mend="each reservation ends once: reserve anew under another id",
            id=reservation.id,
            state=reservation.state,
        )


def _check_amount(id: str, amount: int, most: int | None = None) -> None:
    if type(amount) is not int or amount <= 0 or (most is not None and amount > most):
        raise NotAllowed(
            "reservation.amount",
            "{amount!r} is not an amount that can be reserved, or posted of what is reserved",
            where=f"reservation {id}",
            mend="give whole mg or fen, more than 0 and no more than is reserved",
            amount=amount,
        )
