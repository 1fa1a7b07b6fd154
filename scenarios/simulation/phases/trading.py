"""Market sessions: orders into escrow, clearing, settlement, delivery."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from market import settle
from market.clearing.clearing import Clearing, Trade, Unfilled, UnfilledOrder
from market.clearing.order import Book, Order, Side
from market.contracts.secondary import Deal, agree, before_fee, secure, to_acquire
from market.mechanisms import run_session
from market.participants.view import Quote
from market.traders import as_trader
from permits.ledger import Entry
from permits.quantity import MG_PER_T, fmt_t, fmt_yuan
from permits.right import Right
from permits.rng import lot
from permits.rule import Rule
from scenarios.definition.rules import find_session_rule
from scenarios.definition.schema import SessionSection
from scenarios.simulation.agenda import HandOver, PutOff
from scenarios.simulation.calendar import Day
from scenarios.simulation.changes import (
    Counted,
    Later,
    PaidFor,
    PriceSeen,
    SalePriceSeen,
    Unmet,
)
from scenarios.simulation.expectation import ratio_percent, see
from scenarios.simulation.outcome import Happening, Outcome, Played, Row, happened
from scenarios.simulation.phases.handing_over import hand_over
from scenarios.simulation.phases.offering import note_unsold, plan_sale
from scenarios.simulation.phases.opening import reserve_owner
from scenarios.simulation.phases.pledges import (
    collateral_orders,
    collateral_price,
    settle_collateral,
)
from scenarios.simulation.phases.swipes import take_back
from scenarios.simulation.world import EXCHANGE, World

SECONDARY_SOURCE = "[ZJ-Z6] [ZJ-C34]"


def hold_sessions(world: World, day: Day) -> Played[bool]:
    """Hold every session of the day; returns whether there was one."""
    # In the order of the file: a later session of the day sees what an earlier one moved.
    for number, session in day.sessions:
        rule = find_session_rule(world.rules.scenario, number)
        for p in range(len(world.pollutants)):
            if session.kind == "auction":
                for owner in _governments(world):
                    yield from _sell_reserve(world, day, number, session, rule, p, owner)
            else:
                yield from _trade(world, day, number, session, rule, p)
    return bool(day.sessions)


def _governments(world: World) -> list[str]:
    """Owners of reserves, sorted, so that no set's order reaches a result."""
    firms = range(len(world.rules.scenario.register.firms))
    return sorted({reserve_owner(world, firm) for firm in firms})


def _sell_reserve(
    world: World, day: Day, number: int, session: SessionSection, rule: Rule, p: int, owner: str
) -> Played[None]:
    """Hold one government's sale: its firms bid for strips out of its reserve."""
    pollutant = world.pollutants[p]
    strip = world.term(pollutant, day.on.year)[: session.years]
    sale = yield from plan_sale(world, day, number, session, owner, strip)
    if not sale.supply_mg:
        return
    name = f"{day.on}/S{number}/{pollutant}/{owner.partition(':')[2]}"
    cards = [
        world.card(firm, p)
        for firm in range(len(world.rules.scenario.register.firms))
        if reserve_owner(world, firm) == owner
    ]
    orders = _collect(world, day, session, rule, name, cards, _product(strip))
    book = Book(_product(strip), tuple(orders), sale.supply_mg, sale.reserve_fen_per_t, sale.years)
    rng = world.rules.luck("session", name)
    clearing = run_session(rule, book, session.params, rng=rng)
    yield from note_unsold(world, day, number, session, owner, pollutant, clearing.unsold_mg)
    # Opened, closed, then settled: escrow shows that every bid was backed, and each entry is
    # possible only after the one before it.
    standing = _escrowed(world, _standing(orders, rule), clearing)
    how: Any = {"session": name, "on": day.on, "why": _why(rule)}
    yield Outcome(settle.open_offers(standing, strip, **how))
    yield Outcome(settle.close_offers(standing, clearing, strip, **how))
    yield from _deliver_sale(world, day, clearing, strip, owner, name, rule)
    seen = []
    if clearing.fills:
        # assumed: what firms learn of a sale is its lowest winning bid, whatever they paid
        lowest = min(fill.order.limit_fen_per_t for fill in clearing.fills)
        seen.append(SalePriceSeen(pollutant, day.on, lowest))
    yield Outcome(
        changes=seen,
        events=_losers(day, clearing, rule),
        rows=_records(day, name, "auction", rule, book, clearing, rule.spec.source),
    )


def _deliver_sale(
    world: World,
    day: Day,
    clearing: Clearing,
    strip: Sequence[Right],
    owner: str,
    name: str,
    rule: Rule,
) -> Played[None]:
    """What was sold goes into escrow; certificates are delivered after the sale's delay."""
    entries = settle.settle_auction(
        clearing.trades, strip, seller=owner, session=name, on=day.on, why=_why(rule)
    )
    aside = settle.set_aside(
        owner, strip, clearing.traded_mg, session=name, on=day.on, why=_why(rule)
    )
    # Sold rights leave the reserve today, or leases of the days until delivery would take
    # them; money and certificates change hands on delivery.
    events, rows, bought = [], [], dict[int, int]()
    for trade in clearing.trades:
        assert trade.buyer is not None
        card = world.card_of(trade.buyer, strip[0].pollutant)
        bought[card] = bought.get(card, 0) + trade.mass_mg
        event = happened(
            day.on, "settle", "auction.won", trade.buyer,
            "{who} wins {mass} t/yr of {pollutant} for {years} years at {price} yuan/t·yr, "
            "{money} yuan in total",
            f"{rule.spec.title} {rule.spec.source}", mass_mg=trade.mass_mg,
            money_fen=trade.money_fen, pollutant=strip[0].pollutant, years=len(strip),
            price=fmt_yuan(trade.price_fen_per_t),
        )  # fmt: skip
        events.append(event)
        rows.append(_row(day, name, "auction", trade, _product(strip), 0))
    yield Outcome(aside, _paid_for(bought), events, rows)
    delay = world.file.market.auction_delay_days.value
    yield from _deliver_later(world, day, delay, entries, HandOver(bought, tuple(strip)))


def _paid_for(bought: Mapping[int, int]) -> list[PaidFor]:
    return [PaidFor(card, mass) for card, mass in bought.items()]


def _deliver_later(
    world: World, day: Day, delay: int, entries: Sequence[Entry], delivery: HandOver
) -> Played[None]:
    """Post the entries and hand over what was bought, after a delay of some days or none."""
    if delay:
        put_off = PutOff(day.on + timedelta(days=delay), delivery, tuple(entries))
        yield Outcome(changes=[Later(put_off)])
    else:
        yield Outcome(entries)
        yield from hand_over(world, day, delivery)


def _trade(
    world: World, day: Day, number: int, session: SessionSection, rule: Rule, p: int
) -> Played[None]:
    """Hold one session of trade between firms, in one book per pollutant."""
    pollutant = world.pollutants[p]
    right = world.right(pollutant, day.on.year)
    name = f"{day.on}/S{number}/{pollutant}"
    cards = [world.card(firm, p) for firm in range(len(world.rules.scenario.register.firms))]
    product = _product([right])
    orders, own_rests = _apart(_collect(world, day, session, rule, name, cards, product))
    orders += _for_banks(world, day, rule, right, name, product, len(orders))
    # Each trade is rounded by itself, so escrow holds a spare fen per possible trade; a trade
    # uses up an order, or a price that an order names.
    spare = 1 + len(orders)
    book = Book(product, tuple(orders))
    rng = world.rules.luck("session", name)
    clearing = run_session(rule, book, session.params, rng=rng)
    clearing = replace(clearing, rests=clearing.rests + own_rests)
    own = [o for o in _escrowed(world, orders, clearing) if not o.trader.startswith("bank:")]
    how: Any = {"session": name, "on": day.on, "why": _why(rule), "spare_fen": spare}
    yield Outcome(settle.open_offers(own, [right], **how))
    yield Outcome(settle.close_offers(own, clearing, [right], **how), [_unmet(world, clearing, p)])
    yield from _deliver_trades(world, day, clearing, right, name, rule)
    yield from settle_collateral(world, day, right, clearing, name)
    price = _price(clearing)
    yield Outcome(
        changes=[] if price is None else [PriceSeen(pollutant, price)],
        rows=_records(day, name, "secondary", rule, book, clearing, SECONDARY_SOURCE),
    )


def _apart(orders: Sequence[Order]) -> tuple[list[Order], tuple[UnfilledOrder, ...]]:
    """Separate bids that reach an ask of the same firm: nobody trades with itself."""
    lowest: dict[str, int] = {}
    for order in orders:
        if order.side is Side.SELL:
            known = lowest.get(order.trader, order.limit_fen_per_t)
            lowest[order.trader] = min(known, order.limit_fen_per_t)
    own = [
        order
        for order in orders
        if order.side is Side.BUY and order.limit_fen_per_t >= lowest.get(order.trader, math.inf)
    ]
    rests = tuple(UnfilledOrder(order, order.mass_mg, Unfilled.OWN_ORDER) for order in own)
    return [order for order in orders if order not in own] if own else list(orders), rests


def _for_banks(
    world: World, day: Day, rule: Rule, right: Right, name: str, product: str, coming: int
) -> list[Order]:
    """Orders of banks that sell collateral, before all others; last where asks are visible.

    A visible ask is taken at its own price: there the floor would be the price, so the order
    asks for the expected price if that is higher.
    """
    orders = collateral_orders(world, day, right, name, product)
    if not rule.spec.shows_asks:
        return orders
    least = collateral_price(world, right.pollutant, at_own_price=True)
    return [replace(order, limit_fen_per_t=least, seq=coming + n) for n, order in enumerate(orders)]


def _unmet(world: World, clearing: Clearing, p: int) -> Unmet:
    """The cost up to which each firm must abate, whatever price it expects.

    What nobody sells, a firm abates itself: unmet bids at or above the price (the mean where
    each trade has its own price), or all of them where nobody sold. And what it sold at an
    own price above the mean, it has to build.
    """
    found: dict[int, int] = {}
    price = _price(clearing)
    for rest in clearing.rests:
        order = rest.order
        unmet = price is None or order.limit_fen_per_t >= price
        if order.side is Side.BUY and unmet and rest.reason is not Unfilled.OWN_ORDER:
            firm = world.rules.firm_index[order.trader]
            sector = world.rules.scenario.register.firms[firm].sector
            # The order's limit was divided by the ratio when it was made; this undoes it.
            worth = order.limit_fen_per_t * ratio_percent(world, sector) // 100
            _note_limit(found, world.card(firm, p), worth)
    for fill in clearing.fills:
        order, firm_or_none = fill.order, world.rules.firm_index.get(fill.order.trader)
        dear = price is not None and order.limit_fen_per_t > price
        if firm_or_none is not None and dear and order.side is Side.SELL:
            _note_limit(found, world.card(firm_or_none, p), order.limit_fen_per_t)
    return Unmet(p, found)


def _note_limit(found: dict[int, int], card: int, limit: int) -> None:
    # One fen more: dividing by the ratio rounded the limit down, and the measure behind it must
    # stay within.
    found[card] = max(limit + 1, found.get(card, 0))


def _deliver_trades(
    world: World, day: Day, clearing: Clearing, right: Right, name: str, rule: Rule
) -> Played[None]:
    """Log trades, take quota from sellers' cards today, and deliver after the trade delay."""
    entries, events, rows = [], [], []
    deals: list[Deal] = []
    sold: dict[int, int] = {}
    bought: dict[int, int] = {}
    for number, trade in enumerate(clearing.trades):
        assert trade.buyer is not None and trade.seller is not None
        deal = _deal(world, day, trade, right, f"{name}/trade/{number:04d}")
        deals.append(deal)
        entries.append(settle.deliver_deal(deal, operator=EXCHANGE, on=day.on, why=_why(rule)))
        rows.append(_row(day, name, "secondary", trade, _product([right]), deal.retired_mg))
        if not trade.seller.startswith("bank:"):
            seller = world.card_of(trade.seller, right.pollutant)
            sold[seller] = sold.get(seller, 0) + trade.mass_mg
        buyer = world.card_of(trade.buyer, right.pollutant)
        bought[buyer] = bought.get(buyer, 0) + deal.usable_mg
        event = happened(
            day.on, "settle", "trade.done", trade.buyer,
            "{who} buys {mass} t of {pollutant} from {seller} at {price} yuan/t; {retired} t of "
            "it retire by the replacement ratio",
            f"{rule.spec.title} {SECONDARY_SOURCE}", mass_mg=trade.mass_mg,
            money_fen=trade.money_fen, pollutant=right.pollutant, seller=trade.seller,
            price=fmt_yuan(trade.price_fen_per_t), retired=fmt_t(deal.retired_mg),
        )  # fmt: skip
        events.append(event)
    yield Outcome(changes=_paid_for(bought), events=events, rows=rows)
    # Once per seller and today, not on delivery: what is sold must not be emitted meanwhile.
    for seller, mass in sold.items():
        yield Outcome(changes=[Counted("sold", seller, mass)])
        yield from take_back(world, day, seller, mass)
    delay = world.file.market.trade_delay_days.value
    delivery = HandOver(bought, (right,), tuple(deals))
    yield from _deliver_later(world, day, delay, entries, delivery)


def _collect(
    world: World,
    day: Day,
    session: SessionSection,
    rule: Rule,
    name: str,
    cards: Sequence[int],
    product: str,
) -> list[Order]:
    """Collect the quotes of all firms as orders, by the second in which they arrive."""
    seed = world.rules.scenario.luck_seed
    asked: list[tuple[int, int, int, int, Quote]] = []
    held = world.held(day.on.year)
    for card in cards:
        behaviour, params = world.rules.traders[card // len(world.pollutants)]
        firm = world.firm_id(card)
        rng = world.rules.luck("quote", firm, name)
        view = see(world, held, card, day, session, rule, product)
        for n, quote in enumerate(as_trader(behaviour).decide(view, params, rng)):
            # Of one second the order is drawn by lot: no name is favoured.
            asked.append((quote.at_s, lot(seed, "arrival", firm, name, n), card, n, quote))
    orders = []
    for seq, (_, _, card, n, quote) in enumerate(sorted(asked, key=lambda a: a[:4])):
        order = _order(world, session, name, card, n, quote, product, seq)
        if order is not None:
            orders.append(order)
    return orders


def _order(
    world: World,
    session: SessionSection,
    name: str,
    card: int,
    n: int,
    quote: Quote,
    product: str,
    seq: int,
) -> Order | None:
    """Turn a quote into an order; `None` if it lies outside the price collar.

    A buyer whose replacement ratio is r acquires r for each 1 it needs, so its order
    is r times its need at 1/r of its value.
    """
    pollutant = world.pollutant_of(card)
    mass, limit = quote.mass_mg, quote.limit_fen_per_t
    if session.kind == "secondary" and quote.side is Side.BUY:
        sector = world.rules.scenario.register.firms[card // len(world.pollutants)].sector
        mass, limit = to_acquire(mass, limit, ratio_percent(world, sector))
        if limit < world.market.floor_fen_per_t.get(pollutant, 0):
            return None
    if session.kind == "secondary" and quote.side is Side.SELL:
        # The ask is raised by the platform's fee, so that the seller receives its own limit.
        limit = before_fee(limit, world.file.market.fee.value)
    ceiling = world.market.ceiling_fen_per_t.get(pollutant)
    if quote.side is Side.SELL and ceiling is not None and limit > ceiling:
        return None
    firm = world.firm_id(card)
    return Order(f"{name}/{firm}/{n}", firm, quote.side, product, mass, limit, seq, at_s=quote.at_s)


def _deal(world: World, day: Day, trade: Trade, right: Right, name: str) -> Deal:
    """Turn a trade into a secured deal: both sides have been in escrow since the orders."""
    assert trade.buyer is not None
    file = world.file
    sector = world.rules.scenario.register.firms[world.rules.firm_index[trade.buyer]].sector
    deal = agree(
        trade,
        (right,),
        id=name,
        on=day.on,
        days=file.market.trade_delay_days.value,
        ratio_percent=ratio_percent(world, sector),
        fee_share=file.market.fee.value,
    )
    return secure(deal, day.on)


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


def _product(strip: Sequence[Right]) -> str:
    first, last = strip[0].vintage, strip[-1].vintage
    years = str(first) if first == last else f"{first}-{last}"
    return f"{strip[0].pollutant} {years}"


def _why(rule: Rule) -> str:
    return f"{rule.name} {rule.spec.source}"


def _row(day: Day, name: str, kind: str, trade: Trade, product: str, retired: int) -> Row:
    cells = (name, day.on, kind, trade.buyer, trade.seller, product, trade.mass_mg, retired,
             trade.price_fen_per_t, trade.money_fen)  # fmt: skip
    return "trades", cells


def _records(
    day: Day,
    name: str,
    kind: str,
    rule: Rule,
    book: Book,
    clearing: Clearing,
    source: str,
) -> list[Row]:
    """One row for the session, and one per reason for unfilled mass."""
    bidders = {order.trader for order in book.orders}
    winners = {fill.order.trader for fill in clearing.fills}
    mass = clearing.traded_mg
    average = _average(clearing)
    offered = book.supply_mg
    if offered is None:
        offered = sum(o.mass_mg for o in book.orders if o.side is Side.SELL)
    cells = (name, day.on, kind, rule.name, book.product, book.years, len(book.orders),
             len(bidders), len(winners), offered, mass, clearing.price_fen_per_t, average,
             clearing.money_fen, source)  # fmt: skip
    rows: list[Row] = [("sessions", cells)]
    reasons: dict[str, list[int]] = {}
    for rest in clearing.rests:
        reasons.setdefault(rest.reason.value, []).append(rest.mass_mg)
    for reason, masses in sorted(reasons.items()):
        rows.append(("unfilled", (name, reason, len(masses), sum(masses))))
    return rows


def _average(clearing: Clearing) -> int | None:
    """Average price paid per tonne and vintage [fen/t]; None without a trade."""
    mass = clearing.traded_mg * clearing.years
    return round(clearing.money_fen * MG_PER_T / mass) if mass else None


def _price(clearing: Clearing) -> int | None:
    """Price of a session: the uniform one, else the mean of what was paid [fen/t]."""
    one = clearing.price_fen_per_t
    return _average(clearing) if one is None else one


def _losers(day: Day, clearing: Clearing, rule: Rule) -> list[Happening]:
    """The bidders that the head-count rule excluded."""
    return [
        happened(
            day.on, "clear", "auction.lost", rest.order.trader,
            "{who} bids {price} yuan/t·yr for {mass} t/yr and is excluded by the head-count rule",
            f"{rule.spec.title} {rule.spec.source}", mass_mg=rest.mass_mg,
            price=fmt_yuan(rest.order.limit_fen_per_t),
        )
        for rest in clearing.rests
        if rest.reason is Unfilled.HEAD_COUNT
    ]  # fmt: skip
