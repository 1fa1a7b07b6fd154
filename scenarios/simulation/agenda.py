"""What is put off to a later day, as data; `phases/deliveries.py` does it on its day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from permits.ledger import Entry


@dataclass(frozen=True, slots=True)
class HandOver:
    """Rights that were bought are delivered: mass by card [mg], usable part only."""

    usable_mg: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class TopUp:
    """A card is topped up, once the change of its permit is in force [mg]."""

    card: int
    mass_mg: int


@dataclass(frozen=True, slots=True)
class ShiftQuota:
    """An application for quota of later months is granted, as far as the rules allow [mg]."""

    card: int
    mass_mg: int


@dataclass(frozen=True, slots=True)
class StartMeasure:
    """A part of a step [ppm] that a firm ordered begins to work."""

    firm: int
    step: int
    ppm: int


Task = HandOver | TopUp | ShiftQuota | StartMeasure


@dataclass(frozen=True, slots=True)
class PutOff:
    """Entries posted, and then a task done, on a later day."""

    due: date
    task: Task
    entries: tuple[Entry, ...] = ()
