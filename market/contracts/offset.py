"""Offsets: reductions outside the cap, credited at a discount, within a limit; and liability.

Credits may turn out void, and rights may be oversold: the liability rule decides who
replaces them. None of this is in force in Zhejiang. Discounts, limits and liability are
what an experiment varies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from permits.quantity import require_mg, split_exact


class Liability(StrEnum):
    """Who replaces credits that turn out void."""

    SELLER = "seller"
    BUYER = "buyer"
    BUFFER = "buffer"  # a pool that every project pays into, then the seller


@dataclass(frozen=True, slots=True)
class OffsetRule:
    """The terms of offsets.

    discount: share of a reduction that is not credited.
    most_share: share of an obligation that offsets may cover.
    liability: who replaces void credits.
    buffer: share of the credits that goes into the pool.
    """

    discount: Fraction
    most_share: Fraction
    liability: Liability
    buffer: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Credited:
    """Credits of a reduction, for the project and the pool; the remainder is never credited."""

    project_mg: int
    pool_mg: int
    discounted_mg: int


def credit(reduction_mg: int, rule: OffsetRule) -> Credited:
    """Credits for a verified reduction, adding up to it with what is discounted."""
    require_mg(reduction_mg, above=-1, where="offset")
    credited = int((1 - rule.discount) * reduction_mg)
    pool = int(rule.buffer * credited)
    return Credited(credited - pool, pool, reduction_mg - credited)


def usable_mg(obligation_mg: int, held_mg: int, rule: OffsetRule) -> int:
    """Offsets that may be surrendered for an obligation [mg].

    Args:
        obligation_mg: mass to be covered [mg].
        held_mg: offsets held [mg].
        rule: the terms of offsets.
    """
    return min(held_mg, int(rule.most_share * obligation_mg))


@dataclass(frozen=True, slots=True)
class MadeGood:
    """Replacement of void mass: each holder's part, the seller's, the pool's."""

    holders_mg: tuple[int, ...]
    seller_mg: int
    pool_mg: int


def invalidate(
    void_mg: int, holders_mg: Sequence[int], rule: OffsetRule, pool_mg: int = 0
) -> MadeGood:
    """Replacement of void credits, by the liability rule.

    By the holders and users in proportion, by the seller, or by the pool as far as it lasts
    and then the seller.

    Args:
        void_mg: credits that turned out void [mg].
        holders_mg: void credits that each buyer holds or has surrendered; the seller still has
            the others.
        rule: the terms of offsets.
        pool_mg: content of the pool [mg].
    """
    assert void_mg >= sum(holders_mg) >= 0, "more held than is void"
    if rule.liability is Liability.BUYER:
        return MadeGood(tuple(holders_mg), void_mg - sum(holders_mg), 0)
    pool = min(pool_mg, void_mg) if rule.liability is Liability.BUFFER else 0
    return MadeGood((0,) * len(holders_mg), void_mg - pool, pool)


@dataclass(frozen=True, slots=True)
class SoldRights:
    """A sale of rights, in order of time."""

    buyer: str
    mass_mg: int


def answer_for_oversold(
    sales: Sequence[SoldRights], oversold_mg: int, liability: Liability, *, last_first: bool = True
) -> tuple[int, tuple[int, ...]]:
    """Liability for oversold rights: what the seller owes, and what each buyer loses [mg].

    With the seller liable the rights stand and it owes the missing mass. With the buyers
    liable the last sale is void first, or all in proportion.

    Args:
        sales: of one seller, in order of time.
        oversold_mg: mass that it sold beyond what it could spare [mg].
        liability: who replaces it.
        last_first: whether the last sale is void first; else all in proportion.
    """
    missing = min(oversold_mg, sum(sale.mass_mg for sale in sales))
    if liability is not Liability.BUYER:
        return oversold_mg, (0,) * len(sales)
    if not last_first and missing:
        return oversold_mg - missing, tuple(split_exact(missing, [s.mass_mg for s in sales]))
    lost, left = [], missing
    for sale in reversed(sales):
        part = min(sale.mass_mg, left)
        left -= part
        lost.append(part)
    return oversold_mg - missing, tuple(reversed(lost))
