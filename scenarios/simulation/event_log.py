"""Log of a run: every event in order, with the rule behind it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from permits.quantity import fmt_t, fmt_yuan
from scenarios.results.result import Event
from scenarios.simulation.outcome import Happening


@dataclass(slots=True)
class Log:
    """Events of a run; the only place where they are numbered, counted and summed."""

    silent: bool = False
    events: list[Event] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    mass_mg: Counter[str] = field(default_factory=Counter)
    money_fen: Counter[str] = field(default_factory=Counter)
    first: dict[str, Event] = field(default_factory=dict)

    def copy(self) -> Log:
        """Another log of the same events."""
        return Log(
            self.silent, list(self.events), self.counts.copy(), self.mass_mg.copy(),
            self.money_fen.copy(), dict(self.first),
        )  # fmt: skip

    def add(self, happening: Happening) -> None:
        """Number an event and add it, unless the log is silent."""
        if self.silent:
            return
        kind, who = happening.kind, happening.who
        mass_mg, money_fen = happening.mass_mg, happening.money_fen
        told = {"who": who, "mass": fmt_t(mass_mg), "money": fmt_yuan(money_fen)}
        event = Event(
            len(self.events) + 1, happening.on, happening.phase, kind, who, happening.text,
            {**happening.values, **told}, happening.rule,
        )  # fmt: skip
        self.events.append(event)
        self.counts[kind] += 1
        self.mass_mg[kind] += mass_mg
        self.money_fen[kind] += money_fen
        self.first.setdefault(kind, event)
