"""Delivery of rights that were bought: the right, then the permit, then the card."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from permits.permit import change_permit
from scenarios.simulation.agenda import PutOff, TopUp
from scenarios.simulation.calendar import Day
from scenarios.simulation.changes import Counted, Later, PaidFor, PermitSet
from scenarios.simulation.outcome import Change, Outcome, Played
from scenarios.simulation.phases.swipes import top_up_card
from scenarios.simulation.world import World


def hand_over(world: World, day: Day, usable_mg: Mapping[int, int]) -> Played[None]:
    """Deliver bought rights; the permit change, and with it the card's top-up, come later.

    Args:
        world: the simulated year.
        day: the day of delivery.
        usable_mg: what each card may emit of what its firm bought [mg].
    """
    delay = world.file.licence.change_delay_days.value
    for card, mass in usable_mg.items():
        # No longer pending, since the right is held from now on and would count twice.
        delivered: list[Change] = [PaidFor(card, -mass), Counted("bought", card, mass)]
        if mass:
            # The permit before the card: a card may not be loaded above its permit's limit.
            delivered += _widened(world, day, card, mass, delay)
        if mass and delay:
            due = day.on + timedelta(days=delay)
            delivered.append(Later(PutOff(due, TopUp(card, mass))))
        yield Outcome(changes=delivered)
        if mass and not delay:
            yield from top_up_card(world, day, card, mass)


def _widened(world: World, day: Day, card: int, mass_mg: int, delay: int) -> list[Change]:
    """The permit with what was acquired added to its limit, after the time a change takes."""
    firm, pollutant, year = world.firm_id(card), world.pollutant_of(card), day.on.year
    permit, effective = world.cards.permits[firm], day.on + timedelta(days=delay)
    if not permit.is_valid(effective):
        return []
    limit = permit.limit_mg(pollutant, year, effective) + mass_mg
    changed = change_permit(permit, {(pollutant, year): limit}, decided=day.on, delay_days=delay)
    return [PermitSet(changed)]
