"""Experimental sessions: the compiled ones equal the plain ones, and both the literature."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.laboratory.sessions import Rules, Sessions, run_sessions
from market.laboratory.sessions.many_sessions import COMPILED
from market.laboratory.sessions.session_record import REFUSED, STOOD, TRADED
from market.traders import find_traders
from permits.errors import InputError
from permits.rule import load_rule

KINDS = sorted(COMPILED)
GD_VALUES = [[330, 225, 210], [280, 235, 220], [260, 240, 215], [305, 235, 230]]
GD_COSTS = [[190, 235, 250], [140, 245, 260], [210, 230, 255], [165, 235, 240]]
SMITH = [325 - 25 * n for n in range(11)], [75 + 25 * n for n in range(11)]
CLIFF = {
    "A": SMITH,
    "B": (SMITH[0], [200] * 11),
    "C": ([200] * 11, [50] * 6),
    "D": ([320] * 6, [200] * 11),
}
ADAPTIVE = ("zip", "gjerstad_dickhaut", "adaptive_aggressive")
ALL_RULES = [
    {"meeting": meeting, "book": book, "after_trade": after}
    for meeting, book, after in itertools.product(
        ("quotes", "pairs"), ("best", "full"), ("clear", "keep")
    )
]


def same(one: Sessions, other: Sessions) -> bool:
    """Whether two runs are equal quote by quote, trade by trade."""
    return all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("quotes", "trades", "orders", "profits_fen")
    )


def both(*args: Any) -> tuple[Sessions, Sessions]:
    """The same sessions, plain and compiled, with all quotes."""
    plain, compiled = (run_sessions(*args, keep_quotes=True, compiled=c) for c in (False, True))
    return plain, compiled


# --- compiled = plain ----------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_kernel_plays_every_behaviour_under_every_rule_as_the_plain_version(kind: str) -> None:
    for choice in ALL_RULES:
        rules = Rules(400, arrivals=60, periods=2, shifts_fen=(0, 50), **choice)  # type: ignore[arg-type]
        plain, compiled = both(GD_VALUES, GD_COSTS, kind, rules, 2, 7)
        assert same(plain, compiled), choice
    assert len(plain.quotes) or kind == "sniper"


units = st.lists(st.integers(0, 60), min_size=1, max_size=3)


@given(
    values=st.lists(units, min_size=1, max_size=4),
    costs=st.lists(units, min_size=1, max_size=4),
    choice=st.sampled_from(ALL_RULES),
    price_min=st.integers(0, 5),
    shift=st.integers(-20, 20),
    seed=st.integers(0, 9),
    data=st.data(),
)
@settings(max_examples=25)
def test_the_kernel_plays_any_market_as_the_plain_version(
    values: list[list[int]], costs: list[list[int]], choice: dict[str, str], price_min: int,
    shift: int, seed: int, data: st.DataObject,
) -> None:  # fmt: skip
    count = len(values) + len(costs)
    kinds = data.draw(st.lists(st.sampled_from(KINDS), min_size=count, max_size=count))
    rules = Rules(
        70, price_min, periods=2, arrivals=25, shifts_fen=(0, shift), **choice  # type: ignore[arg-type]
    )  # fmt: skip
    plain, compiled = both(values, costs, kinds, rules, 1, seed)
    assert same(plain, compiled)


def test_a_cost_that_a_shift_moves_below_zero_is_quoted_and_refused_in_both() -> None:
    rules = Rules(70, periods=2, arrivals=25, shifts_fen=(0, -10))
    plain, compiled = both([0, 0, 0, 0], [0, 0, 0, 9], "marginal_cost", rules, 1, 0)
    assert same(plain, compiled)
    assert -1 in plain.quote("price_fen")


def test_workers_and_the_number_of_replications_change_no_session() -> None:
    rules = Rules(400, periods=2, arrivals=200)
    kinds = [KINDS[n % len(KINDS)] for n in range(8)]
    alone = run_sessions(GD_VALUES, GD_COSTS, kinds, rules, 6, 3, compiled=True)
    shared = run_sessions(GD_VALUES, GD_COSTS, kinds, rules, 6, 3, compiled=True, workers=2)
    fewer = run_sessions(GD_VALUES, GD_COSTS, kinds, rules, 4, 3, compiled=True)
    assert same(alone, shared)
    assert np.array_equal(fewer.trades, alone.trades[alone.trade("replication") < 4])


# --- what every session keeps ----------------------------------------------------------


@pytest.mark.parametrize("choice", [c for c in ALL_RULES if c["meeting"] == "quotes"])
def test_quotes_meet_as_the_rules_of_the_book_say(choice: dict[str, str]) -> None:
    """Every quote again, through a book of sorted rows (rank, arrival, trader, price)."""
    rules = Rules(400, periods=1, arrivals=150, **choice)  # type: ignore[arg-type]
    found = run_sessions(GD_VALUES, GD_COSTS, "zero_intelligence", rules, 1, 2, keep_quotes=True)
    bids: list[tuple[int, int, int, int]] = []
    asks: list[tuple[int, int, int, int]] = []
    trades = []
    for _, _, arrival, trader, price, became in found.quotes.tolist():
        sign, own, other = (-1, bids, asks) if trader < 4 else (1, asks, bids)
        best = min(other, default=None)
        if best is not None and sign * price <= sign * best[3]:
            assert became == TRADED
            trades.append((arrival, best[3]))
            for side in (bids, asks):
                stay = [row for row in side if row[2] not in (trader, best[2])]
                side[:] = stay if choice["after_trade"] == "keep" else []
        elif choice["book"] == "best" and own and sign * price >= own[0][0]:
            assert became == REFUSED
        else:
            assert became == STOOD
            stay = [row for row in own if choice["book"] == "full" and row[2] != trader]
            own[:] = [*stay, (sign * price, arrival, trader, price)]
    told = zip(found.trade("arrival").tolist(), found.trade("price_fen").tolist(), strict=True)
    assert trades and list(told) == trades


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "zero_intelligence_free"])
def test_nobody_trades_at_a_loss_or_more_than_it_has(kind: str) -> None:
    rules = Rules(400, periods=3, arrivals=150)
    found = run_sessions(GD_VALUES, GD_COSTS, kind, rules, 3, 11, compiled=True)
    price = found.trade("price_fen")
    assert (price <= found.trade("value_fen")).all() and (price >= found.trade("cost_fen")).all()
    assert found.profits_fen.sum() == found.measures.surplus_fen.sum()
    for side in ("buyer", "seller"):
        keys = [found.trade("replication"), found.trade("period"), found.trade(side)]
        _, count = np.unique(np.column_stack(keys), axis=0, return_counts=True)
        assert count.max(initial=0) <= 3
    assert (found.measures.efficiency <= 1).all()


def test_measures_of_a_session_are_those_of_its_trades_by_hand() -> None:
    """A buyer worth 300 and 260, sellers at 200 and 250: equilibrium 250 to 260, 110 to gain."""
    rules = Rules(400, periods=1, arrivals=200)
    found = run_sessions([[300, 260]], [200, 250], "zero_intelligence", rules, 1, 4)
    (stick,) = found.competitive_outcomes
    assert (stick.price_low_fen, stick.price_high_fen, stick.surplus_fen) == (250, 260, 110)
    prices = found.trade("price_fen").tolist()
    assert len(prices) == 2
    m = found.measures
    assert (m.volume[0, 0], m.efficiency[0, 0]) == (2, 1.0)
    assert m.mean_price_fen[0, 0] == sum(prices) / 2
    square = sum((price - 255) ** 2 for price in prices) / 2
    assert m.alpha_percent[0, 0] == pytest.approx(100 * square**0.5 / 255)
    off = found.profits_fen[0, 0] - np.array([50, 55, 5])
    assert m.dispersion_fen[0, 0] == pytest.approx((off**2).mean() ** 0.5)


def test_values_and_costs_may_be_arrays() -> None:
    rules = Rules(400, periods=1, arrivals=50)
    lists = run_sessions(*SMITH, "zero_intelligence", rules, 1, 4)
    arrays = run_sessions(
        np.array(SMITH[0]),
        np.array(SMITH[1])[:, None],
        "zero_intelligence",
        rules,
        1,
        4,  # type: ignore[arg-type]
    )
    assert same(lists, arrays)


def test_a_behaviour_of_one_s_own_is_one_file_with_a_quote(tmp_path: Path) -> None:
    path = tmp_path / "split.py"
    path.write_text(
        """
from permits.rule import Param, Spec
SPEC = Spec(title="Split", title_zh="均分", source="[ModelAssumption]",
            params=(Param("at", 235, "fen", "where"),))

def quote(state, seat, floor, rng):
    return int(state["at"])
""",
        encoding="utf-8",
    )
    rule = load_rule(path)
    assert rule.kind == "trader"
    rules = Rules(400, periods=1, arrivals=50)
    found = run_sessions(GD_VALUES, GD_COSTS, (rule, {"at": 240}), rules, 1, 1)
    assert set(found.trade("price_fen").tolist()) == {240}


def test_every_behaviour_of_the_kernel_is_shipped() -> None:
    shipped = find_traders()
    for name, (_, params) in COMPILED.items():
        assert set(params) <= {param.name for param in shipped[name].spec.params}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"values": []}, "session.empty"),
        ({"values": [10.5]}, "session.units"),
        ({"costs": [[-1]]}, "session.units"),
        ({"costs": [[]]}, "session.units"),
        ({"traders": "no_such"}, "session.behaviour"),
        ({"traders": ["zip"]}, "session.traders"),
        ({"traders": ("zip", {"no_such": 1})}, "rule.param"),
        ({"replications": 0}, "session.number"),
        ({"workers": 0}, "session.number"),
    ],
)
def test_what_cannot_be_played_is_refused_with_a_reason(change: dict[str, Any], code: str) -> None:
    given = {
        "values": [30], "costs": [10], "traders": "zip", "rules": Rules(50),
        "replications": 1, "seed": 1,
    }  # fmt: skip
    with pytest.raises(InputError) as raised:
        run_sessions(**{**given, **change})
    assert raised.value.code == code and str(raised.value)


@pytest.mark.parametrize(
    "change",
    [
        {"meeting": "crowd"}, {"book": "none"}, {"after_trade": "burn"}, {"price_max_fen": 0},
        {"price_min_fen": -1}, {"periods": 0}, {"arrivals": 0}, {"shifts_fen": (1,)},
    ],
)  # fmt: skip
def test_rules_that_are_none_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InputError) as raised:
        replace(Rules(400), **change)
    assert raised.value.code == "session.rule"


# --- what the literature found ---------------------------------------------------------


@pytest.mark.parametrize(
    ("market", "expected"), [("A", 200.1), ("B", 237.6), ("C", 125.7), ("D", 260.4)]
)
def test_where_pairs_meet_zero_intelligence_misses_the_equilibrium(
    market: str, expected: float
) -> None:
    """[CliffBruten1997]: the equilibrium is 200 in all four. 500 days, within 3."""
    values, costs = CLIFF[market]
    rules = Rules(400, periods=1, arrivals=1000, meeting="pairs")
    found = run_sessions(values, costs, "zero_intelligence", rules, 500, 1, compiled=True)
    assert found.trade("price_fen").mean() == pytest.approx(expected, abs=3)


@pytest.mark.parametrize(
    ("market", "price", "efficiency"),
    [("A", 200, 0.96), ("B", 216, 1.0), ("C", 163, 1.0), ("D", 233, 1.0)],
)
def test_with_a_standing_book_the_same_traders_end_elsewhere(
    market: str, price: float, efficiency: float
) -> None:
    """The rule matters more than the trader: same markets, 500 days, standing quotes."""
    values, costs = CLIFF[market]
    rules = Rules(400, 1, periods=1, arrivals=1500)
    found = run_sessions(values, costs, "zero_intelligence", rules, 500, 1, compiled=True)
    assert found.trade("price_fen").mean() == pytest.approx(price, abs=3)
    assert found.measures.efficiency.mean() == pytest.approx(efficiency, abs=0.015)


def test_zero_intelligence_in_the_market_of_gjerstad_and_dickhaut() -> None:
    """[GjerstadDickhaut1998] tables I and II: efficiency 0.967 to 0.968, mean distance from
    2.35 of 0.21 to 0.28 with a clock; 1,200 periods without one fall in 0.95 to 1.00 and 0.15
    to 0.30."""
    rules = Rules(400, periods=1, arrivals=2000)
    found = run_sessions(GD_VALUES, GD_COSTS, "zero_intelligence", rules, 1200, 5, compiled=True)
    assert 0.95 <= found.measures.efficiency.mean() <= 1.0
    assert 15 <= abs(found.trade("price_fen") - 235).mean() <= 30


@pytest.mark.parametrize("market", sorted(CLIFF))
def test_the_budget_makes_zero_intelligence_efficient(market: str) -> None:
    """[GodeSunder1993] table 2: 96 to 100 % with a budget in five markets (mean 98.7),
    48.8 to 90 % without. Six periods, 400 sessions."""
    values, costs = CLIFF[market]
    rules = Rules(200 if market == "A" else 400, 1, periods=6, arrivals=600)
    values, costs = ([v // 2 for v in values], [c // 2 for c in costs]) if market == "A" else (
        values, costs
    )  # fmt: skip
    mean = {
        kind: run_sessions(
            values, costs, kind, rules, 400, 8, compiled=True
        ).measures.efficiency.mean()
        for kind in ("zero_intelligence", "zero_intelligence_free")
    }
    assert 0.96 <= mean["zero_intelligence"] <= 1.0
    assert mean["zero_intelligence_free"] <= mean["zero_intelligence"]
    if market in "AB":  # elsewhere every unit of the short side gains whoever trades it
        assert mean["zero_intelligence_free"] < 0.9


@pytest.mark.parametrize("kind", ADAPTIVE)
def test_traders_who_learn_end_at_smith_s_equilibrium(kind: str) -> None:
    """[Smith1962] test 1: people ended with alpha 3.5 % and a mean price of 2.03. Here alpha
    under 6 % and the mean within 0.05 of 2.00 in the fifth period, 60 sessions."""
    rules = Rules(400, periods=5, arrivals=1500)
    found = run_sessions(*SMITH, kind, rules, 60, 3, compiled=True)
    assert found.measures.alpha_percent[:, -1].mean() < 6
    assert found.measures.mean_price_fen[:, -1].mean() == pytest.approx(200, abs=5)
    assert found.measures.volume[:, -1].mean() == pytest.approx(6, abs=0.5)


def test_beliefs_find_the_equilibrium_and_follow_it() -> None:
    """[GjerstadDickhaut1998] tables I and II: efficiency at least 0.99 (theirs 0.9991), last
    distance at most 0.06 (theirs 0.040); after all values and costs rise by 0.50 the price is
    near 2.85 within two periods. 60 sessions."""
    rules = Rules(400, periods=8, arrivals=600, shifts_fen=(0,) * 5 + (50,) * 3)
    found = run_sessions(GD_VALUES, GD_COSTS, "gjerstad_dickhaut", rules, 60, 5, compiled=True)
    assert found.measures.efficiency[:, :5].mean() >= 0.99
    price, period = found.trade("price_fen"), found.trade("period")
    assert abs(price[period == 4] - 235).mean() <= 6
    assert price[period == 6].mean() == pytest.approx(285, abs=5)
    zero = run_sessions(GD_VALUES, GD_COSTS, "zero_intelligence", rules, 60, 5, compiled=True)
    assert found.measures.efficiency.mean() > zero.measures.efficiency.mean()


@pytest.mark.parametrize("market", ["B", "C", "D"])
def test_margins_that_learn_come_nearer_than_zero_intelligence(market: str) -> None:
    """[CliffBruten1997]: near 200 after 30 days, where ZI-C is not. 20 sessions."""
    values, costs = CLIFF[market]
    rules = Rules(400, 1, periods=30, arrivals=600)
    off = {
        kind: abs(
            run_sessions(values, costs, kind, rules, 20, 2, compiled=True)
            .measures.mean_price_fen[:, -1].mean() - 200
        )
        for kind in ("zip", "zero_intelligence")
    }  # fmt: skip
    assert off["zip"] < 5 < off["zero_intelligence"]


def test_margins_that_learn_spread_less_where_zero_intelligence_is_right_on_average() -> None:
    """[CliffBruten1997] market A, tenth day, 20 sessions."""
    rules = Rules(400, 1, periods=10, arrivals=600)
    alpha = {
        kind: run_sessions(*SMITH, kind, rules, 20, 2, compiled=True)
        .measures.alpha_percent[:, -1].mean()
        for kind in ("zip", "zero_intelligence")
    }  # fmt: skip
    assert alpha["zip"] < alpha["zero_intelligence"] / 3


def test_zero_intelligence_is_efficient_but_volatile_and_loses_by_extra_marginal_trades() -> None:
    """[RustEtAl1994] tables 4.2 to 4.4: 97 % of surplus, far more volatile prices, most losses
    from units that should not have been traded. 200 sessions of three periods."""
    rules = Rules(400, periods=3, arrivals=1000)
    zero = run_sessions(*SMITH, "zero_intelligence", rules, 200, 1, compiled=True)
    learn = run_sessions(*SMITH, "gjerstad_dickhaut", rules, 20, 1, compiled=True)
    assert zero.measures.efficiency.mean() == pytest.approx(0.97, abs=0.02)
    last = [found.measures.alpha_percent[:, -1].mean() for found in (zero, learn)]
    assert last[0] > 2 * last[1]
    wrong = np.maximum(0, 200 - zero.trade("value_fen")) + np.maximum(
        0, zero.trade("cost_fen") - 200
    )
    lost = 750 * 600 - zero.measures.surplus_fen.sum()
    assert wrong.sum() > lost / 2


def test_a_sniper_thrives_among_others_and_starves_among_its_like() -> None:
    """[RustEtAl1994]: the winner of the tournament lives on the others' haggling. The same
    seat with and without it, 200 sessions."""
    rules = Rules(400, periods=3, arrivals=400)
    zero = ["zero_intelligence"] * 7
    alone = run_sessions(GD_VALUES, GD_COSTS, ["sniper", *zero], rules, 200, 1, compiled=True)
    none = run_sessions(GD_VALUES, GD_COSTS, "zero_intelligence", rules, 200, 1, compiled=True)
    all_ = run_sessions(GD_VALUES, GD_COSTS, "sniper", rules, 5, 1, compiled=True)
    assert alone.profits_fen[:, :, 0].mean() > none.profits_fen[:, :, 0].mean()
    assert len(all_.trades) == 0


def test_beliefs_and_aggressiveness_beat_margins_that_learn() -> None:
    """[TesauroDas2001] for GD, [VytelingumCliffJennings2008] for AA, each mixed with ZIP on both
    sides, seats changed: 60 sessions each way."""
    rules = Rules(400, periods=5, arrivals=400)
    for rival in ("gjerstad_dickhaut", "adaptive_aggressive"):
        gains = dict.fromkeys((rival, "zip"), 0.0)
        for pair in ((rival, "zip"), ("zip", rival)):
            kinds = list(pair) * 4
            found = run_sessions(GD_VALUES, GD_COSTS, kinds, rules, 60, 1, compiled=True)
            for kind, profit in zip(kinds, found.profits_fen.mean(axis=(0, 1)), strict=True):
                gains[kind] += float(profit)
        assert gains[rival] > gains["zip"]


@pytest.mark.slow
def test_a_behaviour_for_sessions_alone_is_refused_in_a_simulated_year(
    run_cli: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "only_quotes.py").write_text(
        'from permits.rule import Spec\nSPEC = Spec("T", "题", "[ModelAssumption]")\n'
        "def quote(state, seat, floor, rng):\n    return 1\n",
        encoding="utf-8",
    )
    chosen = ("--set", "traders.default=only_quotes", "--plugins", tmp_path)
    ran = run_cli("run", "classroom-two-firms", *chosen)
    assert ran.code == 2
    assert "acts in experimental sessions only" in ran.err and "decide" in ran.err
