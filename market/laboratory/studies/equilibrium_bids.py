"""Equilibrium bids for one of several prizes, for many values at once.

Values are u**power with u uniform on [0, 1]: power 1 is the uniform distribution, power
2 a skewed one with many low values and few high ones (mean 1/3). One bidder wants one
prize. The same bids, one at a time and for any distribution: `market/laboratory/equilibrium/
sealed_bids.py`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.integrate import cumulative_simpson, simpson
from scipy.special import betainc, gammaln
from scipy.stats import binom

from market.laboratory.studies.estimate import FloatArray
from market.mechanisms.headcount_share import winners

POINTS = 4001
"""Points of a curve between the floor and the top value; odd, for Simpson's rule."""
Chance = Callable[[FloatArray], FloatArray]
"""The chance of a prize by quantile u, among rivals who bid alike."""


def prize_bids(u: FloatArray, bidders: int, prizes: int, power: int = 1) -> FloatArray:
    """b(v) = E[Y | Y < v], Y the `prizes`-th highest rival value, at own quantile `u`.

    With quantiles Beta(n - k, k) the mean of U**power below u is a ratio of incomplete
    beta functions. Source: [Vickrey1961]; [Krishna2010] ch. 2.
    """
    a, b = bidders - prizes, prizes
    if a <= 0:
        return np.zeros_like(u)
    scale = np.exp(gammaln(a + power) + gammaln(a + b) - gammaln(a) - gammaln(a + b + power))
    chance = betainc(a, b, u)
    some = chance > 0
    bids = scale * betainc(a + power, b, u) / np.where(some, chance, 1.0)
    return np.where(some, bids, 0.0)


def lowest_accepted_bids(
    values: FloatArray, bidders: int, prizes: int, power: int = 1
) -> FloatArray:
    """The equilibrium bid where all winners pay the lowest accepted bid.

    One's own bid matters only where it is itself the lowest accepted: then n - k rivals
    lie below it, as in a first-price sale of one prize to n - k + 1 bidders. So b(v) =
    E[highest of n - k rivals | all below v] = v (n - k)/(n - k + power). One prize is the
    first-price sale of [Vickrey1961]; the step to k prizes is computed here.
    """
    below = bidders - prizes
    return values * (below / (below + power)) if below > 0 else np.zeros_like(values)


def head_count_chance(bidders: int, floor: float, power: int = 1) -> Chance:
    """The chance to win a sale by head count in which who values less than `floor` stays
    away, and with it lowers the head count [ZJ-C13]."""
    start = floor ** (1 / power)

    def chance(u: FloatArray) -> FloatArray:
        above = np.clip((1 - u) / (1 - start), 0.0, 1.0)
        total = np.zeros_like(u)
        for rivals in range(bidders):
            there = float(binom.pmf(rivals, bidders - 1, 1 - start))
            total = total + there * np.asarray(binom.cdf(winners(rivals + 1) - 1, rivals, above))
        return total

    return chance


def supply_chance(bidders: int, prizes: int) -> Chance:
    """The chance to win one of a fixed number of prizes."""

    def chance(u: FloatArray) -> FloatArray:
        return np.asarray(binom.cdf(prizes - 1, bidders - 1, 1 - u))

    return chance


def floor_bids(u: FloatArray, chance: Chance, floor: float, power: int = 1) -> FloatArray:
    """The equilibrium bid above a floor that some values do not reach; NaN below it.

    b(v) = v - (integral of the chance from the floor to v) / chance(v): who values the
    floor gains nothing. Accuracy: 1e-6. Source: [Myerson1981].
    """
    grid, won = _curve(chance, floor, power)
    gained = cumulative_simpson(won * power * grid ** (power - 1), x=grid, initial=0.0)
    # Who values the floor bids it, even where it never wins.
    shaded = np.divide(gained, won, out=np.zeros_like(won), where=won > 0)
    bids = np.interp(u, grid, grid**power - shaded)
    return np.where(u < grid[0], np.nan, bids)


def expected_revenue(bidders: int, chance: Chance, floor: float = 0.0, power: int = 1) -> float:
    """Revenue of any sale with these chances in which who values the floor gains nothing.

    The expected virtual value of the winners. Accuracy: 1e-8. Source: [Myerson1981].
    """
    grid, won = _curve(chance, floor, power)
    virtual = grid**power - (1 - grid) * power * grid ** (power - 1)
    return bidders * float(simpson(virtual * won, x=grid))


def expected_worth(bidders: int, chance: Chance, floor: float = 0.0, power: int = 1) -> float:
    """What the winners' prizes are worth to them, expected. Accuracy: 1e-8."""
    grid, won = _curve(chance, floor, power)
    return bidders * float(simpson(grid**power * won, x=grid))


def expected_gain(u: FloatArray, chance: Chance, floor: float = 0.0, power: int = 1) -> FloatArray:
    """What a bidder of quantile `u` gains in equilibrium. Accuracy: 1e-6."""
    grid, won = _curve(chance, floor, power)
    gained = cumulative_simpson(won * power * grid ** (power - 1), x=grid, initial=0.0)
    found: FloatArray = np.interp(u, grid, gained, left=0.0)
    return found


def _curve(chance: Chance, floor: float, power: int) -> tuple[FloatArray, FloatArray]:
    grid = np.linspace(floor ** (1 / power), 1.0, POINTS)
    return grid, chance(grid)
