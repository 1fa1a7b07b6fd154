"""Effect of a deal between two firms on their permits.

A permit itself may not be lent, rented or resold [ZJ-C24] art. 34, [ZJ-N3] art. 41: the
right passes, and each permit is changed accordingly. The seller's falls by all it gives,
r·q; the buyer's rises by what it may use, q; the remainder retires [ZJ-C2], as the deal's
entry books it. The scenario sets the delay after which both permits change
[ModelAssumption].
"""

from __future__ import annotations

from datetime import date

from market.contracts.secondary import Deal
from permits.errors import NotAllowed
from permits.permit import CHANGE_DELAY_DAYS, Permit, change_permit
from permits.quantity import fmt_t


def transfer_limits(
    deal: Deal,
    seller: Permit,
    buyer: Permit,
    *,
    decided: date,
    delay_days: int = CHANGE_DELAY_DAYS,
) -> tuple[Permit, Permit]:
    """Both permits after a delivered deal, for every vintage that it moved.

    Args:
        deal: a delivered deal.
        seller: the seller's permit.
        buyer: the buyer's permit.
        decided: day of the decision on both permits.
        delay_days: days from the decision until they change.
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
    lower = {(r.pollutant, r.vintage): -deal.mass_mg for r in deal.rights}
    higher = {(r.pollutant, r.vintage): deal.usable_mg for r in deal.into}
    why = f"deal {deal.id}"
    return (
        _shifted(seller, lower, decided, delay_days, why),
        _shifted(buyer, higher, decided, delay_days, why),
    )


def _shifted(
    permit: Permit, shift_mg: dict[tuple[str, int], int], decided: date, delay: int, why: str
) -> Permit:
    limits = {key: permit.limit_mg(*key) + shift for key, shift in shift_mg.items()}
    for (pollutant, year), limit in limits.items():
        if limit < 0:
            raise NotAllowed(
                "licence.below",
                "the sale exceeds the permit's limit of {pollutant} for {year} by {short} t",
                where=f"permit {permit.number}",
                mend="sell no more than the permit allows",
                pollutant=pollutant,
                year=year,
                short=fmt_t(-limit),
            )
    return change_permit(permit, limits, decided=decided, delay_days=delay, why=why)
