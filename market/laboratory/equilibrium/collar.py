"""A cap with a floor, a ceiling and reserves: stepped supply against smooth demand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from market.laboratory.equilibrium.exact import Number, exact
from market.laboratory.equilibrium.smooth import ZERO, SmoothFirm, least_cost, total_cut


@dataclass(frozen=True, slots=True)
class PermitStep:
    """Permits that are available from a price on; see `step`."""

    price: Fraction  # [yuan/t]
    mass_t: Fraction | None  # None: as many as anybody wants


def step(price: Number, mass_t: Number | None) -> PermitStep:
    """`mass_t` permits for sale at `price` and above; None: without limit."""
    mass = None if mass_t is None else exact(mass_t, "mass_t", least=0)
    return PermitStep(exact(price, "price", least=0), mass)


def collar(
    cap_t: Number,
    *,
    floor: Number = 0,
    ceiling: Number | None = None,
    reserve_t: Number | None = None,
) -> tuple[PermitStep, ...]:
    """The supply steps of a cap sold at or above a floor, with more at the ceiling.

    `reserve_t` None is a hard ceiling, which sells whatever is asked for; a number is a
    soft one, which holds while the reserve lasts.

    Args:
        cap_t: permits of the cap [t].
        floor: lowest price [yuan/t].
        ceiling: price from which more permits are sold [yuan/t]; None: no ceiling.
        reserve_t: permits sold at the ceiling [t]; None: without limit.
    """
    steps = [step(floor, cap_t)]
    if ceiling is not None:
        steps.append(step(exact(ceiling, "ceiling", least=floor), reserve_t))
    return tuple(steps)


@dataclass(frozen=True, slots=True)
class Hybrid:
    """The outcome where demand meets stepped supply."""

    price: Fraction  # [yuan/t]
    sold_t: tuple[Fraction, ...]  # of each step, in order of price
    emissions_t: tuple[Fraction, ...]  # of each firm
    abatement_cost_yuan: Fraction


def hybrid(firms: Sequence[SmoothFirm], supply: Sequence[PermitStep]) -> Hybrid:
    """The competitive price when permits are supplied in steps (`collar`, or any other ladder).

    Meaning: between two steps the price is that of the cap so far; on a step the mass
    adjusts and the price stands. A finite reserve holds its price only until it is sold
    out. Triggers that withhold permits (emission containment) are steps of the cap's own
    permits at a higher price. Exact. Source: [RobertsSpence1976]; soft ceilings
    [PerkisEtAl2014].
    """
    steps = sorted(supply, key=lambda one: one.price)
    there = ZERO
    for one in steps:
        wanted = _wanted(firms, one.price)
        if wanted <= there:
            # Nobody buys at the first step: the price stands there, asked and not paid.
            price = one.price if there == 0 else least_cost(firms, there).price
            return _outcome(firms, steps, price)
        if one.mass_t is None or wanted <= there + one.mass_t:
            return _outcome(firms, steps, one.price)
        there += one.mass_t
    return _outcome(firms, steps, least_cost(firms, there).price)


def _wanted(firms: Sequence[SmoothFirm], price: Fraction) -> Fraction:
    return sum((firm.emission_t for firm in firms), ZERO) - total_cut(firms, price)


def _outcome(firms: Sequence[SmoothFirm], steps: Sequence[PermitStep], price: Fraction) -> Hybrid:
    left, sold = _wanted(firms, price), []
    for one in steps:
        part = left if one.mass_t is None else min(left, one.mass_t)
        sold.append(part)
        left -= part
    cuts = [firm.cut_at(price) for firm in firms]
    return Hybrid(
        price=price,
        sold_t=tuple(sold),
        emissions_t=tuple(f.emission_t - z for f, z in zip(firms, cuts, strict=True)),
        abatement_cost_yuan=sum((f.cost(z) for f, z in zip(firms, cuts, strict=True)), ZERO),
    )
