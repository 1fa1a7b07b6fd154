"""Information of a trader in an experimental session, and public shouts.

A session trades one commodity in units of a lot each; a trader works on one unit at a
time, its best first. Prices are whole fen for a lot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from market.clearing.order import Side


@dataclass(frozen=True, slots=True)
class Seat:
    """A trader's own place: side, unit at hand, and the prices that may be named."""

    side: Side
    limit_fen: int  # value or cost of the unit at hand; of the last one when all are traded
    units: int  # not yet traded in this period
    price_min_fen: int
    price_max_fen: int


@dataclass(frozen=True, slots=True)
class SubmittedQuote:
    """A quote that everybody heard; `deal`: whether somebody has accepted it.

    The side is that of the quote whose price it is, also in a deal.
    """

    side: Side
    price_fen: int
    deal: bool


@dataclass(frozen=True, slots=True)
class MarketState:
    """Public information: the best quotes, the tape of quotes and deals, the time.

    `tape` and `deals_fen` go back to the session's start, oldest first; a quote stands on
    the tape once, and is marked when it is accepted.
    """

    bid_fen: int | None
    ask_fen: int | None
    tape: Sequence[SubmittedQuote]
    deals_fen: Sequence[int]
    low_before_fen: int | None  # deals of the period before; `None` without any
    high_before_fen: int | None
    arrival: int  # of this period, from 0
    arrivals: int


def between(low: float, high: float, draw: float) -> float:
    """The place of a uniform draw from [0, 1) between two numbers.

    Args:
        low: result of a draw of 0.
        high: limit of a draw of 1.
        draw: uniform on [0, 1).
    """
    return low + (high - low) * draw


def between_fen(low_fen: int, high_fen: int, draw: float) -> int:
    """The same for whole fen, both ends included.

    Args:
        low_fen: lowest result [fen].
        high_fen: highest result [fen], >= `low_fen`.
        draw: uniform on [0, 1).
    """
    return low_fen + int(draw * (high_fen - low_fen + 1))
