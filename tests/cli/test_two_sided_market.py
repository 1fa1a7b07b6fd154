"""`permits market` clears a table of orders under every two-sided rule."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from market.mechanisms import find_mechanisms
from scenarios.sales.clear import clear_market

FOUR = """trader,side,mass_t,limit_yuan_per_t,at_s,until_s
B1,buy,10,100,0,
S1,sell,10,40,1,
B2,buy,10,80,2,9
S2,sell,10,70,10,
"""
RULES = sorted(name for name, rule in find_mechanisms().items() if rule.spec.side == "both")


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("orders") / "four.csv"
    path.write_text(FOUR, encoding="utf-8")
    return path


@pytest.mark.parametrize("rule", RULES)
def test_every_two_sided_rule_clears_a_table_of_orders(orders: Path, rule: str) -> None:
    told, _ = clear_market(str(orders), rule)
    assert told["sold_t"] == sum(trade["mass_t"] for trade in told["trades"])
    left = sum(row["mass_t"] for row in told["unfilled"])
    assert left + 2 * told["sold_t"] == 40
    # Rules that clear all at the close, in second 10, do so without B2, who stands until 9.
    whole = find_mechanisms()[rule].spec.heeds_until
    assert told["welfare_yuan"] <= told["max_welfare_yuan"] == (700 if whole else 600)
    gone = [(row["trader"], row["reason"]) for row in told["refused"]]
    assert gone == ([] if whole else [("B2", "expired")])


def test_an_order_past_its_time_is_told_as_expired(
    run_cli: Callable[..., Any], orders: Path
) -> None:
    ran = run_cli("market", "--orders", orders, "--rule", "continuous_double", "--json", "--quiet")
    told = json.loads(ran.out)
    assert [(row["trader"], row["reason"]) for row in told["unfilled"]] == [
        ("B2", "expired"),
        ("S2", "price"),
    ]


def test_an_own_order_that_has_lapsed_hinders_nothing(tmp_path: Path) -> None:
    """B's sale at 70 ends in second 10; its bid at 100 stands from 20 on and A meets it."""
    path = tmp_path / "orders.csv"
    path.write_text(
        "trader,side,mass_t,limit_yuan_per_t,at_s,until_s\n"
        "B,sell,5,70,0,10\nB,buy,5,100,20,\nA,sell,5,90,30,\n"
    )
    told, _ = clear_market(str(path), "continuous_double")
    assert told["trades"] == [
        {"buyer": "B", "seller": "A", "mass_t": 5, "price_yuan_per_t": 100},
    ]
    assert [(row["id"], row["reason"]) for row in told["unfilled"]] == [("1", "expired")]
    assert told["refused"] == []
    listed, _ = clear_market(str(path), "listing")
    assert (listed["sold_t"], listed["refused"]) == (0, []), "A lists after B has come"


def test_a_share_that_is_none_is_refused_in_words(
    run_cli: Callable[..., Any], orders: Path
) -> None:
    ran = run_cli("market", "--orders", orders, "--rule", "call_double", "--param", "k=2",
                  "--quiet", "--lang", "zh")  # fmt: skip
    assert ran.code == 2
    assert "k = 2.0不是0到1之间的数" in ran.err
