"""Shared by two-sided rules: where the sides cross, and parts of orders paired off."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from market.clearing.clearing import Trade, Unfilled, trade_money_fen
from market.clearing.order import Book, Order, Side
from permits.errors import InputError

Why = Callable[[Order], Unfilled]


@dataclass(frozen=True, slots=True)
class Crossing:
    """The greatest volume at which no bid is below its ask, and the marginal orders.

    `buys` and `sells` count the orders that trade, the last of a side perhaps in part;
    the prices are those of the last pair, 0 where nothing crosses.
    """

    volume_mg: int
    bid_fen_per_t: int
    ask_fen_per_t: int
    buys: int
    sells: int
    part_buy: bool  # the last purchase trades in part only
    part_sell: bool

    @property
    def exact(self) -> bool:
        """Whether both sides end with the same milligram."""
        return not (self.part_buy or self.part_sell)


def cross(buys: Sequence[Order], sells: Sequence[Order]) -> Crossing:
    """Walk two ranked sides against each other as far as bids reach asks."""
    volume = bid = ask = i = j = 0
    left_buy, left_sell = _mass(buys, 0), _mass(sells, 0)
    # `>=`: a pair with equal limits trades too, which makes the volume the greatest.
    while left_buy and left_sell and buys[i].limit_fen_per_t >= sells[j].limit_fen_per_t:
        bid, ask = buys[i].limit_fen_per_t, sells[j].limit_fen_per_t
        mass = min(left_buy, left_sell)
        volume, left_buy, left_sell = volume + mass, left_buy - mass, left_sell - mass
        if not left_buy:
            i += 1
            left_buy = _mass(buys, i)
        if not left_sell:
            j += 1
            left_sell = _mass(sells, j)
    part_buy, part_sell = left_buy < _mass(buys, i), left_sell < _mass(sells, j)
    return Crossing(volume, bid, ask, i + part_buy, j + part_sell, part_buy, part_sell)


def competitive_interval(
    buys: Sequence[Order], sells: Sequence[Order], found: Crossing
) -> tuple[int, int]:
    """The lowest and the highest price at which exactly those who trade want to [fen/t].

    Between the last ask that trades or the best bid left out, whichever is higher, and
    the last bid that trades or the best ask left out, whichever is lower.

    Args:
        buys: purchases, best first.
        sells: sales, best first.
        found: where the two cross.
    """
    # An order served in part is also the best of those left out: its remainder still wants.
    next_buy = buys[found.buys - found.part_buy :][:1]
    next_sell = sells[found.sells - found.part_sell :][:1]
    low = max([found.ask_fen_per_t, *(order.limit_fen_per_t for order in next_buy)])
    high = min([found.bid_fen_per_t, *(order.limit_fen_per_t for order in next_sell)])
    return low, high


@dataclass(frozen=True, slots=True)
class Part:
    """Mass of an order that trades, at the price of its own side.

    `None` as a seller's price: what the buyer pays.
    """

    order: Order
    mass_mg: int
    price_fen_per_t: int | None


def pair_parts(buys: Iterable[Part], sells: Iterable[Part], years: int) -> tuple[Trade, ...]:
    """Trades between two sides of equal mass, first with first.

    Where a seller's price is below its buyer's, the rule keeps the difference.

    Args:
        buys: parts of purchases, each with its price.
        sells: parts of sales, of the same mass in all.
        years: vintages sold as one.
    """
    trades = []
    queue = iter(sells)
    sell, left_sell = None, 0
    for buy in buys:
        left = buy.mass_mg
        while left:
            if sell is None or not left_sell:
                sell = next(queue)
                left_sell = sell.mass_mg
            mass = min(left, left_sell)
            if mass:
                trades.append(_trade(buy, sell, mass, years))
            left, left_sell = left - mass, left_sell - mass
    return tuple(trades)


def unmatched(book: Book, price_fen_per_t: int | None) -> Why:
    """Why a two-sided rule with one price left an order, or a part of it, unfilled."""
    both = {order.side for order in book.orders} == {Side.BUY, Side.SELL}

    def why(order: Order) -> Unfilled:
        if price_fen_per_t is None:
            return Unfilled.PRICE if both else Unfilled.NO_COUNTERPARTY
        gap = order.limit_fen_per_t - price_fen_per_t
        out = gap < 0 if order.side is Side.BUY else gap > 0
        return Unfilled.PRICE if out else Unfilled.NO_COUNTERPARTY

    return why


def left_over(book: Book, volume_mg: int) -> Why:
    """Reasons for orders left when `volume_mg` crossed.

    Either the other side has no mass left, or what is left of it asks for a better price.
    """
    there = {Side.BUY: 0, Side.SELL: 0}
    for order in book.orders:
        there[order.side] += order.mass_mg

    def why(order: Order) -> Unfilled:
        other = Side.SELL if order.side is Side.BUY else Side.BUY
        return Unfilled.PRICE if there[other] > volume_mg else Unfilled.NO_COUNTERPARTY

    return why


def one_price(trades: Iterable[Trade]) -> int | None:
    """The price that all trades share, if they do."""
    prices = {trade.price_fen_per_t for trade in trades}
    return prices.pop() if len(prices) == 1 else None


def gain_share(k: float, rule: str) -> Fraction:
    """The share `k` of a pair's gain, as an exact number.

    Raises: InputError where it is not a number from 0 to 1.
    """
    try:
        share = Fraction(str(k))  # by its text: 0.1 is a tenth, not the nearest double
    except ValueError:
        share = Fraction(-1)
    if not 0 <= share <= 1:
        raise InputError(
            "rule.share",
            "k = {k} is not a number from 0 to 1",
            where=rule,
            mend="write for example 0.5, the middle between bid and ask",
            k=k,
        )
    return share


def _mass(ranked: Sequence[Order], place: int) -> int:
    return ranked[place].mass_mg if place < len(ranked) else 0


def _trade(buy: Part, sell: Part, mass_mg: int, years: int) -> Trade:
    price, own = buy.price_fen_per_t, sell.price_fen_per_t
    assert price is not None, "a purchase without a price"
    money = trade_money_fen(mass_mg, price, years)
    names = (buy.order.id, sell.order.id, buy.order.trader, sell.order.trader)
    if own is None or own == price:
        return Trade(*names, mass_mg, price, money)
    return Trade(*names, mass_mg, price, money, own, trade_money_fen(mass_mg, own, years))
