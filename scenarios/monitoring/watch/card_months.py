"""Totals of a replay: each card's months, daily balance and events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from permits.card import Card, CardLine, Controller, Said
from scenarios.monitoring.watch.controller_replay import Frame
from scenarios.monitoring.watch.event_texts import QUIET

LOADS = (Said.RELOADED, Said.YEAR_LOADED)
GROWS = {Said.TOPPED_UP: 1, Said.SHIFTED: 1, Said.WITHDRAWN: -1}


@dataclass(slots=True)
class Month:
    """A month of a card [mg, of a volume card L]."""

    name: str  # "2018-03": the calendar month in which it was loaded
    loaded: int = 0  # quota with what was carried into it
    topped_up: int = 0
    shifted: int = 0
    withdrawn: int = 0
    used: int = 0
    breach: int = 0

    @property
    def available(self) -> int:
        return self.loaded + self.topped_up + self.shifted - self.withdrawn


@dataclass(slots=True)
class CardYear:
    """The replay of one card, in totals."""

    outlet: str
    name: str
    card: Card
    by_volume: bool
    months: list[Month] = field(default_factory=list)
    days: dict[date, tuple[datetime, int]] = field(default_factory=dict)  # last flow, and left
    moves: dict[datetime, int] = field(default_factory=dict)  # left when something happened
    load: dict[datetime, int] = field(default_factory=dict)  # the month's load when it changes
    events: list[CardLine] = field(default_factory=list)  # its own and its outlet's

    def add(self, record: CardLine) -> None:
        """Add a record of this card or of its outlet."""
        if record.said not in QUIET:
            self.events.append(record)
        if record.card is None:
            return
        if record.said in LOADS:
            self.months.append(Month(f"{record.at:%Y-%m}", record.balance or 0))
        month = self.months[-1] if self.months else None
        if month is None:
            return
        if record.said is Said.COUNTED:
            month.used += record.amount
        elif record.said is Said.BREACH:
            month.breach += record.amount
        elif record.said in GROWS:
            kept = getattr(month, record.said.value)
            setattr(month, record.said.value, kept + record.amount)
        if record.said in LOADS or record.said in GROWS:
            self.load[record.at] = month.available
        if record.balance is not None and record.said is Said.COUNTED:
            self.days[record.at.date()] = record.at, record.balance
        elif record.balance is not None:
            self.moves[record.at] = record.balance

    @property
    def left(self) -> dict[datetime, int]:
        """The remaining load at the end of each day and at each event."""
        return dict(sorted({**dict(self.days.values()), **self.moves}.items()))


def add_up(
    frames: Iterable[Frame],
    names: Mapping[str, tuple[str, ...]],
    start: Mapping[str, Controller],
) -> list[CardYear]:
    """Every card's year, in the order of outlets and cards.

    Args:
        frames: the steps of a replay.
        names: the cards of each outlet.
        start: the controllers before the first step, by outlet.
    """
    years = {
        outlet: [
            CardYear(outlet, names[outlet][n], card, controller.by_volume[n])
            for n, card in enumerate(controller.cards)
        ]
        for outlet, controller in start.items()
    }
    for frame in frames:
        for record in frame.records:
            for n, year in enumerate(years[frame.outlet]):
                if record.card in (None, n):
                    year.add(record)
    return [year for own in years.values() for year in own]
