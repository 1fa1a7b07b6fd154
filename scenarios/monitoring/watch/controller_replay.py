"""Replay: controllers run on an input log, step by step.

Readings contain no valve positions. Without valve measurements, a valve is assumed to follow
each order after two minutes [ModelAssumption].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from permits.card import CardLine, Controller, Said, step
from permits.card.controller_inputs import FULL_PERCENT, Input, Valve
from scenarios.monitoring.watch.input_tables import InputLog

FOLLOW_S = 120  # seconds until the valve has moved [ModelAssumption]
ORDERS = {
    Said.CLOSE_VALVE: 0,
    Said.STOP_LINE: 0,
    Said.OPEN_VALVE: FULL_PERCENT,
}


@dataclass(frozen=True, slots=True)
class ControlledOutlet:
    """A controller, and its valve if it is moving."""

    controller: Controller
    moving: Valve | None = None
    follows: bool = True


@dataclass(frozen=True, slots=True)
class Frame:
    """One step: the outlet with an input, its records, and the state of all outlets."""

    at: datetime
    outlet: str
    records: tuple[CardLine, ...]
    outlets: Mapping[str, Controller]


def replay_controllers(reel: InputLog) -> Iterator[Frame]:
    """Every step of an input log, in order of time."""
    told = {name for name, given in reel.heard if isinstance(given, Valve)}
    outlets = {
        name: ControlledOutlet(c, follows=name not in told) for name, c in reel.outlets.items()
    }
    standing = dict(reel.outlets)
    shown = MappingProxyType(standing)
    for name, given in reel.heard:
        if name not in outlets:
            continue
        outlets[name], records = receive(outlets[name], given)
        standing[name] = outlets[name].controller
        yield Frame(given.at, name, records, shown)


def receive(
    outlet: ControlledOutlet, given: Input
) -> tuple[ControlledOutlet, tuple[CardLine, ...]]:
    """The outlet after the input `given`, and its records; its valve arrives first."""
    records: tuple[CardLine, ...] = ()
    if outlet.moving is not None and outlet.moving.at <= given.at:
        outlet, records = _stepped(replace(outlet, moving=None), outlet.moving)
    outlet, more = _stepped(outlet, given)
    return outlet, (*records, *more)


def _stepped(
    outlet: ControlledOutlet, given: Input
) -> tuple[ControlledOutlet, tuple[CardLine, ...]]:
    controller, records = step(outlet.controller, given)
    moving = outlet.moving
    for record in records:
        if outlet.follows and record.said in ORDERS:
            arrives = max(record.at + timedelta(seconds=FOLLOW_S), controller.at)
            moving = Valve(arrives, ORDERS[record.said])
    return replace(outlet, controller=controller, moving=moving), records
