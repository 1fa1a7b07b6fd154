"""Performance measures: efficiency, Smith's alpha, mean price, dispersion of profits.

efficiency  = gains of all trades / the greatest possible gains        [Smith1962]
alpha       = 100 x root mean square of (price - P0) / P0, in per cent [Smith1962]
dispersion  = root mean square over traders of (profit - profit at P0) [GodeSunder1993]

P0 is the middle of the interval of competitive prices. Where a period has no trade, mean
price and alpha are NaN; where nothing can be gained, efficiency is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from market.clearing.order import Order, Side
from market.laboratory.equilibrium import competitive
from market.laboratory.sessions.session_record import FloatArray, IntArray
from permits.quantity import MG_PER_T


@dataclass(frozen=True, slots=True)
class CompetitiveOutcome:
    """The competitive benchmark of one period; `None`: no trade is possible, so no price."""

    price_low_fen: int | None
    price_high_fen: int | None
    volume_low: int  # trades that gain
    volume_high: int  # with those that neither gain nor lose
    surplus_fen: int

    @property
    def price_fen(self) -> float | None:
        """The middle of the interval."""
        if self.price_low_fen is None or self.price_high_fen is None:
            return None
        return (self.price_low_fen + self.price_high_fen) / 2


@dataclass(frozen=True, slots=True, eq=False)
class SessionMeasures:
    """One number for each replication and period: arrays (R, P)."""

    efficiency: FloatArray
    alpha_percent: FloatArray
    mean_price_fen: FloatArray
    volume: IntArray
    surplus_fen: IntArray
    dispersion_fen: FloatArray


def competitive_outcome(values_fen: Iterable[int], costs_fen: Iterable[int]) -> CompetitiveOutcome:
    """The exact competitive outcome of single units."""
    units = [(Side.BUY, v) for v in values_fen] + [(Side.SELL, c) for c in costs_fen]
    orders = [
        Order(f"{n}", f"{n}", side, "lot", MG_PER_T, limit, n)
        for n, (side, limit) in enumerate(units)
    ]
    found = competitive(orders)
    assert found.surplus_fen == int(found.surplus_fen)
    crossing = found.volume_high_mg > 0
    return CompetitiveOutcome(
        found.price_low_fen_per_t if crossing else None,
        found.price_high_fen_per_t if crossing else None,
        found.volume_low_mg // MG_PER_T,
        found.volume_high_mg // MG_PER_T,
        int(found.surplus_fen),
    )


def smith_alpha_percent(prices: Sequence[float] | npt.NDArray[np.generic], price: float) -> float:
    """Smith's alpha of some deals around an equilibrium price; NaN without any deal."""
    if not len(prices):
        return math.nan
    return 100 * math.sqrt(sum((float(p) - price) ** 2 for p in prices) / len(prices)) / price


def efficiency(pairs: Iterable[tuple[int, int]], surplus: int) -> Fraction:
    """Gains of trades, each (value, cost), as a share of the greatest possible ones."""
    return Fraction(sum(value - cost for value, cost in pairs), surplus)


def measure(
    trades: IntArray, place: IntArray, shape: tuple[int, int],
    competitive_outcomes: Sequence[CompetitiveOutcome],
    profits_fen: IntArray, competitive_fen: FloatArray,
) -> SessionMeasures:  # fmt: skip
    """Measures of all trades, by replication and period.

    Args:
        trades: (T, 7), see `TRADE_COLUMNS`.
        place: (T,) replication x P + period of each trade.
        shape: (R, P).
        competitive_outcomes: (P,) the competitive benchmark of each period.
        profits_fen: (R, P, N) what traders gained.
        competitive_fen: (P, N) what they would gain at the equilibrium price.
    """
    price, gains = trades[:, 4], trades[:, 5] - trades[:, 6]
    volume = _sums(place, np.ones_like(price), shape)
    surplus = _sums(place, gains, shape)
    most = np.array([stick.surplus_fen for stick in competitive_outcomes], float)
    middle = np.array(
        [math.nan if s.price_fen is None else s.price_fen for s in competitive_outcomes]
    )
    off = price - middle[trades[:, 0]]
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = _sums(place, price, shape) / volume
        square = np.bincount(place, off * off, shape[0] * shape[1]).reshape(shape) / volume
        return SessionMeasures(
            efficiency=np.where(most > 0, surplus / most, math.nan),
            alpha_percent=100 * np.sqrt(square) / middle,
            mean_price_fen=mean,
            volume=volume,
            surplus_fen=surplus,
            dispersion_fen=np.sqrt(((profits_fen - competitive_fen) ** 2).mean(axis=2)),
        )


def _sums(place: IntArray, amounts: IntArray, shape: tuple[int, int]) -> IntArray:
    total = np.zeros(shape[0] * shape[1], np.int64)
    np.add.at(total, place, amounts)
    return total.reshape(shape)
