"""Notice: a government announces something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from scenarios.policy import Instruction
from scenarios.simulation.calendar import Day
from scenarios.simulation.instructing import Author, handles
from scenarios.simulation.outcome import Outcome, Played, happened
from scenarios.simulation.world import PROVINCE, World


@dataclass(frozen=True, slots=True)
class Notice(Instruction):
    """A sentence for the log of the year, in English."""

    name: ClassVar[str] = "notice"
    text: str


@handles(Notice)
def give_notice(world: World, day: Day, author: Author, notice: Notice) -> Played[None]:
    """Log the sentence as an event of the policy."""
    event = happened(
        day.on,
        "apply_policies",
        f"policy.{author.rule}",
        PROVINCE,
        notice.text,
        f"{author.rule} {author.source}",
    )
    yield Outcome(events=[event])
