"""One large firm with market power and a competitive fringe."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from market.laboratory.equilibrium.exact import Number, exact
from market.laboratory.equilibrium.smooth import (
    ZERO,
    LeastCost,
    SmoothFirm,
    least_cost,
    price_kinks,
    total_cut,
)


@dataclass(frozen=True, slots=True)
class DominantFirm:
    """The large firm's purchase, the resulting price, and the total cost of its power."""

    bought_t: Fraction  # negative: sold
    price: Fraction  # the fringe's marginal cost [yuan/t]
    cut_t: Fraction  # the large firm's
    fringe_cuts_t: tuple[Fraction, ...]
    own_cost_yuan: Fraction  # abatement and permits
    cost_yuan: Fraction  # abatement of all
    competitive: LeastCost  # the large firm first, then the fringe

    @property
    def excess_cost_yuan(self) -> Fraction:
        """Cost of market power: 0 where it opens with its competitive holding [yuan]."""
        return self.cost_yuan - self.competitive.cost_yuan


def dominant_firm(
    large: SmoothFirm, fringe: Sequence[SmoothFirm], large_t: Number, fringe_t: Number
) -> DominantFirm:
    """The large firm's best purchase from (or sale to) a fringe of price takers.

    Meaning: as a buyer it buys too little, as a seller it sells too little, and total
    cost rises with the distance of its opening position from its competitive holding.
    Formula, where nobody is at a bound, marginal costs c z and cf z:
    bought = (c (e - large_t) - cf (ef - fringe_t)) / (c + 2 cf), price = cf zf.
    Exact: the fringe's price is a broken line of the purchase, the cost on each piece a
    parabola, and the best of their lowest points is the answer (of equal ones, the
    least traded). Where the fringe's price jumps, a buyer pays its lower end and a seller gets
    its upper.

    Args:
        large: the firm that considers its own effect on the price.
        fringe: the price takers.
        large_t: permits that the large firm opens with [t].
        fringe_t: permits that all others open with [t].
    Source: [Hahn1984].
    """
    at = _Opening(
        large,
        tuple(fringe),
        exact(large_t, "large_t", least=0),
        exact(fringe_t, "fringe_t", least=0),
    )
    kinks = _kinks(at)
    tried = {*kinks, *(_lowest(at, low, high) for low, high in itertools.pairwise(kinks))}
    bought = min(sorted(tried, key=lambda x: (abs(x), x)), key=at.own_cost)
    price, cut = at.price(bought), at.cut(bought)
    cuts = tuple(firm.cut_at(price) for firm in fringe)
    others_cost = sum((f.cost(z) for f, z in zip(fringe, cuts, strict=True)), ZERO)
    return DominantFirm(
        bought_t=bought,
        price=price,
        cut_t=cut,
        fringe_cuts_t=cuts,
        own_cost_yuan=at.own_cost(bought),
        cost_yuan=large.cost(cut) + others_cost,
        competitive=least_cost((large, *fringe), at.own_t + at.others_t),
    )


@dataclass(frozen=True, slots=True)
class _Opening:
    """The opening positions, and what a purchase by the large firm leads to."""

    large: SmoothFirm
    fringe: tuple[SmoothFirm, ...]
    own_t: Fraction
    others_t: Fraction

    def price(self, bought: Fraction) -> Fraction:
        """The fringe's price when `bought` of its permits are gone."""
        outcome = least_cost(self.fringe, self.others_t - bought)
        if bought >= 0 or outcome.price_high is None:
            return outcome.price
        return outcome.price_high

    def cut(self, bought: Fraction) -> Fraction:
        """What the large firm abates: what permits leave, or more where that saves money."""
        needed = self.large.emission_t - self.own_t - bought
        return min(self.large.emission_t, max(self.large.cut_at(ZERO), needed))

    def own_cost(self, bought: Fraction) -> Fraction:
        return self.large.cost(self.cut(bought)) + self.price(bought) * bought


def _kinks(at: _Opening) -> list[Fraction]:
    """Purchases, ascending, between which the large firm's cost is a parabola.

    It sells at most what it holds, and buys at most what the fringe holds.
    """
    needs = sum((firm.emission_t for firm in at.fringe), ZERO) - at.others_t
    full = at.large.emission_t - at.own_t
    kinks = [total_cut(at.fringe, price) - needs for price in price_kinks(at.fringe)]
    kinks += [-at.own_t, at.others_t, ZERO, full, full - at.large.cut_at(ZERO)]
    return sorted({x for x in kinks if -at.own_t <= x <= at.others_t})


def _lowest(at: _Opening, low: Fraction, high: Fraction) -> Fraction:
    """Where the cost is least between two neighbouring kinks.

    Three points inside determine the parabola, since at the kinks the price may jump.
    """
    middle, quarter = (low + high) / 2, (high - low) / 4
    before, here, after = (at.own_cost(middle + n * quarter) for n in (-1, 0, 1))
    bend = before - 2 * here + after
    if bend <= 0:
        return middle
    return min(high, max(low, middle + quarter * (before - after) / (2 * bend)))
