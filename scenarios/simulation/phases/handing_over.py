"""Delivery of rights that were bought: the right, then the permits, then the card."""

from __future__ import annotations

from datetime import timedelta

from scenarios.simulation.agenda import CardTopUp, HandOver, PutOff
from scenarios.simulation.calendar import Day
from scenarios.simulation.changes import Counted, Later, PaidFor
from scenarios.simulation.outcome import Outcome, Played, WorldChange
from scenarios.simulation.phases.licences import transfer_licences
from scenarios.simulation.phases.swipes import top_up_card
from scenarios.simulation.world import World


def hand_over(world: World, day: Day, delivery: HandOver) -> Played[None]:
    """Deliver bought rights; the permits change, and with them the card's top-up, later.

    Args:
        world: the simulated year.
        day: the day of delivery.
        delivery: what each card may emit of what its firm bought, and the deals.
    """
    # The permit before the card: a card may not be loaded above its permit's limit.
    yield from transfer_licences(world, day, delivery)
    delay = world.file.licence.change_delay_days.value
    for card, mass in delivery.usable_mg.items():
        # No longer pending, since the right is held from now on and would count twice.
        delivered: list[WorldChange] = [PaidFor(card, -mass), Counted("bought", card, mass)]
        if mass and delay:
            due = day.on + timedelta(days=delay)
            delivered.append(Later(PutOff(due, CardTopUp(card, mass))))
        yield Outcome(changes=delivered)
        if mass and not delay:
            yield from top_up_card(world, day, card, mass)
