"""What a year is played by: fixed before its first day, drawn from the scenario's seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from permits.right import FREE, PAID, Right
from permits.rng import lazy_stream, stream
from permits.rule import Params, Rule
from scenarios.definition.register import FirmRow
from scenarios.definition.rules import find_rule
from scenarios.definition.scenario import Scenario
from scenarios.definition.schema import ScenarioFile
from scenarios.simulation.building_steps import PlainStep, StepTable, as_plain_steps, firm_steps
from scenarios.simulation.calendar import Day, days, next_busy_days
from scenarios.simulation.daily_metering import by_balance
from scenarios.simulation.production import Demand, draw_demand


@dataclass(frozen=True, slots=True, eq=False)
class SimulationRules:
    """What a year is played by: fixed before the first day, shared by copies of a world."""

    scenario: Scenario
    openings: Sequence[Sequence[int]]  # [mg a year] per firm and pollutant, before withholding
    demand: Demand
    steps: StepTable
    plain_steps: tuple[PlainStep, ...]
    steps_of: Sequence[tuple[int, int]]  # per firm: its first step, and that after its last
    traders: tuple[tuple[Rule, Params], ...]  # per firm
    series: tuple[str, ...]  # per firm: of its opening rights
    balanced: NDArray[np.bool_]  # which cards are metered by material balance
    firm_index: dict[str, int]
    card_of: Mapping[tuple[str, str], int]  # by firm and pollutant
    governments: tuple[str, ...]  # per firm: which holds the reserve with its withheld rights
    members: Mapping[str, Sequence[int]]  # firms of each government, sorted by its name
    days: tuple[Day, ...]
    next_busy: tuple[int, ...]  # per day: the first whose date asks for more than metering
    lean: bool = False  # only costs are needed: no log, no escrow of unsold orders
    _rights: dict[tuple[str, int, str], Right] = field(default_factory=dict, repr=False)

    def __reduce__(self) -> tuple[Any, ...]:
        # Nothing that was drawn is kept: it is drawn again from the scenario's seeds.
        return partial(simulation_rules, lean=self.lean), (self.scenario, self.openings)

    @property
    def file(self) -> ScenarioFile:
        """The checked scenario file."""
        return self.scenario.file

    def luck(self, *names: str | int) -> Generator:
        """The stream of chance for these names; made when something is drawn from it."""
        return lazy_stream(self.scenario.luck_seed, *names)

    @property
    def pollutants(self) -> tuple[str, ...]:
        """Pollutants in the order of the register."""
        return self.scenario.register.pollutants

    def right(self, pollutant: str, vintage: int, series: str) -> Right:
        """A right in the scenario's zone; one object each, since many legs name it."""
        key = pollutant, vintage, series
        if key not in self._rights:
            zone = self.file.pollutant[pollutant].zone
            self._rights[key] = Right(pollutant, zone, vintage, series)
        return self._rights[key]


def simulation_rules(
    scenario: Scenario, openings: Sequence[Sequence[int]], *, lean: bool = False
) -> SimulationRules:
    """What a year is played by, with everything that is drawn before its first day.

    Args:
        scenario: the loaded scenario.
        openings: opening rights [mg a year] per firm and pollutant, before withholding.
        lean: only costs are needed.
    """
    file, register = scenario.file, scenario.register
    weights = [float(file.pollutant[p].reference_price.value) or 1.0 for p in register.pollutants]
    steps = firm_steps(register, scenario.measures, weights)
    every = tuple(days(file))
    governments = tuple(_government(file, firm) for firm in register.firms)
    members: dict[str, list[int]] = {government: [] for government in sorted(set(governments))}
    for n, government in enumerate(governments):
        members[government].append(n)
    cards = [(firm.id, pollutant) for firm in register.firms for pollutant in register.pollutants]
    return SimulationRules(
        scenario=scenario,
        openings=openings,
        demand=draw_demand(file, register, scenario.luck_seed),
        steps=steps,
        plain_steps=as_plain_steps(steps),
        steps_of=tuple(pairwise(steps.first.tolist())),
        traders=tuple(_trader(scenario, firm.id) for firm in register.firms),
        series=tuple(_series(scenario, firm.id) for firm in register.firms),
        balanced=by_balance(file, register),
        firm_index={firm.id: n for n, firm in enumerate(register.firms)},
        card_of={names: card for card, names in enumerate(cards)},
        governments=governments,
        members=members,
        days=every,
        next_busy=next_busy_days(file, every),
        lean=lean,
    )


def _government(file: ScenarioFile, firm: FirmRow) -> str:
    """Government that holds the reserve with a firm's withheld rights."""
    level = file.register_.places
    return f"province:{file.place}" if level == "province" else f"{level}:{firm.city}"


def _trader(scenario: Scenario, firm: str) -> tuple[Rule, Params]:
    """A firm's trading behaviour and its parameters."""
    traders = scenario.file.traders
    at = stream(scenario.seed, "trader", firm).random() if traders.mix else 1.0
    for share in traders.mix:
        at -= share.share.value
        if at < 0:
            rule = find_rule(scenario, "trader", share.trader, where="traders.mix")
            return rule, rule.spec.fill(share.params, where="traders.mix")
    rule = find_rule(scenario, "trader", traders.default, where="traders.default")
    return rule, rule.spec.fill(traders.params, where="traders.params")


def _series(scenario: Scenario, firm: str) -> str:
    """Series of a firm's opening rights: paid or free, drawn from its own stream."""
    paid = stream(scenario.seed, "paid", firm).random() < scenario.file.rights.paid_share.value
    return PAID if paid else FREE
