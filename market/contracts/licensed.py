"""Effect of a deal between two firms on their permits.

A permit itself may not be lent, rented or resold [ZJ-C24] art. 34, [ZJ-N3] art. 41: the
right passes, and each permit is changed accordingly. The seller's falls by all it gives,
r·q; the buyer's rises by what it may use, q; the remainder retires [ZJ-C2], as the deal's
entry books it. The scenario sets the delay after which both permits change
[ModelAssumption]. A government's sale has a buyer's permit only, a buyback a seller's only;
a lease changes none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from market.contracts.secondary import Deal
from permits.errors import NotAllowed
from permits.permit import CHANGE_DELAY_DAYS, Permit, change_permit
from permits.quantity import fmt_t
from permits.right import Right


def transfer_limits(
    deal: Deal,
    seller: Permit,
    buyer: Permit,
    *,
    decided: date,
    delay_days: int = CHANGE_DELAY_DAYS,
    to_zero: bool = False,
) -> tuple[Permit, Permit]:
    """Both permits after a delivered deal, for every vintage that it moved.

    Args:
        deal: a delivered deal.
        seller: the seller's permit.
        buyer: the buyer's permit.
        decided: day of the decision on both permits.
        delay_days: days from the decision until they change.
        to_zero: a seller's limit below what it gives falls to zero, instead of an error.
    Raises: NotAllowed for permits of other firms, or a seller's limit below what it gives;
        InputError where a permit does not run then or does not name the pollutant.
    """
    for who, permit in ((deal.seller, seller), (deal.buyer, buyer)):
        if permit.firm != who:
            raise NotAllowed(
                "licence.firm",
                "permit {number} belongs to {firm}, not to {who}",
                where=f"deal {deal.id}",
                mend="give the permits of the two firms of the deal",
                number=permit.number,
                firm=permit.firm,
                who=who,
            )
    why = f"deal {deal.id}"
    return (
        lower_limits(
            seller, deal.rights, deal.mass_mg, decided=decided, delay_days=delay_days, why=why,
            to_zero=to_zero,
        ),
        raise_limits(
            buyer, deal.into, deal.usable_mg, decided=decided, delay_days=delay_days, why=why
        ),
    )  # fmt: skip


def raise_limits(
    permit: Permit,
    rights: Sequence[Right],
    mass_mg: int,
    *,
    decided: date,
    delay_days: int = CHANGE_DELAY_DAYS,
    why: str = "",
) -> Permit:
    """The permit of a firm that may use `mass_mg` more of each right.

    Args:
        permit: the permit before.
        rights: rights acquired, one per vintage.
        mass_mg: what the firm may use of each [mg].
        decided: day of the decision.
        delay_days: days from the decision until the permit changes.
        why: reason, for the permit's record.
    Raises: InputError where the permit does not run then or does not name the pollutant.
    """
    limits = {(r.pollutant, r.vintage): _limit_mg(permit, r) + mass_mg for r in rights}
    return change_permit(permit, limits, decided=decided, delay_days=delay_days, why=why)


def lower_limits(
    permit: Permit,
    rights: Sequence[Right],
    mass_mg: int,
    *,
    decided: date,
    delay_days: int = CHANGE_DELAY_DAYS,
    why: str = "",
    to_zero: bool = False,
) -> Permit:
    """The permit of a firm that has given `mass_mg` of each right.

    Args:
        permit: the permit before.
        rights: rights given, one per vintage.
        mass_mg: mass of each [mg].
        decided: day of the decision.
        delay_days: days from the decision until the permit changes.
        why: reason, for the permit's record.
        to_zero: a limit below the mass falls to zero, instead of an error.
    Raises: NotAllowed for a limit below the mass; InputError where the permit does not run
        then or does not name the pollutant.
    """
    limits = {}
    for right in rights:
        limit = _limit_mg(permit, right) - mass_mg
        if limit < 0 and not to_zero:
            raise NotAllowed(
                "licence.below",
                "the sale exceeds the permit's limit of {pollutant} for {year} by {short} t",
                where=f"permit {permit.number}",
                mend="sell no more than the permit allows",
                pollutant=right.pollutant,
                year=right.vintage,
                short=fmt_t(-limit),
            )
        limits[right.pollutant, right.vintage] = max(0, limit)
    return change_permit(permit, limits, decided=decided, delay_days=delay_days, why=why)


def _limit_mg(permit: Permit, right: Right) -> int:
    # After all changes decided so far: the next one takes effect after them.
    return permit.limit_mg(right.pollutant, right.vintage)
