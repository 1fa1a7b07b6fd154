"""Grandfathering: quotas in proportion to past emissions.

By the base year, or by the mean or the highest of earlier years, which treats firms
that had one bad year better than a single year does.
"""

from __future__ import annotations

from permits.allocation import FirmTable, Weight, require_column
from permits.rule import Param, Params, Spec

SPEC = Spec(
    title="Grandfathering",
    title_zh="按历史排放量分配",
    source="[Montgomery1972]",
    params=(
        Param(
            "reference",
            "base_year",
            "",
            "which past emission counts",
            ("base_year", "mean", "highest"),
        ),
    ),
)


def weights(firms: FirmTable, params: Params) -> list[Weight]:
    """Past emission of each firm [mg]."""
    if params["reference"] == "base_year":
        return [int(mg) for mg in firms.baseline_mg]
    history = require_column(firms.history_mg, "history_mg", "grandfather")
    if params["reference"] == "highest":
        return [int(mg) for mg in history.max(axis=1)]
    # All rows have the same number of years, so sums give the same proportions as means.
    return [sum(row) for row in history.tolist()]
