"""Records and orders of a controller: the lines of a card's history."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from permits.card.card import Card
from permits.card.cardyear import CALENDAR_YEAR, YearRules


class Said(StrEnum):
    """Type of a record: a move of the balance, a threshold, an order, a state, a refusal."""

    # the balance of a card
    COUNTED = "counted"
    RELOADED = "reloaded"
    YEAR_LOADED = "year_loaded"
    CARRIED = "carried"
    LAPSED = "lapsed"
    TOPPED_UP = "topped_up"
    SHIFTED = "shifted"
    WITHDRAWN = "withdrawn"
    # thresholds of a card, and what went beyond
    WARNED80 = "warned80"
    WARNED90 = "warned90"
    USED_UP = "used_up"
    BREACH = "breach"  # the part above the load
    PASSED = "passed"  # litres through an outlet that should be stopped
    # orders to the outlet
    STOP_PUMP = "stop_pump"
    CLOSE_VALVE = "close_valve"
    OPEN_VALVE = "open_valve"
    START_PUMP = "start_pump"
    STOP_LINE = "stop_line"
    RELEASE_LINE = "release_line"
    CUT_LOAD = "cut_load"
    RESTORE_LOAD = "restore_load"
    ALARM = "alarm"
    # states of the outlet
    OPEN = "open"
    REOPENED = "reopened"
    CLOSING = "closing"
    SHUT = "shut"
    CURTAILED = "curtailed"
    OFFLINE = "offline"
    MAINTENANCE = "maintenance"
    POWER_LOSS = "power_loss"
    VALVE_FAULT = "valve_fault"
    # what changed nothing
    REPEATED = "repeated"
    REFUSED = "refused"


class CardLine(NamedTuple):
    """One line: time, type, card (None: the outlet), amount, and balance afterwards."""

    at: datetime
    said: Said
    card: int | None = None
    amount: int = 0  # mg; of a volume card, and of `passed`, L
    balance: int | None = None  # loaded less used after it; below zero: overdrawn
    number: int = 0  # the month or year loaded; the per cent of a shift or a cut
    reason: str = ""  # a refusal's code, or the id of a repeated event


class History(NamedTuple):
    """The cards as issued, and every record since: enough to rebuild them."""

    issued: tuple[Card, ...]
    records: tuple[CardLine, ...]
    rules: YearRules = CALENDAR_YEAR
