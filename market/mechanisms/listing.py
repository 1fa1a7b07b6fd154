"""Listing (挂牌): sellers post mass and price, and the first comers take them.

A listing is public from its second on and stands for its time. Buyers come in order of
arrival; each takes the cheapest listings within its limit, at the prices posted, at one
price the earlier first, and leaves: buyers do not queue. `notice_s` is how long a
listing must have been public before it may be taken.

Listing is a mode of sale in the rules [ZJ-Z2] art. 2; that buyers come one by one, and the
length of the notice, could not be verified and are assumed [ModelAssumption].

What it lacks: efficiency (the first comer need not be the one who values it most), and
truthfulness of sellers, who post the price that they hope for.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping

from numpy.random import Generator

from market.clearing.clearing import Clearing, Trade, Unfilled
from market.clearing.crossing import Part, one_price, pair_parts
from market.clearing.matching import write_up
from market.clearing.order import Book, Order, Side
from permits.rule import Param, Params, Spec

SPEC = Spec(
    title="Listing",
    title_zh="挂牌",
    source="[ZJ-Z2] [ModelAssumption]",
    side="both",
    params=(
        Param("notice_s", 0, "s", "time for which a listing is public before it may be taken"),
    ),
    claims=frozenset({"budget_balance", "individual_rationality"}),
    reveals=("asks",),
    heeds_until=True,
)


def clear(book: Book, params: Params, rng: Generator) -> Clearing:
    """Serve buyers one by one from what is listed.

    Args:
        book: all orders for one product [mg, fen/t]; no government supply.
        params: parameters of `SPEC`, defaults filled in.
        rng: not used: time breaks ties.
    Source: [ZJ-Z2] art. 2.
    """
    notice_s = int(params["notice_s"])
    coming = sorted(book.sells, key=lambda o: (o.at_s, o.seq, o.id), reverse=True)
    listed: list[Order] = []
    left = {order.id: order.mass_mg for order in book.sells}
    trades: list[Trade] = []
    for buy in sorted(book.buys, key=lambda o: (o.at_s, o.seq, o.id)):
        # Listings before the buyer: one whose notice ends in this second may be taken.
        while coming and coming[-1].at_s + notice_s <= buy.at_s:
            insort(listed, coming.pop(), key=_rank)
        for sell, mass in _taken(buy, listed, left):
            one = [Part(buy, mass, sell.limit_fen_per_t)], [Part(sell, mass, None)]
            trades += pair_parts(*one, book.years)
            left[sell.id] -= mass
    last_s = max((buy.at_s for buy in book.buys), default=0)
    both = {order.side for order in book.orders} == {Side.BUY, Side.SELL}

    def reason(order: Order) -> Unfilled:
        if order.until_s is not None and order.until_s < last_s and order.side is Side.SELL:
            return Unfilled.EXPIRED
        return Unfilled.PRICE if both else Unfilled.NO_COUNTERPARTY

    return write_up(book, "listing", trades, reason, price_fen_per_t=one_price(trades))


def _rank(order: Order) -> tuple[int, int, str]:
    return order.limit_fen_per_t, order.seq, order.id


def _taken(buy: Order, listed: list[Order], left: Mapping[str, int]) -> list[tuple[Order, int]]:
    """The listings that a buyer takes; sold-out or expired ones met on the way are removed."""
    wanted, place, taken = buy.mass_mg, 0, []
    while wanted and place < len(listed):
        sell = listed[place]
        if sell.limit_fen_per_t > buy.limit_fen_per_t:
            break
        if not left[sell.id] or (sell.until_s is not None and sell.until_s < buy.at_s):
            del listed[place]
            continue
        if sell.trader != buy.trader:
            taken.append((sell, min(wanted, left[sell.id])))
            wanted -= taken[-1][1]
        place += 1
    return taken
