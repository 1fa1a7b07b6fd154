"""HJ 75-2017: the largest of the last valid hours; a longer look-back for a worse record.

Cited from memory: every figure here is assumed until the text is available. The standard
takes availability by the quarter; here it is taken over the last 2,160 hours in operation.
Below 75 per cent it declares the quarter invalid; the 2,160 hours are used there too.
Source: [ModelAssumption], after HJ 75-2017.
"""

from __future__ import annotations

from permits.meter.gap import Gap, MissingSpec, largest_of_mg

SPEC = MissingSpec(
    title="HJ 75-2017: the largest of the last 180, 720 or 2,160 valid hours",
    title_zh="HJ 75-2017：取最近 180、720 或 2160 个有效小时的最大值",
    source="[ModelAssumption]",
    status="assumed",
    look_back_h=2160,
    availability_h=2160,
)
GOOD_PERCENT = 90  # availability below which the longest look-back applies; assumed, see above
SHORT_H = 24  # longest gap with the short look-back of 180 hours; assumed, see above


def substitute_mg(gap: Gap) -> int | None:
    """The largest mass of the last valid hours."""
    if 100 * gap.valid_h < GOOD_PERCENT * gap.operated_h:
        return largest_of_mg(gap, 2160)
    return largest_of_mg(gap, 180 if gap.length_h <= SHORT_H else 720)
