"""Readings, cards and messages as tables, into controllers and what they hear."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path

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
from scenarios.tables import Field, Row, raise_all, read_table

VOLUME = ("volume", "水量")
"""What a card that counts cubic metres has for a pollutant."""
L_PER_M3 = 1000
NG_PER_L = {
    "mg_per_l": 10**6, "mg/l": 10**6, "毫克每升": 10**6,
    "mg_per_m3": 10**3, "mg/m3": 10**3, "毫克每立方米": 10**3,
}  # fmt: skip
VALID = ("", "N")
MOST = Decimal(10**12)

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
    Field("outlet", "text"),
    Field("at", "text"),
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
    Raises: ManyErrors with every mistake of a file.
    """
    device = rules or DeviceRules()
    card_rows = read_table(cards, CARDS)
    files = [readings] if isinstance(readings, FilePath) else readings
    tables = [read_table(file, READINGS) for file in files]
    told = read_table(messages, MESSAGES) if messages else None
    owned = _by_outlet(card_rows.rows)
    rows = [row for table in tables for row in table.rows]
    offset = _time(rows[0]).utcoffset()
    parsed = _parsed(rows, offset)
    start = min(at for _, at in parsed)
    outlets = {name: _controller(name, rows, start, device) for name, rows in owned.items()}
    names = {name: tuple(row.values["card"] for row in rows) for name, rows in owned.items()}
    flows, unmeasured = _flows(parsed, owned, outlets)
    end = max(at for _, at in parsed)
    heard = [*_loads(outlets, start, end), *flows]
    if told:
        heard += _messages(_parsed(told.rows, offset), names, outlets)
    # An interval that ends at midnight belongs to the old month, so it goes before the load.
    heard.sort(key=lambda one: (one[1].at, not isinstance(one[1], Flow)))
    read = [card_rows, *tables, *([told] if told else [])]
    notices = tuple(notice for table in read for notice in table.notices)
    return Reel(outlets, names, tuple(heard), unmeasured, notices)


def _by_outlet(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
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
    quota = month_quotas(year, year)
    if all(month is not None for month in months):
        # Of a card of water the column holds cubic metres.
        quota = tuple(m * L_PER_M3 // MG_PER_T if volume else m for m in months)
    return Card(values["firm"], values["pollutant"], quota, Stop(stop))


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
    try:
        return datetime.fromisoformat(said)
    except ValueError:
        raise InputError(
            "watch.time",
            "{said!r} is not a time",
            where=row.where,
            mend="write it as 2018-03-21T14:00",
            said=said,
        ) from None


def _flows(
    parsed: Iterable[tuple[Row, datetime]],
    owned: Mapping[str, Sequence[Row]],
    outlets: Mapping[str, Controller],
) -> tuple[list[Heard], int]:
    """What passed each outlet that has cards, at the end of each interval."""
    by_outlet: dict[str, list[tuple[Row, datetime]]] = defaultdict(list)
    for row, at in parsed:
        if row.values["outlet"] in owned:
            by_outlet[row.values["outlet"]].append((row, at))
    flows: list[Heard] = []
    unmeasured = 0
    for name, rows in by_outlet.items():
        long = _interval([at for _, at in rows])
        columns = [_column(rows[0][0], card.pollutant, volume) for card, volume in
                   zip(outlets[name].cards, outlets[name].by_volume, strict=True)]  # fmt: skip
        for row, at in rows:
            measured = _measured(row, columns)
            if measured is None:
                unmeasured += 1
            else:
                flows.append((name, Flow(at + long, *measured)))
    return flows, unmeasured


def _interval(times: Sequence[datetime]) -> timedelta:
    """How long a reading lasts: the least step between two, an hour where there is one."""
    steps = [after - before for before, after in pairwise(times) if after > before]
    return min(steps, default=timedelta(hours=1))


def _column(row: Row, pollutant: str, by_volume: bool) -> tuple[str, int] | None:
    """The column of a pollutant's concentration, and ng/L in its unit."""
    if by_volume:
        return None
    for column in row.extra:
        for unit, factor in NG_PER_L.items():
            plain = column.lower().replace("浓度", "")
            if plain == f"{pollutant.lower()}_{unit}":
                return column, factor
    raise InputError(
        "watch.column",
        "no column gives the concentration of {pollutant}",
        where=row.where,
        mend="name it {pollutant}_mg_per_l (water) or {pollutant}_mg_per_m3 (gas)",
        pollutant=pollutant,
    )


def _measured(
    row: Row, columns: Sequence[tuple[str, int] | None]
) -> tuple[int, tuple[int, ...]] | None:
    """Litres and ng/L of a reading; None where something was not measured."""
    if (row.values["flag"] or "").upper() not in VALID:
        return None
    texts = [row.values["volume_m3"], *(row.extra[c[0]] if c else "0" for c in columns)]
    if not all(texts):
        return None
    volume, *conc = (_decimal(text, row.where) for text in texts)
    factors = (column[1] if column else 0 for column in columns)
    scaled = (int((c * f).to_integral_value()) for c, f in zip(conc, factors, strict=True))
    return int((volume * L_PER_M3).to_integral_value()), tuple(scaled)


def _decimal(text: str, where: str) -> Decimal:
    try:
        number = Decimal(text)
        if not 0 <= number <= MOST:
            raise InvalidOperation
    except InvalidOperation:
        raise InputError(
            "watch.number",
            "{said!r} is not a volume or concentration",
            where=where,
            mend="write a plain number of zero or more",
            said=text,
        ) from None
    return number


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
