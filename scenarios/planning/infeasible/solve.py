"""Conflicting conditions: the plan nearest to them."""

from __future__ import annotations

from functools import lru_cache

from optimize.nearest import Nearest, find_nearest
from scenarios.planning.solve import PlanResult


@lru_cache(maxsize=1)
def nearest(plan: PlanResult) -> Nearest | None:
    """The plan nearest to the conditions; None where the conditions can hold.

    Cached, since tables and JSON both need it and it takes several solves.
    """
    if plan.allocation.status != "infeasible":
        return None
    return find_nearest(plan.problem, plan.allocation.conflict)
