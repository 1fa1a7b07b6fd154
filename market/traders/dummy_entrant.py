"""Raises the head count without a need of its own: bids the floor for the smallest lot.

Where a share of the bidders wins by head count [ZJ-C13], each further bidder lets more
of the others win; whoever controls a dummy gains by it, at the price of a deposit.
That somebody does so is an assumption [ModelAssumption].
"""

from __future__ import annotations

from numpy.random import Generator

from market.clearing.budget import enough_fen
from market.clearing.order import Side
from market.participants.bid_shading import number_of
from market.participants.demand import needed_builds, truthful_quotes
from market.participants.view import Build, FirmView, Quote
from permits.rule import Param, Params, Spec

SPEC = Spec(
    title="Dummy entrant",
    title_zh="陪标人",
    source="[ZJ-C13] [ModelAssumption]",
    params=(
        Param("at_s", 3599, "s", "when it bids: late, so that real bids at the floor come first"),
        Param("cover_days", 75, "days", "days before year-end from which all need is covered"),
    ),
)


def decide(view: FirmView, params: Params, rng: Generator) -> tuple[Quote, ...]:
    """In a sale one bid at the floor for one lot, if it can pay it; elsewhere the true values.

    Args:
        view: what the firm sees: its own books and costs, public prices, the rules.
        params: parameters of `SPEC`, defaults filled in.
        rng: not used: this behaviour draws nothing.
    """
    if view.session != "auction":
        return truthful_quotes(view)
    floor = view.floor_fen_per_t or 0
    money = enough_fen(view.lot_mg, floor, view.years)
    if money > view.cash_fen or floor > view.shortfall_value_fen_per_t:
        return ()
    return (Quote(Side.BUY, view.lot_mg, floor, number_of(params, "at_s", 0)),)


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
