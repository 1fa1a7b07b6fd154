"""Events and states of a card, the rules for them, and its distance from stopping."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from permits.errors import InputError

MONTHS = 12  # the quota of a year is split by month [ZJ-C10]
OPEN, WARNED_ONCE, WARNED_TWICE, STOPPED = range(4)


class Stop(StrEnum):
    """How an outlet stops at 100 per cent."""

    VALVE = "valve"
    INTERLOCK = "interlock"  # the line stops
    CURTAIL = "curtail"  # output is ordered down


class Kind(StrEnum):
    """Events of a card; the first five are also its states.

    `warned80` and `warned90` are the first and second warning at whatever level.
    """

    OPEN = "open"
    WARNED80 = "warned80"
    WARNED90 = "warned90"
    SHUT = "shut"
    CURTAILED = "curtailed"
    TOPPED_UP = "topped_up"
    SHIFTED = "shifted"
    WITHDRAWN = "withdrawn"
    REOPENED = "reopened"


class CardEvent(NamedTuple):
    """`card` is its position in its bank (0 for a single card)."""

    card: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class CardRules:
    """Rules of the cards in a scenario.

    `warn_percent`: of the month's load; 80 is published [ZJ-C10], 90 assumed.
    `curtail_to_percent`: output left after an order to cut; assumed.
    `carry_within_year`: unused month quota joins the next month's; assumed, since the
    annual total is what the permit states. An excess always counts against the months that
    follow: emissions above the quota count towards the permit [ZJ-N3] art. 21.
    """

    warn_percent: tuple[int, int] = (80, 90)
    curtail_to_percent: int = 50
    carry_within_year: bool = True

    def __post_init__(self) -> None:
        first, second = self.warn_percent
        if not 0 < first <= second <= 100 or not 0 <= self.curtail_to_percent <= 100:
            raise InputError(
                "card.percent",
                "warnings at {first} and {second} %, curtailed to {left} %: out of range",
                mend="warn at 0 < first <= second <= 100 and curtail to 0-100 per cent",
                first=first,
                second=second,
                left=self.curtail_to_percent,
            )


STANDARD = CardRules()


def rank_of(used_mg: int, loaded_mg: int, *, tried: bool, rules: CardRules = STANDARD) -> int:
    """The rank of a card: open, warned once, warned twice, stopped.

    A card with no load stops when emission is attempted, not before: a firm that emits nothing
    is not shut.

    Args:
        used_mg: mass used this month [mg].
        loaded_mg: mass loaded for the month [mg].
        tried: whether emission is attempted.
        rules: warning levels.
    """
    if used_mg >= loaded_mg and (used_mg > 0 or tried):
        return STOPPED
    first, second = rules.warn_percent
    if loaded_mg <= 0:
        return OPEN
    return (100 * used_mg >= first * loaded_mg) + (100 * used_mg >= second * loaded_mg)


def check_next_month(now: int, month: int) -> None:
    """Raise InputError unless `month` (1-12) follows `now`; 0 is before the first load."""
    if not 1 <= month <= MONTHS or (now and month != now + 1):
        raise InputError(
            "card.month",
            "a card in month {now} cannot be loaded for month {month}",
            mend="load the months of a year one after another; a new year needs new cards",
            now=now,
            month=month,
        )


def kind_of(rank: int, stop: Stop) -> Kind:
    if rank == STOPPED:
        return Kind.CURTAILED if stop is Stop.CURTAIL else Kind.SHUT
    return (Kind.OPEN, Kind.WARNED80, Kind.WARNED90)[rank]
