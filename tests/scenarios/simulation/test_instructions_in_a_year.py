"""Each instruction does what it says, for the days on which it is given, and to the milligram."""

from __future__ import annotations

from pathlib import Path

import pytest

from permits.account import holding, retired
from permits.errors import InputError
from permits.invariants import find_violations
from permits.ledger import Reason
from scenarios.policy import Instruction
from scenarios.proof.explain.balance import reason_word
from scenarios.simulation.instruments.fines import Fines
from scenarios.simulation.instruments.notice import Notice
from scenarios.simulation.instruments.price_bounds import PriceBounds
from scenarios.simulation.instruments.reserve_share import ReserveShare
from scenarios.simulation.instruments.retire_share import RetireShare
from tests.scenarios.simulation.small_years import Year, moved_t, play, small
from tests.scenarios.simulation.stated_policies import play_ordered

T = 10**9
DAY, NEXT = "2017-03-01", "2017-03-02"


# --- price bounds --------------------------------------------------------------------------


def _traded(
    folder: Path, bid_fen: int, ask_fen: int, *given: Instruction, day: str = DAY
) -> list[int]:
    """Prices of a session on the first day, B bidding and S asking for a tonne [fen/t]."""
    stated = small(
        [
            {"id": "S", "baseline": {"X": "10 t"}, "opening": {"X": "20 t"}},
            {"id": "B", "baseline": {"X": "20 t"}, "opening": {"X": "20 t"}},
        ],
        session=[{"kind": "secondary", "rule": "call_double", "dates": [DAY]}],
        begins="2017-02-28",
        ends=NEXT,
    )
    quotes = {"B": ("buy", T, bid_fen), "S": ("sell", T, ask_fen)}
    year = play_ordered(folder, stated, {day: given}, quotes)
    return [row["price_yuan_per_t"] for row in year.rows("trades")]


@pytest.mark.parametrize(
    ("bid_fen", "ask_fen", "trades"),
    [
        (1200_00, 1200_00, True),
        (1199_99, 1100_00, False),  # a fen below the floor
        (2000_00, 2000_00, True),
        (2500_00, 2000_01, False),  # a fen above the ceiling
        (3000_00, 800_00, True),  # the floor binds bids, the ceiling asks
    ],
)
def test_price_bounds_refuse_bids_below_and_asks_above(
    bid_fen: int, ask_fen: int, trades: bool, tmp_path: Path
) -> None:
    bounds = PriceBounds({"X": 1200_00}, {"X": 2000_00})
    assert bool(_traded(tmp_path, bid_fen, ask_fen, bounds)) is trades


def test_bounds_end_with_their_day(tmp_path: Path) -> None:
    """A floor of 28 February does not hold on 1 March."""
    floor = PriceBounds({"X": 9000_00})
    assert _traded(tmp_path, 1000_00, 1000_00, floor, day="2017-02-28") == [1000_00]


def test_of_two_bounds_on_one_pollutant_the_later_counts_and_the_other_bound_stays(
    tmp_path: Path,
) -> None:
    first = PriceBounds({"X": 9000_00}, {"X": 2000_00})
    then = PriceBounds({"X": 1000_00})
    assert _traded(tmp_path, 1000_00, 1000_00, first, then) == [1000_00]
    folder = tmp_path / "ceiling"
    folder.mkdir()
    assert _traded(folder, 2500_00, 2000_01, first, then) == []


# --- share of the reserve ------------------------------------------------------------------


def _offered_mg(folder: Path, *given: Instruction) -> dict[str, int]:
    """What a sale of half of the reserves of X (10 t) and Y (4 t) offers, by product."""
    stated = small(
        [{"id": "F", "baseline": {"X": "5 t", "Y": "5 t"}, "opening": {"X": "50 t", "Y": "20 t"}}],
        pollutant={
            name: {"reference_price": "1000.00", "shortfall_charge": "50000.00"} for name in "XY"
        },
        rights={"term_years": 1, "withheld": 0.2},
        session=[{"kind": "auction", "rule": "uniform_price", "dates": [DAY], "offered": 0.5}],
        begins=DAY,
        ends=NEXT,
    )
    year = play_ordered(folder, stated, {DAY: given}, {})
    return {row["product"]: row["offered_t"] for row in year.rows("sessions")}


@pytest.mark.parametrize(
    ("share_ppm", "offered"),
    [
        ({}, {"X 2017": 5 * T, "Y 2017": 2 * T}),
        ({"X": 800_000}, {"X 2017": 8 * T, "Y 2017": 2 * T}),
        ({"Y": 1_000_000}, {"X 2017": 5 * T, "Y 2017": 4 * T}),
        ({"X": 0, "Y": 250_000}, {"Y 2017": 1 * T}),  # nothing is offered: no sale
    ],
)
def test_the_share_of_the_reserve_is_each_pollutant_s_own(
    share_ppm: dict[str, int], offered: dict[str, int], tmp_path: Path
) -> None:
    assert _offered_mg(tmp_path, ReserveShare(share_ppm)) == offered


# --- retiring ------------------------------------------------------------------------------


def _three_years(folder: Path) -> Year:
    """A holds 10 t and 99 mg a year, on days about two new years."""
    stated = small(
        [{"id": "A", "baseline": {"X": "1 t"}, "opening": {"X": "10.000000099 t"}}],
        begins="2017-12-30",
        ends="2019-01-02",
        rights={"term_years": 3},
    )
    orders = {
        "2018-01-01": [RetireShare(2018, {"X": 35_000})],
        "2019-01-01": [RetireShare(2019, {"X": 68_775})],
    }
    return play_ordered(folder, stated, orders)


def test_retiring_takes_its_share_of_each_vintage_for_the_target(tmp_path: Path) -> None:
    """3.5 % of 10,000,000,099 mg is 350,000,003.465; 6.8775 %, two years of it, 687,750,006.8."""
    year = _three_years(tmp_path)
    found = []
    for entry in year.entries(Reason.TARGET):
        right = year.right(entry.on.year)
        moved = moved_t(entry, retired("A"), right) * T
        assert moved_t(entry, holding("A"), right) * T == -moved
        found.append((str(entry.on), int(moved)))
    assert found == [("2018-01-01", 350_000_003), ("2019-01-01", 687_750_006)]
    assert year.entries(Reason.CONVERT) == []
    assert find_violations(year.world.books.ledger) == []
    assert reason_word(Reason.TARGET) == "retired for the target"


def test_the_declining_cap_orders_the_same(tmp_path: Path) -> None:
    stated = small(
        [{"id": "A", "baseline": {"X": "1 t"}, "opening": {"X": "10.000000099 t"}}],
        begins="2017-12-30",
        ends="2019-01-02",
        rights={"term_years": 3},
        policy=[{"rule": "cap_decline"}],
    )
    legs = [entry.legs for entry in play(stated).entries(Reason.TARGET)]
    assert legs == [entry.legs for entry in _three_years(tmp_path).entries(Reason.TARGET)]
    assert len(legs) == 2


def test_what_is_retired_of_the_first_vintage_is_a_flow_of_its_own(tmp_path: Path) -> None:
    """A tenth of 10 t; of the other 9 t one 365th of 3.65 t a day is used on two days."""
    stated = small(
        [{"id": "A", "baseline": {"X": "3.65 t"}, "opening": {"X": "10 t"}}],
        begins=DAY,
        ends=NEXT,
    )
    year = play_ordered(tmp_path, stated, {DAY: [RetireShare(2017, {"X": 100_000})]})
    flows = {(row["origin"], row["target"]): row["mass_t"] for row in year.rows("flow")}
    assert flows["Firms", "Retired for the target"] == 1 * T
    out = sum(mass for (origin, _), mass in flows.items() if origin == "Firms")
    assert out == flows["Issued", "Firms"] == 10 * T


# --- fines and notices ---------------------------------------------------------------------


def _fines_fen(folder: Path, orders: dict[str, list[Instruction]]) -> list[int]:
    """The fine of a firm that is 2 t short of 10 t: 1,000 + 4,000 x 2/5 = 2,600 yuan."""
    stated = small(
        [{"id": "F", "sector": "b", "baseline": {"X": "12 t"}, "opening": {"X": "10 t"}}],
        sector=[{"id": "b", "stop": "curtail"}],
        card={"shift": "free", "curtail_to": 1.0},
        true_up={"fine_min": "1000.00", "fine_max": "5000.00", "fine_scale": 0.5},
        ends="2017-01-10",
    )
    return [row["penalty_yuan"] for row in play_ordered(folder, stated, orders).rows("true_up")]


@pytest.mark.parametrize(
    ("orders", "fen"),
    [
        ({}, 2600_00),
        ({"2017-01-10": [Fines(150)]}, 3900_00),
        ({"2017-01-10": [Fines(0)]}, 0),
        ({"2017-01-10": [Fines(300), Fines(200)]}, 5200_00),  # the later one counts
        ({"2017-01-09": [Fines(300)]}, 2600_00),  # yesterday's has ended
    ],
)
def test_fines_are_those_of_the_day_of_the_true_up(
    orders: dict[str, list[Instruction]], fen: int, tmp_path: Path
) -> None:
    assert _fines_fen(tmp_path, orders) == [fen]


def test_a_notice_is_an_event_of_its_policy(tmp_path: Path) -> None:
    stated = small([{"id": "F", "baseline": {"X": "1 t"}}], begins=DAY, ends=NEXT)
    year = play_ordered(tmp_path, stated, {NEXT: [Notice("hear"), Notice("and hear")]})
    events = year.events("policy.stated")
    assert [(str(e.on), e.who, e.text) for e in events] == [
        (NEXT, "province", "hear"), (NEXT, "province", "and hear"),
    ]  # fmt: skip
    assert {event.rule for event in events} == {"stated [ModelAssumption]"}
    counted = [row["count"] for row in year.rows("happenings") if row["kind"] == "policy.stated"]
    assert counted == [2], "the table has every event of the journal, as the audit asks"


@pytest.mark.parametrize(
    "given",
    [
        PriceBounds({"Z": 1}),
        PriceBounds({}, {"Z": 1}),
        ReserveShare({"Z": 1}),
        RetireShare(2017, {"Z": 1}),
    ],
)
def test_a_pollutant_that_the_scenario_lacks_is_named(given: Instruction, tmp_path: Path) -> None:
    stated = small([{"id": "F", "baseline": {"X": "1 t"}}], begins=DAY, ends=NEXT)
    with pytest.raises(InputError, match=r"policy stated names the pollutant 'Z'.*there are: X"):
        play_ordered(tmp_path, stated, {DAY: [given]})
