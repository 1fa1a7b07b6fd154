"""Few sellers who choose quantities: Cournot's equilibrium."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from market.laboratory.equilibrium.exact import Number, exact, meet
from market.laboratory.equilibrium.smooth import ZERO


@dataclass(frozen=True, slots=True)
class Seller:
    """A seller with marginal cost intercept + slope q, up to a capacity; see `seller`."""

    intercept: Fraction  # [yuan/t]
    slope: Fraction  # [yuan/t²], >= 0
    capacity_t: Fraction | None  # None: no limit

    def limited(self, output_t: Fraction) -> Fraction:
        wanted = max(ZERO, output_t)
        return wanted if self.capacity_t is None else min(self.capacity_t, wanted)

    def cost(self, output_t: Fraction) -> Fraction:
        return self.intercept * output_t + self.slope * output_t**2 / 2


def seller(intercept: Number, slope: Number = 0, capacity_t: Number | None = None) -> Seller:
    """A seller, or a holder of permits whose cost is what it could do with them itself.

    Args:
        intercept: marginal cost of the first tonne [yuan/t].
        slope: slope of marginal cost [yuan/t²], >= 0.
        capacity_t: largest output [t]; None: no limit.
    """
    return Seller(
        exact(intercept, "intercept", least=0),
        exact(slope, "slope", least=0),
        None if capacity_t is None else exact(capacity_t, "capacity_t", least=0),
    )


@dataclass(frozen=True, slots=True)
class Cournot:
    """The equilibrium in quantities, and the competitive outcome for comparison."""

    price: Fraction  # [yuan/t]
    outputs_t: tuple[Fraction, ...]
    profits_yuan: tuple[Fraction, ...]
    competitive_price: Fraction
    competitive_output_t: Fraction
    surplus_yuan: Fraction  # buyers' and sellers' together


def cournot(demand_top: Number, demand_slope: Number, sellers: Sequence[Seller]) -> Cournot:
    """Each seller's quantity is its best answer to all others', at price top - slope Q.

    Formula: q = (price - intercept) / (demand slope + own slope), within 0 and capacity;
    n equal sellers of constant cost c: q = (top - c) / ((n + 1) slope). Exact: the sum
    of the answers to a total falls in it and is linear between kinks, so it meets the
    total once. Price takers answer to (price - intercept) / own slope; where all own
    slopes are 0 the competitive price is the lowest cost that capacity leaves.

    Args:
        demand_top: price at which nothing is demanded [yuan/t].
        demand_slope: fall of the price per tonne [yuan/t²], > 0.
        sellers: who sells, with their costs.
    Source: [Cournot1838].
    """
    top = exact(demand_top, "demand_top")
    slope = exact(demand_slope, "demand_slope", above=0)
    total = _total(top, slope, sellers, slope)
    price = top - slope * total
    outputs = tuple(_output(one, price, slope) for one in sellers)
    costs = [one.cost(q) for one, q in zip(sellers, outputs, strict=True)]
    competitive = _competitive_total(top, slope, sellers)
    return Cournot(
        price=price,
        outputs_t=outputs,
        profits_yuan=tuple(price * q - c for q, c in zip(outputs, costs, strict=True)),
        competitive_price=top - slope * competitive,
        competitive_output_t=competitive,
        surplus_yuan=(top + price) / 2 * total - sum(costs, ZERO),
    )


def _output(one: Seller, price: Fraction, conduct: Fraction) -> Fraction:
    """Output of a seller who expects one more tonne to lower the price by `conduct`."""
    return one.limited((price - one.intercept) / (conduct + one.slope))


def _total(
    top: Fraction, slope: Fraction, sellers: Sequence[Seller], conduct: Fraction
) -> Fraction:
    """The quantity that the sellers' answers to its price add up to."""

    def excess(quantity: Fraction) -> Fraction:
        price = top - slope * quantity
        return quantity - sum((_output(one, price, conduct) for one in sellers), ZERO)

    kinks = [ZERO, max(ZERO, top / slope)]
    for one in sellers:
        prices = [one.intercept]
        if one.capacity_t is not None:
            prices.append(one.intercept + (conduct + one.slope) * one.capacity_t)
        kinks += [(top - price) / slope for price in prices]
    found, _ = meet(excess, [q for q in kinks if q >= 0], ZERO)
    # At a price of 0 and below nobody with costs offers, so the excess ends above 0.
    assert found is not None
    return found


def _competitive_total(top: Fraction, slope: Fraction, sellers: Sequence[Seller]) -> Fraction:
    """Where demand meets the sum of marginal costs, those of constant cost step by step."""
    rising = [one for one in sellers if one.slope > 0]
    flat = sorted((s for s in sellers if s.slope == 0), key=lambda one: one.intercept)
    served = ZERO  # by constant-cost sellers so far, all at capacity
    for one in flat:
        total = served + _total(top - slope * served, slope, rising, ZERO)
        if top - slope * total <= one.intercept:
            return total
        most = (top - one.intercept) / slope
        own = sum((_output(r, one.intercept, ZERO) for r in rising), ZERO)
        if one.capacity_t is None or served + own + one.capacity_t >= most:
            return most
        served += one.capacity_t
    return served + _total(top - slope * served, slope, rising, ZERO)
