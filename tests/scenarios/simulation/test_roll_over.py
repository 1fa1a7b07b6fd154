"""What a government sale leaves unsold goes over to later ones, if the scenario says so."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from market.session.auction import Sale, carry
from permits.errors import ManyErrors
from permits.invariants import find_violations
from scenarios.definition.load import load_scenario
from scenarios.runner import year_of
from scenarios.simulation.world import World

T = 10**9
SALES = [
    "session.0.kind=auction", "session.0.rule=uniform_price", "session.0.offered=0.25",
    "session.0.dates=[2017-01-05, 2017-01-12, 2017-01-19, 2017-01-26]", "ends=2017-01-31",
    "rights.withheld=0.4", "pollutant.X.reference_price=1000",
]  # fmt: skip
NOBODY = "session.0.floor=1000"  # times 1,000 yuan/t


def _world(*settings: str) -> World:
    world, _ = year_of(load_scenario("classroom-two-firms", [*SALES, *settings]))
    assert find_violations(world.books.ledger) == []
    return world


def _offered(world: World) -> list[Fraction]:
    return [Fraction(row[9], T) for row in world.books.tables["sessions"]]


def test_without_a_roll_over_what_is_unsold_is_reserve_like_any_other() -> None:
    """20 t withheld, a quarter offered: nothing is sold, and a quarter of 20 t is offered again."""
    world = _world(NOBODY)
    assert _offered(world) == [5, 5, 5, 5]
    assert [e for e in world.books.log.events if e.kind == "auction.carried"] == []


def test_what_is_unsold_is_added_to_the_next_sales_in_equal_parts() -> None:
    """5 t unsold: 2.5 t to each of two sales. Then a quarter of the other 15 t and 2.5 t; of
    these 6.25 t half goes to either of two; 2.5 + 3.125 wait for the third sale, 3.125 for the
    fourth, and a quarter of the other 11.25 t is offered beside them."""
    world = _world(NOBODY, "session.0.roll_over=2")
    assert _offered(world)[:3] == [5, Fraction(25, 4), Fraction(135, 16)]
    carried = [e for e in world.books.log.events if e.kind == "auction.carried"]
    assert [(e.on, e.values["mass"], e.values["planned"]) for e in carried[:2]] == [
        (date(2017, 1, 12), "2.5", "3.75"), (date(2017, 1, 19), "5.625", "2.8125"),
    ]  # fmt: skip


def test_more_than_may_be_added_waits_for_the_sale_after() -> None:
    """At most half of 3.75 t is added to the second sale; 0.625 t of the 2.5 t wait."""
    world = _world(NOBODY, "session.0.roll_over=2", "session.0.roll_over_most=0.5")
    assert _offered(world)[:2] == [5, Fraction(45, 8)]
    # Waiting then: 2.5 + 0.625 + 2.8125 and 2.8125; a quarter of the other 11.25 t is planned.
    assert _offered(world)[2] == Fraction(45, 16) * Fraction(3, 2)


def test_what_is_sold_leaves_nothing_to_go_over() -> None:
    """Before anybody has built, all that is offered is sold: the next sale offers a quarter of
    the 15 t left, and no more by a roll-over."""
    early = "session.0.dates=[2017-01-01, 2017-01-12]"
    world = _world(early, "session.0.roll_over=3")
    assert _offered(world) == [5, Fraction(15, 4)]
    assert world.books.tables["sessions"][0][10] == 5 * T


def test_what_goes_over_never_exceeds_the_reserve() -> None:
    """All of the reserve at each sale: what waits is not offered twice."""
    world = _world(NOBODY, "session.0.offered=1", "session.0.roll_over=2")
    assert _offered(world) == [20, 10, 15, Fraction(25, 2)]
    assert carry(7 * T, Sale(10 * T, 0), most_share=Fraction(1, 4)).carried_mg == 25 * T // 10


def test_a_roll_over_over_no_number_of_sales_is_refused() -> None:
    with pytest.raises(ManyErrors, match="roll_over"):
        load_scenario("classroom-two-firms", [*SALES, "session.0.roll_over=-1"])
