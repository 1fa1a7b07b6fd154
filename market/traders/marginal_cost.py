"""Tells the truth: bids and asks its own marginal cost of abatement.

In a large market nobody moves the price, and this is then the best a firm can do
[Montgomery1972]; it is the benchmark that other behaviours are compared with.
"""

from __future__ import annotations

from numpy.random import Generator

from market.participants.demand import needed_builds, truthful_quotes
from market.participants.seat import Floor, Seat
from market.participants.view import Build, FirmView, Quote
from permits.rule import Param, Params, Spec

SPEC = Spec(
    title="Marginal cost",
    title_zh="按边际成本报价",
    source="[Montgomery1972]",
    params=(Param("cover_days", 75, "days", "so long before the year's end a firm covers itself"),),
)


def decide(view: FirmView, params: Params, rng: Generator) -> tuple[Quote, ...]:
    """The firm's whole net demand."""
    return truthful_quotes(view)


def abate(view: FirmView, params: Params, rng: Generator) -> tuple[Build, ...]:
    """Build what it lacks at no more than the expected price; near the year's end, when
    no sale may come any more, at any cost below the charge."""
    return needed_builds(view, cover=view.days_left <= params["cover_days"])


def quote(state: Params, seat: Seat, floor: Floor, rng: Generator) -> int | None:
    """Its value or cost, as it is."""
    return seat.limit_fen
