"""The one door: puts an Outcome into effect."""

from __future__ import annotations

from scenarios.simulation.outcome import CardEvents, Outcome, Played, R
from scenarios.simulation.world import World


def apply(world: World, outcome: Outcome) -> CardEvents:
    """Post the entries, make the changes, log the events, add the rows; in this order.

    Args:
        world: changed in place.
        outcome: what a phase decided.
    Returns: the events of cards that the changes caused.
    Raises: what the ledger raises for an entry that it refuses.
    """
    books = world.books
    if outcome.entries:
        books.ledger.post_all(outcome.entries)
        books.rights.count(books.ledger.journal, world.rules.card_of)
    caused: CardEvents = ()
    for change in outcome.changes:
        caused += change.make(world) or ()
    for event in outcome.events:
        books.log.add(event)
    for name, row in outcome.rows:
        books.tables[name].append(row)
    return caused


def play(world: World, phase: Played[R]) -> R:
    """Put every Outcome of a phase into effect, one after the other.

    Returns: what the phase returns.
    """
    try:
        outcome = next(phase)
        while True:
            outcome = phase.send(apply(world, outcome))
    except StopIteration as done:
        result: R = done.value
        return result
