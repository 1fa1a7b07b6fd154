"""What a session leaves in the result tables and the log."""

from __future__ import annotations

from collections.abc import Sequence

from market.clearing.clearing import Clearing, Trade, Unfilled
from market.clearing.order import Side
from market.session.admission import Refusal
from market.session.auction import HeldSale
from permits.quantity import MG_PER_T, fmt_yuan
from permits.right import Right
from permits.rule import Rule
from scenarios.simulation.calendar import Day
from scenarios.simulation.outcome import Happening, Row, happened
from scenarios.simulation.world import World

SECONDARY_SOURCE = "[ZJ-Z6] [ZJ-C34]"


def product_name(strip: Sequence[Right]) -> str:
    """Name of a right, or of a strip of vintages, in a book."""
    first, last = strip[0].vintage, strip[-1].vintage
    years = str(first) if first == last else f"{first}-{last}"
    return f"{strip[0].pollutant} {years}"


def why(rule: Rule) -> str:
    """A clearing rule and its source, as entries name them."""
    return f"{rule.name} {rule.spec.source}"


def trade_row(day: Day, name: str, kind: str, trade: Trade, product: str, retired: int) -> Row:
    """One trade; `retired` of its mass by the replacement ratio [mg]."""
    cells = (name, day.on, kind, trade.buyer, trade.seller, product, trade.mass_mg, retired,
             trade.price_fen_per_t, trade.money_fen)  # fmt: skip
    return "trades", cells


def session_rows(
    day: Day, name: str, kind: str, rule: Rule, held: HeldSale, source: str
) -> list[Row]:
    """One row for the session, and one per reason for what was refused or not filled.

    Args:
        day: the day of the session.
        name: name of the session.
        kind: auction or secondary.
        rule: its clearing rule.
        held: its outcome.
        source: source of the kind of session.
    """
    book, clearing = held.book, held.clearing
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
    for refusal in held.refusals:
        reasons.setdefault(refusal.reason.value, []).append(refusal.offer.mass_mg)
    for reason, masses in sorted(reasons.items()):
        rows.append(("unfilled", (name, reason, len(masses), sum(masses))))
    return rows


def order_rows(world: World, day: Day, name: str, held: HeldSale) -> list[Row]:
    """One row for every order of a session and every refused one, each with its reason.

    Args:
        world: the simulated year; a lean one keeps no rows of orders.
        day: the day of the session.
        name: name of the session.
        held: its outcome.
    """
    if world.rules.lean:
        return []
    filled: dict[str, tuple[int, int]] = {}
    for fill in held.clearing.fills:
        mass, money = filled.get(fill.order.id, (0, 0))
        filled[fill.order.id] = mass + fill.mass_mg, money + fill.money_fen
    reasons = {rest.order.id: rest.reason.value for rest in held.clearing.rests}
    rows: list[Row] = []
    for order in held.book.orders:
        mass, money = filled.get(order.id, (0, 0))
        rows.append(("orders", (name, day.on, order.trader, order.side.value, order.product,
                                order.mass_mg, order.limit_fen_per_t, order.at_s, mass, money,
                                reasons.get(order.id, ""))))  # fmt: skip
    return rows + [refused_row(day, name, refusal) for refusal in held.refusals]


def refused_row(day: Day, name: str, refusal: Refusal) -> Row:
    """The row of a refused order.

    Args:
        day: the day of the session.
        name: name of the session.
        refusal: the order and the reason.
    """
    offer = refusal.offer
    cells = (name, day.on, offer.trader, offer.side.value, offer.product, offer.mass_mg,
             offer.limit_fen_per_t, offer.at_s, 0, 0, refusal.reason.value)  # fmt: skip
    return "orders", cells


def _average(clearing: Clearing) -> int | None:
    """Average price paid per tonne and vintage [fen/t]; None without a trade."""
    mass = clearing.traded_mg * clearing.years
    return round(clearing.money_fen * MG_PER_T / mass) if mass else None


def price_of(clearing: Clearing) -> int | None:
    """Price of a session: the uniform one, else the mean of what was paid [fen/t]."""
    one = clearing.price_fen_per_t
    return _average(clearing) if one is None else one


def losers(day: Day, clearing: Clearing, rule: Rule) -> list[Happening]:
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
