"""Mass offered in a government sale: a share of its reserve, and unsold mass of earlier sales.

Without a roll-over, unsold mass is reserve like any other, of which the next sale offers
its share. With one it is kept for the next sales of the same session in the same year, in
equal parts, and the share is taken of the remainder.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import zip_longest

from market.programmes.unsold import roll_over
from market.session.auction import Sale, carry
from permits.account import reserve
from permits.quantity import fmt_t
from permits.right import Right
from scenarios.definition.schema import SessionSection
from scenarios.simulation.calendar import Day
from scenarios.simulation.changes import UnsoldKept
from scenarios.simulation.outcome import Outcome, Played, WorldChange, happened
from scenarios.simulation.world import World

PPM = 1_000_000  # shares are applied to whole mg in parts per million, exactly
CARRIED_RULE = "unsold rights are offered again [ModelAssumption]"


def plan_sale(
    world: World, day: Day, number: int, session: SessionSection, owner: str, strip: Sequence[Right]
) -> Played[Sale]:
    """Plan the sale of one government's strips of rights on a day.

    Args:
        world: the simulated year.
        day: the day of the sale.
        number: number of the session in the scenario file.
        session: its rules.
        owner: government that sells.
        strip: rights of one pollutant, one per vintage, sold together.
    Returns: the mass on offer, of which `carried_mg` from earlier sales, and its reserve price.
    """
    pollutant = strip[0].pollutant
    # A strip is sold whole, so its scarcest vintage limits the sale.
    held = min(world.books.ledger.balance(reserve(owner), right) for right in strip)
    key = number, pollutant, owner, day.on.year
    waiting = world.market.waiting_mg.get(key, ())
    # A policy's share takes the place of the session's, also where it is nothing.
    ppm = world.market.offered_ppm.get(pollutant, round(PPM * session.offered.value))
    # What waits is taken out before the share is taken, or it would be offered twice.
    planned = max(0, held - sum(waiting)) * ppm // PPM
    reference = world.file.pollutant[pollutant].reference_price.value
    floor = round(reference * session.floor.value) if session.floor else None
    most = session.roll_over_most
    sale = carry(
        min(sum(waiting[:1]), held - planned),
        Sale(planned, floor, len(strip)),
        most_share=None if most is None else Fraction(str(most.value)),
    )
    events = []
    if sale.carried_mg:
        events.append(
            happened(
                day.on,
                "open_session",
                "auction.carried",
                owner,
                "{who} offers again {mass} t/yr of {pollutant} that earlier sales left unsold, "
                "in addition to {planned} t/yr",
                CARRIED_RULE,
                mass_mg=sale.carried_mg,
                pollutant=pollutant,
                planned=fmt_t(planned),
            )
        )
    yield Outcome(changes=_without_due(key, waiting, sale.carried_mg), events=events)
    return sale


def note_unsold(
    world: World,
    day: Day,
    number: int,
    session: SessionSection,
    owner: str,
    pollutant: str,
    unsold_mg: int,
) -> Played[None]:
    """Keep the unsold mass of a sale for later sales, in equal parts.

    Args:
        world: the simulated year.
        day: the day of the sale; only sales of the same year take it over.
        number: number of the session in the scenario file.
        session: its rules, with `roll_over` parts.
        owner: government that sold.
        pollutant: pollutant sold.
        unsold_mg: mass offered and not sold [mg].
    """
    if not session.roll_over or not unsold_mg:
        return
    key = (number, pollutant, owner, day.on.year)
    parts = roll_over(unsold_mg, session.roll_over)
    before = world.market.waiting_mg.get(key, ())
    waiting = tuple(map(sum, zip_longest(before, parts, fillvalue=0)))
    yield Outcome(changes=[UnsoldKept(key, waiting)])


def _without_due(
    key: tuple[int, str, str, int], waiting: tuple[int, ...], carried_mg: int
) -> list[WorldChange]:
    """Drop the part that came due; what exceeded the limit waits for the next sale."""
    if not waiting:
        return []
    due, *later = waiting
    over = due - carried_mg
    if over:
        later = [over + sum(later[:1]), *later[1:]]
    return [UnsoldKept(key, tuple(later))]
