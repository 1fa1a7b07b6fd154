"""40 CFR 75.33: the longer the gap and the worse the record, the higher the substitute.

The steps for SO2 concentration, applied to masses per hour of any pollutant; the load
bands that the rule has for NOx and flow are left out. Availability is taken over the last
8,760 hours in operation as it stands when the gap ends, the gap included (assumed
[ModelAssumption]). Until there are 720 valid hours every gap is a mean [VOC-C9].
"""

from __future__ import annotations

from permits.meter.gap import Gap, MissingSpec, mean_around_mg, percentile_mg

SPEC = MissingSpec(
    title="40 CFR 75.33: mean, percentile, maximum, maximum potential",
    title_zh="40 CFR 75.33：均值、百分位数、最大值、最大可能值",
    source="[VOC-C9]",
    status="statute",
    look_back_h=720,
    availability_h=8760,
)
FIRST_H = 720  # valid hours before the steps apply [VOC-C9]
HIGH, MIDDLE, LOW = 95, 90, 80  # per cent of availability
STEPS = {HIGH: (24, 90), MIDDLE: (8, 95)}  # longest gap that is a mean [h]; percentile beyond


def substitute_mg(gap: Gap) -> int | None:
    """The mass for the gap's length and the record's availability.

    Where no maximum potential value is stated, the largest hour so far is used.
    """
    around = mean_around_mg(gap)
    if len(gap.recent_mg) < FIRST_H or around is None:
        return around
    for availability, (longest, percent) in STEPS.items():
        if 100 * gap.valid_h >= availability * gap.operated_h:
            if gap.length_h <= longest:
                return around
            return max(around, percentile_mg(gap.recent_mg, percent))
    if 100 * gap.valid_h >= LOW * gap.operated_h:
        return max(gap.recent_mg)
    return gap.largest_mg if gap.potential_mg is None else gap.potential_mg
