"""The permit: a limit per pollutant and year, not a holding of rights.

It names the accounting basis of each limit. Changes are kept next to the first limits, each
with the day it takes effect, so that the permit can be read as it stood on any day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from permits.errors import InputError
from permits.permit.basis import Basis
from permits.quantity import require_mg

TERM_YEARS = 5  # longest term of a permit [ZJ-N3] art. 14
RENEWAL_DAYS = 60  # a request must come this long before the end [ZJ-N3] art. 14

Limits = Mapping[tuple[str, int], int]
Bases = Mapping[str, Basis | str]


@dataclass(frozen=True, slots=True)
class Change:
    """New limits of a permit [mg] from a day on; limits that are not listed stay.

    `added` are pollutants named from that day on, each with its basis. A pollutant in `dropped`
    stays named to the end of that year, since its limit covers the whole year.
    """

    effective: date
    limits_mg: Limits = field(hash=False)
    why: str = ""
    added: Bases = field(default_factory=dict, hash=False)
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ending:
    """The first day on which a permit is no longer valid, and why."""

    on: date
    why: str


@dataclass(frozen=True, slots=True)
class Permit:
    """Upper limits on a firm's emissions, by pollutant and year [mg]."""

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
        """Last day on which renewal may be requested: 60 days before the end."""
        return self.valid_to - timedelta(days=RENEWAL_DAYS)

    def is_valid(self, on: date) -> bool:
        """Whether the permit is valid on that day.

        Its first and last day count; the day of an early ending does not.
        """
        running = self.ended is None or on < self.ended.on
        return running and self.valid_from <= on <= self.valid_to

    def basis_on(self, on: date) -> dict[str, Basis | str]:
        """Pollutants that the permit names on a day, each with its basis."""
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
            pollutant: pollutant of the limit.
            year: calendar year of the limit.
            on: `None` reads the permit as it stands after all its changes.
        """
        limit = self.limits_mg.get((pollutant, year), 0)
        # In order of effect, so that the latest change decides.
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

    It ends on the day before its anniversary.

    Args:
        number: permit number.
        firm: id of the holder.
        yearly_mg: limit per calendar year by pollutant [mg].
        basis: accounting basis by pollutant.
        on: first day of the term.
        years: length of the term, 1 to 5.
        source: key of the rule that it is issued under.
    Raises: InputError for a term that is not 1 to 5 years.
    """
    if not 1 <= years <= TERM_YEARS:
        raise InputError(
            "permit.term",
            "a permit cannot be valid for {years} years",
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
    """The permit, cancelled from a day on: given up, revoked, or plant closed.

    Args:
        permit: the permit before.
        on: first day on which it is no longer valid.
        why: reason.
    Raises: InputError where it is not valid on that day.
    """
    if not permit.is_valid(on):
        raise InputError(
            "permit.cancel",
            "the permit is not valid on {day}, so it cannot be cancelled then",
            where=f"permit {permit.number}",
            mend="give a day from {begins} to {ends}, before any earlier end",
            day=str(on),
            begins=str(permit.valid_from),
            ends=str(permit.valid_to),
        )
    return replace(permit, ended=Ending(on, why))


def check_limits(limits_mg: Limits, named: Bases, where: str) -> None:
    """Check that every limit is a mass and belongs to a pollutant with an accounting basis.

    Args:
        limits_mg: limits by pollutant and year [mg].
        named: accounting basis by pollutant.
        where: id of the permit, for the error message.
    Raises: NotAMass for a limit that is not a mass, InputError for a missing basis.
    """
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
    """The same day `years` later; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
