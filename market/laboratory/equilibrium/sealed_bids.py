"""Sales of equal prizes where each winner pays its own bid; the sale by head count.

n bidders want one prize each and k prizes are for sale: the k highest bids win and pay
what they bid. Values are independent draws from one distribution. Zhejiang's electronic
sale, with sealed bids, equal masses and no floor, is such a sale of
k = floor(0.7 n + 1/2) prizes [ZJ-C13]. One prize is the first-price sale.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from scipy.integrate import quad
from scipy.special import betainc, betaln

from market.laboratory.equilibrium.exact import Number, exact, whole
from market.laboratory.equilibrium.smooth import ZERO
from market.mechanisms.headcount_share import winners

# Tolerance of the quadrature: the accuracy that the functions below promise.
QUADRATURE_ERROR = 1e-10


@dataclass(frozen=True, slots=True)
class Values:
    """A continuous distribution of what a prize is worth to a bidder [yuan]."""

    low: float
    high: float
    cdf: Callable[[float], float]
    quantile: Callable[[float], float]


def prize_bid(value: Number, bidders: int, prizes: int) -> Fraction:
    """The equilibrium bid for one of `prizes`, values uniform on [0, 1].

    Meaning: the value that the last rival in the way can be expected to have. With all
    prizes enough for all nobody needs to bid. Formula: b(v) = E[Y | Y < v], Y the k-th
    highest of n - 1 rival values, Beta(n - k, k); with whole n and k the incomplete beta
    functions are polynomials, so it is exact. k = 1: (n - 1) v / n. Another scale: bid
    low + (high - low) b(share of the way). Source: for one prize [Vickrey1961] and
    [Krishna2010] ch. 2; the same argument for k, with numbers computed here.

    Args:
        value: own value, 0 to 1.
        bidders: number of bidders, n.
        prizes: number of prizes, k.
    """
    v = exact(value, "value", least=0, most=1)
    n, k = whole(bidders, "bidders", least=1), whole(prizes, "prizes", least=1)
    if k >= n or v == 0:
        return ZERO
    mean = Fraction(n - k, n)
    return mean * _at_least(n - k + 1, n, v) / _at_least(n - k, n - 1, v)


def prize_bid_of(value: float, bidders: int, prizes: int, values: Values) -> float:
    """The equilibrium bid where values follow any continuous distribution.

    Formula: as `prize_bid`, the expectation taken over the rival's rank by adaptive
    quadrature. Accuracy: 1e-10 of the range of values.

    Args:
        value: own value, within the range of `values`.
        bidders: number of bidders, n.
        prizes: number of prizes, k.
        values: distribution of every bidder's value.
    Source: [Vickrey1961]; [Krishna2010] ch. 2.
    """
    n, k = whole(bidders, "bidders", least=1), whole(prizes, "prizes", least=1)
    exact(value, "value", least=values.low, most=values.high)
    top = values.cdf(value)
    if k >= n or top <= 0:
        return values.low
    chance = float(betainc(n - k, k, top))
    return _integral(values.quantile, n - k, k, top) / chance


@dataclass(frozen=True, slots=True)
class PrizeSale:
    """Revenue of a sale of equal prizes, in values of one prize."""

    bidders: int  # that have a value
    prizes: int
    revenue: Fraction  # expected, in equilibrium, of all prizes
    truthful_revenue: Fraction  # if all bid their values: also what the winners gain by the prizes

    @property
    def buyers_gain(self) -> Fraction:
        """Expected, of all winners together, in equilibrium."""
        return self.truthful_revenue - self.revenue


def prize_sale(bidders: int, prizes: int) -> PrizeSale:
    """Expected revenue for values uniform on [0, 1], in equilibrium and for truthful bids.

    Formula: k (n - k) / (n + 1), the k-fold of the expected (k+1)-th highest value, as
    in a sale at one price (revenue equivalence); truthful: k (2 n - k + 1) / (2 (n + 1)).
    Exact. Prizes beyond the bidders stay unsold. Source: [Vickrey1961]; [Myerson1981].
    """
    n = whole(bidders, "bidders", least=1)
    k = min(n, whole(prizes, "prizes", least=1))
    return PrizeSale(n, k, Fraction(k * (n - k), n + 1), Fraction(k * (2 * n - k + 1), 2 * (n + 1)))


def revenue_of(bidders: int, prizes: int, values: Values) -> float:
    """Expected revenue of `prizes` where values follow any continuous distribution.

    Formula: k E[(k+1)-th highest of n values], by quadrature. Accuracy: 1e-10 of the
    range of values. Source: [Myerson1981].

    Args:
        bidders: number of bidders, n.
        prizes: number of prizes, k.
        values: distribution of every bidder's value.
    """
    n, k = whole(bidders, "bidders", least=1), whole(prizes, "prizes", least=1)
    if k >= n:
        return values.low * min(n, k)
    return k * _integral(values.quantile, n - k, k + 1, 1.0)


def head_count_sale(bidders: int, dummies: int = 0) -> PrizeSale:
    """Zhejiang's sale by head count among bidders with values uniform on [0, 1].

    `dummies` are entrants without a need that bid the floor: they raise the heads, and
    with them the prizes, but win none while others bid more. Formula: k = floor(0.7 (n +
    dummies) + 1/2), see `prize_sale`. Source: rule [ZJ-C13]; equilibrium as there.
    """
    heads = whole(bidders, "bidders", least=1) + whole(dummies, "dummies", least=0)
    return prize_sale(bidders, winners(heads))


def _at_least(count: int, of: int, u: Fraction) -> Fraction:
    """The chance that `count` or more `of` independent uniform values lie below u.

    It is the incomplete beta function I_u(count, of - count + 1).
    """
    return sum((math.comb(of, j) * u**j * (1 - u) ** (of - j) for j in range(count, of + 1)), ZERO)


def _integral(quantile: Callable[[float], float], a: int, b: int, top: float) -> float:
    """The expectation of quantile(U) where U < top, U being Beta(a, b)."""
    scale = betaln(a, b)

    def weighted(u: float) -> float:
        if not 0 < u < 1:
            return 0.0
        return quantile(u) * math.exp((a - 1) * math.log(u) + (b - 1) * math.log1p(-u) - scale)

    found, _ = quad(weighted, 0.0, top, epsabs=QUADRATURE_ERROR, epsrel=QUADRATURE_ERROR, limit=200)
    return float(found)
