"""Probability that meter error makes a compliant firm appear to exceed its limit.

Model. The mass found is `(1 + F)(1 + C) x sum over hours of m (1 + f)(1 + c)`: F and C are
the standing errors of flow and concentration of an outlet (its calibration), f and c those
drawn anew every hour; all are independent, with mean zero. Hourly errors average out
over a year, calibration does not: at 5 and 5 % of each kind, 8,760 equal hours leave 7.1 %
of the standing errors and 0.08 % of the others.

That errors are normal, unbiased and independent is assumed [ModelAssumption]; the standard
deviation of the mass needs only the last two. Floats, since a probability is not an account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from math import sqrt
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from permits.errors import InputError
from permits.meter.chance import binomial_interval
from permits.rng import stream

CHUNK = 2_000_000  # numbers drawn at a time: 16 MB each for flow and concentration


@dataclass(frozen=True, slots=True)
class MeterError:
    """Relative standard uncertainties: 0.05 is 5 per cent."""

    flow_standing: float = 0.0  # of an outlet, the same in every hour
    conc_standing: float = 0.0
    flow_hourly: float = 0.0  # drawn anew in every hour
    conc_hourly: float = 0.0

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if not 0 <= value < 1:
                raise InputError(
                    "meter.uncertainty",
                    "{name} is {value}, not a relative standard uncertainty from 0 to below 1",
                    mend="write 5 % as 0.05",
                    name=one.name,
                    value=value,
                )


class SampledShare(NamedTuple):
    """A share found by Monte Carlo draws, with its 95 % confidence interval."""

    within: float
    low: float
    high: float
    draws: int


def compliance_probability(limit_mg: int, hourly_mg: Sequence[int], error: MeterError) -> float:
    """Probability that an outlet is found at or under its limit.

    The sum is taken as normal: exact where only one kind of error is given, and close
    while the standing errors are small (`drawn_compliance` compares it with the model). An
    outlet that emits exactly its limit is found over it in half of all cases, however good
    its meter.

    Args:
        limit_mg: limit of the year [mg].
        hourly_mg: true emission of each hour [mg].
        error: errors of the meter.
    """
    emitted = sum(hourly_mg)
    spread = emitted * relative_sd(hourly_mg, error)
    if spread == 0:
        return 1.0 if emitted <= limit_mg else 0.0
    return NormalDist(emitted, spread).cdf(limit_mg)


def relative_sd(hourly_mg: Sequence[int], error: MeterError) -> float:
    """The relative standard deviation of the mass found; exact under the model."""
    emitted = sum(hourly_mg)
    if emitted == 0:
        return 0.0
    standing = (1 + error.flow_standing**2) * (1 + error.conc_standing**2)
    hourly = (1 + error.flow_hourly**2) * (1 + error.conc_hourly**2) - 1
    # Squares of whole mg are exact, so that a year of small hours is not lost in a sum.
    share = sum(mass * mass for mass in hourly_mg) / (emitted * emitted)
    return sqrt(standing * (1 + hourly * share) - 1)


def safe_share(relative: float, most_over: float = 0.05) -> float:
    """Share of its limit that an outlet may emit without being found over it too often.

    Args:
        relative: standard deviation of the mass found (`relative_sd`), below 1.
        most_over: accepted probability of being found over the limit, above 0 and below 1.
    """
    return 1 / (1 + NormalDist().inv_cdf(1 - most_over) * relative)


def drawn_compliance(
    limit_mg: int,
    hourly_mg: Sequence[int],
    error: MeterError,
    *,
    draws: int = 2_000,
    seed: int = 1,
) -> SampledShare:
    """`compliance_probability` by Monte Carlo draws from the model, without the normal sum.

    Args:
        limit_mg: limit of the year [mg].
        hourly_mg: true emission of each hour [mg].
        error: errors of the meter.
        draws: number of meters drawn; 2,000 give the share to about 2 percentage points.
        seed: seed of the random stream.
    """
    masses = drawn_masses(hourly_mg, error, draws=draws, seed=seed)
    within = int((masses <= limit_mg).sum())
    low, high = binomial_interval(within, draws)
    return SampledShare(within / draws, low, high, draws)


def drawn_masses(
    hourly_mg: Sequence[int], error: MeterError, *, draws: int, seed: int
) -> NDArray[np.float64]:
    """(draws,) mass found by each of `draws` meters of the same outlet [mg].

    Args:
        hourly_mg: true emission of each hour [mg].
        error: errors of the meter.
        draws: number of meters drawn.
        seed: seed of the random stream.
    """
    hours = np.asarray(hourly_mg, dtype=np.float64)
    rng = stream(seed, "meter error", "standing")
    standing = (1 + error.flow_standing * rng.standard_normal(draws)) * (
        1 + error.conc_standing * rng.standard_normal(draws)
    )
    # A second named stream: standing and hourly errors must be independent.
    rng = stream(seed, "meter error", "hourly")
    found = np.empty(draws)
    at_once = max(CHUNK // max(hours.size, 1), 1)
    for begin in range(0, draws, at_once):
        shape = (min(at_once, draws - begin), hours.size)
        flow = 1 + error.flow_hourly * rng.standard_normal(shape)
        conc = 1 + error.conc_hourly * rng.standard_normal(shape)
        found[begin : begin + at_once] = (flow * conc) @ hours
    return found * standing
