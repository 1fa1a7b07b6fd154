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
"""Points of a curve between the floor and the top value: odd, for Simpson's rule, and enough
for the accuracies stated below."""
Chance = Callable[[FloatArray], FloatArray]
"""The chance of a prize by quantile u, among rivals who bid alike."""


def prize_bids(u: FloatArray, bidders: int, prizes: int, power: int = 1) -> FloatArray:
    """b(v) = E[Y | Y < v], Y the `prizes`-th highest rival value, at own quantile `u`.

    With quantiles Beta(n - k, k) the mean of U**power below u is a ratio of incomplete
    beta functions. Source: [Vickrey1961]; [Krishna2010] ch. 2.

    Args:
        u: own quantiles, 0 to 1.
        bidders: number of bidders, n.
        prizes: number of prizes, k.
        power: values are u**power: 1 uniform, 2 skewed towards low ones.
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

    Args:
        values: own values, 0 to 1.
        bidders: number of bidders, n.
        prizes: number of prizes, k.
        power: values are u**power: 1 uniform, 2 skewed towards low ones.
    """
    below = bidders - prizes
    return values * (below / (below + power)) if below > 0 else np.zeros_like(values)


def head_count_chance(bidders: int, floor: float, power: int = 1) -> Chance:
    """The probability of winning a sale by head count with a floor [ZJ-C13].

    Bidders whose value is below the floor stay away, and so lower the head count.

    Args:
        bidders: number of bidders.
        floor: lowest bid admitted, 0 to 1.
        power: values are u**power: 1 uniform, 2 skewed towards low ones.
    """
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
    """The probability of winning one of a fixed number of prizes."""

    def chance(u: FloatArray) -> FloatArray:
        return np.asarray(binom.cdf(prizes - 1, bidders - 1, 1 - u))

    return chance


def floor_bids(u: FloatArray, chance: Chance, floor: float, power: int = 1) -> FloatArray:
    """The equilibrium bid above a floor that some values do not reach; NaN below it.

    b(v) = v - (integral of the chance from the floor to v) / chance(v): a bidder whose value is
    the floor gains nothing. Accuracy: 1e-6.

    Args:
        u: own quantiles, 0 to 1.
        chance: probability of a prize by quantile.
        floor: lowest bid admitted, 0 to 1.
        power: values are u**power: 1 uniform, 2 skewed towards low ones.
    Source: [Myerson1981].
    """
    grid, won = _curve(chance, floor, power)
    gained = cumulative_simpson(won * power * grid ** (power - 1), x=grid, initial=0.0)
    # A bidder whose value is the floor bids it, even where it never wins.
    shaded = np.divide(gained, won, out=np.zeros_like(won), where=won > 0)
    bids = np.interp(u, grid, grid**power - shaded)
    return np.where(u < grid[0], np.nan, bids)


def expected_revenue(bidders: int, chance: Chance, floor: float = 0.0, power: int = 1) -> float:
    """Expected revenue of any sale with these chances.

    A bidder whose value is the floor must gain nothing: revenue is then the expected virtual
    value of the winners. Accuracy: 1e-8.

    Args:
        bidders: number of bidders.
        chance: probability of a prize by quantile.
        floor: lowest bid admitted, 0 to 1.
        power: values are u**power: 1 uniform, 2 skewed towards low ones.
    Source: [Myerson1981].
    """
    grid, won = _curve(chance, floor, power)
    virtual = grid**power - (1 - grid) * power * grid ** (power - 1)
    return bidders * float(simpson(virtual * won, x=grid))


def expected_worth(bidders: int, chance: Chance, floor: float = 0.0, power: int = 1) -> float:
    """Expected worth of the prizes to their winners. Accuracy: 1e-8.

    Args:
        bidders: number of bidders.
        chance: probability of a prize by quantile.
        floor: lowest bid admitted, 0 to 1.
        power: values are u**power: 1 uniform, 2 skewed towards low ones.
    """
    grid, won = _curve(chance, floor, power)
    return bidders * float(simpson(grid**power * won, x=grid))


def expected_gain(u: FloatArray, chance: Chance, floor: float = 0.0, power: int = 1) -> FloatArray:
    """A bidder's expected gain in equilibrium. Accuracy: 1e-6.

    Args:
        u: own quantiles, 0 to 1.
        chance: probability of a prize by quantile.
        floor: lowest bid admitted, 0 to 1.
        power: values are u**power: 1 uniform, 2 skewed towards low ones.
    """
    grid, won = _curve(chance, floor, power)
    gained = cumulative_simpson(won * power * grid ** (power - 1), x=grid, initial=0.0)
    found: FloatArray = np.interp(u, grid, gained, left=0.0)
    return found


def _curve(chance: Chance, floor: float, power: int) -> tuple[FloatArray, FloatArray]:
    grid = np.linspace(floor ** (1 / power), 1.0, POINTS)
    return grid, chance(grid)
