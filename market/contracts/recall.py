"""Recall of idle and free rights: what may be taken back, and at what price.

Rights idle for more than three years are bought back, with or without the firm's consent
[ZJ-Z5]; what was obtained free is taken back without payment [ZJ-C19] art. 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from permits.right import FREE, PAID, Right

IDLE_YEARS = 3  # [ZJ-Z5]


class Trigger(StrEnum):
    """Why a free right is taken back.

    Idle years are a rule of Zhejiang [ZJ-Z5]; the other triggers are those of other provinces,
    assumed to hold here too [ZJ-P15] [ZJ-P19] [ZJ-P20].
    """

    CLOSED = "closed"
    APPROVAL_LAPSED = "approval_lapsed"  # not begun within five years
    ORDERED_SHUT = "ordered_shut"
    PERMIT_CANCELLED = "permit_cancelled"
    MOVED_AWAY = "moved_away"
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class Recall:
    """Mass recalled of one right; `bought`: against money, else free of charge."""

    right: Right
    mass_mg: int
    bought: bool
    trigger: Trigger


def idle_mg(
    held_mg: Mapping[int, int], used_mg: Mapping[int, int], year: int, years: int = IDLE_YEARS
) -> int:
    """Rights that a firm has not needed in any of the last full years [mg].

    Args:
        held_mg: rights of each vintage; a year that is missing was without rights.
        used_mg: emission of each year.
        year: the current year, which does not count.
        years: number of full years before it.
    """
    before = range(year - years, year)
    return max(0, min(held_mg.get(y, 0) - used_mg.get(y, 0) for y in before))


def recall(
    held_mg: Mapping[Right, int], wanted_mg: int, trigger: Trigger, on: date
) -> tuple[Recall, ...]:
    """Take back a mass of every vintage still to come, free rights before paid ones.

    The recalled mass of a vintage never exceeds what is held of it. Reward rights stay: they
    are temporary by themselves.

    Args:
        held_mg: rights of the firm [mg].
        wanted_mg: mass to take back of each vintage [mg].
        trigger: the reason.
        on: day of the recall; vintages of earlier years are not touched.
    """
    found = []
    kinds = {(r.pollutant, r.zone, r.vintage) for r in held_mg if r.vintage >= on.year}
    for pollutant, zone, vintage in sorted(kinds):
        left = wanted_mg
        # Free first: it costs the government nothing, paid rights have to be bought.
        for series in (FREE, PAID):
            right = Right(pollutant, zone, vintage, series)
            mass = min(left, held_mg.get(right, 0))
            if mass > 0:
                found.append(Recall(right, mass, series == PAID, trigger))
                left -= mass
    return tuple(found)
