"""A firm's expectation for the remaining year: its need, its steps and their cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from market.participants.view import AbatementStep, FirmView
from permits.account import cash
from permits.quantity import MG_PER_T
from permits.right import YUAN
from permits.rule import Rule
from scenarios.definition.schema import SessionSection
from scenarios.simulation.building_steps import WHOLE_PPM
from scenarios.simulation.calendar import Day
from scenarios.simulation.world import CardRights, World

# Days after which a firm scales its plan by what it has metered. assumed: after a month the
# daily draws average out; before, one odd week would move the whole year's need.
LEARN_DAYS = 30


def expected_wanted_mg(
    world: World, card: int, day: Day, until: date | None = None, *, skip_days: int = 0
) -> float:
    """Expected emission without measures from the next swipe to `until` or the year's end [mg].

    With foresight it is the actual one; without, the season's share of the baseline, scaled
    by the year so far.

    Args:
        world: the simulated year.
        card: index of the card.
        day: today, which sets the compliance year.
        until: last day counted; default: the year's last day.
        skip_days: days left out at the beginning.
    """
    file, now, begun, stop = world.file, world.plants.next_index, day.year_from, day.year_to
    if until is not None:
        stop = min((until - file.begins).days + 1, stop)
    start = now + skip_days
    if start >= stop:
        return 0.0
    wanted, expected = world.rules.demand.wanted_to[card], world.rules.demand.expected_to[card]
    if file.production.foresight:
        return float(wanted[stop] - wanted[start])
    ahead = float(expected[stop] - expected[start])
    if now - begun < LEARN_DAYS:
        return ahead
    so_far = float(expected[now] - expected[begun])
    seen = float(wanted[now] - wanted[begun])
    return ahead * seen / so_far if so_far else ahead


def need_mg(world: World, card: int, day: Day, until: date | None = None) -> int:
    """Expected emission from the next swipe on with measures built and ordered so far [mg].

    Args:
        world: the simulated year.
        card: index of the card.
        day: today.
        until: last day counted; default: the year's last day.
    """
    wanted = expected_wanted_mg(world, card, day, until)
    need = wanted * (1 - float(world.plants.control[card]))
    for due, share in world.plants.ordered.get(card, ()):
        skip = max(0, (due - world.file.begins).days - world.plants.next_index)
        need -= share * expected_wanted_mg(world, card, day, until, skip_days=skip)
    return max(0, round(need))


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """What a phase takes once for the views of all firms on one product."""

    world: World
    day: Day
    pollutant: int
    held: CardRights
    built_ppm: Sequence[int]  # per step; a firm changes its own only, after it was looked at
    year_left: float  # share of the year in which a measure ordered today works
    worth_fen_per_t: Sequence[int]  # expected price, per pollutant
    kept_back_fen: int | None  # of the cash, besides a fen per step; None between sessions
    alike: Mapping[str, Any]  # fields of the view that are the same for every firm


def look_out(
    world: World,
    held: CardRights,
    day: Day,
    pollutant: int,
    session: SessionSection | None,
    rule: Rule | None,
    product: str,
) -> Outlook:
    """Take what is alike in the views of all firms on one product.

    Args:
        world: the simulated year.
        held: rights of all cards today.
        day: today.
        pollutant: pollutant of the product, by index.
        session: session that asks for quotes; None between sessions.
        rule: its clearing rule.
        product: name of the product traded.
    """
    file, market, name = world.file, world.market, world.pollutants[pollutant]
    floor = session.floor.value if session and session.floor else None
    reference = file.pollutant[name].reference_price.value
    terms = rule.spec.fill(session.params, where=rule.name) if rule and session else {}
    sales = market.sale_prices_fen_per_t.get(name, ())
    least, most = fine_in_force_fen(world)
    alike = {
        "today": day.on,
        "session": session.kind if session else "",
        "product": product,
        "years": session.years if session else 1,
        "expected_fen_per_t": world.expected_fen_per_t(name),
        "last_fen_per_t": market.price_fen_per_t.get(name),
        "shortfall_value_fen_per_t": file.pollutant[name].shortfall_charge.value,
        "floor_fen_per_t": _floor(world, name, None if floor is None else floor * reference),
        "ceiling_fen_per_t": market.ceiling_fen_per_t.get(name),
        "ratio_percent": 100,  # the market turns need into what must be acquired
        "lot_mg": file.market.lot,
        "max_bids": rule.spec.most_bids(terms) if rule else 0,
        "parts": file.build.parts,
        "days_left": day.year_to - day.index,
        "prices": tuple(market.prices_fen_per_t.get(name, ())),
        "sale_prices": tuple(price for on, price in sales if on < day.on),
        "fine_least_fen": least,
        "fine_most_fen": most,
    }
    return Outlook(
        world=world,
        day=day,
        pollutant=pollutant,
        held=held,
        built_ppm=world.plants.built_ppm.tolist(),
        year_left=year_left(world, day, skip_days=file.build.delay_days.value),
        worth_fen_per_t=[world.expected_fen_per_t(p) for p in world.pollutants],
        kept_back_fen=spare_fen(world) if session else None,
        alike=alike,
    )


def see(outlook: Outlook, firm: int) -> FirmView:
    """Make the frozen view of one firm, by index, on the product looked at."""
    world, held = outlook.world, outlook.held
    card, name = world.card(firm, outlook.pollutant), world.rules.scenario.register.firms[firm].id
    steps, spare = firm_steps(outlook, firm), outlook.kept_back_fen
    # A fen more for each step of its own: every order is rounded by itself.
    kept_back = 0 if spare is None else spare + len(steps)
    return FirmView(
        firm=name,
        usable_mg=int(held.usable_mg[card]),
        sellable_mg=int(held.sellable_mg[card]),
        need_mg=need_mg(world, card, outlook.day),
        bought_pending_mg=int(world.market.pending_mg[card]),
        steps=steps,
        cash_fen=max(0, world.books.ledger.balance(cash(name), YUAN) - kept_back),
        unfilled_fen_per_t=world.market.unfilled_fen_per_t.get(card),
        **outlook.alike,
    )


def spare_fen(world: World) -> int:
    """Money kept back from bids, since every trade is rounded by itself [fen].

    One for each possible trade of a session: as many as firms and steps, and a few for the
    strip's vintages.
    """
    return len(world.rules.traders) + len(world.rules.plain_steps) + 4


def fine_in_force_fen(world: World) -> tuple[int, int]:
    """Least and most fine for a shortfall, with a policy's factor in force today [fen]."""
    rules, percent = world.file.true_up, world.market.fine_percent
    return rules.fine_min.value * percent // 100, rules.fine_max.value * percent // 100


def _floor(world: World, pollutant: str, floor: float | None) -> int | None:
    """Higher of the session's reserve price and a policy's floor [fen/t]."""
    policy = world.market.floor_fen_per_t.get(pollutant)
    known = [round(x) for x in (floor, policy) if x is not None]
    return max(known, default=None)


def firm_steps(outlook: Outlook, firm: int) -> tuple[AbatementStep, ...]:
    """Steps that a firm can still build, with their removal until the year's end.

    The cost of a measure that removes several pollutants is shared among them by value.
    """
    world, pollutant = outlook.world, outlook.pollutant
    first, last = world.rules.steps_of[firm]
    built = outlook.built_ppm
    left = [k for k in range(first, last) if built[k] < WHOLE_PPM]
    if not left:
        return ()
    wanted = expected_wanted_mg(
        world, world.card(firm, pollutant), outlook.day,
        skip_days=world.file.build.delay_days.value,
    )  # fmt: skip
    found = []
    for k in left:
        share, annual, parts, name = world.rules.plain_steps[k]
        open_share = (WHOLE_PPM - built[k]) / WHOLE_PPM
        removes = int(share[pollutant] * wanted * open_share)
        if removes <= 0:
            continue
        part = 1.0 if parts is None else _cost_part(parts, pollutant, outlook.worth_fen_per_t)
        cost = annual * outlook.year_left * open_share * part
        found.append(AbatementStep(name, removes, round(cost * MG_PER_T / removes)))
    return tuple(sorted(found, key=_by_cost))


def _by_cost(step: AbatementStep) -> tuple[int, str]:
    return step.cost_fen_per_t, step.measure


def year_left(world: World, day: Day, *, skip_days: int = 0) -> float:
    """Share of the compliance year that remains from the next swipe on.

    Args:
        world: the simulated year.
        day: today, which sets the compliance year.
        skip_days: days left out at the beginning, such as the building time.
    """
    left = day.year_to - world.plants.next_index - skip_days
    return max(0, left) / (day.year_to - day.year_from)


def ratio_percent(world: World, sector: str) -> int:
    """Replacement ratio of buyers of a sector, in per cent; the sector's own comes first."""
    file = world.file
    own = next((s.ratio for s in file.sector if s.id == sector and s.ratio), None)
    return round(100 * (own or file.market.ratio).value)


def _cost_part(removed: Sequence[int], pollutant: int, worth: Sequence[int]) -> float:
    """Part of a measure's cost borne by one of its pollutants; equal parts if all are worth 0."""
    values = [w * m for w, m in zip(worth, removed, strict=True)]
    total = sum(values)
    return values[pollutant] / total if total > 0 else 1.0 / len(values)
