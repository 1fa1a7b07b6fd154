"""Commands on the results of a run: audit, explain, replay, compare."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scenarios.commands.options import (
    DONE,
    VIOLATION,
    Debug,
    Json,
    Lang,
    help_of,
    number_option,
    print_json,
)
from scenarios.text import t

Books = Annotated[
    Path, typer.Argument(metavar="RUN", help=t("Folder of a run, or a journal of accounts."))
]


def add_to(app: typer.Typer) -> None:
    """Add the commands `audit`, `explain`, `replay` and `compare` to `app`."""
    app.command(
        help=help_of(
            "Verify a run from its journal: mass balance, hash chain, permit limits, card "
            "histories.",
            "permits audit runs/demo",
            "permits audit accounts.sqlite --head 5f3c…",
        )
    )(audit)
    app.command(
        help=help_of(
            "Explain why a balance or a quota is what it is.",
            "permits explain runs/demo coating-cars-Hangzhou-001",
            "permits explain runs/demo --city Hangzhou",
        )
    )(explain)
    app.command(
        help=help_of(
            "Show the balances after an entry of the journal.",
            "permits replay runs/demo --until 500",
        )
    )(replay)
    app.command(
        help=help_of("Compare runs side by side.", "permits compare runs/census runs/register")
    )(compare)


def audit(
    run: Books,
    head: Annotated[
        str | None,
        typer.Option("--head", help=t("Hash noted elsewhere that must occur in the chain.")),
    ] = None,
    as_json: Json = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    """Verify the journal of a run, or a journal of accounts."""
    from scenarios.api import audit as audit_books
    from scenarios.results.console import print_lines

    answer = audit_books(run, head=head)
    print_json(answer.summary) if as_json else print_lines(answer.lines)
    raise typer.Exit(DONE if answer.ok else VIOLATION)


def explain(
    run: Books,
    account: Annotated[
        str | None,
        typer.Argument(metavar="[ACCOUNT]", help=t("Firm of the run, or owner in the journal.")),
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", help=t("Explain the quota of this source."))
    ] = None,
    city: Annotated[
        str | None, typer.Option("--city", help=t("Explain the quotas of this city."))
    ] = None,
    sector: Annotated[
        str | None, typer.Option("--sector", help=t("Explain the quotas of this sector."))
    ] = None,
    as_json: Json = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    """Explain the year of a firm, a quota, or the postings of an owner."""
    from scenarios.api import explain as explain_run
    from scenarios.results.console import print_lines

    answer = explain_run(run, account, source=source, city=city, sector=sector)
    print_json(answer.summary) if as_json else print_lines(answer.lines)


def replay(
    run: Books,
    until: Annotated[
        int | None, number_option("--until", t("Replay only the first N entries."))
    ] = None,
    as_json: Json = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    """Print the balances after the first entries of a journal."""
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
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN RUN…", help=t("Folders of the runs to compare."))
    ],
    as_json: Json = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    """Print the key figures of several runs side by side."""
    from scenarios.api import compare as compare_runs
    from scenarios.results.console import print_rows

    answer = compare_runs(*runs)
    print_json(answer.summary) if as_json else print_rows(*answer.shown())
