"""Cards: loaded on the first of a month, swiped daily, posted by month and at events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from permits.account import holding, leased, pledged
from permits.card import Card, CardEvent, Kind
from permits.draw import Available, pick_rights, use_legs
from permits.ledger import Entry, Reason
from permits.right import Right
from scenarios.simulation.agenda import PutOff, ShiftQuota
from scenarios.simulation.calendar import Day, month_end
from scenarios.simulation.changes import (
    CardSet,
    Counted,
    DaysSwiped,
    DaySwiped,
    EventCounted,
    Later,
    LeaseAsked,
    MonthBegun,
    Posted,
)
from scenarios.simulation.daily_metering import meter_day
from scenarios.simulation.expectation import need_mg
from scenarios.simulation.outcome import Happening, Outcome, Played, WorldChange, happened
from scenarios.simulation.world import SERIES, World

RULES = {
    Kind.WARNED80: "card-swipe discharge: first warning [ZJ-C10]",
    Kind.WARNED90: "card-swipe discharge: second warning [ModelAssumption]",
    Kind.SHUT: "card-swipe discharge: shut at 100 % [ZJ-C10]",
    Kind.CURTAILED: "card-swipe discharge: output curtailed by order [ModelAssumption]",
    Kind.TOPPED_UP: "card-swipe discharge: top-up [ZJ-C3]",
    Kind.SHIFTED: "card-swipe discharge: quota of later months [ZJ-C21]",
    Kind.WITHDRAWN: "card-swipe discharge: quota taken back [ModelAssumption]",
    Kind.REOPENED: "card-swipe discharge: reopened [ZJ-C3]",
}
TEXTS = {
    Kind.WARNED80: "{who}: the {pollutant} card has used 80 % of the month's quota",
    Kind.WARNED90: "{who}: the {pollutant} card has used 90 % of the month's quota",
    Kind.SHUT: "{who}: the {pollutant} card is used up and shut ({stop})",
    Kind.CURTAILED: "{who}: the {pollutant} card is used up; output is curtailed by order",
    Kind.TOPPED_UP: "{who}: the {pollutant} card is topped up",
    Kind.SHIFTED: "{who}: quota of later months is moved to the {pollutant} card",
    Kind.WITHDRAWN: "{who}: quota is taken back from the {pollutant} card",
    Kind.REOPENED: "{who}: the {pollutant} card is reopened",
}
MOVES = (Kind.TOPPED_UP, Kind.SHIFTED, Kind.WITHDRAWN)
"""Events that change a card's load; only these carry a mass."""
ASKS = (Kind.WARNED90, Kind.SHUT, Kind.CURTAILED)
"""Events at which a firm applies for quota of later months, or for a lease."""


def reload_cards(world: World, day: Day) -> Played[None]:
    """Load the month's quotas on the first day of a month."""
    if day.is_month_start:
        events = yield Outcome(changes=[MonthBegun(day.month + 1)])
        yield from note_events(world, day, "reload_cards", events)


def swipe(world: World, day: Day) -> Played[None]:
    """Meter a day's emission as far as the cards allow."""
    # Wanted before measures, demanded after them, emitted as far as the card lets it.
    wanted = world.rules.demand.wanted_mg[:, day.index]
    demanded = meter_day(wanted, world.plants.control, world.rules.balanced)
    events = yield Outcome(changes=[DaySwiped(day.index, day.month + 1, wanted, demanded)])
    # Recorded before firms apply: a shift granted at once (no delay) reopens the card, and
    # its event must follow the one that shut it.
    yield from note_events(world, day, "swipes", events)
    for event in events:
        if event.kind in ASKS:
            yield from _ask(world, day, event.card, stopped=event.kind is not Kind.WARNED90)


def swipe_days(world: World, day: Day, most: int) -> Played[int]:
    """Meter a stretch of days at once, up to the first on which a card has an event.

    Args:
        world: the simulated year.
        day: the first day.
        most: number of days from then on, all of one month, on which only metering happens.
    Returns: the number of days metered.
    """
    wanted = world.rules.demand.wanted_mg[:, day.index : day.index + most]
    demanded = meter_day(wanted, world.plants.control[:, None], world.rules.balanced)
    count, emitted = world.cards.bank.quiet_days(day.month + 1, demanded)
    if count:
        days = wanted[:, :count], demanded[:, :count], emitted
        sums = (masses.sum(axis=1) for masses in days)
        yield Outcome(changes=[DaysSwiped(day.index + count, *sums)])
    return count


def post_swipes(world: World, day: Day, cards: Iterable[int], why: str) -> Played[None]:
    """Post one entry per card for what is metered and not yet posted: rights into USED.

    Args:
        world: the simulated year.
        day: the day of the entry.
        cards: indices of the cards to post.
        why: occasion, part of the entry's id: "month", "shut", "lease_end", …
    """
    entries: list[Entry] = []
    posted: list[int] = []
    owed: list[WorldChange] = []
    breaches: list[Happening] = []
    for card in cards:
        mass = int(world.cards.metered_mg[card])
        if not mass:
            continue
        firm = world.firm_id(card)
        picks, missing = pick_rights(mass, _available(world, card, day.on.year))
        right = world.right(world.pollutant_of(card), day.on.year)
        if missing:
            owed.append(Counted("owed", card, missing))
            breaches.append(_breach(world, day, card, missing))
        legs = use_legs(firm, picks, missing, right)
        entry_id = f"{day.on}/{firm}/{right.pollutant}/swipe/{why}"
        entries.append(Entry(entry_id, day.on, Reason.SWIPE, legs, why))
        posted.append(card)
    if posted:
        # No card's rights are another's: all of them are one Outcome.
        yield Outcome(entries, [Posted(posted), *owed], breaches)


def note_events(
    world: World, day: Day, phase: str, events: Sequence[CardEvent], moved_mg: int = 0
) -> Played[None]:
    """Log and count card events; a card that stops has its month so far posted.

    Args:
        world: the simulated year.
        day: the day of the events.
        phase: phase of the day, for the log.
        events: what the card bank returned.
        moved_mg: mass that a top-up, shift or withdrawal moved [mg].
    """
    for event in events:
        yield Outcome(
            changes=[EventCounted([_count_key(world, day, event)])],
            events=[_told(world, day, phase, event, moved_mg)],
        )
        if event.kind in (Kind.SHUT, Kind.CURTAILED):
            yield from post_swipes(world, day, [event.card], event.kind.value)


def _told(world: World, day: Day, phase: str, event: CardEvent, moved_mg: int) -> Happening:
    return happened(
        day.on, phase, f"swipe.{event.kind.value}", world.firm_id(event.card),
        TEXTS[event.kind], RULES[event.kind], mass_mg=moved_mg if event.kind in MOVES else 0,
        pollutant=world.pollutant_of(event.card), stop=world.cards.bank.stops[event.card].value,
    )  # fmt: skip


def _count_key(world: World, day: Day, event: CardEvent) -> tuple[str, str, str, str]:
    """Month, sector, pollutant and kind by which an event is counted."""
    sector = world.rules.scenario.register.firms[event.card // len(world.pollutants)].sector
    return f"{day.on:%Y-%m}", sector, world.pollutant_of(event.card), event.kind.value


def top_up_card(world: World, day: Day, card: int, mass_mg: int) -> Played[None]:
    """Add to a card's current month and log the events that follow.

    Args:
        world: the simulated year.
        day: the day of the top-up.
        card: index of the card.
        mass_mg: mass to add [mg]; nothing happens at 0.
    """
    if mass_mg > 0:
        after, events = world.cards.bank.card(card).top_up(mass_mg)
        yield from _put(world, day, card, after, events, mass_mg)


def take_back(world: World, day: Day, card: int, mass_mg: int) -> Played[None]:
    """Take unused quota back from a card, as after a sale.

    Args:
        world: the simulated year.
        day: the day on which it is taken.
        card: index of the card.
        mass_mg: mass to take [mg], as far as it is unused; nothing happens at 0.
    """
    if mass_mg > 0:
        after, taken, events = world.cards.bank.card(card).withdraw(mass_mg)
        yield from _put(world, day, card, after, events, taken)


def shift_quota(world: World, day: Day, card: int, mass_mg: int) -> Played[None]:
    """Move quota of later months to a card's current one, as far as the rules allow.

    Args:
        world: the simulated year.
        day: the day of the shift.
        card: index of the card.
        mass_mg: mass applied for [mg].
    """
    share = round(100 * world.file.card.shift_share.value)
    after, moved, events = world.cards.bank.card(card).shift(mass_mg, share)
    yield from _put(world, day, card, after, events, moved, "swipes")


def _put(
    world: World,
    day: Day,
    index: int,
    after: Card,
    events: Sequence[CardEvent],
    moved_mg: int,
    phase: str = "settle",
) -> Played[None]:
    yield Outcome(changes=[CardSet(index, after)])
    at = [CardEvent(index, event.kind) for event in events]
    yield from note_events(world, day, phase, at, moved_mg)


def _ask(world: World, day: Day, card: int, *, stopped: bool) -> Played[None]:
    """Apply for quota of later months, or for a lease, when a card runs low.

    A shift takes some days. A lease is requested where the card has stopped already, or no
    later quota is left.
    """
    rules, bank = world.file.card, world.cards.bank
    left, later = bank.left_of_mg(card), bank.later_of_mg(card)
    rest = max(0, need_mg(world, card, day, month_end(day.on)) - left)
    if rules.shift == "apply" and later > 0 and rest:
        if delay := rules.shift_delay_days.value:
            due = day.on + timedelta(days=delay)
            yield Outcome(changes=[Later(PutOff(due, ShiftQuota(card, rest)))])
        else:
            yield from shift_quota(world, day, card, rest)
    if stopped or not later:
        yield Outcome(changes=[LeaseAsked(card)])


def _available(world: World, card: int, vintage: int) -> list[Available]:
    """Balances a card's emission may be drawn from, with the end of each lease."""
    firm, pollutant = world.firm_id(card), world.pollutant_of(card)
    paid = world.right(pollutant, vintage)
    found = [(leased(firm), paid, lease_end(world, firm, paid)), (pledged(firm), paid, None)]
    found += [(holding(firm), world.right(pollutant, vintage, s), None) for s in SERIES]
    balances = [(a, r, world.books.ledger.balance(a, r), ends) for a, r, ends in found]
    return [Available(*row) for row in balances if row[2]]


def lease_end(world: World, firm: str, right: Right) -> date | None:
    """Last day of a firm's running lease of a right; None without one.

    Args:
        world: the simulated year.
        firm: the lessee.
        right: the right leased.
    """
    running = world.contracts.running.get((firm, right))
    return None if running is None else world.contracts.leases[running].ends


def _breach(world: World, day: Day, card: int, mass_mg: int) -> Happening:
    """Emission that no right covers; it is owed at the true-up."""
    return happened(
        day.on, "swipes", "swipe.breach", world.firm_id(card),
        "{who} emits {mass} t of {pollutant} without a right",
        f"discharge above the permitted amount {world.file.true_up.fine_min.source}",
        mass_mg=mass_mg, pollutant=world.pollutant_of(card),
    )  # fmt: skip
