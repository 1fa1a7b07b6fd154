"""Price ceilings: unlimited rights at a trigger, or a reserve, and how it is sold.

A year has one sale, in which all needs are known. A reserve may be part of it, offered at
the trigger (`price_tranches`); or it is sold separately before, while only half of the
year's demand is known, with the trigger as its lowest price or with none. All sales are
held by the shipped rules. Designs after [PerkisEtAl2014], who tried them with people in a
market for permits; that the reserve is sold before needs are known is assumed, and the
effect of a floor here follows from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.random import Generator

from market.clearing.order import Book, Order, Side
from market.laboratory.studies.estimate import FloatArray
from market.mechanisms import find_mechanisms, run_session
from permits.quantity import MG_PER_T, fmt_yuan
from permits.rng import stream

DESIGNS = ("none", "hard", "within", "apart", "apart_with_floor")


@dataclass(frozen=True, slots=True)
class CeilingSetting:
    """Demand, supply and the ceiling; all numbers assumed.

    On average `uses` of one tonne are needed, more or less by up to `swing` for each half of
    the year, every whole number as likely; their values are independent and uniform from 0 to
    `top_fen`. `supply_t` covers half of them; the reserve of `reserve_t` opens at `trigger_fen`,
    slightly above the expected price. A bidder shades its bid for a right of the reserve by
    the share `shade` of its expected worth.
    """

    uses: int = 60
    swing: int = 15
    top_fen: int = 100_00
    supply_t: int = 30
    reserve_t: int = 5
    trigger_fen: int = 55_00
    shade: float = 0.0


@dataclass(frozen=True, slots=True)
class Year:
    """The draws of a year.

    How the first half differs from the mean, how the second does, and the values of the
    uses [fen].
    """

    first: int
    second: int
    values_fen: tuple[int, ...]


def prices(setting: CeilingSetting, *, years: int, seed: int) -> dict[str, FloatArray]:
    """The price of each year's sale under each design, in the same years [fen/t].

    Args:
        setting: demand, supply and the ceiling.
        years: number of years drawn.
        seed: of all random draws.
    """
    rng = stream(seed, "ceilings")
    drawn = [_year(setting, rng) for _ in range(years)]
    return {
        design: np.array([sale_price_fen(setting, year, design) for year in drawn], dtype=float)
        for design in DESIGNS
    }


def sale_price_fen(setting: CeilingSetting, year: Year, design: str) -> int:
    """Price of a right in the year's sale [fen/t].

    Rights of the reserve sold before are as good as any other.

    Args:
        setting: demand, supply and the ceiling.
        year: the draws of the year.
        design: one of `DESIGNS`.
    """
    supply = setting.supply_t
    tranche = 0
    if design.startswith("apart"):
        supply += sold_before_t(setting, year.first, floor=design == "apart_with_floor")
    elif design != "none":
        # A hard ceiling: as many rights as there are uses.
        tranche = setting.reserve_t if design == "within" else len(year.values_fen)
    book = _book(year.values_fen, supply + tranche)
    text = f"{tranche}@{fmt_yuan(setting.trigger_fen)}" if tranche else ""
    rule = find_mechanisms()["price_tranches"]
    # Arrival breaks ties, so that the stream is never drawn from.
    clearing = run_session(rule, book, {"tranches": text}, rng=stream(0, "no tie by lot"))
    return clearing.price_fen_per_t or 0


@cache
def sold_before_t(setting: CeilingSetting, first: int, *, floor: bool) -> int:
    """Mass of the reserve sold separately when only the first half is known [t].

    For each further right somebody bids what it is then expected to be worth, less the shade.

    Args:
        setting: demand, supply and the ceiling.
        first: how the first half differs from the mean.
        floor: whether the trigger is the lowest price.
    """
    bids = [
        int((1 - setting.shade) * expected_price_fen(setting, first, setting.supply_t + mass))
        for mass in range(1, setting.reserve_t + 1)
    ]
    reserve = setting.trigger_fen if floor else 0
    rule = find_mechanisms()["uniform_price"]
    book = _book(bids, setting.reserve_t, reserve)
    return run_session(rule, book, rng=stream(0, "no tie by lot")).traded_mg // MG_PER_T


def expected_price_fen(setting: CeilingSetting, first: int, supply_t: int) -> float:
    """Mean price of the year's sale once the first half is known [fen/t].

    It is that of the last use served, over all second halves.

    Args:
        setting: demand, supply and the ceiling.
        first: how the first half differs from the mean.
        supply_t: rights on offer in the sale [t].
    """
    found = 0.0
    for second in range(-setting.swing, setting.swing + 1):
        uses = setting.uses + first + second
        # Mean of the order statistic that is served last, values being uniform.
        found += setting.top_fen * max(0, uses + 1 - supply_t) / (uses + 1)
    return found / (2 * setting.swing + 1)


def _year(setting: CeilingSetting, rng: Generator) -> Year:
    first, second = (int(half) for half in rng.integers(-setting.swing, setting.swing + 1, size=2))
    values = rng.integers(0, setting.top_fen + 1, size=setting.uses + first + second)
    return Year(first, second, tuple(int(value) for value in values))


def _book(limits_fen: list[int] | tuple[int, ...], supply_t: int, reserve_fen: int = 0) -> Book:
    """A tonne at each limit, each from a bidder of its own."""
    orders = tuple(
        Order(f"{n}", f"B{n}", Side.BUY, "P", MG_PER_T, limit, n)
        for n, limit in enumerate(limits_fen)
    )
    return Book("P", orders, supply_t * MG_PER_T, reserve_fen)
