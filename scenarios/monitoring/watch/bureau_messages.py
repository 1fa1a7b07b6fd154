"""Inputs of controllers in addition to readings: bureau, valves, mains, links, keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from permits.card.controller_inputs import (
    BureauOrder,
    Input,
    Key,
    Link,
    Mains,
    Shift,
    TakeBack,
    TopUp,
    Valve,
)
from permits.errors import InputError, ManyErrors, RightsError
from permits.quantity import t_to_mg
from scenarios.intake.columns import Row
from scenarios.intake.fields import AT, CARD, EVENT, MASS, OPEN_PERCENT, OUTLET, VOLUME
from scenarios.intake.tables import raise_all, read_table
from scenarios.monitoring.files.time_zones import time_of
from scenarios.monitoring.watch.controller_cards import L_PER_M3, OutletCards

FIELDS = (
    AT,
    OUTLET,
    EVENT,
    CARD.but(required=False, blank=True),
    MASS.but(kind="money", required=False, blank=True),
    VOLUME.but(kind="money", required=False, blank=True),
    OPEN_PERCENT.but(required=False, blank=True),
)

SWITCHES: dict[str, tuple[type[Mains | Link | Key], bool]] = {
    "mains_lost": (Mains, False), "mains_back": (Mains, True),
    "link_lost": (Link, False), "link_found": (Link, True),
    "key_on": (Key, True), "key_off": (Key, False),
}  # fmt: skip
CHANGES: dict[str, type[TopUp | Shift | TakeBack]] = {
    "top_up": TopUp, "shift": Shift, "take_back": TakeBack,
}  # fmt: skip
Heard = tuple[str, Input]
EVENTS = (*CHANGES, "order_close", "order_open", "valve", *SWITCHES)


def read_messages(
    path: str | Path, outlets: Mapping[str, OutletCards], offset: timedelta | None = None
) -> tuple[list[Heard], tuple[str, ...]]:
    """The inputs of each outlet, in the order of the table, and notices about the file.

    Columns: `at, outlet, event, card, mass_t` (or `volume_m3`, `open_percent`); an event is
    one of `EVENTS`.

    Args:
        path: the table.
        outlets: outlets with cards, by name.
        offset: UTC offset of the readings' clock, or `None`.
    Raises: ManyErrors with every mistake of the table.
    """
    try:
        table = read_table(path, FIELDS)
    except ManyErrors as error:
        if [one.code for one in error.errors] == ["table.empty"]:
            return [], ()  # a table without rows: no messages
        raise
    mistakes: list[RightsError] = []
    found = []
    for number, (row, at) in enumerate(_with_times(table.rows, offset)):
        try:
            found.append((row.values["outlet"], _message(row, at, f"message {number}", outlets)))
        except RightsError as error:
            mistakes.append(error)
    raise_all(mistakes)
    return found, table.notices


def _message(row: Row, at: datetime, key: str, outlets: Mapping[str, OutletCards]) -> Input:
    event, outlet = row.values["event"], row.values["outlet"]
    if event not in EVENTS or outlet not in outlets:
        raise InputError(
            "watch.event",
            "unknown event {event!r} or outlet {outlet!r}",
            where=row.where,
            mend="name an outlet that has a card, and one of these events: {known}",
            event=event,
            outlet=outlet,
            known=", ".join(EVENTS),
        )
    if event in SWITCHES:
        kind, on = SWITCHES[event]
        return kind(at, on)
    if event == "valve":
        return Valve(at, row.values["open_percent"] or 0)
    if event.startswith("order"):
        return BureauOrder(at, key, close=event == "order_close")
    card = _place(row, outlets[outlet].names)
    volume = outlets[outlet].by_volume[card]
    given = row.values["volume_m3" if volume else "mass_t"] or Decimal(0)
    amount = int(given * L_PER_M3) if volume else t_to_mg(float(given))
    return CHANGES[event](at, key, card=card, amount=amount)


def _place(row: Row, cards: Sequence[str]) -> int:
    card = row.values["card"]
    if card in cards or (card is None and len(cards) == 1):
        return cards.index(card) if card else 0
    raise InputError(
        "watch.card",
        "the outlet has no card {card!r}",
        where=row.where,
        mend="it has: {known}",
        card=card,
        known=", ".join(cards),
    )


def _with_times(rows: Sequence[Row], offset: timedelta | None) -> list[tuple[Row, datetime]]:
    """Each row with its time; every unreadable time is an error.

    Times with an offset (summer time changes it) are all put into the first one's.
    """
    mistakes: list[RightsError] = []
    found = []
    for row in rows:
        try:
            at = _time(row)
        except InputError as error:
            mistakes.append(error)
            continue
        own = at.utcoffset()
        later = timedelta() if own is None or offset is None else own - offset
        found.append((row, at.replace(tzinfo=None) - later))
    raise_all(mistakes)
    return found


def _time(row: Row) -> datetime:
    said = row.values["at"]
    if (at := time_of(said)) is None:
        raise InputError(
            "watch.time",
            "{said!r} is not a time",
            where=row.where,
            mend="write it as 2018-03-21T14:00",
            said=said,
        )
    return at
