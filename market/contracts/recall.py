"""Rights that lie idle or were free, taken back: what may be recalled, and at what price.

Rights idle for more than three years are bought back, whether the firm wishes it or not
[ZJ-Z5]; what was obtained free is taken back without payment [ZJ-C19] art. 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from permits.right import FREE, PAID, Right

IDLE_YEARS = 3


class Trigger(StrEnum):
    """Why a free right is taken back. Idle years were read in Zhejiang [ZJ-Z5]; the rest
    are triggers of other provinces, assumed to hold here too [ZJ-P15] [ZJ-P19] [ZJ-P20]."""

    CLOSED = "closed"
    APPROVAL_LAPSED = "approval_lapsed"  # not begun within five years
    ORDERED_SHUT = "ordered_shut"
    PERMIT_CANCELLED = "permit_cancelled"
    MOVED_AWAY = "moved_away"
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class Recall:
    """What goes back of one right; `bought`: against money, else free of charge."""

    right: Right
    mass_mg: int
    bought: bool
    trigger: Trigger


def idle_mg(
    held_mg: Mapping[int, int], used_mg: Mapping[int, int], year: int, years: int = IDLE_YEARS
) -> int:
    """What a firm has not needed in any of the last `years` full years before `year` [mg].

    Args:
        held_mg: rights of each vintage; a year that is missing was without rights.
        used_mg: emission of each year.
    """
    before = range(year - years, year)
    return max(0, min(held_mg.get(y, 0) - used_mg.get(y, 0) for y in before))


def recall(
    held_mg: Mapping[Right, int], wanted_mg: int, trigger: Trigger, on: date
) -> tuple[Recall, ...]:
    """Take back a mass of every vintage still to come, free rights before paid ones.

    What is recalled of a vintage is never more than is held of it. Reward rights stay:
    they are temporary by themselves.
    """
    found = []
    kinds = {(r.pollutant, r.zone, r.vintage) for r in held_mg if r.vintage >= on.year}
    for pollutant, zone, vintage in sorted(kinds):
        left = wanted_mg
        for series in (FREE, PAID):
            right = Right(pollutant, zone, vintage, series)
            mass = min(left, held_mg.get(right, 0))
            if mass > 0:
                found.append(Recall(right, mass, series == PAID, trigger))
                left -= mass
    return tuple(found)
