"""MUDA, truthful for many units: each half of the traders deals at the other half's price.

Every trader, with all its orders, is assigned at random to one of two halves. In each half
the price is found at which supply meets demand, and is then given to the other half, which
cannot influence it. There all who gain by it would trade, and the longer side is cut:

- `lottery`: traders of a side come in random order, each served as far as the other side
  reaches. One price per half, and no money is left over.
- `vickrey`: the shorter side trades all it wants at the price; the longer side competes
  for that mass, each paying what its mass would have been worth to those it displaces,
  at least the price. More is gained, and the rule keeps the difference.

Truthful for any number of units at falling marginal values, whatever the draw. Source:
[SegalHaleviEtAl2018]; the variants after their description there. Where nothing crosses in
a half its price is the middle between its best bid and ask, or whichever of the two
exists; a half without orders gives no price, and the other does not trade.

What it lacks: efficiency. Trades across halves are lost, and prices of halves differ; the
loss falls with the number of traders.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from numpy.random import Generator

from market.clearing.clearing import Clearing, Trade, Unfilled
from market.clearing.crossing import Part, competitive_interval, cross, one_price, pair_parts
from market.clearing.matching import write_up
from market.clearing.order import Book, Order, Side
from permits.rule import Param, Params, Spec, Variant

TRUTHFUL = frozenset({"individual_rationality", "truthful_one_unit", "truthful"})
SPEC = Spec(
    title="MUDA: multi-unit double auction in two halves",
    title_zh="对半分组多单位双向拍卖",
    source="[SegalHaleviEtAl2018]",
    side="both",
    params=(
        Param("variant", "lottery", "", "how the longer side is rationed", ("lottery", "vickrey")),
    ),
    claims=TRUTHFUL | {"budget_balance"},
    variants=(Variant({"variant": "vickrey"}, TRUTHFUL),),
)


def clear(book: Book, params: Params, rng: Generator) -> Clearing:
    """Trade in each half at the other's price.

    Args:
        book: all orders for one product [mg, fen/t]; no government supply.
        params: parameters of `SPEC`, defaults filled in.
        rng: random stream of the halves and of the order in which traders are served.
    Source: [SegalHaleviEtAl2018].
    """
    half, place = _drawn(book, rng)
    halves = [tuple(o for o in book.orders if half[o.trader] == side) for side in (0, 1)]
    # Reversed: each half deals at the other's price, which none of its own bids has moved.
    prices = [_price(book, orders) for orders in reversed(halves)]
    trades: list[Trade] = []
    for orders, price in zip(halves, prices, strict=True):
        if price is not None:
            trades += _deal(replace(book, orders=orders), price, params["variant"], place)

    def reason(order: Order) -> Unfilled:
        price = prices[half[order.trader]]
        wants = price is None or _gain(order, price) >= 0
        return Unfilled.NO_COUNTERPARTY if wants else Unfilled.PRICE

    return write_up(book, "muda", trades, reason, price_fen_per_t=one_price(trades))


def _drawn(book: Book, rng: Generator) -> tuple[dict[str, int], dict[str, int]]:
    """Each trader's half, and its place in the random order.

    Drawn over names only, so that no bid can change it.
    """
    traders = sorted({order.trader for order in book.orders})
    halves, places = rng.integers(0, 2, len(traders)), rng.permutation(len(traders))
    half = {who: int(halves[n]) for n, who in enumerate(traders)}
    return half, {who: int(places[n]) for n, who in enumerate(traders)}


def _price(book: Book, orders: tuple[Order, ...]) -> int | None:
    """The middle of the prices at which a half would clear [fen/t], half to even."""
    part = replace(book, orders=orders)
    buys, sells = part.buys, part.sells
    found = cross(buys, sells)
    ends: Sequence[int]
    if found.volume_mg:
        ends = competitive_interval(buys, sells, found)
    else:
        ends = tuple(order.limit_fen_per_t for order in (*buys[:1], *sells[:1]))
    return round(Fraction(sum(ends), len(ends))) if ends else None


def _deal(half: Book, price: int, variant: str, place: Mapping[str, int]) -> tuple[Trade, ...]:
    """The trades of one half at a price that it cannot influence."""
    buys = [order for order in half.buys if _gain(order, price) >= 0]
    sells = [order for order in half.sells if _gain(order, price) >= 0]
    demand, supply = (sum(order.mass_mg for order in side) for side in (buys, sells))
    volume = min(demand, supply)

    def served(side: Sequence[Order], wanted_mg: int) -> Iterator[Part]:
        if variant == "vickrey" and wanted_mg > volume:
            return _competing(side, volume, price)
        drawn = sorted(side, key=lambda order: place[order.trader])
        return (Part(order, mass, price) for order, mass in _first(drawn, volume))

    return pair_parts(served(buys, demand), served(sells, supply), half.years)


def _first(orders: Iterable[Order], volume_mg: int) -> Iterator[tuple[Order, int]]:
    """The orders, in their order, as far as the volume reaches."""
    left = volume_mg
    for order in orders:
        mass = min(order.mass_mg, left)
        if not mass:
            return
        left -= mass
        yield order, mass


def _competing(ranked: Sequence[Order], volume_mg: int, price: int) -> Iterator[Part]:
    """The best orders, each trader paying what its mass is worth to those it displaces.

    Where nobody is displaced it pays the price, as all do who are not rationed.
    """
    winners = list(_first(ranked, volume_mg))
    won = {order.id: mass for order, mass in winners}
    losers = [(o, o.mass_mg - won.get(o.id, 0)) for o in ranked if won.get(o.id, 0) < o.mass_mg]
    for trader in dict.fromkeys(order.trader for order, _ in winners):
        # A trader displaces only others: its own lower bids must not raise its price.
        displaced = ((o.limit_fen_per_t, m) for o, m in losers if o.trader != trader)
        worth, left = price, 0
        for order in (order for order, _ in winners if order.trader == trader):
            unpaid = won[order.id]
            while unpaid:
                if not left:
                    worth, left = next(displaced, (price, volume_mg))
                part = min(unpaid, left)
                yield Part(order, part, worth)
                unpaid, left = unpaid - part, left - part


def _gain(order: Order, price: int) -> int:
    """Gain of a tonne at a price [fen/t]."""
    gap = order.limit_fen_per_t - price
    return gap if order.side is Side.BUY else -gap
