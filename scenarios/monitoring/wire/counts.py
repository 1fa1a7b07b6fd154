"""Counts of a receiver by code, and their texts."""

from __future__ import annotations

from collections.abc import Mapping

from permits.hj212.notes import text_of
from scenarios.monitoring.wire.known_devices import RefusedBecause
from scenarios.text import t

REJECTED, NOTE, REFUSED = "rejected:", "note:", "refused:"
"""Prefixes of the codes of reasons and notes, and of refusals by the list of devices."""

REFUSALS = {
    RefusedBecause.DEVICE: "from a device that is not listed",
    RefusedBecause.PASSWORD: "with a wrong password",
    RefusedBecause.ADDRESS: "from an address that is not the device's",
}

TEXTS = {
    "connections": "connections",
    "connections_broken": "broken connections",
    "connections_refused": "connections refused because there were too many",
    "connections_held": "connections not accepted because their address was held back",
    "cut_off_wrong": "connections closed for sending data that is no message",
    "held_back": "connections held back for sending no message",
    "cut_off_unread": "connections closed for not reading their answers",
    "slowed": "times a device was slowed down for sending too fast",
    "queue_full": "times all devices were slowed down because of a slow disk",
    "bytes_outside": "bytes outside messages",
    "readings_known": "readings already stored",
    "contradictions": "readings that contradict a stored one",
    "wrong_clock": "readings far from this computer's clock",
}


def count_lines(counts: Mapping[str, int]) -> list[str]:
    """Counts that are not zero, one line each, for people."""
    return [f"{n:>8,}  {_said(code)}" for code, n in counts.items() if n]


def _said(code: str) -> str:
    kind, colon, own = code.partition(":")
    if code.startswith(REFUSED):
        return t("messages refused: {why}", why=t(REFUSALS[RefusedBecause(own)]))
    return f"{own}: {t(text_of(own))}" if colon else t(TEXTS[kind])
