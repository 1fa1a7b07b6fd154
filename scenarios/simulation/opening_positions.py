"""Opening positions: the cap of a year shared out among firms, exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from permits.allocation import FirmTable, allocate
from scenarios.definition.rules import find_rule
from scenarios.definition.scenario import Scenario
from scenarios.planning.scenario_inputs import scenario_inputs
from scenarios.planning.solve import solve_plan


def cap_mg(scenario: Scenario) -> list[int]:
    """Cap of a year per pollutant [mg]: baseline less target."""
    found = []
    for p, pollutant in enumerate(scenario.register.pollutants):
        base = sum(firm.base_mg[p] for firm in scenario.register.firms)
        target = scenario.file.pollutant[pollutant].target
        found.append(base - (target.value.of(base) if target else 0))
    return found


def opens_with_plan(scenario: Scenario) -> bool:
    """Whether the opening rights are those of the least-cost plan."""
    rule = find_rule(scenario, "allocation", scenario.file.allocation.rule, where="allocation.rule")
    return rule.spec.needs_plan and not _is_written(scenario)


def _is_written(scenario: Scenario) -> bool:
    """Whether the file itself states the opening rights of every firm."""
    written = {firm.id: firm.opening for firm in scenario.file.firm}
    return bool(written) and all(written.get(firm.id) for firm in scenario.register.firms)


def opening_positions(
    scenario: Scenario, plan_mg: Mapping[str, Sequence[int]] | None = None
) -> list[list[int]]:
    """Opening rights per firm and pollutant [mg a year], adding up to the cap exactly.

    Openings written in the file replace the rule's if every firm has them.

    Args:
        scenario: the scenario.
        plan_mg: least-cost quotas by firm [mg per pollutant], for the rule that opens with
            the plan; solved here if absent.
    """
    file, register = scenario.file, scenario.register
    if _is_written(scenario):
        written = {firm.id: firm.opening for firm in file.firm}
        return [[written[firm.id][p].value for p in register.pollutants] for firm in register.firms]
    rule = find_rule(scenario, "allocation", file.allocation.rule, where="allocation.rule")
    if rule.spec.needs_plan and plan_mg is None:
        plan_mg = solve_plan(scenario_inputs(scenario), seed=scenario.seed).firm_quota_mg()
    caps, columns = cap_mg(scenario), []
    for p, _ in enumerate(register.pollutants):
        table = FirmTable(
            ids=tuple(firm.id for firm in register.firms),
            baseline_mg=np.array([firm.base_mg[p] for firm in register.firms], np.int64),
            plan_quota_mg=None
            if plan_mg is None
            else np.array([plan_mg[firm.id][p] for firm in register.firms], np.int64),
            # assumed: a firm without a class counts as B
            grade=tuple(firm.grade or "B" for firm in register.firms),
        )
        columns.append(allocate(rule, caps[p], table, file.allocation.params))
    return [list(row) for row in zip(*columns, strict=True)]
