"""Price collar: bids below the floor and asks above the ceiling do not trade.

Reference price 1,000 yuan/t; floor 1.2 times it, 1,200; ceiling 2 times it, 2,000.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.simulation.scripted import play_scripted
from tests.scenarios.simulation.small_years import Year, small

DAY = "2017-03-01"
COLLAR = {"rule": "price_collar", "params": {"floor": 1.2, "ceiling": 2.0}}


def _year(folder: Path, bid: float, ask: float, **sections: Any) -> Year:
    """S, with 10 t to spare, asks and B bids for one tonne, in a year of two days."""
    stated = small(
        [
            {"id": "S", "baseline": {"X": "10 t"}, "opening": {"X": "20 t"}},
            {"id": "B", "baseline": {"X": "20 t"}, "opening": {"X": "20 t"}},
        ],
        **{
            "session": [{"kind": "secondary", "rule": "call_double", "dates": [DAY]}],
            "policy": [COLLAR],
            "begins": DAY,
            "ends": "2017-03-02",
            **sections,
        },
    )
    quotes = {("S", DAY): [("sell", 1, ask)], ("B", DAY): [("buy", 1, bid)]}
    return play_scripted(folder, stated, quotes)


def _prices(year: Year) -> list[int]:
    return [row["price_yuan_per_t"] for row in year.rows("trades")]


def test_a_bid_at_the_floor_trades(tmp_path: Path) -> None:
    assert _prices(_year(tmp_path, 1200, 1200)) == [1200_00]


def test_a_bid_a_fen_below_the_floor_does_not_trade(tmp_path: Path) -> None:
    year = _year(tmp_path, 1199.99, 1100)
    assert _prices(year) == []
    (session,) = year.rows("sessions")
    assert session["orders"] == 1, "the ask alone is in the book"


def test_an_ask_at_the_ceiling_trades(tmp_path: Path) -> None:
    assert _prices(_year(tmp_path, 2000, 2000)) == [2000_00]


def test_an_ask_a_fen_above_the_ceiling_does_not_trade(tmp_path: Path) -> None:
    year = _year(tmp_path, 2500, 2000.01)
    assert _prices(year) == []
    (session,) = year.rows("sessions")
    assert session["orders"] == 1, "the bid alone is in the book"


def test_a_bid_above_the_ceiling_and_an_ask_below_the_floor_are_free(tmp_path: Path) -> None:
    """The floor binds bids and the ceiling asks: (3,000 + 800) / 2 = 1,900."""
    assert _prices(_year(tmp_path, 3000, 800)) == [1900_00]


def test_zero_is_no_limit(tmp_path: Path) -> None:
    free = {"rule": "price_collar", "params": {"floor": 0, "ceiling": 0}}
    assert _prices(_year(tmp_path, 5, 5, policy=[free])) == [5_00]
    assert _prices(_year(tmp_path, 9000, 9000, policy=[free])) == [9000_00]


def test_without_parameters_the_floor_is_the_reference_price_and_the_ceiling_ten_times_it(
    tmp_path: Path,
) -> None:
    plain = [{"rule": "price_collar"}]
    found = [
        bool(_prices(_year(tmp_path, bid, ask, policy=plain)))
        for bid, ask in ((999.99, 900), (1000, 900), (20000, 10000), (20000, 10000.01))
    ]
    assert found == [False, True, True, False]


def test_the_ceiling_holds_for_the_ask_with_the_fee_on_top(tmp_path: Path) -> None:
    """At a fee of 10 % an ask of 1,800 stands at 1,800 / 0.9 = 2,000; a fen more is too much."""
    market = {"fee": 0.1}
    assert _prices(_year(tmp_path, 2000, 1800, market=market)) == [2000_00]
    assert _prices(_year(tmp_path, 2500, 1800.01, market=market)) == []


def test_the_floor_holds_for_the_bid_per_tonne_acquired(tmp_path: Path) -> None:
    """At a ratio of 1.5 a need worth 1,800 is 1.5 t at 1,200 each; 1,799 would be 1,199.33."""
    market = {"ratio": 1.5}
    year = _year(tmp_path, 1800, 1200, market=market)
    assert _prices(year) == [1200_00]
    assert _prices(_year(tmp_path, 1799, 1100, market=market)) == []


@pytest.mark.parametrize(
    ("bid", "ask", "refused"),
    [(1199.99, 1100, ("B", "buy", 1199_99)), (2500, 2000.01, ("S", "sell", 2000_01))],
)
def test_a_quote_outside_the_collar_is_a_row_with_its_reason(
    bid: float, ask: float, refused: tuple[str, str, int], tmp_path: Path
) -> None:
    rows = _year(tmp_path, bid, ask).rows("orders")
    (row,) = [row for row in rows if row["reason"] == "band"]
    assert row["session"] == f"{DAY}/S0/X"
    limit = next(value for name, value in row.items() if name.startswith("limit"))
    assert (row["trader"], row["side"], limit) == refused
    mass = next(value for name, value in row.items() if name.startswith("mass"))
    assert mass == 10**9
