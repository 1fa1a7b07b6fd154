"""The year of a card: its first month, and the carry-over of unused quota at its end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from permits.card.card import Card, month_quotas
from permits.card.state import MONTHS, OPEN, STOPPED
from permits.errors import InputError

ALL_PERCENT = 100  # the whole


@dataclass(frozen=True, slots=True)
class YearRules:
    """Begin and carry-over of a card's year.

    `begins_month`: the calendar month that is month 1 of a card's year; 7 in Changshu
    [ZJ-P16]. `carry_percent`: share of the unused quota that joins the next year; 0 there,
    and assumed to be 0 in Zhejiang. An excess is carried over in full in any case.
    """

    begins_month: int = 1
    carry_percent: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.begins_month <= MONTHS or not 0 <= self.carry_percent <= ALL_PERCENT:
            raise InputError(
                "card.year",
                "a card year that begins in month {month} and carries over {carry} %: out of range",
                mend="begin in a month from 1 to 12 and carry over from 0 to 100 per cent",
                month=self.begins_month,
                carry=self.carry_percent,
            )


CALENDAR_YEAR = YearRules()


class YearMonth(NamedTuple):
    """A month (1-12) of a card's year, which is named after the year in which it begins."""

    year: int
    month: int


class CardYearEnd(NamedTuple):
    """The card of the next year, and the mass carried over from the old one or expired."""

    card: Card
    carried: int  # below zero where the old year was overdrawn
    lapsed: int


def place_in_year(on: date, rules: YearRules = CALENDAR_YEAR) -> YearMonth:
    """The year and month of cards that a date falls in."""
    ahead = on.month - rules.begins_month
    return YearMonth(on.year - (ahead < 0), ahead % MONTHS + 1)


def first_day(place: YearMonth, rules: YearRules = CALENDAR_YEAR) -> date:
    """The first day of a month of cards."""
    ahead = rules.begins_month + place.month - 2
    return date(place.year + ahead // MONTHS, ahead % MONTHS + 1, 1)


def next_year(card: Card, year_quota: int, rules: YearRules = CALENDAR_YEAR) -> CardYearEnd:
    """The next year's card, loaded for its first month with the mass carried over.

    Quota of months that were never loaded (the device was off-line) is unused too.

    Args:
        card: the card at the end of its year.
        year_quota: quota of the next year [mg, of a volume card L].
        rules: begin and carry-over of the year.
    """
    rest = card.loaded_mg - card.used_mg + sum(card.quota_mg[card.month :])
    carried = rest * rules.carry_percent // ALL_PERCENT if rest > 0 else rest
    quota = month_quotas(year_quota, year_quota)
    loaded = quota[0] + carried
    stays = card.rank == STOPPED and loaded <= 0
    fresh = Card(card.firm, card.pollutant, quota, card.stop, card.rules, month=1)
    fresh = replace(fresh, loaded_mg=loaded, rank=STOPPED if stays else OPEN)
    return CardYearEnd(fresh, carried, max(rest, 0) - max(carried, 0))
