"""A controller at an outlet as a value: its cards, its inputs, the state of the outlet."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from permits.card.card import Card
from permits.card.card_lines import CardLine
from permits.card.cardyear import CALENDAR_YEAR, YearRules
from permits.card.controller_inputs import FULL_PERCENT, BureauMessage, Flow
from permits.card.modes import InputRefusal, Mode
from permits.card.state import STOPPED, Stop

LEVELS = (Mode.OPEN, Mode.WARNED80, Mode.WARNED90)


@dataclass(frozen=True, slots=True)
class DeviceRules:
    """Settings of a device: time-out and tolerance as in a controller's firmware [VOC-C14].

    `offline_month`: behaviour when a month ends without a link. `hold` (assumed): it goes
    on with the remainder of the last load, and loads nothing. `known`: it loads the next month
    from the quotas it last received; the bureau's own load then changes nothing. A new year's
    quota is never assumed.
    """

    time_out_s: int = 300  # for an order to be carried out [VOC-C14]
    tolerance_percent: int = 5  # of the valve position [VOC-C14]
    offline_month: Literal["hold", "known"] = "hold"
    year: YearRules = CALENDAR_YEAR


STANDARD_DEVICE = DeviceRules()
Fault = Literal["", "time_out", "leak"]
Done = tuple["Controller", tuple[CardLine, ...]]


@dataclass(frozen=True, slots=True)
class Controller:
    """An outlet with its cards (all of one month, all stopping in one way)."""

    outlet: str
    cards: tuple[Card, ...]
    at: datetime
    year: int  # of the cards, by the month in which it begins
    by_volume: tuple[bool, ...] = ()  # cards that count litres; their `_mg` are litres then
    rules: DeviceRules = STANDARD_DEVICE
    linked: bool = True
    mains: bool = True
    key: bool = False
    held: bool = False  # closed by order of the bureau
    running: bool = True  # the pump, the line, or the full load
    open_percent: int = FULL_PERCENT  # as measured
    target_percent: int | None = FULL_PERCENT  # as ordered; None: to be ordered anew
    order_at: datetime | None = None  # of an order not yet carried out
    fault: Fault = ""
    shut_at: datetime | None = None
    last_flow: Flow | None = None
    counted: tuple[int, ...] = ()  # by card, since the beginning [mg or L]
    passed_l: int = 0  # of flows that were counted
    refused_l: int = 0  # of flows that were refused
    refused: dict[InputRefusal, int] = field(default_factory=dict)
    repeated: int = 0
    sent: tuple[BureauMessage, ...] = ()  # messages from the bureau, each id once

    def __post_init__(self) -> None:
        assert self.cards, "a controller has a card"
        alike = {(card.month, card.stop) for card in self.cards}
        assert len(alike) == 1, "cards of one outlet stand in one month and stop in one way"
        for name, empty in (("by_volume", False), ("counted", 0)):
            if not getattr(self, name):
                object.__setattr__(self, name, (empty,) * len(self.cards))

    @property
    def stop(self) -> Stop:
        return self.cards[0].stop

    @property
    def month(self) -> int:
        return self.cards[0].month

    @property
    def rank(self) -> int:
        """Rank of the card closest to stopping."""
        return max(card.rank for card in self.cards)

    @property
    def must_stop(self) -> bool:
        return self.held or self.rank == STOPPED

    @property
    def mode(self) -> Mode:
        """The state: faults of the device first, then the demands of the cards."""
        if not self.mains:
            return Mode.POWER_LOSS
        if self.key:
            return Mode.MAINTENANCE
        if self.fault:
            return Mode.VALVE_FAULT
        if self.must_stop:
            if self.stop is Stop.CURTAIL:
                return Mode.CURTAILED
            return Mode.SHUT if self.open_percent <= self.rules.tolerance_percent else Mode.CLOSING
        return LEVELS[self.rank] if self.linked else Mode.OFFLINE
