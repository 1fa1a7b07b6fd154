"""A uniform price, with reserves that open (or are withheld) at trigger prices.

RGGI adds allowances of its cost containment reserve while the price is above a trigger,
and withholds some while it is below another. Both are steps of the government's supply
curve: each tranche is offered at its own price or above, the remainder at the reserve
price. Where bids end within a tranche, its price is the price; once a tranche is used up
the price may pass it [RGGI].
"""

from __future__ import annotations

from numpy.random import Generator

from market.clearing.clearing import Clearing, Unfilled
from market.clearing.matching import TIE, ration, sale, write_up
from market.clearing.order import Book, Order
from market.clearing.tranches import Tranche, read_tranches, supply_steps
from permits.rule import Param, Params, Spec

SPEC = Spec(
    title="Uniform price with price-triggered reserves",
    title_zh="带价格触发储备的统一价拍卖",
    source="[RGGI]",
    side="buy",
    params=(
        Param(
            "tranches", "", "t@yuan/t",
            "parts of the supply with trigger prices, such as 10@13, 5@6; the remainder is offered "
            "at the reserve price",
        ),
        TIE,
    ),
    claims=frozenset({"budget_balance", "individual_rationality", "efficient"}),
)  # fmt: skip


def clear(book: Book, params: Params, rng: Generator) -> Clearing:
    """Cross the bids with the government's stepped supply, at one price.

    Args:
        book: all orders for one product, with supply [mg] and reserve price [fen/t].
        params: parameters of `SPEC`, defaults filled in.
        rng: random stream of the tie-breaking lottery.
    Source: [RGGI].
    """
    steps = supply_steps(book, read_tranches(str(params["tranches"])))
    sold, last, following = _cross(book.buys, steps)
    able = [order for order in book.buys if order.limit_fen_per_t >= steps[0].price_fen_per_t]
    filled, tie = ration(able, sold, params["tie"], rng)
    price = _price(able, filled, last, following)
    trades = [sale(o, filled[o.id], price, book.years) for o in able if o.id in filled]

    def reason(order: Order) -> Unfilled:
        if order.limit_fen_per_t < steps[0].price_fen_per_t:
            return Unfilled.RESERVE
        return Unfilled.PRICE if order.limit_fen_per_t < price else Unfilled.SUPPLY

    told = price if trades else None
    return write_up(book, "price_tranches", trades, reason, price_fen_per_t=told, ties=[tie])


def _cross(buys: tuple[Order, ...], steps: tuple[Tranche, ...]) -> tuple[int, int, int | None]:
    """Mass sold, the price of the last step used, and that of the next with mass left."""
    sold, last, k, left = 0, steps[0].price_fen_per_t, 0, steps[0].mass_mg
    for order in buys:
        wanted = order.mass_mg
        while wanted and k < len(steps) and order.limit_fen_per_t >= steps[k].price_fen_per_t:
            part = min(wanted, left)
            if part:
                last = steps[k].price_fen_per_t
            sold, wanted, left = sold + part, wanted - part, left - part
            if not left:
                k += 1
                left = steps[k].mass_mg if k < len(steps) else 0
        # Bids are ranked: where one is not served in full, no lower one is served.
        if wanted:
            break
    return sold, last, steps[k].price_fen_per_t if k < len(steps) else None


def _price(able: list[Order], filled: dict[str, int], last: int, following: int | None) -> int:
    """The lowest accepted bid, no more than the price at which more would be sold.

    Where no bid is refused, the price of the last step used.
    """
    rejected = any(filled.get(order.id, 0) < order.mass_mg for order in able)
    accepted = [order.limit_fen_per_t for order in able if order.id in filled]
    if not rejected or not accepted:
        return last
    return min(accepted) if following is None else max(last, min(*accepted, following))
