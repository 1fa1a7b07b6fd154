"""Keeps what it could sell: surplus is put by for a need that may come.

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
        Param("keep_percent", 100, "%", "of what it could sell with a gain, kept"),
        Param("cover_days", 75, "days", "so long before the year's end it covers itself"),
    ),
)


def decide(view: FirmView, params: Params, rng: Generator) -> tuple[Quote, ...]:
    """It buys what it lacks, truthfully; of its sales only the cheapest part is offered."""
    quotes = truthful_quotes(view)
    bids = (quote for quote in quotes if quote.side is Side.BUY)
    asks = [quote for quote in quotes if quote.side is Side.SELL]
    return (*bids, *keep_back(asks, view.lot_mg, number_of(params, "keep_percent", 0, 100)))


def abate(view: FirmView, params: Params, rng: Generator) -> tuple[Build, ...]:
    """Build what it lacks at no more than the expected price; near the year's end, when
    no sale may come any more, at any cost below the charge."""
    return needed_builds(view, cover=view.days_left <= params["cover_days"])
