"""The largest valid hour of the look-back, for every missing hour.

Not measuring is then never cheaper than measuring. Before any valid hour the maximum
potential value is used where it is stated, else the first hour after the gap. A rule of
this software, for comparison [ModelAssumption].
"""

from __future__ import annotations

from permits.meter.gap import Gap, MissingSpec, largest_of_mg

SPEC = MissingSpec(
    title="Conservative: the largest of the last 720 valid hours",
    title_zh="保守法：取最近 720 个有效小时的最大值",
    source="[ModelAssumption]",
    status="assumed",
    look_back_h=720,
    availability_h=0,
)


def substitute_mg(gap: Gap) -> int | None:
    """The largest mass of the last 720 valid hours."""
    if not gap.recent_mg and gap.potential_mg is not None:
        return gap.potential_mg
    return largest_of_mg(gap, SPEC.look_back_h)
