"""Surplus back into a reserve: bought at the price once paid, or taken back for nothing.

The provincial draft of 2017 buys what was paid for and takes back what was free
[ZJ-Z3] [ZJ-C19]. How much is paid was not read: the price once paid, in proportion to
the remaining term, fits the one published case (Yongkang 2017 [ZJ-Z4]).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

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
    """Price once paid for a year's right, times the years that remain [fen]."""
    return cost_fen(mass_mg * remaining_years, paid_fen_per_t_yr)


def unit_value_fen_per_t_yr(money_fen: int, mass_mg: int) -> int:
    """What a deal paid per tonne a year [fen], to the nearest fen."""
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
