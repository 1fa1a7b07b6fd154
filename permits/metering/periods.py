"""Readings of a day or a month, spread over their hours before the pass.

Without this, a reading that stands for 24 hours would be one hour of its day and leave 23 to
the missing-data rule. Its mass is computed once, `litres x ng/L` rounded half to even, and
split over its hours without loss.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from permits.meter.flags import Status
from permits.meter.flow_concentration import NG_PER_MG, mass_array_mg
from permits.metering.chunk import ABSENT, MOST_HOUR_MG, MOST_VALUE, Chunk, IntArray
from permits.metering.hour_tables import CALENDAR_H, DAY_H, first_hour_table, month_table

LONG_H = 2
"""Interval [h] from which an outlet's readings stand for more than one hour each."""
MONTH_H = range(28 * DAY_H, 31 * DAY_H + 1)  # intervals between monthly readings
BoolArray = NDArray[np.bool_]


def find_sparse(chunk: Chunk) -> IntArray:
    """Outlets with more than half of their readings two hours or more after the last one."""
    outlet, hour = chunk.outlet, chunk.hour
    same = np.diff(outlet) == 0
    if 2 * np.count_nonzero(same) < len(same):  # hour after hour, not outlet after outlet
        order = np.argsort(outlet, kind="stable")
        outlet, hour = outlet[order], hour[order]
        same = np.diff(outlet) == 0
    step = np.diff(hour)
    later = outlet[1:]
    size = int(outlet.max(initial=-1)) + 1
    told = np.bincount(later[same], minlength=size)
    far = np.bincount(later[same & (step >= LONG_H)], minlength=size)
    return np.flatnonzero(2 * far > told)


def spread(chunk: Chunk, hours: IntArray) -> Chunk:
    """Split each reading into `hours` of equal flow and concentration, its mass without loss.

    Args:
        chunk: n readings of P pollutants.
        hours: (n,) hours that each stands for; a reading with an unusable value stays one row,
            for the pass to exclude.
    """
    volume, conc = chunk.volume_l, chunk.conc_ng_per_l
    valid = np.broadcast_to(chunk.status, conc.shape) == Status.VALID
    counted = valid & (conc != ABSENT)
    good = _usable(volume, conc, valid, hours)
    mass = np.where(counted & good, mass_array_mg(
        np.where(good, np.maximum(volume, 0), 0) * np.ones_like(conc),
        np.where(counted & good, conc, 0),
    ), 0)  # fmt: skip
    times = np.where(good, hours, 1)
    row = np.repeat(np.arange(len(chunk)), times)
    turn = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
    whole, rest = np.divmod(mass, times)
    many = chunk.where(row)
    return Chunk(
        many.outlet,
        many.hour + turn,
        np.where(many.volume_l > 0, -(-many.volume_l // times[row]), many.volume_l),
        many.conc_ng_per_l,
        many.status,
        many.row,
        mass_mg=whole[:, row] + (turn < rest[:, row]),
    )


def month_hours(hour: IntArray) -> IntArray:
    """(n,) hours from each hour to the end of its month."""
    inside = np.clip(hour, 0, CALENDAR_H - 1)
    month = np.asarray(month_table())[inside // DAY_H]
    ends: IntArray = np.asarray(first_hour_table())[month + 1] - inside
    return ends


def _usable(volume: IntArray, conc: IntArray, valid: BoolArray, hours: IntArray) -> BoolArray:
    """Readings whose values the pass would accept."""
    most = MOST_HOUR_MG * hours.astype(float) * NG_PER_MG
    wrong = valid & (
        (conc < 0) & ((conc != ABSENT) | (volume > 0))
        | (conc > MOST_VALUE)
        | (conc.astype(float) * np.maximum(volume, 0) > most)
    )
    found: BoolArray = (volume >= 0) & (volume <= MOST_VALUE) & ~wrong.any(axis=0)
    found |= (volume == ABSENT) & ~valid.any(axis=0)  # stopped or missing, all of it
    return found
