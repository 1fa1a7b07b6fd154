"""Evaluation: no-trade cost, optimum and realised cost of two firms, worked out by hand.

Both emit 10 t and hold 6: 8 t must go. A abates at 300 yuan/t, B at 100; a tonne neither
abated nor covered is valued at 1,000. Alone each abates 4 t: 1,200 + 400 = 1,600 yuan. Together
B abates all 8 t: 800. Trade can gain 800.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.simulation.scripted import play_scripted
from tests.scenarios.simulation.small_years import Year, small

DAY = "2017-01-01"
T = 10**9


def _year(
    folder: Path,
    a_builds: int,
    b_builds: int,
    *,
    a_yuan: float = 300,
    charge: int = 1000,
    sector: str = "all",
    **sections: Any,
) -> Year:
    """Ten days; A and B build whole tonnes on the first, and B sells what it frees beyond 4 t."""
    firms = [
        {
            "id": who,
            "sector": sector,
            "baseline": {"X": "10 t"},
            "opening": {"X": "6 t"},
            "curve": {"a_yuan": cost},
        }
        for who, cost in (("A", a_yuan), ("B", 100))
    ]
    session = {"kind": "secondary", "rule": "call_double", "dates": [DAY]}
    stated = small(
        firms,
        **{
            "ends": "2017-01-10",
            "pollutant": {"X": {"reference_price": "10.00", "shortfall_charge": f"{charge}.00"}},
            "sector": [{"id": "all"}, {"id": "boiler", "stop": "curtail"}],
            "card": {"shift": "free", "curtail_to": 1.0},
            "market": {"lot": "1 t", "cash_years": 1000},
            "session": [session],
            **sections,
        },
    )
    builds = {
        (who, DAY): [(f"{who}/{n:02d}", 1_000_000) for n in range(1, count + 1)]
        for who, count in (("A", a_builds), ("B", b_builds))
    }
    quotes = {}
    if b_builds > 4:
        sold = b_builds - 4
        quotes = {("A", DAY): [("buy", sold, 200)], ("B", DAY): [("sell", sold, 200)]}
    return play_scripted(folder, stated, quotes, builds)


def _yuan(year: Year) -> tuple[float, float, float]:
    told = year.evaluation
    return round(told.alone / 100, 2), round(told.optimum / 100, 2), round(told.realised / 100, 2)


@pytest.mark.parametrize(
    ("a_builds", "b_builds", "realised", "efficiency"),
    [(4, 4, 1600, 0.0), (2, 6, 1200, 0.5), (0, 8, 800, 1.0)],
)
def test_efficiency_is_the_share_of_the_possible_gain(
    a_builds: int, b_builds: int, realised: float, efficiency: float, tmp_path: Path
) -> None:
    year = _year(tmp_path, a_builds, b_builds)
    assert _yuan(year) == (1600, 800, realised)
    assert year.evaluation.efficiency == pytest.approx(efficiency, abs=1e-6)
    over = year.evaluation.cost_over_least_cost
    assert over == pytest.approx(realised / 800 - 1, abs=1e-6)


def test_costs_stand_with_the_firm_that_bears_them(tmp_path: Path) -> None:
    rows = {row["firm"]: row for row in _year(tmp_path, 2, 6).rows("firms")}
    assert [rows[f]["build_cost_yuan"] for f in "AB"] == [600_00, 600_00]
    assert [rows[f]["alone_cost_yuan"] for f in "AB"] == [1200_00, 400_00]
    assert [rows[f]["optimum_cost_yuan"] for f in "AB"] == [0, 800_00]
    assert [rows[f]["abated_t"] for f in "AB"] == [2 * T, 6 * T]


def test_stopped_output_is_charged(tmp_path: Path) -> None:
    """A builds 3 t and its line stops for the fourth: 900 + 400 + 1,000 = 2,300 yuan.

    (1,600 - 2,300) / 800 = -0.875.
    """
    year = _year(tmp_path, 3, 4)
    assert [row["stopped_t"] for row in year.rows("firms")] == [T, 0]
    assert _yuan(year) == (1600, 800, 2300)
    assert year.evaluation.efficiency == pytest.approx(-0.875, abs=1e-6)


def test_emission_without_a_right_is_charged(tmp_path: Path) -> None:
    """The same with boilers that nobody stops: A emits the fourth tonne without a right."""
    year = _year(tmp_path, 3, 4, sector="boiler")
    assert [row["stopped_t"] for row in year.rows("firms")] == [0, 0]
    assert [row["owed_t"] for row in year.rows("firms")] == [T, 0]
    assert _yuan(year) == (1600, 800, 2300)


def test_a_fine_is_no_cost_of_the_year(tmp_path: Path) -> None:
    """It is paid to the city: what the year costs all together is the valuation."""
    fines = {"fine_min": "5000.00", "fine_max": "5000.00"}
    year = _year(tmp_path, 3, 4, sector="boiler", true_up=fines)
    assert [row["penalty_yuan"] for row in year.rows("firms")] == [5000_00, 0]
    assert _yuan(year) == (1600, 800, 2300)


def test_a_measure_dearer_than_the_valuation_is_never_needed(tmp_path: Path) -> None:
    """Valued at 200 A's 4 t cost 800 alone, not 1,200; the optimum stays B's 800."""
    assert _yuan(_year(tmp_path, 0, 8, charge=200))[:2] == (1200, 800)


def test_valued_at_less_than_any_measure_nothing_is_abated(tmp_path: Path) -> None:
    """8 t at 50 yuan, in both; trade gains nothing and no efficiency is given."""
    year = _year(tmp_path, 4, 4, charge=50)
    assert _yuan(year)[:2] == (400, 400)
    assert year.evaluation.efficiency is None
    assert year.evaluation.cost_over_least_cost == pytest.approx(1600 / 400 - 1)


def test_measures_that_save_money_are_taken_whatever_the_need(tmp_path: Path) -> None:
    """A's tonnes save 10 yuan each: alone it takes all ten and B its 4, -100 + 400; together
    -100, which covers more than the 8 t."""
    assert _yuan(_year(tmp_path, 10, 4, a_yuan=-10)) == (300, -100, 300)


@pytest.mark.parametrize(("a_yuan", "given"), [(100.19, False), (100.21, True)])
def test_no_efficiency_where_trade_gains_less_than_a_thousandth(
    a_yuan: float, given: bool, tmp_path: Path
) -> None:
    """Four tonnes at 19 or 21 fen more than B's: 0.76 or 0.84 yuan of gain; a thousandth of the
    optimum is 0.80."""
    told = _year(tmp_path, 4, 4, a_yuan=a_yuan).evaluation
    assert (told.efficiency is not None) is given
    if given:
        assert told.efficiency == pytest.approx(0, abs=1e-3)


def test_no_efficiency_over_two_years(tmp_path: Path) -> None:
    year = _year(tmp_path, 4, 4, ends="2018-01-02", rights={"term_years": 2})
    assert year.evaluation.efficiency is None
    assert year.evaluation.cost_over_least_cost is None


def test_with_a_reserve_the_optimum_may_use_it_and_no_firm_alone(tmp_path: Path) -> None:
    """Half of the 6 t of each lie in the reserve: alone 7 t each, 2,100 + 700; together 8 t."""
    year = _year(tmp_path, 7, 7, rights={"term_years": 1, "withheld": 0.5})
    assert _yuan(year)[:2] == (2800, 800)


def test_several_pollutants_are_valued_together(tmp_path: Path) -> None:
    """Y is emitted at 2 t by A and 1 t by B; of 3 t of rights A holds 1 and B 2. Nobody can
    abate it: alone A lacks a tonne, valued at 500, together nobody does.

    Alone 1,600 + 500, optimum 800. In the year both build 4 t; A's line stops when its tonne of Y
    is used up, with X still allowed.
    """
    stated = {
        "pollutant": {
            "X": {"reference_price": "10.00", "shortfall_charge": "1000.00"},
            "Y": {"reference_price": "10.00", "shortfall_charge": "500.00"},
        }
    }
    firms = [
        {
            "id": who,
            "baseline": {"X": "10 t", "Y": emits},
            "opening": {"X": "6 t", "Y": holds},
            "curve": {"a_yuan": cost},
        }
        for who, cost, emits, holds in (("A", 300, "2 t", "1 t"), ("B", 100, "1 t", "2 t"))
    ]
    year = _year(tmp_path, 4, 4, firm=firms, sector="all", **stated)
    assert _yuan(year)[:2] == (2100, 800)
    rows = year.rows("firms")
    stopped = {(row["firm"], row["pollutant"]): row["stopped_t"] for row in rows}
    # The line is one: what X would have emitted on the days after it stopped is charged too.
    assert stopped["A", "Y"] == T
    realised = 1600 + 500 + 1000 * stopped["A", "X"] / T
    assert _yuan(year)[2] == pytest.approx(realised, abs=0.01)
