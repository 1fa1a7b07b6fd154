"""What is held: a right to emit one pollutant, in one zone, in one year.

A Zhejiang right is a rate (t a year) for a term of at most five years. It is held as
a strip: one mass for each year, the same mass in each. A lease then moves mass of one
vintage, a buyback the remaining ones, and expiry needs no code.
"""

from __future__ import annotations

from dataclasses import dataclass

FREE, REWARD, PAID = "free", "reward", "paid"


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """The fungible unit of account. Masses of it are in mg.

    `series` tells free, reward and paid rights apart (free ones may not be sold,
    leased or pledged); a grant with a series of its own is traceable as a lot.
    """

    pollutant: str
    zone: str
    vintage: int
    series: str = PAID

    def __str__(self) -> str:
        return f"{self.pollutant}/{self.zone}/{self.vintage}/{self.series}"


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """A currency; amounts of it are in its hundredth (fen)."""

    code: str

    def __str__(self) -> str:
        return self.code


Asset = Right | Money
YUAN = Money("CNY")


def strip(
    pollutant: str, zone: str, first: int, years: int, series: str = PAID
) -> tuple[Right, ...]:
    """The rights of a term: one for each vintage from `first` for `years` years."""
    return tuple(Right(pollutant, zone, first + k, series) for k in range(years))


def parse_asset(text: str) -> Asset:
    """The asset that `str()` wrote."""
    parts = text.split("/")
    if len(parts) == 1:
        return Money(text)
    pollutant, zone, vintage, series = parts
    return Right(pollutant, zone, int(vintage), series)
