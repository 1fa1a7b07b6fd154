"""The exact competitive outcome of step orders: the benchmark for sessions.

Everything is whole fen and milligrams or a Fraction of fen, so equality is exact.
Surplus is what all trades together are worth: buyers' limits less sellers'.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from market.clearing.clearing import Clearing
from market.clearing.order import Book, Order, Side
from permits.quantity import MG_PER_T


@dataclass(frozen=True, slots=True)
class Equilibrium:
    """Prices at which demand meets supply, what is traded there, and what it is worth.

    `None` ends of the price interval are open: nobody on that side sets them.
    """

    price_low_fen_per_t: int | None
    price_high_fen_per_t: int | None
    volume_low_mg: int  # trades that gain
    volume_high_mg: int  # with those that neither gain nor lose
    surplus_fen: Fraction


def competitive(orders: Sequence[Order], years: int = 1) -> Equilibrium:
    """The crossing of a market's two sides. The order of the argument is irrelevant."""
    book = Book(orders[0].product if orders else "", tuple(orders))
    buys, sells = book.buys, book.sells
    strict, weak = _volume(buys, sells, strict=True), _volume(buys, sells, strict=False)
    return Equilibrium(
        price_low_fen_per_t=_last(sells, weak, _next(buys, weak)),
        price_high_fen_per_t=_first(buys, weak, _next(sells, weak)),
        volume_low_mg=strict,
        volume_high_mg=weak,
        surplus_fen=_surplus(buys, sells, weak) * years,
    )


def max_welfare_fen(book: Book, side: str = "buy") -> Fraction:
    """The highest welfare that trades of a book can reach [fen].

    In a sale the government's offer counts as asks at the reserve price; where it buys
    (`side` "sell") its demand counts as bids at the most that it pays, or, where it
    takes any offer, at the dearest one.
    """
    buys, sells = book.buys, book.sells
    if book.supply_mg:
        if side == "sell":
            dearest = sells[-1].limit_fen_per_t if sells else 0
            most = dearest if book.reserve_fen_per_t is None else book.reserve_fen_per_t
            buys = (Order("", "", Side.BUY, book.product, book.supply_mg, most, 0),)
        else:
            least = book.reserve_fen_per_t or 0
            sells = (Order("", "", Side.SELL, book.product, book.supply_mg, least, 0),)
    volume = _volume(buys, sells, strict=False)
    return _surplus(buys, sells, volume) * book.years


def welfare_fen(clearing: Clearing) -> Fraction:
    """Welfare of a clearing: limits of buyers less those of sellers [fen]."""
    total = 0
    for fill in clearing.fills:
        value = fill.mass_mg * fill.order.limit_fen_per_t
        total += value if fill.order.side is Side.BUY else -value
    return Fraction(total * clearing.years, MG_PER_T)


def _volume(buys: Sequence[Order], sells: Sequence[Order], *, strict: bool) -> int:
    """Greatest volume of trades that gain, or (not `strict`) do not lose."""
    volume = i = j = 0
    left_buy = buys[0].mass_mg if buys else 0
    left_sell = sells[0].mass_mg if sells else 0
    while i < len(buys) and j < len(sells):
        gain = buys[i].limit_fen_per_t - sells[j].limit_fen_per_t
        if gain < 0 or (strict and gain == 0):
            break
        mass = min(left_buy, left_sell)
        volume, left_buy, left_sell = volume + mass, left_buy - mass, left_sell - mass
        if not left_buy:
            i += 1
            left_buy = buys[i].mass_mg if i < len(buys) else 0
        if not left_sell:
            j += 1
            left_sell = sells[j].mass_mg if j < len(sells) else 0
    return volume


def _surplus(buys: Sequence[Order], sells: Sequence[Order], volume_mg: int) -> Fraction:
    worth = _value(buys, volume_mg) - _value(sells, volume_mg)
    return Fraction(worth, MG_PER_T)


def _value(ranked: Sequence[Order], volume_mg: int) -> int:
    total, left = 0, volume_mg
    for order in ranked:
        mass = min(order.mass_mg, left)
        total += mass * order.limit_fen_per_t
        left -= mass
        if not left:
            break
    return total


def _at(ranked: Sequence[Order], mass_mg: int) -> int | None:
    """The limit of the milligram that comes after `mass_mg`."""
    passed = 0
    for order in ranked:
        passed += order.mass_mg
        if passed > mass_mg:
            return order.limit_fen_per_t
    return None


def _next(ranked: Sequence[Order], volume_mg: int) -> int | None:
    return _at(ranked, volume_mg)


def _last(sells: Sequence[Order], volume_mg: int, next_bid: int | None) -> int | None:
    """The lowest price: the last ask that trades, or the best bid that does not."""
    ask = _at(sells, volume_mg - 1) if volume_mg else None
    known = [price for price in (ask, next_bid) if price is not None]
    return max(known, default=None)


def _first(buys: Sequence[Order], volume_mg: int, next_ask: int | None) -> int | None:
    """The highest price: the last bid that trades, or the best ask that does not."""
    bid = _at(buys, volume_mg - 1) if volume_mg else None
    known = [price for price in (bid, next_ask) if price is not None]
    return min(known, default=None)
