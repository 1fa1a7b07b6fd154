"""The planning problem of a scenario, by the planner's estimates, not the firms' true costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimize.uncertainty import Range, Ranges
from scenarios.definition.plan_inputs import (
    PlanCondition,
    PlanInputs,
    PlanMeasures,
    PlanSources,
)

if TYPE_CHECKING:
    from scenarios.definition.scenario import Scenario
    from scenarios.definition.sourced import Given


def scenario_inputs(scenario: Scenario) -> PlanInputs:
    """The planning problem of a scenario, by the planner's estimates."""
    file, register = scenario.file, scenario.register
    targets = [
        PlanCondition(f"{name}={given.target.value}", "target", name, given.target.value)
        for name, given in sorted(file.pollutant.items())
        if given.target is not None
    ]
    sides = [
        PlanCondition(
            name=f"{c.kind} {','.join(f'{k}={v}' for k, v in c.group.items())}:{c.pollutant}"
            f"={c.amount.value}",
            kind=c.kind,
            pollutant=c.pollutant,
            amount=c.amount.value,
            group=c.group,
        )
        for c in file.condition
    ]
    sources = PlanSources.of(
        (
            (
                s.id,
                s.firm,
                s.base_mg,
                {"sector": s.sector, "subsector": s.subsector, "city": s.city},
            )
            for s in register.sources
        ),
        len(register.pollutants),
    )
    rows = (
        (m.source, m.slot, m.name, m.removed_mg, m.cost_fen, bool(m.assumed))
        for m in scenario.measures
    )
    stated = all(m.assumed is not None for m in scenario.measures)
    return PlanInputs(
        pollutants=register.pollutants,
        sources=sources,
        measures=PlanMeasures.of(rows, sources, stated=stated),
        conditions=tuple(targets + sides),
        divisible=file.plan.divisible,
    )


def scenario_ranges(scenario: Scenario) -> Ranges:
    """Uncertainty of the inputs: the scenario's ranges, else the defaults of `Ranges`."""
    sectors = [
        (sector.id, one)
        for sector in scenario.file.sector
        if (one := _factor(sector.share)) is not None
    ]
    reach = _factor(scenario.file.applicability) or Ranges().reach
    return Ranges(reach=reach, sectors=tuple(sectors))


def _factor(given: Given[float] | None) -> Range | None:
    """The range of a given value as factors of the value."""
    if given is None or given.range is None or not given.value:
        return None
    low, high = (end / float(given.value) for end in given.range)
    return Range(min(low, 1.0), max(high, 1.0))
