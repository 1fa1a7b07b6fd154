"""Verification: the smallest of permit, approval and volume × standard may be permitted.

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

NG_PER_MG = 1_000_000  # concentrations are in ng/L, masses in mg

Ceiling = Literal["permit", "approval", "volume_standard"]


@dataclass(frozen=True, slots=True)
class Outflow:
    """A year's volume, and the discharge standards that apply to it.

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
        """The applicable standard: the receiving plant's where there is one."""
        indirect = self.receiving_ng_per_l
        return self.standard_ng_per_l if indirect is None else indirect

    @property
    def mass_mg(self) -> int:
        """Volume × the applicable standard [mg]; a ceiling, so rounded down."""
        return self.volume_l * self.counted_ng_per_l // NG_PER_MG


@dataclass(frozen=True, slots=True)
class Verified:
    """A verified amount [mg per year], and all ceilings considered."""

    pollutant: str
    mass_mg: int
    ceilings_mg: Mapping[Ceiling, int] = field(hash=False)
    source: str = "[ZJ-N1] [ZJ-P18]"
    status: str = "assumed"

    @property
    def binding(self) -> tuple[Ceiling, ...]:
        """The binding ceilings; several where they are equal."""
        return tuple(name for name, mass in self.ceilings_mg.items() if mass == self.mass_mg)


def verify_limit(
    pollutant: str,
    *,
    permit_mg: int | None = None,
    approval_mg: int | None = None,
    outflow: Outflow | None = None,
) -> Verified:
    """The smallest known ceiling [mg per year]; a ceiling that is `None` does not count.

    Args:
        pollutant: pollutant to verify.
        permit_mg: amount in the permit [mg per year].
        approval_mg: amount in the approval of the impact assessment [mg per year].
        outflow: volume and discharge standard.
    Raises: InputError where no ceiling is given, NotAMass for a value that is not a mass.
    """
    known: dict[Ceiling, int | None] = {
        "permit": permit_mg,
        "approval": approval_mg,
        "volume_standard": None if outflow is None else outflow.mass_mg,
    }
    # An unknown ceiling is left out, since 0 would forbid every emission.
    ceilings = {
        name: require_mg(mass, above=-1, where=f"{pollutant}: {name}")
        for name, mass in known.items()
        if mass is not None
    }
    if not ceilings:
        raise InputError(
            "permit.verify",
            "no amount is given to verify {pollutant}",
            mend="give the permit's amount, the approval's, or volume and standard",
            pollutant=pollutant,
        )
    return Verified(pollutant, min(ceilings.values()), ceilings)


def plant_mg(design: Outflow, connected_mg: int) -> int:
    """Amount left for a treatment plant itself [mg per year], not below 0.

    Its design volume × standard less its connected users [ZJ-P18].
    """
    require_mg(connected_mg, above=-1, where="connected users")
    return max(0, design.mass_mg - connected_mg)
