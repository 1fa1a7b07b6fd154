"""A sealed sale of packages: exact, conserving, and held to enumeration."""

from __future__ import annotations

import random
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

import market.clearing.packages
from market.clearing.clearing import Unfilled
from market.clearing.packages import (
    PackageBid,
    PackageSale,
    check_packages,
    clear_packages,
    either_or,
    package,
)
from permits.errors import InputError

T = 10**9


def _bid(name: str, *packages: tuple[int, int, int], seq: int = 0) -> PackageBid:
    """Packages as (t of 2004, t of 2005, yuan)."""
    found = tuple(package({"2004": a * T, "2005": b * T}, yuan * 100) for a, b, yuan in packages)
    return PackageBid(name, f"B{name}", found, seq)


def _sell(bids: list[PackageBid], a: int, b: int, **asked: object) -> PackageSale:
    supply = {"2004": a * T, "2005": b * T}
    sale = clear_packages(bids, supply, **asked)  # type: ignore[arg-type]
    check_packages(bids, supply, sale)
    return sale


def _won(sale: PackageSale) -> list[tuple[str, int]]:
    return [(a.bid.id, a.bid.packages.index(a.package)) for a in sale.awards]


def test_a_package_beats_two_bids_that_together_pay_less() -> None:
    """4 t of each vintage: 60 for all 4 + 4; 25 for 4 of 2004, 30 for 4 of 2005: the package;
    with 36 for the latter the two."""
    whole, first = _bid("w", (4, 4, 60)), _bid("f", (4, 0, 25), seq=1)
    assert _won(_sell([whole, first, _bid("s", (0, 4, 30), seq=2)], 4, 4)) == [("w", 0)]
    two = _sell([whole, first, _bid("s", (0, 4, 36), seq=2)], 4, 4)
    assert _won(two) == [("f", 0), ("s", 0)]
    assert two.revenue_fen == 61_00


def test_one_package_of_a_bid_wins_at_most_and_losers_are_told_why() -> None:
    greedy = _bid("g", (2, 0, 50), (0, 2, 49))
    sale = _sell(
        [greedy, _bid("low", (1, 0, 9), seq=1), _bid("big", (9, 0, 99), seq=2),
         _bid("next", (2, 0, 20), seq=3), _bid("late", (0, 3, 31), seq=4)],
        2, 3, reserve_fen_per_t={"2004": 10_00, "2005": 10_00},
    )  # fmt: skip
    assert _won(sale) == [("g", 0), ("late", 0)]
    assert {bid.id: reason for bid, reason in sale.losers} == {
        "low": Unfilled.RESERVE, "big": Unfilled.SUPPLY, "next": Unfilled.PRICE,
    }  # fmt: skip


def test_equal_money_goes_to_the_earlier_bid() -> None:
    bids = [_bid("b", (3, 0, 30), seq=2), _bid("a", (3, 0, 30), seq=1), _bid("c", (3, 0, 30))]
    assert _won(_sell(bids, 6, 0)) == [("c", 0), ("a", 0)]


def test_either_vintage_or_any_mixture_of_the_two() -> None:
    """(100 for 10 t of 2004 | 90 for 20 t of 2005) by tenths: 4 t and 12 t for 400 + 1080 is
    one of its 65 mixtures."""
    bid = either_or("x", "X", ("2004", 10 * T, 100_00), ("2005", 20 * T, 90_00), seq=0, parts=10)
    assert len(bid.packages) == 65
    assert package({"2004": 4 * T, "2005": 12 * T}, 1480_00) in bid.packages
    assert package({"2004": 5 * T, "2005": 12 * T}, 1580_00) not in bid.packages
    sale = _sell([bid, _bid("y", (6, 8, 1600), seq=1)], 10, 20)
    assert sale.revenue_fen == 1600_00 + 1480_00


def test_too_many_choices_are_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market.clearing.packages, "MOST_STATES", 2)
    with pytest.raises(InputError, match="more than 2 choices"):
        _sell([_bid(f"{n}", (n + 1, 0, 1), seq=n) for n in range(3)], 9, 9)


packages = st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 9))
bids = st.lists(st.lists(packages, max_size=3), max_size=5).map(
    lambda rows: [_bid(f"{n}", *row, seq=n % 3) for n, row in enumerate(rows)]
)


@given(bids, st.integers(0, 6), st.integers(0, 6), st.integers(0, 2), st.integers(0, 99))
def test_no_choice_of_packages_brings_more(
    bids: list[PackageBid], a: int, b: int, floor: int, seed: int
) -> None:
    """Against all choices, one by one; and bids may come in any order."""
    reserve = {"2004": floor * 100, "2005": floor * 100}
    sale = _sell(bids, a, b, reserve_fen_per_t=reserve)
    most = 0
    for choice in product(*([None, *bid.packages] for bid in bids)):
        taken = [one for one in choice if one is not None]
        masses = [dict(one.masses_mg) for one in taken]
        used = [sum(mass.get(p, 0) for mass in masses) for p in ("2004", "2005")]
        dear = all(
            one.money_fen >= sum(mass.values()) // T * floor * 100
            for one, mass in zip(taken, masses, strict=True)
        )
        if used[0] <= a * T and used[1] <= b * T and dear:
            most = max(most, sum(one.money_fen for one in taken))
    assert sale.revenue_fen == most
    shuffled = list(bids)
    random.Random(seed).shuffle(shuffled)
    assert _sell(shuffled, a, b, reserve_fen_per_t=reserve) == sale
