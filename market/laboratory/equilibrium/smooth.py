"""Least cost and permit trade of firms whose marginal abatement cost is a line.

A firm that would emit `emission_t` and abates z tonnes, 0 <= z <= emission, pays
fixed + intercept z + slope z² / 2; its marginal cost is intercept + slope z.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from market.laboratory.equilibrium.exact import Number, exact, exact_all, meet, whole

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class SmoothFirm:
    """A firm with a linear marginal cost; made by `smooth_firm` or `firm_on_emissions`."""

    emission_t: Fraction
    slope: Fraction  # of marginal cost [yuan/t²], > 0
    intercept: Fraction  # marginal cost of the first tonne [yuan/t]
    fixed_yuan: Fraction

    def cut_at(self, price: Fraction) -> Fraction:
        """Abatement at a price [t]: where marginal cost meets it, or at a bound."""
        return min(self.emission_t, max(ZERO, (price - self.intercept) / self.slope))

    def marginal(self, cut_t: Fraction) -> Fraction:
        return self.intercept + self.slope * cut_t

    def cost(self, cut_t: Fraction) -> Fraction:
        """With the fixed part, which is due whatever it abates [yuan]."""
        return self.fixed_yuan + self.intercept * cut_t + self.slope * cut_t**2 / 2

    def kinks(self) -> tuple[Fraction, Fraction]:
        """The prices where it starts, and where it has nothing left to abate."""
        return self.intercept, self.marginal(self.emission_t)


def smooth_firm(
    emission_t: Number, slope: Number, *, intercept: Number = 0, fixed_yuan: Number = 0
) -> SmoothFirm:
    """A firm by its unregulated emission and its marginal cost intercept + slope z.

    Args:
        emission_t: emission without abatement [t].
        slope: slope of marginal cost [yuan/t²], > 0.
        intercept: marginal cost of the first tonne [yuan/t].
        fixed_yuan: cost that is due whatever it abates [yuan].
    """
    return SmoothFirm(
        exact(emission_t, "emission_t", least=0),
        exact(slope, "slope", above=0),
        exact(intercept, "intercept"),
        exact(fixed_yuan, "fixed_yuan"),
    )


def firm_on_emissions(top: Number, slope: Number) -> SmoothFirm:
    """A firm whose marginal cost is given on what it emits: top - slope E.

    Without a price it emits top / slope, where marginal cost is nothing.
    """
    falls = exact(slope, "slope", above=0)
    return SmoothFirm(exact(top, "top", least=0) / falls, falls, ZERO, ZERO)


@dataclass(frozen=True, slots=True)
class LeastCost:
    """The cheapest way to keep a cap, and the prices that bring it about."""

    price: Fraction  # the lowest [yuan/t]; 0 where the cap binds nobody
    price_high: Fraction | None  # the highest; None: no price is too high
    cuts_t: tuple[Fraction, ...]
    emissions_t: tuple[Fraction, ...]
    cost_yuan: Fraction  # with fixed costs


def least_cost(firms: Sequence[SmoothFirm], cap_t: Number) -> LeastCost:
    """The abatement of each firm that meets a cap at least cost, and the permit price.

    Meaning: all firms between their bounds have the same marginal cost, and that is the
    price; a charge at that price brings the same cuts. Formula, where nobody is at a
    bound: p = (R + Σ intercept/slope) / Σ 1/slope with R what must be cut. Exact, by the
    kinks of the sum of cuts. Firms that save money by abating (a negative intercept) do
    so at a price of 0.
    Raises: InputError if the cap is below 0.
    Source: [BaumolOates1971]; [Montgomery1972].
    """
    cap = exact(cap_t, "cap_t", least=0)
    needed = sum((firm.emission_t for firm in firms), ZERO) - cap
    low, high = meet(lambda p: total_cut(firms, p), price_kinks(firms), max(ZERO, needed))
    # All emissions together can always be abated, so a lowest price is there; and no
    # permit is worth anything where the cap binds nobody.
    assert low is not None
    slack = total_cut(firms, ZERO) > needed
    cuts = tuple(firm.cut_at(low) for firm in firms)
    return LeastCost(
        price=low,
        price_high=low if slack else high,
        cuts_t=cuts,
        emissions_t=tuple(f.emission_t - z for f, z in zip(firms, cuts, strict=True)),
        cost_yuan=sum((f.cost(z) for f, z in zip(firms, cuts, strict=True)), ZERO),
    )


def total_cut(firms: Sequence[SmoothFirm], price: Fraction) -> Fraction:
    """Abatement of all firms together at a price [t]."""
    return sum((firm.cut_at(price) for firm in firms), ZERO)


def price_kinks(firms: Sequence[SmoothFirm]) -> list[Fraction]:
    """The prices, from 0, between which the sum of cuts is a line."""
    return [ZERO, *(kink for firm in firms for kink in firm.kinks() if kink > 0)]


@dataclass(frozen=True, slots=True)
class PermitTrade:
    """The market from an opening position: each firm's sales and its gain from trade."""

    outcome: LeastCost
    sold_t: tuple[Fraction, ...]  # negative: bought
    received_yuan: tuple[Fraction, ...]  # negative: paid; adds up to nothing
    gains_yuan: tuple[Fraction, ...]  # against complying without trade
    cost_without_trade_yuan: Fraction


def permit_trade(firms: Sequence[SmoothFirm], opening_t: Sequence[Number]) -> PermitTrade:
    """The competitive market that starts from `opening_t` permits of each firm.

    Meaning: emissions, price and total cost depend only on the sum of the permits, not
    on who has them first; the gains add up to the cost that trade saves. Where the sum
    binds nobody the price is 0 and nobody gains.
    Raises: InputError if the opening position is not one number >= 0 for each firm.
    Source: [Montgomery1972].
    """
    opening = exact_all(opening_t, "opening_t", len(firms), least=0)
    outcome = least_cost(firms, sum(opening, ZERO))
    sold = tuple(q - e for q, e in zip(opening, outcome.emissions_t, strict=True))
    received = tuple(outcome.price * mass for mass in sold)
    alone = [_alone(firm, q) for firm, q in zip(firms, opening, strict=True)]
    together = [f.cost(z) for f, z in zip(firms, outcome.cuts_t, strict=True)]
    gains = tuple(a - c + r for a, c, r in zip(alone, together, received, strict=True))
    return PermitTrade(outcome, sold, received, gains, sum(alone, ZERO))


def _alone(firm: SmoothFirm, permits_t: Fraction) -> Fraction:
    """No-trade compliance cost of a firm with `permits_t` [yuan]."""
    return firm.cost(max(firm.cut_at(ZERO), firm.emission_t - permits_t))


def waste_of_equal_cuts(slopes: Sequence[Number]) -> Fraction:
    """The cost of equal cuts over least cost: mean(slope) x mean(1/slope).

    For marginal costs slope z that start at 0, where no firm is at a bound. 1 only for
    equal firms. Source: follows from p = R / Σ 1/slope [BaumolOates1971].
    """
    exacts = [exact(slope, "slope", above=0) for slope in slopes]
    count = whole(len(exacts), "the number of slopes", least=1)
    return sum(exacts, ZERO) / count * sum((1 / slope for slope in exacts), ZERO) / count
