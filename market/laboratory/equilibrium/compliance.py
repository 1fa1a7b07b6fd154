"""Firms that may emit more than their permits, and the cost of one missing permit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from market.laboratory.equilibrium.exact import Number, exact, meet, whole
from market.laboratory.equilibrium.smooth import ZERO, SmoothFirm, least_cost, price_kinks


@dataclass(frozen=True, slots=True)
class Penalty:
    """A fine of per_t v + slope v² / 2 for v tonnes, if inspected; see `penalty`."""

    probability: Fraction  # of an inspection, which finds all
    per_t: Fraction  # [yuan/t]
    slope: Fraction  # [yuan/t²], > 0

    def fine_yuan(self, violation_t: Fraction) -> Fraction:
        """If caught."""
        return self.per_t * violation_t + self.slope * violation_t**2 / 2

    def wanted_t(self, price: Fraction) -> Fraction:
        """The violation at which the expected marginal fine meets the permit price [t]."""
        return max(ZERO, (price / self.probability - self.per_t) / self.slope)

    def probability_for_compliance(self, price: Number) -> Fraction:
        """The lowest inspection probability at which nobody violates; above 1: none."""
        return exact(price, "price", least=0) / self.per_t


def penalty(probability: Number, per_t: Number, slope: Number) -> Penalty:
    """A progressive fine.

    A constant one (slope 0) caps the price at probability x per_t and is a ceiling: see
    `collar`.

    Args:
        probability: of an inspection, in (0, 1].
        per_t: marginal fine of the first tonne [yuan/t], > 0.
        slope: growth of the marginal fine [yuan/t²], > 0.
    """
    return Penalty(
        exact(probability, "probability", above=0, most=1),
        exact(per_t, "per_t", above=0),
        exact(slope, "slope", above=0),
    )


@dataclass(frozen=True, slots=True)
class Noncompliance:
    """The permit market when firms weigh the fine against the price."""

    price: Fraction  # [yuan/t]
    full_compliance_price: Fraction  # if nobody could violate
    emissions_t: tuple[Fraction, ...]
    violations_t: tuple[Fraction, ...]
    expected_fines_yuan: Fraction


def noncompliance(firms: Sequence[SmoothFirm], permits_t: Number, fine: Penalty) -> Noncompliance:
    """Emissions, violations and the permit price with `permits_t` permits.

    Meaning: every firm still abates until marginal cost meets the price; it violates
    until probability x marginal fine does, so all comply if and only if
    price <= probability x per_t. What is violated does not need permits, and the price
    falls. Exact, by the kinks of emissions and violations; nobody violates by more than
    it emits. Source: [Malik1990]; [Stranlund2007].

    Args:
        firms: price takers with linear marginal cost.
        permits_t: permits in all [t].
        fine: the expected fine for emission without a permit.
    """
    permits = exact(permits_t, "permits_t", least=0)
    total = sum((firm.emission_t for firm in firms), ZERO)

    def freed(price: Fraction) -> Fraction:
        """What needs no permit: abated, or violated."""
        return sum((f.cut_at(price) + _violation(f, fine, price) for f in firms), ZERO)

    kinks = [*price_kinks(firms), fine.probability * fine.per_t]
    for firm in firms:
        kinks += _all_violated(firm, fine)
    price, _ = meet(freed, kinks, max(ZERO, total - permits))
    # With all emission abated or violated no permit is needed, so the price is there.
    assert price is not None
    violations = tuple(_violation(firm, fine, price) for firm in firms)
    return Noncompliance(
        price=price,
        full_compliance_price=least_cost(firms, permits).price,
        emissions_t=tuple(firm.emission_t - firm.cut_at(price) for firm in firms),
        violations_t=violations,
        expected_fines_yuan=fine.probability * sum(map(fine.fine_yuan, violations), ZERO),
    )


def _violation(firm: SmoothFirm, fine: Penalty, price: Fraction) -> Fraction:
    return min(firm.emission_t - firm.cut_at(price), fine.wanted_t(price))


def _all_violated(firm: SmoothFirm, fine: Penalty) -> list[Fraction]:
    """Prices at which a firm may come to hold no permit: wanted violation = emission."""
    steep = 1 / (fine.probability * fine.slope)
    offset = fine.per_t / fine.slope
    idle = (firm.emission_t + offset) / steep
    abating = (firm.emission_t + offset + firm.intercept / firm.slope) / (steep + 1 / firm.slope)
    return [price for price in (idle, abating) if price > 0]


@dataclass(frozen=True, slots=True)
class MakeGood:
    """The cost of one missing permit where it must be surrendered later as well."""

    cost_yuan_per_t: Fraction  # also the most that a permit is worth today
    complies: bool


def make_good(
    price: Number, later_price: Number, fine: Number, rate: Number, years: int = 1
) -> MakeGood:
    """A fine for each missing tonne, and the tonne itself from a later year's permits.

    Formula: cost = fine + later_price / (1 + rate)^years; a firm complies while the
    price is no higher, so it is a ceiling on today's price. Exact. Source: designs in
    [RestianiBetz2010]; the formula is the present value of both parts.

    Args:
        price: permit price today [yuan/t].
        later_price: permit price in the year of the make-good [yuan/t].
        fine: fine for each missing tonne [yuan/t].
        rate: yearly rate of interest, as a share, > -1.
        years: years until the tonne is made good.
    """
    growth = 1 + exact(rate, "rate", above=-1)
    later = exact(later_price, "later_price", least=0) / growth ** whole(years, "years", least=0)
    cost = exact(fine, "fine", least=0) + later
    return MakeGood(cost, exact(price, "price", least=0) <= cost)
