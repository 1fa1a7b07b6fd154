"""Simulation of a year: every day, phase by phase, until the books are closed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from scenarios.definition.scenario import Scenario
from scenarios.intake.memory import without_collection
from scenarios.simulation.apply import apply, play
from scenarios.simulation.calendar import Day
from scenarios.simulation.changes import DaysPassed, MomentPassed
from scenarios.simulation.command import Command, CommandAnswer
from scenarios.simulation.commanding import carry_out, check_commands
from scenarios.simulation.day_phases import SWIPE, Phase, phases_of
from scenarios.simulation.new_world import new_world
from scenarios.simulation.opening_positions import opening_positions
from scenarios.simulation.outcome import Outcome
from scenarios.simulation.phases.swipes import swipe_days
from scenarios.simulation.stretches import quiet_days
from scenarios.simulation.world import World

Progress = Callable[[str, float], None]


def begin(
    scenario: Scenario,
    openings: Sequence[Sequence[int]] | None = None,
    plan_mg: Mapping[str, Sequence[int]] | None = None,
    *,
    lean: bool = False,
) -> World:
    """A world before the first phase of its first day.

    Args:
        scenario: the loaded scenario.
        openings: opening rights [mg a year] per firm and pollutant, instead of the
            allocation rule's (tests use grandfathered and random ones).
        plan_mg: quotas of the plan by firm, for the rule that opens with them.
        lean: only costs are needed: no log, fewer entries, the same outcome.
    """
    given = opening_positions(scenario, plan_mg) if openings is None else openings
    return new_world(scenario, given, lean=lean)


def step(world: World, commands: Sequence[Command] = ()) -> tuple[World, tuple[CommandAnswer, ...]]:
    """Carry out the commands for the moment at which the world stands, and play its phase.

    Args:
        world: changed in place; `copy` it first to keep it.
        commands: in the order of their log.
    Returns: the world at the next moment, and an answer to each command.
    Raises: InputError for a command for another moment.
    """
    day, phase = moment_of(world)
    answers = tuple(carry_out(world, day, phase.name, command) for command in commands)
    play(world, phase.play(world.showing(phase.reads), day))
    last = world.agenda.phase + 1 == len(phases_of(day))
    apply(world, Outcome(changes=[MomentPassed(last)]))
    return world, answers


def moment_of(world: World) -> tuple[Day, Phase]:
    """The day and the phase that are played next."""
    day = world.rules.days[world.agenda.day]
    return day, phases_of(day)[world.agenda.phase]


def moment_name(world: World) -> str:
    """Name of the moment at which the world stands; "end" after the last day."""
    if is_over(world):
        return "end"
    day, phase = moment_of(world)
    return f"{day.on}/{phase.name}"


def is_over(world: World) -> bool:
    """Whether the last day has been played."""
    return world.agenda.day == len(world.rules.days)


def play_on(
    world: World,
    commands: Iterable[Command] = (),
    *,
    until: date | None = None,
    progress: Progress | None = None,
) -> World:
    """Play a world on, to the evening before a day or to the end.

    Args:
        world: changed in place; it may have been stopped, copied or pickled on any day.
        commands: commands for the moments ahead, in order.
        until: the first day that is not played; default: none.
        progress: called with a text and the share done.
    Raises: InputError for a command for a moment that has passed or does not come.
    """
    waiting = deque(commands)
    if waiting:
        check_commands(world, waiting)
    # A year makes some hundred thousand objects that all live on; collecting garbage among
    # them again and again takes a fifth of the time.
    with without_collection():
        while not is_over(world):
            day, _ = moment_of(world)
            if until is not None and day.on >= until:
                break
            if world.agenda.phase == 0 and _play_stretch(world, day, waiting, until):
                continue
            while world.agenda.day == day.index:
                due = []
                while waiting and waiting[0].moment == moment_name(world):
                    due.append(waiting.popleft())
                step(world, due)
            if progress and day.is_month_end:
                progress(f"{day.on:%Y-%m}", (day.index + 1) / len(world.rules.days))
    return world


def _play_stretch(world: World, day: Day, waiting: Sequence[Command], until: date | None) -> bool:
    """Play the days before the next on which more than metering happens; whether there are any.

    The same as phase by phase, at a fraction of the time.
    """
    stops = [] if until is None else [until]
    if waiting:
        stops.append(date.fromisoformat(waiting[0].moment.partition("/")[0]))
    most = quiet_days(world, min(stops, default=None))
    count = play(world, swipe_days(world.showing(SWIPE.reads), day, most)) if most > 1 else 0
    apply(world, Outcome(changes=[DaysPassed(count)]))
    return count > 0


def play_year(
    scenario: Scenario,
    openings: Sequence[Sequence[int]] | None = None,
    plan_mg: Mapping[str, Sequence[int]] | None = None,
    progress: Progress | None = None,
    *,
    lean: bool = False,
    commands: Iterable[Command] = (),
) -> World:
    """Simulate a scenario's whole horizon and return its world.

    Args:
        scenario: the loaded scenario.
        openings: opening rights [mg a year] per firm and pollutant, instead of the
            allocation rule's (tests use grandfathered and random ones).
        plan_mg: quotas of the plan by firm, for the rule that opens with them.
        progress: called with a text and the share done.
        lean: only costs are needed: no log, fewer entries, the same outcome.
        commands: what people decide, in the order of their log.
    """
    return play_on(begin(scenario, openings, plan_mg, lean=lean), commands, progress=progress)
