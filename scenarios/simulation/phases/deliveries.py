"""What was put off until today: entries posted, tasks done, in the order of putting off."""

from __future__ import annotations

from scenarios.simulation.agenda import (
    CardTopUp,
    HandOver,
    Proceeds,
    PutOff,
    ShiftQuota,
    StartMeasure,
)
from scenarios.simulation.calendar import Day
from scenarios.simulation.changes import TakenUp
from scenarios.simulation.outcome import Outcome, Played
from scenarios.simulation.phases.building import start_measures
from scenarios.simulation.phases.collateral import receive_proceeds
from scenarios.simulation.phases.handing_over import hand_over
from scenarios.simulation.phases.swipes import shift_quota, top_up_card
from scenarios.simulation.world import World


def deliver(world: World, day: Day) -> Played[None]:
    """Do what was put off until today."""
    days = sorted(due for due in world.agenda.put_off if due <= day.on)
    due = [put_off for each in days for put_off in world.agenda.put_off[each]]
    if not due:
        return
    # Taken off the agenda first: a task may put off something else.
    yield Outcome(changes=[TakenUp(days)])
    for put_off in due:
        yield from _do(world, day, put_off)


def _do(world: World, day: Day, put_off: PutOff) -> Played[None]:
    if put_off.entries:
        yield Outcome(put_off.entries)
    match put_off.task:
        case HandOver() as delivery:
            yield from hand_over(world, day, delivery)
        case Proceeds(pledge, money_fen):
            yield from receive_proceeds(world, day, pledge, money_fen)
        case CardTopUp(card, mass_mg):
            yield from top_up_card(world, day, card, mass_mg)
        case ShiftQuota(card, mass_mg):
            yield from shift_quota(world, day, card, mass_mg)
        case StartMeasure(firm, step, ppm):
            yield from start_measures(world, day, firm, [(step, ppm)], ordered=True)
