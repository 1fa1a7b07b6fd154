"""A large sale by columns: the same outcome as `hold_sale`, without an object for each bid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from market.clearing.bid_columns import BidColumns, ColumnClearing, IntArray
from market.clearing.order import Side
from market.mechanisms import clears_columns, run_columns
from market.session.admission import OfferColumns, Refusal, admit_columns
from market.session.auction import Sale, session_conditions
from permits.rule import NO_PARAMS, Params, Rule


@dataclass(frozen=True, slots=True, eq=False)
class HeldColumns:
    """One product of a completed sale: the outcome by columns, and the refused offers."""

    offer: IntArray  # (N,) the place of each bid of the clearing among the offers
    bids: BidColumns
    clearing: ColumnClearing
    refusals: tuple[Refusal, ...]


def hold_large_sale(
    sale: Sale,
    rule: Rule,
    offers: OfferColumns,
    params: Params = NO_PARAMS,
    *,
    rng_of: Callable[[str], Generator],
) -> dict[str, HeldColumns] | None:
    """Screen all offers, then clear each product by columns.

    Args:
        sale: the terms, for every product.
        rule: the clearing rule.
        offers: for any number of products.
        params: parameters that differ from the rule's defaults.
        rng_of: the random stream of a product, for the tie-breaking lottery.
    Returns: product to its result, by first appearance. `None` where `hold_sale` has to take
        the offers one by one: the rule does not clear columns, a condition depends on a
        trader's other offers, somebody sells, or a number does not fit 64 bits.
    Raises: InputError for a parameter that the rule does not have.
    """
    if not clears_columns(rule) or set(offers.side) != {Side.BUY}:
        return None
    filled = rule.spec.fill(params, where=rule.name)
    conditions = session_conditions(sale, rule, filled, int(offers.at_s.max()))
    if not conditions.simple:
        return None
    admitted, refusals = admit_columns(offers, conditions)
    refused = defaultdict(list)
    for refusal in refusals:
        refused[refusal.offer.product].append(refusal)
    held = {}
    for product, rows in _by_product(offers, admitted).items():
        bids = _bids(offers, rows, sale)
        if not bids.exact:
            return None
        clearing = run_columns(rule, bids, params, rng=rng_of(product))
        held[product] = HeldColumns(rows, bids, clearing, tuple(refused[product]))
    return held


def _by_product(offers: OfferColumns, admitted: IntArray) -> dict[str, IntArray]:
    """The admitted offers of each product, in order of arrival; none where all were refused."""
    numbers = {product: n for n, product in enumerate(dict.fromkeys(offers.product))}
    if len(numbers) == 1:
        return dict.fromkeys(numbers, admitted)
    number = np.fromiter(map(numbers.__getitem__, offers.product), np.int64, len(offers))[admitted]
    by_product = np.argsort(number, kind="stable")
    ends = np.searchsorted(number[by_product], np.arange(1, len(numbers)))
    return dict(zip(numbers, np.split(admitted[by_product], ends), strict=True))


def _bids(offers: OfferColumns, rows: IntArray, sale: Sale) -> BidColumns:
    return BidColumns(
        [offers.trader[n] for n in rows.tolist()],
        offers.mass_mg[rows],
        offers.limit_fen_per_t[rows],
        offers.at_s[rows],
        sale.supply_mg,
        sale.reserve_fen_per_t,
        sale.years,
    )
