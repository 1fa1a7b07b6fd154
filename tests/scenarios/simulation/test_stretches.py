"""Days metered at once are the days that phase by phase would have been, to the byte."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.simulation.command import Command
from scenarios.simulation.stretches import quiet_days
from scenarios.simulation.world import World
from scenarios.simulation.year import begin, is_over, moment_name, play_on, step
from tests.scenarios.simulation.small_years import built, small


def _day_by_day(world: World, commands: Sequence[Command] = ()) -> World:
    """The plain reference: every phase of every day."""
    waiting = list(commands)
    while not is_over(world):
        due = [c for c in waiting if c.moment == moment_name(world)]
        step(world, due)
    return world


def _state(world: World) -> dict[str, Any]:
    """Everything that a year leaves, each part as bytes or as values that compare."""
    books, cards = world.books, world.cards
    bank = cards.bank
    arrays = bank.quota_mg, bank.shifted_mg, bank.loaded_mg, bank.used_mg, bank.ranks
    return {
        "journal": list(books.ledger.journal),
        "events": books.log.events,
        "tables": dict(books.tables),
        "tally": pickle.dumps(books.tally),
        "cards": [array.tolist() for array in (*arrays, cards.metered_mg)],
        "months": cards.months,
        "counts": cards.events,
        "plants": pickle.dumps((world.plants.control, world.plants.next_index)),
        "market": replace(world.market, pending_mg=world.market.pending_mg.tolist()),
        "contracts": world.contracts,
        "agenda": world.agenda,
        "people": world.people,
    }


def _firm(n: int, opening_t: int, stop: str) -> dict[str, Any]:
    return {
        "id": f"F{n}", "sector": stop,
        "baseline": {"X": "100 t", "Y": "10 t"},
        "opening": {"X": f"{opening_t} t", "Y": "11 t"},
    }  # fmt: skip


PRICES = {"reference_price": "1000.00", "shortfall_charge": "50000.00"}
SALE = {"kind": "auction", "rule": "pay_as_bid", "dates": ["2017-02-10"]}
TRADE = {"kind": "secondary", "rule": "call_double", "dates": ["2017-03-07", "2017-04-18"]}
LEASE = {"margin": 0.2, "unit": "1 t", "share_of_reserve": 1.0, "months": 1}
PLEDGE = {"date": "2017-02-20", "loans": 2, "failing": 1, "term_days": 40}


@st.composite
def _stated(draw: st.DrawFn) -> dict[str, Any]:
    """Small worlds with and without what may end a stretch."""
    stops = st.sampled_from(["valve", "curtail"])
    openings = draw(st.lists(st.tuples(st.integers(40, 140), stops), min_size=1, max_size=3))
    more: dict[str, Any] = {}
    for key, value in (("lease", LEASE), ("buyback", {"dates": ["2017-04-11"]}),
                       ("pledge", PLEDGE)):  # fmt: skip
        if draw(st.booleans()):
            more[key] = value
    more["session"] = draw(st.sampled_from([[], [SALE], [TRADE], [SALE, TRADE]]))
    if draw(st.booleans()):
        more["policy"] = [{"rule": "penalty", "from": "2017-03-10", "to": "2017-03-13"}]
    shift = draw(st.sampled_from(["free", "none", "apply"]))
    return small(
        [_firm(n, *opening) for n, opening in enumerate(openings)],
        sector=[{"id": stop, "stop": stop} for stop in ("valve", "curtail")],
        ends="2017-05-31",
        seed=draw(st.integers(1, 99)),
        pollutant={"X": PRICES, "Y": PRICES},
        rights={"term_years": 2, "withheld": 0.1},
        card={"shift": shift, "shift_delay_days": draw(st.integers(0, 3))},
        production={"firm_sigma": 0.2, "daily_sigma": draw(st.sampled_from([0, 0.3]))},
        **more,
    )


@settings(max_examples=25, deadline=None)
@given(_stated(), st.lists(st.integers(1, 150), max_size=2))
def test_a_year_in_stretches_is_the_year_day_by_day(
    stated: dict[str, Any], stops: list[int]
) -> None:
    """Also where it is stopped on any day and played on."""
    scenario = built(stated)
    world = begin(scenario)
    for stop in sorted(stops):
        until = date(2017, 1, 1) + timedelta(days=stop)
        play_on(world, until=until)
        assert moment_name(world) == f"{until}/open"
    assert _state(play_on(world)) == _state(_day_by_day(begin(scenario)))


def _calm() -> World:
    """One firm that emits a tonne a day and holds twice as much; nothing is ever sold."""
    firm = {"id": "A", "baseline": {"X": "365 t"}, "opening": {"X": "730 t"}}
    return begin(built(small([firm], card={"shift": "none"})))


def test_a_command_is_carried_out_at_its_moment_within_a_stretch() -> None:
    """February has 26 days between its first and its last, on all of which nothing happens."""
    told = Command(0, "2017-02-10/swipe", 0, "A", "k", "take_seat")
    world, reference = _calm(), _day_by_day(_calm(), [told])
    assert _state(play_on(world, [told])) == _state(reference)
    assert world.people.seats == {"A": "k"}


@pytest.mark.parametrize(
    ("today", "before", "days"),
    [
        (date(2017, 1, 1), None, 0),  # the first day opens the year
        (date(2017, 1, 2), None, 29),  # 31 January posts the month
        (date(2017, 2, 2), None, 26),
        (date(2017, 2, 2), date(2017, 2, 9), 7),
        (date(2017, 2, 27), None, 0),  # one day is no stretch
    ],
)
def test_a_stretch_ends_before_the_next_date_on_which_more_happens(
    today: date, before: date | None, days: int
) -> None:
    world = play_on(_calm(), until=today)
    assert quiet_days(world, before) == days


def test_most_days_of_a_calm_year_are_played_in_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    """A first and a last day each month, 24 days; the other 341 in twelve stretches.

    February's card of 60.83 t is never used to 80 %, nor is any other's.
    """
    from scenarios.simulation import year

    phases: list[str] = []
    original = year.step

    def counted(world: World, commands: Sequence[Command] = ()) -> Any:
        phases.append(moment_name(world))
        return original(world, commands)

    monkeypatch.setattr(year, "step", counted)
    play_on(_calm())
    assert len({moment.partition("/")[0] for moment in phases}) == 24
