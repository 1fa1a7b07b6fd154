"""Bids below and asks above a mid-price that moves against its stock.

The mid-price is the expected price, lower the more stock exceeds the target and higher the
more it falls short, so that a long stock sells itself off and a short one fills up
[AmihudMendelson1980]. Bids and asks go out in `levels` steps, each half a spread further
from the mid-price, and never for more than brings the stock to its limit: twice the
target, or nothing. The widths are assumed [ModelAssumption].

Its losses are bounded. In a session it loses at most what its bids promise
(`most_lost_fen`): all of them met, and what was bought worth nothing afterwards. Over the
year it loses at most its cash, which bids never exceed. What is bought and sold again in
one session earns at least a spread, since the lowest ask is a spread above the highest bid.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from math import ceil

from numpy.random import Generator

from market.clearing.budget import most_fen
from market.clearing.order import Side
from market.participants.demand import needed_builds
from market.participants.view import Build, FirmView, Quote
from permits.quantity import MG_PER_T
from permits.rule import Param, Params, Spec

SPEC = Spec(
    title="Market maker",
    title_zh="做市商",
    source="[AmihudMendelson1980] [ModelAssumption]",
    params=(
        Param(
            "target_t", 10.0, "t", "stock beyond its own need at which mid-price = expected price"
        ),
        Param("spread_percent", 10, "%", "spread between the highest bid and the lowest ask"),
        Param("skew_percent", 20, "%", "shift of the mid-price when the stock is at its limit"),
        Param("levels", 3, "", "number of price steps on either side"),
        Param("cover_days", 75, "days", "days before year-end from which all need is covered"),
    ),
)


def decide(view: FirmView, params: Params, rng: Generator) -> tuple[Quote, ...]:
    """Bids and asks around the mid-price; none in a government sale or without a price.

    Args:
        view: what the firm sees: its own books and costs, public prices, the rules.
        params: parameters of `SPEC`, defaults filled in.
        rng: not used: this behaviour draws nothing.
    """
    target = int(Fraction(str(params["target_t"])) * MG_PER_T)
    if view.session != "secondary" or target <= 0 or view.expected_fen_per_t <= 0:
        return ()
    stock = view.usable_mg + view.bought_pending_mg - view.need_mg
    middle = _middle(view, params, stock, target)
    # At least 1 fen, or bid and ask would meet at a low price.
    half = max(Fraction(1), middle * Fraction(str(params["spread_percent"])) / 200)
    levels = int(params["levels"])
    room = min(max(0, 2 * target - stock), _affordable_mg(view, middle - half))
    spare = min(max(0, stock), 2 * target, view.sellable_mg)
    bids = _ladder(view, Side.BUY, room, [middle - half * n for n in range(1, levels + 1)])
    asks = _ladder(view, Side.SELL, spare, [middle + half * n for n in range(1, levels + 1)])
    return (*bids, *asks)


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


def most_lost_fen(quotes: Iterable[Quote], years: int = 1) -> int:
    """The most that a session can cost [fen]: every bid met, and what was bought worthless."""
    return most_fen((quote for quote in quotes if quote.side is Side.BUY), years)


def _middle(view: FirmView, params: Params, stock_mg: int, target_mg: int) -> Fraction:
    """The expected price, shifted by how far the stock is from its target [fen/t]."""
    off = max(Fraction(-1), min(Fraction(1), Fraction(stock_mg - target_mg, target_mg)))
    return view.expected_fen_per_t * (1 - off * Fraction(str(params["skew_percent"])) / 100)


def _affordable_mg(view: FirmView, price: Fraction) -> int:
    return int(view.cash_fen * MG_PER_T / max(Fraction(1), price * view.years))


def _ladder(view: FirmView, side: Side, mass_mg: int, prices: list[Fraction]) -> Iterator[Quote]:
    """The mass in equal steps of whole lots, nearest to the middle first.

    Limits are rounded away from the middle; none is beyond what a right can be worth.
    """
    lots = mass_mg // view.lot_mg
    for n, price in enumerate(prices):
        part = (lots * (n + 1) // len(prices) - lots * n // len(prices)) * view.lot_mg
        sells, floor = side is Side.SELL, view.floor_fen_per_t or 0
        limit = max(floor, ceil(price)) if sells else int(price)
        if part and (sells or max(1, floor) <= limit <= view.shortfall_value_fen_per_t):
            yield Quote(side, part, limit)
