"""`permits auction` and `permits market`: clear one sale or one market from a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from scenarios.commands.options import (
    Debug,
    Json,
    Lang,
    Memory,
    Params,
    Plugins,
    Quiet,
    Visible,
    help_of,
    number_option,
    pairs,
    print_json,
    print_notices,
    shown_rows,
)
from scenarios.text import t

if TYPE_CHECKING:
    from scenarios.api import SaleAnswer

Conditions = Annotated[
    list[str],
    typer.Option(
        "--condition", help=t("Condition on orders, NAME=VALUE: lot_t, band, … (repeatable).")
    ),
]
Accounts = Annotated[
    str | None,
    typer.Option("--accounts", help=t("Table of accounts: free_t, held_t, guarantee_yuan, …")),
]

Ties = Annotated[int | None, number_option("--seed", t("Random seed for ties and random rules."))]


def add_to(app: typer.Typer) -> None:
    """Add the commands `auction` and `market` to `app`."""
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
    rule: Annotated[
        str, typer.Option("--rule", help=t("Clearing rule; `permits list mechanisms` shows all."))
    ],
    supply: Annotated[
        str | None,
        typer.Option("--supply-t", help=t("Mass on offer (in a purchase: mass wanted), t.")),
    ] = None,
    reserve: Annotated[
        str | None,
        typer.Option(
            "--reserve", help=t("Reserve price (in a purchase: highest price paid), yuan/t.")
        ),
    ] = None,
    tie: Annotated[
        str | None, typer.Option("--tie", help=t("Tie-breaking: seq, pro_rata or random."))
    ] = None,
    params: Params = [],  # noqa: B006
    conditions: Conditions = [],  # noqa: B006
    accounts: Accounts = None,
    seed: Ties = None,
    plugins: Plugins = [],  # noqa: B006
    memory: Memory = "",
    visible: Visible = False,
    as_json: Json = False,
    quiet: Quiet = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    """Clear one sale, or one purchase by the government, from a table of bids."""
    from scenarios import api

    with shown_rows(visible):
        answer = api.clear(
            bids,
            rule,
            supply_t=supply,
            reserve=reserve,
            tie=tie,
            params=pairs(params, "--param"),
            conditions=pairs(conditions, "--condition"),
            accounts=accounts,
            seed=seed,
            plugins=plugins,
        )
    _print_cleared(answer, as_json, quiet)


def market(
    orders: Annotated[str, typer.Option("--orders", help=t("Table of orders."))],
    rule: Annotated[
        str, typer.Option("--rule", help=t("Clearing rule; `permits list mechanisms` shows all."))
    ],
    tie: Annotated[
        str | None, typer.Option("--tie", help=t("Tie-breaking: seq, pro_rata or random."))
    ] = None,
    params: Params = [],  # noqa: B006
    conditions: Conditions = [],  # noqa: B006
    accounts: Accounts = None,
    seed: Ties = None,
    plugins: Plugins = [],  # noqa: B006
    memory: Memory = "",
    visible: Visible = False,
    as_json: Json = False,
    quiet: Quiet = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    """Clear a two-sided market from a table of orders."""
    from scenarios import api

    with shown_rows(visible):
        answer = api.market(
            orders,
            rule,
            tie=tie,
            params=pairs(params, "--param"),
            conditions=pairs(conditions, "--condition"),
            accounts=accounts,
            seed=seed,
            plugins=plugins,
        )
    _print_cleared(answer, as_json, quiet)


def _print_cleared(answer: SaleAnswer, as_json: bool, quiet: bool) -> None:
    from scenarios.results.console import print_clearing

    print_notices(answer.notices, quiet)
    print_json(answer.summary) if as_json else print_clearing(answer.summary)
