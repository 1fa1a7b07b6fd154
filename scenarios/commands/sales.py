"""`permits auction` and `permits market`: one sale or one market from a table."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from scenarios.commands.options import (
    Debug,
    Json,
    Lang,
    Params,
    Plugins,
    Quiet,
    Seed,
    help_of,
    pairs,
    print_json,
    tell,
)
from scenarios.text import t

Conditions = Annotated[
    list[str], typer.Option("--condition", help=t("A condition, NAME=VALUE: lot_t, band, …"))
]
Accounts = Annotated[
    str | None, typer.Option("--accounts", help=t("Table: free_t, held_t, guarantee_yuan, …"))
]


def add_to(app: typer.Typer) -> None:
    """Put the commands of this file into `app`."""
    app.command(
        help=help_of(
            "Clear one sale, or one purchase by the government.",
            "permits auction --bids bids.csv --supply-t 120 --rule uniform_price --reserve 10",
            "permits auction --bids bids.csv --rule headcount_share --reserve 4000",
            "permits auction --bids bids.csv --supply-t 500000 --rule pay_as_bid "
            "--condition lot_t=1000 --condition most_share=50%",
            "permits auction --bids offers.csv --supply-t 90 --rule reverse_uniform "
            "--param budget_yuan=135000",
        )
    )(auction)
    app.command(
        help=help_of(
            "Clear a two-sided market.",
            "permits market --orders orders.csv --rule call_double --param k=0.5",
            "permits market --orders orders.csv --rule call_double --accounts accounts.csv",
        )
    )(market)


def auction(
    bids: Annotated[str, typer.Option("--bids", help=t("Table of bids."))],
    rule: Annotated[str, typer.Option("--rule", help=t("Clearing rule."))],
    supply: Annotated[str | None, typer.Option("--supply-t", help=t("Mass on offer, t."))] = None,
    reserve: Annotated[str | None, typer.Option("--reserve", help=t("Lowest price."))] = None,
    tie: Annotated[str | None, typer.Option("--tie", help="seq|pro_rata|random")] = None,
    params: Params = [],  # noqa: B006
    conditions: Conditions = [],  # noqa: B006
    accounts: Accounts = None,
    seed: Seed = None,
    plugins: Plugins = [],  # noqa: B006
    as_json: Json = False,
    quiet: Quiet = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    from permits.quantity import parse_fen, parse_mass_mg
    from scenarios.sales.clear import clear_sale

    told, notices = clear_sale(
        bids,
        rule,
        supply_mg=None if supply is None else parse_mass_mg(supply, where="--supply-t"),
        reserve_fen_per_t=None if reserve is None else parse_fen(reserve, where="--reserve"),
        params=pairs(params, "--param") | ({"tie": tie} if tie else {}),
        conditions=pairs(conditions, "--condition"),
        accounts=accounts,
        plugins=plugins,
        seed=1 if seed is None else seed,
    )
    _print_cleared(told, notices, as_json, quiet)


def market(
    orders: Annotated[str, typer.Option("--orders", help=t("Table of orders."))],
    rule: Annotated[str, typer.Option("--rule", help=t("Clearing rule."))],
    tie: Annotated[str | None, typer.Option("--tie", help="seq|pro_rata|random")] = None,
    params: Params = [],  # noqa: B006
    conditions: Conditions = [],  # noqa: B006
    accounts: Accounts = None,
    seed: Seed = None,
    plugins: Plugins = [],  # noqa: B006
    as_json: Json = False,
    quiet: Quiet = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    from scenarios.sales.clear import clear_market

    told, notices = clear_market(
        orders,
        rule,
        params=pairs(params, "--param") | ({"tie": tie} if tie else {}),
        conditions=pairs(conditions, "--condition"),
        accounts=accounts,
        plugins=plugins,
        seed=1 if seed is None else seed,
    )
    _print_cleared(told, notices, as_json, quiet)


def _print_cleared(told: dict[str, Any], notices: list[str], as_json: bool, quiet: bool) -> None:
    from scenarios.results.console import print_clearing

    tell(notices, quiet)
    print_json(told) if as_json else print_clearing(told)
