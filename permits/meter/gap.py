"""A gap in an outlet's readings, and the description of a missing-data rule.

Rules take whole mg per hour and give one mass for every hour of the gap, rounded once, half
to even, or `None` where they substitute nothing. Measured values are never changed: the
substitute is a separate column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Gap:
    """Data available on a gap when it ends (`None`: unknown).

    A stop of the outlet ends a gap without an hour after it; `length_h` then goes on
    counting in the next one, so that stops do not make a gap look short.
    """

    length_h: int  # missing hours since the last valid one
    before_mg: int | None  # the nearest valid hour before
    after_mg: int | None  # the nearest valid hour after
    recent_mg: Sequence[int] = ()  # valid hours before, the newest last, up to the look-back
    largest_mg: int | None = None  # of all valid hours before
    valid_h: int = 0  # valid ones among the last `operated_h` hours, the gap included
    operated_h: int = 0
    potential_mg: int | None = None  # maximum potential emission per hour [mg]


@dataclass(frozen=True, slots=True)
class MissingSpec:
    """Description of a missing-data rule."""

    title: str
    title_zh: str
    source: str
    status: str  # statute, published or assumed
    look_back_h: int  # valid hours that it uses
    availability_h: int  # hours in operation over which availability is taken


def mean_mg(first_mg: int, second_mg: int) -> int:
    """The mean of two masses, half to even."""
    whole, rest = divmod(first_mg + second_mg, 2)
    return whole + (rest and whole % 2)


def mean_around_mg(gap: Gap) -> int | None:
    """The mean of the hours before and after; the known one where the other is unknown."""
    known = [mass for mass in (gap.before_mg, gap.after_mg) if mass is not None]
    return mean_mg(known[0], known[-1]) if known else None


def largest_of_mg(gap: Gap, hours: int) -> int | None:
    """The largest of the last `hours` valid masses, else that of the hour after."""
    last = gap.recent_mg[-hours:]
    return max(last) if last else gap.after_mg


def percentile_mg(masses_mg: Sequence[int], percent: int) -> int:
    """The nearest rank: the smallest mass that `percent` of `masses_mg` do not exceed."""
    ordered = sorted(masses_mg)
    return ordered[-(-percent * len(ordered) // 100) - 1]
