"""Commands on results: audit, explain, replay, compare."""

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
    Quiet,
    Sets,
    help_of,
    number_option,
    print_json,
)
from scenarios.text import t

Books = Annotated[
    Path,
    typer.Argument(metavar="RUN", help=t("Folder of a run or plan, or a journal of accounts.")),
]


def add_to(app: typer.Typer) -> None:
    """Add the commands `audit`, `explain`, `replay` and `compare` to `app`."""
    app.command(
        help=help_of(
            "Verify a folder of results: every file, the journal, the tables that follow from it.",
            "permits audit runs/demo",
            "permits audit runs/demo --seal 9c1b…",
            "permits audit accounts.sqlite --head 5f3c…",
        )
    )(audit)
    app.command(
        help=help_of(
            "Explain why a balance or a quota is what it is.",
            "permits explain runs/demo coating-cars-Hangzhou-001",
            "permits explain runs/demo --city Hangzhou",
            "permits explain plan --source PW0001",
        )
    )(explain)
    app.command(
        help=help_of(
            "Show the balances after an entry of a journal, or play a year again by its commands.",
            "permits replay runs/demo --until 500",
            "permits replay zhejiang-2017-voc --commands runs/demo/commands.jsonl",
        )
    )(replay)
    app.command(
        help=help_of(
            "Compare runs or plans side by side.",
            "permits compare runs/census runs/register",
            "permits compare plan plan-after-appeal",
        )
    )(compare)


def audit(
    run: Books,
    head: Annotated[
        str | None,
        typer.Option(
            "--head",
            help=t("Hash kept elsewhere: one in a journal's chain, or the last of a run."),
        ),
    ] = None,
    seal: Annotated[
        str | None, typer.Option("--seal", help=t("Seal of the folder, kept elsewhere."))
    ] = None,
    as_json: Json = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    """Verify the folder of a run or plan, or a journal of accounts."""
    from scenarios.api import audit as audit_books
    from scenarios.results.console import print_lines

    answer = audit_books(run, head=head, seal=seal)
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
    commands: Annotated[
        Path | None,
        typer.Option(
            "--commands",
            help=t("Play the scenario again by this log of commands, and compare the entries."),
        ),
    ] = None,
    sets: Sets = [],  # noqa: B006
    as_json: Json = False,
    quiet: Quiet = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    """Print the balances after the first entries of a journal, or play a year again."""
    if commands is not None:
        _replay_commands(str(run), commands, sets, as_json, quiet)
        return
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


def _replay_commands(scenario: str, log: Path, sets: list[str], as_json: bool, quiet: bool) -> None:
    """Play a scenario again by its commands; the entries are compared by their hash."""
    from scenarios.commands.progress import Progress
    from scenarios.definition.load import load_scenario
    from scenarios.results.console import print_lines
    from scenarios.runner import prepared
    from scenarios.runner import run as run_scenario
    from scenarios.simulation.command_log import entries_sha256, read_log

    loaded, _ = prepared(load_scenario(scenario, sets), "year")
    read = read_log(log, loaded)
    with Progress(quiet) as progress:
        played = run_scenario(
            loaded, part="year", luck=0, without=("frictions",), commands=read.commands,
            progress=progress,
        )  # fmt: skip
    found = entries_sha256(played.journal)
    equal = None if read.entries_sha256 is None else found == read.entries_sha256
    if as_json:
        print_json(
            {"commands": len(read.commands), "entries": len(played.journal),
             "entries_sha256": found, "equal": equal}
        )  # fmt: skip
    else:
        print_lines([t("SHA-256 of {count} entries: {hash}",
                       count=f"{len(played.journal):,}", hash=found)])  # fmt: skip
        if equal is not None:
            print_lines([t("Equal to the logged entries") if equal else t("Not equal")])
    raise typer.Exit(VIOLATION if equal is False else DONE)


def compare(
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="RUN RUN…", help=t("Folders of the runs or plans to compare.")),
    ],
    as_json: Json = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    """Print the key figures of several runs or plans side by side, and what changes."""
    from scenarios.api import compare as compare_runs
    from scenarios.results.console import print_lines, print_rows

    answer = compare_runs(*runs)
    if as_json:
        print_json(answer.summary)
        return
    print_rows(*answer.shown())
    said, heads, rows = answer.changes()
    print_lines([said])
    if rows:
        print_rows(heads, rows)
