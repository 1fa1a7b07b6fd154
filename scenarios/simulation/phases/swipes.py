"""Cards: loaded on the first of a month, swiped daily, posted by month and at events."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from permits.account import holding, leased, pledged
from permits.card import CardEvent, Kind
from permits.draw import Available, pick_rights, use_legs
from permits.ledger import Entry, Reason
from permits.right import Right
from scenarios.simulation.calendar import Day, month_end
from scenarios.simulation.daily_metering import meter_day
from scenarios.simulation.expectation import need_mg
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


def reload_cards(world: World, day: Day) -> None:
    """Load the month's quotas on the first day of a month."""
    if day.is_month_start:
        events = world.bank.reload(day.month + 1)
        world.month_quota_mg = world.bank.quota_mg[:, day.month].copy()
        post_and_log(world, day, "reload_cards", events)


def swipe(world: World, day: Day) -> None:
    """Meter a day's emission as far as the cards allow."""
    # Wanted before measures, demanded after them, emitted as far as the card lets it.
    wanted = world.demand.wanted_mg[:, day.index]
    world.tally.wanted += wanted
    demanded = meter_day(wanted, world.control, world.balanced)
    result = world.bank.day(day.month + 1, demanded)
    world.metered_mg += result.emitted_mg
    world.tally.emitted += result.emitted_mg
    world.tally.stopped += result.stopped_mg
    # Before the events: `need_mg` below looks ahead from the next day without a swipe.
    world.next_index = day.index + 1
    # Recorded before firms apply: a shift granted at once (no delay) reopens the card, and
    # its event must follow the one that shut it.
    post_and_log(world, day, "swipes", result.events)
    for event in result.events:
        if event.kind in ASKS:
            _ask(world, day, event.card, stopped=event.kind is not Kind.WARNED90)


def post_swipes(world: World, day: Day, cards: Iterable[int], why: str) -> None:
    """Post one entry per card for what is metered and not yet posted: rights into USED.

    Args:
        world: the simulated year.
        day: the day of the entry.
        cards: indices of the cards to post.
        why: occasion, part of the entry's id: "month", "shut", "lease_end", …
    """
    for card in cards:
        mass = int(world.metered_mg[card])
        if not mass:
            continue
        firm = world.firm_id(card)
        # Reset first: what may be used is posted less metered, and would count it twice.
        world.metered_mg[card] = 0
        picks, missing = pick_rights(mass, _available(world, card, day.on.year))
        right = world.right(world.pollutant_of(card), day.on.year)
        if missing:
            _breach(world, day, card, missing)
        legs = use_legs(firm, picks, missing, right)
        entry_id = f"{day.on}/{firm}/{right.pollutant}/swipe/{why}"
        world.ledger.post(Entry(entry_id, day.on, Reason.SWIPE, legs, why))


def post_and_log(
    world: World, day: Day, phase: str, events: Iterable[CardEvent], moved_mg: int = 0
) -> None:
    """Log card events; a card that stops has its month so far posted.

    Args:
        world: the simulated year.
        day: the day of the events.
        phase: phase of the day, for the log.
        events: what the card bank returned.
        moved_mg: mass that a top-up, shift or withdrawal moved [mg].
    """
    for event in events:
        firm = world.firm_id(event.card)
        stop = world.bank.stops[event.card].value
        world.log.append(
            day.on, phase, f"swipe.{event.kind.value}", firm, TEXTS[event.kind],
            RULES[event.kind], mass_mg=moved_mg if event.kind in MOVES else 0,
            pollutant=world.pollutant_of(event.card), stop=stop,
        )  # fmt: skip
        count_event(world, day, event)
        if event.kind in (Kind.SHUT, Kind.CURTAILED):
            post_swipes(world, day, [event.card], event.kind.value)


def count_event(world: World, day: Day, event: CardEvent) -> None:
    """Add an event to the month's counts by sector and pollutant.

    Args:
        world: the simulated year.
        day: the day of the event.
        event: the event; its card gives sector and pollutant.
    """
    sector = world.scenario.register.firms[event.card // len(world.pollutants)].sector
    key = (f"{day.on:%Y-%m}", sector, world.pollutant_of(event.card), event.kind.value)
    world.card_events[key] += 1


def top_up_card(world: World, day: Day, card: int, mass_mg: int) -> None:
    """Add to a card's current month and log the events that follow.

    Args:
        world: the simulated year.
        day: the day of the top-up.
        card: index of the card.
        mass_mg: mass to add [mg]; nothing happens at 0.
    """
    if mass_mg > 0:
        post_and_log(world, day, "settle", world.bank.top_up(card, mass_mg), mass_mg)


def take_back(world: World, day: Day, card: int, mass_mg: int) -> None:
    """Take unused quota back from a card, as after a sale.

    Args:
        world: the simulated year.
        day: the day on which it is taken.
        card: index of the card.
        mass_mg: mass to take [mg], as far as it is unused; nothing happens at 0.
    """
    if mass_mg > 0:
        taken, events = world.bank.withdraw(card, mass_mg)
        post_and_log(world, day, "settle", events, taken)


def _ask(world: World, day: Day, card: int, *, stopped: bool) -> None:
    """Apply for quota of later months, or for a lease, when a card runs low.

    A shift takes some days. A lease is requested where the card has stopped already, or no
    later quota is left.
    """
    rules = world.scenario.file.card
    later = int(world.bank.later_mg()[card])
    rest = max(0, need_mg(world, card, day, month_end(day.on)) - int(world.bank.left_mg()[card]))
    if rules.shift == "apply" and later > 0 and rest:
        due = day.on + timedelta(days=rules.shift_delay_days.value)

        def shift(now: Day) -> None:
            share = round(100 * rules.shift_share.value)
            moved, events = world.bank.shift(card, rest, share)
            post_and_log(world, now, "swipes", events, moved)

        world.put_off(day, due, (), shift)
    if stopped or not later:
        world.wants_lease[card] = None


def _available(world: World, card: int, vintage: int) -> list[Available]:
    """Balances a card's emission may be drawn from, with the end of each lease."""
    firm, pollutant = world.firm_id(card), world.pollutant_of(card)
    paid = world.right(pollutant, vintage)
    found = [(leased(firm), paid, lease_end(world, firm, paid)), (pledged(firm), paid, None)]
    found += [(holding(firm), world.right(pollutant, vintage, s), None) for s in SERIES]
    balances = [(a, r, world.ledger.balance(a, r), ends) for a, r, ends in found]
    return [Available(*row) for row in balances if row[2]]


def lease_end(world: World, firm: str, right: Right) -> date | None:
    """First day on which leased rights of a firm end; None without a lease.

    Args:
        world: the simulated year.
        firm: the lessee.
        right: the right leased.
    """
    ends = [x.ends for x in world.leases if x.lessee == firm and right in x.rights]
    return min(ends, default=None)


def _breach(world: World, day: Day, card: int, mass_mg: int) -> None:
    """Note emission that no right covers; it is owed at the true-up."""
    world.tally.owed[card] += mass_mg
    world.log.append(
        day.on, "swipes", "swipe.breach", world.firm_id(card),
        "{who} emits {mass} t of {pollutant} without a right",
        f"discharge above the permitted amount {world.scenario.file.true_up.fine_min.source}",
        mass_mg=mass_mg, pollutant=world.pollutant_of(card),
    )  # fmt: skip
