"""State machines as tables: the allowed transitions of permits, accounts and contracts.

A value changes its state through its table only, and the diagrams in docs are drawn from
the same table (`docs/state_machines.py`), so that diagram and program agree.
"""

from __future__ import annotations

from dataclasses import dataclass

from permits.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed transition: `event` turns `before` into `after`."""

    before: str
    event: str
    after: str


@dataclass(frozen=True, slots=True)
class Machine:
    """A start state and its transitions, with their source or `assumed`."""

    name: str
    title: str
    title_zh: str
    start: str
    moves: tuple[Move, ...]
    source: str
    status: str

    @property
    def states(self) -> tuple[str, ...]:
        """All states, in the order in which the moves name them."""
        named = [self.start, *(s for move in self.moves for s in (move.before, move.after))]
        return tuple(dict.fromkeys(named))

    @property
    def ends(self) -> tuple[str, ...]:
        """Final states: those without an outgoing transition."""
        left = {move.before for move in self.moves}
        return tuple(state for state in self.states if state not in left)

    def events(self, state: str) -> tuple[str, ...]:
        """Events that are possible in a state."""
        return tuple(move.event for move in self.moves if move.before == state)

    def after(self, state: str, event: str, *, where: str = "") -> str:
        """The state after an event.

        Args:
            state: the present state.
            event: name of the event.
            where: id of the object, for the error message.
        Raises: NotAllowed where the event is impossible in this state; the error lists the possible
            ones.
        """
        for move in self.moves:
            if (move.before, move.event) == (state, event):
                return move.after
        raise NotAllowed(
            "states.move",
            "{event!r} cannot happen to a {machine} that is {state!r}",
            where=where,
            mend="possible events: {known}",
            event=event,
            machine=self.name,
            state=state,
            known=", ".join(self.events(state)) or "nothing more",
        )


def moves(text: str) -> tuple[Move, ...]:
    """Parse transitions written `before -event-> after`, one per line."""
    found = []
    for line in text.strip().splitlines():
        before, rest = line.strip().split(" -", 1)
        event, after = rest.split("-> ", 1)
        found.append(Move(before, event, after))
    return tuple(found)
