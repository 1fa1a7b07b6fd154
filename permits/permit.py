"""The licence: for each pollutant and year a limit, not a holding.

A permit runs five years at most, is renewed on request made 60 days before its end,
and must be changed before a firm emits more; a right bought meanwhile helps only once
the permit is changed. It names the accounting basis of each limit: masses measured on
one basis are not compared with a limit on another, unless a conversion is given.

Source: term, renewal and change [ZJ-N3] arts. 14, 15; the delay of a change is the
scenario's [ModelAssumption].
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Literal

from permits.errors import InputError, MixedRights
from permits.quantity import require_mg

TERM_YEARS = 5
RENEWAL_DAYS = 60
CHANGE_DELAY_DAYS = 3


class Basis(StrEnum):
    """How a mass was arrived at."""

    FLOW_CONCENTRATION = "flow_concentration"
    MATERIAL_BALANCE = "material_balance"
    EMISSION_FACTOR = "emission_factor"


Limits = Mapping[tuple[str, int], int]


@dataclass(frozen=True, slots=True)
class Change:
    """New limits of a permit [mg], from a day on; limits it does not name stay."""

    effective: date
    limits_mg: Limits = field(hash=False)
    why: str = ""


@dataclass(frozen=True, slots=True)
class Permit:
    """What a firm may emit at most, by pollutant and year [mg]."""

    number: str
    firm: str
    limits_mg: Limits = field(hash=False)
    basis: Mapping[str, Basis | str] = field(hash=False)  # per pollutant
    valid_from: date
    valid_to: date
    source: str = ""
    changes: tuple[Change, ...] = ()  # in order of taking effect

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
        for (pollutant, _), mass_mg in self.limits_mg.items():
            require_mg(mass_mg, above=-1, where=where)
            if pollutant not in self.basis:
                raise InputError(
                    "permit.basis_missing",
                    "the limit for {pollutant} names no accounting basis",
                    where=where,
                    mend="name one of: {known}",
                    pollutant=pollutant,
                    known=", ".join(Basis),
                )

    @property
    def renew_by(self) -> date:
        """The last day on which renewal may be asked for: 60 days before the end."""
        return self.valid_to - timedelta(days=RENEWAL_DAYS)

    def is_valid(self, on: date) -> bool:
        """Whether the permit runs on that day; both its ends count."""
        return self.valid_from <= on <= self.valid_to

    def limit_mg(self, pollutant: str, year: int, on: date | None = None) -> int:
        """The limit for a year as the permit reads on a day [mg]; 0 where it names none.

        Args:
            on: `None` reads the permit as it stands after all its changes.
        """
        limit = self.limits_mg.get((pollutant, year), 0)
        for change in self.changes:
            if on is None or change.effective <= on:
                limit = change.limits_mg.get((pollutant, year), limit)
        return limit


def issue_permit(
    number: str,
    firm: str,
    yearly_mg: Mapping[str, int],
    basis: Mapping[str, Basis | str],
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


def change_permit(
    permit: Permit,
    limits_mg: Limits,
    *,
    decided: date,
    delay_days: int = CHANGE_DELAY_DAYS,
    why: str = "",
) -> Permit:
    """The permit with new limits [mg], effective `delay_days` after the decision.

    Changes that take effect on the same day count in the order in which they were
    made. Raises: InputError if the change would take effect outside the term.
    """
    effective = decided + timedelta(days=delay_days)
    if not permit.is_valid(effective):
        raise InputError(
            "permit.change",
            "a change from {day} on is outside the permit's term",
            where=f"permit {permit.number}",
            mend="renew the permit first",
            day=str(effective),
        )
    changes = sorted(
        (*permit.changes, Change(effective, dict(limits_mg), why)), key=lambda c: c.effective
    )
    return replace(permit, changes=tuple(changes))


def renew_permit(permit: Permit, number: str, *, asked: date, years: int = TERM_YEARS) -> Permit:
    """The next permit, from the day after this one ends, with its last year's limits.

    Raises: InputError if renewal is asked for later than 60 days before the end.
    """
    if asked > permit.renew_by:
        raise InputError(
            "permit.renewal",
            "renewal was asked for on {asked}, after {last}",
            where=f"permit {permit.number}",
            mend="ask by {last}; a late firm needs a new permit",
            asked=str(asked),
            last=str(permit.renew_by),
        )
    last_year = permit.valid_to.year
    yearly = {p: permit.limit_mg(p, last_year) for p in permit.basis}
    begins = permit.valid_to + timedelta(days=1)
    return issue_permit(
        number, permit.firm, yearly, permit.basis, on=begins, years=years, source=permit.source
    )


@dataclass(frozen=True, slots=True)
class Breach:
    """An emission that the permit does not cover: a result, not an error."""

    firm: str
    permit: str
    pollutant: str
    year: int
    kind: Literal["over_limit", "not_valid", "no_limit"]
    limit_mg: int
    emitted_mg: int
    source: str

    @property
    def over_mg(self) -> int:
        """What was emitted above the limit."""
        return self.emitted_mg - self.limit_mg


def find_breach(
    permit: Permit,
    pollutant: str,
    year: int,
    emitted_mg: int,
    *,
    on: date,
    basis: Basis | str,
    conversions: Iterable[Conversion] = (),
) -> Breach | None:
    """Whether a year's emission so far [mg] is covered by the permit as it reads on a day.

    Abnormal emission counts too [ZJ-N3] art. 21. Raises: MixedRights if the mass is on
    another basis than the limit and no conversion is given.
    """
    if emitted_mg == 0:
        return None
    if not permit.is_valid(on):
        return Breach(
            permit.firm, permit.number, pollutant, year, "not_valid", 0, emitted_mg,
            "[ZJ-N3] art. 33",
        )  # fmt: skip
    if pollutant not in permit.basis:
        return Breach(
            permit.firm, permit.number, pollutant, year, "no_limit", 0, emitted_mg,
            "[ZJ-N3] art. 34",
        )  # fmt: skip
    wanted = permit.basis[pollutant]
    emitted = convert_mg(emitted_mg, pollutant, basis, wanted, conversions)
    limit = permit.limit_mg(pollutant, year, on)
    if emitted <= limit:
        return None
    return Breach(
        permit.firm, permit.number, pollutant, year, "over_limit", limit, emitted,
        "[ZJ-N3] art. 34",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Conversion:
    """How many mg on basis `wanted` one mg on basis `given` counts for."""

    pollutant: str
    given: Basis
    wanted: Basis
    factor: Fraction
    source: str


def convert_mg(
    mass_mg: int,
    pollutant: str,
    given: Basis | str,
    wanted: Basis | str,
    conversions: Iterable[Conversion] = (),
) -> int:
    """A mass on another accounting basis [mg], rounded once, half to even.

    Raises: MixedRights where the bases differ and no conversion is given.
    """
    if given == wanted:
        return mass_mg
    for conversion in conversions:
        if (conversion.pollutant, conversion.given, conversion.wanted) == (
            pollutant,
            given,
            wanted,
        ):
            return round(mass_mg * conversion.factor)
    raise MixedRights(
        "permit.basis",
        "{pollutant} accounted by {given} cannot be compared with a limit by {wanted}",
        mend="meter it on the permit's basis, or give a conversion between the two",
        pollutant=pollutant,
        given=str(given),
        wanted=str(wanted),
    )


def _anniversary(day: date, years: int) -> date:
    """The same day so many years later; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
