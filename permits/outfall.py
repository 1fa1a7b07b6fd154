"""Register of outfalls (outfall identity 排污口身份证) with the history of each.

Outfalls that are kept get an identity and an entry in a register [WorkPlan2017] item 2. An
identity is given once: a removed outfall stays in the register with its history, and its
id is never reused. What the identity records beyond kind and place is assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from permits.errors import NotAllowed
from permits.states import OUTFALL


class OutletKind(StrEnum):
    """Type of discharge through an outfall, and its receiving body."""

    WATER_DIRECT = "water_direct"  # into a river, lake or the sea
    WATER_INDIRECT = "water_indirect"  # into the sewer of a treatment plant
    GAS_STACK = "gas_stack"
    GAS_FUGITIVE = "gas_fugitive"


@dataclass(frozen=True, slots=True)
class Noted:
    """One line of an outfall's history."""

    on: date
    event: str
    why: str


@dataclass(frozen=True, slots=True)
class Outfall:
    """One outfall with its permit, the card that stops it and the monitor that measures it."""

    id: str
    kind: OutletKind
    place: str
    permit: str
    card: str | None = None
    monitor: str | None = None
    state: str = OUTFALL.start
    history: tuple[Noted, ...] = ()


@dataclass(frozen=True, slots=True)
class OutfallRegister:
    """All outfalls ever registered, by id, including the removed ones."""

    outfalls: Mapping[str, Outfall] = field(default_factory=dict, hash=False)

    def in_use(self) -> tuple[Outfall, ...]:
        """Outfalls that have not been removed, sorted by id."""
        return tuple(o for _, o in sorted(self.outfalls.items()) if o.state != "removed")


def register_in(
    register: OutfallRegister, outfall: Outfall, *, on: date, why: str = ""
) -> OutfallRegister:
    """The register with a new outfall added.

    Args:
        register: the register before.
        outfall: the new outfall; its state is reset to the first one.
        on: day of registration.
        why: reason, for the history.
    Raises: NotAllowed where the id was ever used.
    """
    if outfall.id in register.outfalls:
        raise NotAllowed(
            "outfall.known",
            "outfall {id} is already in the register, {state}",
            where=f"outfall {outfall.id}",
            mend="give the new outfall a new id; a removed one keeps its id",
            id=outfall.id,
            state=register.outfalls[outfall.id].state,
        )
    new = replace(
        outfall, state=OUTFALL.start, history=(*outfall.history, Noted(on, "register", why))
    )
    return _with(register, new)


def change_outfall(
    register: OutfallRegister, id: str, event: str, *, on: date, why: str = ""
) -> OutfallRegister:
    """The register after `suspend`, `resume` or `remove` (irreversible) of an outfall.

    Args:
        register: the register before.
        id: id of the outfall.
        event: an event of the `OUTFALL` state machine.
        on: day of the event.
        why: reason, for the history.
    Raises: NotAllowed for an unknown outfall, an event that its state forbids, or a day
        before its last one.
    """
    return _with(register, _noted(_known(register, id), event, on, why))


def rebind_outfall(
    register: OutfallRegister,
    id: str,
    *,
    on: date,
    why: str,
    permit: str | None = None,
    card: str | None = None,
    monitor: str | None = None,
) -> OutfallRegister:
    """The register with an outfall assigned to another permit, card or monitor.

    Args:
        register: the register before.
        id: id of the outfall.
        on: day of the change.
        why: reason, for the history.
        permit: number of the new permit; `None` keeps the present one.
        card: id of the new card; `None` keeps the present one.
        monitor: id of the new monitor; `None` keeps the present one.
    Raises: as `change_outfall`.
    """
    old = _known(register, id)
    bound = replace(
        old,
        permit=old.permit if permit is None else permit,
        card=old.card if card is None else card,
        monitor=old.monitor if monitor is None else monitor,
    )
    return _with(register, _noted(bound, "rebind", on, why))


def _noted(outfall: Outfall, event: str, on: date, why: str) -> Outfall:
    where = f"outfall {outfall.id}"
    # The day first: an event in the past cannot be checked against the present state.
    if outfall.history and on < outfall.history[-1].on:
        raise NotAllowed(
            "outfall.order",
            "{event} on {day} is before the last event on {last}",
            where=where,
            mend="enter events in date order",
            event=event,
            day=str(on),
            last=str(outfall.history[-1].on),
        )
    state = OUTFALL.after(outfall.state, event, where=where)
    return replace(outfall, state=state, history=(*outfall.history, Noted(on, event, why)))


def _known(register: OutfallRegister, id: str) -> Outfall:
    found = register.outfalls.get(id)
    if found is None:
        raise NotAllowed(
            "outfall.unknown",
            "outfall {id} is not in the register",
            where=f"outfall {id}",
            mend="register it first",
            id=id,
        )
    return found


def _with(register: OutfallRegister, outfall: Outfall) -> OutfallRegister:
    return OutfallRegister({**register.outfalls, outfall.id: outfall})
