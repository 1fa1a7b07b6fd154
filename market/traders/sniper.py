"""Shows little until the last moment, then takes what is available.

Nearly all bids of the electronic sales come in the last ten seconds [ZJ-C9]. In a
laboratory session it is Kaplan's program, which won the Santa Fe tournament [RustEtAl1994]:
let the others haggle, and step in when bid and ask are near, when a price is better than
any of the period before, or when time runs out.
"""

from __future__ import annotations

from dataclasses import replace

from numpy.random import Generator

from market.clearing.order import Side
from market.participants.demand import needed_builds, one_bid, truthful_quotes
from market.participants.seat import MarketState, Seat
from market.participants.view import Build, FirmView, Quote
from permits.rule import Param, Params, Spec

# One hour [ZJ-C13]; nearly all bids come in its last ten seconds [ZJ-C9].
WINDOW_S, LAST_S = 3600, 10
SPEC = Spec(
    title="Sniper",
    title_zh="末秒出价",
    source="[ZJ-C9], [RustEtAl1994]",
    params=(
        Param("shade_percent", 10, "%", "bid shading in a sale, below its value"),
        Param("cover_days", 75, "days", "days before year-end from which all need is covered"),
        Param("spread_percent", 10, "%", "in a session: widest spread at which it steps in"),
        Param("profit_percent", 2, "%", "in a session: smallest profit worth stepping in for"),
        Param("last_percent", 10, "%", "in a session: last part of a period, when time runs out"),
    ),
)


def decide(view: FirmView, params: Params, rng: Generator) -> tuple[Quote, ...]:
    """In a sale one early bid at the floor, then one shaded bid in the last ten seconds.

    The late bid is for the whole need, at the average value less the margin. Elsewhere the
    true values.

    Args:
        view: what the firm sees: its own books and costs, public prices, the rules.
        params: parameters of `SPEC`, defaults filled in.
        rng: the firm's random stream.
    """
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
    """Build what the firm lacks at up to the expected price; near the year's end at any cost.

    Within `cover_days` of the year's end no further sale may come, so every step cheaper than
    the shortfall valuation is built then.

    Args:
        view: what the firm sees: its own books and costs, public prices, the rules.
        params: parameters of `SPEC`, defaults filled in.
        rng: not used: this behaviour draws nothing.
    """
    return needed_builds(view, cover=view.days_left <= params["cover_days"])


def quote(state: Params, seat: Seat, floor: MarketState, rng: Generator) -> int | None:
    """The other side's best quote, when it is time to take it.

    Args:
        state: parameters of `SPEC`: this behaviour learns nothing.
        seat: own side, the unit at hand and the prices that may be named [fen a lot].
        floor: best quotes, tape and time, which everybody sees.
        rng: not used: this behaviour draws nothing here.
    """
    price = floor.ask_fen if seat.side is Side.BUY else floor.bid_fen
    if price is None:
        return None
    buys = seat.side is Side.BUY
    profit = seat.limit_fen - price if buys else price - seat.limit_fen
    if profit <= 0:
        return None
    # Better than any deal of the period before: taken at once. Worse than all: only at the end.
    low, high = floor.low_before_fen, floor.high_before_fen
    if low is not None and high is not None:
        if price <= low if buys else price >= high:
            return price
        if price > high if buys else price < low:
            return price if _ends(state, floor) else None
    base = seat.limit_fen if buys else price
    worth = profit * 100 > int(state["profit_percent"]) * base
    return price if (worth and _near(state, floor)) or _ends(state, floor) else None


def _near(state: Params, floor: MarketState) -> bool:
    """Whether bid and ask have come close."""
    if floor.bid_fen is None or floor.ask_fen is None:
        return False
    return (floor.ask_fen - floor.bid_fen) * 100 < int(state["spread_percent"]) * floor.ask_fen


def _ends(state: Params, floor: MarketState) -> bool:
    """Whether the period is nearly over."""
    left = floor.arrivals - floor.arrival
    return left * 100 <= int(state["last_percent"]) * floor.arrivals
