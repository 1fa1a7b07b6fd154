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
    Force,
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
            "Write a commented starter scenario, a working rule, or files to try.",
            "permits init my-county",
            "permits init --examples try",
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


def schema(
    out: Annotated[Path | None, typer.Option("--out", help=t("File to write to."))] = None,
    force: Force = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    """Print the JSON schema of scenario files, or write it to a file."""
    from scenarios.definition.load import schema_json

    if out is None:
        print_json(schema_json())
        return
    from scenarios.results.stores.jsontext import to_json
    from scenarios.results.stores.single_file import write_single

    write_single(out, to_json(schema_json()).encode(), force=force)
    say(t("Written: {path}", path=str(out)))


def init(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help=t("Name of a new scenario."))
    ] = None,
    mechanism: Annotated[
        str | None, typer.Option("--mechanism", help=t("Name of a new clearing rule."))
    ] = None,
    examples: Annotated[
        Path | None,
        typer.Option("--examples", help=t("Folder for a file of each kind that a command reads.")),
    ] = None,
    force: Force = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    """Write a starter scenario, a starter clearing rule, or examples of every input file."""
    from scenarios.definition.examples import write_examples
    from scenarios.definition.starter import starter
    from scenarios.results.stores.single_file import write_single

    if sum(given is not None for given in (name, mechanism, examples)) != 1:
        raise InputError(
            "init.one",
            "init writes a scenario, a clearing rule or examples, one at a time",
            where="init",
            mend="give a scenario's name, or --mechanism NAME, or --examples DIR",
        )
    if examples is not None:
        count = len(write_examples(examples))
        say(t("{count} files written to {path}; README.md says what to try", count=count,
              path=examples))  # fmt: skip
        return
    path, text = starter(name) if name else starter(mechanism or "", "mechanism")
    write_single(path, text.encode(), force=force, where="init")
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
