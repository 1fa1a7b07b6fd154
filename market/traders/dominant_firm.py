"""A firm that moves the price, and shades its net demand by the fringe's slope.

The fringe are price takers: each tonne bought from it raises the price by a slope that
the firm knows. The firm's best purchase x from firms that have the marginal value v
solves v(x) = p(x) + slope x; bids at v(x) - slope x, asks at the cost plus slope x, meet
the fringe at just that point, whatever its level [Hahn1984]. It then buys too little or
sells too little, and does not distort the price where it opens with what it would hold in
a competitive market.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

from numpy.random import Generator

from market.clearing.order import Side
from market.participants.bid_shading import at_limit, in_parts
from market.participants.demand import needed_builds, one_bid, truthful_quotes
from market.participants.view import Build, FirmView, Quote
from permits.errors import InputError
from permits.quantity import FEN_PER_YUAN, MG_PER_T
from permits.rule import Param, Params, Spec

PIECES = 20  # assumed: a quote is cut so finely that its steps follow the slope
SPEC = Spec(
    title="Dominant firm",
    title_zh="主导企业",
    source="[Hahn1984]",
    params=(
        Param("fringe_slope", 1.0, "yuan/t²", "change of the price for each tonne that it trades"),
        Param("cover_days", 75, "days", "days before year-end from which all need is covered"),
    ),
)


def decide(view: FirmView, params: Params, rng: Generator) -> tuple[Quote, ...]:
    """Its net demand, each tonne shaded by what it moves the price of those before it.

    Args:
        view: what the firm sees: its own books and costs, public prices, the rules.
        params: parameters of `SPEC`, defaults filled in.
        rng: not used: this behaviour draws nothing.
    """
    quotes = truthful_quotes(view)
    slope = _slope(params["fringe_slope"])
    bids = _shaded(view, [q for q in quotes if q.side is Side.BUY], -slope)
    asks = _shaded(view, [q for q in quotes if q.side is Side.SELL], slope)
    return (*one_bid(view, bids), *asks)


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


def _slope(yuan_per_t2: Any) -> Fraction:
    """The slope in fen/t a mg, as exact as it was written."""
    try:
        slope = Fraction(str(yuan_per_t2))
    except ValueError:
        slope = Fraction(-1)
    if slope < 0:
        raise InputError(
            "trader.slope",
            "fringe_slope = {value!r} is not a valid price slope",
            where="[traders]",
            mend="give yuan/t for each tonne traded, 0 or more",
            value=yuan_per_t2,
        )
    return slope * FEN_PER_YUAN / MG_PER_T


def _shaded(view: FirmView, quotes: Iterable[Quote], slope: Fraction) -> Iterator[Quote]:
    """Quotes moved by the slope times the mass up to their middle [fen/t a mg]."""
    before = 0
    for quote in in_parts(quotes, view.lot_mg, PIECES):
        middle = before + Fraction(quote.mass_mg, 2)
        before += quote.mass_mg
        limit = round(quote.limit_fen_per_t + slope * middle)
        if limit >= 0:
            yield from at_limit(view, quote, limit)
