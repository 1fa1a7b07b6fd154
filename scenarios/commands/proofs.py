"""What a run left behind: audit, explain, replay, compare."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from permits.errors import InputError
from scenarios.commands.options import (
    DONE,
    VIOLATION,
    Debug,
    Json,
    Lang,
    help_of,
    print_json,
)
from scenarios.text import t

Books = Annotated[
    Path, typer.Argument(metavar="RUN", help=t("Folder of a run, or a journal of accounts."))
]


def add_to(app: typer.Typer) -> None:
    """Put the commands of this file into `app`."""
    app.command(
        help=help_of(
            "Prove conservation, chain, licence limits and card histories from the journal.",
            "permits audit runs/demo",
            "permits audit accounts.sqlite --head 5f3c…",
        )
    )(audit)
    app.command(
        help=help_of(
            "Why a balance, or a quota, is what it is.",
            "permits explain runs/demo coating-cars-Hangzhou-001",
            "permits explain runs/demo --city Hangzhou",
        )
    )(explain)
    app.command(
        help=help_of(
            "The state at an entry of the journal.", "permits replay runs/demo --until 500"
        )
    )(replay)
    app.command(help=help_of("Runs side by side.", "permits compare runs/census runs/register"))(
        compare
    )


def audit(
    run: Books,
    head: Annotated[
        str | None, typer.Option("--head", help=t("A seal kept elsewhere, to be in the chain."))
    ] = None,
    as_json: Json = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    from scenarios.proof.audit import audit as audit_books
    from scenarios.results.console import print_lines

    report = audit_books(run, head=head)
    print_json(report.as_dict()) if as_json else print_lines(report.lines())
    raise typer.Exit(DONE if report.ok else VIOLATION)


def explain(
    run: Books,
    account: Annotated[str | None, typer.Argument(metavar="[ACCOUNT]")] = None,
    source: Annotated[str | None, typer.Option("--source", help=t("A source's quota."))] = None,
    city: Annotated[str | None, typer.Option("--city", help=t("A city's quotas."))] = None,
    sector: Annotated[str | None, typer.Option("--sector", help=t("A sector's quotas."))] = None,
    as_json: Json = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    from scenarios.proof.audit import explain_accounts
    from scenarios.proof.explain import explain_firm, explain_quota
    from scenarios.results.console import print_lines

    if run.is_file():
        if account is None:
            raise InputError(
                "explain.whose",
                "of a journal, one owner's accounts are explained",
                where="ACCOUNT",
                mend="give an owner as it stands before the # of an account",
            )
        lines = explain_accounts(run, account)
    elif account is not None:
        lines = explain_firm(run, account)
    else:
        lines = explain_quota(run, source=source, city=city, sector=sector)
    print_json({"lines": lines}) if as_json else print_lines(lines)


def replay(
    run: Books,
    until: Annotated[int | None, typer.Option("--until", help=t("So many entries."))] = None,
    as_json: Json = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    from scenarios.proof.audit import replay as replay_books
    from scenarios.results.console import print_lines, print_rows

    report = replay_books(run, until)
    if as_json:
        print_json(report.as_dict())
        return
    print_rows([t("Account"), t("Asset"), t("Balance")], report.balances)
    if report.equal is not None:
        print_lines([t("Equal to the stored balances") if report.equal else t("Not equal")])
    raise typer.Exit(VIOLATION if report.equal is False else DONE)


def compare(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN RUN…")],
    as_json: Json = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    from scenarios.proof.compare import compare_runs
    from scenarios.results.console import print_rows

    comparison = compare_runs(runs)
    print_json(comparison.as_dict()) if as_json else print_rows(*comparison.table())
