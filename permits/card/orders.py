"""Orders from the cards to the outlet: pump, valve, line or load; and records of its state.

First the pump and then the valve, which must be measured within 5 per cent of its target
after 300 s at the latest [VOC-C14]; to open, first the valve, and the pump when it is
measured open (assumed: water must not be pumped against a closed valve).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from permits.card.card_lines import CardLine, Said
from permits.card.controller_inputs import FULL_PERCENT
from permits.card.device import LEVELS, Controller, Done, Fault
from permits.card.modes import OUTCOMES, Heard, Mode
from permits.card.state import Stop


def settle(before: Controller, changed: Controller, event: Heard, at: datetime) -> Done:
    """Issue the orders that the cards now require, and record the state if it changed.

    Args:
        before: the controller before the event.
        changed: the controller after the event, before new orders.
        event: the event.
        at: time of the event.
    """
    after, orders = _drive(changed, at)
    if after.mode is Mode.SHUT and before.mode is not Mode.SHUT:
        after = replace(after, shut_at=at)
    assert after.mode in OUTCOMES[before.mode, event], (before.mode, event, after.mode)
    return after, (*_states(before, after, at), *orders)


def _states(before: Controller, after: Controller, at: datetime) -> Iterator[CardLine]:
    reopened = before.must_stop and not after.must_stop
    if reopened:
        yield CardLine(at, Said.REOPENED)
    if before.mode is after.mode or (after.mode in LEVELS and (reopened or before.mode in LEVELS)):
        return
    yield CardLine(at, Said(after.mode.value))


def _drive(c: Controller, at: datetime) -> Done:
    """Orders that bring the outlet into the state required by the cards."""
    if not c.mains or c.key:
        return (replace(c, order_at=None, fault="") if c.order_at or c.fault else c), ()
    if c.stop is Stop.CURTAIL:
        return _cut(c, at)
    wanted = 0 if c.must_stop else FULL_PERCENT
    anew = wanted != c.target_percent
    if anew:
        c = replace(c, target_percent=wanted, fault="", order_at=None)
    orders: list[Said] = []
    if c.must_stop and c.running:
        c = replace(c, running=False)
        orders.append(Said.STOP_LINE if c.stop is Stop.INTERLOCK else Said.STOP_PUMP)
    c, valve = _turn(c, wanted, at, anew=anew)
    told = dict.fromkeys((*orders, *valve))  # an order to stop the line is given once
    return c, tuple(CardLine(at, said) for said in told)


def _turn(c: Controller, wanted: int, at: datetime, *, anew: bool) -> tuple[Controller, list[Said]]:
    """Move the valve to its target; start the pump or line once it may run."""
    line = c.stop is Stop.INTERLOCK
    to_close = Said.STOP_LINE if line else Said.CLOSE_VALVE
    reached = abs(c.open_percent - wanted) <= c.rules.tolerance_percent
    if reached or (wanted and line):  # a line may run, and need not
        started = wanted > 0 and not c.running
        if started or c.order_at or c.fault == "time_out":
            fault: Fault = "" if c.fault == "time_out" else c.fault
            c = replace(c, running=c.running or started, order_at=None, fault=fault)
        return c, [Said.RELEASE_LINE if line else Said.START_PUMP] if started else []
    if anew or (c.order_at is None and not c.fault):  # moved away by itself: ordered back
        return replace(c, order_at=at), [Said.OPEN_VALVE if wanted else to_close]
    return c, []


def _cut(c: Controller, at: datetime) -> Done:
    """Order output down where nothing can be shut, and back."""
    if c.must_stop != c.running:
        return c, ()
    percent = c.cards[0].rules.curtail_to_percent if c.must_stop else FULL_PERCENT
    c = replace(c, running=not c.must_stop, target_percent=percent)
    if c.running:
        return c, (CardLine(at, Said.RESTORE_LOAD, number=percent),)
    return c, (CardLine(at, Said.ALARM), CardLine(at, Said.CUT_LOAD, number=percent))
