"""Phases decide and `apply` acts: between two Outcomes nothing in the world changes."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scenarios.simulation import year
from scenarios.simulation.apply import apply
from scenarios.simulation.outcome import Outcome, Played
from scenarios.simulation.world import PARTS, World
from tests.scenarios.simulation.parts_table import everything, table

CHANGED = tuple(part for part in PARTS if part != "rules")


def _arrays(value: Any) -> Iterator[np.ndarray[Any, Any]]:
    """Every array of a part, of its tally and its card bank too."""
    if isinstance(value, np.ndarray):
        yield value
    elif hasattr(value, "__dict__"):
        for inner in vars(value).values():
            yield from _arrays(inner)
    elif hasattr(value, "__dataclass_fields__"):
        for field in fields(value):
            yield from _arrays(getattr(value, field.name))


def _freeze(world: World, writeable: bool) -> None:
    for part in CHANGED:
        for array in _arrays(getattr(world, part)):
            array.flags.writeable = writeable


def _state(world: World) -> bytes:
    """All parts that may change, as bytes; of what only grows, how long it is."""
    books = world.books
    rows = {name: len(table) for name, table in books.tables.items()}
    told = books.tally, len(books.log.events), rows, len(books.ledger.journal)
    parts = [getattr(world, part) for part in CHANGED if part != "books"]
    # Not where the agenda stands: it moves on from phase to phase.
    parts = [world.agenda.put_off if part is world.agenda else part for part in parts]
    lists = len(world.cards.months), world.cards.bank.quota_mg.sum()
    return pickle.dumps((told, lists, [_without_months(part) for part in parts]))


def _without_months(part: Any) -> Any:
    return replace(part, months=[]) if hasattr(part, "months") else part


def test_nothing_changes_between_two_outcomes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrays are frozen while a phase decides; everything else is compared byte by byte."""
    world, kinds = everything(), set()
    before = _state(world)

    def watched(of: World, phase: Played[Any]) -> Any:
        nonlocal before
        events: Any = None
        try:
            while True:
                outcome: Outcome = phase.send(events)
                assert _state(world) == before, "a phase wrote to the world"
                _freeze(world, True)
                events = apply(of, outcome)
                _freeze(world, False)
                before = _state(world)
                kinds.update(type(change).__name__ for change in outcome.changes)
        except StopIteration as done:
            assert _state(world) == before, "a phase wrote to the world as it ended"
            return done.value

    monkeypatch.setattr(year, "play", watched)
    year.play_on(world)
    assert kinds >= {
        "CardSet", "CardsLoaded", "Counted", "DaySwiped", "EventCounted", "Fined", "Later",
        "LeaseAsked", "LeaseSet", "LeasesAnswered", "MonthBegun", "MonthEnded", "OpeningCounted",
        "Ordered", "PaidFor", "PermitSet", "PledgeSet", "Posted", "PriceSeen", "SalePriceSeen",
        "SessionClosed", "SessionOpened", "TakenUp", "TermsReset", "BoundsSet", "FinesSet",
        "ReserveOpened", "Unmet", "Working",
    }  # fmt: skip


def test_a_phase_that_reads_a_part_it_does_not_name_fails() -> None:
    world = everything()
    with pytest.raises(AssertionError, match="market"):
        _ = world.showing(("rules", "books")).market.fine_percent
    assert world.showing(("market",)).market is world.market


def test_the_page_says_who_reads_and_changes_which_part() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "architecture.md").read_text("utf-8")
    assert table() in page, "python -m tests.scenarios.simulation.parts_table prints it"
