"""Lists of what is available, and files of your own: list, check, schema, init, verify."""

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
    Plugins,
    Quiet,
    help_of,
    print_json,
    print_notices,
)
from scenarios.commands.progress import Progress
from scenarios.text import t
from scenarios.text.terminal import say


def add_to(app: typer.Typer) -> None:
    """Add the commands `list`, `check`, `schema`, `init` and `verify` to `app`."""
    app.command(
        "list", help=help_of("List what is available, with sources.", "permits list mechanisms")
    )(list_)
    app.command(
        help=help_of(
            "Check a scenario and its tables; report every mistake.", "permits check mine.toml"
        )
    )(check)
    app.command(
        help=help_of("Print the JSON schema of scenario files.", "permits schema > schema.json")
    )(schema)
    app.command(
        help=help_of(
            "Write a commented starter scenario, or a working rule.",
            "permits init my-county",
            "permits init --mechanism second_best",
        )
    )(init)
    app.command(
        help=help_of("Test your own rule against the interface.", "permits verify second_best.py")
    )(verify)


def list_(
    kind: Annotated[
        str | None,
        typer.Argument(
            metavar="[scenarios|mechanisms|traders|policies|allocations]",
            help=t("Kind to list; all kinds if omitted."),
        ),
    ] = None,
    plugins: Plugins = [],  # noqa: B006
    as_json: Json = False,
    quiet: Quiet = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    """List scenarios and rules with their titles and sources."""
    from scenarios.definition.catalogue import list_things
    from scenarios.results.console import print_list

    with Progress(quiet) as progress:
        found = list_things(kind, plugins, progress)
    print_json(found) if as_json else print_list(found)


def check(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help=t("Name of a shipped scenario, or a scenario file.")),
    ],
    plugins: Plugins = [],  # noqa: B006
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    """Check a scenario file and its tables, and report every mistake."""
    from scenarios.definition.load import check as check_scenario
    from scenarios.results.console import print_lines

    print_lines(check_scenario(file, plugins))
    say(t("{file}: in order", file=file))


def schema(lang: Lang = "", debug: Debug = False) -> None:
    """Print the JSON schema of scenario files."""
    from scenarios.definition.load import schema_json

    print_json(schema_json())


def init(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help=t("Name of a new scenario."))
    ] = None,
    mechanism: Annotated[
        str | None, typer.Option("--mechanism", help=t("Name of a new clearing rule."))
    ] = None,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    """Write a starter scenario or a starter clearing rule."""
    from scenarios.definition.starter import write_starter

    if (name is None) == (mechanism is None):
        raise InputError(
            "init.one",
            "init writes either a scenario or a clearing rule",
            where="init",
            mend="give a scenario's name, or --mechanism NAME",
        )
    path = write_starter(name) if name else write_starter(mechanism or "", "mechanism")
    say(t("Written: {path}", path=path))


def verify(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help=t("Python file of the rule to test."))
    ],
    as_json: Json = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    """Test a rule file against the interface of its kind."""
    from scenarios.definition.contract_check import print_verified, verify_file

    report, notices = verify_file(file)
    print_notices(notices, quiet=False)
    print_json(report) if as_json else print_verified(report)
    raise typer.Exit(DONE if report["kept"] else VIOLATION)
