"""How a mass was arrived at: masses on one basis are not compared with a limit on another,
unless a conversion is given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from permits.errors import MixedRights


class Basis(StrEnum):
    """How a mass was arrived at."""

    FLOW_CONCENTRATION = "flow_concentration"
    MATERIAL_BALANCE = "material_balance"
    EMISSION_FACTOR = "emission_factor"


@dataclass(frozen=True, slots=True)
class Conversion:
    """How many mg on basis `wanted` one mg on basis `given` counts for."""

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
