"""The phases of a day, in order, with the parts of the world that each reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

from scenarios.simulation.calendar import Day
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
from scenarios.simulation.phases.trading import close_session, open_session
from scenarios.simulation.world import World


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase of the day: what it is called, the parts that it reads, how it is played."""

    name: str
    reads: tuple[str, ...]
    play: Callable[[World, Day], Played[None]]


def _open(world: World, day: Day) -> Played[None]:
    """Issue rights and permits on the first day."""
    if day.index == 0:
        yield from open_scenario(world, day)


def _load(world: World, day: Day) -> Played[None]:
    """Load the cards of a year on its first day."""
    if day.is_year_start:
        yield from load_year_cards(world, day)


def _build(world: World, day: Day) -> Played[None]:
    """Let firms build when they have new information."""
    # Sessions first: a firm that can buy for less need not build. Without a session in the
    # month, the new month's metering is the news.
    if day.sessions or (day.is_month_start and not day.month_has_session):
        yield from abate(world, day)


MARKET = ("rules", "books", "plants", "cards", "market", "contracts", "people")
CARDS = ("rules", "books", "plants", "cards", "contracts")

MORNING = (
    Phase("open", ("rules",), _open),
    # Leases first: what a lessee still holds at midnight is the lessor's again, and may be
    # sold or leased anew today.
    Phase("end_leases", ("rules", "books", "cards", "contracts"), end_leases),
    # Deliveries before the cards: what arrives this morning may be emitted today.
    Phase("deliver", (*CARDS, "agenda"), deliver),
    # Policies before sessions and before the year's end, since they set price limits and fines.
    Phase("apply_policies", ("rules", "books", "cards", "market"), apply_policies),
    # After policies: rights that a lower cap retires are not loaded.
    Phase("load_cards", ("rules", "books", "cards"), _load),
    # After deliveries: a top-up of this morning is carried into the month that begins.
    Phase("reload_cards", ("rules", "books", "cards", "contracts"), reload_cards),
)
SWIPE = Phase("swipe", CARDS, swipe)
BUILD = Phase("build", ("rules", "books", "plants", "cards", "market", "people"), _build)
EVENING = (
    # Surplus is bought back before leases begin, so that what is leased today is no surplus.
    Phase("buy_back", CARDS, buy_back),
    # Leases follow the swipe, whose events are the requests for them.
    Phase("start_leases", CARDS, start_leases),
    Phase("pledges", ("rules", "books", "cards", "contracts"), lend_on_pledge),
    # Last: a month or year is counted with everything that happened on its last day.
    Phase("close_day", ("rules", "books", "cards", "market", "contracts"), close_day),
)


def phases_of(day: Day) -> tuple[Phase, ...]:
    """The phases of a day, in order. A phase that reads a part it does not name fails."""
    return _phases(day.index == 0, tuple(number for number, _ in day.sessions))


@cache
def _phases(first: bool, sessions: tuple[int, ...]) -> tuple[Phase, ...]:
    # In the order of the file: a later session of the day sees what an earlier one moved.
    trade = (*(phase for number in sessions for phase in _session(number)), BUILD)
    # Sessions on the first day open the market, before any emission: decisions taken there
    # hold for the whole year. On every other day they know the day's emission.
    middle = (*trade, SWIPE) if first else (SWIPE, *trade)
    return (*MORNING, *middle, *EVENING)


def _session(number: int) -> tuple[Phase, Phase]:
    """The two phases of a session; orders reach its books before the second."""
    return (
        Phase(f"open_session.{number}", MARKET, partial(open_session, number=number)),
        Phase(f"session.{number}", MARKET, partial(close_session, number=number)),
    )
