"""How far the figures of a year depend on its luck: least, median and greatest over draws."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import TypeVar

from scenarios.results.summary import LuckRange, LuckSpread, YearSummary

N = TypeVar("N", int, float)


def luck_range(first_seed: int, years: Sequence[YearSummary]) -> LuckRange:
    """The range of the headline figures over years of the luck seeds from `first_seed` on."""
    seeds = tuple(range(first_seed, first_seed + len(years)))

    def of(figure: Callable[[YearSummary], N | None]) -> LuckSpread[N] | None:
        return _spread([value for year in years if (value := figure(year)) is not None])

    return LuckRange(
        seeds=seeds,
        cost_over_least_cost=of(lambda year: year.evaluation.cost_over_least_cost),
        efficiency=of(lambda year: year.evaluation.efficiency),
        penalty_fen=of(lambda year: year.true_up.penalty_fen),
        sale_price_fen_per_t=of(lambda year: year.market.auction.price_fen_per_t),
        session_price_fen_per_t=of(lambda year: year.market.secondary.price_fen_per_t),
        emitted_mg=of(lambda year: year.swipes.emitted_mg),
    )


def _spread(values: Sequence[N]) -> LuckSpread[N] | None:
    """Least, median and greatest; None of no values."""
    if not values:
        return None
    middle = statistics.median(values)
    # Of an even number of whole amounts the median is the mean of two: rounded half to even.
    median = type(values[0])(round(middle) if isinstance(values[0], int) else middle)
    return LuckSpread(min(values), median, max(values), len(values))
