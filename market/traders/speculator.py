"""Buys below and sells above the price that it expects from past ones.

The expected price is adaptive: a weighted mean of past prices, newer ones counting more
[Nerlove1958]. Zhejiang caps purchases by the need of a project [ZJ-Z20], so there a
speculator can only choose its time; where nothing caps them it also buys to resell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from numpy.random import Generator

from market.clearing.budget import enough_fen
from market.clearing.order import Side
from market.participants.bid_shading import at_limit, learnt_price, number_of
from market.participants.demand import needed_builds, truthful_quotes
from market.participants.view import Build, FirmView, Quote
from permits.quantity import MG_PER_T
from permits.rule import Param, Params, Spec

SPEC = Spec(
    title="Speculator",
    title_zh="投机者",
    source="[Nerlove1958] [ZJ-Z20]",
    params=(
        Param(
            "spread_percent",
            5,
            "%",
            "distance of its bids below and its asks above the expected price",
        ),
        Param("newest_percent", 30, "%", "weight of the newest price in the expected one"),
        Param("need_caps", True, "", "whether purchases are capped by its need", (True, False)),
        Param("cash_percent", 25, "%", "share of its cash spent in one session beyond its need"),
        Param("cover_days", 75, "days", "days before the year's end from which it bids truthfully"),
    ),
)


def decide(view: FirmView, params: Params, rng: Generator) -> tuple[Quote, ...]:
    """Its net demand, bids at most at the lower and asks at least at the upper price.

    The true values before any price is known and near the year's end, when rights expire.

    Args:
        view: what the firm sees: its own books and costs, public prices, the rules.
        params: parameters of `SPEC`, defaults filled in.
        rng: not used: this behaviour draws nothing.
    """
    quotes = truthful_quotes(view)
    learnt = learnt_price(view.prices, number_of(params, "newest_percent", 1, 100))
    expected = view.expected_fen_per_t if learnt is None else learnt
    if expected <= 0 or view.days_left <= params["cover_days"]:
        return quotes
    spread = number_of(params, "spread_percent", 0, 100)
    low, high = expected * (100 - spread) // 100, -(-expected * (100 + spread) // 100)
    waiting = tuple(_waiting(view, quotes, low, high))
    if params["need_caps"] or view.session != "secondary":
        return waiting
    return (*waiting, *_beyond_need(view, waiting, low, number_of(params, "cash_percent", 0, 100)))


def abate(view: FirmView, params: Params, rng: Generator) -> tuple[Build, ...]:
    """Build what the firm lacks at up to the expected price; near the year's end at any cost.

    Within `cover_days` of the year's end no further sale may come, so every step cheaper than
    the shortfall valuation is built then.

    Args:
        view: what the firm sees: its own books and costs, public prices, the rules.
        params: parameters of `SPEC`, defaults filled in.
        rng: not used: this behaviour draws nothing.
    """
    return needed_builds(view, cover=view.days_left <= params["cover_days"])


def _waiting(view: FirmView, quotes: Iterable[Quote], low: int, high: int) -> Iterator[Quote]:
    """Quotes held to both prices; no bid where the floor is above the lower one."""
    for quote in quotes:
        if quote.side is Side.SELL:
            yield from at_limit(view, quote, high)
        elif low >= (view.floor_fen_per_t or 0):
            yield from at_limit(view, quote, low)


def _beyond_need(
    view: FirmView, quotes: Iterable[Quote], low: int, cash_percent: int
) -> Iterator[Quote]:
    """A bid at the lower price for a share of the cash.

    It uses only the cash that bids for the need leave, and stays below every own ask.
    """
    left, limit = view.cash_fen, min(low, view.shortfall_value_fen_per_t)
    for quote in quotes:
        if quote.side is Side.BUY:
            left -= enough_fen(quote.mass_mg, quote.limit_fen_per_t, view.years)
        else:
            limit = min(limit, quote.limit_fen_per_t - 1)
    stake = min(left, view.cash_fen * cash_percent // 100)
    if limit <= 0 or limit < (view.floor_fen_per_t or 0) or stake <= 0:
        return
    mass = stake * MG_PER_T // (limit * view.years) // view.lot_mg * view.lot_mg
    if mass:
        yield Quote(Side.BUY, mass, limit)
