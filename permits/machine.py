"""Tables of states: what may happen to a permit, an account, a contract, and what follows.

A value changes its state by its table and by nothing else, and the table is also drawn
(`docs/state_machines.py`), so that picture and program say the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from permits.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed step: `event` turns `before` into `after`."""

    before: str
    event: str
    after: str


@dataclass(frozen=True, slots=True)
class Machine:
    """A start, the moves from there, and where they were read or that they are assumed."""

    name: str
    title: str
    title_zh: str
    start: str
    moves: tuple[Move, ...]
    source: str
    status: str

    @property
    def states(self) -> tuple[str, ...]:
        """Every state, in the order in which the moves name them."""
        named = [self.start, *(s for move in self.moves for s in (move.before, move.after))]
        return tuple(dict.fromkeys(named))

    @property
    def ends(self) -> tuple[str, ...]:
        """States that nothing leads out of."""
        left = {move.before for move in self.moves}
        return tuple(state for state in self.states if state not in left)

    def events(self, state: str) -> tuple[str, ...]:
        """What may happen in a state."""
        return tuple(move.event for move in self.moves if move.before == state)

    def after(self, state: str, event: str, *, where: str = "") -> str:
        """The state after an event.

        Raises: NotAllowed where it may not happen in this state; it says what may.
        """
        for move in self.moves:
            if (move.before, move.event) == (state, event):
                return move.after
        raise NotAllowed(
            "states.move",
            "{event!r} cannot happen to a {machine} that is {state!r}",
            where=where,
            mend="what can: {known}",
            event=event,
            machine=self.name,
            state=state,
            known=", ".join(self.events(state)) or "nothing more",
        )


def moves(text: str) -> tuple[Move, ...]:
    """`before -event-> after`, one a line."""
    found = []
    for line in text.strip().splitlines():
        before, rest = line.strip().split(" -", 1)
        event, after = rest.split("-> ", 1)
        found.append(Move(before, event, after))
    return tuple(found)
