"""What there is, and files of one's own: list, check, schema, init, verify."""

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
    tell,
)
from scenarios.commands.progress import Progress
from scenarios.text import t


def add_to(app: typer.Typer) -> None:
    """Put the commands of this file into `app`."""
    app.command("list", help=help_of("What there is, with sources.", "permits list mechanisms"))(
        list_
    )
    app.command(
        help=help_of(
            "Check a scenario and its tables; tell every mistake.", "permits check mine.toml"
        )
    )(check)
    app.command(help=help_of("The JSON schema of scenario files.", "permits schema > schema.json"))(
        schema
    )
    app.command(
        help=help_of(
            "Write a commented starter scenario, or a working rule.",
            "permits init my-county",
            "permits init --mechanism second_best",
        )
    )(init)
    app.command(help=help_of("Hold an own rule to the contract.", "permits verify second_best.py"))(
        verify
    )


def list_(
    kind: Annotated[
        str | None,
        typer.Argument(metavar="[scenarios|mechanisms|traders|policies|allocations]"),
    ] = None,
    plugins: Plugins = [],  # noqa: B006
    as_json: Json = False,
    quiet: Quiet = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    from scenarios.definition.catalogue import list_things
    from scenarios.results.console import print_list

    with Progress(quiet) as progress:
        found = list_things(kind, plugins, progress)
    print_json(found) if as_json else print_list(found)


def check(
    file: Annotated[str, typer.Argument(metavar="FILE")],
    plugins: Plugins = [],  # noqa: B006
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    from scenarios.definition.load import check as check_scenario
    from scenarios.results.console import print_lines

    print_lines(check_scenario(file, plugins))
    print(t("{file}: in order", file=file))


def schema(lang: Lang = "", debug: Debug = False) -> None:
    from scenarios.definition.load import schema_json

    print_json(schema_json())


def init(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]")] = None,
    mechanism: Annotated[
        str | None, typer.Option("--mechanism", help=t("Name of a clearing rule."))
    ] = None,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    from scenarios.definition.starter import write_starter

    if (name is None) == (mechanism is None):
        raise InputError(
            "init.one",
            "one thing is written at a time",
            where="init",
            mend="give a scenario's name, or --mechanism NAME",
        )
    path = write_starter(name) if name else write_starter(mechanism or "", "mechanism")
    print(t("Written: {path}", path=path))


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    as_json: Json = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    from scenarios.definition.contract_check import print_verified, verify_file

    report, notices = verify_file(file)
    tell(notices, quiet=False)
    print_json(report) if as_json else print_verified(report)
    raise typer.Exit(DONE if report["kept"] else VIOLATION)
