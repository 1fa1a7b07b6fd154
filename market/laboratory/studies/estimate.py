"""Means, shares and paired differences, each with its interval of 95 %."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
NORMAL_95 = 1.959963984540054  # the 97.5 % quantile of the normal distribution


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean and its interval of 95 %, normal, from `n` independent replications."""

    mean: float
    low: float
    high: float
    n: int

    def holds(self, value: float, slack: float = 1.0) -> bool:
        """Whether `value` lies inside; `slack` widens the interval about its mean."""
        return (
            (self.low - self.mean) * slack <= value - self.mean <= (self.high - self.mean) * slack
        )


def mean_of(sample: FloatArray) -> Estimate:
    """The mean of independent replications; a difference of two arms is paired by row."""
    count = len(sample)
    mean = float(sample.mean())
    half = NORMAL_95 * float(sample.std(ddof=1)) / count**0.5
    return Estimate(mean, mean - half, mean + half, count)


def share_of(part: FloatArray, whole: FloatArray) -> Estimate:
    """Sum of `part` over sum of `whole`, both by replication.

    The interval is that of the delta method.
    """
    ratio = float(part.sum() / whole.sum())
    spread = mean_of((part - ratio * whole) / whole.mean())
    return Estimate(ratio, ratio + spread.low, ratio + spread.high, spread.n)


def share_difference(part: FloatArray, other: FloatArray, whole: FloatArray) -> Estimate:
    """`share_of(part)` less `share_of(other)` of the same whole, paired by replication.

    Args:
        part: (R,) first quantity by replication.
        other: (R,) second quantity.
        whole: (R,) what both are a share of.
    """
    return share_of(part - other, whole)
