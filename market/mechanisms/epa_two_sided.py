"""EPA's first SO2 allowance auction: the lowest ask is matched with the highest bid.

Asks are ranked from the lowest, bids from the highest, and matched in that order as far
as bids reach asks. Each buyer pays its own bid, and the seller matched with it gets that
money: the lowest ask is paid most. Source of the rule and of its flaws: [Cason1993]
[CasonPlott1996].

What it lacks: truthfulness, on both sides. Buyers shade their bids, as wherever winners
pay their own bid. Sellers ask below their cost, to be matched with a higher bid, and the
more so the more sellers there are. Prices come out too low. On the stated limits it is
efficient.
"""

from __future__ import annotations

from datetime import date

from numpy.random import Generator

from market.clearing.clearing import Clearing
from market.clearing.crossing import Part, cross, left_over, one_price, pair_parts
from market.clearing.matching import ration, write_up
from market.clearing.order import Book
from permits.rule import Force, Params, Spec

SPEC = Spec(
    title="EPA two-sided auction of 1993",
    title_zh="美国环保署1993年双向拍卖",
    source="[Cason1993] [CasonPlott1996]",
    side="both",
    claims=frozenset({"budget_balance", "individual_rationality", "efficient"}),
    in_force=(Force("United States", date(1993, 1, 1)),),
)


def clear(book: Book, params: Params, rng: Generator) -> Clearing:
    """Match each ask in turn with the highest bids left, at those bids.

    Args:
        book: all orders for one product [mg, fen/t]; no government supply.
        params: not used: the rule has none.
        rng: not used: arrival breaks ties.
    Source: [Cason1993].
    """
    buys, sells = book.buys, book.sells
    volume = cross(buys, sells).volume_mg
    # Assumed: of equal orders the earlier is served.
    bought, tie_buy = ration(buys, volume, "seq", rng)
    sold, tie_sell = ration(sells, volume, "seq", rng)
    trades = pair_parts(
        [Part(o, bought[o.id], o.limit_fen_per_t) for o in buys if o.id in bought],
        [Part(o, sold[o.id], None) for o in sells if o.id in sold],
        book.years,
    )
    ties = [tie_buy, tie_sell]
    price, why = one_price(trades), left_over(book, volume)
    return write_up(book, "epa_two_sided", trades, why, price_fen_per_t=price, ties=ties)
