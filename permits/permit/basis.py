"""Accounting bases of a mass, and the conversion between them.

A mass on one basis is not compared with a limit on another unless a conversion is given.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from permits.errors import MixedRights


class Basis(StrEnum):
    """Method by which a mass was determined."""

    FLOW_CONCENTRATION = "flow_concentration"
    MATERIAL_BALANCE = "material_balance"
    EMISSION_FACTOR = "emission_factor"


@dataclass(frozen=True, slots=True)
class Conversion:
    """Mass on basis `wanted` that one mg on basis `given` counts for."""

    pollutant: str
    given: Basis
    wanted: Basis
    factor: Fraction
    source: str


def convert_mg(
    mass_mg: int,
    pollutant: str,
    given: Basis | str,
    wanted: Basis | str,
    conversions: Iterable[Conversion] = (),
) -> int:
    """A mass on another accounting basis [mg], rounded once, half to even.

    Args:
        mass_mg: mass on basis `given` [mg].
        pollutant: pollutant of the mass.
        given: basis of the mass.
        wanted: basis of the limit.
        conversions: known conversions; the first that matches is used.
    Raises: MixedRights where the bases differ and no conversion is given.
    """
    if given == wanted:
        return mass_mg
    for conversion in conversions:
        if (conversion.pollutant, conversion.given, conversion.wanted) == (
            pollutant,
            given,
            wanted,
        ):
            return round(mass_mg * conversion.factor)
    raise MixedRights(
        "permit.basis",
        "{pollutant} accounted by {given} cannot be compared with a limit by {wanted}",
        mend="meter it on the permit's basis, or give a conversion between the two",
        pollutant=pollutant,
        given=str(given),
        wanted=str(wanted),
    )
