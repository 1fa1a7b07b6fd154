"""Registers for the audit, in addition to the journal: permit limits and card months."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from permits.permit import Permit


class CardMonth(NamedTuple):
    """One card in one month [mg]: its load, its changes and its emission.

    `carried_mg` is the balance of the month before (below zero after an excess), `quota_mg`
    the month's own; `changed_mg` adds top-ups and quota of later months, less what was
    taken back.
    """

    month: str  # "2018-03"
    firm: str
    pollutant: str
    stop: str
    carried_mg: int
    quota_mg: int
    changed_mg: int
    emitted_mg: int

    @property
    def left_mg(self) -> int:
        """Balance at the month's end; below zero where more was emitted than loaded."""
        return self.carried_mg + self.quota_mg + self.changed_mg - self.emitted_mg


class LicenceLimit(NamedTuple):
    """A permit's limit for a pollutant and year [mg], and the day from which it applies."""

    number: str
    firm: str
    pollutant: str
    year: int
    effective: str
    limit_mg: int


@dataclass(frozen=True, slots=True)
class Registers:
    """Card months and permit limits, each in the order of time."""

    cards: tuple[CardMonth, ...] = ()
    licences: tuple[LicenceLimit, ...] = ()


def limits_of(permit: Permit) -> list[LicenceLimit]:
    """List a permit's limits as issued, then as each change left them."""
    first = str(permit.valid_from)
    rows = [
        LicenceLimit(permit.number, permit.firm, pollutant, year, first, limit_mg)
        for (pollutant, year), limit_mg in permit.limits_mg.items()
    ]
    for change in permit.changes:
        rows += [
            LicenceLimit(permit.number, permit.firm, pollutant, year, str(change.effective), limit)
            for (pollutant, year), limit in change.limits_mg.items()
        ]
    return rows
