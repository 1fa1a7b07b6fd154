"""Local times into hours since 1970, without daylight saving.

A time may carry a UTC offset (`+08:00`) or not. Without one, and with `--zone`,
the hour repeated at the end of daylight saving time counts as two hours, an outlet's first
reading being the earlier one; rows in the skipped hour are excluded. Without either, times
are taken as stated.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from permits.errors import InputError
from permits.metering.hour_tables import EPOCH

IntArray = NDArray[np.int64]
# Far below any hour of the calendar, so one comparison finds both; 2**62 fits 64 bits.
UNREADABLE = -(2**62)
NO_SUCH_HOUR = UNREADABLE + 1
SECONDS = 3600  # per hour
MINUTE_S = 60  # seconds per minute
PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
STAMP = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[ T]*"
    r"(\d{1,2})时?(?::?(\d{2}))?分?(?::?(\d{2})(?:\.\d+)?)?秒?\s*(Z|[+-]\d{2}:?\d{2})?"
)
OFFSET = re.compile(r"[+-]\d{2}:?\d{2}")
DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})?(\d{2})?()")  # as HJ 212 writes them


class Clock:
    """The clock of all files of a run."""

    def __init__(self, zone: str | None = None) -> None:
        self._zone = None if zone is None else _zone(zone)
        # The offset in which hours are counted: that of the zone, else the first one met.
        self._base = None if self._zone is None else _standard(self._zone, 2017)
        self._texts: dict[str, tuple[int, int]] = {}
        self._local: dict[int, tuple[int, bool]] = {}
        # By outlet and repeated hour: the last minute, and whether clocks had been put back.
        self._twice: dict[tuple[int, int], tuple[int, bool]] = {}
        self.doubled = 0  # readings of an hour that clocks go through again
        self.offsets: set[str] = set()

    def of_texts(
        self, texts: list[str | None], index: IntArray, outlets: Any
    ) -> tuple[IntArray, IntArray | None]:
        """Hours of a column of texts, and minutes past them (`None`: all on the hour).

        Args:
            texts: the distinct texts of the column.
            index: (n,) which of them each row holds.
            outlets: (n,) number of each row's outlet, negative where there is none.
        """
        known = [self._of_text(text) for text in texts] or [(UNREADABLE, 0)]
        hours = np.array([hour for hour, _ in known], np.int64)[index]
        past = np.array([late for _, late in known], np.int64)
        minutes = past[index] if past.any() else None
        if self._zone is None:
            return hours, minutes
        local = np.array([_has_no_offset(text) for text in texts] or [False])[index]
        return self._placed(hours, minutes, local, outlets), minutes

    def of_stamps(
        self, stamps: IntArray, unit: str, zone: str | None, outlets: Any
    ) -> tuple[IntArray, IntArray | None]:
        """Hours of a column of timestamps, in UTC where it has a zone, and minutes past them.

        Args:
            stamps: (n,) timestamps in `unit` since 1970.
            unit: `s`, `ms`, `us` or `ns`.
            zone: zone of the column's type, or `None`.
            outlets: (n,) number of each row's outlet, negative where there is none.
        Raises: InputError for an unknown zone.
        """
        if zone is not None:
            base = self._of_zone(zone) if self._base is None else self._base
            self._base = base
            stamps = stamps + base // timedelta(seconds=1) * PER_SECOND[unit]
        hours, rest = np.divmod(stamps, PER_SECOND[unit] * SECONDS)
        minutes = rest // (PER_SECOND[unit] * MINUTE_S) if rest.any() else None
        if zone is None and self._zone is not None:
            hours = self._placed(hours, minutes, np.ones(len(hours), bool), outlets)
        return hours, minutes

    def _of_zone(self, zone: str) -> timedelta:
        """UTC offset of the hours of a timestamp column with the zone `zone`."""
        self.offsets.add(zone)
        if OFFSET.fullmatch(zone):
            return _distance(zone)
        return timedelta() if zone == "UTC" else _standard(_zone(zone, ""), 2017)

    def _of_text(self, text: str | None) -> tuple[int, int]:
        """The hour of a text as stated (UTC plus the base offset if it has one), and minutes."""
        if text is None:
            return UNREADABLE, 0
        if text not in self._texts:
            self._texts[text] = self._read(text)
        return self._texts[text]

    def _read(self, text: str) -> tuple[int, int]:
        found = DIGITS.fullmatch(text.strip()) or STAMP.fullmatch(text.strip())
        if found is None:
            return UNREADABLE, 0
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
        try:
            moment = datetime(year, month, day, tzinfo=UTC).replace(tzinfo=None)
        except ValueError:
            return UNREADABLE, 0
        if hour > 24 or minute > 59 or second > 59 or (hour == 24 and minute + second):
            return UNREADABLE, 0
        whole = (moment - EPOCH) // timedelta(hours=1) + hour
        if not found[7]:
            return whole, minute
        distance = _distance(found[7])
        if self._zone is None:
            self.offsets.add(found[7])
        if self._base is None:
            self._base = distance
        minutes = (self._base - distance) // timedelta(minutes=1)
        return divmod(whole * 60 + minute + minutes, 60)

    def _placed(
        self, hours: IntArray, minutes: IntArray | None, local: NDArray[np.bool_], outlets: Any
    ) -> IntArray:
        """Hours without daylight saving, for local times in a zone that has it."""
        if not local.any():
            return hours
        distinct, index = np.unique(hours, return_inverse=True)
        known = [self._of_local(int(hour)) for hour in distinct]
        placed = np.array([hour for hour, _ in known], np.int64)[index]
        twice = np.array([two for _, two in known])[index] & local
        # In the order of rows: once an outlet's minutes do not go on, the hour runs again.
        for n in np.flatnonzero(twice):
            if outlets[n] < 0:
                continue
            key = int(outlets[n]), int(hours[n])
            minute = 0 if minutes is None else int(minutes[n])
            last, again = self._twice.get(key, (-1, False))
            again = again or minute <= last
            placed[n] += again
            self.doubled += again
            self._twice[key] = minute, again
        return np.where(local, placed, hours)

    def _of_local(self, hour: int) -> tuple[int, bool]:
        """A local hour in standard time, the earlier one where it comes twice."""
        if hour <= NO_SUCH_HOUR:
            return hour, False
        if hour not in self._local:
            self._local[hour] = self._in_zone(hour)
        return self._local[hour]

    def _in_zone(self, hour: int) -> tuple[int, bool]:
        assert self._zone is not None
        try:
            moment = EPOCH + timedelta(hours=hour)
        except OverflowError:
            return hour, False
        first, second = (moment.replace(tzinfo=self._zone, fold=fold) for fold in (0, 1))
        if first.astimezone(UTC).astimezone(self._zone).replace(tzinfo=None) != moment:
            return NO_SUCH_HOUR, False
        before, after = first.utcoffset(), second.utcoffset()
        assert before is not None and after is not None
        saved = (before - _standard(self._zone, moment.year)) // timedelta(hours=1)
        return hour - saved, before != after


def time_of(text: str) -> datetime | None:
    """A time as readings write it, with its UTC offset if stated; None if unreadable."""
    found = DIGITS.fullmatch(text.strip()) or STAMP.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    zone = timezone(_distance(found[7])) if found[7] else None
    try:
        at = datetime(year, month, day, 0, minute, second, tzinfo=zone)
    except ValueError:
        return None
    late = hour > 24 or (hour == 24 and minute + second > 0)
    return None if late else at + timedelta(hours=hour)


def _has_no_offset(text: str | None) -> bool:
    found = None if text is None else STAMP.fullmatch(text.strip())
    return not (found and found[7])


def _distance(text: str) -> timedelta:
    """`+08:00` as a time."""
    if text in ("Z", "UTC"):
        return timedelta()
    hours, minutes = int(text[1:3]), int(text[-2:])
    sign = -1 if text[0] == "-" else 1
    return sign * timedelta(hours=hours, minutes=minutes)


def _standard(zone: ZoneInfo, year: int) -> timedelta:
    """A zone's UTC offset without daylight saving."""
    # January and July: on either hemisphere one of them is without daylight saving.
    distances = [datetime(year, month, 1, tzinfo=zone).utcoffset() for month in (1, 7)]
    return min(distance for distance in distances if distance is not None)


def _zone(name: str, where: str = "--zone") -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InputError(
            "meter.zone",
            "unknown time zone {name!r}",
            where=where,
            mend="write, for example, Asia/Shanghai or America/New_York",
            name=name,
        ) from error
