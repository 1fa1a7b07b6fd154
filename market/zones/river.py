"""Rivers: zonal caps from limits along the flow, and the ratios at which zones trade.

Water of a zone carries what is emitted upstream, less what the river takes up on the
way. A zone may emit what its limit leaves when everything upstream is at its own
limit, T = E - sum(t·E upstream); a firm may use rights of a zone upstream at the
transfer coefficient [HungShaw2005]. Where a limit downstream is so tight that T is
below zero, the zone is *critical*: limits upstream must give way. On a river with
branches nothing says which of them, and the rule does not reach least cost
[KonishiEtAl2015].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from market.zones.ratios import Ratios
from permits.errors import InputError


@dataclass(frozen=True, slots=True)
class Reach:
    """A zone: its limit on the load passing it, where it flows, and what share arrives."""

    zone: str
    limit_mg: int
    into: str | None = None
    passes: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class ZonalCaps:
    """Emission cap of each zone.

    `critical` are zones whose cap by the formula is below zero; `cap_mg` holds it as it is,
    so that the caller has to decide.
    """

    cap_mg: Mapping[str, int]
    critical: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether the rule reaches least cost: no zone is critical."""
        return not self.critical


@dataclass(frozen=True)
class River:
    """Zones in any order; each flows into one other, or out."""

    reaches: tuple[Reach, ...]

    def __post_init__(self) -> None:
        known = {reach.zone for reach in self.reaches}
        for reach in self.reaches:
            if reach.into is not None and reach.into not in known:
                raise InputError(
                    "river.unknown",
                    "{zone} flows into {into}, which is not a zone",
                    where=f"zone {reach.zone}",
                    mend="name one of: {known}",
                    zone=reach.zone,
                    into=reach.into,
                    known=", ".join(sorted(known)),
                )
            self.path(reach.zone)  # raises on a circle before anything walks for ever

    def path(self, zone: str) -> tuple[str, ...]:
        """The zone and all that it flows through, in order.

        Raises: InputError where the river flows back into itself.
        """
        by_zone = {reach.zone: reach for reach in self.reaches}
        found = [zone]
        while (into := by_zone[found[-1]].into) is not None:
            if into in found:
                raise InputError(
                    "river.circle",
                    "{zone} flows back into itself",
                    where=f"zone {zone}",
                    mend="let the last zone flow out",
                    zone=into,
                )
            found.append(into)
        return tuple(found)

    def ratios(self) -> Ratios:
        """Worth of a unit upstream in each zone downstream: the shares along the way."""
        by_zone = {reach.zone: reach for reach in self.reaches}
        found = {}
        for reach in self.reaches:
            worth, path = Fraction(1), self.path(reach.zone)
            for here, there in pairwise(path):
                worth *= by_zone[here].passes
                found[reach.zone, there] = worth
        return Ratios(tuple(reach.zone for reach in self.reaches), found)

    def caps(self) -> ZonalCaps:
        """T = E - sum(t·E) over the zones that flow straight into each."""
        caps: dict[str, int] = {}
        for reach in self.reaches:
            arrives = sum(
                (up.passes * up.limit_mg for up in self.reaches if up.into == reach.zone),
                Fraction(0),
            )
            # Arriving load rounded up, so that emission at the caps keeps the limit.
            caps[reach.zone] = reach.limit_mg + int(-arrives // 1)
        critical = tuple(sorted(zone for zone, cap in caps.items() if cap < 0))
        return ZonalCaps(caps, critical)

    def loads_mg(self, emitted_mg: Mapping[str, int]) -> dict[str, Fraction]:
        """Load passing each zone, for the emission of all zones [mg]."""
        worth = self.ratios()
        return {
            there.zone: sum(
                (worth.ratio(here.zone, there.zone) * emitted_mg[here.zone]
                 for here in self.reaches),
                Fraction(0),
            )
            for there in self.reaches
        }  # fmt: skip
