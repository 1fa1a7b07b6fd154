"""Renewal: asked for at least 60 days before the end, decided within 20 days.

The next permit begins on the day after this one ends. Its limits are those verified
anew where verification took place, else those of the last year. A firm that is over its
concentration or total limit and still fails after a deadline is not renewed [ZJ-C24]
art. 17: the refusal names the reason.

Source: [ZJ-N3] art. 14. Days are counted as calendar days [ModelAssumption].
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from permits.errors import InputError
from permits.permit.licence import TERM_YEARS, Permit, issue_permit
from permits.permit.verification import Verified
from permits.states import RENEWAL

DECISION_DAYS = 20


@dataclass(frozen=True, slots=True)
class Renewal:
    """A request, with the day of each of its states, the first being `asked`."""

    permit: Permit
    history: tuple[tuple[str, date], ...]
    why: str = ""  # of a refusal

    @property
    def state(self) -> str:
        return self.history[-1][0]

    @property
    def decide_by(self) -> date:
        """The last day on which the authority is in time."""
        return self.history[0][1] + timedelta(days=DECISION_DAYS)


def ask_renewal(permit: Permit, *, on: date) -> Renewal:
    """Ask for the next permit.

    Raises: InputError later than 60 days before the end, or where the permit does not run.
    """
    if on > permit.renew_by:
        raise _late(permit, on)
    if not permit.is_valid(on):
        raise InputError(
            "permit.renewal_ended",
            "renewal was asked for on {asked}, when the permit does not run",
            where=f"permit {permit.number}",
            mend="apply for a new permit",
            asked=str(on),
        )
    return Renewal(permit, (("asked", on),))


def pass_deadline(renewal: Renewal, *, on: date) -> Renewal:
    """The request as it stands on a day: overdue once 20 days have passed undecided."""
    if renewal.state == "asked" and on > renewal.decide_by:
        return _moved(renewal, "days_pass", renewal.decide_by + timedelta(days=1))
    return renewal


def grant_renewal(
    renewal: Renewal,
    number: str,
    *,
    on: date,
    verified: Iterable[Verified] = (),
    years: int = TERM_YEARS,
) -> tuple[Renewal, Permit]:
    """The request granted, and the next permit.

    Args:
        verified: amounts verified anew; a kind that is not among them keeps the limit of
            the last year.
    Raises: NotAllowed where it was decided before, InputError for a term that is not 1 to 5
        years.
    """
    granted = _moved(pass_deadline(renewal, on=on), "grant", on)
    anew = {one.pollutant: one.mass_mg for one in verified}
    return granted, _next_permit(renewal.permit, number, anew, years)


def refuse_renewal(renewal: Renewal, *, on: date, why: str) -> Renewal:
    """The request refused; the permit runs to its end and no further.

    Raises: NotAllowed where it was decided before.
    """
    return replace(_moved(pass_deadline(renewal, on=on), "refuse", on), why=why)


def renew_permit(permit: Permit, number: str, *, asked: date, years: int = TERM_YEARS) -> Permit:
    """The next permit, from the day after this one ends, with its last year's limits.

    Raises: InputError if renewal is asked for later than 60 days before the end.
    """
    if asked > permit.renew_by:
        raise _late(permit, asked)
    return _next_permit(permit, number, {}, years)


def _next_permit(permit: Permit, number: str, anew_mg: Mapping[str, int], years: int) -> Permit:
    last = permit.valid_to
    begins = last + timedelta(days=1)
    basis = permit.basis_on(begins)
    yearly = {p: anew_mg.get(p, permit.limit_mg(p, last.year)) for p in basis}
    return issue_permit(
        number, permit.firm, yearly, basis, on=begins, years=years, source=permit.source
    )


def _moved(renewal: Renewal, event: str, on: date) -> Renewal:
    state = RENEWAL.after(renewal.state, event, where=f"permit {renewal.permit.number}")
    return replace(renewal, history=(*renewal.history, (state, on)))


def _late(permit: Permit, asked: date) -> InputError:
    return InputError(
        "permit.renewal",
        "renewal was asked for on {asked}, after {last}",
        where=f"permit {permit.number}",
        mend="ask by {last}; a late firm needs a new permit",
        asked=str(asked),
        last=str(permit.renew_by),
    )
