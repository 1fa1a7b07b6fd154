"""From readings to cards: what is measured is charged, and the card says what happens.

The seam between monitors and cards: `feed` takes readings in the order in which they
came and gives the cards after them, and events. Measured mass is charged whole: what is
beyond the card's load is told as `over_load` and counts against the months that follow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from permits.card import Card, Stop, month_quotas
from permits.card.state import MONTHS
from permits.errors import InputError
from permits.hj212.reading import OutletReading
from scenarios.tables import Field, Row, raise_all, read_table

STANDS_FOR = {"NMHC": "VOC"}
"""What a monitor measures and what the card counts; assumed [ModelAssumption]."""

MONTH_FIELDS = tuple(f"month_{month:02d}" for month in range(1, MONTHS + 1))
FIELDS = (
    Field("card", "text"),
    Field("firm", "text"),
    Field("outlet", "text"),
    Field("pollutant", "text"),
    Field("annual_quota_t", "mass"),
    Field("year", "count", required=False, blank=True),
    Field("stop", "text", required=False, blank=True),
    *(Field(name, "mass", required=False, blank=True) for name in MONTH_FIELDS),
)


class FeedEvent(NamedTuple):
    """Something that happened to a card: a kind of `permits.card`, or one of

    `over_load` (measured beyond what was left), `not_normal` (a reading that does not
    count), `late` (of a month that is over: charged to this one), `other_year` (not
    charged).
    """

    card: str
    at: datetime
    event: str
    mass_mg: int = 0


class Held(NamedTuple):
    """A card by its name; its year is None until its table or first reading gives one."""

    name: str
    card: Card
    year: int | None = None


@dataclass(frozen=True, slots=True)
class CardState:
    """All cards at a moment, by outlet."""

    cards: Mapping[str, tuple[Held, ...]] = field(default_factory=dict)


def load_cards(path: str) -> CardState:
    """Cards from a table: card, firm, outlet, pollutant, annual_quota_t, month_01 …, year, stop.

    Without months the year's quota is split evenly; without a year the first reading
    that counts gives it.

    Raises: ManyErrors with every mistake of the table.
    """
    found: dict[str, tuple[Held, ...]] = {}
    mistakes = []
    for row in read_table(path, FIELDS).rows:
        try:
            held = Held(row.values["card"], _card(row), row.values.get("year"))
        except InputError as error:
            mistakes.append(error)
            continue
        outlet = row.values["outlet"]
        found[outlet] = (*found.get(outlet, ()), held)
    raise_all(mistakes)
    return CardState(found)


def feed(
    state: CardState, readings: Iterable[OutletReading]
) -> tuple[CardState, tuple[FeedEvent, ...]]:
    """Charge readings to the cards of their outlets, in the order given.

    Returns: the cards after them, and what happened. An outlet or pollutant without a
        card changes nothing.
    """
    cards = dict(state.cards)
    events: list[FeedEvent] = []
    for reading in readings:
        own = cards.get(reading.outlet, ())
        for place, held in enumerate(own):
            if not _counted_by(held.card, reading):
                continue
            if reading.counts:
                after, told = _charged(held, reading)
                own = (*own[:place], after, *own[place + 1 :])
                events += told
            else:
                events.append(FeedEvent(held.name, reading.at, "not_normal"))
        if own:
            cards[reading.outlet] = own
    return replace(state, cards=cards), tuple(events)


def _card(row: Row) -> Card:
    values = row.values
    months = [values.get(name) for name in MONTH_FIELDS]
    annual = values["annual_quota_t"]
    if any(m is not None for m in months):
        _check_months(months, annual, row.where)
        quota = tuple(int(m or 0) for m in months)
    else:
        quota = month_quotas(annual, annual)
    stop = values.get("stop") or Stop.VALVE.value
    if stop not in [known.value for known in Stop]:
        raise InputError(
            "hj212.stop",
            "{said!r} is no way to stop",
            where=row.where,
            mend="write one of {known}",
            said=stop,
            known=", ".join(known.value for known in Stop),
        )
    return Card(values["firm"], values["pollutant"], quota, Stop(stop))


def _check_months(months: Sequence[int | None], annual_mg: int, where: str) -> None:
    if sum(m or 0 for m in months) != annual_mg:
        raise InputError(
            "hj212.months",
            "the months' quotas do not add up to the year's",
            where=where,
            mend="correct one of them, or leave the months away",
        )


def _counted_by(card: Card, reading: OutletReading) -> bool:
    own = reading.pollutant
    return card.pollutant in (own, STANDS_FOR.get(own), reading.factor)


def _charged(held: Held, reading: OutletReading) -> tuple[Held, list[FeedEvent]]:
    name, card, year = held
    at, mass = reading.at, reading.mass_mg or 0
    if year is not None and at.year != year:
        return held, [FeedEvent(name, at, "other_year", mass)]
    events = []
    while card.month < at.month:
        card, reopened = card.reload(card.month + 1)
        events += [FeedEvent(name, at, event.kind.value) for event in reopened]
    if at.month < card.month:
        events.append(FeedEvent(name, at, "late", mass))
    after, swiped = card.charge(mass)
    events += [FeedEvent(name, at, event.kind.value) for event in swiped.events]
    if swiped.breach_mg:
        events.append(FeedEvent(name, at, "over_load", swiped.breach_mg))
    return Held(name, after, at.year), events
