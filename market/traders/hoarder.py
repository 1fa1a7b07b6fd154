"""Withholds surplus that it could sell, for a need that may come.

Firms were seen to hold on to surplus rights where rules and later supply are uncertain
[BohiBurtraw1992], more so where trade itself costs something [Stavins1995]; Zhejiang's
rule that rights idle for three years are bought back answers the same habit [ZJ-Z5].
"""

from __future__ import annotations

from numpy.random import Generator

from market.clearing.order import Side
from market.participants.bid_shading import keep_back, number_of
from market.participants.demand import needed_builds, truthful_quotes
from market.participants.view import Build, FirmView, Quote
from permits.rule import Param, Params, Spec

SPEC = Spec(
    title="Hoarder",
    title_zh="惜售",
    source="[BohiBurtraw1992] [Stavins1995] [ZJ-Z5]",
    params=(
        Param("keep_percent", 100, "%", "share of its profitable sales that it withholds"),
        Param("cover_days", 75, "days", "days before year-end from which all need is covered"),
    ),
)


def decide(view: FirmView, params: Params, rng: Generator) -> tuple[Quote, ...]:
    """Bids for what it lacks, truthfully; of its asks only the cheapest part.

    Args:
        view: what the firm sees: its own books and costs, public prices, the rules.
        params: parameters of `SPEC`, defaults filled in.
        rng: not used: this behaviour draws nothing.
    """
    quotes = truthful_quotes(view)
    bids = (quote for quote in quotes if quote.side is Side.BUY)
    asks = [quote for quote in quotes if quote.side is Side.SELL]
    return (*bids, *keep_back(asks, view.lot_mg, number_of(params, "keep_percent", 0, 100)))


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
