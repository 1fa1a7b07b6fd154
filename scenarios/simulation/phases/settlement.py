"""Settlement of a session: delivery of what was traded, and what unmet bids oblige to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from market import settle
from market.clearing.clearing import Clearing, Trade, Unfilled
from market.clearing.order import Side
from market.contracts.secondary import Deal, agree, secure
from permits.ledger import Entry
from permits.quantity import fmt_t, fmt_yuan
from permits.right import Right
from permits.rule import Rule
from scenarios.simulation.agenda import HandOver, PutOff
from scenarios.simulation.calendar import Day
from scenarios.simulation.changes import Counted, Later, PaidFor, Unmet
from scenarios.simulation.expectation import ratio_percent
from scenarios.simulation.outcome import Outcome, Played, happened
from scenarios.simulation.phases.handing_over import hand_over
from scenarios.simulation.phases.session_rows import (
    SECONDARY_SOURCE,
    price_of,
    product_name,
    trade_row,
    why,
)
from scenarios.simulation.phases.swipes import take_back
from scenarios.simulation.world import EXCHANGE, World


def unmet(world: World, clearing: Clearing, p: int) -> Unmet:
    """The cost up to which each firm must abate, whatever price it expects.

    What nobody sells, a firm abates itself: unmet bids at or above the price (the mean where
    each trade has its own price), or all of them where nobody sold. And what it sold at an
    own price above the mean, it has to build.
    """
    found: dict[int, int] = {}
    price = price_of(clearing)
    for rest in clearing.rests:
        order = rest.order
        at_price = price is None or order.limit_fen_per_t >= price
        if order.side is Side.BUY and at_price and rest.reason is not Unfilled.OWN_ORDER:
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


def deliver_sale(
    world: World,
    day: Day,
    clearing: Clearing,
    strip: Sequence[Right],
    owner: str,
    name: str,
    rule: Rule,
) -> Played[None]:
    """What was sold goes into escrow; certificates are delivered after the sale's delay."""
    delay = world.file.market.auction_delay_days.value
    delivered = day.on + timedelta(days=delay)
    entries = settle.settle_auction(
        clearing.trades, strip, seller=owner, session=name, on=delivered, why=why(rule)
    )
    aside = settle.set_aside(
        owner, strip, clearing.traded_mg, session=name, on=day.on, why=why(rule)
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
        rows.append(trade_row(day, name, "auction", trade, product_name(strip), 0))
    yield Outcome(aside, _paid_for(bought), events, rows)
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


def deliver_trades(
    world: World, day: Day, clearing: Clearing, right: Right, name: str, rule: Rule
) -> Played[None]:
    """Log trades, take quota from sellers' cards today, and deliver after the trade delay."""
    delay = world.file.market.trade_delay_days.value
    delivered = day.on + timedelta(days=delay)
    entries, events, rows = [], [], []
    deals: list[Deal] = []
    sold: dict[int, int] = {}
    bought: dict[int, int] = {}
    for number, trade in enumerate(clearing.trades):
        assert trade.buyer is not None and trade.seller is not None
        deal = _deal(world, day, trade, right, f"{name}/trade/{number:04d}")
        deals.append(deal)
        entries.append(settle.deliver_deal(deal, operator=EXCHANGE, on=delivered, why=why(rule)))
        product, retired = product_name([right]), deal.retired_mg
        rows.append(trade_row(day, name, "secondary", trade, product, retired))
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
    delivery = HandOver(bought, (right,), tuple(deals))
    yield from _deliver_later(world, day, delay, entries, delivery)


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
