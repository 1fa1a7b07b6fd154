"""What a run left behind: audit, explain, replay, compare."""

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
    RunDir,
    help_of,
    print_json,
)
from scenarios.text import t


def add_to(app: typer.Typer) -> None:
    """Put the commands of this file into `app`."""
    app.command(help=help_of("Prove conservation from the journal.", "permits audit runs/demo"))(
        audit
    )
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


def audit(run: RunDir, as_json: Json = False, lang: Lang = "", debug: Debug = False) -> None:
    from scenarios.audit import audit_run
    from scenarios.terminal import print_lines

    report = audit_run(run)
    print_json(report.as_dict()) if as_json else print_lines(report.lines())
    raise typer.Exit(DONE if report.ok else VIOLATION)


def explain(
    run: RunDir,
    account: Annotated[str | None, typer.Argument(metavar="[ACCOUNT]")] = None,
    source: Annotated[str | None, typer.Option("--source", help=t("A source's quota."))] = None,
    city: Annotated[str | None, typer.Option("--city", help=t("A city's quotas."))] = None,
    sector: Annotated[str | None, typer.Option("--sector", help=t("A sector's quotas."))] = None,
    as_json: Json = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    from scenarios.explain import explain_firm, explain_quota
    from scenarios.terminal import print_lines

    if account is not None:
        lines = explain_firm(run, account)
    else:
        lines = explain_quota(run, source=source, city=city, sector=sector)
    print_json({"lines": lines}) if as_json else print_lines(lines)


def replay(
    run: RunDir,
    until: Annotated[int | None, typer.Option("--until", help=t("So many entries."))] = None,
    as_json: Json = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    from scenarios.audit import replay_run
    from scenarios.terminal import print_lines, print_rows

    report = replay_run(run, until)
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
    from scenarios.compare import compare_runs
    from scenarios.terminal import print_rows

    comparison = compare_runs(runs)
    print_json(comparison.as_dict()) if as_json else print_rows(*comparison.table())
