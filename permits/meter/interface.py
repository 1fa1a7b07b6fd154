"""Readings, and the interface of every meter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from permits.errors import NotAMass
from permits.permit import Basis

IntArray = NDArray[np.int64]
R_contra = TypeVar("R_contra", contravariant=True)


class Meter(Protocol[R_contra]):
    """Turns readings of its kind into masses."""

    @property
    def basis(self) -> Basis:
        """The accounting basis of its masses."""

    def masses_mg(self, readings: Sequence[R_contra]) -> list[int]:
        """The mass of each reading [mg], rounded once each."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Volume through an outlet in an interval, and the concentration of a pollutant in it.

    Concentrations are in ng/L, which is µg/m³: monitors report gas to 0.001 mg/m³.
    """

    outlet: str
    at: datetime  # the interval's beginning
    volume_l: int
    conc_ng_per_l: int


def require_whole(name: str, values: IntArray, most: int) -> None:
    """Check that `values` are int64 from 0 to `most`.

    Args:
        name: name of the values, for the error message.
        values: the array, any shape.
        most: largest allowed value.
    Raises: NotAMass where they are not.
    """
    if values.dtype != np.int64:
        raise NotAMass(
            "meter.type",
            "{name} has type {dtype}, not 64-bit whole numbers",
            mend="convert to int64 in the stated unit first",
            name=name,
            dtype=str(values.dtype),
        )
    wrong = np.flatnonzero((values < 0) | (values > most))
    if wrong.size:
        raise NotAMass(
            "meter.range",
            "{name} is {value} in row {row}, not from 0 to {most}",
            mend="check the sign and the unit of the reading",
            name=name,
            value=int(values.ravel()[wrong[0]]),
            row=int(wrong[0]),
            most=most,
        )
