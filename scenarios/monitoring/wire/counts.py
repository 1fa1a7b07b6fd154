"""What a receiver counts, by code, and how it is told."""

from __future__ import annotations

from collections.abc import Mapping

from permits.hj212.notes import text_of
from scenarios.text import t

REJECTED, NOTE = "rejected:", "note:"
"""Before the code of a reason or note."""

TEXTS = {
    "connections": "connections",
    "connections_broken": "connections that broke",
    "connections_refused": "connections refused, as there were too many",
    "cut_off_wrong": "connections cut off for sending what is no message",
    "cut_off_unread": "connections cut off for not reading their answers",
    "slowed": "times a device was held back for sending too fast",
    "queue_full": "times all were held back, as the disk was slow",
    "bytes_outside": "bytes outside messages",
    "readings_known": "readings that were known already",
}


def told_counts(counts: Mapping[str, int]) -> list[str]:
    """Counts for people, a line each; none that is zero."""
    return [f"{n:>8}  {_said(code)}" for code, n in counts.items() if n]


def _said(code: str) -> str:
    kind, colon, own = code.partition(":")
    return f"{own}: {t(text_of(own))}" if colon else t(TEXTS[kind])
