"""Offsets: reductions outside the cap that count, at a discount, within a limit, and may
turn out not to have been; and who answers for rights that should not have been sold.

Nothing of this is in force in Zhejiang. Discounts, limits and who is liable are what an
experiment varies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from permits.quantity import require_mg, split_exact


class Liability(StrEnum):
    """Who makes good what turns out void."""

    SELLER = "seller"
    BUYER = "buyer"
    BUFFER = "buffer"  # a pool that every project pays into, then the seller


@dataclass(frozen=True, slots=True)
class OffsetRule:
    """`discount`: share of a reduction that is not credited; `most_share`: of an obligation
    that offsets may cover; `buffer`: share of the credits that goes into the pool."""

    discount: Fraction
    most_share: Fraction
    liability: Liability
    buffer: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Credited:
    """What a reduction becomes: to the project, to the pool; the rest is never credited."""

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
    """What of the offsets held may be surrendered for an obligation."""
    return min(held_mg, int(rule.most_share * obligation_mg))


@dataclass(frozen=True, slots=True)
class MadeGood:
    """Who replaces void mass: each holder's part, the seller's, the pool's."""

    holders_mg: tuple[int, ...]
    seller_mg: int
    pool_mg: int


def invalidate(
    void_mg: int, holders_mg: Sequence[int], rule: OffsetRule, pool_mg: int = 0
) -> MadeGood:
    """Void credits made good: by whoever holds or has used them, in proportion, by the
    seller, or by the pool as far as it reaches and then the seller.

    Args:
        holders_mg: what of the voided credits each buyer holds or has surrendered; what is
            missing of `void_mg` the seller still has.
    """
    assert void_mg >= sum(holders_mg) >= 0, "more held than is void"
    if rule.liability is Liability.BUYER:
        return MadeGood(tuple(holders_mg), void_mg - sum(holders_mg), 0)
    pool = min(pool_mg, void_mg) if rule.liability is Liability.BUFFER else 0
    return MadeGood((0,) * len(holders_mg), void_mg - pool, pool)


@dataclass(frozen=True, slots=True)
class Sold:
    """A sale of rights, in order of time."""

    buyer: str
    mass_mg: int


def answer_for_oversold(
    sales: Sequence[Sold], oversold_mg: int, liability: Liability, *, last_first: bool = True
) -> tuple[int, tuple[int, ...]]:
    """A seller sold more than it could spare: what it answers for, and what each of its
    buyers loses [mg].

    With the seller liable the rights stand and it owes what is missing. With the buyers
    liable the last sale is void first, or all in proportion.
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
