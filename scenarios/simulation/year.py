"""Simulation of a year: every day, phase by phase, until the books are closed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from scenarios.definition.scenario import Scenario
from scenarios.intake.memory import without_collection
from scenarios.simulation.calendar import Day, days
from scenarios.simulation.phases.building import abate
from scenarios.simulation.phases.contracting import (
    buy_back,
    end_leases,
    lend_on_pledge,
    start_leases,
)
from scenarios.simulation.phases.governing import apply_policies
from scenarios.simulation.phases.opening import (
    load_year_cards,
    new_world,
    open_scenario,
    opening_positions,
)
from scenarios.simulation.phases.period_end import close_day
from scenarios.simulation.phases.swipes import reload_cards, swipe
from scenarios.simulation.phases.trading import hold_sessions
from scenarios.simulation.world import World

Progress = Callable[[str, float], None]


def simulate(
    scenario: Scenario,
    openings: Sequence[Sequence[int]] | None = None,
    plan_mg: Mapping[str, Sequence[int]] | None = None,
    progress: Progress | None = None,
    *,
    lean: bool = False,
) -> World:
    """Simulate a scenario's whole horizon and return its world.

    Args:
        scenario: the loaded scenario.
        openings: opening rights [mg a year] per firm and pollutant, instead of the
            allocation rule's (tests use grandfathered and random ones).
        plan_mg: quotas of the plan by firm, for the rule that opens with them.
        progress: called with a text and the share done.
        lean: only costs are needed: no log, fewer entries, the same outcome.
    """
    # A year makes some hundred thousand objects that all live on; collecting garbage among
    # them again and again takes a fifth of the time.
    with without_collection():
        return _simulate(scenario, openings, plan_mg, progress, lean)


def _simulate(
    scenario: Scenario,
    openings: Sequence[Sequence[int]] | None,
    plan_mg: Mapping[str, Sequence[int]] | None,
    progress: Progress | None,
    lean: bool,
) -> World:
    world = new_world(scenario)
    world.lean = world.log.silent = lean
    given = opening_positions(scenario, plan_mg) if openings is None else openings
    total = (scenario.file.ends - scenario.file.begins).days + 1
    for day in days(scenario.file):
        if day.index == 0:
            open_scenario(world, day, given)
        if day.index == 0 or day.is_year_start:
            load_year_cards(world, day)
        live(world, day)
        if progress and day.is_month_end:
            progress(f"{day.on:%Y-%m}", (day.index + 1) / total)
    return world


def live(world: World, day: Day) -> None:
    """Simulate one day, phase by phase.

    Sessions on the scenario's first day open the market: they are held before any emission,
    so that decisions taken there hold for the whole year.
    """
    # Leases first: what a lessee still holds at midnight is the lessor's again, and may be
    # sold or leased anew today.
    end_leases(world, day)
    # Deliveries before the cards: what arrives this morning may be emitted today.
    deliver(world, day)
    # Policies before sessions and before the year's end, since they set price limits and fines.
    apply_policies(world, day)
    # After deliveries: a top-up of this morning is carried into the month that begins.
    reload_cards(world, day)
    opens = day.index == 0
    if opens:
        trade_and_build(world, day)
    swipe(world, day)
    if not opens:
        trade_and_build(world, day)
    # Surplus is bought back before leases begin, so that what is leased today is no surplus.
    # Leases follow the swipe, whose events are the requests for them.
    buy_back(world, day)
    start_leases(world, day)
    lend_on_pledge(world, day)
    # Last: a month or year is counted with everything that happened on its last day.
    close_day(world, day)


def trade_and_build(world: World, day: Day) -> None:
    """Hold the day's sessions; then let firms build, when they have new information."""
    # Sessions first: a firm that can buy for less need not build. Without a session in the
    # month, the new month's metering is the news.
    met = hold_sessions(world, day)
    if met or (day.is_month_start and not day.month_has_session):
        abate(world, day)


def deliver(world: World, day: Day) -> None:
    """Deliver what was put off until today, in the order in which it was put off."""
    # Taken off the list first: an action may put off something else.
    due = [d for d in world.deliveries if d.due <= day.on]
    world.deliveries = [d for d in world.deliveries if d.due > day.on]
    for delivery in due:
        world.ledger.post_all(delivery.entries)
        delivery.then(day)
