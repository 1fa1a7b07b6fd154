"""A world before its first day: nothing issued, nothing built."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scenarios.definition.scenario import Scenario
from scenarios.simulation.event_log import Log
from scenarios.simulation.simulation_rules import simulation_rules
from scenarios.simulation.world import (
    Agenda,
    Books,
    Cards,
    Contracts,
    Market,
    People,
    Plants,
    RightsIndex,
    Tally,
    World,
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
    rules = simulation_rules(scenario, openings, lean=lean)
    firms, cards = len(scenario.register.firms), len(rules.balanced)
    return World(
        rules=rules,
        books=Books(Tally.empty(cards, firms), Log(silent=lean), RightsIndex(cards)),
        plants=Plants(np.zeros(cards), np.zeros(len(rules.steps.source), np.int64)),
        cards=Cards(np.zeros(cards, np.int64)),
        market=Market(np.zeros(cards, np.int64)),
        contracts=Contracts(),
        agenda=Agenda(),
        people=People(),
    )
