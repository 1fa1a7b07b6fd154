"""Permits that change with a right: the seller's limit falls, the buyer's rises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from market.contracts.licensed import lower_limits, raise_limits, transfer_limits
from permits.permit import Permit
from permits.quantity import fmt_t
from permits.right import Right
from scenarios.simulation.agenda import HandOver
from scenarios.simulation.calendar import Day
from scenarios.simulation.changes import PermitSet
from scenarios.simulation.outcome import Happening, Outcome, Played, happened
from scenarios.simulation.world import World

LICENCE_RULE = "the right passes, and each permit is changed [ZJ-C24] art. 34"
RISES = "{who}: the permit's limit of {pollutant} rises by {mass} t to {after} t from {effective}"
FALLS = "{who}: the permit's limit of {pollutant} falls by {mass} t to {after} t from {effective}"


def transfer_licences(world: World, day: Day, delivery: HandOver) -> Played[None]:
    """Decide the change of every permit that a delivery concerns.

    Args:
        world: the simulated year.
        day: the day of delivery, on which the changes are decided.
        delivery: deals between firms, or what a government sold.
    """
    # Kept until all deals are through: a firm may be in several, and each change builds on
    # the one before.
    changed: dict[str, Permit] = {}
    terms: Any = {"decided": day.on, "delay_days": _delay(world)}
    for deal in delivery.deals:
        buyer = _permit(world, day, changed, deal.buyer)
        if deal.seller not in world.rules.firm_index:
            # A bank sells collateral; it has no permit.
            if buyer is not None and deal.usable_mg:
                why = f"deal {deal.id}"
                changed[deal.buyer] = raise_limits(
                    buyer, deal.into, deal.usable_mg, why=why, **terms
                )
            continue
        seller = _permit(world, day, changed, deal.seller)
        if buyer is not None and seller is not None:
            # To zero: a permit may have been issued below the rights, and the sale stands.
            changed[deal.seller], changed[deal.buyer] = transfer_limits(
                deal, seller, buyer, to_zero=True, **terms
            )
    if not delivery.deals:
        for card, mass in delivery.usable_mg.items():
            firm = world.firm_id(card)
            permit = _permit(world, day, changed, firm)
            if permit is not None and mass:
                changed[firm] = raise_limits(
                    permit, delivery.rights, mass, why="government sale", **terms
                )
    if changed:
        yield _set(world, day, changed, delivery.rights)


def lower_licence(
    world: World, day: Day, firm: str, rights: Sequence[Right], mass_mg: int, why: str
) -> Played[None]:
    """Decide the change of the permit of a firm that gave rights to a government.

    Args:
        world: the simulated year.
        day: today.
        firm: id of the firm.
        rights: rights given, one per vintage.
        mass_mg: mass of each [mg].
        why: reason, for the permit's record.
    """
    permit = _permit(world, day, {}, firm)
    if permit is not None and rights:
        after = lower_limits(
            permit, rights, mass_mg, decided=day.on, delay_days=_delay(world), why=why,
            to_zero=True,
        )  # fmt: skip
        yield _set(world, day, {firm: after}, rights)


def _set(world: World, day: Day, changed: Mapping[str, Permit], rights: Sequence[Right]) -> Outcome:
    """The permits, and an event for each whose limit of the first vintage changes."""
    events = []
    for firm, permit in changed.items():
        if world.rules.lean:
            break  # nobody reads them, and there are thousands
        event = _told(world, day, world.cards.permits[firm], permit, rights[0])
        if event is not None:
            events.append(event)
    return Outcome(changes=[PermitSet(permit) for permit in changed.values()], events=events)


def _told(world: World, day: Day, before: Permit, after: Permit, right: Right) -> Happening | None:
    limit = after.limit_mg(right.pollutant, right.vintage)
    shift = limit - before.limit_mg(right.pollutant, right.vintage)
    if not shift:
        return None
    return happened(
        day.on, "licences", "permit.raised" if shift > 0 else "permit.lowered", after.firm,
        RISES if shift > 0 else FALLS, LICENCE_RULE, mass_mg=abs(shift),
        pollutant=right.pollutant, after=fmt_t(limit), effective=str(_effective(world, day)),
    )  # fmt: skip


def _permit(world: World, day: Day, changed: Mapping[str, Permit], firm: str) -> Permit | None:
    """A firm's permit as changed so far; None where it has ended by the day of the change."""
    permit = changed.get(firm, world.cards.permits[firm])
    return permit if permit.is_valid(_effective(world, day)) else None


def _effective(world: World, day: Day) -> date:
    return day.on + timedelta(days=_delay(world))


def _delay(world: World) -> int:
    return world.file.licence.change_delay_days.value
