"""The least-cost plan's own quotas as opening positions.

Nothing is then left to trade as long as the plan knew the true costs: a test case,
and the yardstick for what a market can gain [Montgomery1972].
"""

from __future__ import annotations

from permits.allocation import FirmTable, Weight, require_column
from permits.rule import Params, Spec

SPEC = Spec(
    title="Quotas of the least-cost plan",
    title_zh="按最低成本方案分配",
    source="[Montgomery1972]",
    needs_plan=True,
)


def weights(firms: FirmTable, params: Params) -> list[Weight]:
    """Planned quota of each firm [mg]."""
    quotas = require_column(firms.plan_quota_mg, "plan_quota_mg", "least_cost_plan")
    return [int(mg) for mg in quotas]
