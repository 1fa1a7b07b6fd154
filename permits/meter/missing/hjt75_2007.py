"""HJ/T 75-2007: a gap of up to 24 hours is the mean of the valid hours around it.

Longer gaps are not interpolated: they are reported and counted, and cost nothing, which the
later rules correct. Applied to masses per hour (the standard speaks of concentrations).
Source: [VOC-C8] table 4.
"""

from __future__ import annotations

from permits.meter.gap import Gap, MissingSpec, mean_mg

SPEC = MissingSpec(
    title="HJ/T 75-2007: the mean around gaps of up to 24 hours",
    title_zh="HJ/T 75-2007：24 小时以内取前后有效小时均值",
    source="[VOC-C8]",
    status="published",
    look_back_h=0,
    availability_h=0,
)
LONGEST_H = 24  # [VOC-C8] table 4


def substitute_mg(gap: Gap) -> int | None:
    """The mean of the two nearest valid hours; nothing for a longer or an open gap."""
    if gap.length_h > LONGEST_H or gap.before_mg is None or gap.after_mg is None:
        return None
    return mean_mg(gap.before_mg, gap.after_mg)
