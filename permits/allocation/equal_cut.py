"""Equal percentage: every firm cuts the same share of its own baseline.

The default opening position, and the benchmark for a least-cost plan. It gives the same
result as grandfathering by the base year, and is a rule of its own because it refuses a
cap above the baselines, where there is nothing to cut.
"""

from __future__ import annotations

from permits.allocation import WITHIN_BASELINE, FirmTable, Weight
from permits.rule import Params, Spec

SPEC = Spec(
    title="Equal percentage cut",
    title_zh="等比例削减",
    source="[WorkPlan2017]",
    claims=frozenset({WITHIN_BASELINE}),
)


def weights(firms: FirmTable, params: Params) -> list[Weight]:
    """Baseline of each firm [mg]."""
    return [int(mg) for mg in firms.baseline_mg]
