"""Records of a card's history in words."""

from __future__ import annotations

from permits.card import CardLine, Controller, Said
from permits.card.modes import InputRefusal, Mode
from permits.quantity import MG_PER_T
from scenarios.text import t

L_PER_M3 = 1000  # exact
MG_PER_KG = 1_000_000  # exact
TEXTS = {
    Said.COUNTED: "{amount} counted, {left} left",
    Said.RELOADED: "loaded for month {number}: {left}",
    Said.YEAR_LOADED: "loaded for the year {number}: {amount}",
    Said.CARRIED: "{amount} carried over from the previous year",
    Said.LAPSED: "{amount} from the previous year expired",
    Said.TOPPED_UP: "topped up by {amount}, {left} left",
    Said.SHIFTED: "{amount} shifted from later months, {left} left",
    Said.WITHDRAWN: "{amount} taken back, {left} left",
    Said.WARNED80: "first warning, {left} left",
    Said.WARNED90: "second warning, {left} left",
    Said.USED_UP: "the load is used up",
    Said.BREACH: "{amount} beyond the load: a breach",
    Said.PASSED: "{volume} passed although the outlet should be stopped",
    Said.STOP_PUMP: "ordered: stop the pump",
    Said.CLOSE_VALVE: "ordered: close the valve",
    Said.OPEN_VALVE: "ordered: open the valve",
    Said.START_PUMP: "ordered: start the pump",
    Said.STOP_LINE: "ordered: stop the line",
    Said.RELEASE_LINE: "ordered: release the line",
    Said.CUT_LOAD: "ordered: cut the load to {number} %",
    Said.RESTORE_LOAD: "ordered: lift the load limit",
    Said.ALARM: "alarm",
    Said.OPEN: "open",
    Said.REOPENED: "open again",
    Said.CLOSING: "closing",
    Said.SHUT: "shut",
    Said.CURTAILED: "curtailment ordered",
    Said.OFFLINE: "link lost: counting continues on the last known quota",
    Said.MAINTENANCE: "maintenance: the valve is operated by hand",
    Said.POWER_LOSS: "mains power lost",
    Said.VALVE_FAULT: "the valve does not respond",
    Said.REPEATED: "received again: {reason}",
    Said.REFUSED: "refused: {reason}",
}
WORDS = {
    Mode.OPEN: "open",
    Mode.WARNED80: "first warning",
    Mode.WARNED90: "second warning",
    Mode.CLOSING: "closing",
    Mode.SHUT: "shut",
    Mode.CURTAILED: "curtailed",
    Mode.OFFLINE: "offline",
    Mode.MAINTENANCE: "maintenance",
    Mode.POWER_LOSS: "power loss",
    Mode.VALVE_FAULT: "valve fault",
}
TITLES = {
    InputRefusal.CLOCK_BACK: "the clock went back",
    InputRefusal.ID_REUSED: "the id was already used by another message",
    InputRefusal.NO_LINK: "the link is lost",
    InputRefusal.NO_QUOTA: "a card is used up",
    InputRefusal.BY_HAND: "the key switch is set to maintenance",
    InputRefusal.WRONG_MONTH: "not the next month",
    InputRefusal.NOT_LOADED: "the card is not loaded yet",
    InputRefusal.NOTHING_LEFT: "no quota is left to shift",
    InputRefusal.OTHER_CARDS: "the outlet has no such card",
}
ALARMING = frozenset({Said.BREACH, Said.USED_UP, Said.SHUT, Said.CURTAILED, Said.VALVE_FAULT,
                      Said.ALARM, Said.PASSED})  # fmt: skip
WARNING = frozenset({Said.WARNED80, Said.WARNED90, Said.CLOSING, Said.OFFLINE, Said.MAINTENANCE,
                     Said.POWER_LOSS, Said.REFUSED})  # fmt: skip
QUIET = frozenset({Said.COUNTED})


def sentence(record: CardLine, outlet: Controller) -> str:
    """A record in the language in force, without its time and card."""
    if record.said is Said.WARNED80 and record.card is None:
        return t(WORDS[Mode.WARNED80])
    if record.said is Said.WARNED90 and record.card is None:
        return t(WORDS[Mode.WARNED90])
    volume = record.card is not None and outlet.by_volume[record.card]
    reason = record.reason
    if record.said is Said.REFUSED:
        reason = t(TITLES[InputRefusal(reason)])
    return t(
        TEXTS[record.said],
        amount=amount_text(record.amount, volume),
        left=amount_text(record.balance or 0, volume),
        volume=amount_text(record.amount, True),
        number=record.number,
        reason=reason,
    )


def amount_text(amount: int, by_volume: bool) -> str:
    """A mass in t or kg, or a volume in m³, to read."""
    if by_volume:
        return t("{volume} m³", volume=f"{amount / L_PER_M3:,.1f}")
    if abs(amount) < MG_PER_T // 10:
        return t("{mass} kg", mass=f"{amount / MG_PER_KG:,.2f}")
    return t("{mass} t", mass=f"{amount / MG_PER_T:,.3f}")
