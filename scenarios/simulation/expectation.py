"""What a firm can know of the rest of its year: need, steps, and their cost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from market.participants.view import FirmView, Step
from permits.account import cash
from permits.quantity import MG_PER_T
from permits.right import YUAN
from permits.rule import Rule
from scenarios.definition.schema import Session
from scenarios.simulation.building_steps import WHOLE_PPM
from scenarios.simulation.calendar import Day, year_span
from scenarios.simulation.world import Held, World

LEARN_DAYS = 30  # before this a firm goes by its plan, after it by what it has metered


def expected_wanted_mg(
    world: World, card: int, day: Day, until: date | None = None, *, skip_days: int = 0
) -> float:
    """Emission without any measure from the next swipe to `until` or the year's end.

    With foresight it is what will be; without, the season's share of the baseline,
    scaled by how the year has gone so far. `skip_days` leaves out the first days.
    """
    file = world.scenario.file
    first, last = year_span(file, day.on)
    end = min(until or last, last)
    begun = (first - file.begins).days
    start, stop = world.next_index + skip_days, (end - file.begins).days + 1
    if start >= stop:
        return 0.0
    wanted, expected = world.demand.wanted_to[card], world.demand.expected_to[card]
    if file.production.foresight:
        return float(wanted[stop] - wanted[start])
    ahead = float(expected[stop] - expected[start])
    if world.next_index - begun < LEARN_DAYS:
        return ahead
    so_far = float(expected[world.next_index] - expected[begun])
    seen = float(wanted[world.next_index] - wanted[begun])
    return ahead * seen / so_far if so_far else ahead


def need_mg(world: World, card: int, day: Day, until: date | None = None) -> int:
    """Expected emission from the next swipe on, if nothing more is ordered than has been."""
    wanted = expected_wanted_mg(world, card, day, until)
    need = wanted * (1 - float(world.control[card]))
    for due, share in world.ordered.get(card, ()):
        skip = max(0, (due - world.scenario.file.begins).days - world.next_index)
        need -= share * expected_wanted_mg(world, card, day, until, skip_days=skip)
    return max(0, round(need))


def see(
    world: World,
    held: Held,
    card: int,
    day: Day,
    session: Session | None,
    rule: Rule | None,
    product: str,
) -> FirmView:
    """The view of one firm on one product, frozen; without a session, between sessions."""
    file = world.scenario.file
    pollutant = world.pollutant_of(card)
    rules = file.pollutant[pollutant]
    _, last = year_span(file, day.on)
    floor = session.floor.value if session and session.floor else None
    reference = rules.reference_price.value
    steps = steps_of(world, card, day)
    # Every trade is rounded by itself: a fen for each possible one is not bid away.
    kept_back = len(world.traders) + len(world.plain_steps) + len(steps) + 4 if session else 0
    kind = session.kind if session else ""
    terms = rule.spec.fill(session.params, where=rule.name) if rule and session else {}
    return FirmView(
        firm=world.firm_id(card),
        today=day.on,
        session=kind,
        product=product,
        years=session.years if session else 1,
        usable_mg=int(held.usable_mg[card]),
        sellable_mg=int(held.sellable_mg[card]),
        need_mg=need_mg(world, card, day),
        bought_pending_mg=int(world.pending_mg[card]),
        steps=steps,
        cash_fen=max(0, world.ledger.balance(cash(world.firm_id(card)), YUAN) - kept_back),
        expected_fen_per_t=world.expected_fen_per_t(pollutant),
        last_fen_per_t=world.price_fen_per_t.get(pollutant),
        unfilled_fen_per_t=world.unfilled_fen_per_t.get(card),
        penalty_fen_per_t=rules.shortfall_charge.value,
        floor_fen_per_t=_floor(world, pollutant, None if floor is None else floor * reference),
        ceiling_fen_per_t=world.ceiling_fen_per_t.get(pollutant),
        ratio_percent=100,  # the market turns need into what must be acquired
        lot_mg=file.market.lot,
        max_bids=rule.spec.most_bids(terms) if rule else 0,
        parts=file.build.parts,
        days_left=(last - day.on).days + 1,
        prices=tuple(world.prices_fen_per_t.get(pollutant, ())),
        sale_prices=tuple(
            price for on, price in world.sale_prices_fen_per_t.get(pollutant, ()) if on < day.on
        ),
    )


def _floor(world: World, pollutant: str, floor: float | None) -> int | None:
    """The higher of the session's reserve price and a policy's floor."""
    policy = world.floor_fen_per_t.get(pollutant)
    known = [round(x) for x in (floor, policy) if x is not None]
    return max(known, default=None)


def steps_of(world: World, card: int, day: Day) -> tuple[Step, ...]:
    """What a firm can still build, with what it would remove until the year's end.

    A measure that removes several pollutants has its cost shared among them by what
    each is worth.
    """
    pollutants = world.pollutants
    firm, pollutant = divmod(card, len(pollutants))
    delay = world.scenario.file.build.delay_days.value
    left = year_left(world, day, skip_days=delay)
    wanted = expected_wanted_mg(world, card, day, skip_days=delay)
    worth = [world.expected_fen_per_t(p) for p in pollutants]
    found = []
    for k in world.unbuilt(firm):
        share, annual, parts, name = world.plain_steps[k]
        open_share = (WHOLE_PPM - int(world.built_ppm[k])) / WHOLE_PPM
        removes = int(share[pollutant] * wanted * open_share)
        if removes <= 0:
            continue
        part = 1.0 if parts is None else _cost_part(parts, pollutant, worth)
        cost = annual * left * open_share * part
        found.append(Step(name, removes, round(cost * MG_PER_T / removes)))
    return tuple(sorted(found, key=_by_cost))


def _by_cost(step: Step) -> tuple[int, str]:
    return step.cost_fen_per_t, step.measure


def year_left(world: World, day: Day, *, skip_days: int = 0) -> float:
    """The share of the compliance year from the next swipe on."""
    first, last = year_span(world.scenario.file, day.on)
    stop = (last - world.scenario.file.begins).days + 1
    return max(0, stop - world.next_index - skip_days) / ((last - first).days + 1)


def ratio_percent(world: World, sector: str) -> int:
    """The replacement ratio for a buyer of this sector, in per cent."""
    file = world.scenario.file
    own = next((s.ratio for s in file.sector if s.id == sector and s.ratio), None)
    return round(100 * (own or file.market.ratio).value)


def _cost_part(removed: Sequence[int], pollutant: int, worth: Sequence[int]) -> float:
    """The part of a measure's cost that one of its pollutants bears."""
    values = [w * m for w, m in zip(worth, removed, strict=True)]
    total = sum(values)
    return values[pollutant] / total if total > 0 else 1.0 / len(values)
