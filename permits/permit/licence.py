"""The permit itself: for each pollutant and year a limit, not a holding.

It names the accounting basis of each limit. Changes are kept beside the first limits, each
with the day it takes effect, so that the permit can be read as it stood on any day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from permits.errors import InputError
from permits.permit.basis import Basis
from permits.quantity import require_mg

TERM_YEARS = 5
RENEWAL_DAYS = 60

Limits = Mapping[tuple[str, int], int]
Bases = Mapping[str, Basis | str]


@dataclass(frozen=True, slots=True)
class Change:
    """New limits of a permit [mg], from a day on; limits it does not name stay.

    `added` are kinds that the permit names from that day on, each with its basis. A kind
    in `dropped` stays named to the end of that year, since its limit is a year's.
    """

    effective: date
    limits_mg: Limits = field(hash=False)
    why: str = ""
    added: Bases = field(default_factory=dict, hash=False)
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ending:
    """The day from which a permit runs no more, and why."""

    on: date
    why: str


@dataclass(frozen=True, slots=True)
class Permit:
    """What a firm may emit at most, by pollutant and year [mg]."""

    number: str
    firm: str
    limits_mg: Limits = field(hash=False)
    basis: Bases = field(hash=False)  # per pollutant, as first issued
    valid_from: date
    valid_to: date
    source: str = ""
    changes: tuple[Change, ...] = ()  # in order of taking effect
    ended: Ending | None = None

    def __post_init__(self) -> None:
        where = f"permit {self.number}"
        if self.valid_to < self.valid_from:
            raise InputError(
                "permit.dates",
                "the permit ends on {ends}, before it begins on {begins}",
                where=where,
                mend="swap the two dates",
                begins=str(self.valid_from),
                ends=str(self.valid_to),
            )
        named = dict(self.basis)
        check_limits(self.limits_mg, named, where)
        for change in self.changes:
            named |= change.added
            check_limits(change.limits_mg, named, where)

    @property
    def renew_by(self) -> date:
        """The last day on which renewal may be asked for: 60 days before the end."""
        return self.valid_to - timedelta(days=RENEWAL_DAYS)

    def is_valid(self, on: date) -> bool:
        """Whether the permit runs on that day; both its ends count, the day of an early
        ending does not."""
        running = self.ended is None or on < self.ended.on
        return running and self.valid_from <= on <= self.valid_to

    def basis_on(self, on: date) -> dict[str, Basis | str]:
        """The kinds that the permit names on a day, each with its basis."""
        named = dict(self.basis)
        for change in self.changes:
            if change.effective <= on:
                named |= change.added
                gone = change.dropped if change.effective.year < on.year else ()
                named = {kind: basis for kind, basis in named.items() if kind not in gone}
        return named

    def limit_mg(self, pollutant: str, year: int, on: date | None = None) -> int:
        """The limit for a year as the permit reads on a day [mg]; 0 where it names none.

        Args:
            on: `None` reads the permit as it stands after all its changes.
        """
        limit = self.limits_mg.get((pollutant, year), 0)
        for change in self.changes:
            if on is None or change.effective <= on:
                if pollutant in change.dropped and change.effective.year < year:
                    limit = 0
                limit = change.limits_mg.get((pollutant, year), limit)
        return limit


def issue_permit(
    number: str,
    firm: str,
    yearly_mg: Mapping[str, int],
    basis: Bases,
    *,
    on: date,
    years: int = TERM_YEARS,
    source: str = "[ZJ-N3] art. 14",
) -> Permit:
    """A permit for a term, with the same limit [mg] in every calendar year it touches.

    It ends on the day before its anniversary. Raises: InputError for a term that is
    not 1 to 5 years.
    """
    if not 1 <= years <= TERM_YEARS:
        raise InputError(
            "permit.term",
            "a permit cannot run {years} years",
            where=f"permit {number}",
            mend="give a term of 1 to {most} years",
            years=years,
            most=TERM_YEARS,
        )
    valid_to = _anniversary(on, years) - timedelta(days=1)
    touched = range(on.year, valid_to.year + 1)
    limits = {(p, year): mass for p, mass in yearly_mg.items() for year in touched}
    return Permit(number, firm, limits, dict(basis), on, valid_to, source)


def cancel_permit(permit: Permit, *, on: date, why: str) -> Permit:
    """The permit, which runs no more from a day on: given up, revoked, plant closed.

    Raises: InputError where it does not run on that day.
    """
    if not permit.is_valid(on):
        raise InputError(
            "permit.cancel",
            "the permit does not run on {day}, so it cannot be cancelled then",
            where=f"permit {permit.number}",
            mend="give a day from {begins} to {ends} before any earlier ending",
            day=str(on),
            begins=str(permit.valid_from),
            ends=str(permit.valid_to),
        )
    return replace(permit, ended=Ending(on, why))


def check_limits(limits_mg: Limits, named: Bases, where: str) -> None:
    """Raise where a limit is no mass, or is for a kind that names no accounting basis."""
    for (pollutant, _), mass_mg in limits_mg.items():
        require_mg(mass_mg, above=-1, where=where)
        if pollutant not in named:
            raise InputError(
                "permit.basis_missing",
                "the limit for {pollutant} names no accounting basis",
                where=where,
                mend="name one of: {known}",
                pollutant=pollutant,
                known=", ".join(Basis),
            )


def _anniversary(day: date, years: int) -> date:
    """The same day so many years later; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
