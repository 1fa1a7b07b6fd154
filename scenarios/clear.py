"""One sale or market, from a table of bids or orders to a JSON object."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from market.clearing import Clearing
from market.equilibrium import max_welfare_fen, welfare_fen
from market.mechanisms import find_mechanisms, run_session
from market.order import Book, Order, Side
from permits.errors import InputError, RightsError
from permits.quantity import fmt_t, fmt_yuan, parse_fen
from permits.rng import stream
from permits.rule import Rule
from scenarios.suggest import nearest
from scenarios.tables import Field, Row, raise_all, read_table

BIDS = (
    Field("bidder", "text"),
    Field("mass_t", "mass"),
    Field("limit_yuan_per_t", "money"),
    Field("seq", "count", required=False, blank=True),
    Field("product", "text", required=False),
)
ORDERS = (
    Field("trader", "text"),
    Field("side", "text"),
    Field("mass_t", "mass"),
    Field("limit_yuan_per_t", "money", signed=True),
    Field("seq", "count", required=False, blank=True),
    Field("product", "text", required=False),
)
SIDES = {"buy": Side.BUY, "sell": Side.SELL, "买": Side.BUY, "卖": Side.SELL}
YEARS = {"headcount_share": 5}


def clear_sale(
    path: str,
    rule_name: str,
    *,
    supply_mg: int | None,
    reserve_fen_per_t: int | None = None,
    params: Mapping[str, Any] | None = None,
    plugins: Sequence[Path] = (),
    seed: int = 1,
) -> tuple[dict[str, Any], list[str]]:
    """Clear a one-sided sale of each product in a table of bids.

    Returns: the object that `auction --json` prints, and notices about the file.
    Raises: InputError for a rule that there is not or that is not for a sale, for a
        supply that the rule needs, and for all mistakes of the table.
    """
    rule = _rule(rule_name, plugins, "buy")
    if supply_mg is None and rule.name != "headcount_share":
        raise InputError(
            "auction.supply",
            "the rule {rule} sells a given mass",
            where="--supply-t",
            mend="add --supply-t, the mass on offer in tonnes",
            rule=rule.name,
        )
    table = read_table(path, BIDS)
    books = _books(table.rows, "bidder", lambda row: Side.BUY)
    return _cleared(rule, books, params, seed, supply_mg, reserve_fen_per_t), list(table.notices)


def clear_market(
    path: str,
    rule_name: str,
    *,
    params: Mapping[str, Any] | None = None,
    plugins: Sequence[Path] = (),
    seed: int = 1,
) -> tuple[dict[str, Any], list[str]]:
    """Clear a two-sided market of each product in a table of orders."""
    rule = _rule(rule_name, plugins, "both")
    table = read_table(path, ORDERS)
    books = _books(table.rows, "trader", _side)
    return _cleared(rule, books, params, seed, None, None), list(table.notices)


def _rule(name: str, plugins: Sequence[Path], side: str) -> Rule:
    known = find_mechanisms(plugins)
    fitting = sorted(n for n, rule in known.items() if rule.spec.side == side)
    if name in fitting:
        return known[name]
    near = nearest(name, fitting)
    raise InputError(
        "clear.rule",
        "the rule {rule!r} does not clear {what}",
        where="--rule",
        mend="did you mean {near!r}? there are: {known}" if near else "there are: {known}",
        rule=name,
        what="a sale" if side == "buy" else "a two-sided market",
        near=near,
        known=", ".join(fitting),
    )


def _books(rows: Sequence[Row], who: str, side: Any) -> dict[str, list[Order]]:
    found: dict[str, list[Order]] = defaultdict(list)
    mistakes: list[RightsError] = []
    for number, row in enumerate(rows):
        values = row.values
        try:
            order = Order(
                id=f"{number + 1}",
                trader=values[who],
                side=side(row),
                product=values["product"] or "",
                mass_mg=values["mass_t"],
                limit_fen_per_t=parse_fen(values["limit_yuan_per_t"], where=row.where),
                seq=values["seq"] if values["seq"] is not None else number + 1,
            )
        except RightsError as error:
            error.where = row.where
            mistakes.append(error)
            continue
        if order.limit_fen_per_t < 0 and order.side is Side.BUY:
            mistakes.append(
                InputError(
                    "clear.negative",
                    "a bid of {limit} yuan/t is below zero",
                    where=row.where,
                    mend="bid zero or more",
                    limit=values["limit_yuan_per_t"],
                )
            )
        found[order.product].append(order)
    raise_all(mistakes)
    return dict(found)


def _side(row: Row) -> Side:
    side = SIDES.get(row.values["side"].strip().lower())
    if side is None:
        raise InputError(
            "clear.side",
            "{side!r} is not a side",
            where=row.where,
            mend="write buy or sell",
            side=row.values["side"],
        )
    return side


def _cleared(
    rule: Rule,
    books: Mapping[str, Sequence[Order]],
    params: Mapping[str, Any] | None,
    seed: int,
    supply_mg: int | None,
    reserve: int | None,
) -> dict[str, Any]:
    given = dict(params or {})
    years = int(given.pop("years", YEARS.get(rule.name, 1)))
    told: dict[str, dict[str, Any]] = {}
    for product, orders in books.items():
        book = Book(product, tuple(orders), supply_mg, reserve, years)
        rng = stream(seed, "clear", product)
        clearing = run_session(rule, book, _typed(rule, given), rng=rng)
        told[product] = _told(book, clearing)
    head = {"rule": rule.name}
    if len(told) == 1:
        return head | next(iter(told.values()))
    return head | {"products": told}


def _typed(rule: Rule, given: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters from the command line, in the type of each default."""
    kinds = {param.name: type(param.default) for param in rule.spec.params}
    typed = {}
    for name, value in given.items():
        kind = kinds.get(name, str)
        try:
            typed[name] = kind(value) if isinstance(value, str) else value
        except ValueError as error:
            raise InputError(
                "clear.param",
                "{name} = {value!r} is not a number",
                where="--param",
                mend="write a number",
                name=name,
                value=value,
            ) from error
    return typed


def _told(book: Book, clearing: Clearing) -> dict[str, Any]:
    two_sided = book.supply_mg is None and any(o.side is Side.SELL for o in book.orders)
    found: dict[str, Any] = {
        "price_yuan_per_t": _yuan(clearing.price_fen_per_t),
        "sold_t": _mass(clearing.traded_mg),
        "unsold_t": _mass(clearing.unsold_mg),
        "revenue_yuan": _yuan(clearing.money_fen),
        "fills": [
            {
                "trader" if two_sided else "bidder": fill.order.trader,
                "side": fill.order.side.value,
                "mass_t": _mass(fill.mass_mg),
                "price_yuan_per_t": _yuan(fill.price_fen_per_t),
                "money_yuan": _yuan(fill.money_fen),
            }
            for fill in clearing.fills
        ],
        "unfilled": [
            {
                "trader" if two_sided else "bidder": rest.order.trader,
                "mass_t": _mass(rest.mass_mg),
                "reason": rest.reason.value,
            }
            for rest in clearing.rests
        ],
        "ties": [
            {
                "price_yuan_per_t": _yuan(tie.price_fen_per_t),
                "orders": tie.orders,
                "mass_t": _mass(tie.mass_mg),
                "filled_t": _mass(tie.filled_mg),
                "rule": tie.rule,
            }
            for tie in clearing.ties
        ],
    }
    return found | _welfare(book, clearing) if two_sided else found


def _welfare(book: Book, clearing: Clearing) -> dict[str, Any]:
    had, most = welfare_fen(clearing), max_welfare_fen(book)
    return {
        "trades": [
            {
                "buyer": trade.buyer,
                "seller": trade.seller,
                "mass_t": _mass(trade.mass_mg),
                "price_yuan_per_t": _yuan(trade.price_fen_per_t),
            }
            for trade in clearing.trades
        ],
        "welfare_yuan": _yuan(round(had)),
        "max_welfare_yuan": _yuan(round(most)),
        "efficiency": float(had / most) if most else None,
        "surplus_kept_yuan": _yuan(clearing.surplus_fen),
    }


def _mass(mass_mg: int) -> Decimal:
    return Decimal(fmt_t(mass_mg))


def _yuan(fen: int | None) -> Decimal | None:
    return None if fen is None else Decimal(fmt_yuan(fen))
