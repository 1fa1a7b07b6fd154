"""A call market: both sides at once, greatest volume, one price between the margins.

What it lacks: truthfulness. Whoever stands at the margin moves the price, and gains by
bidding less or asking more than its value, though less and less as traders become many
[ChatterjeeSamuelson1983]; no rule keeps all four of efficiency, truthfulness, budget
balance and voluntary participation [MyersonSatterthwaite1983].
"""

from __future__ import annotations

from numpy.random import Generator

from market.clearing.clearing import Clearing
from market.clearing.crossing import competitive_interval, cross, gain_share, unmatched
from market.clearing.matching import TIE, pair, ration, write_up
from market.clearing.order import Book
from permits.rule import Param, Params, Spec, Variant

SPEC = Spec(
    title="Call market",
    title_zh="集合竞价",
    source="[ChatterjeeSamuelson1983]",
    side="both",
    params=(
        Param("k", 0.5, "", "price = k x marginal bid + (1 - k) x marginal ask"),
        Param(
            "margins", "traded", "",
            "interval of the price: the last bid and ask that trade, or the competitive one, also "
            "bounded by the best orders left out",
            ("traded", "competitive"),
        ),
        TIE,
    ),
    claims=frozenset({"budget_balance", "individual_rationality", "efficient"}),
    variants=(
        Variant(
            {"margins": "competitive"},
            frozenset({"budget_balance", "individual_rationality", "efficient"}),
        ),
    ),
)  # fmt: skip


def clear(book: Book, params: Params, rng: Generator) -> Clearing:
    """Cross the two sides at the greatest volume.

    Args:
        book: all orders for one product [mg, fen/t]; no government supply.
        params: parameters of `SPEC`, defaults filled in.
        rng: random stream of the tie-breaking lottery.
    Raises: InputError where k is not between 0 and 1.
    Source: [ChatterjeeSamuelson1983].
    """
    buys, sells = book.buys, book.sells
    found, share = cross(buys, sells), gain_share(params["k"], "call_double")
    volume = found.volume_mg
    bought, tie_buy = ration(buys, volume, params["tie"], rng)
    sold, tie_sell = ration(sells, volume, params["tie"], rng)
    bid, ask = found.bid_fen_per_t, found.ask_fen_per_t
    if params["margins"] == "competitive":
        ask, bid = competitive_interval(buys, sells, found)
    # Whole fen, half to even: between the two, since both are whole.
    price = round(share * bid + (1 - share) * ask) if volume else None
    trades = () if price is None else pair(buys, sells, bought, sold, price, book.years)
    ties = [tie_buy, tie_sell]
    return write_up(
        book, "call_double", trades, unmatched(book, price), price_fen_per_t=price, ties=ties
    )
