"""Division of an undersubscribed sale, and what becomes of unsold allowances.

In the joint sales of California and Québec each jurisdiction sells in proportion to what
it offered; inside California allowances consigned by utilities go first, those of the
state last [CARB-Unsold2016].
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from permits.errors import InputError
from permits.quantity import split_exact


@dataclass(frozen=True, slots=True)
class ClassOffer:
    """Allowances of one class and jurisdiction in a joint sale."""

    jurisdiction: str
    category: str
    offered: int


def split_sold(
    offers: Sequence[ClassOffer], sold: int, first: Mapping[str, Sequence[str]]
) -> dict[tuple[str, str], int]:
    """Mass sold of each offer, adding up exactly to `sold`.

    Args:
        offers: what each class of each jurisdiction brings to the sale.
        sold: allowances sold in all.
        first: for each jurisdiction its categories in the order in which they sell; one
            that is missing sells after those named.
    Returns: sold by (jurisdiction, category).
    Raises: InputError where more is sold than was offered.
    """
    # Sorted: the last allowance of a division goes by name, not by order of the argument.
    offered = dict.fromkeys(sorted({offer.jurisdiction for offer in offers}), 0)
    for offer in offers:
        offered[offer.jurisdiction] += offer.offered
    if not 0 <= sold <= sum(offered.values()):
        raise InputError(
            "unsold.more",
            "{sold} sold is not between 0 and the {offered} offered",
            where="split_sold",
            mend="give the amount sold in this sale",
            sold=sold,
            offered=sum(offered.values()),
        )
    found: dict[tuple[str, str], int] = {}
    parts = split_exact(sold, list(offered.values())) if sold else [0] * len(offered)
    for jurisdiction, part in zip(offered, parts, strict=True):
        own = [offer for offer in offers if offer.jurisdiction == jurisdiction]
        ranked = sorted(own, key=lambda o: _place(o, first.get(o.jurisdiction, ())))
        before = 0
        for offer in ranked:
            found[jurisdiction, offer.category] = max(0, min(offer.offered, part - before))
            before += offer.offered
    return found


def _place(offer: ClassOffer, first: Sequence[str]) -> tuple[int, str]:
    names = list(first)
    return names.index(offer.category) if offer.category in names else len(names), offer.category


@dataclass(frozen=True, slots=True)
class Unsold:
    """Allowances waiting to be offered again, and the run of sales above the floor."""

    waiting: int = 0
    above_floor: int = 0


@dataclass(frozen=True, slots=True)
class ReofferRule:
    """When unsold allowances are offered again.

    After `sales` sales in a row above the floor, what waits is offered again, at most
    `most_percent` of what is newly offered.
    """

    sales: int = 2
    most_percent: int = 25
    source: str = "[CaliforniaAuctions]"
    status: str = "assumed"  # known from general knowledge, the article was not opened


def reoffer(state: Unsold, newly_offered: int, rule: ReofferRule) -> int:
    """Allowances that the next sale offers again, in addition to new ones.

    Args:
        state: what waits, and the sales in a row above the floor.
        newly_offered: new allowances of that sale.
        rule: when and how much is offered again.
    """
    if state.above_floor < rule.sales:
        return 0
    return min(state.waiting, newly_offered * rule.most_percent // 100)


def after_sale(state: Unsold, *, reoffered: int, unsold: int, above_floor: bool) -> Unsold:
    """Allowances waiting after a sale, including those it left unsold.

    Args:
        state: what waited before.
        reoffered: allowances offered again in the sale.
        unsold: allowances left of the sale.
        above_floor: whether it ended above the floor.
    """
    waiting = state.waiting - reoffered + unsold
    return replace(state, waiting=waiting, above_floor=state.above_floor + 1 if above_floor else 0)


def roll_over(unsold: int, sales: int) -> tuple[int, ...]:
    """Unsold mass spread evenly over the following sales, adding up exactly."""
    return tuple(split_exact(unsold, [1] * sales))
