"""Choice between the plain and the compiled pass: the same numbers from either."""

from __future__ import annotations

from typing import Protocol

from permits.metering.chunk import Chunk, Found, IntArray, MeterPlan
from permits.metering.plain_metering import PlainMeter

COMPILED_FROM = 200_000
"""Number of readings from which the compiled pass is faster, its compilation included."""


class MeterPass(Protocol):
    """A pass with its state, plain or compiled."""

    plan: MeterPlan

    @property
    def counts(self) -> IntArray:
        """(outlets, reasons) number of readings per reason."""

    @property
    def last_hours(self) -> IntArray:
        """(outlets,) the last hour accepted, or -1."""

    def balance_mg(self, card: int) -> tuple[int, int, int]:
        """This month's load of a card, the mass charged, and its rank [mg, mg, -]."""

    def take(self, chunk: Chunk) -> Found:
        """Process the readings of a chunk."""

    def finish(self, until_h: int | None = None) -> Found:
        """End all gaps and periods; hours up to `until_h` without a reading are missing."""


def open_meter(plan: MeterPlan, readings: int = 0, *, compiled: bool | None = None) -> MeterPass:
    """A new pass, before its first reading.

    Args:
        plan: settings of the pass.
        readings: expected number of readings, where known.
        compiled: with the kernel or without; `None` uses it where it saves time.
    """
    if readings >= COMPILED_FROM if compiled is None else compiled:
        from permits.metering.arrays import FastMeter

        return FastMeter(plan)
    return PlainMeter(plan)


def advance(state: MeterPass, chunk: Chunk) -> tuple[MeterPass, Found]:
    """The state after a chunk, and the results that the chunk completed.

    The entry point for live readings: `advance(state, Chunk.of(outlet, hour, volume, concs))`.
    The state given is used up.
    """
    found = state.take(chunk)
    return state, found
