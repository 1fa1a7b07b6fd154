"""Simulation of a year: every day, phase by phase, until the books are closed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from scenarios.definition.scenario import Scenario
from scenarios.intake.memory import without_collection
from scenarios.simulation.apply import play
from scenarios.simulation.calendar import Day, days
from scenarios.simulation.new_world import new_world
from scenarios.simulation.opening_positions import opening_positions
from scenarios.simulation.outcome import Played
from scenarios.simulation.phases.building import abate
from scenarios.simulation.phases.buybacks import buy_back
from scenarios.simulation.phases.deliveries import deliver
from scenarios.simulation.phases.governing import apply_policies
from scenarios.simulation.phases.leases import end_leases, start_leases
from scenarios.simulation.phases.opening import load_year_cards, open_scenario
from scenarios.simulation.phases.period_end import close_day
from scenarios.simulation.phases.pledges import lend_on_pledge
from scenarios.simulation.phases.swipes import reload_cards, swipe
from scenarios.simulation.phases.trading import hold_sessions
from scenarios.simulation.world import World

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase of the day: what it is called, the parts that it reads, how it is played."""

    name: str
    reads: tuple[str, ...]
    play: Callable[[World, Day], Played[None]]


def trade_and_build(world: World, day: Day) -> Played[None]:
    """Hold the day's sessions; then let firms build, when they have new information."""
    # Sessions first: a firm that can buy for less need not build. Without a session in the
    # month, the new month's metering is the news.
    met = yield from hold_sessions(world, day)
    if met or (day.is_month_start and not day.month_has_session):
        yield from abate(world, day)


def _before_the_swipe(world: World, day: Day) -> Played[None]:
    """Sessions on the first day: decisions taken there hold for the whole year."""
    if day.index == 0:
        yield from trade_and_build(world, day)


def _after_the_swipe(world: World, day: Day) -> Played[None]:
    """Sessions on every other day, which know the day's emission."""
    if day.index != 0:
        yield from trade_and_build(world, day)


def _open(world: World, day: Day) -> Played[None]:
    """Issue rights and permits on the first day."""
    if day.index == 0:
        yield from open_scenario(world, day)


def _load(world: World, day: Day) -> Played[None]:
    """Load the cards of a year on its first day."""
    if day.is_year_start:
        yield from load_year_cards(world, day)


TRADE = ("rules", "books", "plants", "cards", "market", "contracts")

PHASES = (
    Phase("open", ("rules",), _open),
    Phase("load_cards", ("rules", "books", "cards"), _load),
    # Leases first: what a lessee still holds at midnight is the lessor's again, and may be
    # sold or leased anew today.
    Phase("end_leases", ("rules", "books", "cards", "contracts"), end_leases),
    # Deliveries before the cards: what arrives this morning may be emitted today.
    Phase("deliver", ("rules", "books", "plants", "cards", "contracts", "agenda"), deliver),
    # Policies before sessions and before the year's end, since they set price limits and fines.
    Phase("apply_policies", ("rules", "books", "market"), apply_policies),
    # After deliveries: a top-up of this morning is carried into the month that begins.
    Phase("reload_cards", ("rules", "books", "cards", "contracts"), reload_cards),
    Phase("open_market", TRADE, _before_the_swipe),
    Phase("swipe", ("rules", "books", "plants", "cards", "contracts"), swipe),
    Phase("trade", TRADE, _after_the_swipe),
    # Surplus is bought back before leases begin, so that what is leased today is no surplus.
    Phase("buy_back", ("rules", "books", "plants", "cards", "contracts"), buy_back),
    # Leases follow the swipe, whose events are the requests for them.
    Phase("start_leases", ("rules", "books", "plants", "cards", "contracts"), start_leases),
    Phase("pledges", ("rules", "books", "cards", "contracts"), lend_on_pledge),
    # Last: a month or year is counted with everything that happened on its last day.
    Phase("close_day", ("rules", "books", "cards", "market", "contracts"), close_day),
)
"""The phases of a day, in order. A phase that reads a part it does not name fails."""


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
        given = opening_positions(scenario, plan_mg) if openings is None else openings
        world = new_world(scenario, given, lean=lean)
        total = (scenario.file.ends - scenario.file.begins).days + 1
        for day in days(scenario.file):
            live(world, day)
            if progress and day.is_month_end:
                progress(f"{day.on:%Y-%m}", (day.index + 1) / total)
    return world


def live(world: World, day: Day) -> None:
    """Simulate one day, phase by phase."""
    for phase in PHASES:
        play(world, phase.play(world.showing(phase.reads), day))
