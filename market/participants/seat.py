"""What a trader sees on the floor of a session, and what is said there aloud.

A session trades one commodity in units of a lot each; a trader works on one unit at a
time, its best first. Prices are whole fen for a lot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from market.clearing.order import Side


@dataclass(frozen=True, slots=True)
class Seat:
    """One's own place: the side, the unit at hand, and the prices that may be named."""

    side: Side
    limit_fen: int  # value or cost of the unit at hand; of the last one when all are traded
    units: int  # not yet traded in this period
    price_min_fen: int
    price_max_fen: int


@dataclass(frozen=True, slots=True)
class Shout:
    """A quote that everybody heard; `deal` says whether somebody has taken it.

    The side is that of the quote whose price it is, also in a deal.
    """

    side: Side
    price_fen: int
    deal: bool


@dataclass(frozen=True, slots=True)
class Floor:
    """What all see: the best quotes, the tape of quotes and deals, the time.

    `tape` and `deals_fen` go back to the session's start, oldest first; a quote stands on
    the tape once, and is marked when it is taken.
    """

    bid_fen: int | None
    ask_fen: int | None
    tape: Sequence[Shout]
    deals_fen: Sequence[int]
    low_before_fen: int | None  # deals of the period before; `None` without any
    high_before_fen: int | None
    arrival: int  # of this period, from 0
    arrivals: int


def between(low: float, high: float, draw: float) -> float:
    """The place of a uniform draw from [0, 1) between two numbers."""
    return low + (high - low) * draw


def between_fen(low_fen: int, high_fen: int, draw: float) -> int:
    """The same for whole fen, both ends included; `high_fen >= low_fen`."""
    return low_fen + int(draw * (high_fen - low_fen + 1))
