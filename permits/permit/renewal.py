"""Renewal of a permit: requested at least 60 days before the end, decided within 20 days.

The next permit begins on the day after this one ends. Its limits are the newly verified
amounts where verification took place, else those of the last year. A firm that exceeds its
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

DECISION_DAYS = 20  # time the authority has for its decision [ZJ-N3] art. 14


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
        """Last day for a timely decision by the authority."""
        return self.history[0][1] + timedelta(days=DECISION_DAYS)


def ask_renewal(permit: Permit, *, on: date) -> Renewal:
    """Request the next permit.

    Raises: InputError later than 60 days before the end, or where the permit is not valid.
    """
    if on > permit.renew_by:
        raise _late(permit, on)
    if not permit.is_valid(on):
        raise InputError(
            "permit.renewal_ended",
            "renewal was requested on {asked}, when the permit is not valid",
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
    """Grant the request; returns it together with the next permit.

    Args:
        renewal: the request.
        number: number of the next permit.
        on: day of the decision.
        verified: newly verified amounts; a pollutant that is not among them keeps the limit of
            the last year.
        years: length of the next term, 1 to 5.
    Raises: NotAllowed where it was decided before, InputError for a term that is not 1 to 5
        years.
    """
    # The deadline first, so that the history shows a late decision as overdue.
    granted = _moved(pass_deadline(renewal, on=on), "grant", on)
    anew = {one.pollutant: one.mass_mg for one in verified}
    return granted, _next_permit(renewal.permit, number, anew, years)


def refuse_renewal(renewal: Renewal, *, on: date, why: str) -> Renewal:
    """Refuse the request; the permit ends with its present term.

    Args:
        renewal: the request.
        on: day of the decision.
        why: reason of the refusal.
    Raises: NotAllowed where it was decided before.
    """
    return replace(_moved(pass_deadline(renewal, on=on), "refuse", on), why=why)


def renew_permit(permit: Permit, number: str, *, asked: date, years: int = TERM_YEARS) -> Permit:
    """The next permit, from the day after this one ends, with its last year's limits.

    Args:
        permit: the permit to renew.
        number: number of the next permit.
        asked: day of the request.
        years: length of the next term, 1 to 5.
    Raises: InputError if renewal is requested later than 60 days before the end.
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
        "renewal was requested on {asked}, after {last}",
        where=f"permit {permit.number}",
        mend="request it by {last}; a late firm needs a new permit",
        asked=str(asked),
        last=str(permit.renew_by),
    )
