"""`permits meter`: readings into masses, card balances and events."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scenarios.commands.options import (
    DONE,
    MEND,
    Debug,
    Force,
    Json,
    Lang,
    Out,
    Quiet,
    help_of,
    print_json,
    tell,
)
from scenarios.text import render, t

if TYPE_CHECKING:
    from scenarios.bulk import Asked, Outcome


def add_to(app: typer.Typer) -> None:
    """Put the commands of this file into `app`."""
    app.command(
        help=help_of(
            "Readings into masses, card balances and events.",
            "permits meter readings.csv --cards cards.csv --out metered",
            'permits meter "2017-*.parquet" --by day --missing conservative --out metered',
        )
    )(meter)


def meter(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help=t("Readings."))],
    cards: Annotated[str | None, typer.Option("--cards", help=t("Table of cards."))] = None,
    by: Annotated[str, typer.Option("--by", help="hour|day|month")] = "month",
    missing: Annotated[
        str | None,
        typer.Option("--missing", help="none|hjt75_2007|hj75_2017|part75|conservative"),
    ] = None,
    zone: Annotated[
        str | None, typer.Option("--zone", help=t("Where clocks change: America/New_York."))
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", help=t("Address of a Dask cluster."))
    ] = None,
    out: Out = None,
    force: Force = False,
    as_json: Json = False,
    quiet: Quiet = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    from scenarios.bulk import Asked
    from scenarios.bulk.told import notices_of, print_told, to_told
    from scenarios.stores.folder import check_free

    asked = Asked(tuple(files), cards, by, missing, zone)  # type: ignore[arg-type]
    if out is not None:
        check_free(out, force)
    outcome = _metered(asked, scheduler, out, force, quiet)
    tell(notices_of(outcome), quiet)
    print_json(to_told(outcome)) if as_json else print_told(outcome)
    for error in outcome.mistakes:
        for line in render(error).splitlines():
            tell([f"{t('error')}: {line}"], quiet=False)
    raise typer.Exit(MEND if outcome.mistakes else DONE)


def _metered(
    asked: Asked, scheduler: str | None, out: Path | None, force: bool, quiet: bool
) -> Outcome:
    """The outcome, written to `out` where that is wanted."""
    from scenarios.attention import Progress
    from scenarios.bulk import meter_files
    from scenarios.bulk.shares import meter_on_cluster
    from scenarios.bulk.told import spilling, write_tables
    from scenarios.stores.folder import new_folder

    with ExitStack() as stack:
        progress = stack.enter_context(Progress(quiet))
        folder = None if out is None else stack.enter_context(new_folder(out, force=force))
        if scheduler is not None:
            outcome = meter_on_cluster(asked, scheduler)
        elif folder is not None and asked.by == "hour":
            spill = stack.enter_context(spilling(folder / "masses.csv", asked.by))
            outcome = meter_files(asked, say=progress, spill=spill)
        else:
            outcome = meter_files(asked, say=progress)
        if folder is not None:
            write_tables(outcome, folder)
    return outcome
