"""A charge against a cap when the regulator is uncertain about costs."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from market.laboratory.equilibrium.exact import Number, exact


@dataclass(frozen=True, slots=True)
class PricesQuantities:
    """The best cap, the best charge, and which of the two loses less.

    Abatement q has the marginal benefit benefit_top - benefit_slope q and the marginal
    cost cost_bottom + shock + cost_slope q; the firms see the shock (mean 0), the
    regulator does not.
    """

    benefit_slope: Fraction
    cost_slope: Fraction
    quantity_t: Fraction  # what the cap asks for
    charge: Fraction  # [yuan/t]
    advantage_of_charge_yuan: Fraction  # expected; below 0 the cap is better

    def loss_of_quantity(self, shock: Number) -> Fraction:
        """Loss under the cap, against the best answer to a shock [yuan]."""
        slopes = self.benefit_slope + self.cost_slope
        return exact(shock, "shock") ** 2 / (2 * slopes)

    def loss_of_charge(self, shock: Number) -> Fraction:
        """Loss under the charge, against the best answer to a shock [yuan]."""
        missed = self.benefit_slope / self.cost_slope
        return missed**2 * self.loss_of_quantity(shock)


def prices_or_quantities(
    benefit_top: Number,
    benefit_slope: Number,
    cost_bottom: Number,
    cost_slope: Number,
    deviation: Number,
) -> PricesQuantities:
    """Weitzman's comparison of a charge with a cap under uncertain costs.

    Formula: advantage of the charge = deviation² (cost_slope - benefit_slope)
    / (2 cost_slope²); a wrong quantity costs (benefit_slope + cost_slope) (q - q*)² / 2.
    For linear curves, a shock that moves marginal cost only, and answers that stay
    above 0.

    Args:
        benefit_top: marginal benefit of the first tonne abated [yuan/t].
        benefit_slope: fall of marginal benefit [yuan/t²], >= 0.
        cost_bottom: expected marginal cost of the first tonne [yuan/t].
        cost_slope: growth of marginal cost [yuan/t²], > 0.
        deviation: standard deviation of the shock to marginal cost [yuan/t].
    Source: [Weitzman1974].
    """
    falls = exact(benefit_slope, "benefit_slope", least=0)
    rises = exact(cost_slope, "cost_slope", above=0)
    top, bottom = exact(benefit_top, "benefit_top"), exact(cost_bottom, "cost_bottom")
    quantity = (top - bottom) / (falls + rises)
    spread = exact(deviation, "deviation", least=0)
    return PricesQuantities(
        benefit_slope=falls,
        cost_slope=rises,
        quantity_t=quantity,
        charge=bottom + rises * quantity,
        advantage_of_charge_yuan=spread**2 * (rises - falls) / (2 * rises**2),
    )
