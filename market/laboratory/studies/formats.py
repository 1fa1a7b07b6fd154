"""Two vintages sold by clock or by sealed bids on packages, many replications at once.

A firm has uses for rights in each of two years; a right of the first vintage may be banked
and used in the second. So the vintages are substitutes in one direction, and the worth of a
package depends on both masses. Three formats [PorterEtAl2009]: a sealed pay-as-bid sale of
packages (`market.clearing.packages`), one clock after the other, and two clocks at once. A clock
ends, for small steps, at the lowest price at which demand does not exceed supply. Masses
are lots, money is yuan a lot; rows are replications, columns bidders.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from market.laboratory.studies.estimate import FloatArray
from permits.rng import stream

IntArray = NDArray[np.int64]
ROUNDS = 8  # by then the price expected of the second clock changes by less than 0.01


@dataclass(frozen=True, slots=True)
class FormatSetting:
    """Demand and supply; all numbers assumed.

    Each of `bidders` has `uses` in each year, of independent values, uniform within `spread` of
    `middle`. `supply` lots of each vintage: half of all uses. The elasticity of demand at
    `middle`, half of all uses being served there, is middle / spread.
    """

    bidders: int = 8
    uses: int = 3
    supply: int = 12
    middle: float = 100.0
    spread: float = 20.0


def draw_uses(setting: FormatSetting, replications: int, rng: Generator) -> FloatArray:
    """Values of uses, best first: (replications, bidders, 2 years, uses).

    Args:
        setting: demand and supply.
        replications: number of replications.
        rng: random stream of the values.
    """
    shape = (replications, setting.bidders, 2, setting.uses)
    drawn = setting.middle + setting.spread * (2 * rng.random(shape) - 1)
    return -np.sort(-drawn, axis=-1)


def worth(uses: FloatArray) -> FloatArray:
    """Worth of each package: (replications, bidders, 2 uses + 1, uses + 1).

    The last two axes are lots of the first and of the second vintage. The number of lots of the
    first that are banked is the best one.
    """
    most = uses.shape[-1]
    sums = np.concatenate([np.zeros((*uses.shape[:-1], 1)), uses.cumsum(axis=-1)], axis=-1)
    found = np.zeros((*uses.shape[:2], 2 * most + 1, most + 1))
    for first in range(2 * most + 1):
        for second in range(most + 1):
            for banked in range(first + 1):
                now, later = min(first - banked, most), min(second + banked, most)
                value = sums[:, :, 0, now] + sums[:, :, 1, later]
                np.maximum(found[:, :, first, second], value, out=found[:, :, first, second])
    return found


@dataclass(frozen=True, slots=True)
class SoldLots:
    """Lots of each vintage by bidder (replications, bidders), and what each pays."""

    first: IntArray
    second: IntArray
    paid: FloatArray

    @property
    def revenue(self) -> FloatArray:
        """By replication."""
        total: FloatArray = self.paid.sum(axis=1)
        return total

    def value(self, values: FloatArray) -> FloatArray:
        """Worth of the packages to their winners (replications, bidders)."""
        rows, columns = np.indices(self.first.shape)
        found: FloatArray = values[rows, columns, self.first, self.second]
        return found


@dataclass(frozen=True, slots=True)
class Habits:
    """Bidding strategies, the same for all bidders.

    A sealed bid is shaded by the `share` of a package's worth above the reference prices;
    these lie `below` the prices expected of the combined clock, in units of the spread.
    `combined`, `sequential`: by how much of the spread a second use is understated while a
    clock runs, a third twice as much; 0: the truth.
    """

    share: float = 0.9
    below: float = 0.1
    combined: float = 0.0
    sequential: float = 0.0


PRICE_TAKERS = Habits()
"""Truthful in the clocks; sealed bids in which nobody gains by other values of `share` and
`below` on a grid of tenths."""
BEST_RESPONSES = Habits(combined=0.1, sequential=0.05)
"""In the clocks too nobody gains by another value on a grid of twentieths, at a spread of a
fifth of the middle."""


@dataclass(frozen=True, slots=True)
class Compared:
    """The same bidders under each format; arrays by replication."""

    revenue: dict[str, FloatArray]
    efficiency: dict[str, FloatArray]  # of the most that the rights can be worth
    gain: dict[str, FloatArray]  # of a bidder, on average


def compare_formats(
    setting: FormatSetting, habits: Habits = PRICE_TAKERS, *, replications: int, seed: int
) -> Compared:
    """Sell by `sealed` packages, `combined` and `sequential` clocks to the same bidders.

    Expected prices come from separate draws of the same kind.

    Args:
        setting: demand and supply.
        habits: how bidders bid.
        replications: number of replications.
        seed: of all random draws.
    """
    expected = expected_prices(setting, habits, seed=seed)
    uses = draw_uses(setting, replications, stream(seed, "formats", "uses"))
    values, spread, supply = worth(uses), setting.spread, setting.supply
    sales = {
        "sealed": sealed_packages(sealed_bids(values, setting, habits, expected), supply),
        "combined": combined_clock(worth(reduced(uses, habits.combined * spread)), supply)[0],
        "sequential": sequential_clocks(
            worth(reduced(uses, habits.sequential * spread)), supply, expected.second_in_turn
        )[0],
    }
    best = most_of(values, supply)[:, supply, supply]
    return Compared(
        {name: sold.revenue for name, sold in sales.items()},
        {name: sold.value(values).sum(axis=1) / best for name, sold in sales.items()},
        {name: (sold.value(values) - sold.paid).mean(axis=1) for name, sold in sales.items()},
    )


@dataclass(frozen=True, slots=True)
class Expected:
    """Average prices of the two vintages.

    By truthful combined clocks, and of the second when it is sold after the first.
    """

    first: float
    second: float
    second_in_turn: float


def expected_prices(
    setting: FormatSetting, habits: Habits, *, seed: int, replications: int = 500
) -> Expected:
    """Mean prices of the clocks.

    That of the second in turn is the one that, expected by all, results on average.

    Args:
        setting: demand and supply.
        habits: how bidders bid.
        seed: of all random draws.
        replications: number of replications; 500 keep the standard error of a mean below 1 % of
            the spread.
    """
    uses = draw_uses(setting, replications, stream(seed, "formats", "prior"))
    _, prices = combined_clock(worth(uses), setting.supply)
    first, second = (float(price) for price in prices.mean(axis=0))
    told, in_turn = worth(reduced(uses, habits.sequential * setting.spread)), second
    for _ in range(ROUNDS):
        _, prices = sequential_clocks(told, setting.supply, in_turn)
        in_turn = float(prices[:, 1].mean())
    return Expected(first, second, in_turn)


# --- sealed bids on packages -----------------------------------------------------------------


def sealed_packages(bids: FloatArray, supply: int) -> SoldLots:
    """The packages that together pay the most; each winner pays its own bid."""
    tables = [np.zeros((len(bids), supply + 1, supply + 1))]
    for bidder in range(bids.shape[1]):
        tables.append(_joined(tables[-1], bids[:, bidder]))
    rows = np.arange(len(bids))
    first = np.zeros(bids.shape[:2], dtype=np.int64)
    second, paid = np.zeros_like(first), np.zeros(bids.shape[:2])
    room = np.full(len(bids), supply), np.full(len(bids), supply)
    for bidder in reversed(range(bids.shape[1])):
        one, two, paid[:, bidder] = best_package(tables[bidder], bids[:, bidder], room)
        first[:, bidder], second[:, bidder] = one, two
        room = room[0] - one, room[1] - two
    assert np.allclose(paid.sum(axis=1), tables[-1][rows, supply, supply])
    return SoldLots(first, second, paid)


def most_of(bids: FloatArray, supply: int) -> FloatArray:
    """The highest total payment of the bidders' packages within each capacity.

    Shape (replications, supply + 1, supply + 1).
    """
    table = np.zeros((len(bids), supply + 1, supply + 1))
    for bidder in range(bids.shape[1]):
        table = _joined(table, bids[:, bidder])
    return table


def best_package(
    others: FloatArray, bid: FloatArray, room: tuple[IntArray, IntArray]
) -> tuple[IntArray, IntArray, FloatArray]:
    """The package of one more bidder who shares the supply with the others, and its bid for it.

    Args:
        others: `most_of` the others.
        bid: (replications, 2 uses + 1, uses + 1) its bids on packages.
        room: lots of the first and of the second vintage that are left, each (replications,).
    """
    rows = np.arange(len(bid))
    best = np.full(len(bid), -np.inf)
    first, second = np.zeros(len(bid), dtype=np.int64), np.zeros(len(bid), dtype=np.int64)
    for one in range(bid.shape[1]):
        for two in range(bid.shape[2]):
            fits = (room[0] >= one) & (room[1] >= two)
            left = others[rows, np.maximum(room[0] - one, 0), np.maximum(room[1] - two, 0)]
            total = np.where(fits, left + bid[:, one, two], -np.inf)
            better = total > best
            best = np.where(better, total, best)
            first, second = np.where(better, one, first), np.where(better, two, second)
    return first, second, bid[rows, first, second]


def _joined(table: FloatArray, bid: FloatArray) -> FloatArray:
    """`table` with one more bidder, who gets the best package within each capacity."""
    found, size = table.copy(), table.shape[1]
    for one in range(min(bid.shape[1], size)):
        for two in range(min(bid.shape[2], size)):
            part = found[:, one:, two:]
            offer = table[:, : size - one, : size - two] + bid[:, one, two, None, None]
            np.maximum(part, offer, out=part)
    return found


def sealed_bids(
    values: FloatArray, setting: FormatSetting, habits: Habits, expected: Expected
) -> FloatArray:
    """Bids shaded by a share of a package's worth above the reference prices.

    A package that is worth less than it costs there is bid for at its worth.

    Args:
        values: worth of packages, as `worth` gives it.
        setting: demand and supply.
        habits: how bidders bid.
        expected: average prices of the two vintages.
    """
    one, two = np.arange(values.shape[2]), np.arange(values.shape[3])
    lower = habits.below * setting.spread
    cost = (expected.first - lower) * one[:, None] + (expected.second - lower) * two[None, :]
    bids: FloatArray = values - habits.share * np.maximum(values - cost, 0.0)
    return bids


# --- clocks ----------------------------------------------------------------------------------


def combined_clock(said: FloatArray, supply: int) -> tuple[SoldLots, FloatArray]:
    """Two clocks at once, and where they end: (replications, 2).

    Each rises while demand for its vintage, or for both together, exceeds supply. With
    substitutes neither ever has to fall, and they end at the lowest prices that clear both:
    the worth of one more lot of a vintage to all together [GulStacchetti1999].

    Args:
        said: worth of packages as bid, which gives each bidder's demand at all prices.
        supply: lots of each vintage.
    """
    most = most_of(said, supply + 1)
    now = most[:, supply, supply]
    prices = np.stack([most[:, supply + 1, supply] - now, most[:, supply, supply + 1] - now], 1)
    # What is worth most in all clears at these prices.
    sold = sealed_packages(said, supply)
    paid = sold.first * prices[:, :1] + sold.second * prices[:, 1:]
    return SoldLots(sold.first, sold.second, paid), prices


def sequential_clocks(
    said: FloatArray, supply: int, expected_second: float
) -> tuple[SoldLots, FloatArray]:
    """The first vintage, then the second, and where each clock ends: (replications, 2).

    While the first is sold everybody expects the price `expected_second` of the second.

    Args:
        said: worth of packages as bid, which gives each bidder's demand at all prices.
        supply: lots of each vintage.
        expected_second: price expected of the second vintage [yuan a lot].
    """
    second_at = np.full(len(said), expected_second)
    steps = _steps(_given_second(said, second_at))
    prices = np.zeros((len(said), 2))
    prices[:, 0] = _next(steps, supply)
    first = _highest(steps, supply)
    rows, columns = np.indices(first.shape)
    steps = _steps(said[rows, columns, first])
    prices[:, 1] = _next(steps, supply)
    second = _highest(steps, supply)
    paid = first * prices[:, :1] + second * prices[:, 1:]
    return SoldLots(first, second, paid), prices


def reduced(uses: FloatArray, by: float) -> FloatArray:
    """Uses as bid by bidders who want a lower price.

    The second is understated by `by`, the third by twice that, never below zero.
    """
    told: FloatArray = np.maximum(uses - by * np.arange(uses.shape[-1]), 0.0)
    return told


def _given_second(said: FloatArray, price: FloatArray) -> FloatArray:
    """Worth of lots of the first vintage, the second being bought at its price."""
    cost = price[:, None, None, None] * np.arange(said.shape[3])
    found: FloatArray = (said - cost).max(axis=3)
    return found


def _steps(worth_of_lots: FloatArray) -> FloatArray:
    """Worth added by each further lot: falling, since uses are served best first."""
    return np.diff(worth_of_lots, axis=2)


def _next(steps: FloatArray, supply: int) -> FloatArray:
    """The highest step not served: the lowest price at which demand does not exceed supply."""
    flat = -np.sort(-steps.reshape(len(steps), -1), axis=1)
    return np.maximum(flat[:, supply], 0.0)


def _highest(steps: FloatArray, supply: int) -> IntArray:
    """Number of the highest steps of each bidder; ties to the earlier bidder."""
    flat = steps.reshape(len(steps), -1)
    order = np.argsort(-flat, axis=1, kind="stable")[:, :supply]
    served = np.zeros(flat.shape, dtype=bool)
    np.put_along_axis(served, order, True, axis=1)
    served &= flat > 0
    found: IntArray = served.reshape(steps.shape).sum(axis=2)
    return found
