"""Changes of a permit's amounts and pollutants, and when a change needs a new application.

A firm applies anew for a new or expanded project, a change of place, outlet or way of
discharge, and for an increase of pollutants, amount or concentration [ZJ-N3] art. 15. A
decrease, and the amount added by a registered purchase, is a change of the permit in force;
how long it takes is set by the scenario [ModelAssumption].
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from permits.errors import InputError
from permits.permit.licence import Bases, Change, Limits, Permit

CHANGE_DELAY_DAYS = 3  # assumed: no source states how long an office takes


def change_permit(
    permit: Permit,
    limits_mg: Limits,
    *,
    decided: date,
    delay_days: int = CHANGE_DELAY_DAYS,
    why: str = "",
    added: Bases | None = None,
    dropped: tuple[str, ...] = (),
) -> Permit:
    """The permit with new limits [mg], effective `delay_days` after the decision.

    Of several changes that take effect on the same day, the one made last counts.

    Args:
        permit: the permit before.
        limits_mg: new limits by pollutant and year [mg]; others stay.
        decided: day of the decision.
        delay_days: days from the decision to the effect.
        why: reason, for the permit's record.
        added: pollutants named from then on, with their basis.
        dropped: pollutants no longer named once that year has ended.
    Raises: InputError if the change would take effect outside the term, for a limit on a
        pollutant without a basis, or for dropping one that the permit does not name.
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
    _check_dropped(permit, effective, dropped)
    change = Change(effective, dict(limits_mg), why, dict(added or {}), dropped)
    # A stable sort by day only: on the same day the later decision must stay behind.
    changes = sorted((*permit.changes, change), key=lambda c: c.effective)
    return replace(permit, changes=tuple(changes))


def find_reapplication(
    permit: Permit,
    limits_mg: Limits,
    *,
    on: date,
    added: Iterable[str] = (),
    project: bool = False,
    moved: bool = False,
    concentration_raised: bool = False,
) -> tuple[str, ...]:
    """Reasons why a wanted change needs a new application; empty where a change suffices.

    Args:
        permit: the permit in force.
        limits_mg: wanted limits by pollutant and year [mg].
        on: day on which the permit is read.
        added: wanted additional pollutants.
        project: whether a new or expanded project causes the change.
        moved: whether place, outlet or way of discharge change.
        concentration_raised: whether the concentration increases.
    Returns: of `project`, `outlet`, `kinds`, `amount`, `concentration` those that apply.
    Source: [ZJ-N3] art. 15.
    """
    named = permit.basis_on(on)
    raised = any(mass > permit.limit_mg(p, year, on) for (p, year), mass in limits_mg.items())
    reasons = {
        "project": project,
        "outlet": moved,
        "kinds": any(kind not in named for kind in added),
        "amount": raised,
        "concentration": concentration_raised,
    }
    return tuple(reason for reason, applies in reasons.items() if applies)


def _check_dropped(permit: Permit, effective: date, dropped: tuple[str, ...]) -> None:
    named = permit.basis_on(effective)
    for kind in dropped:
        if kind not in named:
            raise InputError(
                "permit.drop",
                "the permit does not name {pollutant} on {day}",
                where=f"permit {permit.number}",
                mend="it names: {known}",
                pollutant=kind,
                day=str(effective),
                known=", ".join(named),
            )
