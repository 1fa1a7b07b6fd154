"""Controllers run on what they hear, moment by moment.

Readings say nothing of the valve. Where nobody tells its measurements it is taken to
follow each order after two minutes [ModelAssumption].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from permits.card import Controller, Record, Said, step
from permits.card.controller_inputs import FULL_PERCENT, Input, Valve
from scenarios.monitoring.watch.input_tables import Reel

FOLLOW_S = 120
ORDERS = {
    Said.CLOSE_VALVE: 0,
    Said.STOP_LINE: 0,
    Said.OPEN_VALVE: FULL_PERCENT,
}


@dataclass(frozen=True, slots=True)
class Outlet:
    """A controller, and a valve on its way."""

    controller: Controller
    moving: Valve | None = None
    follows: bool = True


@dataclass(frozen=True, slots=True)
class Frame:
    """One moment: which outlet heard something, what was told, how all outlets stand."""

    at: datetime
    outlet: str
    records: tuple[Record, ...]
    outlets: Mapping[str, Controller]


def film(reel: Reel) -> Iterator[Frame]:
    """Every moment of a reel, in order of time."""
    told = {name for name, given in reel.heard if isinstance(given, Valve)}
    outlets = {name: Outlet(c, follows=name not in told) for name, c in reel.outlets.items()}
    standing = dict(reel.outlets)
    shown = MappingProxyType(standing)
    for name, given in reel.heard:
        if name not in outlets:
            continue
        outlets[name], records = hear(outlets[name], given)
        standing[name] = outlets[name].controller
        yield Frame(given.at, name, records, shown)


def hear(outlet: Outlet, given: Input) -> tuple[Outlet, tuple[Record, ...]]:
    """What an outlet is after `given`, and what it told, its valve's arrival first."""
    records: tuple[Record, ...] = ()
    if outlet.moving is not None and outlet.moving.at <= given.at:
        outlet, records = _stepped(replace(outlet, moving=None), outlet.moving)
    outlet, more = _stepped(outlet, given)
    return outlet, (*records, *more)


def _stepped(outlet: Outlet, given: Input) -> tuple[Outlet, tuple[Record, ...]]:
    controller, records = step(outlet.controller, given)
    moving = outlet.moving
    for record in records:
        if outlet.follows and record.said in ORDERS:
            arrives = max(record.at + timedelta(seconds=FOLLOW_S), controller.at)
            moving = Valve(arrives, ORDERS[record.said])
    return replace(outlet, controller=controller, moving=moving), records
