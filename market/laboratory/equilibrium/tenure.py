"""Lease against purchase: which of the two costs less."""

from __future__ import annotations

import math
from dataclasses import dataclass

from market.contracts.lease import annuity_value, fair_rental, perpetual_value
from market.laboratory.equilibrium.exact import exact, whole


@dataclass(frozen=True, slots=True)
class Tenure:
    """Buying a right of some years compared with leasing it year by year, as of today."""

    leasing_yuan: float  # present value of the rentals of the years of need
    buying_yuan: float  # the price less the present value of selling what is left
    fair_rental_yuan: float  # a year: the annuity of the price
    break_even_years: float | None  # need from which buying at the price and keeping wins

    @property
    def lease(self) -> bool:
        """Whether leasing costs no more."""
        return self.leasing_yuan <= self.buying_yuan


def lease_or_buy(
    price: float,
    rental: float,
    rate: float,
    years: int,
    needed_years: int,
    resale: float = 1.0,
) -> Tenure:
    """Compare leasing a right of `years` for the years of need with buying it.

    Formula: a right is worth the annuity of its rentals, rental (1 - (1 + i)^-n)/i, of
        which the years not yet used are sold on at `resale`; break-even without a sale:
        n = -ln(1 - price i / rental) / ln(1 + i), None where even an endless lease is
        cheaper. At resale 1 and a fair rental the two cost the same for any need.

    Args:
        price: price of the right [yuan].
        rental: yearly rental, paid at each year's end [yuan].
        rate: yearly rate of interest, as a share, > 0.
        years: years of the right.
        needed_years: years of need, at most `years`.
        resale: share of the remaining value that a sale at the end of the need brings.
    Accuracy: that of a double. Source: present value of an annuity, as in
        `market/contracts/lease.py`; endless right: rental / i.
    """
    for value, name in ((price, "price"), (rental, "rental"), (rate, "rate")):
        exact(value, name, above=0)
    exact(resale, "resale", least=0, most=1)
    exact(whole(needed_years, "needed_years", least=1), "needed_years", most=years)
    left = annuity_value(rental, rate, years - needed_years) if years > needed_years else 0.0
    endless = perpetual_value(rental, rate)
    return Tenure(
        leasing_yuan=annuity_value(rental, rate, needed_years),
        buying_yuan=price - resale * left / (1 + rate) ** needed_years,
        fair_rental_yuan=fair_rental(price, rate, years),
        break_even_years=-math.log1p(-price / endless) / math.log1p(rate)
        if price < endless
        else None,
    )
