"""Random bids and asks that make no loss: zero intelligence, constrained (ZI-C).

No such trader ever trades at a loss, and none plans ahead [GodeSunder1993].
"""

from __future__ import annotations

from numpy.random import Generator

from market.clearing.order import Side
from market.participants.demand import needed_builds, truthful_quotes
from market.participants.seat import MarketState, Seat, between_fen
from market.participants.view import Build, FirmView, Quote
from permits.rule import Param, Params, Spec

SPEC = Spec(
    title="Zero intelligence, constrained (ZI-C)",
    title_zh="零智能（有预算约束）",
    source="[GodeSunder1993]",
    params=(
        Param("cover_days", 75, "days", "days before year-end from which all need is covered"),
    ),
)


def decide(view: FirmView, params: Params, rng: Generator) -> tuple[Quote, ...]:
    """The true net demand at random limits that make no loss.

    Bids are drawn from the floor to the value, asks from the cost to the highest price that
    anybody would pay.

    Args:
        view: what the firm sees: its own books and costs, public prices, the rules.
        params: parameters of `SPEC`, defaults filled in.
        rng: the firm's random stream.
    """
    floor = view.floor_fen_per_t or 0
    most = view.ceiling_fen_per_t or view.shortfall_value_fen_per_t
    quotes = []
    for quote in truthful_quotes(view):
        value = quote.limit_fen_per_t
        low, high = (min(floor, value), value) if quote.side is Side.BUY else (value, most)
        # A cost above the highest price leaves one limit only, the cost itself.
        limit = int(rng.integers(low, max(low, high) + 1))
        quotes.append(Quote(quote.side, quote.mass_mg, limit, int(rng.integers(0, 3600))))
    return tuple(quotes)


def abate(view: FirmView, params: Params, rng: Generator) -> tuple[Build, ...]:
    """Build only what is needed, and only when the year ends: no plan, no view of prices.

    Args:
        view: what the firm sees: its own books and costs, public prices, the rules.
        params: parameters of `SPEC`, defaults filled in.
        rng: not used: this behaviour draws nothing.
    """
    if view.days_left > params["cover_days"]:
        return ()
    return needed_builds(view, cover=True)


def quote(state: Params, seat: Seat, floor: MarketState, rng: Generator) -> int | None:
    """Any price at which the unit at hand makes no loss.

    Args:
        state: parameters of `SPEC`: this behaviour learns nothing.
        seat: own side, the unit at hand and the prices that may be named [fen a lot].
        floor: not used: the quote does not depend on it.
        rng: the session's random stream.
    """
    low, high = seat.price_min_fen, seat.price_max_fen
    if seat.side is Side.BUY:
        high = min(high, seat.limit_fen)
    else:
        low = max(low, seat.limit_fen)
    return between_fen(low, high, rng.random()) if low <= high else None
