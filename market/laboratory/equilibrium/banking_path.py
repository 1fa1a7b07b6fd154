"""Permit banking without borrowing: the price path and the bank.

While something is in the bank the price grows at the rate of interest, since a permit
must earn what money earns. It grows no faster, or everybody would bank; it grows more
slowly only when the bank is empty.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from scipy.optimize import brentq

from market.laboratory.equilibrium.exact import Number, exact, exact_all, meet
from market.laboratory.equilibrium.smooth import ZERO, SmoothFirm, price_kinks, total_cut

# Tolerance of the root search; about the precision of a double over a span of decades.
TIME_ERROR_YEARS = 1e-12


@dataclass(frozen=True, slots=True)
class BankingByYear:
    """Prices, emissions and the bank at the end of each year, first year first."""

    prices: tuple[Fraction, ...]  # [yuan/t of that year]
    emissions_t: tuple[Fraction, ...]
    bank_t: tuple[Fraction, ...]  # >= 0; a last one above 0 is worth nothing
    present_cost_yuan: Fraction  # abatement, as of the first year


def banking_by_year(
    firms_by_year: Sequence[Sequence[SmoothFirm]],
    caps_t: Sequence[Number],
    rate: Number,
    opening_bank_t: Number = 0,
) -> BankingByYear:
    """The competitive price path of yearly caps, which is also the cheapest.

    Meaning: present prices never rise, and fall only where the bank is empty. The first
    spell's present price is the highest of those at which its own permits would just
    last to the end of some year; the spell is the longest that asks for it, and the
    next begins after it. Exact for rational rates.

    Args:
        firms_by_year: the firms of each year, first year first.
        caps_t: cap of each year [t].
        rate: yearly rate of interest, as a share, > -1.
        opening_bank_t: permits in the bank before the first year [t].
    Raises: InputError if there is not one cap >= 0 for each year, or the rate is <= -1.
    Source: [Rubin1996]; [Schennach2000].
    """
    count = len(firms_by_year)
    caps = list(exact_all(caps_t, "caps_t", count, least=0))
    growth = 1 + exact(rate, "rate", above=-1)
    if caps:
        caps[0] += exact(opening_bank_t, "opening_bank_t", least=0)
    present: list[Fraction] = []
    while len(present) < count:
        start = len(present)
        spells = [
            (_present_price(firms_by_year[start:stop], caps[start:stop], growth, start), stop)
            for stop in range(start + 1, count + 1)
        ]
        # The highest price binds: at a lower one permits would run out before the end of a
        # later year. Of equal prices `max` takes the longest spell.
        price, stop = max(spells)
        present += [price] * (stop - start)
    return _path(firms_by_year, caps, growth, present)


def _present_price(
    firms_by_year: Sequence[Sequence[SmoothFirm]],
    caps: Sequence[Fraction],
    growth: Fraction,
    start: int,
) -> Fraction:
    """The least present price at which the permits of some years last through them."""
    factors = [growth ** (start + n) for n in range(len(firms_by_year))]
    needed = sum((f.emission_t for firms in firms_by_year for f in firms), ZERO) - sum(caps, ZERO)
    kinks = [
        kink / factor
        for firms, factor in zip(firms_by_year, factors, strict=True)
        for kink in price_kinks(firms)
    ]

    def cut(present: Fraction) -> Fraction:
        pairs = zip(firms_by_year, factors, strict=True)
        return sum((total_cut(firms, present * factor) for firms, factor in pairs), ZERO)

    price, _ = meet(cut, kinks, max(ZERO, needed))
    assert price is not None  # all emission can be abated
    return price


def _path(
    firms_by_year: Sequence[Sequence[SmoothFirm]],
    caps: Sequence[Fraction],
    growth: Fraction,
    present: Sequence[Fraction],
) -> BankingByYear:
    prices = [price * growth**n for n, price in enumerate(present)]
    years = list(zip(firms_by_year, prices, strict=True))
    emissions = [sum((f.emission_t for f in fs), ZERO) - total_cut(fs, p) for fs, p in years]
    saved = (cap - e for cap, e in zip(caps, emissions, strict=True))
    costs = [sum((f.cost(f.cut_at(p)) for f in fs), ZERO) for fs, p in years]
    return BankingByYear(
        prices=tuple(prices),
        emissions_t=tuple(emissions),
        bank_t=tuple(itertools.accumulate(saved)),
        present_cost_yuan=sum((c / growth**n for n, c in enumerate(costs)), ZERO),
    )


@dataclass(frozen=True, slots=True)
class BankingInTime:
    """Continuous time, two caps: when saving begins and ends, and the path between."""

    emission_t: float  # a year, without a price
    slope: float  # of marginal cost [yuan/t² · yr]
    caps_t: tuple[float, float]  # a year: before and after `tightens`
    tightens: float  # [yr]
    rate: float  # continuous, a year
    begins: float  # of saving [yr]; equal to `ends` where nothing is saved
    ends: float

    def price_at(self, time: float) -> float:
        """Permit price at a time [yuan/t]."""
        if self.begins <= time < self.ends:
            return self._no_bank(self.ends) * math.exp(self.rate * (time - self.ends))
        return self._no_bank(time)

    def bank_at(self, time: float) -> float:
        """Permits in the bank at a time [t]."""
        if not self.begins <= time <= self.ends:
            return 0.0
        early, late = self.caps_t
        before = min(time, self.tightens) - self.begins
        issued = early * before + late * max(0.0, time - self.tightens)
        grown = self.price_at(time) - self.price_at(self.begins)
        emitted = self.emission_t * (time - self.begins) - grown / (self.slope * self.rate)
        return issued - emitted

    def _no_bank(self, time: float) -> float:
        """The price if each moment had to live on its own permits."""
        cap = self.caps_t[0] if time < self.tightens else self.caps_t[1]
        return self.slope * max(0.0, self.emission_t - cap)


def banking_in_time(
    emission_t: float,
    slope: float,
    caps_t: tuple[float, float],
    tightens: float,
    rate: float,
) -> BankingInTime:
    """Banking ahead of a tighter cap, in continuous time without end.

    Formula: the bank is empty when the price reaches P2 = slope (emission - late cap), at
        `ends`; saving begins when the early price P1 has that growth before it,
        ends - begins = ln(P2/P1)/rate, and the permits of the time between are used in
        it; if that would be before 0, saving begins at 0 below P2 and above P1.

    Args:
        emission_t: yearly emission without a price [t].
        slope: slope of marginal cost, slope (emission - e) [yuan/t² · yr].
        caps_t: yearly caps before and after the year `tightens` [t].
        tightens: time at which the cap changes [yr].
        rate: continuous rate of interest, a year, > 0.
    Accuracy: 1e-12 years. Source: [Rubin1996]; [Schennach2000].
    """
    emission = float(exact(emission_t, "emission_t", least=0))
    steep, interest = float(exact(slope, "slope", above=0)), float(exact(rate, "rate", above=0))
    when = float(exact(tightens, "tightens", least=0))
    early, late = (float(cap) for cap in exact_all(caps_t, "caps_t", 2, least=0))
    begins, ends = when, when
    if late < min(early, emission) and when > 0:
        begins, ends = _spell(emission, early, late, when, interest)
    return BankingInTime(emission, steep, (early, late), when, interest, begins, ends)


def _spell(
    emission: float, early: float, late: float, when: float, rate: float
) -> tuple[float, float]:
    """Begin and end of banking. Prices enter as cuts: all are slope x cut."""
    cut, late_cut = max(0.0, emission - early), emission - late
    if cut > 0:
        length = math.log(late_cut / cut) / rate
        # (emission - early) (when - begins) + late_cut (ends - when) = (late_cut - cut) / rate
        begins = (late_cut * (length - when) + cut * when - (late_cut - cut) / rate) / (
            cut - late_cut
        )
        if begins >= 0:
            return begins, begins + length

    def left(ends: float) -> float:
        """What would be missing in the bank at the end of a spell from 0."""
        abated = late_cut * -math.expm1(-rate * ends) / rate
        return (emission - early) * when + late_cut * (ends - when) - abated

    most = when + 1 / rate + max(0.0, early - emission) * when / late_cut
    return 0.0, float(brentq(left, when, most, xtol=TIME_ERROR_YEARS, rtol=1e-15))
