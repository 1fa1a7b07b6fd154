"""A large sale by columns: the bids of one product as arrays, and its outcome as arrays.

A rule may clear columns beside its `clear` on a book of orders, which stays the reference: both
give the same. Orders, trades and fills of 300,000 bids take several seconds to make and
to sort, whatever the rule does with them; arrays take less than one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.random import Generator

from market.clearing.clearing import Tie, Unfilled
from market.clearing.matching import share_out
from permits.quantity import MG_PER_T

IntArray: TypeAlias = "np.ndarray[Any, np.dtype[np.int64]]"
BoolArray: TypeAlias = "np.ndarray[Any, np.dtype[np.bool_]]"
REASONS = tuple(Unfilled)
"""The reason that each code of a `ColumnClearing` stands for."""
MOST = 2**62  # half of what 64 bits hold: room for the sum of two such numbers
MOST_PRICE_FEN = 9 * 10**9  # times a mass below a tonne, in mg, it fits 64 bits


@dataclass(frozen=True, slots=True, eq=False)
class BidColumns:
    """Purchases of one product in order of arrival, with the government's own offer.

    `supply_mg`, `reserve_fen_per_t` and `years` have the same meaning as in a `Book`.
    """

    bidder: Sequence[str]  # (N,)
    mass_mg: IntArray  # (N,) > 0
    limit_fen_per_t: IntArray  # (N,) > 0
    at_s: IntArray  # (N,) seconds after the session opened
    supply_mg: int | None = None
    reserve_fen_per_t: int | None = None
    years: int = 1

    @property
    def exact(self) -> bool:
        """Whether every sum of masses and of money fits 64 bits."""
        total_mg = float(self.mass_mg.sum(dtype=np.float64)) * self.years
        price = max(int(self.limit_fen_per_t.max(initial=0)), self.reserve_fen_per_t or 0)
        # Each bid is rounded up by at most one fen.
        money_fen = total_mg / MG_PER_T * price + len(self.mass_mg)
        return total_mg < MOST and price <= MOST_PRICE_FEN and money_fen < MOST


@dataclass(frozen=True, slots=True, eq=False)
class ColumnClearing:
    """The outcome of a sale by columns; entry n of each array is of bid n.

    `price_fen_per_t` is `None` where winners paid several prices, or nothing was sold.
    """

    price_fen_per_t: int | None
    filled_mg: IntArray  # (N,) 0: nothing
    paid_fen_per_t: IntArray  # (N,) where filled: its price
    money_fen: IntArray  # (N,)
    reason: IntArray  # (N,) where something is left: place in REASONS
    unsold_mg: int
    ties: tuple[Tie, ...] = ()


def ranked(book: BidColumns, able: BoolArray) -> IntArray:
    """The places of the able bids, best first: highest limit, then arrival."""
    places = np.flatnonzero(able)
    return places[np.argsort(-book.limit_fen_per_t[places], kind="stable")]


def ration_columns(
    book: BidColumns, best_first: IntArray, tie: str, rng: Generator
) -> tuple[IntArray, Tie | None]:
    """Fill bids, best first, until the supply is gone, as `matching.ration` does.

    Args:
        book: the bids and the supply.
        best_first: (M,) places of those that may be filled, of `ranked`.
        tie: `seq`, `pro_rata` or `random`.
        rng: random stream of the tie-breaking lottery.
    Returns: (N,) the mass of each bid, and the tie.
    """
    filled = np.zeros(len(book.mass_mg), dtype=np.int64)
    mass, limit = book.mass_mg[best_first], book.limit_fen_per_t[best_first]
    reached = np.cumsum(mass)
    total = int(reached[-1]) if len(reached) else 0
    supply = min(book.supply_mg or 0, total)
    if supply == total:
        filled[best_first] = mass
        return filled, None
    over = int(np.searchsorted(reached, supply, side="right"))  # the first that does not fit
    begin, end = np.searchsorted(-limit, [-limit[over], -limit[over] + 1]).tolist()
    filled[best_first[:begin]] = mass[:begin]
    left = supply - (int(reached[begin - 1]) if begin else 0)
    if not left:
        return filled, None
    filled[best_first[begin:end]] = share_out(mass[begin:end].tolist(), left, tie, rng)
    if end - begin < 2:
        return filled, None
    wanted = int(mass[begin:end].sum())
    return filled, Tie(int(limit[over]), end - begin, wanted, left, tie)


def reason_codes(cases: Sequence[tuple[BoolArray, Unfilled]], other: Unfilled) -> IntArray:
    """(N,) the place in REASONS of the first case that holds, else of `other`."""
    codes = [np.int64(REASONS.index(reason)) for _, reason in cases]
    return np.select([case for case, _ in cases], codes, np.int64(REASONS.index(other)))


def write_up_columns(
    book: BidColumns,
    filled_mg: IntArray,
    paid_fen_per_t: IntArray,
    reason: IntArray,
    tie: Tie | None = None,
) -> ColumnClearing:
    """The clearing of masses and prices.

    Args:
        book: all bids of the session.
        filled_mg: (N,) mass that each gets.
        paid_fen_per_t: (N,) price that each pays if it gets any.
        reason: (N,) why it gets no more, of `reason_codes`.
        tie: the one that was broken.
    """
    prices = np.unique(paid_fen_per_t[filled_mg > 0])
    return ColumnClearing(
        int(prices[0]) if len(prices) == 1 else None,
        filled_mg,
        paid_fen_per_t,
        costs_fen(filled_mg * book.years, paid_fen_per_t),
        reason,
        0 if book.supply_mg is None else book.supply_mg - int(filled_mg.sum()),
        () if tie is None else (tie,),
    )


def costs_fen(mass_mg: IntArray, price_fen_per_t: IntArray) -> IntArray:
    """(N,) `permits.quantity.cost_fen` of each mass at its price.

    Whole tonnes and the rest are multiplied apart: mg times fen would not fit 64 bits.

    Args:
        mass_mg: (N,) masses, >= 0.
        price_fen_per_t: (N,) prices, at most MOST_PRICE_FEN.
    """
    whole_t, rest_mg = np.divmod(mass_mg, MG_PER_T)
    fen, rest = np.divmod(rest_mg * price_fen_per_t, MG_PER_T)
    fen += whole_t * price_fen_per_t
    up = (2 * rest > MG_PER_T) | ((2 * rest == MG_PER_T) & (fen % 2 == 1))
    costs: IntArray = fen + up
    return costs


def check_column_clearing(book: BidColumns, clearing: ColumnClearing) -> None:
    """Assert what `check_clearing` asserts of a sale: conservation, limits, money."""
    filled, paid = clearing.filled_mg, clearing.paid_fen_per_t
    assert ((filled >= 0) & (filled <= book.mass_mg)).all(), "more or less than the bid"
    assert (paid <= book.limit_fen_per_t)[filled > 0].all(), "a bid beyond its limit"
    if book.supply_mg is not None:
        assert clearing.unsold_mg >= 0, "more than the supply"
        assert int(filled.sum()) + clearing.unsold_mg == book.supply_mg, "supply not conserved"
    assert not clearing.money_fen[filled == 0].any(), "money for nothing"
