"""Transaction costs: fewer trades, and an opening position that matters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from market.laboratory.equilibrium.exact import Number, exact, exact_all, meet
from market.laboratory.equilibrium.smooth import ZERO, SmoothFirm


@dataclass(frozen=True, slots=True)
class TradingCost:
    """Cost of a trade of x tonnes for each side: per_t x + slope x² / 2 [yuan]."""

    per_t: Fraction
    slope: Fraction

    def cost(self, traded_t: Fraction) -> Fraction:
        return self.per_t * traded_t + self.slope * traded_t**2 / 2


@dataclass(frozen=True, slots=True)
class FrictionTrade:
    """The permit market when trading itself costs something."""

    price: Fraction  # between the parties; the lowest of those that clear [yuan/t]
    price_high: Fraction | None  # the highest; apart where nobody trades
    bought_t: tuple[Fraction, ...]  # negative: sold
    emissions_t: tuple[Fraction, ...]
    abatement_cost_yuan: Fraction
    transaction_cost_yuan: Fraction

    @property
    def volume_t(self) -> Fraction:
        return sum((x for x in self.bought_t if x > 0), ZERO)


def friction_trade(
    firms: Sequence[SmoothFirm],
    opening_t: Sequence[Number],
    per_t: Number,
    slope: Number = 0,
) -> FrictionTrade:
    """The competitive market where each side pays per_t x + slope x² / 2 for x tonnes.

    Meaning: a buyer's marginal abatement cost stands above the price, a seller's below
    it, each by its marginal cost of trade, and within that wedge nobody moves. With a
    constant marginal cost the final emissions depend on the opening position only
    through who buys, who sells and who stays; with a rising one they lie between
    opening position and optimum, whatever it is. Exact, by the kinks of net demand.

    Args:
        firms: price takers with linear marginal cost.
        opening_t: permits of each firm before trade [t].
        per_t: transaction cost of the first tonne, for each side [yuan/t].
        slope: growth of the marginal transaction cost [yuan/t²].
    Raises: InputError unless 0 <= opening <= emission and no firm saves by abating.
    Source: [Stavins1995].
    """
    friction = TradingCost(exact(per_t, "per_t", least=0), exact(slope, "slope", least=0))
    opening = exact_all(opening_t, "opening_t", len(firms), least=0)
    for firm, permits in zip(firms, opening, strict=True):
        exact(permits, "opening_t", most=firm.emission_t)
        exact(firm.intercept, "intercept", least=0)
    parties = list(zip(firms, opening, strict=True))

    def sold(price: Fraction) -> Fraction:
        return -sum((_bought(f, q, friction, price) for f, q in parties), ZERO)

    kinks = [ZERO, *(kink for f, q in parties for kink in _kinks(f, q, friction) if kink > 0)]
    low, high = meet(sold, kinks, ZERO)
    # At a price above every marginal cost and friction nobody buys.
    assert low is not None
    bought = tuple(_bought(f, q, friction, low) for f, q in parties)
    emissions = tuple(q + x for q, x in zip(opening, bought, strict=True))
    cuts = [f.emission_t - e for f, e in zip(firms, emissions, strict=True)]
    return FrictionTrade(
        price=low,
        price_high=high,
        bought_t=bought,
        emissions_t=emissions,
        abatement_cost_yuan=sum((f.cost(z) for f, z in zip(firms, cuts, strict=True)), ZERO),
        transaction_cost_yuan=sum((friction.cost(abs(x)) for x in bought), ZERO),
    )


def _bought(
    firm: SmoothFirm, permits: Fraction, friction: TradingCost, price: Fraction
) -> Fraction:
    """What a firm buys at a price (negative: sells) so that no tonne more or less pays."""
    need = firm.emission_t - permits
    autarky = firm.marginal(need)
    steep = firm.slope + friction.slope
    if price + friction.per_t < autarky:
        return min(need, (autarky - price - friction.per_t) / steep)
    if price - friction.per_t > autarky:
        return -min(permits, (price - friction.per_t - autarky) / steep)
    return ZERO


def _kinks(firm: SmoothFirm, permits: Fraction, friction: TradingCost) -> list[Fraction]:
    """Prices at which a firm begins or ends to buy or to sell."""
    need = firm.emission_t - permits
    autarky = firm.marginal(need)
    steep = firm.slope + friction.slope
    buys, sells = autarky - friction.per_t, autarky + friction.per_t
    return [buys - steep * need, buys, sells, sells + steep * permits]
