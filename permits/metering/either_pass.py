"""Which of the two passes is used: the same numbers from either."""

from __future__ import annotations

from typing import Protocol

from permits.metering.chunk import Chunk, Found, IntArray, Plan
from permits.metering.plain_metering import PlainMeter

COMPILED_FROM = 200_000
"""Readings from which the compiled pass is used: below, compiling takes longer."""


class Meter(Protocol):
    """A pass with its state, whether plain or compiled."""

    plan: Plan

    @property
    def counts(self) -> IntArray:
        """(outlets, reasons) how often each reason was found."""

    @property
    def last_hours(self) -> IntArray:
        """(outlets,) the last hour accepted, or -1."""

    def balance_mg(self, card: int) -> tuple[int, int, int]:
        """What a card was loaded with this month, what was charged, its rank [mg, mg, -]."""

    def take(self, chunk: Chunk) -> Found:
        """Go through the readings of a chunk."""

    def finish(self, until_h: int | None = None) -> Found:
        """End all gaps and periods; hours up to `until_h` without a reading are missing."""


def open_meter(plan: Plan, readings: int = 0, *, compiled: bool | None = None) -> Meter:
    """A pass that has seen nothing yet.

    Args:
        readings: how many there will be, where that is known.
        compiled: with the kernel or without; `None` takes it where it saves time.
    """
    if readings >= COMPILED_FROM if compiled is None else compiled:
        from permits.metering.arrays import FastMeter

        return FastMeter(plan)
    return PlainMeter(plan)


def advance(state: Meter, chunk: Chunk) -> tuple[Meter, Found]:
    """The state after a chunk, and what the chunk brought to its end.

    The seam for live readings: `advance(state, Chunk.of(outlet, hour, volume, concs))`.
    The state given is used up.
    """
    found = state.take(chunk)
    return state, found
