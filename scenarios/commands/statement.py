"""`permits statement`: statements of basic accounts, period by period."""

from __future__ import annotations

from typing import Annotated

import typer

from permits.errors import InputError
from scenarios.commands.options import (
    Debug,
    Force,
    Json,
    Lang,
    OutOrFile,
    RunDir,
    help_of,
    print_json,
)
from scenarios.text import t

PERIODS = ("month", "year")


def add_to(app: typer.Typer) -> None:
    """Add the command `statement` to `app`."""
    app.command(
        help=help_of(
            "Print account statements: balances, receipts and deliveries per period.",
            "permits statement runs/demo --account city:Hangzhou",
            "permits statement runs/demo --level firm --by year --out statements",
        )
    )(statement)


def statement(
    run: RunDir,
    account: Annotated[
        str | None,
        typer.Option("--account", help=t("Account owner: a firm, county:…, city:… or province:….")),
    ] = None,
    level: Annotated[
        str | None,
        typer.Option("--level", help=t("All accounts of a level: firm, county, city or province.")),
    ] = None,
    by: Annotated[
        str, typer.Option("--by", help=t("Length of a period: month or year."))
    ] = "month",
    out: OutOrFile = None,
    force: Force = False,
    as_json: Json = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    """Print statements of accounts, or write them to a table."""
    from scenarios.proof.statements import state_run, write_statement
    from scenarios.results.console import print_lines, print_rows
    from scenarios.results.stores.read import read_labels

    if by not in PERIODS:
        raise InputError(
            "statement.by",
            "a statement is by month or by year, not by {said!r}",
            where="--by",
            mend="write --by month or --by year",
            said=by,
        )
    found = state_run(run, account=account, level=level, by="year" if by == "year" else "month")
    written = write_statement(found, run, out, force=force) if out else []
    if as_json:
        print_json({**found.as_dict(), "files": [str(file) for file in written]})
    elif written:
        print_lines([t("written: {file}", file=str(file)) for file in written])
    else:
        print_rows(*found.shown(read_labels(run)))
