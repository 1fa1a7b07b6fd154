"""What may be permitted at most: the smallest of permit, approval, volume × standard.

Existing rights are verified anew every five years [ZJ-N1]: by the permit, by the
approval of the environmental impact assessment, and by volume × discharge standard. That
the smallest counts is assumed, in line with Changshu's rule that an indirect discharger
is held to the standard of the treatment plant which receives its water, and a plant to
its design volume × standard less its connected users [ZJ-P18].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from permits.errors import InputError
from permits.quantity import require_mg

NG_PER_MG = 1_000_000

Ceiling = Literal["permit", "approval", "volume_standard"]


@dataclass(frozen=True, slots=True)
class Outflow:
    """A year's volume, and the standards that it leaves under.

    `receiving_ng_per_l` is the standard of the treatment plant that receives it, `None`
    where it is discharged directly.
    """

    volume_l: int
    standard_ng_per_l: int
    receiving_ng_per_l: int | None = None

    def __post_init__(self) -> None:
        for value in (self.volume_l, self.standard_ng_per_l, self.receiving_ng_per_l or 0):
            assert type(value) is int and value >= 0, "a volume or standard below zero"

    @property
    def counted_ng_per_l(self) -> int:
        """The standard that counts: the receiving plant's where there is one."""
        indirect = self.receiving_ng_per_l
        return self.standard_ng_per_l if indirect is None else indirect

    @property
    def mass_mg(self) -> int:
        """Volume × the standard that counts [mg]; a ceiling, so rounded down."""
        return self.volume_l * self.counted_ng_per_l // NG_PER_MG


@dataclass(frozen=True, slots=True)
class Verified:
    """A verified amount [mg a year], and every ceiling that it was held to."""

    pollutant: str
    mass_mg: int
    ceilings_mg: Mapping[Ceiling, int] = field(hash=False)
    source: str = "[ZJ-N1] [ZJ-P18]"
    status: str = "assumed"

    @property
    def binding(self) -> tuple[Ceiling, ...]:
        """Which ceilings decide; several where they are equal."""
        return tuple(name for name, mass in self.ceilings_mg.items() if mass == self.mass_mg)


def verify_limit(
    pollutant: str,
    *,
    permit_mg: int | None = None,
    approval_mg: int | None = None,
    outflow: Outflow | None = None,
) -> Verified:
    """The smallest of what is known [mg a year]: a ceiling that is `None` does not count.

    Raises: InputError where nothing is known, NotAMass for what is no mass.
    """
    known: dict[Ceiling, int | None] = {
        "permit": permit_mg,
        "approval": approval_mg,
        "volume_standard": None if outflow is None else outflow.mass_mg,
    }
    ceilings = {
        name: require_mg(mass, above=-1, where=f"{pollutant}: {name}")
        for name, mass in known.items()
        if mass is not None
    }
    if not ceilings:
        raise InputError(
            "permit.verify",
            "nothing is known to verify {pollutant} by",
            mend="give the permit's amount, the approval's, or volume and standard",
            pollutant=pollutant,
        )
    return Verified(pollutant, min(ceilings.values()), ceilings)


def plant_mg(design: Outflow, connected_mg: int) -> int:
    """What is left to a treatment plant itself [mg a year]: design volume × standard less
    its connected users, and not below 0 [ZJ-P18]."""
    require_mg(connected_mg, above=-1, where="connected users")
    return max(0, design.mass_mg - connected_mg)
