"""A separate sale of a reserve in tiers, each at a fixed price, the cheapest tier first.

California's allowance price containment reserve is sold apart from the auctions: tiers of
allowances, each at a price set beforehand. A bid names the mass wanted and the highest
price that it pays. Each tier goes to all who pay its price and still want some; where they
want more than it holds, each gets its share of what it wants. What a bidder does not get
of one tier it gets of the next, if it pays that price; every part is paid at its own
tier's price, so the reserve raises no price and holds none down once it is exhausted.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from numpy.random import Generator

from market.clearing.clearing import Clearing, Tie, Unfilled
from market.clearing.matching import sale, write_up
from market.clearing.order import Book, Order
from market.clearing.tranches import Tranche, read_tranches, supply_steps
from permits.quantity import split_exact
from permits.rule import Param, Params, Spec, Variant

SPEC = Spec(
    title="Reserve sale in tiers at fixed prices",
    title_zh="按固定价格分档的储备出让",
    source="[CaliforniaReserveSales]",
    side="buy",
    params=(
        Param(
            "tiers", "", "t@yuan/t",
            "the tiers, such as 10@40, 10@50; the remainder of the supply is a tier at the reserve "
            "price",
        ),
        Param(
            "oversubscribed", "pro_rata", "",
            "allocation of a tier that is too small: in proportion among all who pay its price, or "
            "higher limits first",
            ("pro_rata", "highest_first"),
        ),
    ),
    claims=frozenset({"budget_balance", "individual_rationality"}),
    variants=(
        Variant(
            {"oversubscribed": "highest_first"},
            frozenset({"budget_balance", "individual_rationality"}),
        ),
    ),
)  # fmt: skip


def clear(book: Book, params: Params, rng: Generator) -> Clearing:
    """Sell the tiers one after the other.

    That a bid takes part in the cheaper tiers first, and the shares in whole milligrams, are
    assumed.

    Args:
        book: all orders for one product, with supply [mg] and reserve price [fen/t].
        params: parameters of `SPEC`, defaults filled in.
        rng: not used: shares or limits decide.
    Source: [CaliforniaReserveSales].
    """
    tiers = supply_steps(book, read_tranches(str(params["tiers"])))
    wanted = {order.id: order.mass_mg for order in book.buys}
    trades, ties = [], []
    # Cheapest tier first: what an order gets there it no longer wants at a higher price.
    for tier in tiers:
        able = [
            order
            for order in book.buys
            if wanted[order.id] and order.limit_fen_per_t >= tier.price_fen_per_t
        ]
        parts, tie = _shares(able, wanted, tier, params["oversubscribed"])
        for order in able:
            if parts[order.id]:
                wanted[order.id] -= parts[order.id]
                trades.append(sale(order, parts[order.id], tier.price_fen_per_t, book.years))
        ties.append(tie)

    def reason(order: Order) -> Unfilled:
        if order.limit_fen_per_t < tiers[0].price_fen_per_t:
            return Unfilled.RESERVE
        dearer = any(tier.price_fen_per_t > order.limit_fen_per_t for tier in tiers if tier.mass_mg)
        return Unfilled.PRICE if dearer else Unfilled.SUPPLY

    prices = {trade.price_fen_per_t for trade in trades}
    price = prices.pop() if len(prices) == 1 else None
    return write_up(book, "reserve_tiers", trades, reason, price_fen_per_t=price, ties=ties)


def _shares(
    able: list[Order], wanted: dict[str, int], tier: Tranche, rule: str
) -> tuple[dict[str, int], Tie | None]:
    """What each order gets of a tier [mg], and the tie if some had to share."""
    parts, left, tie = dict.fromkeys((order.id for order in able), 0), tier.mass_mg, None
    for level in _levels(able, rule):
        asked = sum(wanted[order.id] for order in level)
        given = min(left, asked)
        shares = split_exact(given, [wanted[order.id] for order in level])
        parts.update(zip((order.id for order in level), shares, strict=True))
        if 0 < given < asked and len(level) > 1:
            tie = Tie(tier.price_fen_per_t, len(level), asked, given, "pro_rata")
        left -= given
    return parts, tie


def _levels(able: list[Order], rule: str) -> Iterator[list[Order]]:
    """Groups that share a tier: all orders, or those with one limit, the highest first."""
    if rule == "pro_rata":
        # By arrival: a milligram left over from the division must not reward a higher limit.
        yield sorted(able, key=lambda order: (order.seq, order.id))
        return
    for _, level in groupby(able, key=lambda order: order.limit_fen_per_t):
        yield list(level)
