"""Frictions between a real market and the textbook's, and the cost of each.

`frictions = "none"` removes them all: no delays, fees, ratios, head-count rule or
reserve, all rights paid for, cards that shift quota freely, measures in parts, firms
that know their year, truthful bids in one session before any measure is installed.
Instruments stay: policies (price bounds, a declining cap, fines, the reserve's release) unless
their SPEC says `kind="friction"`, and contracts (lease, buyback, pledge). The cost of a friction
is the realised cost of the year less that of the same year without it, on the same random
numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from scenarios.definition.rules import find_rule
from scenarios.definition.scenario import Scenario
from scenarios.definition.schema import SessionSection
from scenarios.definition.sourced import Given

Change = Callable[[Scenario], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Friction:
    """A friction: name, title, the key whose source it has, and the change that removes it."""

    name: str
    title: str
    source_key: str
    without: Change


def _given(old: Given[Any], value: Any) -> Given[Any]:
    return old.model_copy(update={"value": value})


def _delays(scenario: Scenario) -> dict[str, Any]:
    file, market = scenario.file, scenario.file.market
    return {
        "market": market.model_copy(
            update={
                "auction_delay_days": _given(market.auction_delay_days, 0),
                "trade_delay_days": _given(market.trade_delay_days, 0),
            }
        ),
        "licence": file.licence.model_copy(
            update={"change_delay_days": _given(file.licence.change_delay_days, 0)}
        ),
        "build": file.build.model_copy(update={"delay_days": _given(file.build.delay_days, 0)}),
    }


def _fees(scenario: Scenario) -> dict[str, Any]:
    file = scenario.file
    return {"market": file.market.model_copy(update={"fee": _given(file.market.fee, 0.0)})}


def _ratios(scenario: Scenario) -> dict[str, Any]:
    file = scenario.file
    return {
        "market": file.market.model_copy(update={"ratio": _given(file.market.ratio, 1.0)}),
        "sector": tuple(s.model_copy(update={"ratio": None}) for s in file.sector),
    }


def _head_count(scenario: Scenario) -> dict[str, Any]:
    sessions = tuple(
        s.model_copy(update={"rule": "uniform_price", "params": {}})
        if find_rule(scenario, "mechanism", s.rule).spec.rations_heads
        else s
        for s in scenario.file.session
    )
    return {"session": sessions}


def _reserve(scenario: Scenario) -> dict[str, Any]:
    rights = scenario.file.rights
    kept = {"withheld": _given(rights.withheld, 0.0), "paid_share": _given(rights.paid_share, 1.0)}
    return {"rights": rights.model_copy(update=kept)}


def _month_quotas(scenario: Scenario) -> dict[str, Any]:
    file = scenario.file
    return {"card": file.card.model_copy(update={"shift": "free"})}


def _behaviour(scenario: Scenario) -> dict[str, Any]:
    file = scenario.file
    update = {"default": "marginal_cost", "params": {}, "mix": ()}
    return {
        "traders": file.traders.model_copy(update=update),
        "production": file.production.model_copy(update={"foresight": True}),
    }


def _policies(scenario: Scenario) -> dict[str, Any]:
    """Instruments stay; what declares itself a friction goes."""
    kept = [
        policy
        for policy in scenario.file.policy
        if find_rule(scenario, "policy", policy.rule).spec.kind == "instrument"
    ]
    return {"policy": tuple(kept)}


def _one_session(scenario: Scenario) -> dict[str, Any]:
    """One call session on the first day, before any measure or emission."""
    file = scenario.file
    session = SessionSection(kind="secondary", rule="call_double", dates=(file.begins,))
    update = {"parts": True, "delay_days": _given(file.build.delay_days, 0)}
    return {"session": (session,), "build": file.build.model_copy(update=update)}


FRICTIONS = (
    Friction("delays", "Delays of delivery, permit changes and building", "market", _delays),
    Friction("fees", "Platform fee", "market.fee", _fees),
    Friction("ratios", "Replacement ratios", "market.ratio", _ratios),
    Friction("head_count", "Head-count rule of the electronic sale", "session", _head_count),
    Friction("reserve", "Rights withheld, or free and not for sale", "rights", _reserve),
    Friction("month_quotas", "Monthly quotas on the card", "card", _month_quotas),
    Friction(
        "behaviour", "Untruthful bids, production not known in advance", "traders", _behaviour
    ),
    Friction("policies", "Policies that declare themselves a friction", "policy", _policies),
)


def without(scenario: Scenario, changes: tuple[Change, ...]) -> Scenario:
    """Return the scenario without some frictions, on the same register and measures."""
    for change in changes:
        changed = scenario.file.model_copy(update=change(scenario))
        scenario = replace(scenario, file=changed)
    return scenario


def without_all(scenario: Scenario) -> Scenario:
    """Return the scenario as the textbook's market."""
    # The single session last: it replaces what the changes before it made of the sessions.
    changes = (*(friction.without for friction in FRICTIONS), _one_session)
    return without(scenario, changes)


def as_played(scenario: Scenario) -> Scenario:
    """Return the scenario as its year is played: with every friction, or none where it says so."""
    return without_all(scenario) if scenario.file.frictions == "none" else scenario


def in_force(scenario: Scenario) -> Iterator[Friction]:
    """Yield the frictions that a scenario has: those whose removal would change its file."""
    for friction in FRICTIONS:
        changed = friction.without(scenario)
        if any(getattr(scenario.file, key) != value for key, value in changed.items()):
            yield friction
