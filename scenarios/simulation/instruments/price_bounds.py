"""Price bounds: no bid below a floor, no ask above a ceiling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from scenarios.policy import Instruction
from scenarios.simulation.calendar import Day
from scenarios.simulation.changes import BoundsSet
from scenarios.simulation.instructing import Author, handles, require_pollutants
from scenarios.simulation.outcome import Outcome, Played
from scenarios.simulation.world import World


@dataclass(frozen=True, slots=True)
class PriceBounds(Instruction):
    """Lowest bid and highest ask for the day [fen/t]; a pollutant left out has none."""

    name: ClassVar[str] = "price_bounds"
    floor_fen_per_t: Mapping[str, int] = field(default_factory=dict)
    ceiling_fen_per_t: Mapping[str, int] = field(default_factory=dict)


@handles(PriceBounds)
def set_bounds(world: World, day: Day, author: Author, bounds: PriceBounds) -> Played[None]:
    """Set the bounds; of two instructions on one pollutant the later one counts."""
    require_pollutants(world, author, [*bounds.floor_fen_per_t, *bounds.ceiling_fen_per_t])
    yield Outcome(changes=[BoundsSet(bounds.floor_fen_per_t, bounds.ceiling_fen_per_t)])
