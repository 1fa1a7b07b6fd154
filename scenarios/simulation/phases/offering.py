"""What a government sale offers: a share of its reserve, and what earlier sales left unsold.

Without a roll-over what is unsold is reserve like any other, of which the next sale offers
its share. With one it is set apart for the next sales of the same session in the same year,
in equal parts, and the share is taken of the rest.
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
from scenarios.definition.schema import Session
from scenarios.simulation.calendar import Day
from scenarios.simulation.world import World

PPM = 1_000_000
CARRIED_RULE = "What is unsold is offered again [ModelAssumption]"


def plan_sale(
    world: World, day: Day, number: int, session: Session, owner: str, strip: Sequence[Right]
) -> Sale:
    """The sale of one government's strips of rights on a day."""
    pollutant = strip[0].pollutant
    held = min(world.ledger.balance(reserve(owner), right) for right in strip)
    waiting = world.waiting_mg.get((number, pollutant, owner, day.on.year), ())
    ppm = world.offered_ppm or round(PPM * session.offered.value)
    planned = max(0, held - sum(waiting)) * ppm // PPM
    reference = world.scenario.file.pollutant[pollutant].reference_price.value
    floor = round(reference * session.floor.value) if session.floor else None
    most = session.roll_over_most
    sale = carry(
        min(sum(waiting[:1]), held - planned),
        Sale(planned, floor, len(strip)),
        most_share=None if most is None else Fraction(str(most.value)),
    )
    if sale.carried_mg:
        world.log.append(
            day.on, "open_session", "auction.carried", owner,
            "{who} offers again {mass} t/yr of {pollutant} that earlier sales left unsold, beside "
            "{planned} t/yr",
            CARRIED_RULE, mass_mg=sale.carried_mg, pollutant=pollutant, planned=fmt_t(planned),
        )  # fmt: skip
    _put_off(world, (number, pollutant, owner, day.on.year), sale.carried_mg)
    return sale


def note_unsold(
    world: World,
    day: Day,
    number: int,
    session: Session,
    owner: str,
    pollutant: str,
    unsold_mg: int,
) -> None:
    """Set what a sale left unsold apart for the sales to come."""
    if not session.roll_over or not unsold_mg:
        return
    key = (number, pollutant, owner, day.on.year)
    parts = roll_over(unsold_mg, session.roll_over)
    before = world.waiting_mg.get(key, ())
    world.waiting_mg[key] = tuple(map(sum, zip_longest(before, parts, fillvalue=0)))


def _put_off(world: World, key: tuple[int, str, str, int], carried_mg: int) -> None:
    """What was due and is more than may be added waits for the sale after."""
    waiting = world.waiting_mg.get(key)
    if not waiting:
        return
    due, *later = waiting
    over = due - carried_mg
    if over:
        later = [over + sum(later[:1]), *later[1:]]
    world.waiting_mg[key] = tuple(later)
