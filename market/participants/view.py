"""Information and decisions of a firm: frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from market.clearing.order import Side

WHOLE_PPM = 1_000_000  # a whole, in parts per million: shares stay whole numbers


@dataclass(frozen=True, slots=True)
class AbatementStep:
    """An abatement step that a firm can still build, cheapest first in its view.

    `removes_mg` is what it would remove until the year's end if ordered today;
    `cost_fen_per_t` its cost over the same time, per tonne removed.
    """

    measure: str
    removes_mg: int
    cost_fen_per_t: int


@dataclass(frozen=True, slots=True)
class FirmView:
    """Everything that a trader sees: its own books and costs, public prices, the rules."""

    firm: str
    today: date
    session: str  # "auction", "secondary", "" between sessions
    product: str
    years: int  # vintages sold as one
    usable_mg: int  # rights that may still be used this year
    sellable_mg: int  # of these, what may be sold
    need_mg: int  # expected emission to the year's end, if nothing more is built
    bought_pending_mg: int  # paid for, not yet delivered
    steps: tuple[AbatementStep, ...]
    cash_fen: int
    expected_fen_per_t: int  # last price, or the reference price before any
    last_fen_per_t: int | None
    # Its highest unmet bid in the last session, or its ask above the mean price that was met:
    # up to there it has to abate.
    unfilled_fen_per_t: int | None
    shortfall_value_fen_per_t: int  # cost of a tonne emitted without a right, or not emitted
    floor_fen_per_t: int | None
    ceiling_fen_per_t: int | None
    ratio_percent: int  # rights to acquire for each 100 of need
    lot_mg: int
    max_bids: int  # above 0: further bids revise the first, up to this number
    parts: bool  # measures may be built in part
    days_left: int  # in the year, today included
    prices: tuple[int, ...] = ()  # public session prices so far [fen/t], oldest first
    sale_prices: tuple[int, ...] = ()  # lowest winning bids of sales on earlier days [fen/t]
    fine_least_fen: int = 0  # fine for being short at the true-up, as in force today
    fine_most_fen: int = 0  # the same, at the largest shortfall; both are sums, not per tonne


@dataclass(frozen=True, slots=True)
class Quote:
    """A trader's order in a session; the market gives it its id and arrival.

    `at_s`: seconds into the session's window; it decides who was first.
    """

    side: Side
    mass_mg: int
    limit_fen_per_t: int
    at_s: int = 0


@dataclass(frozen=True, slots=True)
class Build:
    """A decision to build a measure, wholly or (where allowed) in part."""

    measure: str
    share_ppm: int = WHOLE_PPM
