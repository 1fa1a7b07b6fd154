"""What each shipped policy orders, to the number; all policies in the year stand on this."""

from __future__ import annotations

from typing import Any

import pytest

from permits.rng import stream
from scenarios.policies import find_policies
from scenarios.policy import Instruction, PolicyView, as_policy
from scenarios.simulation.instruments.fines import Fines
from scenarios.simulation.instruments.notice import Notice
from scenarios.simulation.instruments.price_bounds import PriceBounds
from scenarios.simulation.instruments.reserve_share import ReserveShare
from scenarios.simulation.instruments.retire_share import RetireShare
from tests.scenarios.simulation.small_years import on

REFERENCE = {"Y": 8, "X": 1000_00}


def _ordered(
    rule: str, params: dict[str, Any], day: str = "2019-01-01", *, start: bool = True,
    prices: dict[str, int] | None = None,
) -> tuple[Instruction, ...]:  # fmt: skip
    policy = find_policies()[rule]
    view = PolicyView(on(day), on("2017-07-01"), start, REFERENCE, prices or {})
    return as_policy(policy).apply(view, policy.spec.fill(params), stream(1, "policy", rule))


def test_a_cap_that_falls_by_a_tenth_has_lost_19_percent_after_two_years() -> None:
    """0.9 x 0.9 = 0.81 is kept; pollutants in the order of their names."""
    share, notice = _ordered("cap_decline", {"percent_a_year": 10})
    assert isinstance(share, RetireShare)
    assert (share.vintage, list(share.share_ppm.items())) == (
        2019, [("X", 190_000), ("Y", 190_000)],
    )  # fmt: skip
    assert notice == Notice("the cap falls: rights of this vintage are retired")


@pytest.mark.parametrize(
    ("day", "start"), [("2017-07-01", True), ("2017-12-31", False), ("2019-01-02", False)]
)
def test_it_falls_neither_in_the_first_year_nor_within_one(day: str, start: bool) -> None:
    assert _ordered("cap_decline", {"percent_a_year": 10}, day, start=start) == ()


def test_a_collar_is_a_multiple_of_each_reference_price() -> None:
    assert _ordered("price_collar", {"floor": 0.5, "ceiling": 3}) == (
        PriceBounds({"X": 500_00, "Y": 4}, {"X": 3000_00, "Y": 24}),
    )


@pytest.mark.parametrize(
    ("floor", "ceiling", "bounds"),
    [
        (0, 3, PriceBounds({}, {"X": 3000_00, "Y": 24})),
        (0.5, 0, PriceBounds({"X": 500_00, "Y": 4}, {})),
    ],
)
def test_a_multiple_of_zero_is_no_bound(floor: float, ceiling: float, bounds: PriceBounds) -> None:
    assert _ordered("price_collar", {"floor": floor, "ceiling": ceiling}) == (bounds,)


def test_the_reserve_opens_above_the_trigger_and_only_for_that_pollutant() -> None:
    """Twice the reference: X at 2,000.00 stands at it, Y at 17 above its 16."""
    params = {"trigger": 2, "offered_percent": 40}
    prices = {"X": 2000_00, "Y": 17}
    assert _ordered("reserve_release", params, prices=prices) == (ReserveShare({"Y": 400_000}),)
    assert _ordered("reserve_release", params, prices={"X": 2000_00, "Y": 16}) == ()
    assert _ordered("reserve_release", params) == ()


def test_fines_are_raised_to_the_percentage_on_every_day() -> None:
    assert _ordered("penalty", {"percent": 150}, start=False) == (Fines(150),)
