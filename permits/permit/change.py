"""New amounts and kinds of a permit, and when a change is a new application.

A firm applies anew for a new or expanded project, a change of place, outlet or way of
discharge, and for an increase of kinds, amount or concentration [ZJ-N3] art. 15. A
decrease, and what a registered purchase adds, is a change of the permit in force; how
long it takes is the scenario's [ModelAssumption].
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from permits.errors import InputError
from permits.permit.licence import Bases, Change, Limits, Permit

CHANGE_DELAY_DAYS = 3


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

    Changes that take effect on the same day count in the order in which they were
    made.

    Args:
        added: kinds that it names from then on, with their basis.
        dropped: kinds that it names no more once that year has ended.
    Raises: InputError if the change would take effect outside the term, for a limit of a
        kind that has no basis, or for dropping one that the permit does not name.
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
    """Why a wish needs a new application and not a change; empty where a change will do.

    Args:
        limits_mg: the limits wished for [mg].
        added: kinds wished for.
        project: a new or expanded project is behind it.
        moved: place, outlet or way of discharge change.
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
