"""Quotes of firms and banks as offers, and the conditions that every offer must meet."""

from __future__ import annotations

from collections.abc import Sequence

from market.clearing.order import Side
from market.contracts.secondary import before_fee, to_acquire
from market.participants.view import Quote
from market.session.admission import Conditions, Entrant, Offer
from market.traders import as_trader
from permits.account import cash
from permits.right import YUAN
from permits.rng import lot
from permits.rule import Rule
from scenarios.definition.schema import SessionSection
from scenarios.simulation.calendar import Day
from scenarios.simulation.expectation import look_out, ratio_percent, see, spare_fen
from scenarios.simulation.world import World


def firm_offers(
    world: World,
    day: Day,
    section: SessionSection,
    rule: Rule,
    name: str,
    product: str,
    cards: Sequence[int],
) -> list[Offer]:
    """Offers of the firms whose behaviour decides for them, by the second of their arrival.

    Args:
        world: the simulated year.
        day: the day of the session.
        section: the session's rules.
        rule: its clearing rule.
        name: name of the session.
        product: name of the product traded.
        cards: cards of the firms that take part.
    """
    asked: list[tuple[int, int, int, int, Quote]] = []
    # Between two books of a session entries are posted: the rights are taken for each.
    pollutant = cards[0] % len(world.pollutants) if cards else 0
    held = world.held(day.on.year)
    outlook = look_out(world, held, day, pollutant, section, rule, product)
    for card in cards:
        number = card // len(world.pollutants)
        firm = world.firm_id(card)
        if firm in world.people.seats:
            continue  # a person decides
        behaviour, params = world.rules.traders[number]
        rng = world.rules.luck("quote", firm, name)
        quotes = as_trader(behaviour).decide(see(outlook, number), params, rng)
        lots = _lots(world, firm, name, quotes)
        asked += [(q.at_s, lots[n], card, n, q) for n, q in enumerate(quotes)]
    asked.sort(key=lambda each: each[:4])
    return [
        firm_offer(world, section, f"{name}/{world.firm_id(card)}/{n}", card, quote, product, seq)
        for seq, (_, _, card, n, quote) in enumerate(asked)
    ]


def _lots(world: World, firm: str, name: str, quotes: Sequence[Quote]) -> list[int]:
    """A lot for each quote: of one second the order is drawn, so that no name is favoured.

    Of one second a firm's asks draw the earlier of its lots, so that of two of its orders that
    would meet it is the bid that is refused.
    """
    seed, count = world.rules.scenario.luck_seed, len(quotes)
    drawn = [lot(seed, "arrival", firm, name, n) for n in range(count)]
    if len({quote.side for quote in quotes}) < 2:
        return drawn
    sides = [quote.side is Side.BUY for quote in quotes]
    asks_first = sorted(range(count), key=lambda n: (quotes[n].at_s, sides[n], drawn[n]))
    by_lot = sorted(range(count), key=lambda n: (quotes[n].at_s, drawn[n]))
    given = dict(zip(asks_first, by_lot, strict=True))
    return [drawn[given[n]] for n in range(count)]


def firm_offer(
    world: World,
    section: SessionSection,
    offer_id: str,
    card: int,
    quote: Quote,
    product: str,
    seq: int,
) -> Offer:
    """A firm's quote as an offer to the book.

    A buyer whose replacement ratio is r acquires r for each 1 it needs, so its order is r
    times its need at 1/r of its value, in whole lots. A seller's limit is raised by the
    platform's fee, so that it receives what it asked.

    Args:
        world: the simulated year.
        section: the session's rules.
        offer_id: id of the offer.
        card: the firm's card.
        quote: what the firm wants.
        product: name of the product traded.
        seq: place among the offers of one second.
    """
    mass, limit = quote.mass_mg, quote.limit_fen_per_t
    if section.kind == "secondary" and quote.side is Side.BUY:
        sector = world.rules.scenario.register.firms[card // len(world.pollutants)].sector
        mass, limit = to_acquire(mass, limit, ratio_percent(world, sector))
        mass = -(-mass // world.file.market.lot) * world.file.market.lot
    if section.kind == "secondary" and quote.side is Side.SELL:
        limit = before_fee(limit, world.file.market.fee.value)
    firm = world.firm_id(card)
    return Offer(offer_id, firm, quote.side, product, mass, limit, seq, at_s=quote.at_s)


def conditions_of(
    world: World, day: Day, section: SessionSection, pollutant: str, cards: Sequence[int]
) -> Conditions:
    """What an offer must meet: whole lots, the price collar, cash behind bids, rights behind asks.

    Args:
        world: the simulated year.
        day: the day of the session.
        section: the session's rules.
        pollutant: pollutant traded.
        cards: cards of the firms that take part.
    """
    market, ledger = world.market, world.books.ledger
    held = world.held(day.on.year)
    spare = spare_fen(world)
    entrants = {
        (firm, ""): Entrant(
            free_mg=int(held.sellable_mg[card]),
            guarantee_fen=max(0, ledger.balance(cash(firm), YUAN) - spare),
        )
        for card in cards
        for firm in [world.firm_id(card)]
    }
    if section.kind == "auction":
        return Conditions(lot_mg=world.file.market.lot, entrants=entrants)
    return Conditions(
        lot_mg=world.file.market.lot,
        low_fen_per_t=0,  # a firm with a surplus may ask nothing for it
        least_bid_fen_per_t=market.floor_fen_per_t.get(pollutant),
        most_ask_fen_per_t=market.ceiling_fen_per_t.get(pollutant),
        entrants=entrants,
    )
