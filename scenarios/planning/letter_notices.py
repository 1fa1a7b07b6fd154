"""What `--precision` did to a plan: whether its totals could be rounded, and who cuts more."""

from __future__ import annotations

from typing import Any

import numpy as np

from permits.quantity import fmt_t
from scenarios.planning.plan_summary import mass
from scenarios.planning.solve import PlanResult
from scenarios.text import t

MOST_NAMED = 5  # of a notice, so that it stays on a line or two; the JSON object names all


def letter_answer(plan: PlanResult, unit_mg: int | None) -> tuple[dict[str, Any], list[str]]:
    """The member `rounding` of the JSON object, and notices; nothing without a unit.

    Args:
        plan: the plan, its totals rounded.
        unit_mg: the unit asked for [mg] (None: the milligram).
    """
    if unit_mg in (None, 1) or plan.allocation.status == "infeasible":
        return {}, []
    fits, beyond = plan.allocation.fits_unit, _beyond(plan)
    told = {
        "unit_t": mass(unit_mg or 1),
        "fits": fits,
        "beyond": [
            {"source": source, "pollutant": pollutant, "beyond_t": mass(more)}
            for source, pollutant, more in beyond
        ],
    }
    unit = fmt_t(unit_mg or 1)
    if not fits:
        return {"rounding": told}, [
            t(
                "no rounding of the totals to multiples of {unit} t keeps every condition: quotas "
                "are given to the milligram",
                unit=unit,
            )
        ]
    if not beyond:
        return {"rounding": told}, []
    named = ", ".join(f"{source} ({fmt_t(more)} t)" for source, _, more in beyond[:MOST_NAMED])
    said = t(
        "rounded to {unit} t, the quota of 1 source is below what its planned measures leave: "
        "{named}"
        if len(beyond) == 1
        else "rounded to {unit} t, the quotas of {count} sources are below what their planned "
        "measures leave: {named}",
        unit=unit,
        count=f"{len(beyond):,}",
        named=named,
    )
    return {"rounding": told}, [said + (" …" if len(beyond) > MOST_NAMED else "")]


def _beyond(plan: PlanResult) -> list[tuple[str, str, int]]:
    """Sources whose rounded quota asks for more than their planned measures remove [mg].

    The largest excess first.
    """
    allocation = plan.allocation
    if allocation.planned_mg is None:
        return []
    more = allocation.reduction_mg - allocation.planned_mg
    found = [
        (plan.problem.sources[s], plan.inputs.pollutants[p], int(more[s, p]))
        for s, p in np.argwhere(more > 0).tolist()
    ]
    return sorted(found, key=lambda row: (-row[2], row[:2]))
