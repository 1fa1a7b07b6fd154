"""`permits outlets`: test readings, cards and messages made from a scenario."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from permits.errors import InputError
from scenarios.commands.options import (
    Debug,
    Force,
    Lang,
    Quiet,
    Seed,
    Sets,
    help_of,
    number_option,
    print_notices,
)
from scenarios.text import t

Days = Annotated[int, number_option("--days", t("Number of days."))]
Firms = Annotated[int, number_option("--firms", t("Maximum number of firms."))]


def add_to(app: typer.Typer) -> None:
    """Add the command `outlets` to `app`."""
    app.command(
        help=help_of(
            "Generate hourly test readings for a scenario's outlets (daily totals simulated, "
            "hours invented).",
            "permits outlets jiaxing-dyers-2018 --out outlets",
            "permits outlets jiaxing-dyers-2018 --from 2018-03-01 --days 7 --out outlets",
        )
    )(outlets)


def outlets(
    scenario: Annotated[
        str,
        typer.Argument(
            metavar="SCENARIO", help=t("Name of a shipped scenario, or a scenario file.")
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help=t("Output folder."))],
    begins: Annotated[
        str | None, typer.Option("--from", help=t("First day (default: the scenario's first day)."))
    ] = None,
    days: Days = 31,  # assumed: one month, since cards are loaded by the month  # a whole month
    firms: Firms = 20,  # assumed: as many as fit the screen of --watch
    seed: Seed = None,
    sets: Sets = [],  # noqa: B006
    force: Force = False,
    quiet: Quiet = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    """Write hourly test readings, cards and messages for a scenario's outlets."""
    from scenarios.definition.load import load_scenario
    from scenarios.monitoring.wire.generate import make_outlets
    from scenarios.results.stores.folder import new_folder

    changes = [*sets, *([] if seed is None else [f"seed={seed}"])]
    loaded = load_scenario(scenario, changes)
    made = make_outlets(loaded, begins=_day(begins), days=days, most=firms)
    source = (
        f"Outlets of {loaded.file.name}, made by `permits outlets`. The emission of each day is "
        "drawn as in the simulated\nyear before any measure; hourly values, cards and "
        "purchases are invented: status `assumed`, source\n[ModelAssumption]. No number was "
        "measured anywhere.\n"
    )
    about = {"kind": "outlets", "scenario": loaded.file.name}
    with new_folder(out, force=force, inputs=loaded.read_files, about=about) as part:
        for name, text in {**made.files, "SOURCE.md": source}.items():
            (part / name).write_text(text, encoding="utf-8", newline="")
    said = t(
        "{outlets} outlets, {hours} hours, hourly values invented: {folder}",
        outlets=made.outlets,
        hours=made.hours,
        folder=str(out),
    )
    print_notices([said], quiet)


def _day(said: str | None) -> date | None:
    if said is None:
        return None
    try:
        return datetime.strptime(said, "%Y-%m-%d").date()  # noqa: DTZ007
    except ValueError:
        raise InputError(
            "outlets.day",
            "{said!r} is not a date",
            where="--from",
            mend="write for example 2017-03-01",
            said=said,
        ) from None
