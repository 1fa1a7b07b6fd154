"""A government sale (or purchase) under conditions, and unsold mass carried to the next one.

A sale screens its offers, splits them by product and clears each by a rule. Unsold mass
may be added to the next sale: all of it, or up to a share of what that sale offers by
itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from numpy.random import Generator

from market.clearing.clearing import Clearing
from market.clearing.order import Book
from market.mechanisms import run_session
from market.session.admission import NO_CONDITIONS, Conditions, Offer, Refusal, admit
from permits.rule import NO_PARAMS, Params, Rule


@dataclass(frozen=True, slots=True)
class Sale:
    """Terms of a sale: supply (or, in a purchase, the mass wanted) of each product.

    `supply_mg` and `reserve_fen_per_t` have the same meaning as in a `Book`; `None` in a
    two-sided market. `carried_mg` of the supply come from an earlier sale.
    """

    supply_mg: int | None = None
    reserve_fen_per_t: int | None = None
    years: int = 1
    conditions: Conditions = NO_CONDITIONS
    carried_mg: int = 0


@dataclass(frozen=True, slots=True)
class HeldSale:
    """One product of a completed sale: its book, the outcome, and the refused offers."""

    book: Book
    clearing: Clearing
    refusals: tuple[Refusal, ...]


def hold_sale(
    sale: Sale,
    rule: Rule,
    offers: Sequence[Offer],
    params: Params = NO_PARAMS,
    *,
    rng_of: Callable[[str], Generator],
) -> dict[str, HeldSale]:
    """Screen all offers, then clear each product separately under the same terms.

    Args:
        sale: the terms, for every product.
        rule: the clearing rule.
        offers: for any number of products.
        params: parameters that differ from the rule's defaults.
        rng_of: the random stream of a product, for the tie-breaking lottery.
    Returns: product to its result, by first appearance; a product all of whose offers were
        refused has an empty book.
    Raises: InputError for a parameter that the rule does not have.
    """
    filled = rule.spec.fill(params, where=rule.name)
    # All offers before any product: a trader's guarantee covers its bids for every product.
    last_s = max((offer.at_s for offer in offers), default=0)
    screened = admit(offers, session_conditions(sale, rule, filled, last_s))
    held = {}
    for product in dict.fromkeys(offer.product for offer in offers):
        orders = tuple(order for order in screened.orders if order.product == product)
        refusals = tuple(one for one in screened.refusals if one.offer.product == product)
        book = Book(product, orders, sale.supply_mg, sale.reserve_fen_per_t, sale.years)
        clearing = run_session(rule, book, params, rng=rng_of(product))
        held[product] = HeldSale(book, clearing, refusals)
    return held


def carry(unsold_mg: int, planned: Sale, *, most_share: Fraction | None = None) -> Sale:
    """A sale with the mass that earlier ones left unsold.

    Args:
        unsold_mg: mass left unsold [mg].
        planned: the sale as it would be by itself; it has a supply.
        most_share: the most that may be added, as a share of the planned supply; `None`: all
            of it. Anything beyond is not offered again here.
    """
    assert planned.supply_mg is not None, "nothing can be added to a sale without a supply"
    added = unsold_mg
    if most_share is not None:
        added = min(added, int(most_share * planned.supply_mg))
    return replace(
        planned, supply_mg=planned.supply_mg + added, carried_mg=planned.carried_mg + added
    )


def session_conditions(sale: Sale, rule: Rule, params: Params, last_s: int) -> Conditions:
    """The sale's conditions with the rule's own: its window, its revisions, its close.

    A rule that clears all offers together does so at the end of its window or, without one,
    when the last offer has arrived. An offer whose `until_s` is past by then is refused.
    """
    own = sale.conditions
    window = own.window_s
    longest = rule.spec.limit("window", params)
    if longest is not None:
        window = longest if window is None else min(window, longest)
    return replace(
        own,
        window_s=window,
        closes_s=None if rule.spec.heeds_until else last_s if window is None else window,
        supply_mg=sale.supply_mg,
        years=sale.years,
        revisions=rule.spec.revisable,
        standing=rule.spec.heeds_until,
    )
