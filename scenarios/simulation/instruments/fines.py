"""Fines: those of the scenario, times a factor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from scenarios.policy import Instruction
from scenarios.simulation.calendar import Day
from scenarios.simulation.changes import FinesSet
from scenarios.simulation.instructing import Author, handles
from scenarios.simulation.outcome import Outcome, Played
from scenarios.simulation.world import World


@dataclass(frozen=True, slots=True)
class Fines(Instruction):
    """Fines as a percentage of the scenario's; those of the day of the true-up count."""

    name: ClassVar[str] = "fines"
    percent: int


@handles(Fines)
def set_fines(world: World, day: Day, author: Author, fines: Fines) -> Played[None]:
    """Set the percentage; of two instructions the later one counts."""
    yield Outcome(changes=[FinesSet(fines.percent)])
