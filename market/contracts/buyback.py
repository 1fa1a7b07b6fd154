"""Surplus returned to a reserve: bought at the price once paid, or taken back for nothing.

The provincial draft of 2017 buys what was paid for and takes back what was free
[ZJ-Z3] [ZJ-C19]. The price could not be verified: the price once paid, in proportion to
the remaining term, fits the one published case (Yongkang 2017 [ZJ-Z4]).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from market.clearing.budget import affordable_mg
from permits.errors import NotAllowed
from permits.quantity import cost_fen, require_mg
from permits.right import PAID, Right


@dataclass(frozen=True, slots=True)
class Buyback:
    """A contract: `rights` are the vintages of the remaining term, `mass_mg` of each."""

    id: str
    seller: str
    buyer: str
    rights: tuple[Right, ...]
    mass_mg: int
    money_fen: int
    on: date


def buyback_fen(mass_mg: int, paid_fen_per_t_yr: int, remaining_years: int) -> int:
    """Price once paid for a year's right, times the years that remain [fen].

    Args:
        mass_mg: mass of each vintage [mg].
        paid_fen_per_t_yr: price once paid [fen/t·yr].
        remaining_years: years that remain of the term.
    """
    return cost_fen(mass_mg * remaining_years, paid_fen_per_t_yr)


def residual_fen(paid_fen: int, term_days: int, left_days: int) -> int:
    """The part of a price paid for a whole term that its remaining days are worth [fen].

    Rounded half to even. How the rule counts a part of a year could not be verified: by days.

    Args:
        paid_fen: price paid for the whole term [fen].
        term_days: length of the term.
        left_days: days that remain.
    """
    assert 0 <= left_days <= term_days and term_days > 0, "days outside the term"
    return round(Fraction(paid_fen * left_days, term_days))


@dataclass(frozen=True, slots=True)
class Purchase:
    """Mass that a government bought of one offer, and its payment."""

    seller: str
    mass_mg: int
    money_fen: int


def buy_at_posted_price(
    offers: Sequence[tuple[str, int]],
    price_fen_per_t: int,
    *,
    years: int,
    budget_fen: int | None = None,
    most_mg: int | None = None,
) -> tuple[Purchase, ...]:
    """Buy at one posted price, first come first served, within mass and budget.

    Args:
        offers: seller and mass [mg a year], in order of arrival.
        price_fen_per_t: price of one vintage [fen/t].
        years: vintages bought as one.
        budget_fen: kept to the fen; the last offer is taken in part.
        most_mg: mass wanted [mg a year]; `None`: no limit.
    """
    found = []
    money, room = budget_fen, most_mg
    for seller, offered in offers:
        mass = offered if room is None else min(offered, room)
        most = None if money is None else affordable_mg(money, price_fen_per_t, years)
        mass = mass if most is None else min(mass, most)
        if mass <= 0:
            continue
        cost = cost_fen(mass * years, price_fen_per_t)
        if money is not None and cost > money:  # rounding half a fen up
            mass, cost = mass - 1, cost_fen((mass - 1) * years, price_fen_per_t)
        found.append(Purchase(seller, mass, cost))
        money = None if money is None else money - cost
        room = None if room is None else room - mass
    return tuple(one for one in found if one.mass_mg)


def unit_value_fen_per_t_yr(money_fen: int, mass_mg: int) -> int:
    """Price of a deal per tonne and year, to the nearest fen."""
    require_mg(mass_mg, above=0, where="buyback")
    return round(money_fen * 1_000_000_000 / mass_mg)


def check_buyback(contract: Buyback) -> None:
    """Raise NotAllowed where a right was not paid for: it is taken back, not bought."""
    unpaid = [right for right in contract.rights if right.series != PAID]
    if unpaid:
        raise NotAllowed(
            "buyback.unpaid",
            "{right} was not paid for: it is taken back without payment, not bought",
            where=f"buyback {contract.id}",
            mend="recover it free of charge",
            right=str(unpaid[0]),
        )
