"""A policy that orders what a test says, day by day, and a trader that quotes what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scenarios.definition.load import build_scenario
from scenarios.definition.scenario import Scenario
from scenarios.policy import Instruction
from scenarios.runner import year_of
from scenarios.simulation.instructing import as_json
from scenarios.simulation.year_results import year_tables
from tests.scenarios.simulation.small_years import Year

POLICY = '''"""A policy of a test."""

from permits.rule import Spec
from scenarios.simulation.instructing import from_json

SPEC = Spec(title="Stated", title_zh="明言", source="[ModelAssumption]", kind={kind!r})
ORDERED = {ordered!r}


def apply(view, params, rng):
    return tuple(from_json(one) for one in ORDERED.get(str(view.today), ()))
'''
TRADER = '''"""A trader of a test."""

from market.clearing.order import Side
from market.participants.view import Quote
from permits.rule import Spec

SPEC = Spec(title="Quoting", title_zh="报价", source="[ModelAssumption]")
QUOTES = {quotes!r}


def decide(view, params, rng):
    side, mass_mg, limit_fen = QUOTES.get(view.firm, ("buy", 0, 0))
    return (Quote(Side(side), mass_mg, limit_fen),) if mass_mg else ()


def abate(view, params, rng):
    return ()
'''
Orders = Mapping[str, Sequence[Instruction]]
"""Day to what is ordered on it."""
Quotes = Mapping[str, tuple[str, int, int]]
"""Firm to its quote in every session: side, mg, fen per tonne."""


def stated_scenario(
    folder: Path,
    stated: Mapping[str, Any],
    orders: Orders,
    quotes: Quotes | None = None,
    *,
    kind: str = "instrument",
) -> Scenario:
    """A small scenario with the policy `stated`, and with the trader where there are quotes.

    Args:
        folder: where the rules are written.
        stated: the scenario, as `small` states it.
        orders: what the policy orders.
        quotes: what firms quote; without it they trade as the scenario says.
        kind: what the policy declares itself.
    """
    ordered = {day: [as_json(one) for one in given] for day, given in orders.items()}
    (folder / "stated.py").write_text(POLICY.format(ordered=ordered, kind=kind), encoding="utf-8")
    whole = {**stated, "policy": [{"rule": "stated"}]}
    if quotes is not None:
        text = TRADER.format(quotes=dict(quotes))
        (folder / "quoting.py").write_text(text, encoding="utf-8")
        whole["traders"] = {"default": "quoting"}
    path = folder / "small.toml"
    path.write_text("")
    return build_scenario(whole, path)


def play_ordered(
    folder: Path, stated: Mapping[str, Any], orders: Orders, quotes: Quotes | None = None
) -> Year:
    """Play the scenario that `stated_scenario` makes."""
    world, evaluation = year_of(stated_scenario(folder, stated, orders, quotes))
    return Year(world, evaluation, year_tables(world, evaluation))
