"""Random bids and asks whatever the values and costs: zero intelligence, unconstrained (ZI-U).

Such traders lose money and markets of them lose efficiency: the difference to zero
intelligence with a budget is the effect of the budget alone [GodeSunder1993].
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from numpy.random import Generator

from market.clearing.budget import enough_fen
from market.clearing.order import Side
from market.participants.demand import needed_builds, truthful_quotes
from market.participants.seat import MarketState, Seat, between_fen
from market.participants.view import Build, FirmView, Quote
from permits.rule import Param, Params, Spec

SPEC = Spec(
    title="Zero intelligence, unconstrained (ZI-U)",
    title_zh="零智能（无预算约束）",
    source="[GodeSunder1993]",
    params=(
        Param("cover_days", 75, "days", "days before year-end from which all need is covered"),
    ),
)


def decide(view: FirmView, params: Params, rng: Generator) -> tuple[Quote, ...]:
    """The masses of the true net demand at unrelated limits.

    Limits are drawn from the floor to the highest price that anybody would pay.

    Args:
        view: what the firm sees: its own books and costs, public prices, the rules.
        params: parameters of `SPEC`, defaults filled in.
        rng: the firm's random stream.
    """
    most = min(
        view.ceiling_fen_per_t or view.shortfall_value_fen_per_t, view.shortfall_value_fen_per_t
    )
    least = min(view.floor_fen_per_t or 0, most)
    quotes = [
        replace(quote, limit_fen_per_t=between_fen(least, most, rng.random()))
        for quote in truthful_quotes(view)
    ]
    asks = [quote for quote in quotes if quote.side is Side.SELL]
    return (
        *_paid_for(view, quotes, min((ask.limit_fen_per_t for ask in asks), default=None)),
        *asks,
    )


def _paid_for(view: FirmView, quotes: list[Quote], ask_fen: int | None) -> Iterator[Quote]:
    """Bids as far as cash reaches, and below the own asks: no trader trades with itself."""
    cash = view.cash_fen
    for bid in quotes:
        money = enough_fen(bid.mass_mg, bid.limit_fen_per_t, view.years)
        below = ask_fen is None or bid.limit_fen_per_t < ask_fen
        if bid.side is Side.BUY and below and money <= cash:
            cash -= money
            yield bid


def abate(view: FirmView, params: Params, rng: Generator) -> tuple[Build, ...]:
    """Build only what is needed, and only when the year ends.

    Args:
        view: what the firm sees: its own books and costs, public prices, the rules.
        params: parameters of `SPEC`, defaults filled in.
        rng: not used: this behaviour draws nothing.
    """
    if view.days_left > params["cover_days"]:
        return ()
    return needed_builds(view, cover=True)


def quote(state: Params, seat: Seat, floor: MarketState, rng: Generator) -> int | None:
    """Any price at all.

    Args:
        state: parameters of `SPEC`: this behaviour learns nothing.
        seat: own side, the unit at hand and the prices that may be named [fen a lot].
        floor: not used: the quote does not depend on it.
        rng: the session's random stream.
    """
    return between_fen(seat.price_min_fen, seat.price_max_fen, rng.random())
