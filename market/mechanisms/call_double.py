"""A call market: both sides at once, greatest volume, one price between the margins."""

from __future__ import annotations

from fractions import Fraction

from numpy.random import Generator

from market.clearing import Clearing, Unfilled
from market.matching import TIE, pair, ration, write_up
from market.order import Book, Order, Side
from permits.rule import Param, Params, Spec

SPEC = Spec(
    title="Call market",
    title_zh="集合竞价",
    source="[ChatterjeeSamuelson1983]",
    side="both",
    params=(Param("k", 0.5, "", "price = k x marginal bid + (1 - k) x marginal ask"), TIE),
    claims=frozenset({"budget_balance", "individual_rationality", "efficient"}),
)


def clear(book: Book, params: Params, rng: Generator) -> Clearing:
    """Cross the two sides at the greatest volume. Source: [ChatterjeeSamuelson1983]."""
    buys, sells = book.buys, book.sells
    volume, bid, ask = cross(buys, sells)
    bought, tie_buy = ration(buys, volume, params["tie"], rng)
    sold, tie_sell = ration(sells, volume, params["tie"], rng)
    price = None if not volume else _price(bid, ask, params["k"])
    trades = () if price is None else pair(buys, sells, bought, sold, price, book.years)

    def reason(order: Order) -> Unfilled:
        if price is None:
            return Unfilled.NO_COUNTERPARTY if not (buys and sells) else Unfilled.PRICE
        gap = order.limit_fen_per_t - price
        out = gap < 0 if order.side is Side.BUY else gap > 0
        return Unfilled.PRICE if out else Unfilled.NO_COUNTERPARTY

    ties = [tie_buy, tie_sell]
    return write_up(book, "call_double", trades, reason, price_fen_per_t=price, ties=ties)


def cross(buys: tuple[Order, ...], sells: tuple[Order, ...]) -> tuple[int, int, int]:
    """Greatest volume [mg] of two ranked sides, with the marginal bid and ask [fen/t]."""
    volume = bid = ask = 0
    i = j = 0
    left_buy = buys[0].mass_mg if buys else 0
    left_sell = sells[0].mass_mg if sells else 0
    while i < len(buys) and j < len(sells):
        if buys[i].limit_fen_per_t < sells[j].limit_fen_per_t:
            break
        bid, ask = buys[i].limit_fen_per_t, sells[j].limit_fen_per_t
        mass = min(left_buy, left_sell)
        volume, left_buy, left_sell = volume + mass, left_buy - mass, left_sell - mass
        if not left_buy:
            i += 1
            left_buy = buys[i].mass_mg if i < len(buys) else 0
        if not left_sell:
            j += 1
            left_sell = sells[j].mass_mg if j < len(sells) else 0
    return volume, bid, ask


def _price(bid: int, ask: int, k: float) -> int:
    """Whole fen, half to even; between `ask` and `bid` since both are whole."""
    share = Fraction(str(k))
    return round(share * bid + (1 - share) * ask)
