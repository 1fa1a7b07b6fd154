"""From readings to cards: measured masses are charged, and controllers report events.

The seam between monitors and cards: `feed` takes the readings of messages in the order of
arrival and returns the outlets after them, and events. Each outlet has the controller of
`permits.card`, stepped exactly as in a replay of the same readings from a file, with its
valve and other inputs. Measured mass is charged in full: what exceeds the load is a `breach`
and counts against the following months.

A late reading is counted when it arrives, since the clock of a card never goes back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from permits.card import Card, CardLine, Said
from permits.card.cardyear import YearMonth, place_in_year
from permits.card.controller_inputs import Flow, Input, MonthLoad, Valve
from permits.card.device import STANDARD_DEVICE
from permits.errors import InputError
from permits.hj212.codes import PERIOD_S
from permits.hj212.measured import OutletReading
from scenarios.monitoring.watch.bureau_messages import read_messages
from scenarios.monitoring.watch.controller_cards import (
    OutletCards,
    load_key,
    loads,
    read_controller_cards,
)
from scenarios.monitoring.watch.controller_replay import ControlledOutlet, receive

STANDS_FOR = {"NMHC": "VOC"}
"""Measured pollutant and the one that the card counts; assumed [ModelAssumption]."""
UNHEARD = datetime.fromisoformat("0001-01-01")
"""The clock of a controller without any input."""
SECOND = timedelta(seconds=1)
NOT_A_MASS = (Said.PASSED, Said.REFUSED)
"""Records whose amount is in litres."""


class FeedEvent(NamedTuple):
    """An event at an outlet: a record of its controller, or an exception of a reading.

    Exceptions are `not_normal` (the reading does not count), `late` (of a past month, charged
    to the present one) and `other_year` (not charged); and of the store: `wrong_clock` (its
    time is far from the receiver's), `contradicts` (its hour has another value), `replaces`
    (a listed device's value in place of an earlier one), and the codes of `RefusedBecause`.
    """

    outlet: str
    card: str | None  # None: the outlet
    at: datetime
    event: str
    mass_mg: int = 0
    record: CardLine | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """An outlet: its cards as issued, the controller, and its pending inputs."""

    issued: OutletCards
    outlet: ControlledOutlet
    told: tuple[Input, ...] = ()
    loaded: YearMonth | None = None  # the last month whose load was sent

    def cards(self) -> Iterator[tuple[str, Card]]:
        """Each card by its name, in its present state."""
        return zip(self.issued.names, self.outlet.controller.cards, strict=True)


class PassedVolume(NamedTuple):
    """The flow of an outlet between two times, from one message."""

    begins: datetime
    ends: datetime
    volume_l: int


@dataclass(frozen=True, slots=True)
class CardState:
    """All outlets with cards at a moment."""

    posts: Mapping[str, Post] = field(default_factory=dict)


def load_controller_cards(path: str, messages: str | None = None) -> CardState:
    """Cards from a table, and the inputs of their controllers in addition to readings.

    Args:
        path: table of cards, as `scenarios.monitoring.watch.controller_cards.read_cards` takes it.
        messages: table of messages, as `read_messages` takes it. A message is received with
            the first reading that ends after it.
    Raises: ManyErrors with every mistake of a table; InputError for a card of volume.
    """
    issued = read_controller_cards(path).outlets
    told = read_messages(messages, issued)[0] if messages else []
    posts = {}
    for name, own in issued.items():
        if any(own.by_volume):
            raise InputError(
                "hj212.volume",
                "a volume card cannot be charged from messages",
                where=own.where,
                mend="remove it from this table, and show it with permits meter --watch",
            )
        mine = sorted((one for outlet, one in told if outlet == name), key=lambda one: one.at)
        follows = not any(isinstance(one, Valve) for one in mine)
        controller = own.controller(UNHEARD, own.year or 0, STANDARD_DEVICE)
        posts[name] = Post(own, ControlledOutlet(controller, follows=follows), tuple(mine))
    return CardState(posts)


def feed(
    state: CardState, messages: Iterable[Sequence[OutletReading]]
) -> tuple[CardState, tuple[FeedEvent, ...]]:
    """Charge the readings of messages to the cards of their outlets, in the order given.

    Returns: the outlets after them, and what happened. An outlet or pollutant without a
        card changes nothing.
    """
    posts = dict(state.posts)
    events: list[FeedEvent] = []
    for readings in messages:
        for outlet, own in groupby(readings, key=lambda reading: reading.outlet):
            if outlet in posts:
                posts[outlet], told = _fed(posts[outlet], list(own))
                events += told
    return replace(state, posts=posts), tuple(events)


def takes_year_from(post: Post, reading: OutletReading) -> bool:
    """Whether this reading would start the cards of an outlet, and so choose their year."""
    return (
        post.issued.year is None
        and post.loaded is None
        and reading.counts
        and any(_counted_by(card.pollutant, reading) for card in post.issued.cards)
    )


def _fed(post: Post, readings: Sequence[OutletReading]) -> tuple[Post, list[FeedEvent]]:
    """One message of an outlet: its counted readings form one flow per volume."""
    events: list[FeedEvent] = []
    flows: dict[PassedVolume, list[int]] = {}
    for reading in readings:
        for n, name in enumerate(post.issued.names):
            if not _counted_by(post.issued.cards[n].pollutant, reading):
                continue
            at, mass = reading.at, reading.mass_mg or 0
            why = _set_aside(post, reading)
            if why is not None:
                events.append(FeedEvent(reading.outlet, name, at, why, mass))
            # Late readings are charged to the present month; other exceptions are only reported.
            if why in (None, "late"):
                flow = flows.setdefault(_flow_of(reading), [0] * len(post.issued.names))
                flow[n] = reading.conc_ng_per_l or 0
    for passed, conc in flows.items():
        post, records = _heard(post, passed, tuple(conc))
        events += (_event(post, record) for record in records if record.said is not Said.COUNTED)
    return post, events


def _counted_by(pollutant: str, reading: OutletReading) -> bool:
    own = reading.pollutant
    return pollutant in (own, STANDS_FOR.get(own), reading.factor)


def _set_aside(post: Post, reading: OutletReading) -> str | None:
    """Why a reading is excluded, or counted in another month; None if neither."""
    if not reading.counts:
        return "not_normal"
    place, controller = _place(reading.at), post.outlet.controller
    if post.issued.year is not None and place.year != post.issued.year:
        return "other_year"
    if post.loaded is None:
        return None
    if not 0 <= place.year - controller.year <= 1:
        return "other_year"
    return "late" if place < (controller.year, controller.month) else None


def _flow_of(reading: OutletReading) -> PassedVolume:
    assert reading.volume_l is not None, "only readings with a mass count"
    ends = reading.at + timedelta(seconds=PERIOD_S.get(reading.period, 0))
    return PassedVolume(reading.at, ends, reading.volume_l)


def _heard(post: Post, passed: PassedVolume, conc: tuple[int, ...]) -> tuple[Post, list[CardLine]]:
    """Apply the inputs due before a flow, by time; then the flow, never before the last one."""
    place, outlet = _place(passed.begins), post.outlet
    due: list[Input] = []
    if post.loaded is None:
        outlet = replace(outlet, controller=replace(outlet.controller, year=place.year))
        due.append(MonthLoad(passed.begins, load_key(place), month=place.month))
    else:
        due += loads(post.issued, post.loaded, place, outlet.controller.rules.year)
    due += (one for one in post.told if one.at < passed.ends)
    records: list[CardLine] = []
    # By time, and never behind the clock: a controller refuses an input from the past.
    for given in sorted(due, key=lambda one: one.at):
        outlet, more = receive(outlet, replace(given, at=max(given.at, outlet.controller.at)))
        records += more
    last = outlet.controller.last_flow
    # At least a second after the last flow: a controller refuses two at the same time.
    at = max(passed.ends, outlet.controller.at, last.at + SECOND if last else passed.ends)
    outlet, more = receive(outlet, Flow(at, passed.volume_l, conc))
    told = tuple(one for one in post.told if one.at >= passed.ends)
    loaded = max(post.loaded or place, place)
    return replace(post, outlet=outlet, told=told, loaded=loaded), [*records, *more]


def _place(at: datetime) -> YearMonth:
    return place_in_year(at.date(), STANDARD_DEVICE.year)


def _event(post: Post, record: CardLine) -> FeedEvent:
    name = None if record.card is None else post.issued.names[record.card]
    mass_mg = 0 if record.said in NOT_A_MASS else record.amount
    return FeedEvent(post.issued.outlet, name, record.at, record.said.value, mass_mg, record)
