"""Shows little until the last seconds, then bids what it is worth, less a margin.

Nearly all bids of the electronic sales come in the last ten seconds [ZJ-C9].
"""

from __future__ import annotations

from dataclasses import replace

from numpy.random import Generator

from market.demand import needed_builds, one_bid, truthful_quotes
from market.order import Side
from market.view import Build, FirmView, Quote
from permits.rule import Param, Params, Spec

WINDOW_S, LAST_S = 3600, 10
SPEC = Spec(
    title="Sniper",
    title_zh="末秒出价",
    source="[ZJ-C9]",
    params=(
        Param("shade_percent", 10, "%", "how far below its value it bids in a sale"),
        Param("cover_days", 75, "days", "so long before the year's end it covers itself"),
    ),
)


def decide(view: FirmView, params: Params, rng: Generator) -> tuple[Quote, ...]:
    """In a sale: one early bid at the floor, then one for the whole need in the last ten
    seconds, at the average value less the margin. Elsewhere: the truth."""
    quotes = truthful_quotes(view)
    bids = [quote for quote in quotes if quote.side is Side.BUY]
    if view.session != "auction" or not bids:
        return quotes
    (whole,) = one_bid(replace(view, max_bids=1), bids)
    mass, value = whole.mass_mg, whole.limit_fen_per_t
    floor = view.floor_fen_per_t or 0
    limit = max(floor, value * (100 - int(params["shade_percent"])) // 100)
    if limit > value:
        return ()
    early = Quote(Side.BUY, mass, floor, int(rng.integers(0, WINDOW_S - LAST_S)))
    late = Quote(Side.BUY, mass, limit, WINDOW_S - LAST_S + int(rng.integers(0, LAST_S)))
    return early, late


def abate(view: FirmView, params: Params, rng: Generator) -> tuple[Build, ...]:
    """Build what it lacks at no more than the expected price; near the year's end, when
    no sale may come any more, at any cost below the charge."""
    return needed_builds(view, cover=view.days_left <= params["cover_days"])
