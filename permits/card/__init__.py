"""Card-swipe discharge 刷卡排污: monthly quotas, warnings, and shut-off when they run out.

A card is loaded with its month's quota. At 80 and 90 per cent of it the firm is
warned; at 100 per cent the valve shuts or the line is interlocked, or, where neither
is possible (boilers, crackers), output is ordered down and the excess is a breach. A
top-up, or quota shifted from later months, opens it again.

Read in this order:
    state.py              states of a card, and the rules for them
    card.py               one card as a value: the plain reference
    bank.py               the same for thousands of cards per day, in arrays
    cardyear.py           begin of a card's year, and carry-over at its end
    modes.py              the controller at an outlet: states, events, outcomes
    controller_inputs.py  events that a controller receives
    card_lines.py         records and orders that it issues
    device.py             the controller as a value
    orders.py             orders from the cards to the outlet
    controller.py         one transition for every event
    card_history.py       a card's balance rebuilt from its records
Cards on one outlet (one per pollutant) stop together: there is one valve.

Source: quota evenly by month, shift within the year, 80 % and 100 % [ZJ-C10],
[ZJ-C21], [ZJ-C22]; 90 % and curtailment of gas outlets are assumed [ModelAssumption].
"""

from permits.card.bank import CardBank, DayResult
from permits.card.card import Card, Swiped, month_quotas, swipe_outlet
from permits.card.card_history import CardViolation, find_card_violations, rebuild
from permits.card.card_lines import CardLine, History, Said
from permits.card.controller import Controller, DeviceRules, step
from permits.card.state import STANDARD, CardEvent, CardRules, Kind, Stop

__all__ = [
    "STANDARD",
    "Card",
    "CardBank",
    "CardEvent",
    "CardLine",
    "CardRules",
    "CardViolation",
    "Controller",
    "DayResult",
    "DeviceRules",
    "History",
    "Kind",
    "Said",
    "Stop",
    "Swiped",
    "find_card_violations",
    "month_quotas",
    "rebuild",
    "step",
    "swipe_outlet",
]
