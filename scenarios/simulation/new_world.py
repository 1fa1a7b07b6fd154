"""A world before its first day: nothing issued, nothing built."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from permits.right import FREE, PAID
from permits.rng import stream
from permits.rule import Params, Rule
from scenarios.definition.rules import find_rule
from scenarios.definition.scenario import Scenario
from scenarios.simulation.building_steps import as_plain_steps, firm_steps
from scenarios.simulation.calendar import days
from scenarios.simulation.daily_metering import by_balance
from scenarios.simulation.event_log import Log
from scenarios.simulation.production import draw_demand
from scenarios.simulation.world import (
    Agenda,
    Books,
    Cards,
    Contracts,
    Market,
    People,
    Plants,
    Tally,
    World,
    YearRules,
)


def new_world(
    scenario: Scenario, openings: Sequence[Sequence[int]], *, lean: bool = False
) -> World:
    """Return a world before its first day.

    Args:
        scenario: the loaded scenario.
        openings: opening rights [mg a year] per firm and pollutant, before withholding.
        lean: only costs are needed: no log, fewer entries, the same outcome.
    """
    rules = year_rules(scenario, openings, lean=lean)
    firms, cards = len(scenario.register.firms), len(rules.balanced)
    return World(
        rules=rules,
        books=Books(Tally.empty(cards, firms), Log(silent=lean)),
        plants=Plants(np.zeros(cards), np.zeros(len(rules.steps.source), np.int64)),
        cards=Cards(np.zeros(cards, np.int64)),
        market=Market(np.zeros(cards, np.int64)),
        contracts=Contracts(),
        agenda=Agenda(),
        people=People(),
    )


def year_rules(
    scenario: Scenario, openings: Sequence[Sequence[int]], *, lean: bool = False
) -> YearRules:
    """What a year is played by, with everything that is drawn before its first day.

    Args:
        scenario: the loaded scenario.
        openings: opening rights [mg a year] per firm and pollutant, before withholding.
        lean: only costs are needed.
    """
    file, register = scenario.file, scenario.register
    weights = [float(file.pollutant[p].reference_price.value) or 1.0 for p in register.pollutants]
    steps = firm_steps(register, scenario.measures, weights)
    return YearRules(
        scenario=scenario,
        openings=openings,
        demand=draw_demand(file, register, scenario.luck_seed),
        steps=steps,
        plain_steps=as_plain_steps(steps),
        traders=tuple(_trader(scenario, firm.id) for firm in register.firms),
        series=tuple(_series(scenario, firm.id) for firm in register.firms),
        balanced=by_balance(file, register),
        firm_index={firm.id: n for n, firm in enumerate(register.firms)},
        days=tuple(days(file)),
        lean=lean,
    )


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
