"""The right to emit one pollutant, in one zone, in one year.

A Zhejiang right is a rate (t per year) for a term of at most five years. It is held as
a strip: the same mass for each year of the term. A lease then moves mass of one vintage,
a buyback the remaining vintages, and expiry needs no code.
"""

from __future__ import annotations

from dataclasses import dataclass

FREE, REWARD, PAID = "free", "reward", "paid"


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """The fungible unit of account; masses of it are in mg.

    `series` distinguishes free, reward and paid rights (free ones may not be sold, leased or
    pledged); a grant with its own series is traceable as a lot.
    """

    pollutant: str
    zone: str
    vintage: int
    series: str = PAID

    def __str__(self) -> str:
        return f"{self.pollutant}/{self.zone}/{self.vintage}/{self.series}"


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """A currency; amounts are in hundredths of it (fen)."""

    code: str

    def __str__(self) -> str:
        return self.code


Asset = Right | Money
YUAN = Money("CNY")


def strip(
    pollutant: str, zone: str, first: int, years: int, series: str = PAID
) -> tuple[Right, ...]:
    """The rights of a term, one per vintage.

    Args:
        pollutant: name as in the scenario.
        zone: trading zone.
        first: first vintage (calendar year).
        years: number of vintages.
        series: `free`, `reward`, `paid`, or the name of a lot.
    """
    return tuple(Right(pollutant, zone, first + k, series) for k in range(years))


def parse_asset(text: str) -> Asset:
    """Inverse of `str()` for an asset."""
    parts = text.split("/")
    if len(parts) == 1:
        return Money(text)
    pollutant, zone, vintage, series = parts
    return Right(pollutant, zone, int(vintage), series)
