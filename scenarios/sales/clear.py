"""One sale or market, from a table of bids or orders to a JSON object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator

from market.clearing.bid_columns import REASONS
from market.clearing.clearing import Clearing, Tie
from market.clearing.order import Book, Side
from market.laboratory.equilibrium import (
    Equilibrium,
    competitive,
    max_welfare_fen,
    welfare_fen,
)
from market.mechanisms import find_mechanisms
from market.session.admission import Conditions, OfferColumns, Refusal, admit
from market.session.auction import HeldSale, Sale, hold_sale
from market.session.large_sale import HeldColumns, hold_large_sale
from permits.errors import InputError, RightsError
from permits.quantity import fmt_t, fmt_yuan, parse_fen, plain_number
from permits.rng import stream
from permits.rule import Rule
from scenarios.definition.own_rules import (
    check_folders,
    find_rule_file,
    require_folder,
    run_rule,
)
from scenarios.definition.undeclared import find_undeclared
from scenarios.intake.cells import TableInput
from scenarios.intake.columns import ReadTable
from scenarios.intake.fields import (
    AT_SECOND,
    BIDDER,
    LIMIT_PRICE,
    MASS,
    ORDER_ID,
    PRODUCT,
    SEQ,
    SIDE,
    TRADER,
    UNTIL_SECOND,
)
from scenarios.intake.memory import without_collection
from scenarios.intake.suggest import nearest
from scenarios.intake.tables import raise_all, read_table
from scenarios.results.stores.row_columns import Amounts, RowColumns
from scenarios.sales.conditions import check_products, read_conditions
from scenarios.text import render

TIMED = (
    SEQ.but(required=False, blank=True),
    PRODUCT.but(required=False),
    ORDER_ID.but(required=False),
    AT_SECOND.but(required=False, blank=True),
    UNTIL_SECOND.but(required=False, blank=True),
)
BIDS = (
    BIDDER,
    MASS.but(signed=True),
    LIMIT_PRICE,
    *TIMED,
)
ORDERS = (
    TRADER,
    SIDE,
    MASS.but(signed=True),
    LIMIT_PRICE,
    *TIMED,
)
MOST_VINTAGES = 100
"""Most vintages sold as one: longer than any term of rights (assumed)."""
LARGE_SALE = 1_000
"""Fewest bids that are cleared by columns; fewer take a fraction of a second bid by bid."""
TONNE_PLACES, YUAN_PLACES = 9, 2
"""Decimal places of a mass in whole mg and of an amount in whole fen."""
SIDES = {"buy": Side.BUY, "sell": Side.SELL, "买": Side.BUY, "卖": Side.SELL}


def clear_sale(
    path: TableInput,
    rule_name: str,
    *,
    supply_mg: int | None,
    reserve_fen_per_t: int | None = None,
    params: Mapping[str, Any] | None = None,
    conditions: Mapping[str, str] | None = None,
    accounts: TableInput | None = None,
    plugins: Sequence[Path] = (),
    seed: int = 1,
) -> tuple[dict[str, Any], list[str]]:
    """Clear a one-sided sale, or purchase by the government, of each product in a table.

    Args:
        path: table of bids: a file or a data frame.
        rule_name: name of a mechanism, shipped or in `plugins`.
        supply_mg: mass on offer [mg]; for a purchase (rules of side "sell") the mass wanted.
        reserve_fen_per_t: lowest acceptable price, for a purchase the highest [fen/t].
        params: parameters of the rule, and `years`, the vintages sold as one.
        conditions: of `scenarios.sales.conditions.NAMES`, as text. Bids that do not keep them
            are refused, the others cleared.
        accounts: path of a table of what each bidder may do.
        plugins: folders with your own rules.
        seed: of the rule's lottery between equal bids.
    Returns: the object that `auction --json` prints, and notices about the files.
    Raises: InputError for an unknown rule, or one that does not clear sales, for a missing
        supply that the rule needs, and for all mistakes of the table.
    """
    rule = _rule(rule_name, plugins, ("buy", "sell"))
    if supply_mg is None and not rule.spec.supply_optional:
        raise _no_supply(rule)
    kept, notices = read_conditions(conditions or {}, accounts, has_supply=supply_mg is not None)
    # With 300,000 bids the search takes a quarter of the time.
    with without_collection():
        table = read_table(path, BIDS)
    side = Side.SELL if rule.spec.side == "sell" else Side.BUY
    sale = Sale(supply_mg, reserve_fen_per_t, conditions=kept)
    _check_sellable(kept, table)
    with without_collection():
        told = _cleared(rule, _offers(table, "bidder", side), params, seed, sale)
    return told, [*find_undeclared([rule]), *table.notices, *notices]


def clear_market(
    path: TableInput,
    rule_name: str,
    *,
    params: Mapping[str, Any] | None = None,
    conditions: Mapping[str, str] | None = None,
    accounts: TableInput | None = None,
    plugins: Sequence[Path] = (),
    seed: int = 1,
) -> tuple[dict[str, Any], list[str]]:
    """Clear a two-sided market of each product in a table of orders.

    Args:
        path: table of orders: a file or a data frame.
        rule_name: name of a mechanism, shipped or in `plugins`.
        params: parameters of the rule.
        conditions: of `scenarios.sales.conditions.NAMES`, as text.
        accounts: path of a table of what each trader may do.
        plugins: folders with your own rules.
        seed: of the rule's lottery between equal orders.
    Returns: the object that `market --json` prints, and notices about the files.
    Raises: InputError for an unknown rule, or one that does not clear markets, and for all
        mistakes of the table.
    """
    rule = _rule(rule_name, plugins, ("both",))
    kept, notices = read_conditions(conditions or {}, accounts, has_supply=False)
    with without_collection():
        table = read_table(path, ORDERS)
    sale = Sale(conditions=kept)
    _check_sellable(kept, table)
    with without_collection():
        told = _cleared(rule, _offers(table, "trader", None), params, seed, sale)
    return told, [*find_undeclared([rule]), *table.notices, *notices]


def find_equilibrium(
    path: TableInput,
    *,
    years: int = 1,
    conditions: Mapping[str, str] | None = None,
    accounts: TableInput | None = None,
) -> tuple[dict[str, Any], list[str]]:
    """The competitive benchmark of each product in a table of orders.

    Args:
        path: table of orders, as `clear_market` reads it: a file or a data frame.
        years: vintages sold as one, over which welfare is counted.
        conditions: of `scenarios.sales.conditions.NAMES`, as text; orders that do not keep
            them are left out, as in a market.
        accounts: table of what each trader may do.
    Returns: interval of prices (`null`: nobody sets that end), masses, greatest welfare,
        and what was refused; and notices about the files.
    Raises: InputError for all mistakes of the table.
    """
    kept, notices = read_conditions(conditions or {}, accounts, has_supply=False)
    table = read_table(path, ORDERS)
    offers = _offers(table, "trader", None).offers()
    screened = admit(offers, replace(kept, years=_years(years)))
    told = {}
    for product in dict.fromkeys(offer.product for offer in offers):
        orders = [order for order in screened.orders if order.product == product]
        refusals = [one for one in screened.refusals if one.offer.product == product]
        told[product] = _benchmark(competitive(orders, _years(years)), refusals)
    notices = [*table.notices, *notices]
    return next(iter(told.values())) if len(told) == 1 else {"products": told}, notices


def _benchmark(found: Equilibrium, refusals: Sequence[Refusal]) -> dict[str, Any]:
    return {
        "price_low_yuan_per_t": _yuan(found.price_low_fen_per_t),
        "price_high_yuan_per_t": _yuan(found.price_high_fen_per_t),
        "mass_low_t": _mass(found.volume_low_mg),
        "mass_high_t": _mass(found.volume_high_mg),
        "max_welfare_yuan": _yuan(round(found.surplus_fen)),
        "refused": _refused(refusals, "trader"),
    }


def _rule(name: str, plugins: Sequence[Path], sides: tuple[str, ...]) -> Rule:
    known = find_mechanisms()
    for folder in plugins:
        require_folder(folder)
    own = None if name in known else find_rule_file(name, plugins)
    check_folders(plugins, [] if own is None else [own])
    if own is not None:
        known = {**known, name: run_rule(own, "mechanism")}
    fitting = sorted(n for n, rule in known.items() if rule.spec.side in sides)
    if name in fitting:
        return known[name]
    near = nearest(name, fitting)
    raise InputError(
        "clear.rule",
        "the rule {rule!r} does not clear a sale"
        if "buy" in sides
        else "the rule {rule!r} does not clear a two-sided market",
        where="--rule",
        mend="did you mean {near!r}? there are: {known}" if near else "there are: {known}",
        rule=name,
        near=near,
        known=", ".join(fitting),
    )


def _no_supply(rule: Rule) -> InputError:
    text, mend = (
        "the rule {rule} sells a given mass", "add --supply-t, the mass on offer in tonnes"
    )  # fmt: skip
    if rule.spec.side == "sell":
        text, mend = (
            "the rule {rule} buys a given mass", "add --supply-t, the mass wanted in tonnes"
        )  # fmt: skip
    return InputError("auction.supply", text, where="--supply-t", mend=mend, rule=rule.name)


def _check_sellable(kept: Conditions, table: ReadTable) -> None:
    """Raise InputError for a product that is not sellable, and that no row has."""
    if kept.not_sellable:
        check_products(kept, table.text["product"].names if "product" in table.text else ("",))


def _offers(table: ReadTable, who: str, side: Side | None) -> OfferColumns:
    """Rows as offers, admissible or not; what cannot be read at all is raised.

    Args:
        table: bids or orders.
        who: column of the bidder or trader.
        side: of every offer; None: as its row says.
    """
    limit = table.amount[LIMIT_PRICE.name]
    written = [side] * len(table) if side else _sides(table)
    if limit.finer or None in written:
        raise_all(_mistakes(table, written))
    numbers = range(1, len(table) + 1)
    return OfferColumns(
        [own or f"{n}" for n, own in zip(numbers, _texts(table, ORDER_ID.name), strict=True)],
        _texts(table, who),
        [one for one in written if one],  # all, or the mistakes had been raised
        [product or "" for product in _texts(table, PRODUCT.name)],
        table.amount[MASS.name].value,
        limit.value,
        np.array(
            [
                n if own is None else own
                for n, own in zip(numbers, _counts(table, SEQ.name), strict=True)
            ],
            dtype=np.int64,
        ),
        np.array([at_s or 0 for at_s in _counts(table, AT_SECOND.name)], dtype=np.int64),
        _counts(table, UNTIL_SECOND.name),
        table.where,
    )


def _sides(table: ReadTable) -> list[Side | None]:
    column = table.text[SIDE.name]
    known = [SIDES.get(name.strip().lower()) for name in column.names]
    return [known[n] for n in column.code.tolist()]


def _texts(table: ReadTable, name: str) -> list[Any]:
    column = table.text.get(name)
    return [None] * len(table) if column is None else column.texts()


def _counts(table: ReadTable, name: str) -> list[int | None]:
    column = table.number.get(name)
    return [None] * len(table) if column is None else column.value.tolist()


def _mistakes(table: ReadTable, sides: Sequence[Side | None]) -> list[RightsError]:
    """Every row whose side or limit cannot be read; of a row the first."""
    found: list[RightsError] = []
    limit = table.amount[LIMIT_PRICE.name]
    said = _texts(table, SIDE.name)
    for n in sorted({*limit.finer, *(n for n, side in enumerate(sides) if side is None)}):
        if sides[n] is None:
            found.append(
                InputError(
                    "clear.side",
                    "{side!r} is not a side",
                    where=table.where(n),
                    mend="write buy or sell",
                    side=said[n],
                )
            )
            continue
        try:
            parse_fen(limit.finer[n], where=table.where(n))
        except RightsError as error:
            found.append(error)
    return found


def _cleared(
    rule: Rule,
    offers: OfferColumns,
    params: Mapping[str, Any] | None,
    seed: int,
    sale: Sale,
) -> dict[str, Any]:
    def rng_of(product: str) -> Generator:
        return stream(seed, "clear", product)

    given = dict(params or {})
    sale = replace(sale, years=_years(given.pop("years", rule.spec.term_years or 1)))
    told = None
    if len(offers) >= LARGE_SALE:
        by_columns = hold_large_sale(sale, rule, offers, given, rng_of=rng_of) or {}
        told = {product: _told_columns(offers, one) for product, one in by_columns.items()}
    if not told:
        held = hold_sale(sale, rule, offers.offers(), given, rng_of=rng_of)
        told = {product: _told(rule, one) for product, one in held.items()}
    head = {"rule": rule.name}
    if len(told) == 1:
        return head | next(iter(told.values()))
    return head | {"products": told}


def _years(given: Any) -> int:
    """Number of vintages sold as one, at least 1."""
    number = plain_number(given, where="--param years")
    if number is None or number != int(number) or not 1 <= number <= MOST_VINTAGES:
        raise InputError(
            "clear.years",
            "{said!r} is not a number of years from 1 to {most}",
            where="--param years",
            mend="write for example years=5",
            said=str(given),
            most=MOST_VINTAGES,
        )
    return int(number)


def _told(rule: Rule, held: HeldSale) -> dict[str, Any]:
    clearing, side = held.clearing, rule.spec.side
    who = "trader" if side == "both" else "bidder"
    found: dict[str, Any] = {
        "price_yuan_per_t": _yuan(clearing.price_fen_per_t),
        "sold_t": _mass(clearing.traded_mg),
        "unsold_t": _mass(clearing.unsold_mg),
        "revenue_yuan": _yuan(clearing.money_fen),
        "fills": [
            {
                who: fill.order.trader,
                "id": fill.order.id,
                "side": fill.order.side.value,
                "mass_t": _mass(fill.mass_mg),
                "price_yuan_per_t": _yuan(fill.price_fen_per_t),
                "money_yuan": _yuan(fill.money_fen),
            }
            for fill in clearing.fills
        ],
        "unfilled": _unfilled(held, who),
        "refused": _refused(held.refusals, who),
        "ties": _ties(clearing.ties),
    }
    if side == "sell":
        spent = sum(fill.money_fen for fill in clearing.fills)
        return found | {"spent_yuan": _yuan(spent)}
    return found | _welfare(held.book, clearing) if side == "both" else found


def _told_columns(offers: OfferColumns, held: HeldColumns) -> dict[str, Any]:
    """As `_told` of a one-sided sale."""
    clearing, bids = held.clearing, held.bids
    refused = [one.offer for one in held.refusals]
    won = np.flatnonzero(clearing.filled_mg)
    left = np.flatnonzero(clearing.filled_mg < bids.mass_mg)
    rest_mg = (bids.mass_mg - clearing.filled_mg)[left]
    refused_mg = np.array([offer.mass_mg for offer in refused], dtype=np.int64)
    reasons = [REASONS[code].value for code in clearing.reason[left].tolist()]
    ids = [offers.id[n] for n in held.offer.tolist()]
    return {
        "price_yuan_per_t": _yuan(clearing.price_fen_per_t),
        "sold_t": _mass(int(clearing.filled_mg.sum())),
        "unsold_t": _mass(clearing.unsold_mg),
        "revenue_yuan": _yuan(int(clearing.money_fen.sum())),
        "fills": RowColumns(
            {
                "bidder": [bids.bidder[n] for n in won.tolist()],
                "id": [ids[n] for n in won.tolist()],
                "side": [Side.BUY.value] * len(won),
                "mass_t": Amounts(clearing.filled_mg[won], TONNE_PLACES),
                "price_yuan_per_t": Amounts(clearing.paid_fen_per_t[won], YUAN_PLACES),
                "money_yuan": Amounts(clearing.money_fen[won], YUAN_PLACES),
            }
        ),
        "unfilled": RowColumns(
            {
                "bidder": [*(bids.bidder[n] for n in left.tolist()), *(o.trader for o in refused)],
                "id": [*(ids[n] for n in left.tolist()), *(offer.id for offer in refused)],
                "mass_t": Amounts(np.append(rest_mg, refused_mg), TONNE_PLACES),
                "reason": [*reasons, *(one.reason.value for one in held.refusals)],
            }
        ),
        "refused": _refused(held.refusals, "bidder"),
        "ties": _ties(clearing.ties),
    }


def _ties(ties: Sequence[Tie]) -> list[dict[str, Any]]:
    return [
        {
            "price_yuan_per_t": _yuan(tie.price_fen_per_t),
            "orders": tie.orders,
            "mass_t": _mass(tie.mass_mg),
            "filled_t": _mass(tie.filled_mg),
            "rule": tie.rule,
        }
        for tie in ties
    ]


def _unfilled(held: HeldSale, who: str) -> list[dict[str, Any]]:
    """Orders not served: remainders of orders, then refused orders."""
    rests = [
        (rest.order.trader, rest.order.id, rest.mass_mg, rest.reason)
        for rest in held.clearing.rests
    ]
    refused = [
        (one.offer.trader, one.offer.id, one.offer.mass_mg, one.reason) for one in held.refusals
    ]
    return [
        {who: trader, "id": order_id, "mass_t": _mass(mass), "reason": reason.value}
        for trader, order_id, mass, reason in (*rests, *refused)
    ]


def _refused(refusals: Sequence[Refusal], who: str) -> list[dict[str, Any]]:
    return [
        {
            who: one.offer.trader,
            "id": one.offer.id,
            "reason": one.reason.value,
            "text": render(one.error),
        }
        for one in refusals
    ]


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
