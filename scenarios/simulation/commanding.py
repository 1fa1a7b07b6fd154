"""Commands carried out: one handler each, in one table.

A handler decides as a phase does. It raises where a rule forbids the command, which is then
refused: nothing is changed but the log of commands, and the table of orders by a refused order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from market.clearing.order import Side
from market.participants.view import WHOLE_PPM, Build
from market.session.admission import Offer
from market.session.session import Session, cancel, submit
from permits.errors import InputError, NotAllowed, RightsError
from scenarios.simulation.agenda import PutOff, ShiftQuota
from scenarios.simulation.apply import apply, play
from scenarios.simulation.calendar import Day
from scenarios.simulation.changes import Answered, Later, LeaseAsked, SeatTaken, SessionOpened
from scenarios.simulation.command import Command, CommandAnswer
from scenarios.simulation.day_phases import phases_of
from scenarios.simulation.instructing import Author, find_handler, from_json
from scenarios.simulation.market_book import Opened
from scenarios.simulation.outcome import Outcome, Played
from scenarios.simulation.phases.building import order_measures
from scenarios.simulation.phases.session_rows import refused_row
from scenarios.simulation.world import World


def carry_out(world: World, day: Day, phase: str, command: Command) -> CommandAnswer:
    """Carry out a command, or refuse it; either way it stands in the log of commands.

    Args:
        world: changed in place.
        day: the day.
        phase: the phase before which it is carried out.
        command: the command; one with a key seen before gets the answer that it got then.
    """
    before = world.people.keys.get(command.key)
    if before is not None:
        answer = replace(world.people.answers[before], n=command.n)
    else:
        answer = CommandAnswer(command.n, _refusal(world, day, phase, command))
    apply(world, Outcome(changes=[Answered(command, answer)]))
    return answer


def _refusal(world: World, day: Day, phase: str, command: Command) -> RightsError | None:
    """Why a command is refused; None where it was carried out."""
    try:
        check_command(world, command)
        known = COMMANDS[command.do]
        if known.phase is not None and phase.partition(".")[0] != known.phase:
            raise NotAllowed(
                "command.phase",
                "{do} takes effect before the phase {phase}, not before {given}",
                mend="name that phase in its moment",
                do=command.do,
                phase=known.phase,
                given=phase,
            )
        play(world, known.decide(world, day, phase, command))
    except RightsError as error:
        return error
    return None


def check_command(world: World, command: Command) -> None:
    """Raise InputError for an unknown command, or one of an unknown seat."""
    if command.do not in COMMANDS:
        raise InputError(
            "command.unknown",
            "there is no command {do!r}",
            where=f"command {command.n}",
            mend="choose one of {known}",
            do=command.do,
            known=", ".join(COMMANDS),
        )
    if command.by not in world.rules.firm_index and command.by not in OFFICES:
        raise InputError(
            "command.seat",
            "{by!r} is no firm of the register and no office",
            where=f"command {command.n}",
            mend="name a firm, or one of {offices}",
            by=command.by,
            offices=", ".join(OFFICES),
        )


def check_commands(world: World, commands: Iterable[Command]) -> None:
    """Check all commands of a log against a world before any is carried out.

    Raises: InputError for one whose moment has passed or never comes, of an unknown seat, or
        with a key that another command had.
    """
    moments = {
        f"{day.on}/{phase.name}": (day.index, n)
        for day in world.rules.days
        for n, phase in enumerate(phases_of(day))
    }
    now = world.agenda.day, world.agenda.phase
    known = {c.key: c.content for c in world.people.given}
    for command in commands:
        check_command(world, command)
        at = moments.get(command.moment)
        if at is None or at < now:
            passed = at is not None or _is_past(command, world)
            raise InputError(
                "command.moment",
                "the moment {moment} has passed" if passed else "there is no moment {moment}",
                where=f"command {command.n}",
                mend="name a day of the scenario and one of its phases, in order",
                moment=command.moment,
            )
        now = at
        if known.setdefault(command.key, command.content) != command.content:
            raise InputError(
                "command.key",
                "the key {key!r} belongs to another command",
                where=f"command {command.n}",
                mend="give each command a key of its own",
                key=command.key,
            )


def _is_past(command: Command, world: World) -> bool:
    return command.moment < str(world.file.begins)


# --- handlers ---------------------------------------------------------------------------


def _order(world: World, day: Day, phase: str, command: Command) -> Played[None]:
    """Submit an order to an open book: side, mass_mg, limit_fen_per_t, pollutant."""
    opened = _book(world, phase, command)
    yield from _submit(day, opened, opened.session, command)


def _submit(day: Day, opened: Opened, session: Session, command: Command) -> Played[None]:
    """Submit an order; a refused one is a row of the table of orders too.

    Args:
        day: the day.
        opened: the book.
        session: its session, without an order that this one replaces.
        command: the command with the order's particulars.
    """
    offer = Offer(
        id=f"{session.name}/{command.by}/{command.key}",
        trader=command.by,
        side=_side(command),
        product=session.product,
        mass_mg=_whole(command, "mass_mg"),
        limit_fen_per_t=_whole(command, "limit_fen_per_t"),
        seq=command.n,
        at_s=command.at_ms // 1000,
    )
    session, refusal = submit(session, offer)
    if refusal is not None:
        yield Outcome(rows=[refused_row(day, session.name, refusal)])
        raise refusal.error
    yield Outcome(changes=[SessionOpened(replace(opened, session=session))])


def _cancel(world: World, day: Day, phase: str, command: Command) -> Played[None]:
    """Take an order back: key of the command that gave it, pollutant."""
    opened = _book(world, phase, command)
    order_id = f"{opened.session.name}/{command.by}/{_text(command, 'order')}"
    session = cancel(opened.session, command.by, order_id)
    yield Outcome(changes=[SessionOpened(replace(opened, session=session))])


def _revise(world: World, day: Day, phase: str, command: Command) -> Played[None]:
    """Replace an order by another one: key of the old one, and the particulars of an order."""
    opened = _book(world, phase, command)
    order_id = f"{opened.session.name}/{command.by}/{_text(command, 'order')}"
    rest = cancel(opened.session, command.by, order_id)
    yield from _submit(day, opened, rest, command)


def _build(world: World, day: Day, phase: str, command: Command) -> Played[None]:
    """Order a measure of the firm: measure, as source/measure, and share_ppm of its rest."""
    firm, measure = _firm(world, command), _text(command, "measure")
    names = {world.rules.plain_steps[k].name for k in world.unbuilt(firm)}
    if measure not in names:
        raise NotAllowed(
            "command.measure",
            "{firm} has no measure {measure!r} left to build",
            mend="choose one of {known}",
            firm=command.by,
            measure=measure,
            known=", ".join(sorted(names)) or "-",
        )
    share = _whole(command, "share_ppm") if "share_ppm" in command.given else WHOLE_PPM
    if not 0 < share <= WHOLE_PPM or (share < WHOLE_PPM and not world.file.build.parts):
        raise NotAllowed(
            "command.share",
            "{share} millionths of a measure cannot be built",
            mend="build it whole, or in part where the scenario allows parts",
            share=share,
        )
    yield from order_measures(world, day, firm, {measure: Build(measure, share)})


def _lease(world: World, day: Day, phase: str, command: Command) -> Played[None]:
    """Ask for a lease, as a card that runs low does: pollutant."""
    if world.file.lease is None:
        raise NotAllowed(
            "command.no_lease", "the scenario has no leases", mend="buy rights in a session"
        )
    yield Outcome(changes=[LeaseAsked(_card(world, command))])


def _shift(world: World, day: Day, phase: str, command: Command) -> Played[None]:
    """Apply for quota of later months: pollutant, mass_mg."""
    rules, card, mass = world.file.card, _card(world, command), _whole(command, "mass_mg")
    if rules.shift != "apply" or mass <= 0 or world.cards.bank.later_of_mg(card) <= 0:
        raise NotAllowed(
            "command.no_shift",
            "no quota of later months can be moved to this one",
            mend="buy or lease rights",
        )
    due = day.on + timedelta(days=rules.shift_delay_days.value)
    yield Outcome(changes=[Later(PutOff(due, ShiftQuota(card, mass)))])


def _decide(world: World, day: Day, phase: str, command: Command) -> Played[None]:
    """Carry out an instruction of the government, as a policy's: name, and its fields in with."""
    if command.by != "government":
        raise NotAllowed(
            "command.no_government",
            "{by} is not the government",
            mend="give the command as government",
            by=command.by,
        )
    instruction = from_json(command.given)
    yield from find_handler(instruction)(
        world, day, Author("decision", "[ModelAssumption]"), instruction
    )


def _take_seat(world: World, day: Day, phase: str, command: Command) -> Played[None]:
    """A person decides for the firm from now on."""
    _firm(world, command)
    yield Outcome(changes=[SeatTaken(command.by, command.key)])


def _leave_seat(world: World, day: Day, phase: str, command: Command) -> Played[None]:
    """The firm's behaviour decides again."""
    _firm(world, command)
    if command.by not in world.people.seats:
        raise NotAllowed(
            "command.no_seat",
            "nobody has the seat of {firm}",
            mend="take it first",
            firm=command.by,
        )
    yield Outcome(changes=[SeatTaken(command.by, None)])


def _noted(world: World, day: Day, phase: str, command: Command) -> Played[None]:
    """What concerns the room and its clock alone; the year goes on as it would."""
    yield from ()


@dataclass(frozen=True, slots=True)
class Known:
    """A command that there is: the phase before which it takes effect, and its handler."""

    phase: str | None  # None: any
    decide: Callable[[World, Day, str, Command], Played[None]]


COMMANDS = {
    "order": Known("session", _order),
    "cancel": Known("session", _cancel),
    "revise": Known("session", _revise),
    "build": Known("build", _build),
    "lease": Known("start_leases", _lease),
    "shift": Known("swipe", _shift),
    # After the morning's policies, which would otherwise take its place.
    "decide": Known("reload_cards", _decide),
    "take_seat": Known(None, _take_seat),
    "leave_seat": Known(None, _leave_seat),
    **{do: Known(None, _noted) for do in ("advance", "pause", "resume", "extend", "next",
                                          "message", "bots")},
}  # fmt: skip
OFFICES = ("government", "bank", "console", "clock")


# --- particulars ------------------------------------------------------------------------


def _book(world: World, phase: str, command: Command) -> Opened:
    """The open book that an order is meant for: of its pollutant, and of its government."""
    card = _card(world, command)
    for opened in world.market.open.values():
        if phase == f"session.{opened.number}" and card in opened.cards:
            return opened
    raise NotAllowed(
        "command.no_book",
        "no book is open in which {firm} may trade",
        mend="name a session's day and its pollutant",
        firm=command.by,
    )


def _firm(world: World, command: Command) -> int:
    if command.by in world.rules.firm_index:
        return world.rules.firm_index[command.by]
    raise NotAllowed(
        "command.no_firm", "{by} is no firm", mend="give the command as a firm", by=command.by
    )


def _card(world: World, command: Command) -> int:
    firm = _firm(world, command)
    named = command.given.get("pollutant", world.pollutants[0])
    if named not in world.pollutants or (
        "pollutant" not in command.given and len(world.pollutants) > 1
    ):
        raise _missing(command, "pollutant", ", ".join(world.pollutants))
    return world.card(firm, world.pollutants.index(named))


def _side(command: Command) -> Side:
    side = command.given.get("side")
    if side not in (Side.BUY.value, Side.SELL.value):
        raise _missing(command, "side", "buy, sell")
    return Side(side)


def _whole(command: Command, name: str) -> int:
    value: Any = command.given.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _missing(command, name, "a whole number")
    return value


def _text(command: Command, name: str) -> str:
    value: Any = command.given.get(name)
    if not isinstance(value, str):
        raise _missing(command, name, "a text")
    return value


def _missing(command: Command, name: str, fit: str) -> NotAllowed:
    return NotAllowed(
        "command.with",
        "{do} needs {name} in its particulars: {fit}",
        mend="give it under with",
        do=command.do,
        name=name,
        fit=fit,
    )
