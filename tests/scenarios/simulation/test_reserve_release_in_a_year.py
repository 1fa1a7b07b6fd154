"""Reserve release: above the trigger price the policy's share of the reserve is offered.

10 t lie in the reserve, of which a sale offers half. The reference price is 1,000 yuan/t and
the trigger twice that, 2,000: a last price above it opens the reserve, one at it does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.simulation.scripted import Said, play_scripted
from tests.scenarios.simulation.small_years import Year, small

TRADE, SALE = "2017-03-01", "2017-03-03"
DAYS = {"begins": TRADE, "ends": "2017-03-04"}
T = 10**9
ONE = {"X": 1000}


def _year(
    folder: Path,
    price: float | None,
    params: dict[str, Any] | None = None,
    *,
    policy: bool = True,
    reference_yuan: Mapping[str, int] = ONE,
) -> Year:
    """A trade of a tonne of each pollutant at one price, none without; then the sale of each."""
    stated = small(
        [
            {
                "id": who,
                "baseline": dict.fromkeys(reference_yuan, "20 t"),
                "opening": dict.fromkeys(reference_yuan, "25 t"),
            }
            for who in ("B", "S")
        ],
        pollutant={
            name: {"reference_price": f"{yuan}.00", "shortfall_charge": "50000.00"}
            for name, yuan in reference_yuan.items()
        },
        rights={"term_years": 1, "withheld": 0.2},
        market={"cash_years": 20},
        session=[
            {"kind": "secondary", "rule": "call_double", "dates": [TRADE]},
            {"kind": "auction", "rule": "uniform_price", "dates": [SALE], "offered": 0.5},
        ],
        policy=[{"rule": "reserve_release", "params": params or {}}] if policy else [],
        **DAYS,
    )
    quotes: dict[tuple[str, str], list[Said]] = {("B", SALE): [("buy", 10, 1500)]}
    if price is not None:
        quotes |= {("S", TRADE): [("sell", 1, price)], ("B", TRADE): [("buy", 1, price)]}
    return play_scripted(folder, stated, quotes)


def _offered_t(year: Year, pollutant: str = "X") -> float:
    (sale,) = [
        row
        for row in year.rows("sessions")
        if row["kind"] == "auction" and row["product"] == f"{pollutant} 2017"
    ]
    return float(sale["offered_t"]) / T


@pytest.mark.parametrize(
    ("price", "offered_t"), [(None, 5), (1999.99, 5), (2000, 5), (2000.01, 10), (4000, 10)]
)
def test_a_price_above_the_trigger_opens_the_reserve(
    price: float | None, offered_t: float, tmp_path: Path
) -> None:
    assert _offered_t(_year(tmp_path, price)) == offered_t


def test_the_buyer_receives_what_is_released(tmp_path: Path) -> None:
    year = _year(tmp_path, 3000)
    (sale,) = [row for row in year.rows("trades") if row["kind"] == "auction"]
    assert (sale["buyer"], sale["mass_t"]) == ("B", 10 * T)
    (before,) = [r for r in _year(tmp_path, 2000).rows("trades") if r["kind"] == "auction"]
    assert before["mass_t"] == 5 * T


def test_without_the_policy_a_high_price_changes_nothing(tmp_path: Path) -> None:
    assert _offered_t(_year(tmp_path, 4000, policy=False)) == 5


@pytest.mark.parametrize(("percent", "offered_t"), [(80, 8), (25, 2.5), (100, 10)])
def test_the_policy_s_share_takes_the_place_of_the_session_s(
    percent: int, offered_t: float, tmp_path: Path
) -> None:
    """It may be less than the session's half as well."""
    assert _offered_t(_year(tmp_path, 3000, {"offered_percent": percent})) == offered_t


def test_a_share_of_nothing_offers_nothing(tmp_path: Path) -> None:
    year = _year(tmp_path, 3000, {"offered_percent": 0})
    assert not [row for row in year.rows("sessions") if row["kind"] == "auction"]


@pytest.mark.parametrize(("trigger", "offered_t"), [(3.0, 5), (2.9, 10), (0.0, 10)])
def test_the_trigger_is_a_multiple_of_the_reference_price(
    trigger: float, offered_t: float, tmp_path: Path
) -> None:
    assert _offered_t(_year(tmp_path, 3000, {"trigger": trigger})) == offered_t


@pytest.mark.parametrize(
    ("pollutant", "offered_t"),
    [("X", 5), ("Y", 10)],
)
def test_a_price_opens_the_reserve_of_its_own_pollutant_only(
    pollutant: str, offered_t: float, tmp_path: Path
) -> None:
    """Both trade at 3,000; the reference price of X is 2,000, so only Y is above the trigger."""
    year = _year(tmp_path, 3000, reference_yuan={"X": 2000, "Y": 1000})
    assert _offered_t(year, pollutant) == offered_t
