"""What policies are shown, by zone and by county, worked out by hand.

A (county K) emits 100 kg a day, B and C (county L) 200 and 300. A was allotted 50 t a year, B
and C 100 t each, of which a fifth lies in the reserve of the county. X is traded in zone "all",
Y, of which only A emits 10 kg a day on 10 t, in zone "river".
"""

from __future__ import annotations

from typing import Any

import pytest

from scenarios.policy import AreaFacts, PolicyView
from scenarios.simulation.new_world import new_world
from scenarios.simulation.opening_positions import opening_positions
from scenarios.simulation.phases import policy_view
from scenarios.simulation.phases.policy_view import see_morning
from scenarios.simulation.year import moment_of, play_on
from tests.scenarios.simulation.small_years import built, on, play, small

KG = 10**6


def _stated(**sections: Any) -> dict[str, Any]:
    return small(
        [
            {"id": "A", "city": "K", "baseline": {"X": "36.5 t", "Y": "3.65 t"},
             "opening": {"X": "50 t", "Y": "10 t"}},
            {"id": "B", "city": "L", "baseline": {"X": "73 t", "Y": "0 t"},
             "opening": {"X": "100 t", "Y": "0 t"}},
            {"id": "C", "city": "L", "baseline": {"X": "109.5 t", "Y": "0 t"},
             "opening": {"X": "100 t", "Y": "0 t"}},
        ],
        pollutant={
            "X": {"reference_price": "1000.00", "shortfall_charge": "50000.00"},
            "Y": {"reference_price": "7.00", "shortfall_charge": "500.00", "zone": "river"},
        },
        rights={"term_years": 2, "withheld": 0.2},
        ends="2019-01-02",
        **sections,
    )  # fmt: skip


def _morning(text: str, **sections: Any) -> PolicyView:
    """The view on the morning of a day."""
    scenario = built(_stated(**sections))
    world = new_world(scenario, opening_positions(scenario))
    play_on(world, until=on(text))
    view = see_morning(world, moment_of(world)[0])
    dict(view.by_zone)  # counted now, as a policy's look would
    return view


def _kg(held: int, emitted: int, reserve: int, issued: int, fen: int) -> AreaFacts:
    return AreaFacts(held * KG, emitted * KG, reserve * KG, issued * KG, None, fen)


def test_the_figures_of_a_morning() -> None:
    """2 February: 32 days are emitted, 31 of them posted.

    A has emitted 3,200 kg of 40,000; B and C 16,000 of 160,000; of Y A 320 of 8,000.
    """
    view = _morning("2017-02-02")
    of_a = _kg(36_800, 3_200, 10_000, 50_000, 1000_00)
    of_y = _kg(7_680, 320, 2_000, 10_000, 7_00)
    nothing = _kg(0, 0, 0, 0, 7_00)
    assert view.by_county == {
        "city:K": {"X": of_a, "Y": of_y},
        "city:L": {"X": _kg(144_000, 16_000, 40_000, 200_000, 1000_00), "Y": nothing},
    }
    assert view.by_zone == {
        "all": {"X": _kg(180_800, 19_200, 50_000, 250_000, 1000_00)},
        "river": {"Y": of_y},
    }


def test_a_new_year_is_that_of_its_own_vintage() -> None:
    view = _morning("2018-01-01")
    assert view.by_county["city:K"]["X"] == _kg(40_000, 0, 10_000, 50_000, 1000_00)


def test_after_the_term_nothing_is_issued() -> None:
    assert _morning("2019-01-01").by_zone["river"]["Y"] == _kg(0, 0, 0, 0, 7_00)


def test_a_price_is_the_last_and_then_the_expected_one() -> None:
    """A and B sell X for what C, who lacks 29.5 t, bids; of Y nobody buys."""
    day = "2017-03-01"
    session = [{"kind": "secondary", "rule": "call_double", "dates": [day]}]
    view = _morning("2017-03-02", session=session)
    price = view.price_fen_per_t["X"]
    assert {"X"} == {*view.price_fen_per_t}
    for county in ("city:K", "city:L"):
        facts = view.by_county[county]
        assert facts["X"].price_fen_per_t == facts["X"].expected_fen_per_t == price
        assert (facts["Y"].price_fen_per_t, facts["Y"].expected_fen_per_t) == (None, 7_00)


def test_counties_are_counted_once_a_day_and_only_if_a_policy_looks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counted = []
    count = policy_view._count

    def watched(world: Any, day: Any) -> Any:
        counted.append(day.on)
        return count(world, day)

    monkeypatch.setattr(policy_view, "_count", watched)
    play({**_stated(policy=[{"rule": "penalty"}]), "ends": "2017-01-03"})
    assert counted == []
    view = _morning("2017-01-02")
    assert (len(view.by_zone), len(view.by_county), "city:K" in view.by_county) == (2, 2, True)
    assert counted == [on("2017-01-02")]
