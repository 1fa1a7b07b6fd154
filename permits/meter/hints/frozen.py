"""Frozen values: the same concentration hour after hour while the flow changes.

A working instrument fluctuates in its last digit. One that repeats the same value for half
a day, while the flow through it changes, may be held, disconnected or simulated. Zeros are
excluded: below its detection limit a working instrument reports zero for weeks.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from permits.meter.hints.hint import MOST_CHANCE, Hint
from permits.meter.interface import IntArray

LEAST_HOURS = 12  # half a day: shorter runs occur in normal operation; assumed

Run = tuple[int, int]


def find_frozen(
    hours: IntArray,
    conc_ng_per_l: IntArray,
    volume_l: IntArray,
    *,
    least_hours: int = LEAST_HOURS,
    most_chance: float = MOST_CHANCE,
) -> list[Hint]:
    """Runs of one value while the flow changes, one hint each.

    `chance` is a bound: the probability of any such run in the series if its hours
    repeated the hour before as often as they do outside of the runs, and independently.
    An instrument that reports few digits repeats often, and therefore gives no hint.

    Args:
        hours: (n,) the number of each row's hour, ascending; a gap ends a run.
        conc_ng_per_l: (n,) concentrations [ng/L].
        volume_l: (n,) volumes [L].
        least_hours: shortest run to report [h].
        most_chance: a run with a higher probability is not reported.
    """
    runs = frozen_runs(hours, conc_ng_per_l, volume_l, least_hours=least_hours)
    repeats = _repeat_share(hours, conc_ng_per_l, runs)
    hints = []
    for first, last in runs:
        count = last - first + 1
        # Union bound: a run may begin at any row.
        chance = min(1.0, hours.size * repeats ** (count - 1))
        if chance <= most_chance:
            hints.append(_hint(first, last, int(conc_ng_per_l[first]), chance))
    return hints


def frozen_runs(
    hours: IntArray, conc_ng_per_l: IntArray, volume_l: IntArray, *, least_hours: int = LEAST_HOURS
) -> list[Run]:
    """First and last row of every run of at least `least_hours` hours of one value above zero.

    Args:
        hours: (n,) the number of each row's hour, ascending; a gap ends a run.
        conc_ng_per_l: (n,) concentrations [ng/L].
        volume_l: (n,) volumes [L].
        least_hours: shortest run [h].
    """
    if not hours.size:
        return []
    ends = (np.diff(conc_ng_per_l) != 0) | (np.diff(hours) != 1)
    first = np.flatnonzero(np.concatenate(([True], ends)))
    last = np.concatenate((first[1:], [hours.size])) - 1
    long = (last - first + 1 >= least_hours) & (conc_ng_per_l[first] > 0)
    most = np.maximum.reduceat(volume_l, first)
    least = np.minimum.reduceat(volume_l, first)
    # With constant flow the plant itself may be steady: no hint.
    kept = long & (most > least)
    return list(zip(first[kept].tolist(), last[kept].tolist(), strict=True))


def frozen_runs_plain(
    hours: Sequence[int],
    conc_ng_per_l: Sequence[int],
    volume_l: Sequence[int],
    *,
    least_hours: int = LEAST_HOURS,
) -> list[Run]:
    """The reference for `frozen_runs`: one row at a time.

    Args:
        hours: (n,) the number of each row's hour, ascending; a gap ends a run.
        conc_ng_per_l: (n,) concentrations [ng/L].
        volume_l: (n,) volumes [L].
        least_hours: shortest run [h].
    """
    runs, first = [], 0
    for row in range(1, len(hours) + 1):
        goes_on = (
            row < len(hours)
            and conc_ng_per_l[row] == conc_ng_per_l[row - 1]
            and hours[row] == hours[row - 1] + 1
        )
        if goes_on:
            continue
        moves = len(set(volume_l[first:row])) > 1
        if row - first >= least_hours and conc_ng_per_l[row - 1] > 0 and moves:
            runs.append((first, row - 1))
        first = row
    return runs


def _repeat_share(hours: IntArray, conc_ng_per_l: IntArray, runs: Sequence[Run]) -> float:
    """Share of values above zero that repeat the one before, outside of the runs.

    One repeat and one change are added, so that a series without repeats has a share.
    """
    counts = (np.diff(hours) == 1) & (conc_ng_per_l[:-1] > 0)
    for first, last in runs:
        counts[first:last] = False
    repeats = int((counts & (np.diff(conc_ng_per_l) == 0)).sum())
    return (repeats + 1) / (int(counts.sum()) + 2)


def _hint(first: int, last: int, value: int, chance: float) -> Hint:
    count = last - first + 1
    return Hint(
        "hint.frozen",
        "{count} hours in a row report the same concentration, {mg} mg/m3, while the flow changes",
        mend="An instrument in calibration or with few digits has the same effect",
        first=first,
        last=last,
        count=count,
        chance=chance,
        values={"count": count, "mg": f"{value / 1000:g}"},
    )
