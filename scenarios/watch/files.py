"""Readings, cards and messages as tables, into controllers and what they hear."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from permits.bulk import Reason
from permits.card import Card, Controller, DeviceRules, Stop, month_quotas
from permits.card.cardyear import YearMonth, first_day, place_in_year
from permits.card.inputs import (
    Flow,
    Input,
    Key,
    Link,
    Mains,
    MonthLoad,
    Order,
    Shift,
    TakeBack,
    TopUp,
    Valve,
    YearLoad,
)
from permits.card.state import MONTHS
from permits.errors import InputError, RightsError
from permits.quantity import MG_PER_T, t_to_mg
from scenarios.bulk.cards import check_alone
from scenarios.bulk.clock import time_of
from scenarios.tables import Field, ReadTable, Row, raise_all, read_table
from scenarios.watch.flows import L_PER_M3, passed, timed

VOLUME = ("volume", "水量")
"""What a card that counts cubic metres has for a pollutant."""
CARDS = (
    Field("card", "text"),
    Field("firm", "text"),
    Field("outlet", "text"),
    Field("pollutant", "text"),
    Field("annual_quota_t", "mass", required=False, blank=True),
    Field("annual_quota_m3", "money", required=False, blank=True),
    Field("stop", "text", required=False, blank=True),
    *(Field(f"month_{month:02d}", "mass", required=False, blank=True) for month in range(1, 13)),
)
READINGS = (
    Field("outlet", "text", blank=True),
    Field("at", "text", blank=True),
    Field("volume_m3", "text", blank=True),
    Field("flag", "text", required=False, blank=True),
)
MESSAGES = (
    Field("at", "text"),
    Field("outlet", "text"),
    Field("event", "text"),
    Field("card", "text", required=False, blank=True),
    Field("mass_t", "money", required=False, blank=True),
    Field("volume_m3", "money", required=False, blank=True),
    Field("open_percent", "count", required=False, blank=True),
)

Heard = tuple[str, Input]
FilePath = str | Path


@dataclass(frozen=True, slots=True)
class Reel:
    """All that a film needs: the outlets as they stand, and what each hears, in order."""

    outlets: Mapping[str, Controller]
    names: Mapping[str, tuple[str, ...]]  # the cards of each outlet
    heard: tuple[Heard, ...]
    unmeasured: int  # readings without a valid value, left out
    aside: Mapping[Reason, int]  # readings that cannot be used, set aside
    silent: tuple[str, ...]  # cards for which nothing was read
    mistakes: tuple[RightsError, ...]  # files of readings that cannot be read
    notices: tuple[str, ...]


def read_reel(
    readings: FilePath | Sequence[FilePath],
    cards: FilePath,
    messages: FilePath | None = None,
    *,
    rules: DeviceRules | None = None,
) -> Reel:
    """Read a meter's readings, the cards of its outlets and what they were told.

    Cards are loaded at the start of each month and year, as a bureau does; the year's quota
    comes again each year. A reading that is flagged or has no value is not counted here
    (rules for missing data are the meter's).

    Args:
        readings: `outlet, at, volume_m3`, `<pollutant>_mg_per_l` or `_mg_per_m3`, `flag`;
            `at` is the beginning of the interval. One file, or several of the same columns.
        cards: `card, firm, outlet, pollutant, annual_quota_t`, optionally twelve `month_01`
            to `month_12` and `stop`; with the pollutant `volume`, `annual_quota_m3`.
        messages: `at, outlet, event, card, mass_t` (or `volume_m3`, `open_percent`); an
            event is one of `EVENTS`.
    Raises: ManyErrors with every mistake of a table; of readings where none of several can
        be read, or no row of them be used.
    """
    device = rules or DeviceRules()
    card_rows = read_table(cards, CARDS)
    told = read_table(messages, MESSAGES) if messages else None
    tables, mistakes = _tables([readings] if isinstance(readings, FilePath) else readings)
    owned = _by_outlet(card_rows.rows)
    rows, aside = timed([row for table in tables for row in table.rows], owned)
    start = min((at for own in rows.values() for _, at in own[:1]), default=None)
    if start is None:
        raise _nothing(tables)
    outlets = {name: _controller(name, rows, start, device) for name, rows in owned.items()}
    names = {name: tuple(row.values["card"] for row in rows) for name, rows in owned.items()}
    found = passed(rows, outlets)
    heard = [*_loads(outlets, start, max(found.times, default=start)), *found.flows]
    if told:
        heard += _messages(_parsed(told.rows, _offset(tables)), names, outlets)
    # An interval that ends at midnight belongs to the old month, so it goes before the load.
    heard.sort(key=lambda one: (one[1].at, not isinstance(one[1], Flow)))
    read = [card_rows, *tables, *([told] if told else [])]
    notices = tuple(notice for table in read for notice in table.notices)
    silent = [name for outlet, own in rows.items() if not own for name in names[outlet]]
    reasons: Counter[Reason] = Counter()
    for (_, reason), count in (aside + found.aside).items():
        reasons[reason] += count
    return Reel(
        outlets,
        names,
        tuple(heard),
        found.unmeasured,
        dict(sorted(reasons.items())),
        tuple(silent),
        tuple(mistakes),
        notices,
    )


def _tables(files: Sequence[FilePath]) -> tuple[list[ReadTable], list[RightsError]]:
    """The tables of readings, and what is wrong with those that cannot be read.

    Raises: ManyErrors if none can be read.
    """
    tables: list[ReadTable] = []
    mistakes: list[RightsError] = []
    for file in files:
        try:
            tables.append(read_table(file, READINGS))
        except RightsError as error:
            mistakes.append(error)
    if not tables:
        raise_all(mistakes)
    return tables, mistakes


def _nothing(tables: Sequence[ReadTable]) -> InputError:
    return InputError(
        "watch.nothing",
        "no reading of an outlet with a card can be used",
        where=tables[0].rows[0].where,
        mend="give readings of the outlets that the cards name, with times as 2018-03-21 14:00",
    )


def _offset(tables: Sequence[ReadTable]) -> timedelta | None:
    """The distance from UTC that the readings begin with."""
    times = (time_of(row.values["at"] or "") for table in tables for row in table.rows)
    return next((at.utcoffset() for at in times if at is not None), None)


def _by_outlet(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    seen: dict[tuple[str, str], str] = {}
    for row in rows:
        values = row.values
        check_alone(values["outlet"], values["card"], values["pollutant"], seen, row.where)
        found[row.values["outlet"]].append(row)
    return dict(found)


def _controller(
    outlet: str, rows: Sequence[Row], start: datetime, rules: DeviceRules
) -> Controller:
    cards = tuple(map(_card, rows))
    if len({card.stop for card in cards}) > 1:
        raise InputError(
            "watch.stops",
            "the cards of outlet {outlet} stop in different ways",
            where=rows[0].where,
            mend="there is one valve: give all of them the same stop",
            outlet=outlet,
        )
    by_volume = tuple(row.values["pollutant"] in VOLUME for row in rows)
    year = place_in_year(start.date(), rules.year).year
    return Controller(outlet, cards, start, year, by_volume, rules)


def _card(row: Row) -> Card:
    values = row.values
    volume = values["pollutant"] in VOLUME
    given = values["annual_quota_m3"] if volume else values["annual_quota_t"]
    if given is None:
        raise InputError(
            "watch.quota",
            "the card has no quota for the year",
            where=row.where,
            mend="fill in annual_quota_t, or annual_quota_m3 where it counts volume",
        )
    stop = values["stop"] or Stop.VALVE.value
    if stop not in list(Stop):
        raise InputError(
            "watch.stop",
            "{stop!r} is not a way to stop an outlet",
            where=row.where,
            mend="write one of: {known}",
            stop=stop,
            known=", ".join(Stop),
        )
    year = int(given * L_PER_M3) if volume else int(given)
    months = [values[f"month_{month:02d}"] for month in range(1, MONTHS + 1)]
    given_months = [month for month in months if month is not None]
    quota = month_quotas(year, year)
    if given_months:
        _check_months(given_months, year * MG_PER_T // L_PER_M3 if volume else year, row)
        # Of a card of water the column holds cubic metres.
        quota = tuple(m * L_PER_M3 // MG_PER_T if volume else m for m in given_months)
    return Card(values["firm"], values["pollutant"], quota, Stop(stop))


def _check_months(months: Sequence[int], year: int, row: Row) -> None:
    """Twelve months that give the year, as they stand in the table (t, or m³ of water)."""
    if len(months) != MONTHS or sum(months) != year:
        raise InputError(
            "watch.months",
            "the months' quotas, {count} of them, do not add up to the year's",
            where=row.where,
            mend="give the year's alone, or all twelve months that add up to it",
            count=len(months),
        )


def _loads(outlets: Mapping[str, Controller], start: datetime, end: datetime) -> Iterator[Heard]:
    """The bureau's loads, each at the first second of a month."""
    for name, outlet in outlets.items():
        place = place_in_year(start.date(), outlet.rules.year)
        at, number = start, 0
        while at <= end:
            key = f"load {place.year}-{place.month:02d}"
            if number and place.month == 1:
                quota = tuple(sum(card.quota_mg) for card in outlet.cards)
                yield name, YearLoad(at, key, year=place.year, quota=quota)
            else:
                yield name, MonthLoad(at, key, month=place.month)
            number += 1
            place = YearMonth(place.year + place.month // MONTHS, place.month % MONTHS + 1)
            at = datetime.combine(first_day(place, outlet.rules.year), start.min.time())


def _parsed(rows: Sequence[Row], offset: timedelta | None) -> list[tuple[Row, datetime]]:
    """Each row with its time; every time that is none is told.

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


SWITCHES: dict[str, tuple[type[Mains | Link | Key], bool]] = {
    "mains_lost": (Mains, False), "mains_back": (Mains, True),
    "link_lost": (Link, False), "link_found": (Link, True),
    "key_on": (Key, True), "key_off": (Key, False),
}  # fmt: skip
CHANGES: dict[str, type[TopUp | Shift | TakeBack]] = {
    "top_up": TopUp, "shift": Shift, "take_back": TakeBack,
}  # fmt: skip
EVENTS = (*CHANGES, "order_close", "order_open", "valve", *SWITCHES)


def _messages(
    parsed: Iterable[tuple[Row, datetime]],
    names: Mapping[str, tuple[str, ...]],
    outlets: Mapping[str, Controller],
) -> list[Heard]:
    mistakes: list[RightsError] = []
    found = []
    for number, (row, at) in enumerate(parsed):
        try:
            found.append((row.values["outlet"], _message(row, at, f"message {number}", names,
                                                         outlets)))  # fmt: skip
        except RightsError as error:
            mistakes.append(error)
    raise_all(mistakes)
    return found


def _message(
    row: Row, at: datetime, key: str, names: Mapping[str, tuple[str, ...]],
    outlets: Mapping[str, Controller],
) -> Input:  # fmt: skip
    event, outlet = row.values["event"], row.values["outlet"]
    if event not in EVENTS or outlet not in names:
        raise InputError(
            "watch.event",
            "{event!r} at outlet {outlet!r} is not understood",
            where=row.where,
            mend="name an outlet that has a card, and one of: {known}",
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
        return Order(at, key, close=event == "order_close")
    card = _place(row, names[outlet])
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
