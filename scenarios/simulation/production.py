"""Emission without measures or market, day by day: season and random production.

The yearly mean of the season and the expectation of every draw are one, so that a
register's baseline is the expected emission. One stream per firm, for the whole horizon.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from permits.rng import stream
from scenarios.definition.register import Register
from scenarios.definition.schema import ScenarioFile

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Demand:
    """Unrestricted emission of every card; card = firm x P + pollutant."""

    wanted_mg: IntArray  # (C, D) what is emitted without measures and without stops
    wanted_to: list[list[int]]  # (C, D + 1) its sums from the first day
    expected_to: list[list[float]]  # (C, D + 1) sums before any draw: base x season


def draw_demand(file: ScenarioFile, register: Register, seed: int) -> Demand:
    """Draw the unrestricted emission of every card for the whole horizon.

    Args:
        file: the checked scenario file, with seasons and spreads.
        register: firms and their baselines.
        seed: seed of the scenario; each firm has its own stream.
    """
    pollutants = len(register.pollutants)
    seasons = _season_weights(file)
    wanted, expected = [], []
    for firm in register.firms:
        weights = seasons.get(firm.sector, seasons[""])
        luck = _luck(file, firm.id, seed, len(weights))
        for p in range(pollutants):
            mean = firm.base_mg[p] * weights
            expected.append(mean)
            wanted.append(_whole(mean * luck))
    daily = np.array(wanted)
    return Demand(daily, _sums(daily).tolist(), _sums(np.array(expected)).tolist())


def _whole(daily_mg: FloatArray) -> IntArray:
    """Round to whole mg a day so that sums stay within half a mg of the exact ones."""
    # Sums are rounded, not days: rounding days would drift by up to half a mg a day.
    sums: IntArray = np.rint(np.cumsum(daily_mg)).astype(np.int64)
    return np.concatenate([sums[:1], sums[1:] - sums[:-1]])


def _sums(daily: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate([np.zeros((len(daily), 1), daily.dtype), daily.cumsum(axis=1)], axis=1)


def _season_weights(file: ScenarioFile) -> dict[str, FloatArray]:
    """Share of a year's emission on each day of the horizon, by sector; "" is flat."""
    count = (file.ends - file.begins).days + 1
    dates = [file.begins + timedelta(days=n) for n in range(count)]
    found: dict[str, FloatArray] = {"": _normalised(np.ones(count), dates)}
    for sector in file.sector:
        by_month = np.array(sector.season.value)
        found[sector.id] = _normalised(by_month[[d.month - 1 for d in dates]], dates)
    return found


def _normalised(raw: FloatArray, dates: Sequence[date]) -> FloatArray:
    """Weights that add up to one in each calendar year of the horizon."""
    years = np.array([d.year for d in dates])
    weights = raw.astype(np.float64)
    for year in np.unique(years):
        # Of the days simulated: a scenario of half a year emits the whole baseline in it.
        weights[years == year] /= weights[years == year].sum()
    return weights


def _luck(file: ScenarioFile, firm: str, seed: int, count: int) -> FloatArray:
    """Log-normal factors with mean one: the firm's year, and each day."""
    rules = file.production
    rng = stream(seed, "production", firm)
    year, daily = rules.firm_sigma.value, rules.daily_sigma.value
    whole = np.exp(year * rng.standard_normal() - year**2 / 2)
    return np.asarray(whole * np.exp(daily * rng.standard_normal(count) - daily**2 / 2))
