"""The table of cards whose outlets have controllers, for replays and messages.

`card, firm, outlet, pollutant, annual_quota_t`, optionally twelve `month_01` to `month_12`
(tonnes), `stop`, `year`; with the pollutant `volume`, `annual_quota_m3` and months in cubic
metres. A card with a `year` is valid in that year only; without it the annual quota recurs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path

from permits.card import Card, Controller, DeviceRules, Stop, month_quotas
from permits.card.cardyear import YearMonth, YearRules, first_day
from permits.card.controller_inputs import MonthLoad, YearLoad
from permits.card.state import MONTHS
from permits.errors import InputError, RightsError
from permits.quantity import MG_PER_T
from scenarios.intake.columns import Row
from scenarios.intake.fields import (
    ANNUAL_QUOTA,
    ANNUAL_VOLUME,
    CARD,
    FIRM,
    MONTHLY,
    OUTLET,
    POLLUTANT,
    STOP,
    Field,
)
from scenarios.intake.tables import raise_all, read_table
from scenarios.monitoring.files.quota_cards import check_single_card

VOLUME = ("volume", "水量")
"""Pollutant of a card that counts cubic metres."""
L_PER_M3 = 1000  # exact
MONTH_FIELDS = tuple(month.name for month in MONTHLY)
FIELDS = (
    CARD,
    FIRM,
    OUTLET,
    POLLUTANT,
    ANNUAL_QUOTA.but(required=False, blank=True),
    ANNUAL_VOLUME.but(required=False, blank=True),
    STOP.but(required=False, blank=True),
    Field("year", "count", required=False, blank=True),
    *(month.but(required=False, blank=True) for month in MONTHLY),
)


@dataclass(frozen=True, slots=True)
class OutletCards:
    """The cards of one outlet as issued; they stop together."""

    outlet: str
    names: tuple[str, ...]
    cards: tuple[Card, ...]
    by_volume: tuple[bool, ...]
    year: int | None  # the only year of the cards, where the table gives one
    where: str

    def controller(self, at: datetime, year: int, rules: DeviceRules) -> Controller:
        """The controller of the outlet before anything is loaded.

        Args:
            at: start of its clock.
            year: year of its cards.
            rules: rules of the device.
        """
        return Controller(self.outlet, self.cards, at, year, self.by_volume, rules)


@dataclass(frozen=True, slots=True)
class ReadCards:
    """All cards of a table by outlet, and notices about the file."""

    outlets: Mapping[str, OutletCards]
    notices: tuple[str, ...] = ()

    @property
    def names(self) -> dict[str, tuple[str, ...]]:
        """The names of the cards of each outlet."""
        return {outlet: own.names for outlet, own in self.outlets.items()}


def read_controller_cards(path: str | Path) -> ReadCards:
    """Read the cards of a table; see the module.

    Raises: ManyErrors with every mistake of the table.
    """
    table = read_table(path, FIELDS)
    rows: dict[str, list[tuple[Row, Card]]] = defaultdict(list)
    mistakes: list[RightsError] = []
    seen: dict[tuple[str, str], str] = {}
    for row in table.rows:
        values = row.values
        try:
            check_single_card(
                values["outlet"], values["card"], values["pollutant"], seen, row.where
            )
            rows[row.values["outlet"]].append((row, _card(row)))
        except InputError as error:
            mistakes.append(error)
    raise_all(mistakes)
    return ReadCards({name: _outlet(name, own) for name, own in rows.items()}, table.notices)


def loads(
    own: OutletCards, after: YearMonth, until: YearMonth, year: YearRules
) -> Iterator[MonthLoad | YearLoad]:
    """The bureau's loads after a month, until another, each at the month's first second.

    Args:
        own: the cards of the outlet.
        after: month that is already loaded.
        until: last month to load.
        year: how the card's year follows the calendar.
    """
    place = after
    while place < until:
        place = YearMonth(place.year + place.month // MONTHS, place.month % MONTHS + 1)
        at = datetime.combine(first_day(place, year), time())
        if place.month == 1:
            quota = tuple(sum(card.quota_mg) for card in own.cards)
            yield YearLoad(at, load_key(place), year=place.year, quota=quota)
        else:
            yield MonthLoad(at, load_key(place), month=place.month)


def load_key(place: YearMonth) -> str:
    """The id of a month's load: a load received twice changes nothing."""
    return f"load {place.year}-{place.month:02d}"


def _outlet(outlet: str, own: Sequence[tuple[Row, Card]]) -> OutletCards:
    rows, cards = [row for row, _ in own], tuple(card for _, card in own)
    where = rows[0].where
    if len({card.stop for card in cards}) > 1:
        raise InputError(
            "watch.stops",
            "the cards of outlet {outlet} have different stop modes",
            where=where,
            mend="an outlet has one valve: give all its cards the same stop",
            outlet=outlet,
        )
    years = {row.values["year"] for row in rows}
    if len(years) > 1:
        raise InputError(
            "watch.years",
            "the cards of outlet {outlet} are for different years",
            where=where,
            mend="give all of them the same year, or none",
            outlet=outlet,
        )
    names = tuple(row.values["card"] for row in rows)
    return OutletCards(outlet, names, cards, tuple(map(_by_volume, rows)), years.pop(), where)


def _by_volume(row: Row) -> bool:
    return row.values["pollutant"] in VOLUME


def _card(row: Row) -> Card:
    values = row.values
    stop = values["stop"] or Stop.VALVE.value
    if stop not in list(Stop):
        raise InputError(
            "watch.stop",
            "{stop!r} is not a stop mode of an outlet",
            where=row.where,
            mend="write one of: {known}",
            stop=stop,
            known=", ".join(Stop),
        )
    return Card(values["firm"], values["pollutant"], _quotas(row), Stop(stop))


def _quotas(row: Row) -> tuple[int, ...]:
    """Twelve months as stated, or even parts of the year [mg, of a volume card L]."""
    months = [row.values[name] for name in MONTH_FIELDS if row.values[name] is not None]
    if _by_volume(row):
        # Of a card of water the column holds cubic metres.
        months = [month * L_PER_M3 // MG_PER_T for month in months]
        said = row.values["annual_quota_m3"]
        year = None if said is None else int(said * L_PER_M3)
    else:
        year = row.values["annual_quota_t"]
    if not months and year is not None:
        return month_quotas(year, year)
    if not months:
        raise InputError(
            "watch.quota",
            "the card has no annual quota",
            where=row.where,
            mend="fill in annual_quota_t, or annual_quota_m3 for a volume card",
        )
    if len(months) != MONTHS or year not in (None, sum(months)):
        raise InputError(
            "watch.months",
            "the monthly quotas ({count} of 12) do not add up to the annual quota",
            where=row.where,
            mend="give only the annual quota, or all twelve monthly quotas that add up to it",
            count=len(months),
        )
    return tuple(months)
