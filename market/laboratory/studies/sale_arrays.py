"""Sales by head count, pay as bid and at a uniform price, many replications at once.

Every function takes bids (replications, bidders), highest first and in a tie the earlier
column first, NaN for an absent bidder, and decides as the shipped rule of the same name; a
test compares them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from market.laboratory.studies.estimate import FloatArray

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SaleOutcomes:
    """Each bidder's mass [t] and price per tonne; both (replications, bidders)."""

    mass_t: FloatArray
    price: FloatArray

    @property
    def revenue(self) -> FloatArray:
        """By replication."""
        total: FloatArray = (self.mass_t * self.price).sum(axis=1)
        return total

    @property
    def sold_t(self) -> FloatArray:
        """By replication [t]."""
        total: FloatArray = self.mass_t.sum(axis=1)
        return total

    def worth(self, values: FloatArray) -> FloatArray:
        """Worth of the rights sold to their buyers, by replication."""
        total: FloatArray = (self.mass_t * values).sum(axis=1)
        return total

    def gain(self, values: FloatArray) -> FloatArray:
        """Worth less payment, by replication and bidder."""
        return self.mass_t * (values - self.price)

    def sold_at(self, floor: float) -> FloatArray:
        """Mass sold at the floor itself, by replication [t]."""
        total: FloatArray = np.where(self.price <= floor, self.mass_t, 0.0).sum(axis=1)
        return total


def head_count(
    bids: FloatArray,
    masses_t: FloatArray | None = None,
    *,
    supply_t: float = np.inf,
    floor: float = 0.0,
    dummies: int | IntArray = 0,
) -> SaleOutcomes:
    """Zhejiang's sale: the best 70 % of heads win, and each pays its own bid [ZJ-C13].

    Where a supply is set the lowest-ranked winners are cut.

    Args:
        bids: (replications, bidders), NaN for an absent bidder.
        masses_t: mass that each bids for [t]; `None`: one tonne each.
        supply_t: mass on offer [t].
        floor: lowest bid admitted.
        dummies: entrants without a need, ranked last, who count as heads; one number, or one
            per replication.
    """
    masses, there = _masses(bids, masses_t), bids >= floor
    heads = there.sum(axis=1) + dummies
    # Half up in whole numbers, as `headcount_share.winners` rounds [ZJ-C13].
    winning = (70 * heads + 50) // 100
    served = there & (_rank(bids, there) < winning[:, None])
    return SaleOutcomes(_fill(bids, np.where(served, masses, 0.0), supply_t, served), _shown(bids))


def pay_as_bid(
    bids: FloatArray, masses_t: FloatArray | None = None, *, supply_t: float, floor: float = 0.0
) -> SaleOutcomes:
    """The highest bids until the supply is gone; each winner pays its own bid.

    Args:
        bids: (replications, bidders), NaN for an absent bidder.
        masses_t: mass that each bids for [t]; `None`: one tonne each.
        supply_t: mass on offer [t].
        floor: lowest bid admitted.
    """
    masses, there = _masses(bids, masses_t), bids >= floor
    return SaleOutcomes(_fill(bids, np.where(there, masses, 0.0), supply_t, there), _shown(bids))


def uniform_price(
    bids: FloatArray,
    masses_t: FloatArray | None = None,
    *,
    supply_t: float,
    floor: float = 0.0,
    price: str = "first_rejected",
) -> SaleOutcomes:
    """The highest bids until the supply is gone, all at one price.

    Args:
        bids: (replications, bidders), NaN for an absent bidder.
        masses_t: mass that each bids for [t]; `None`: one tonne each.
        supply_t: mass on offer [t].
        floor: lowest bid admitted, and the price where no bid is rejected.
        price: `first_rejected` (a bid filled in part is rejected for the remainder) or
            `lowest_accepted`.
    """
    masses, there = _masses(bids, masses_t), bids >= floor
    filled = _fill(bids, np.where(there, masses, 0.0), supply_t, there)
    rejected = np.where(there & (filled < masses), bids, -np.inf).max(axis=1)
    accepted = np.where(filled > 0, bids, np.inf).min(axis=1)
    paid = rejected if price == "first_rejected" else accepted
    # Nobody is rejected: the floor is the price, by either rule.
    paid = np.where(np.isneginf(rejected), floor, paid)
    return SaleOutcomes(filled, np.broadcast_to(paid[:, None], bids.shape))


def best_use(values: FloatArray, masses_t: FloatArray | None, supply_t: float) -> FloatArray:
    """The most that the supply can be worth, by replication.

    Args:
        values: (replications, bidders), NaN for an absent bidder.
        masses_t: mass that each can use [t]; `None`: one tonne each.
        supply_t: mass on offer [t].
    """
    masses = _masses(values, masses_t)
    filled = _fill(values, masses, supply_t, np.isfinite(values))
    total: FloatArray = (filled * values).sum(axis=1)
    return total


def _masses(bids: FloatArray, masses_t: FloatArray | None) -> FloatArray:
    return np.ones_like(bids) if masses_t is None else masses_t


def _shown(bids: FloatArray) -> FloatArray:
    return np.nan_to_num(bids)


def _order(bids: FloatArray, there: BoolArray) -> IntArray:
    # Stable: of equal bids the earlier column comes first.
    ranked: IntArray = np.argsort(np.where(there, -bids, np.inf), axis=1, kind="stable")
    return ranked


def _rank(bids: FloatArray, there: BoolArray) -> IntArray:
    """0 for the best."""
    order = _order(bids, there)
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(bids.shape[1])[None, :], axis=1)
    return rank


def _fill(bids: FloatArray, wanted: FloatArray, supply_t: float, there: BoolArray) -> FloatArray:
    """Mass by bidder, best bid first, until the supply is gone."""
    order = _order(bids, there)
    in_order = np.take_along_axis(wanted, order, axis=1)
    before = np.cumsum(in_order, axis=1) - in_order
    got = np.clip(supply_t - before, 0.0, in_order)
    filled = np.empty_like(wanted)
    np.put_along_axis(filled, order, got, axis=1)
    return filled
