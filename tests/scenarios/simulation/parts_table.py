"""Which part of the world each phase reads, and which it changes, as a table for the docs.

`python -m tests.scenarios.simulation.parts_table` prints it.
"""

from __future__ import annotations

import inspect
import re
import sys
from typing import Any

from scenarios.simulation import year
from scenarios.simulation.apply import apply
from scenarios.simulation.day_phases import BUILD, EVENING, MORNING, SWIPE
from scenarios.simulation.new_world import new_world
from scenarios.simulation.opening_positions import opening_positions
from scenarios.simulation.outcome import Outcome, Played, WorldChange
from scenarios.simulation.phases.swipes import swipe_days
from scenarios.simulation.world import PARTS, World
from scenarios.simulation.year import moment_of, play_on
from tests.scenarios.simulation.small_years import FEW_DYERS, built

POLICIES = (
    "{rule='price_collar'}", "{rule='penalty'}",
    "{rule='reserve_release', params={trigger=0.5}}",
)  # fmt: skip
EVERYTHING = (*FEW_DYERS, f"policy=[{', '.join(POLICIES)}]")
"""Sales, sessions, leases, buyback, pledges repaid and in default, delays, shifts, policies."""

ORDER = [
    *(phase.name for phase in (*MORNING, SWIPE)), "open_session.N", "session.N",
    *(phase.name for phase in (BUILD, *EVENING)),
]  # fmt: skip


def everything() -> World:
    """A small world in which nearly everything happens within four months."""
    scenario = built(*EVERYTHING)
    return new_world(scenario, opening_positions(scenario))


def parts_of(change: type[WorldChange]) -> set[str]:
    """Parts that a change writes to, by its code."""
    code = inspect.getsource(change.make)
    written = set(re.findall(r"world\.(\w+)", code)) & set(PARTS)
    return written - {"rules"}


def play_and_watch(world: World) -> dict[str, tuple[set[str], set[str]]]:
    """Play a world; parts read and parts changed, by phase, in the order of a day."""
    seen: dict[str, tuple[set[str], set[str]]] = {}

    def watched(of: World, phase: Played[Any]) -> Any:
        now = moment_of(of)[1]
        # Days metered at once are played before the first phase of the first of them.
        now = SWIPE if phase.__name__ == swipe_days.__name__ else now
        name = re.sub(r"\.\d+$", ".N", now.name)
        _, changes = seen.setdefault(name, (set(now.reads), set()))
        events: Any = None
        try:
            while True:
                outcome: Outcome = phase.send(events)
                events = apply(of, outcome)
                for change in outcome.changes:
                    changes |= parts_of(type(change))
                if outcome.entries or outcome.events or outcome.rows:
                    changes.add("books")
        except StopIteration as done:
            return done.value

    original = year.play
    year.play = watched  # type: ignore[assignment]
    try:
        play_on(world)
    finally:
        year.play = original
    return seen


def table() -> str:
    """The table, in Markdown."""
    rows = ["| phase | reads | changes |", "|---|---|---|"]
    seen = play_and_watch(everything())
    # As on an ordinary day: on the first one sessions are held before the swipe.
    for name in sorted(seen, key=ORDER.index):
        reads, changes = seen[name]
        read, changed = ([p for p in PARTS if p in of] for of in (reads, changes))
        rows.append(f"| `{name}` | {', '.join(read)} | {', '.join(changed) or '–'} |")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
