"""Quotas of the least-cost plan as opening positions.

There are then no gains from trade as long as the plan used the true costs: a test case,
and the benchmark for the gains that a market can realise [Montgomery1972].
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
