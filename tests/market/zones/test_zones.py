"""Zones, rivers and receptors: where a tonne is emitted matters, and nothing is lost on the way."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import nnls

from market import settle
from market.zones.ratios import Ratios
from market.zones.receptors import Receptors, find_hot_spots
from market.zones.replacement import RULES, acquire_mg, split_acquired
from market.zones.river import Reach, River
from market.zones.sequential import Settled, Zone, trade_in_turn
from permits.account import cash, escrow, holding, issued, retired
from permits.errors import InputError, NotAllowed
from permits.ledger import Entry, Ledger, Reason, move
from permits.right import YUAN, Right

T = 10**9
LIMITS = {"up": 20, "mid": 25, "low": 22}
RIVER = River(
    (
        Reach("up", 20 * T, "mid", Fraction(6, 10)),
        Reach("mid", 25 * T, "low", Fraction(5, 10)),
        Reach("low", 22 * T),
    )
)
BASE_T, SLOPE = {"up": 60, "mid": 50, "low": 40}, {"up": 1, "mid": 2, "low": 10}


def _zones(river: River, base_t: dict[str, int], slope: dict[str, int]) -> list[Zone]:
    caps = river.caps().cap_mg
    return [Zone(n, base_t[n] * T, caps[n], Fraction(slope[n])) for n in base_t]


def _least_cost(river: River, zones: list[Zone]) -> float:
    """The plan that keeps every limit at least cost, as a least-distance problem solved by
    non-negative least squares (Lawson and Hanson 1974, ch. 23)."""
    worth = river.ratios()
    names = [zone.name for zone in zones]
    passes = np.array([[float(worth.ratio(a, b)) for a in names] for b in names])
    base = np.array([zone.base_mg / T for zone in zones])
    root = np.sqrt([float(zone.slope) for zone in zones])
    limit = np.array([next(r.limit_mg for r in river.reaches if r.zone == n) / T for n in names])
    one = np.eye(len(names))
    rows = np.vstack([passes, one, -one]) / root  # limits, at least nothing, at most all
    least = np.concatenate([passes @ base - limit, np.zeros(len(names)), -base])
    system = np.vstack([rows.T, least])
    weights, _ = nnls(system, np.append(np.zeros(len(names)), 1.0))
    off = system @ weights - np.append(np.zeros(len(names)), 1.0)
    spent = -off[:-1] / off[-1]
    return float(0.5 * (spent**2).sum())


def test_zonal_caps_leave_what_the_limits_upstream_leave() -> None:
    """Limits of 20, 25, 22 t, 0.6 and 0.5 passed on: caps of 20, 13 and 9.5 t [HungShaw2005]."""
    caps = RIVER.caps()
    assert caps.cap_mg == {"up": 20 * T, "mid": 13 * T, "low": 9_500_000_000}
    assert caps.sound
    assert RIVER.ratios().ratio("up", "low") == Fraction(3, 10)


def test_zones_trading_pair_by_pair_reach_least_cost() -> None:
    """Abatement 58.095, 48.413, 19.365 t at 58.095, 96.825, 193.651 yuan/t, each the ratio times
    the next one down; cost 5,906.35, central plan and market alike; 6,820.25 without trade
    [HungShaw2005] (numbers computed)."""
    zones = _zones(RIVER, BASE_T, SLOPE)
    settled = trade_in_turn(zones, RIVER.ratios())
    abated = [settled.abated_mg[name] / T for name in BASE_T]
    assert abated == pytest.approx([58.095, 48.413, 19.365], abs=1e-3)
    prices = [SLOPE[name] * abated[n] for n, name in enumerate(BASE_T)]
    assert prices == pytest.approx([58.095, 96.825, 193.651], abs=2e-3)
    assert prices[0] == pytest.approx(0.6 * prices[1], rel=1e-6)
    assert prices[1] == pytest.approx(0.5 * prices[2], rel=1e-6)
    assert settled.cost_yuan(zones) == pytest.approx(5906.35, abs=5e-3)
    assert settled.cost_yuan(zones) == pytest.approx(_least_cost(RIVER, zones), rel=1e-6)
    alone = Settled({z.name: z.rights_mg for z in zones},
                    {z.name: z.base_mg - z.rights_mg for z in zones}, {}, 0)  # fmt: skip
    assert alone.cost_yuan(zones) == pytest.approx(6820.25, abs=5e-3)


def test_after_trade_no_limit_along_the_river_is_passed() -> None:
    zones = _zones(RIVER, BASE_T, SLOPE)
    settled = trade_in_turn(zones, RIVER.ratios())
    emitted = {z.name: z.base_mg - settled.abated_mg[z.name] for z in zones}
    loads = RIVER.loads_mg(emitted)
    assert all(loads[reach.zone] <= reach.limit_mg for reach in RIVER.reaches)


@given(
    st.lists(st.integers(1, 9), min_size=2, max_size=4),
    st.lists(st.integers(2, 9), min_size=4, max_size=4),
    st.lists(st.integers(1, 9), min_size=4, max_size=4),
)
def test_on_any_unbranched_river_without_a_critical_zone_the_market_reaches_least_cost(
    passes: list[int], limits: list[int], slopes: list[int]
) -> None:
    names = [f"z{n}" for n in range(len(passes))]
    # Each limit is raised by what arrives, so that no zone is critical.
    limit, arrives = [], 0
    for n, share in enumerate(passes):
        limit.append(limits[n] * T + arrives)
        arrives = limit[-1] * share // 10
    river = River(
        tuple(
            Reach(name, limit[n], names[n + 1] if n + 1 < len(names) else None,
                  Fraction(passes[n], 10))
            for n, name in enumerate(names)
        )
    )  # fmt: skip
    zones = _zones(river, dict.fromkeys(names, 20), dict(zip(names, slopes, strict=False)))
    assert river.caps().sound
    settled = trade_in_turn(zones, river.ratios())
    assert settled.cost_yuan(zones) == pytest.approx(_least_cost(river, zones), rel=1e-4)


def test_a_critical_zone_below_two_branches_is_told_and_the_rule_misses_least_cost() -> None:
    """Two branches of 30 t each flow into a zone whose limit of 20 t does not even carry them:
    its cap would be -40 t, which is told as it is. However the upstream limits are lowered
    in proportion, the market stays dearer than least cost [KonishiEtAl2015]."""
    river = River((Reach("a", 30 * T, "c"), Reach("b", 30 * T, "c"), Reach("c", 20 * T)))
    caps = river.caps()
    assert caps.cap_mg["c"] == -40 * T
    assert caps.critical == ("c",)
    assert not caps.sound
    lowered = River((Reach("a", 10 * T, "c"), Reach("b", 10 * T, "c"), Reach("c", 20 * T)))
    base, slope = {"a": 60, "b": 60, "c": 5}, {"a": 1, "b": 9, "c": 50}
    zones = _zones(lowered, base, slope)
    assert lowered.caps().sound
    market = trade_in_turn(zones, lowered.ratios()).cost_yuan(zones)
    assert market > 1.05 * _least_cost(river, zones)


def test_rivers_that_run_in_circles_or_nowhere_are_refused() -> None:
    with pytest.raises(InputError, match="flows back into itself"):
        River((Reach("a", 1, "b"), Reach("b", 1, "a")))
    with pytest.raises(InputError, match="which is not a zone"):
        River((Reach("a", 1, "sea"),))


def test_rights_are_worth_nothing_upstream() -> None:
    with pytest.raises(NotAllowed, match="worth nothing"):
        RIVER.ratios().exchange("low", "up", T)
    with pytest.raises(InputError, match="is not valid"):
        Ratios(("a",), {("a", "b"): Fraction(1)})


@given(st.integers(1, 10**15), st.fractions(Fraction(1, 100), Fraction(3)))
def test_an_exchange_never_issues_more_than_its_ratio(given_mg: int, ratio: Fraction) -> None:
    ratios = Ratios(("a", "b"), {("a", "b"): ratio})
    exchange = ratios.exchange("a", "b", given_mg)
    assert exchange.received_mg <= ratio * given_mg < exchange.received_mg + 1
    least = ratios.given_for("a", "b", max(1, exchange.received_mg))
    assert ratio * least >= max(1, exchange.received_mg) > ratio * (least - 1)


def test_each_zone_balances_by_itself_after_an_exchange() -> None:
    up, mid = Right("COD", "up", 2024), Right("COD", "mid", 2024)
    ledger, on = Ledger(), date(2024, 1, 1)
    ledger.post(Entry("o", on, Reason.ISSUE, move(issued("city:X"), escrow("F1"), up, 10 * T)))
    ledger.post(Entry("m", on, Reason.ISSUE, move(issued("world"), escrow("F2"), YUAN, 500)))
    exchange = RIVER.ratios().exchange("up", "mid", 10 * T)
    entry = settle.settle_exchange(
        exchange, up, mid, seller="F1", buyer="F2", government="city:X", money_fen=500,
        session="s", number=0, on=on, why="[HungShaw2005]",
    )  # fmt: skip
    ledger.post(entry)
    assert ledger.balance(retired("F1"), up) == 10 * T
    assert ledger.balance(holding("F2"), mid) == 6 * T
    assert ledger.balance(issued("city:X"), mid) == -6 * T
    assert ledger.balance(cash("F1"), YUAN) == 500


# --- replacement -------------------------------------------------------------------------------


@given(st.integers(0, 10**15), st.sampled_from([Fraction(n, 10) for n in (10, 12, 15, 20)]))
def test_replacement_covers_the_need_and_books_what_retires(need: int, ratio: Fraction) -> None:
    acquired = acquire_mg(need, ratio)
    usable, retires = split_acquired(acquired, ratio)
    assert usable >= need > usable - 1 or need == usable
    assert usable + retires == acquired


def test_a_dye_works_of_jiaxing_buys_one_and_a_half_for_one() -> None:
    """Buy 1.5 t, own 1.0 t, 0.5 t retired as reduction [ZJ-C2]."""
    rule = next(rule for rule in RULES if "dyeing" in rule.what)
    assert acquire_mg(T, rule.ratio) == 3 * T // 2
    assert split_acquired(3 * T // 2, rule.ratio) == (T, T // 2)
    assert all(rule.status in ("published", "assumed") for rule in RULES)


# --- receptors ---------------------------------------------------------------------------------

PLACES = Receptors(
    {("school", "s1"): Fraction(9, 10), ("school", "s2"): Fraction(1, 10),
     ("lake", "s1"): Fraction(1, 10), ("lake", "s2"): Fraction(5, 10)},
    {"school": Fraction(10 * T), "lake": Fraction(10 * T)},
)  # fmt: skip


def test_a_hot_spot_that_trade_made_is_found_with_whose_emission_rose() -> None:
    """Ten tonnes moved from s2 to s1: the total stays, the school is above its limit."""
    before, after = {"s1": 10 * T, "s2": 10 * T}, {"s1": 20 * T, "s2": 0}
    (spot,) = find_hot_spots(PLACES, before, after)
    assert (spot.receptor, spot.made_by_trade) == ("school", True)
    assert (spot.before, spot.after) == (10 * T, 18 * T)
    assert spot.by_source == (("s1", Fraction(9 * T)),)
    assert find_hot_spots(PLACES, before, before) == ()


def test_room_at_every_receptor_has_its_price() -> None:
    price = {"school": Fraction(100), "lake": Fraction(20)}
    assert PLACES.cost_of_room("s1", price) == 92
    assert PLACES.cost_of_room("s2", price) == 20
    with pytest.raises(InputError, match="has no limit"):
        Receptors({("hill", "s1"): Fraction(1)}, {})
