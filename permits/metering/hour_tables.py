"""Hours since 1970 as days, months and years: tables, since kernels have no dates."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache

import numpy as np
from numpy.typing import NDArray

from permits.card.state import MONTHS

DAY_H = 24  # local standard time without daylight saving: every day has 24 hours
FIRST_YEAR, END_YEAR = 1970, 2100  # numpy's epoch; assumed: a later date is a broken clock
CALENDAR_H = (date(END_YEAR, 1, 1) - date(FIRST_YEAR, 1, 1)).days * DAY_H
EPOCH = datetime(FIRST_YEAR, 1, 1)  # noqa: DTZ001  (local time, as outlets report it)


def month_of(hour: int) -> int:
    """The month of an hour, counted from January 1970."""
    return int(month_table()[hour // DAY_H])


def period_of(hour: int, by: str) -> int:
    """The hour, day or month that an hour belongs to, counted from 1970."""
    if by == "hour":
        return hour
    return hour // DAY_H if by == "day" else month_of(hour)


def first_hour_of(month: int) -> int:
    """The hour in which a month begins."""
    return int(first_hour_table()[month])


def month_name(month: int) -> str:
    """The month in ISO form: `2017-03`."""
    return f"{FIRST_YEAR + month // MONTHS}-{month % MONTHS + 1:02d}"


def hour_name(hour: int) -> str:
    """The hour in ISO form: `2017-03-01 05:00`."""
    return f"{EPOCH + timedelta(hours=hour):%Y-%m-%d %H:%M}"


def period_name(period: int, by: str) -> str:
    """An hour, day or month in ISO form."""
    if by == "month":
        return month_name(period)
    name = hour_name(period if by == "hour" else period * DAY_H)
    return name if by == "hour" else name[:10]


def hour_of(at: datetime | date) -> int:
    """The hour of a local time."""
    moment = at if isinstance(at, datetime) else datetime(at.year, at.month, at.day)  # noqa: DTZ001
    return (moment - EPOCH) // timedelta(hours=1)


@cache
def month_table() -> NDArray[np.int32]:
    """The month of every day."""
    days = np.arange(CALENDAR_H // DAY_H).astype("datetime64[D]")
    return days.astype("datetime64[M]").astype(np.int32)


@cache
def first_hour_table() -> NDArray[np.int64]:
    """The first hour of every month."""
    months = np.arange((END_YEAR - FIRST_YEAR) * MONTHS + 1).astype("datetime64[M]")
    hours: NDArray[np.int64] = months.astype("datetime64[h]").astype(np.int64)
    return hours
