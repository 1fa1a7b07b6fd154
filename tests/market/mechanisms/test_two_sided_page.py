"""The page on two-sided rules says what the rules do: its tables are recomputed."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from market.clearing.clearing import Clearing
from market.clearing.order import Book, Order, Side
from market.laboratory.equilibrium import max_welfare_fen, welfare_fen
from market.mechanisms import find_mechanisms, run_session
from permits.quantity import fmt_t, fmt_yuan
from permits.rng import stream
from scenarios.definition.load import load_scenario
from scenarios.runner import year_of

PAGE = (Path(__file__).parents[3] / "docs" / "mechanisms-two-sided.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## `?([^`\n]+)`?\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
TWO_SIDED = {name: r for name, r in find_mechanisms().items() if r.spec.side == "both"}
CLAIMS = ("budget_balance", "individual_rationality", "efficient", "truthful_one_unit", "truthful")
T = 10**9


def _rows(text: str) -> list[list[str]]:
    """The cells of a text's tables, without heads and rules."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    rules = [n for n, row in enumerate(cells) if row[0].startswith("---")]
    return [row for n, row in enumerate(cells) if n not in rules and n + 1 not in rules]


def _four() -> Book:
    orders = tuple(
        Order(seq, who, Side(side), "P", int(mass) * T, int(limit) * 100, int(seq))
        for seq, who, side, mass, limit in _rows(SECTIONS["The four orders"])
    )
    assert len(orders) == 4
    return Book("P", orders)


def _trades(clearing: Clearing) -> list[list[str | None]]:
    return sorted(
        [t.buyer, t.seller, fmt_t(t.mass_mg), fmt_yuan(t.price_fen_per_t),
         fmt_yuan(t.seller_price_fen_per_t)]
        for t in clearing.trades
    )  # fmt: skip


def test_every_two_sided_rule_has_its_section() -> None:
    assert set(TWO_SIDED) <= set(SECTIONS)


@pytest.mark.parametrize("name", sorted(TWO_SIDED))
def test_the_four_orders_trade_as_the_page_says(name: str) -> None:
    """Where a lot decides, some lot gives what the page tells of."""
    told = _rows(SECTIONS[name])
    by_lot = name in ("muda", "bilateral")
    found = [
        _trades(run_session(TWO_SIDED[name], _four(), rng=stream(draw, "page")))
        for draw in range(60 if by_lot else 1)
    ]
    assert told in found


def test_what_the_four_orders_are_worth_and_what_mcafee_keeps() -> None:
    clearing = run_session(TWO_SIDED["mcafee"], _four(), rng=stream(0, "page"))
    assert max_welfare_fen(_four(), "both") == 700_00
    assert (welfare_fen(clearing), clearing.surplus_fen) == (600_00, 100_00)


def test_the_table_of_properties_is_what_the_rules_claim() -> None:
    told = {
        row[0]: {claim for claim, mark in zip(CLAIMS, row[1:], strict=True) if mark == "✓"}
        for row in _rows(PAGE.split("## The four orders")[0])
    }
    claimed = {f"`{name}`": set(rule.spec.claims) for name, rule in TWO_SIDED.items()}
    claimed["`muda` (lottery)"] = claimed.pop("`muda`")
    (vickrey,) = TWO_SIDED["muda"].spec.variants
    claimed["`muda` (vickrey)"] = set(vickrey.claims)
    assert told == claimed


def test_the_classroom_s_year_comes_out_as_the_page_says() -> None:
    for cell, traded, efficiency in _rows(SECTIONS["In the simulated year"]):
        settings = [f"session.0.rule={cell.strip('`')}"]
        world, verdict = year_of(load_scenario("classroom-two-firms", settings))
        mass = sum(row[6] for row in world.books.tables["trades"])
        assert (cell, round(Decimal(fmt_t(mass)), 1)) == (cell, Decimal(traded))
        assert verdict.efficiency is not None
        assert abs(verdict.efficiency - float(efficiency)) < 0.0006, cell
