"""Share of the reserve: what a government sale offers, in place of the session's own share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from scenarios.policy import Instruction
from scenarios.simulation.calendar import Day
from scenarios.simulation.changes import ReserveOpened
from scenarios.simulation.instructing import Author, handles, require_pollutants
from scenarios.simulation.outcome import Outcome, Played
from scenarios.simulation.world import World


@dataclass(frozen=True, slots=True)
class ReserveShare(Instruction):
    """Share of its reserve that a sale of the day offers, by pollutant [ppm]; 0 for nothing."""

    name: ClassVar[str] = "reserve_share"
    offered_ppm: Mapping[str, int]


@handles(ReserveShare)
def open_reserve(world: World, day: Day, author: Author, share: ReserveShare) -> Played[None]:
    """Set the shares; a pollutant left out is offered as its session says."""
    require_pollutants(world, author, share.offered_ppm)
    yield Outcome(changes=[ReserveOpened(share.offered_ppm)])
