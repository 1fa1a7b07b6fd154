"""What is put off to a later day, as data; `phases/deliveries.py` does it on its day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from market.contracts.secondary import Deal
from permits.ledger import Entry
from permits.right import Right


@dataclass(frozen=True, slots=True)
class HandOver:
    """Rights that were bought are delivered.

    Attributes:
        usable_mg: mass by card [mg], usable part only.
        rights: what was bought, one per vintage.
        deals: the deals, where firms traded with each other; of a government's sale none.
    """

    usable_mg: Mapping[int, int]
    rights: tuple[Right, ...]
    deals: tuple[Deal, ...] = ()


@dataclass(frozen=True, slots=True)
class Proceeds:
    """Money for collateral reaches the bank, less the platform's fee [fen]."""

    pledge: str
    money_fen: int


@dataclass(frozen=True, slots=True)
class CardTopUp:
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


Task = HandOver | Proceeds | CardTopUp | ShiftQuota | StartMeasure


@dataclass(frozen=True, slots=True)
class PutOff:
    """Entries posted, and then a task done, on a later day."""

    due: date
    task: Task
    entries: tuple[Entry, ...] = ()
