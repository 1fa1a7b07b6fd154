"""Bids and asks truthfully, at its own marginal abatement cost.

In a large market nobody moves the price, and this is then the best a firm can do
[Montgomery1972]; it is the benchmark that other behaviours are compared with.
"""

from __future__ import annotations

from numpy.random import Generator

from market.participants.demand import needed_builds, truthful_quotes
from market.participants.seat import MarketState, Seat
from market.participants.view import Build, FirmView, Quote
from permits.rule import Param, Params, Spec

SPEC = Spec(
    title="Marginal cost",
    title_zh="按边际成本报价",
    source="[Montgomery1972]",
    params=(
        Param("cover_days", 75, "days", "days before year-end from which all need is covered"),
    ),
)


def decide(view: FirmView, params: Params, rng: Generator) -> tuple[Quote, ...]:
    """The firm's whole net demand.

    Args:
        view: what the firm sees: its own books and costs, public prices, the rules.
        params: parameters of `SPEC`, defaults filled in.
        rng: not used: this behaviour draws nothing.
    """
    return truthful_quotes(view)


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
    """Its value or cost, unshaded.

    Args:
        state: parameters of `SPEC`: this behaviour learns nothing.
        seat: own side, the unit at hand and the prices that may be named [fen a lot].
        floor: not used: the quote does not depend on it.
        rng: not used: this behaviour draws nothing here.
    """
    return seat.limit_fen
