"""Events that a controller receives: flows, messages from the bureau, measured states.

All times are to the second, in the outlet's own standard time (no summer time).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from permits.card.modes import Heard
from permits.errors import InputError
from permits.quantity import require_mg

FULL_PERCENT = 100  # a valve fully open, a line at full load


@dataclass(frozen=True, slots=True)
class Flow:
    """Volume that passed the outlet since the last reported flow.

    `conc_ng_per_l`: one per card, in their order; a card that counts volume ignores its own.
    """

    at: datetime  # the end of the interval
    volume_l: int
    conc_ng_per_l: tuple[int, ...]

    def __post_init__(self) -> None:
        for whole in (self.volume_l, *self.conc_ng_per_l):
            require_mg(whole, above=-1, where=f"flow at {self.at}")


@dataclass(frozen=True, slots=True)
class BureauMessage:
    """A message from the bureau; received again under its id it changes nothing.

    `at_reader`: on a card that the firm swipes at the device, and so without the link.
    """

    at: datetime
    id: str
    at_reader: bool = False


@dataclass(frozen=True, slots=True)
class MonthLoad(BureauMessage):
    """Load every card of the outlet for a month (1-12) of its year."""

    month: int = 0


@dataclass(frozen=True, slots=True)
class YearLoad(BureauMessage):
    """A new year's quotas, one per card [mg, of a volume card L], and its first month."""

    year: int = 0
    quota: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for whole in self.quota:
            require_mg(whole, above=-1, where=self.id)


@dataclass(frozen=True, slots=True)
class TopUp(BureauMessage):
    """Quota added to a card's current month by a purchase or lease."""

    card: int = 0
    amount: int = 0

    def __post_init__(self) -> None:
        require_mg(self.amount, above=0, where=self.id)


@dataclass(frozen=True, slots=True)
class Shift(BureauMessage):
    """Quota moved from later months to the current one, up to a percentage of each."""

    card: int = 0
    amount: int = 0
    most_percent: int = FULL_PERCENT

    def __post_init__(self) -> None:
        require_mg(self.amount, above=0, where=self.id)


@dataclass(frozen=True, slots=True)
class TakeBack(BureauMessage):
    """Unused quota taken back after a sale or the end of a lease."""

    card: int = 0
    amount: int = 0

    def __post_init__(self) -> None:
        require_mg(self.amount, above=0, where=self.id)


@dataclass(frozen=True, slots=True)
class BureauOrder(BureauMessage):
    """A manual order of the bureau: close the outlet, or let the cards decide again."""

    close: bool = True


@dataclass(frozen=True, slots=True)
class Valve:
    """Measured opening of the valve; for an interlocked line, its speed."""

    at: datetime
    open_percent: int

    def __post_init__(self) -> None:
        if not 0 <= self.open_percent <= FULL_PERCENT:
            raise InputError(
                "card.valve",
                "a valve measured {percent} % open",
                where=str(self.at),
                mend="calibrate it: it can be open from 0 to 100 per cent",
                percent=self.open_percent,
            )


@dataclass(frozen=True, slots=True)
class Mains:
    """Power failure, or return of power."""

    at: datetime
    on: bool


@dataclass(frozen=True, slots=True)
class Link:
    """Loss or return of the link to the bureau."""

    at: datetime
    on: bool


@dataclass(frozen=True, slots=True)
class Key:
    """The key is turned to maintenance, or back."""

    at: datetime
    on: bool


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Time has passed without another event."""

    at: datetime


Input = (
    Flow | MonthLoad | YearLoad | TopUp | Shift | TakeBack | BureauOrder | Valve | Mains | Link
    | Key | TimePassed
)  # fmt: skip

PLAIN = {
    Flow: Heard.FLOW,
    MonthLoad: Heard.MONTH_LOAD,
    YearLoad: Heard.YEAR_LOAD,
    TopUp: Heard.TOP_UP,
    Shift: Heard.SHIFT,
    TakeBack: Heard.TAKE_BACK,
    Valve: Heard.VALVE,
    TimePassed: Heard.TICK,
}


def heard(given: Input) -> Heard:
    """The event of the table that an input is."""
    if isinstance(given, BureauOrder):
        return Heard.ORDER_CLOSE if given.close else Heard.ORDER_OPEN
    if isinstance(given, Mains):
        return Heard.MAINS_BACK if given.on else Heard.MAINS_LOST
    if isinstance(given, Link):
        return Heard.LINK_FOUND if given.on else Heard.LINK_LOST
    if isinstance(given, Key):
        return Heard.KEY_ON if given.on else Heard.KEY_OFF
    return PLAIN[type(given)]
