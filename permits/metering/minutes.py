"""Aggregation of readings by the minute into hours, before the pass: HJ 75 counts hours.

A slot is one of the equal parts of an hour, as long as the interval between the outlet's
readings. An hour is valid where at least 45 minutes of it are known (measured, or flagged as
stopped without flow): its mass is the mean of those, times the hour, `sum of litres x ng/L`,
rounded once. With fewer it is missing, and the missing-data rule applies. That the 45
minutes, which the standard has for gas, hold for water too is assumed [ModelAssumption].
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from permits.meter.flags import Status
from permits.meter.flow_concentration import NG_PER_MG
from permits.metering.chunk import (
    ABSENT,
    LEAP_H,
    MOST_HOUR_MG,
    MOST_VALUE,
    Chunk,
    IntArray,
    RowReason,
    joined_chunks,
)
from permits.metering.hour_tables import CALENDAR_H

HOUR_MIN = 60  # minutes of an hour
ENOUGH_MIN = 45
"""Known minutes that a valid hour needs; HJ 75 for gas [VOC-C1]."""
FINE = -1  # no reason to exclude: reasons are numbered from 0
BoolArray = NDArray[np.bool_]


class Hours(NamedTuple):
    """Completed hours, and rows excluded on the way."""

    chunk: Chunk
    notes: list[tuple[int, int, int, RowReason]]  # row, outlet, minute since 1970, reason
    partly: int  # valid hours of which less than 60 minutes are known


class HourMaker:
    """Takes minutes in chunks and returns hours; the last hour of each outlet stays open."""

    def __init__(self) -> None:
        self._open: tuple[Chunk, IntArray] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether no hour is open."""
        return self._open is None

    def take(self, chunk: Chunk, every_min: IntArray) -> Hours:
        """The hours completed by `chunk`.

        Args:
            chunk: readings with their `minute`, each outlet's in order of time.
            every_min: (n,) minutes from one reading of the outlet to the next.
        """
        notes: list[tuple[int, int, int, RowReason]] = []
        chunk, every_min = _good(chunk, every_min, notes)
        if self._open is not None:
            chunk = joined_chunks([self._open[0], chunk])
            every_min = np.concatenate([self._open[1], every_min])
        # A stable sort: within an outlet the order of arrival shows a clock that runs back.
        order = np.argsort(chunk.outlet, kind="stable")
        chunk, every_min = chunk.where(order), every_min[order]
        in_time = _in_time(chunk, every_min, notes)
        chunk, every_min = chunk.where(in_time), every_min[in_time]
        last = _last_hours(chunk)
        self._open = chunk.where(last), every_min[last]
        return _hours(chunk.where(~last), every_min[~last], notes)

    def close(self, outlets: NDArray[np.int32] | None = None) -> Hours:
        """The open hours: of some outlets, or of all."""
        if self._open is None:
            return Hours(Chunk.none(), [], 0)
        chunk, every_min = self._open
        over = np.ones(len(chunk), bool) if outlets is None else np.isin(chunk.outlet, outlets)
        self._open = None if over.all() else (chunk.where(~over), every_min[~over])
        return _hours(chunk.where(over), every_min[over], [])


def find_intervals(chunk: Chunk) -> dict[int, int]:
    """The most frequent interval between readings [min], of each outlet with at least two."""
    order = np.argsort(chunk.outlet, kind="stable")
    outlet, minute = chunk.outlet[order], minutes_of(chunk)[order]
    step = np.diff(minute)
    there = (np.diff(outlet) == 0) & (step >= 0) & (step <= LEAP_H * HOUR_MIN)
    pairs = np.stack([outlet[1:][there].astype(np.int64), step[there]])
    distinct, counts = np.unique(pairs, axis=1, return_counts=True)
    found: dict[int, int] = {}
    for n in np.lexsort((distinct[1], counts)):  # the last of each outlet counts
        found[int(distinct[0, n])] = int(distinct[1, n])
    return found


def find_hourly(chunk: Chunk, longest_min: int) -> IntArray:
    """Outlets of which a third or more of the intervals are longer than `longest_min`.

    They report by the hour, although two stamps of one hour may be as frequent: of minutes
    only a broken line would leave such intervals, and few.
    """
    order = np.argsort(chunk.outlet, kind="stable")
    outlet, minute = chunk.outlet[order], minutes_of(chunk)[order]
    same, later = np.diff(outlet) == 0, outlet[1:]
    size = int(outlet.max(initial=-1)) + 1
    told = np.bincount(later[same], minlength=size)
    far = np.bincount(later[same & (np.diff(minute) > longest_min)], minlength=size)
    return np.flatnonzero((3 * far >= told) & (far > 0))


def minutes_of(chunk: Chunk) -> IntArray:
    """(n,) minutes since 1970."""
    whole: IntArray = np.clip(chunk.hour, -1, CALENDAR_H) * HOUR_MIN
    return whole if chunk.minute is None else whole + chunk.minute


def _good(
    chunk: Chunk, every_min: IntArray, notes: list[tuple[int, int, int, RowReason]]
) -> tuple[Chunk, IntArray]:
    """The rows with usable values; the others are noted with their first reason."""
    reason = np.full(len(chunk), FINE)
    # Backwards, so that the first reason overwrites later ones.
    for why, wrong in reversed(list(_wrong(chunk, HOUR_MIN // every_min).items())):
        reason[wrong] = why
    _note(chunk, reason, notes)
    stands = (chunk.status == Status.STOPPED).any(axis=0) & (chunk.volume_l > 0) & (reason == FINE)
    _note(chunk, np.where(stands, RowReason.FLOW_WHILE_STOPPED, FINE), notes)
    return chunk.where(reason == FINE), every_min[reason == FINE]


def _wrong(chunk: Chunk, slots: IntArray) -> dict[RowReason, BoolArray]:
    """Possible faults of a row, in the order in which they are reported."""
    volume, conc = chunk.volume_l, chunk.conc_ng_per_l
    said = np.broadcast_to(chunk.status, conc.shape) == Status.VALID
    wanted = said.any(axis=0)
    there = said & (conc != ABSENT)
    most = np.minimum(MOST_HOUR_MG * NG_PER_MG // slots // np.maximum(volume, 1), MOST_VALUE)
    large = (volume > MOST_VALUE) | (there & (conc > most)).any(axis=0)
    some = there.any(axis=0)
    no_flow = volume == ABSENT
    return {
        RowReason.OUT_OF_CALENDAR: (chunk.hour < 0) | (chunk.hour >= CALENDAR_H),
        RowReason.UNKNOWN_FLAG: (chunk.status == Status.UNKNOWN).any(axis=0),
        RowReason.NEGATIVE_FLOW: wanted & (volume < 0) & ~no_flow,
        RowReason.NEGATIVE_CONC: (there & (conc < 0)).any(axis=0),
        RowReason.TOO_LARGE: wanted & large,
        RowReason.CONC_WITHOUT_FLOW: wanted & no_flow & some,
        RowReason.EMPTY: wanted & no_flow & ~some,
        RowReason.FLOW_WITHOUT_CONC: wanted & (volume > 0) & ~some,
    }


def _in_time(
    chunk: Chunk, every_min: IntArray, notes: list[tuple[int, int, int, RowReason]]
) -> BoolArray:
    """Rows, sorted by outlet, that come after the last of their outlet; others are noted."""
    slot = minutes_of(chunk) // every_min
    step = np.diff(slot)
    same = np.diff(chunk.outlet) == 0
    reason = np.full(len(chunk), FINE)
    odd = same & ((step <= 0) | (step * every_min[1:] > LEAP_H * HOUR_MIN))
    for outlet in np.unique(chunk.outlet[1:][odd]):
        rows = np.flatnonzero(chunk.outlet == outlet)
        leap = LEAP_H * HOUR_MIN // int(every_min[rows[0]])
        reason[rows] = _one_by_one(slot[rows].tolist(), leap)
    _note(chunk, reason, notes)
    return np.asarray(reason == FINE)


def _one_by_one(slots: list[int], leap: int) -> list[int]:
    """Reasons to exclude rows of an outlet, each compared with the last accepted one."""
    last: int | None = None
    found: list[int] = []
    for slot in slots:
        if last is None or last < slot <= last + leap:
            found.append(FINE)
            last = slot
        elif slot == last:
            found.append(RowReason.DUPLICATE)
        else:
            found.append(RowReason.CLOCK_BACK if slot < last else RowReason.CLOCK_AHEAD)
    return found


def _last_hours(chunk: Chunk) -> BoolArray:
    """Rows in the last hour of their outlet."""
    if not len(chunk):
        return np.zeros(0, bool)
    ends = np.flatnonzero(np.append(np.diff(chunk.outlet) != 0, True))
    lengths = np.diff(np.concatenate([[-1], ends]))
    return np.asarray(chunk.hour == np.repeat(chunk.hour[ends], lengths))


def _hours(
    chunk: Chunk, every_min: IntArray, notes: list[tuple[int, int, int, RowReason]]
) -> Hours:
    """Whole hours from rows that are sorted by outlet and time."""
    if not len(chunk):
        return Hours(chunk, notes, 0)
    new = (np.diff(chunk.outlet) != 0) | (np.diff(chunk.hour) != 0)
    begins = np.flatnonzero(np.append(True, new))
    slots = HOUR_MIN // every_min[begins]
    needed = -(-ENOUGH_MIN // every_min[begins])
    conc, volume = chunk.conc_ng_per_l, chunk.volume_l
    status = np.broadcast_to(chunk.status, conc.shape)
    valid = (status == Status.VALID) & ((conc != ABSENT) | (volume == 0))
    still = (status == Status.STOPPED) & (volume <= 0)
    litres = np.where(valid, volume, 0)
    product = litres * np.where(valid & (conc != ABSENT), conc, 0)
    known, measured = (np.add.reduceat(x.astype(np.int64), begins, axis=1)
                       for x in (valid | still, valid))  # fmt: skip
    flowed, masses = (np.add.reduceat(x, begins, axis=1) for x in (litres, product))
    flow_known = np.add.reduceat((valid | still).any(axis=0).astype(np.int64), begins)
    litres_all = np.add.reduceat(litres.max(axis=0, initial=0), begins)
    volume_l = _scaled(litres_all, slots, np.maximum(flow_known, 1))
    ok = known >= needed
    stopped = ok & (measured == 0) & (litres_all == 0)
    ok &= measured > 0
    first = chunk.where(begins)
    hours = Chunk(
        first.outlet,
        first.hour,
        volume_l,
        np.where(ok, (masses + flowed // 2) // np.maximum(flowed, 1), ABSENT),
        np.where(ok, Status.VALID, np.where(stopped, Status.STOPPED, Status.MISSING)).astype(
            np.uint8
        ),
        first.row,
        mass_mg=np.where(ok, _scaled(masses, slots, np.maximum(known, 1) * NG_PER_MG), 0),
    )
    few = ((known > 0) & (known < needed)).any(axis=0)
    _note(hours, np.where(few, RowReason.FEW_MINUTES, FINE), notes)
    partly = int((ok & (known < slots)).any(axis=0).sum())
    return Hours(hours, notes, partly)


def _scaled(total: IntArray, times: IntArray, by: IntArray) -> IntArray:
    """`total x times / by`, half to even, without overflow on the way."""
    whole, rest = np.divmod(total, by)
    more, rest = np.divmod(rest * times, by)
    found = whole * times + more
    up = (2 * rest > by) | ((2 * rest == by) & (found % 2 == 1))
    scaled: IntArray = found + up
    return scaled


def _note(chunk: Chunk, reason: IntArray, notes: list[tuple[int, int, int, RowReason]]) -> None:
    for n in np.flatnonzero(reason != FINE):
        row, outlet = int(chunk.row[n]), int(chunk.outlet[n])
        minute = int(minutes_of(chunk.where(np.array([n])))[0])
        notes.append((row, outlet, minute, RowReason(int(reason[n]))))
