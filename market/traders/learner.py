"""Reinforcement learning of how far to shade its bids.

Each degree of bid shading has a propensity; it is chosen with a probability in proportion
to it, and what it earns is added to it [RothErev1995]. Nothing is remembered between
sessions: the trader goes over the public record of past sales afresh, choosing at each
sale and adding what its choice would have earned there on today's value. So the same view
and stream give the same bid.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from numpy.random import Generator

from market.clearing.order import Side
from market.participants.bid_shading import at_limit, chance_ppm, number_of
from market.participants.demand import needed_builds, one_bid, truthful_quotes
from market.participants.view import WHOLE_PPM, Build, FirmView, Quote
from permits.rule import Param, Params, Spec

SPEC = Spec(
    title="Learner",
    title_zh="强化学习者",
    source="[RothErev1995]",
    params=(
        Param("most_percent", 60, "%", "strongest bid shading, below its value"),
        Param("step_percent", 5, "%", "step between the degrees of shading"),
        Param(
            "strength_percent",
            2,
            "%",
            "initial propensity of each degree, in per cent of the value",
        ),
        Param("bidders", 10, "", "bidders in a sale, itself included"),
        Param("memory", 50, "sales", "past sales that it considers"),
        Param("passes", 3, "", "number of times that it goes over the record"),
        Param("cover_days", 75, "days", "days before year-end from which all need is covered"),
    ),
)


def decide(view: FirmView, params: Params, rng: Generator) -> tuple[Quote, ...]:
    """In a sale all bids shaded alike, as learnt for their average value; elsewhere the truth.

    Args:
        view: what the firm sees: its own books and costs, public prices, the rules.
        params: parameters of `SPEC`, defaults filled in.
        rng: the firm's random stream.
    """
    quotes = truthful_quotes(view)
    bids = [quote for quote in quotes if quote.side is Side.BUY]
    if view.session != "auction" or not bids:
        return quotes
    value = sum(bid.mass_mg * bid.limit_fen_per_t for bid in bids)
    value //= sum(bid.mass_mg for bid in bids)
    below = 100 - _markup_percent(value, view.sale_prices, params, rng)
    shaded = (q for bid in bids for q in at_limit(view, bid, bid.limit_fen_per_t * below // 100))
    return one_bid(view, shaded)


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


def _markup_percent(value: int, prices: Sequence[int], params: Params, rng: Generator) -> int:
    """The degree of shading chosen after the record has been gone over [%]."""
    bidders = number_of(params, "bidders", 1)
    markups = range(
        0, number_of(params, "most_percent", 0, 100) + 1, number_of(params, "step_percent", 1)
    )
    propensity = [number_of(params, "strength_percent", 1) * WHOLE_PPM // 100] * len(markups)
    record = list(prices[-number_of(params, "memory", 1) :]) * number_of(params, "passes", 1)
    draws = rng.random(len(record) + 1).tolist()
    for price, draw in zip(record, draws, strict=False):
        chosen = _choose(propensity, draw)
        bid = value * (100 - markups[chosen]) // 100
        propensity[chosen] += markups[chosen] * chance_ppm(bid, price, bidders) // 100
    return markups[_choose(propensity, draws[-1])]


def _choose(propensity: Sequence[int], draw: float) -> int:
    """The choice whose stretch of the sum of propensities holds `draw` of it."""
    sums = list(accumulate(propensity))
    # A draw next to one can round to the whole sum.
    return bisect_right(sums, min(sums[-1] - 1, int(draw * sums[-1])))
