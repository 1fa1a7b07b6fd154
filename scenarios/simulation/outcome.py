"""What a phase decides: an Outcome, which `apply` puts into effect.

A phase is a generator. It reads the world, yields an Outcome, and goes on when that is in
effect: a second sale of the day sees the first. `yield` returns the events of cards that the
Outcome caused. What is put off is data too: entries and tasks with their day.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, TypeVar

from permits.card import CardEvent
from permits.ledger import Entry

R = TypeVar("R")
CardEvents = tuple[CardEvent, ...]


class WorldChange(Protocol):
    """A change of one part of the world; `changes.py` has them all."""

    def make(self, world: Any, /) -> CardEvents | None:
        """WorldChange the world; returns the events of cards that this caused, if any."""
        ...


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened, for the log, which numbers it.

    `values` fill the placeholders of `text`, beside `{who}`, `{mass}` and `{money}`.
    """

    on: date
    phase: str
    kind: str  # "lease.started", …; counts are kept by it
    who: str
    text: str  # English template
    rule: str  # the rule in words, with its source in brackets
    mass_mg: int
    money_fen: int
    values: dict[str, Any]


def happened(
    on: date,
    phase: str,
    kind: str,
    who: str,
    text: str,
    rule: str,
    *,
    mass_mg: int = 0,
    money_fen: int = 0,
    **values: Any,
) -> Happening:
    """A `Happening`.

    Args:
        on: the day.
        phase: phase of the day.
        kind: code of the event.
        who: firm or government that it concerns.
        text: English template; `{who}`, `{mass}`, `{money}` and `values` fill it.
        rule: the rule in words, with its source in brackets.
        mass_mg: mass that it concerns [mg].
        money_fen: money that it concerns [fen].
        **values: further placeholders of `text`.
    """
    return Happening(on, phase, kind, who, text, rule, mass_mg, money_fen, values)


Row = tuple[str, tuple[Any, ...]]
"""Name of a result table, and the cells of one more row."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a phase decided; put into effect in this order, whole or not at all."""

    entries: Sequence[Entry] = ()
    changes: Sequence[WorldChange] = ()
    events: Sequence[Happening] = ()
    rows: Sequence[Row] = ()


Played = Generator[Outcome, CardEvents, R]
"""A phase, or part of one, being played; what it returns stays with the phase."""
