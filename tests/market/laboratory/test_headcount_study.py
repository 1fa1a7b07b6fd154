"""The study of the sale by head count: its pieces, its numbers, and the page that tells them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.clearing.order import Book, Order, Side
from market.laboratory.equilibrium.sealed_bids import (
    Values,
    head_count_sale,
    prize_bid,
    prize_bid_of,
    prize_sale,
    revenue_of,
)
from market.laboratory.studies import game, sale_arrays, window
from market.laboratory.studies.equilibrium_bids import (
    expected_gain,
    expected_revenue,
    expected_worth,
    floor_bids,
    head_count_chance,
    lowest_accepted_bids,
    prize_bids,
    supply_chance,
)
from market.laboratory.studies.estimate import FloatArray, mean_of, share_of
from market.mechanisms import find_mechanisms, run_session
from market.mechanisms.headcount_share import SPEC, winners
from permits.rng import stream

ROOT = Path(__file__).resolve().parents[3]
DOCS, STUDIES = ROOT / "docs", ROOT / "benchmarks" / "studies"
PAGE = (DOCS / "headcount-study.md").read_text(encoding="utf-8")
MODULES = (
    "headcount_charts", "headcount_parts", "headcount_masses", "headcount_play",
    "headcount_results", "headcount_said", "headcount_figures", "headcount_page",
    "headcount_study",
)  # fmt: skip
SETTINGS = (5, 6, 10, 15, 19, 25)
SQUARES = Values(0.0, 1.0, lambda v: v**0.5, lambda u: u**2)


class Program(NamedTuple):
    """The study's modules, and what a very small run of them writes."""

    parts: ModuleType
    masses: ModuleType
    study: Any
    page: str
    charts: dict[str, str]


@pytest.fixture(scope="module")
def program() -> Iterator[Program]:
    """The whole study at a size of seconds: fewer draws, shorter searches."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(STUDIES))
        study = __import__("headcount_study")
        masses, parts = sys.modules["headcount_masses"], sys.modules["headcount_parts"]
        patch.setattr(masses, "TURNS", 6)
        patch.setattr(masses, "LED", 300)
        patch.setattr(game, "ROUNDS", 12)
        found = study.computed(study.SEED, study.Size(1500, 1500, 3))
        yield Program(parts, masses, found, study.page(found), study.charts(found))
    for name in MODULES:
        sys.modules.pop(name, None)


# --- the pieces ------------------------------------------------------------------------

BOOKS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(1, 5)), min_size=1, max_size=12
)  # bids in steps of 1,000 fen, masses in t: many ties


@given(BOOKS, st.integers(1, 20), st.integers(0, 3))
@settings(max_examples=80)
def test_arrays_decide_as_the_shipped_rules(
    book: list[tuple[int, int]], supply_t: int, floor: int
) -> None:
    orders = tuple(
        Order(f"b{at}", f"b{at}", Side.BUY, "r", mass * 10**9, bid * 1000, at)
        for at, (bid, mass) in enumerate(book)
    )
    offer = Book("r", orders, supply_t * 10**9, floor * 1000)
    bids = np.array([[bid * 1000.0 for bid, _ in book]])
    masses = np.array([[float(mass) for _, mass in book]])
    sizes: dict[str, Any] = {"supply_t": float(supply_t), "floor": floor * 1000.0}
    told = {
        ("headcount_share", ""): sale_arrays.head_count(bids, masses, **sizes),
        ("pay_as_bid", ""): sale_arrays.pay_as_bid(bids, masses, **sizes),
        ("uniform_price", "first_rejected"): sale_arrays.uniform_price(bids, masses, **sizes),
        ("uniform_price", "lowest_accepted"): sale_arrays.uniform_price(
            bids, masses, **sizes, price="lowest_accepted"
        ),
    }
    for (rule, price), outcome in told.items():
        params = {"price": price} if price else {}
        clearing = run_session(find_mechanisms()[rule], offer, params, rng=stream(1, "tie"))
        got = {fill.order.id: fill for fill in clearing.fills}
        for at, order in enumerate(orders):
            mass = got[order.id].mass_mg / 10**9 if order.id in got else 0.0
            assert outcome.mass_t[0, at] == mass
            if mass:
                assert outcome.price[0, at] == got[order.id].price_fen_per_t


@pytest.mark.parametrize("bidders", SETTINGS)
def test_many_bids_at_once_are_the_exact_ones(bidders: int) -> None:
    """[Vickrey1961]; [Krishna2010] ch. 2: uniform exactly, squares by quadrature."""
    prizes, u = winners(bidders), np.array([0.05, 0.3, 0.5, 0.8, 1.0])
    exact = [float(prize_bid(value, bidders, prizes)) for value in u.tolist()]
    assert prize_bids(u, bidders, prizes) == pytest.approx(exact, abs=1e-9)
    skewed = [prize_bid_of(value**2, bidders, prizes, SQUARES) for value in u.tolist()]
    assert prize_bids(u, bidders, prizes, power=2) == pytest.approx(skewed, abs=1e-8)


@pytest.mark.parametrize("bidders", SETTINGS)
def test_revenue_of_the_chances_is_the_exact_one(bidders: int) -> None:
    prizes = winners(bidders)
    chance, sale = supply_chance(bidders, prizes), prize_sale(bidders, prizes)
    assert expected_revenue(bidders, chance) == pytest.approx(float(sale.revenue), abs=1e-7)
    assert expected_worth(bidders, chance) == pytest.approx(float(sale.truthful_revenue), abs=1e-7)
    skewed = expected_revenue(bidders, chance, power=2)
    assert skewed == pytest.approx(revenue_of(bidders, prizes, SQUARES), abs=1e-7)


def test_ten_bidders_bring_1_909_and_4_454_if_truthful() -> None:
    sale = head_count_sale(10)
    assert (sale.prizes, sale.revenue, sale.truthful_revenue) == (
        7,
        Fraction(21, 11),
        Fraction(49, 11),
    )
    assert "pay 1.909 in all" in PAGE.replace("\n   ", " ") and "4.4545" in PAGE


@pytest.mark.parametrize("power", [1, 2])
def test_nobody_gains_by_another_bid_at_the_lowest_accepted_price(power: int) -> None:
    """Of 21 bids against rivals who shade by the formula, one's own earns most."""
    values = stream(3, "lowest", power).random((20_000, 5)) ** power
    bids = lowest_accepted_bids(values, 5, 2, power)
    own = 0.7**power
    shaded = float(lowest_accepted_bids(np.array([own]), 5, 2, power)[0])

    def earned(bid: float) -> FloatArray:
        tried = bids.copy()
        tried[:, 0] = bid
        sold = sale_arrays.uniform_price(tried, supply_t=2, price="lowest_accepted")
        return sold.gain(np.full_like(tried, own))[:, 0]

    stays = earned(shaded)
    better = [mean_of(earned(bid) - stays) for bid in np.linspace(0, own, 21)]
    assert max(one.low for one in better) <= 0


def test_a_floor_of_nothing_is_no_floor() -> None:
    """The sale by head count with a floor, at a floor of 0: the known bids and gains."""
    u = np.linspace(0.05, 1.0, 20)
    chance = head_count_chance(10, 0.0)
    assert chance(u) == pytest.approx(supply_chance(10, 7)(u), abs=1e-12)
    assert floor_bids(u, chance, 0.0) == pytest.approx(prize_bids(u, 10, 7), abs=1e-5)
    gain = (u - prize_bids(u, 10, 7)) * chance(u)
    assert expected_gain(u, chance) == pytest.approx(gain, abs=1e-6)


def test_who_shades_above_a_floor_gains_nothing_by_another_bid() -> None:
    """Against rivals of whom some stay away, over all values and bids of a grid."""
    chance, grid = head_count_chance(10, 0.35), np.linspace(0.3501, 1.0, 150)
    bids, won = floor_bids(grid, chance, 0.35), chance(grid)
    hoped = (grid[:, None] - bids[None, :]) * won[None, :]
    assert (hoped.max(axis=1) - np.diag(hoped)).max() < 1e-5


def test_intervals_hold_what_they_should_in_19_of_20_draws() -> None:
    draws = stream(5, "intervals").random((400, 300, 2))
    means = [mean_of(one[:, 0]).holds(0.5) for one in draws]
    shares = [share_of(one[:, 0], one.sum(axis=1)).holds(0.5) for one in draws]
    assert 0.91 <= np.mean(means) <= 0.985
    assert 0.91 <= np.mean(shares) <= 0.985


# --- dummies ---------------------------------------------------------------------------


@pytest.mark.parametrize(("bidders", "enough"), [(10, 4), (19, 8)])
def test_enough_dummies_let_all_win_at_the_floor_and_one_fewer_does_not(
    bidders: int, enough: int, program: Program
) -> None:
    """Four for ten and eight for nineteen; three and seven leave one out."""
    floor = np.zeros((1, bidders))
    for dummies in range(enough + 2):
        sold = sale_arrays.head_count(floor, dummies=dummies)
        assert (sold.sold_t[0] < bidders) == (dummies < enough)
        told = next(
            row for row in program.study.dummies
            if (row.bidders, row.dummies) == (bidders, dummies)
        )  # fmt: skip
        assert (told.sale.revenue == 0) == (dummies >= enough)
        assert min(bidders, told.winning) == sold.sold_t[0]


def test_the_fourth_secret_dummy_of_ten_makes_its_owner_sure(program: Program) -> None:
    """With four it wins at the floor whatever it is worth, so that it gains its value."""
    gain = float(prize_sale(10, 7).buyers_gain) / 10
    assert program.parts.secret_dummies(10, 4) == pytest.approx(0.5 - gain, abs=1e-4)
    assert program.parts.secret_dummies(10, 2) == program.parts.secret_dummies(10, 1) > 0


# --- the game and the hour ----------------------------------------------------------------


def _alone(rule: str, cost: float, bid: Any) -> game.Deviation:
    sale = game.HabitSale(rule, 10, 7, cost)
    played = game.play(sale, [game.Habit("all", bid)], game.draw(11, 10, 12_000, "test"))
    return game.leave(played, np.ones(1))


@pytest.mark.parametrize(
    ("rule", "bid"),
    [
        ("head_count", lambda values: prize_bids(values, 10, 7)),
        ("pay_as_bid", lambda values: prize_bids(values, 10, 7)),
        ("first_rejected", lambda values: values),
        ("lowest_accepted", lambda values: lowest_accepted_bids(values, 10, 7)),
    ],
)
def test_each_rules_equilibrium_leaves_nothing_to_gain_by_any_bid(rule: str, bid: Any) -> None:
    """Dummies cost more than they bring. Twice the interval, since four rules are tried."""
    left = _alone(rule, 0.2, bid).any_bid
    assert left.mean <= 2 * (left.high - left.mean) + 1e-5


def test_truth_by_head_count_and_equilibrium_with_free_dummies_are_left() -> None:
    assert _alone("head_count", 0.2, lambda values: values).any_bid.low > 0.1
    assert _alone("head_count", 0.0, lambda values: prize_bids(values, 10, 7)).any_bid.low > 0.01
    assert _alone("head_count", 0.2, np.zeros_like).any_bid.low > 0.1


def test_what_a_mix_sells_is_what_its_habits_were_paid_for() -> None:
    """The sum of what n bidders gain is worth less revenue, dummies being free."""
    sale = game.HabitSale("head_count", 10, 7, 0.0)
    habits = [
        game.Habit("shaded", lambda values: prize_bids(values, 10, 7)),
        game.Habit("dummy", lambda values: 0.5 * values, 1),
    ]
    drawn = game.draw(12, 10, 8_000, "test")
    played, mix = game.play(sale, habits, drawn), np.array([0.4, 0.6])
    sold, dummies = game.held(played, mix)
    gain = mix @ game.payoffs(played, mix)
    total = sold.gain(drawn.values).sum(axis=1) / 10
    assert mean_of(gain - total).holds(0.0, slack=2)
    assert dummies.mean() == pytest.approx(6.0, abs=0.1)


def test_one_open_bidder_loses_among_late_ones() -> None:
    """The hard close, on the same values, looks and luck."""
    params, gains = SPEC.fill({}), []
    for turn in range(40):
        luck = window.draw_luck(9, 10, turn)
        rooms = ([True] * 10, [False] + [True] * 9)
        gains.append([window.hold(luck, late, params).gains[0] for late in rooms])
    told = np.array(gains)
    assert mean_of(told[:, 1] - told[:, 0]).high < 0


def test_a_room_of_late_bidders_holds_the_sealed_sale() -> None:
    """The same revenue to the fen as the sealed bids, all raises in the last ten seconds."""
    params = SPEC.fill({})
    for turn in range(5):
        luck = window.draw_luck(10, 10, turn)
        hour = window.hold(luck, [True] * 10, params)
        values = np.array(luck.values)[None, :] / window.SCALE
        fen = np.floor(window.SCALE * prize_bids(values, 10, 7))
        sold = sale_arrays.head_count(fen)
        assert hour.revenue == pytest.approx(sold.revenue[0] / window.SCALE, abs=1e-12)
        assert hour.late_raises == hour.raises
        assert max(hour.path[:-1]) == 0


# --- the page ----------------------------------------------------------------------------


def test_intervals_of_a_small_run_hold_the_exact_values(program: Program) -> None:
    """Twice the interval of 95 % for each of some eighty, and nine in ten as they are."""
    pairs = sys.modules["headcount_results"].with_exact(program.study)
    assert len(pairs) > 70
    assert [pair for pair in pairs if not pair[0].holds(pair[1], slack=2)] == []
    assert np.mean([one.holds(value) for one, value in pairs]) > 0.88


def test_equal_masses_cost_no_efficiency_and_unequal_ones_do(program: Program) -> None:
    equal, *others = program.study.masses
    assert equal.efficiency[0].mean == pytest.approx(1.0, abs=1e-9)
    assert all(row.lost.high < 0 for row in others)
    assert all(row.efficiency[1].mean == pytest.approx(1.0, abs=1e-9) for row in others)


def _rows(page: str, heads: str) -> list[list[str]]:
    """The cells of the first table whose head begins so."""
    (block,) = re.findall(rf"^\| {re.escape(heads)}.*\n\|[-|]+\n((?:\|.*\n)+)", page, re.MULTILINE)[
        :1
    ]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in block.splitlines()]


def test_the_exact_numbers_of_the_page_are_the_formulas() -> None:
    """k (n - k)/(n + 1) and k (2n - k + 1)/(2 (n + 1)), the year, dummies, skewed values."""
    for row, n in zip(_rows(PAGE, "bidders | prizes"), SETTINGS, strict=True):
        sale = head_count_sale(n)
        assert row[:3] == [f"{n}", f"{sale.prizes}", f"{float(sale.revenue):.3f}"]
        assert row[-1] == f"{float(sale.truthful_revenue):.3f}"
    skewed = _rows(PAGE.split("With skewed values")[1], "bidders | prizes")
    for row, n in zip(skewed, SETTINGS, strict=True):
        assert row[2] == f"{revenue_of(n, winners(n), SQUARES):.3f}"
    for row in _rows(PAGE, "dummies | winning"):
        ten, nineteen = (head_count_sale(n, int(row[0])) for n in (10, 19))
        assert (row[2], row[4]) == (f"{float(ten.revenue):.3f}", f"{float(nineteen.revenue):.3f}")
    year = [float(row[2]) for row in _rows(PAGE, "rule | tonnes")]
    heads = sum(float(head_count_sale(n).revenue) for n in SETTINGS)
    portions = sum(float(prize_sale(n, 12).revenue) for n in SETTINGS)
    whole = float(prize_sale(sum(SETTINGS), 57).revenue)
    assert year == pytest.approx([heads, portions, whole], abs=5e-4)


def test_the_exact_numbers_of_the_page_are_those_of_the_program(program: Program) -> None:
    """Columns of exact values do not change with the number of draws."""
    for heads, columns in (
        ("bidders | prizes", (0, 1, 2, 7)),
        ("value | gain", (0, 1)),
        ("floor | revenue", (0, 1)),
        ("rule | tonnes", (0, 1, 2, 5)),
        ("dummies | winning", (0, 1, 2, 3, 4)),
    ):
        ours, theirs = (
            [[row[at] for at in columns] for row in _rows(page, heads)]
            for page in (PAGE, program.page)
        )
        assert ours == theirs


def test_the_committed_page_has_the_build_that_the_program_writes(program: Program) -> None:
    """A changed heading, table, row or chart: `make study` writes the page anew."""

    def build(page: str) -> list[str]:
        lines = page.splitlines()
        found = [line for line in lines if line.startswith(("#", "!"))]
        found += [lines[at - 1] for at, line in enumerate(lines) if line.startswith("|---")]
        return [*found, f"{sum(line.startswith('|') for line in lines)} rows"]

    assert build(PAGE) == build(program.page)
    assert {path.name for path in DOCS.glob("headcount-*.svg")} == set(program.charts)


def test_the_same_seed_draws_the_same_charts_of_exact_values(program: Program) -> None:
    drawn = (DOCS / "headcount-dummies.svg").read_text(encoding="utf-8")
    assert drawn == program.charts["headcount-dummies.svg"]
