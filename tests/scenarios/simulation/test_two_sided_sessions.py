"""A year's market runs under every two-sided rule, and its books come out right."""

from __future__ import annotations

import pytest

from market.mechanisms import find_mechanisms
from permits.invariants import find_violations
from scenarios.definition.load import load_scenario
from scenarios.runner import year_of

RULES = [
    (name, dict(params))
    for name, rule in sorted(find_mechanisms().items())
    if rule.spec.side == "both"
    for params in ({}, *(variant.params for variant in rule.spec.variants))
]
WRITTEN = ["market.fee=0.02", "market.ratio=1.2", "market.trade_delay_days=3"]


@pytest.mark.parametrize(("rule", "params"), RULES)
def test_two_firms_trade_under_a_rule_and_nothing_is_lost(
    rule: str, params: dict[str, str]
) -> None:
    """Conservation per right, money, floors of accounts; mass and money of the session are those
    of its trades, and buyers use five sixths of what they acquire at a ratio of 1.2."""
    settings = [f"session.0.rule={rule}"]
    settings += [f"session.0.params.{key}={value}" for key, value in params.items()]
    world, _ = year_of(load_scenario("classroom-two-firms", settings + WRITTEN))
    assert find_violations(world.books.ledger) == []
    trades, (session,) = world.books.tables["trades"], world.books.tables["sessions"]
    assert session[3] == rule
    assert session[10] == sum(row[6] for row in trades)
    assert session[13] == sum(row[9] for row in trades)
    for row in trades:
        assert row[3:5] == ("B", "A")
        assert row[7] == row[6] - row[6] * 100 // 120
