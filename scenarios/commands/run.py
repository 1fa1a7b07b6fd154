"""`permits run`: a scenario from its file to its report."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from scenarios.commands.options import (
    AsOf,
    Debug,
    Force,
    Json,
    Lang,
    Out,
    Plugins,
    Quiet,
    Seed,
    Sets,
    Title,
    help_of,
    number_option,
    print_infeasible,
    print_json,
    print_notices,
    print_seal,
)
from scenarios.commands.progress import Progress
from scenarios.intake.option_numbers import DEFAULT_LUCK
from scenarios.text import render, t


def add_to(app: typer.Typer) -> None:
    """Add the command `run` to `app`."""
    app.command(
        help=help_of(
            "Run a scenario: the plan, then the simulated year.",
            "permits run zhejiang-2017-voc",
            "permits run zhejiang-2017-voc --set baseline=register --part plan",
            "permits run jiaxing-dyers-2018 --part year --without frictions --luck 20",
        )
    )(run)


def run(
    scenario: Annotated[
        str,
        typer.Argument(
            metavar="SCENARIO", help=t("Name of a shipped scenario, or a scenario file.")
        ),
    ],
    sets: Sets = [],  # noqa: B006
    part: Annotated[
        str, typer.Option("--part", help=t("Part to run: plan, year, or all (both)."))
    ] = "all",
    title: Title = None,
    as_of: AsOf = None,
    draws: Annotated[
        int | None,
        typer.Option("--draws", help=t("Number of Monte Carlo draws of uncertain inputs.")),
    ] = None,
    luck: Annotated[
        int,
        number_option(
            "--luck", t("Number of luck seeds over which figures of the year are given a range.")
        ),
    ] = DEFAULT_LUCK,
    without: Annotated[
        list[str],
        typer.Option(
            "--without", help=t("Parts to leave out: frictions, baselines (comma-separated).")
        ),
    ] = [],  # noqa: B006
    commands: Annotated[
        Path | None,
        typer.Option(
            "--commands", help=t("Log of commands (JSON lines): what people decide in the year.")
        ),
    ] = None,
    out: Out = None,
    force: Force = False,
    seed: Seed = None,
    plugins: Plugins = [],  # noqa: B006
    as_json: Json = False,
    quiet: Quiet = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    """Run a scenario and write its results to a folder."""
    from scenarios.api.arguments import files_in
    from scenarios.definition.load import load_scenario
    from scenarios.results.manifest import stamped
    from scenarios.results.report import print_summary
    from scenarios.results.result import check_as_of
    from scenarios.results.stores.folder import check_free, numbered, write_run
    from scenarios.results.stores.summary_json import summary_json
    from scenarios.runner import check_options, left_out, prepared
    from scenarios.runner import run as run_scenario
    from scenarios.simulation.command_log import read_log

    check_options(part, draws)
    omitted = left_out(without)
    check_as_of(as_of)
    if out is not None:
        given_files = [] if commands is None else [commands]
        check_free(out, force, files_in(scenario, *plugins, *given_files))
    changes = [*sets, *([] if seed is None else [f"seed={seed}"])]
    loaded = load_scenario(scenario, changes, plugins)
    loaded, undeclared = prepared(loaded, part)
    print_notices([*loaded.notices, *undeclared], quiet)
    given = () if commands is None else read_log(commands, loaded).commands
    with Progress(quiet) as progress:
        result = run_scenario(
            loaded,
            part=part,
            draws=draws,
            luck=luck,
            without=omitted,
            commands=given,
            progress=progress,
        ).titled(title, as_of)
        progress(t("writing"), 0.97)
        with nullcontext(out) if out else numbered(loaded.file.name) as folder:
            write_run(stamped(result, loaded), folder, force=force)
    if as_json:
        print_json(summary_json(result.summary))
    else:
        print_summary(result, folder)
    for number, why in result.refused:
        print_notices([t("command {n} is refused: {why}", n=number, why=render(why))], quiet)
    print_seal(folder, as_json, quiet)
    if result.exit_code == 3:
        print_infeasible(result.summary)
    raise typer.Exit(result.exit_code)
