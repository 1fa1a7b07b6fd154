"""A year's market runs under every two-sided rule, and its books come out right."""

from __future__ import annotations

import pytest

from market.mechanisms import find_mechanisms
from permits.invariants import find_violations
from scenarios.load import load_scenario
from scenarios.runner import year_of

T = 10**9
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
    assert find_violations(world.ledger) == []
    trades, (session,) = world.tables["trades"], world.tables["sessions"]
    assert session[3] == rule
    assert session[10] == sum(row[6] for row in trades)
    assert session[13] == sum(row[9] for row in trades)
    for row in trades:
        assert row[3:5] == ("B", "A")
        assert row[7] == row[6] - row[6] * 100 // 120


def _outcome(rule: str) -> tuple[int, float]:
    world, verdict = year_of(load_scenario("classroom-two-firms", [f"session.0.rule={rule}"]))
    assert verdict.efficiency is not None
    return sum(row[6] for row in world.tables["trades"]), verdict.efficiency


@pytest.mark.parametrize("rule", ["call_double", "epa_two_sided"])
def test_where_all_orders_are_ranked_nine_tonnes_change_hands(rule: str) -> None:
    """A sells 9 t to B, whoever gets the gain. [Perman2011] §6.4"""
    traded, efficiency = _outcome(rule)
    assert traded == 9 * T
    assert efficiency == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("rule", ["continuous_double", "listing"])
def test_where_orders_meet_as_they_come_more_is_traded_than_is_worth_while(rule: str) -> None:
    """Low bids meet low asks early, and a part of the gain is lost to trades beyond the margin,
    as in [RustEtAl1994]."""
    traded, efficiency = _outcome(rule)
    assert traded > 9 * T
    assert 0.5 < efficiency < 1
