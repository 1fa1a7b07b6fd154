"""Loads at protected receptors, and hot spots after trade.

A transfer coefficient states what a tonne of a source adds to the load or concentration
at a receptor. Rights to a receptor's capacity, one kind for each, lead to least cost
[Montgomery1972]; one market for all places may concentrate emission near one of them, a
hot spot, which is looked for after trade.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from permits.errors import InputError


@dataclass(frozen=True)
class Receptors:
    """Coefficients by (receptor, source): what a milligram adds; limits by receptor."""

    adds: Mapping[tuple[str, str], Fraction]
    limit: Mapping[str, Fraction]

    def __post_init__(self) -> None:
        unknown = sorted({receptor for receptor, _ in self.adds} - set(self.limit))
        if unknown:
            raise InputError(
                "receptors.limit",
                "the receptor {receptor} has no limit",
                where=f"receptor {unknown[0]}",
                mend="give every receptor a limit",
                receptor=unknown[0],
            )

    def load(self, receptor: str, emitted_mg: Mapping[str, int]) -> Fraction:
        """Load of all sources together at a receptor."""
        return sum(
            (coefficient * emitted_mg.get(source, 0)
             for (place, source), coefficient in self.adds.items() if place == receptor),
            Fraction(0),
        )  # fmt: skip

    def cost_of_room(self, source: str, price: Mapping[str, Fraction]) -> Fraction:
        """Cost of a source's milligram where capacity at every receptor has a price."""
        return sum(
            (coefficient * price.get(place, Fraction(0))
             for (place, emitter), coefficient in self.adds.items() if emitter == source),
            Fraction(0),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class HotSpot:
    """A receptor above its limit, before and after trade, and the sources that rose most."""

    receptor: str
    before: Fraction
    after: Fraction
    limit: Fraction
    by_source: tuple[tuple[str, Fraction], ...]  # what each added more, most first

    @property
    def made_by_trade(self) -> bool:
        """Whether it was within its limit before."""
        return self.before <= self.limit


def find_hot_spots(
    receptors: Receptors, before_mg: Mapping[str, int], after_mg: Mapping[str, int]
) -> tuple[HotSpot, ...]:
    """Receptors above their limit after trade, the furthest above first.

    Args:
        receptors: transfer coefficients and limits.
        before_mg: emission of each source if everybody kept its own rights.
        after_mg: emission after trade.
    """
    found = []
    for place, limit in sorted(receptors.limit.items()):
        after = receptors.load(place, after_mg)
        if after <= limit:
            continue
        more = [
            (source, coefficient * (after_mg.get(source, 0) - before_mg.get(source, 0)))
            for (receptor, source), coefficient in sorted(receptors.adds.items())
            if receptor == place
        ]
        rising = tuple(sorted((m for m in more if m[1] > 0), key=lambda m: (-m[1], m[0])))
        found.append(HotSpot(place, receptors.load(place, before_mg), after, limit, rising))
    return tuple(sorted(found, key=lambda spot: (spot.limit - spot.after, spot.receptor)))
