"""All hints for one outlet's series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from permits.errors import InputError
from permits.meter.hints.checksums import find_repeated_checksums
from permits.meter.hints.frozen import find_frozen
from permits.meter.hints.hint import Hint
from permits.meter.hints.thresholds import find_step
from permits.meter.hints.totals import find_misfits
from permits.meter.hints.zeros import find_zeros_off
from permits.meter.interface import IntArray
from permits.meter.rounding import STANDARD, ReportingSteps


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One outlet's valid hours for one pollutant, in order of time; arrays over rows."""

    hours: IntArray  # the number of each row's hour, rising
    volume_l: IntArray
    conc_ng_per_l: IntArray
    totals_mg: IntArray | None = None  # as reported along with them
    off: NDArray[np.bool_] | None = None  # night, days off
    limit_ng_per_l: int | None = None
    checksums: tuple[int, ...] = ()  # of the messages, without those sent again

    def __post_init__(self) -> None:
        columns = (self.volume_l, self.conc_ng_per_l, self.totals_mg, self.off)
        shapes = [column.shape for column in columns if column is not None]
        if any(shape != self.hours.shape for shape in shapes) or (np.diff(self.hours) <= 0).any():
            raise InputError(
                "hint.series",
                "a series needs one value per hour in every column, and hours in ascending order",
                mend="sort the readings by time, and remove duplicates",
            )


def find_hints(series: Series, steps: ReportingSteps = STANDARD) -> list[Hint]:
    """All hints in a series; checks whose columns are missing are skipped."""
    hints = find_frozen(series.hours, series.conc_ng_per_l, series.volume_l)
    hints += find_repeated_checksums(series.checksums)
    if series.limit_ng_per_l is not None:
        hints += find_step(series.conc_ng_per_l, series.limit_ng_per_l)
    if series.totals_mg is not None:
        hints += find_misfits(series.totals_mg, series.volume_l, series.conc_ng_per_l, steps)
    if series.off is not None:
        hints += find_zeros_off(series.conc_ng_per_l, series.volume_l, series.off)
    return hints
