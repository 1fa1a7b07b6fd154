"""The most that purchases can cost, and what a budget can afford, to the fen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from market.clearing.clearing import trade_money_fen
from market.clearing.order import Order
from permits.quantity import MG_PER_T, parse_fen
from permits.rule import Param

BUDGET = Param("budget_yuan", "", "yuan", "highest total expenditure; empty: no limit")


class _Bid(Protocol):
    @property
    def mass_mg(self) -> int: ...

    @property
    def limit_fen_per_t(self) -> int: ...


def most_fen(bids: Iterable[_Bid], years: int) -> int:
    """The most that purchases cost: each is filled whole, at its limit, in one trade [fen].

    A bid below zero costs nothing, and pays for no other.
    """
    return sum(trade_money_fen(b.mass_mg, max(0, b.limit_fen_per_t), years) for b in bids)


def enough_fen(mass_mg: int, price_fen_per_t: int, years: int) -> int:
    """The least money that affords a mass: what it is worth, rounded up [fen].

    Above `most_fen` by a fen at most, so that a bid never needs more than was counted.
    """
    return -(-mass_mg * price_fen_per_t * years // MG_PER_T)


def budget_fen(given: Any) -> int | None:
    """The budget as written, in whole fen; `None` where there is none."""
    return None if given == "" or given is None else parse_fen(given, where="budget_yuan")


def affordable_mg(budget_fen: int, price_fen_per_t: int, years: int) -> int | None:
    """The greatest mass worth at most `budget_fen`, before money is rounded [mg].

    `None`: any mass, at a price of zero or less.

    Args:
        budget_fen: money left [fen].
        price_fen_per_t: price of one vintage [fen/t].
        years: vintages sold as one.
    """
    if price_fen_per_t <= 0:
        return None
    return max(0, budget_fen) * MG_PER_T // (price_fen_per_t * years)


def dearest_price_fen(budget_fen: int | None, mass_mg: int, years: int) -> int | None:
    """The highest whole price at which a mass is worth at most the budget [fen/t].

    `None`: no budget, or nothing to pay for.

    Args:
        budget_fen: money left [fen]; `None`: no budget.
        mass_mg: mass of each vintage [mg].
        years: vintages sold as one.
    """
    if budget_fen is None or mass_mg <= 0:
        return None
    return max(0, budget_fen) * MG_PER_T // (mass_mg * years)


def within_budget(
    orders: Iterable[Order],
    filled: Mapping[str, int],
    price_of: Mapping[str, int],
    budget: int | None,
    years: int,
) -> tuple[dict[str, int], int | None]:
    """Masses cut, order by order, to what is left of the budget.

    Money is rounded trade by trade, so many trades can cost a few fen more than their
    sum; the last of them gives way.

    Args:
        orders: in the order in which they are paid.
        filled: mass by order id [mg].
        price_of: price by order id [fen/t].
        budget: money left [fen]; `None`: no limit.
        years: vintages sold as one.
    Returns: mass by order id without those that get nothing, and what is left [fen].
    """
    kept: dict[str, int] = {}
    for order in orders:
        mass, price = filled.get(order.id, 0), price_of[order.id]
        if budget is not None:
            most = affordable_mg(budget, price, years)
            mass = mass if most is None else min(mass, most)
            budget -= trade_money_fen(mass, price, years)
        if mass:
            kept[order.id] = mass
    return kept, budget
