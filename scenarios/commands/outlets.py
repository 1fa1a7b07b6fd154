"""`permits outlets`: a scenario's outlets as readings, cards and messages to play."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from permits.errors import InputError
from scenarios.commands.options import Debug, Force, Lang, Quiet, Seed, Sets, help_of, tell
from scenarios.text import t


def add_to(app: typer.Typer) -> None:
    """Put the command of this file into `app`."""
    app.command(
        help=help_of(
            "Hourly readings of a scenario's outlets, made up below the day, to send and watch.",
            "permits outlets jiaxing-dyers-2018 --out outlets",
            "permits outlets jiaxing-dyers-2018 --from 2018-03-01 --days 7 --out outlets",
        )
    )(outlets)


def outlets(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help=t("Name or file."))],
    out: Annotated[Path, typer.Option("--out", help=t("Folder to write to."))],
    begins: Annotated[
        str | None, typer.Option("--from", help=t("The first day; default the scenario's."))
    ] = None,
    days: Annotated[int, typer.Option("--days", help=t("How many days."))] = 31,
    firms: Annotated[int, typer.Option("--firms", help=t("How many firms at most."))] = 20,
    seed: Seed = None,
    sets: Sets = [],  # noqa: B006
    force: Force = False,
    quiet: Quiet = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    from scenarios.definition.load import load_scenario
    from scenarios.monitoring.wire.generate import make_outlets
    from scenarios.results.stores.folder import new_folder

    changes = [*sets, *([] if seed is None else [f"seed={seed}"])]
    loaded = load_scenario(scenario, changes)
    made = make_outlets(loaded, begins=_day(begins), days=days, most=max(firms, 1))
    source = (
        f"Outlets of {loaded.file.name}, made by `permits outlets`. The emission of each day is "
        "drawn as in the simulated\nyear before any measure; all below the day, cards and "
        "purchases are made up: status `assumed`, source\n[ModelAssumption]. No number was "
        "measured anywhere.\n"
    )
    with new_folder(out, force=force) as part:
        for name, text in {**made.files, "SOURCE.md": source}.items():
            (part / name).write_text(text, encoding="utf-8", newline="")
    said = t(
        "{outlets} outlets, {hours} hours, made up below the day: {folder}",
        outlets=made.outlets,
        hours=made.hours,
        folder=str(out),
    )
    tell([said], quiet)


def _day(said: str | None) -> date | None:
    if said is None:
        return None
    try:
        return datetime.strptime(said, "%Y-%m-%d").date()  # noqa: DTZ007
    except ValueError:
        raise InputError(
            "outlets.day",
            "{said!r} is not a day",
            where="--from",
            mend="write for example 2017-03-01",
            said=said,
        ) from None
