"""Log of a run: every event in order, with the rule behind it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from permits.quantity import fmt_t, fmt_yuan
from scenarios.results.result import Event


@dataclass(slots=True)
class Log:
    """Events of a run; the only place where they are numbered, counted and summed."""

    silent: bool = False
    events: list[Event] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    mass_mg: Counter[str] = field(default_factory=Counter)
    money_fen: Counter[str] = field(default_factory=Counter)
    first: dict[str, Event] = field(default_factory=dict)

    def append(
        self,
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
    ) -> None:
        """Add an event, unless the log is silent.

        Args:
            on: the day.
            phase: phase of the day.
            kind: code of the event, such as "lease.started"; counts are kept by it.
            who: firm or government that it concerns.
            text: English template; `{who}`, `{mass}`, `{money}` and `values` fill it.
            rule: the rule in words, with its source in brackets.
            mass_mg: mass that it concerns [mg].
            money_fen: money that it concerns [fen].
            **values: further placeholders of `text`.
        """
        if self.silent:
            return
        told = {"who": who, "mass": fmt_t(mass_mg), "money": fmt_yuan(money_fen)}
        values = {**values, **told}
        event = Event(len(self.events) + 1, on, phase, kind, who, text, values, rule)
        self.events.append(event)
        self.counts[kind] += 1
        self.mass_mg[kind] += mass_mg
        self.money_fen[kind] += money_fen
        self.first.setdefault(kind, event)
