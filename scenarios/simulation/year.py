"""The simulated year: every day, phase by phase, until the books are closed."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence

from scenarios.definition.scenario import Scenario
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
    load_cards,
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
    """Run a scenario's whole horizon and return its world.

    Args:
        openings: opening rights [mg a year] per firm and pollutant, instead of the
            allocation rule's (tests use grandfathered and random ones).
        plan_mg: quotas of the plan by firm, for the rule that opens with them.
        progress: called with a text and the share done.
        lean: only the costs are of interest: no log, fewer entries, the same outcome.
    """
    # A year makes some hundred thousand values that all live on; looking for dead ones
    # among them again and again takes a fifth of the time.
    gc.disable()
    try:
        return _simulate(scenario, openings, plan_mg, progress, lean)
    finally:
        gc.enable()


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
            load_cards(world, day)
        live(world, day)
        if progress and day.is_month_end:
            progress(f"{day.on:%Y-%m}", (day.index + 1) / total)
    return world


def live(world: World, day: Day) -> None:
    """One day. Leases come back before anything else: what a lessee still holds at midnight
    is the lessor's again.

    Sessions on the scenario's first day open the market: they are held before anybody
    has emitted, so that what is decided there holds for the whole year.
    """
    end_leases(world, day)
    deliver(world, day)
    apply_policies(world, day)
    reload_cards(world, day)
    opens = day.index == 0
    if opens:
        trade_and_build(world, day)
    swipe(world, day)
    if not opens:
        trade_and_build(world, day)
    buy_back(world, day)
    start_leases(world, day)
    lend_on_pledge(world, day)
    close_day(world, day)


def trade_and_build(world: World, day: Day) -> None:
    """The day's sessions; then firms build, when something is new to them."""
    met = hold_sessions(world, day)
    if met or (day.is_month_start and not day.month_has_session):
        abate(world, day)


def deliver(world: World, day: Day) -> None:
    """What was put off until today, in the order it was put off."""
    due = [d for d in world.deliveries if d.due <= day.on]
    world.deliveries = [d for d in world.deliveries if d.due > day.on]
    for delivery in due:
        world.ledger.post_all(delivery.entries)
        delivery.then(day)
