"""No substitution: gaps stay empty, as a baseline for the other rules."""

from __future__ import annotations

from permits.meter.gap import Gap, MissingSpec

SPEC = MissingSpec(
    title="Nothing is put in",
    title_zh="不补数",
    source="[ModelAssumption]",
    status="assumed",
    look_back_h=0,
    availability_h=0,
)


def substitute_mg(gap: Gap) -> int | None:
    """No substitute; the hours are counted as unfilled."""
    return None
