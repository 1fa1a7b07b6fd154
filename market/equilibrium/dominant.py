"""One large firm that sees its own weight, and a competitive fringe that does not."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from market.equilibrium.exact import Number, exact
from market.equilibrium.smooth import (
    ZERO,
    LeastCost,
    SmoothFirm,
    least_cost,
    price_kinks,
    total_cut,
)


@dataclass(frozen=True, slots=True)
class DominantFirm:
    """What the large firm buys, the price that follows, and what its weight costs all."""

    bought_t: Fraction  # negative: sold
    price: Fraction  # the fringe's marginal cost [yuan/t]
    cut_t: Fraction  # the large firm's
    fringe_cuts_t: tuple[Fraction, ...]
    own_cost_yuan: Fraction  # abatement and permits
    cost_yuan: Fraction  # abatement of all
    competitive: LeastCost  # the large firm first, then the fringe

    @property
    def excess_cost_yuan(self) -> Fraction:
        """What market power costs: nothing where it opens with its competitive holding."""
        return self.cost_yuan - self.competitive.cost_yuan


def dominant_firm(
    large: SmoothFirm, fringe: Sequence[SmoothFirm], large_t: Number, fringe_t: Number
) -> DominantFirm:
    """The large firm's best purchase from (or sale to) a fringe of price takers.

    Args: `large_t`, `fringe_t`: permits that the one and all the others open with [t].
    Meaning: as a buyer it buys too little, as a seller it sells too little, and total
    cost rises with the distance of its opening position from its competitive holding.
    Formula, where nobody is at a bound, marginal costs c z and cf z:
    bought = (c (e - large_t) - cf (ef - fringe_t)) / (c + 2 cf), price = cf zf.
    Exact: the fringe's price is a broken line of the purchase, the cost on each piece a
    parabola, and the best of their lowest points is the answer (of equal ones, the
    least traded). Where the fringe's price jumps, a buyer pays its lower end and a seller gets
    its upper. Source: [Hahn1984].
    """
    own = exact(large_t, "large_t", least=0)
    others = exact(fringe_t, "fringe_t", least=0)
    needs = sum((firm.emission_t for firm in fringe), ZERO) - others
    points = _kinks(large, fringe, own, others, needs)
    tried = set(points)
    for low, high in itertools.pairwise(points):
        tried.add(_lowest(large, fringe, own, others, low, high))
    bought = min(
        sorted(tried, key=lambda x: (abs(x), x)),
        key=lambda x: _own_cost(large, fringe, own, others, x),
    )
    price = _price(fringe, others, bought)
    cut = _cut(large, own, bought)
    cuts = tuple(firm.cut_at(price) for firm in fringe)
    return DominantFirm(
        bought_t=bought,
        price=price,
        cut_t=cut,
        fringe_cuts_t=cuts,
        own_cost_yuan=large.cost(cut) + price * bought,
        cost_yuan=large.cost(cut)
        + sum((f.cost(z) for f, z in zip(fringe, cuts, strict=True)), ZERO),
        competitive=least_cost((large, *fringe), own + others),
    )


def _kinks(
    large: SmoothFirm,
    fringe: Sequence[SmoothFirm],
    own: Fraction,
    others: Fraction,
    needs: Fraction,
) -> list[Fraction]:
    """Purchases, ascending, between which the large firm's cost is a parabola.

    It sells at most what it holds, and buys at most what the fringe holds.
    """
    kinks = [total_cut(fringe, p) - needs for p in price_kinks(fringe)]
    full = large.emission_t - own
    kinks += [-own, others, ZERO, full, full - large.cut_at(ZERO)]
    return sorted({x for x in kinks if -own <= x <= others})


def _lowest(
    large: SmoothFirm,
    fringe: Sequence[SmoothFirm],
    own: Fraction,
    others: Fraction,
    low: Fraction,
    high: Fraction,
) -> Fraction:
    """Where the cost is least between two neighbouring kinks.

    The middle and the quarter tell the parabola, since at the kinks the price may jump.
    """
    middle, step = (low + high) / 2, (high - low) / 4
    before, at, after = (
        _own_cost(large, fringe, own, others, x) for x in (middle - step, middle, middle + step)
    )
    bend = before - 2 * at + after
    if bend <= 0:
        return middle
    return min(high, max(low, middle + step * (before - after) / (2 * bend)))


def _own_cost(
    large: SmoothFirm,
    fringe: Sequence[SmoothFirm],
    own: Fraction,
    others: Fraction,
    bought: Fraction,
) -> Fraction:
    return large.cost(_cut(large, own, bought)) + _price(fringe, others, bought) * bought


def _cut(large: SmoothFirm, own: Fraction, bought: Fraction) -> Fraction:
    return min(large.emission_t, max(large.cut_at(ZERO), large.emission_t - own - bought))


def _price(fringe: Sequence[SmoothFirm], others: Fraction, bought: Fraction) -> Fraction:
    """The fringe's price when `bought` of its permits are gone."""
    outcome = least_cost(fringe, others - bought)
    if bought >= 0 or outcome.price_high is None:
        return outcome.price
    return outcome.price_high
