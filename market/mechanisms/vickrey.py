"""Vickrey's multi-unit auction: each winner pays the bids that it displaces.

Without a winner, its mass would have gone to the best bids of others that were left out;
it pays these limits, and the reserve price where nobody else wanted the mass. A fill is
therefore several trades at whole prices, the dearest unit against the best bid that it
displaces.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from numpy.random import Generator

from market.clearing.clearing import Clearing, Trade, Unfilled
from market.clearing.matching import TIE, ration, sale, write_up
from market.clearing.order import Book, Order
from permits.rule import Params, Spec

SPEC = Spec(
    title="Multi-unit Vickrey auction",
    title_zh="维克里拍卖（多单位）",
    source="[Vickrey1961] [Krishna2010] ch. 12",
    side="buy",
    params=(TIE,),
    claims=frozenset(
        {"budget_balance", "individual_rationality", "efficient", "truthful_one_unit", "truthful"}
    ),
)


def clear(book: Book, params: Params, rng: Generator) -> Clearing:
    """Sell to the highest bids, each winner at what others would have paid.

    Args:
        book: all orders for one product, with supply [mg] and reserve price [fen/t].
        params: parameters of `SPEC`, defaults filled in.
        rng: random stream of the tie-breaking lottery.
    Source: [Vickrey1961]; many units: [Krishna2010] ch. 12.
    """
    reserve = book.reserve_fen_per_t or 0
    able = [order for order in book.buys if order.limit_fen_per_t >= reserve]
    filled, tie = ration(able, book.supply_mg or 0, params["tie"], rng)
    won = [order for order in able if order.id in filled]
    trades: list[Trade] = []
    for trader in dict.fromkeys(order.trader for order in won):
        own = [(order, filled[order.id]) for order in won if order.trader == trader]
        mass = sum(part for _, part in own)
        trades += _charged(own, _displaced(able, filled, trader, mass, reserve), book.years)
    lowest = min((order.limit_fen_per_t for order in won), default=reserve)

    def reason(order: Order) -> Unfilled:
        if order.limit_fen_per_t < reserve:
            return Unfilled.RESERVE
        return Unfilled.PRICE if order.limit_fen_per_t < lowest else Unfilled.SUPPLY

    prices = {trade.price_fen_per_t for trade in trades}
    price = prices.pop() if len(prices) == 1 else None
    return write_up(book, "vickrey", trades, reason, price_fen_per_t=price, ties=[tie])


def _displaced(
    able: Sequence[Order], filled: dict[str, int], trader: str, mass_mg: int, reserve: int
) -> list[tuple[int, int]]:
    """Value of `mass_mg` to others: (price, mass), dearest first."""
    found: list[tuple[int, int]] = []
    for order in able:
        part = min(mass_mg, order.mass_mg - filled.get(order.id, 0))
        # Only others' bids: a winner's own lower bids must not set its price.
        if order.trader == trader or not part:
            continue
        mass_mg -= part
        if found and found[-1][0] == order.limit_fen_per_t:
            part += found.pop()[1]
        found.append((order.limit_fen_per_t, part))
    return [*found, (reserve, mass_mg)] if mass_mg else found


def _charged(
    own: Sequence[tuple[Order, int]], displaced: Sequence[tuple[int, int]], years: int
) -> Iterator[Trade]:
    """A winner's orders against the bids they displace, both best first."""
    prices = iter(displaced)
    price, rest = next(prices)
    for order, mass in own:
        done = 0
        while done < mass:
            if not rest:
                price, rest = next(prices)
            part = min(mass - done, rest)
            yield sale(order, part, price, years)
            done, rest = done + part, rest - part
