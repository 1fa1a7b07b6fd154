"""Stretches of days on which nothing but metering happens; a calendar without them is the same.

The next date on which more happens is known: it stands in the scenario, the agenda or a
contract. What is not known is the day on which a card reaches a threshold, and a stretch ends
before it (`phases/swipes.py`).
"""

from __future__ import annotations

from datetime import date, timedelta

from scenarios.simulation.world import World

MOST_CELLS = 2_000
"""Largest stretch, in cards times days.

With a thousand cards one of them has an event nearly every day, and the days beyond it would be
looked at in vain: with ten times this limit a year of 1,120 cards takes 2 % longer, not less.
"""


def quiet_days(world: World, before: date | None) -> int:
    """Number of days from today on, of one month, on which only metering can happen.

    Args:
        world: a world before the first phase of a day.
        before: the first day that does not count, since a command waits for it or the year is
            stopped there; None where there is none.
    """
    today = world.agenda.day
    ends = min(world.rules.next_busy[today], today + MOST_CELLS // max(1, world.card_count))
    if ends - today < 2 or not _is_calm(world):
        return 0  # a single day is played as every other
    contracts, leases = world.contracts, world.contracts.leases
    dates = [
        *world.agenda.put_off,
        # A lease goes back on the morning after its last day.
        *(leases[each].ends + timedelta(days=1) for each in contracts.running.values()),
        *(contracts.pledges[each].due for each in contracts.lent),
        *(() if before is None else (before,)),
    ]
    if dates:
        ends = min(ends, (min(dates) - world.file.begins).days)
    return max(0, ends - today)


def _is_calm(world: World) -> bool:
    """Whether this day begins as it will end: no request, and no term that ends this morning."""
    market = world.market
    terms = market.floor_fen_per_t or market.ceiling_fen_per_t or market.offered_ppm
    return not (world.contracts.asking or terms or market.fine_percent != 100)
