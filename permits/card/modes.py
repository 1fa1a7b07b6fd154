"""The controller at an outlet: its states, its events, and the possible outcomes of each.

The table is enforced (a step that it does not list is a programming error, and fails); its
main transitions are drawn (`docs/state_machines.py`). Every pair of state and event has an
outcome: states, or a refusal, written with `!`.

Source: warned, closing (pump, then valve), off-line on the last quota, maintenance,
power loss and a valve that stays open after the time-out [VOC-C12] [VOC-C13]
[VOC-C14]; the order of these states is assumed [ModelAssumption].
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from permits.machine import Machine, moves


class Mode(StrEnum):
    """State of an outlet."""

    OPEN = "open"
    WARNED80 = "warned80"
    WARNED90 = "warned90"
    CLOSING = "closing"  # stopped, and not yet measured shut
    SHUT = "shut"
    CURTAILED = "curtailed"
    OFFLINE = "offline"  # open, and counting on the last quota known
    MAINTENANCE = "maintenance"
    POWER_LOSS = "power_loss"
    VALVE_FAULT = "valve_fault"


class Heard(StrEnum):
    """Type of an event that a controller receives."""

    FLOW = "flow"
    MONTH_LOAD = "month_load"
    YEAR_LOAD = "year_load"
    TOP_UP = "top_up"
    SHIFT = "shift"
    TAKE_BACK = "take_back"
    ORDER_CLOSE = "order_close"
    ORDER_OPEN = "order_open"
    VALVE = "valve"
    TICK = "tick"
    MAINS_LOST = "mains_lost"
    MAINS_BACK = "mains_back"
    LINK_LOST = "link_lost"
    LINK_FOUND = "link_found"
    KEY_ON = "key_on"
    KEY_OFF = "key_off"


class InputRefusal(StrEnum):
    """Reason why an event changes nothing; counted by reason."""

    CLOCK_BACK = "clock_back"  # dated before the last event; a flow: not after the last flow
    ID_REUSED = "id_reused"  # an id seen before, with other content
    NO_LINK = "no_link"  # sent over a link that is lost; may be swiped at the reader
    NO_QUOTA = "no_quota"  # to open, with a card used up
    BY_HAND = "by_hand"  # an order while the key is turned to maintenance
    WRONG_MONTH = "wrong_month"  # not the month after the one loaded
    NOT_LOADED = "not_loaded"  # to change a card before its first month
    NOTHING_LEFT = "nothing_left"  # no quota of later months to move, none to take back
    OTHER_CARDS = "other_cards"  # a card, or a set of concentrations, that is not here


GROUPS = {
    "level": (Mode.OPEN, Mode.WARNED80, Mode.WARNED90),
    "raise": (Heard.MONTH_LOAD, Heard.YEAR_LOAD, Heard.TOP_UP, Heard.SHIFT),
    "any": tuple(Mode),
}
ANYWHERE = (
    InputRefusal.CLOCK_BACK,
    InputRefusal.ID_REUSED,
    InputRefusal.NO_LINK,
    InputRefusal.WRONG_MONTH,
    InputRefusal.NOT_LOADED,
    InputRefusal.NOTHING_LEFT,
    InputRefusal.OTHER_CARDS,
)
"""Refusals that do not depend on the state."""

TABLE = """
    open -flow-> open warned80 warned90 closing shut curtailed
    warned80 -flow-> warned80 warned90 closing shut curtailed
    warned90 -flow-> warned90 closing shut curtailed
    offline -flow-> offline closing shut curtailed
    closing -flow-> closing
    shut -flow-> shut valve_fault
    curtailed -flow-> curtailed
    valve_fault -flow-> valve_fault closing shut
    maintenance -flow-> maintenance
    power_loss -flow-> power_loss

    level -raise-> level
    offline -raise-> offline
    closing -raise-> closing level offline
    shut -raise-> shut level offline
    curtailed -raise-> curtailed level offline
    valve_fault -raise-> valve_fault level offline
    maintenance -raise-> maintenance
    power_loss -raise-> power_loss

    level -take_back-> level closing shut curtailed
    offline -take_back-> offline closing shut curtailed
    closing -take_back-> closing
    shut -take_back-> shut
    curtailed -take_back-> curtailed
    valve_fault -take_back-> valve_fault closing shut
    maintenance -take_back-> maintenance
    power_loss -take_back-> power_loss

    level -order_close-> closing shut curtailed
    offline -order_close-> closing shut curtailed
    closing -order_close-> closing
    shut -order_close-> shut
    curtailed -order_close-> curtailed
    valve_fault -order_close-> valve_fault closing shut
    maintenance -order_close-> !by_hand
    power_loss -order_close-> power_loss

    level -order_open-> level
    offline -order_open-> offline
    closing -order_open-> level offline !no_quota
    shut -order_open-> level offline !no_quota
    curtailed -order_open-> level offline !no_quota
    valve_fault -order_open-> valve_fault level offline !no_quota
    maintenance -order_open-> !by_hand
    power_loss -order_open-> power_loss !no_quota

    level -valve-> level
    offline -valve-> offline
    closing -valve-> closing shut
    shut -valve-> shut closing
    curtailed -valve-> curtailed
    valve_fault -valve-> valve_fault shut level offline
    maintenance -valve-> maintenance
    power_loss -valve-> power_loss

    level -tick-> level valve_fault
    offline -tick-> offline valve_fault
    closing -tick-> closing valve_fault offline
    shut -tick-> shut offline
    curtailed -tick-> curtailed offline
    valve_fault -tick-> valve_fault offline
    maintenance -tick-> maintenance
    power_loss -tick-> power_loss

    any -mains_lost-> power_loss
    level -mains_back-> level
    offline -mains_back-> offline
    closing -mains_back-> closing
    shut -mains_back-> shut
    curtailed -mains_back-> curtailed
    valve_fault -mains_back-> valve_fault
    maintenance -mains_back-> maintenance
    power_loss -mains_back-> level offline closing shut curtailed maintenance

    level -link_lost-> offline
    offline -link_lost-> offline
    closing -link_lost-> closing
    shut -link_lost-> shut
    curtailed -link_lost-> curtailed
    valve_fault -link_lost-> valve_fault
    maintenance -link_lost-> maintenance
    power_loss -link_lost-> power_loss
    level -link_found-> level
    offline -link_found-> level
    closing -link_found-> closing
    shut -link_found-> shut
    curtailed -link_found-> curtailed
    valve_fault -link_found-> valve_fault
    maintenance -link_found-> maintenance
    power_loss -link_found-> power_loss

    level -key_on-> maintenance
    offline -key_on-> maintenance
    closing -key_on-> maintenance
    shut -key_on-> maintenance
    curtailed -key_on-> maintenance
    valve_fault -key_on-> maintenance
    maintenance -key_on-> maintenance
    power_loss -key_on-> power_loss
    level -key_off-> level
    offline -key_off-> offline
    closing -key_off-> closing
    shut -key_off-> shut
    curtailed -key_off-> curtailed
    valve_fault -key_off-> valve_fault
    maintenance -key_off-> level offline closing shut curtailed
    power_loss -key_off-> power_loss
"""

CARD = Machine(
    "card",
    "A card's outlet",
    "刷卡排污口",
    "open",
    moves("""
        open -flow-> warned80
        warned80 -flow-> warned90
        warned90 -flow-> closing
        warned90 -flow-> curtailed
        closing -valve-> shut
        closing -tick-> valve_fault
        valve_fault -valve-> shut
        shut -flow-> valve_fault
        shut -top_up-> open
        shut -shift-> open
        shut -month_load-> open
        curtailed -top_up-> open
        curtailed -month_load-> open
        open -link_lost-> offline
        offline -link_found-> open
        offline -flow-> closing
        open -key_on-> maintenance
        maintenance -key_off-> open
        open -mains_lost-> power_loss
        power_loss -mains_back-> open
    """),
    "[VOC-C12] [VOC-C13] [VOC-C14]",
    "assumed",
)
"""The transitions shown in the diagram; all 160 pairs would be unreadable."""

Outcomes = tuple[Mode | InputRefusal, ...]
Row = tuple[str, str, tuple[str, ...]]


def rows() -> tuple[Row, ...]:
    """The table as written: before, event, outcomes; groups are not expanded."""
    found = []
    for line in filter(None, map(str.strip, TABLE.splitlines())):
        before, rest = line.split(" -", 1)
        event, after = rest.split("-> ", 1)
        found.append((before, event, tuple(after.split())))
    return tuple(found)


def members(name: str) -> tuple[str, ...]:
    """The states or events of a group; for any other name, the name itself."""
    return GROUPS.get(name, (name,))


def _outcomes() -> dict[tuple[Mode, Heard], Outcomes]:
    found: dict[tuple[Mode, Heard], Outcomes] = {}
    for before, event, after in rows():
        told: list[Mode | InputRefusal] = [
            InputRefusal(name[1:]) if name.startswith("!") else Mode(mode)
            for name in after
            for mode in (members(name) if not name.startswith("!") else (name,))
        ]
        for state in members(before):
            for heard in members(event):
                pair = (Mode(state), Heard(heard))
                assert pair not in found, f"{pair} stands twice in the table"
                found[pair] = (*told, *ANYWHERE)
    return found


OUTCOMES = MappingProxyType(_outcomes())
"""Possible outcomes of each state and event."""
