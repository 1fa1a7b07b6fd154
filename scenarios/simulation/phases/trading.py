"""Market sessions: opened, given offers, closed; what is cleared is secured and delivered.

Each session is two phases, so that commands can reach its book in between.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from market import settle
from market.clearing.clearing import Clearing
from market.clearing.order import Order
from market.session.admission import Offer
from market.session.auction import HeldSale, Sale
from market.session.session import Session, close, submit_all
from permits.right import Right
from permits.rule import Rule
from scenarios.definition.rules import find_session_rule
from scenarios.definition.schema import SessionSection
from scenarios.simulation.calendar import Day
from scenarios.simulation.changes import PriceSeen, SalePriceSeen, SessionClosed, SessionOpened
from scenarios.simulation.market_book import Opened
from scenarios.simulation.outcome import Outcome, Played
from scenarios.simulation.phases.collateral import (
    collateral_orders,
    collateral_price,
    settle_collateral,
)
from scenarios.simulation.phases.offering import note_unsold, plan_sale
from scenarios.simulation.phases.quoting import conditions_of, firm_offers
from scenarios.simulation.phases.session_rows import (
    SECONDARY_SOURCE,
    losers,
    order_rows,
    price_of,
    product_name,
    session_rows,
    why,
)
from scenarios.simulation.phases.settlement import deliver_sale, deliver_trades, unmet
from scenarios.simulation.world import World


def open_session(world: World, day: Day, number: int) -> Played[None]:
    """Open a session of the scenario: one book per pollutant and, in a sale, per government.

    Args:
        world: the simulated year.
        day: the day of the session.
        number: number of the session in the scenario file.
    """
    section = world.file.session[number]
    rule = find_session_rule(world.rules.scenario, number)
    for p, pollutant in enumerate(world.pollutants):
        if section.kind == "secondary":
            right = world.right(pollutant, day.on.year)
            name = f"{day.on}/S{number}/{pollutant}"
            yield _opened(world, day, number, rule, name, p, (right,), Sale())
            continue
        strip = world.term(pollutant, day.on.year)[: section.years]
        for owner in world.rules.members:
            sale = yield from plan_sale(world, day, number, section, owner, strip)
            if sale.supply_mg:
                name = f"{day.on}/S{number}/{pollutant}/{owner.partition(':')[2]}"
                yield _opened(world, day, number, rule, name, p, strip, sale, owner)


def _opened(
    world: World,
    day: Day,
    number: int,
    rule: Rule,
    name: str,
    p: int,
    strip: Sequence[Right],
    sale: Sale,
    owner: str | None = None,
) -> Outcome:
    section = world.file.session[number]
    everyone = range(len(world.rules.traders))
    firms = everyone if owner is None else world.rules.members[owner]
    cards = [world.card(firm, p) for firm in firms]
    conditions = conditions_of(world, day, section, world.pollutants[p], cards)
    terms = replace(sale, conditions=conditions)
    session = Session(name, product_name(strip), terms, rule, section.params)
    opened = Opened(number, session, p, tuple(strip), tuple(cards), owner)
    return Outcome(changes=[SessionOpened(opened)])


def close_session(world: World, day: Day, number: int) -> Played[None]:
    """Close the books of a session that are open: firms quote, all is cleared and settled.

    Args:
        world: the simulated year.
        day: the day of the session.
        number: number of the session in the scenario file.
    """
    section = world.file.session[number]
    for opened in [each for each in world.market.open.values() if each.number == number]:
        yield Outcome(changes=[SessionClosed(opened.session.name)])
        offers = _all_offers(world, day, section, opened)
        session = submit_all(replace(opened.session, offers=()), offers)
        held = close(session, world.rules.luck("session", session.name))
        if opened.owner is None:
            yield from _settle_trade(world, day, opened, held)
        else:
            yield from _settle_sale(world, day, section, opened, opened.owner, held)


def _all_offers(world: World, day: Day, section: SessionSection, opened: Opened) -> Iterator[Offer]:
    """Offers of people, of firms whose behaviour decides, and of banks with collateral."""
    session = opened.session
    people = session.offers
    firms = firm_offers(
        world, day, section, session.rule, session.name, session.product, opened.cards
    )
    # Of one second people come first, in the order in which they acted.
    yield from (replace(offer, seq=n) for n, offer in enumerate(people))
    yield from (replace(o, seq=len(people) + o.seq) for o in firms) if people else firms
    if opened.owner is None:
        coming = len(people) + len(firms)
        for order in _for_banks(world, day, session.rule, opened.strip[0], session, coming):
            yield Offer(
                order.id, order.trader, order.side, order.product, order.mass_mg,
                order.limit_fen_per_t, order.seq,
            )  # fmt: skip


def _settle_sale(
    world: World, day: Day, section: SessionSection, opened: Opened, owner: str, held: HeldSale
) -> Played[None]:
    """Settle one government's sale: its firms receive strips out of its reserve."""
    session, clearing, rule = opened.session, held.clearing, opened.session.rule
    pollutant, strip = world.pollutants[opened.pollutant], opened.strip
    yield from note_unsold(world, day, opened.number, section, owner, pollutant, clearing.unsold_mg)
    # Opened, closed, then settled: escrow shows that every bid was backed, and each entry is
    # possible only after the one before it.
    standing = _escrowed(world, _standing(held.book.orders, rule), clearing)
    how: Any = {"session": session.name, "on": day.on, "why": why(rule)}
    yield Outcome(settle.open_offers(standing, strip, **how))
    yield Outcome(settle.close_offers(standing, clearing, strip, **how))
    yield from deliver_sale(world, day, clearing, strip, owner, session.name, rule)
    seen = []
    if clearing.fills:
        # assumed: what firms learn of a sale is its lowest winning bid, whatever they paid
        lowest = min(fill.order.limit_fen_per_t for fill in clearing.fills)
        seen.append(SalePriceSeen(pollutant, day.on, lowest))
    rows = session_rows(day, session.name, "auction", rule, held, rule.spec.source)
    rows += order_rows(world, day, session.name, held)
    yield Outcome(changes=seen, events=losers(day, clearing, rule), rows=rows)


def _settle_trade(world: World, day: Day, opened: Opened, held: HeldSale) -> Played[None]:
    """Settle one session of trade between firms."""
    session, clearing, rule = opened.session, held.clearing, opened.session.rule
    right, pollutant = opened.strip[0], world.pollutants[opened.pollutant]
    orders = held.book.orders
    own = [o for o in _escrowed(world, orders, clearing) if not o.trader.startswith("bank:")]
    # Each trade is rounded by itself, so escrow holds a spare fen per possible trade; a trade
    # uses up an order, or a price that an order names.
    how: Any = {
        "session": session.name, "on": day.on, "why": why(rule), "spare_fen": 1 + len(orders),
    }  # fmt: skip
    yield Outcome(settle.open_offers(own, [right], **how))
    yield Outcome(
        settle.close_offers(own, clearing, [right], **how),
        [unmet(world, clearing, opened.pollutant)],
    )
    yield from deliver_trades(world, day, clearing, right, session.name, rule)
    yield from settle_collateral(world, day, right, clearing, session.name)
    price = price_of(clearing)
    rows = session_rows(day, session.name, "secondary", rule, held, SECONDARY_SOURCE)
    rows += order_rows(world, day, session.name, held)
    yield Outcome(changes=[] if price is None else [PriceSeen(pollutant, price)], rows=rows)


def _escrowed(world: World, orders: Sequence[Order], clearing: Clearing) -> list[Order]:
    """Orders that go through escrow: all; in a lean year only those of traders with a fill."""
    if not world.rules.lean:
        return list(orders)
    served = {fill.order.trader for fill in clearing.fills}
    return [order for order in orders if order.trader in served]


def _standing(orders: Sequence[Order], rule: Rule) -> list[Order]:
    """Bids that need backing: all, or each bidder's dearest where bids may be revised."""
    if not rule.spec.revisable:
        return list(orders)
    best: dict[str, Order] = {}
    for order in orders:
        known = best.get(order.trader)
        if known is None or _worth(order) > _worth(known):
            best[order.trader] = order
    return list(best.values())


def _worth(order: Order) -> int:
    return order.mass_mg * order.limit_fen_per_t


def _for_banks(
    world: World, day: Day, rule: Rule, right: Right, session: Session, coming: int
) -> list[Order]:
    """Orders of banks that sell collateral, before all others; last where asks are visible.

    A visible ask is taken at its own price: there the floor would be the price, so the order
    asks for the expected price if that is higher.
    """
    lot = world.file.market.lot
    orders = [
        replace(order, mass_mg=order.mass_mg // lot * lot)
        for order in collateral_orders(world, day, right, session.name, session.product)
        if order.mass_mg >= lot
    ]
    if not rule.spec.shows_asks:
        return orders
    least = collateral_price(world, right.pollutant, at_own_price=True)
    return [replace(order, limit_fen_per_t=least, seq=coming + n) for n, order in enumerate(orders)]
