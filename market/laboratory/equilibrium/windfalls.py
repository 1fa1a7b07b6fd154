"""The value of free permits to their recipients: cost pass-through and windfall profits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from market.laboratory.equilibrium.exact import Number, exact, exact_all


@dataclass(frozen=True, slots=True)
class Producer:
    """A price taker in the product market."""

    cost: float  # of a unit of product, >= 0 [yuan]
    rate: float  # permits that a unit needs, >= 0 [t]
    capacity: float  # units, >= 0


@dataclass(frozen=True, slots=True)
class ProductMarket:
    """Product and permits together in competitive equilibrium."""

    permit_price: float  # what a holder could have for one [yuan/t]
    product_price: float
    outputs: tuple[float, ...]
    permits_used_t: tuple[float, ...]
    profits_yuan: tuple[float, ...]  # with what free permits are worth
    windfalls_yuan: tuple[float, ...]  # profits less those without any regulation
    consumer_surplus_yuan: float
    permit_revenue_yuan: float  # the government's


@dataclass(frozen=True, slots=True)
class _Part:
    """Output of one producer at one cost: from its own permits, or from others'."""

    producer: int
    cost: float
    rate: float
    most: float


def product_market(
    producers: Sequence[Producer],
    demand_top: float,
    demand_slope: float,
    permits_t: float,
    free_shares: Sequence[Number] | None = None,
    transfer_cost: float = 0.0,
) -> ProductMarket:
    """Equilibrium of producers who need permits, all auctioned or all given away free.

    Meaning: a free permit that is used could have been sold, so its price is a cost as
        much as that of a bought one, and is passed on. Without transfer costs output,
        product price and who uses the permits are the same under auction and gift; only
        profits differ, by permit price x free permits. With them, permits stay more
        where they were given.
    Formula: output runs while cost + rate x (permit price, and transfer cost if bought
        from a holder) is within the product price; the permit price is the least at which
        emissions keep to the permits. Accuracy: 1e-12 of the permit price, by halving;
        where emissions jump the two sides of the jump are mixed.

    Args:
        producers: price takers in the product market.
        demand_top: product price at which nothing is demanded [yuan].
        demand_slope: fall of that price per unit of product [yuan], > 0.
        permits_t: permits in all [t], > 0.
        free_shares: each producer's share of free permits; None: an auction.
        transfer_cost: cost to the buyer of a tonne bought from its first holder [yuan/t]; none
            in an auction.
    Source: theory behind the experiment of [GoereeEtAl2010]; the transfer cost is an
        assumption of ours, after [Stavins1995].
    """
    for value, name in ((demand_slope, "demand_slope"), (permits_t, "permits_t")):
        exact(value, name, above=0)
    free = _gift(producers, permits_t, free_shares)
    auction = free_shares is None
    toll = 0.0 if auction else float(exact(transfer_cost, "transfer_cost", least=0))
    demand = (float(exact(demand_top, "demand_top")), float(demand_slope))
    parts = [part for n in range(len(producers)) for part in _parts(n, producers[n], free[n], toll)]
    whole = [_Part(n, one.cost, one.rate, one.capacity) for n, one in enumerate(producers)]
    price, by_part = _permit_price(parts, demand, permits_t)
    outputs = _by_producer(parts, by_part, len(producers))
    product_price = demand[0] - demand[1] * sum(outputs)
    unregulated = _produced(whole, demand, 0.0)
    price_before = demand[0] - demand[1] * sum(unregulated)
    profits = [
        (product_price - part.cost - part.rate * price) * q
        for part, q in zip(parts, by_part, strict=True)
    ]
    with_gift = [
        earned + price * gift
        for earned, gift in zip(_by_producer(parts, profits, len(producers)), free, strict=True)
    ]
    before = [(price_before - one.cost) * q for one, q in zip(producers, unregulated, strict=True)]
    used = [one.rate * q for one, q in zip(producers, outputs, strict=True)]
    return ProductMarket(
        permit_price=price,
        product_price=product_price,
        outputs=tuple(outputs),
        permits_used_t=tuple(used),
        profits_yuan=tuple(with_gift),
        windfalls_yuan=tuple(now - then for now, then in zip(with_gift, before, strict=True)),
        consumer_surplus_yuan=demand[1] * sum(outputs) ** 2 / 2,
        permit_revenue_yuan=price * sum(used) if auction else 0.0,
    )


def _gift(
    producers: Sequence[Producer], permits_t: float, shares: Sequence[Number] | None
) -> list[float]:
    """Free permits of each producer [t]; refuses impossible inputs."""
    for one in producers:
        for value, name in ((one.cost, "cost"), (one.rate, "rate"), (one.capacity, "capacity")):
            exact(value, name, least=0)
    if shares is None:
        return [0.0] * len(producers)
    weights = exact_all(shares, "free_shares", len(producers), least=0)
    total = exact(sum(weights), "the sum of free_shares", above=0)
    return [float(permits_t * (weight / total)) for weight in weights]


def _parts(n: int, one: Producer, free_t: float, toll: float) -> list[_Part]:
    """What it can make from its own permits, and what it needs others' for."""
    own = min(one.capacity, free_t / one.rate) if one.rate > 0 else one.capacity
    return [
        _Part(n, one.cost, one.rate, own),
        _Part(n, one.cost + toll * one.rate, one.rate, one.capacity - own),
    ]


def _permit_price(
    parts: Sequence[_Part], demand: tuple[float, float], permits_t: float
) -> tuple[float, list[float]]:
    """The least price that keeps emissions to the permits, and the output of each part."""
    low_outputs = _produced(parts, demand, 0.0)
    if _emitted(parts, low_outputs) <= permits_t:
        return 0.0, low_outputs
    low = 0.0
    high = max(0.0, demand[0]) / min(part.rate for part in parts if part.rate > 0)
    while low < (middle := (low + high) / 2) < high:  # to the last bit of a double
        if _emitted(parts, _produced(parts, demand, middle)) > permits_t:
            low = middle
        else:
            high = middle
    above, below = _produced(parts, demand, low), _produced(parts, demand, high)
    most, least = _emitted(parts, above), _emitted(parts, below)
    share = (permits_t - least) / (most - least) if most > least else 0.0
    return high, [share * a + (1 - share) * b for a, b in zip(above, below, strict=True)]


def _produced(
    parts: Sequence[_Part], demand: tuple[float, float], permit_price: float
) -> list[float]:
    """Output of each part at a permit price: the cheapest first, until demand is met."""
    top, slope = demand
    full = [part.cost + part.rate * permit_price for part in parts]
    outputs, made = [0.0] * len(parts), 0.0
    for n in sorted(range(len(parts)), key=lambda n: (full[n], n)):
        outputs[n] = min(parts[n].most, max(0.0, (top - full[n]) / slope - made))
        made += outputs[n]
    return outputs


def _emitted(parts: Sequence[_Part], outputs: Sequence[float]) -> float:
    return sum(part.rate * q for part, q in zip(parts, outputs, strict=True))


def _by_producer(parts: Sequence[_Part], values: Sequence[float], count: int) -> list[float]:
    totals = [0.0] * count
    for part, value in zip(parts, values, strict=True):
        totals[part.producer] += value
    return totals
