"""`permits meter`: conversion of readings into masses, card balances and events."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from permits.errors import InputError, ManyErrors, RightsError
from scenarios.commands.options import (
    DONE,
    MEND,
    Debug,
    Force,
    Json,
    Lang,
    Memory,
    Out,
    Quiet,
    help_of,
    number_option,
    print_json,
    print_notices,
)
from scenarios.intake.option_needs import check_needs
from scenarios.text import render, t
from scenarios.text.terminal import say

if TYPE_CHECKING:
    from scenarios.api import MeterAnswer
    from scenarios.monitoring.watch.input_tables import InputLog


def add_to(app: typer.Typer) -> None:
    """Add the command `meter` to `app`."""
    app.command(
        help=help_of(
            "Convert readings into masses, card balances and events.",
            "permits meter readings.csv --cards cards.csv --out metered",
            'permits meter "2017-*.parquet" --by day --missing conservative --out metered',
            "permits meter readings.csv --hints --limit NMHC=60mg/m3",
            "permits meter readings.csv --cards cards.csv --watch --speed 864000",
            "permits meter readings.csv --cards cards.csv --page --out metered",
            "permits meter --materials solvents.xlsx --cards cards.csv",
        )
    )(meter)


def meter(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE]...", help=t("Files of readings, or a pattern in quotation marks.")
        ),
    ] = None,
    cards: Annotated[str | None, typer.Option("--cards", help=t("Table of cards."))] = None,
    by: Annotated[
        str, typer.Option("--by", help=t("Period of the masses: hour, day or month."))
    ] = "month",
    missing: Annotated[
        str | None,
        typer.Option(
            "--missing",
            help=t("Rule for gaps: none, hjt75_2007, hj75_2017, part75 or conservative."),
        ),
    ] = None,
    zone: Annotated[
        str | None,
        typer.Option("--zone", help=t("Time zone with clock changes: America/New_York.")),
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", help=t("Address of a Dask cluster."))
    ] = None,
    hints: Annotated[bool, typer.Option("--hints", help=t("List suspicious readings."))] = False,
    limits: Annotated[
        list[str],
        typer.Option("--limit", help=t("Emission limit for --hints: NMHC=60mg/m3, COD=50mg/L.")),
    ] = [],  # noqa: B006
    wire: Annotated[
        bool,
        typer.Option("--wire", help=t("Report the effect of rounding on the reported totals.")),
    ] = False,
    materials: Annotated[
        str | None, typer.Option("--materials", help=t("Table of monthly solvent balances."))
    ] = None,
    conversions: Annotated[
        list[str],
        typer.Option(
            "--conversion", help=t("Conversion to a card's basis: VOC:flow_concentration=0.8.")
        ),
    ] = [],  # noqa: B006
    watch: Annotated[
        bool, typer.Option("--watch", help=t("Show the cards and their controllers live."))
    ] = False,
    page: Annotated[
        bool, typer.Option("--page", help=t("Write charts of the cards' year: cards.html."))
    ] = False,
    messages: Annotated[
        str | None,
        typer.Option("--messages", help=t("Table of further controller inputs: top-ups, …")),
    ] = None,
    speed: Annotated[
        float | None,
        number_option("--speed", t("Speed of --watch, as a multiple of real time.")),
    ] = None,
    out: Out = None,
    force: Force = False,
    memory: Memory = "",
    as_json: Json = False,
    quiet: Quiet = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    """Meter readings or solvent balances, or run the cards' controllers on readings."""
    from scenarios import api
    from scenarios.commands.progress import Progress

    if watch and out is not None and not page:
        check_needs("meter --watch", {"--out"})
    if files and (watch or page):
        left = _controllers(
            files, cards, messages, out if page else None, force, speed, watch, quiet
        )
        _tell_mistakes(left)
        raise typer.Exit(MEND if left else DONE)
    with Progress(quiet) as progress:
        answer = api.meter(
            files or (), cards, by=by, missing=missing, zone=zone, scheduler=scheduler,
            hints=hints, limits=limits, wire=wire, materials=materials, conversions=conversions,
            out=out, force=force, progress=progress,
        )  # fmt: skip
    print_notices(answer.notices, quiet)
    print_json(answer.summary) if as_json else _print_metered(answer)
    _tell_mistakes(answer.mistakes)
    raise typer.Exit(MEND if answer.mistakes else DONE)


def _print_metered(answer: MeterAnswer) -> None:
    from scenarios.monitoring.files.meter_report import print_meter
    from scenarios.results.console import print_hints, print_materials, print_wire

    if answer.outcome is None:
        print_materials(answer.summary)
        return
    print_meter(answer.outcome)
    for name, show in (("hints", print_hints), ("wire", print_wire)):
        if name in answer.summary:
            show(answer.summary[name])


def _tell_mistakes(mistakes: Iterable[RightsError]) -> None:
    for error in mistakes:
        for line in render(error).splitlines():
            print_notices([f"{t('error')}{t(': ')}{line}"], quiet=False)


def _controllers(
    files: list[str],
    cards: str | None,
    messages: str | None,
    out: Path | None,
    force: bool,
    speed: float | None,
    live: bool,
    quiet: bool,
) -> list[RightsError]:
    """Run the cards' controllers on the readings: as a page, live, or both.

    Returns: the errors of files that could not be read; the other files are shown.
    """
    from scenarios.api.arguments import files_in
    from scenarios.monitoring.files.file_kinds import find_names
    from scenarios.monitoring.watch import TEN_DAYS, card_year, notes_of, play_files
    from scenarios.results.stores.folder import CARD_PAGE, new_folder

    if cards is None or (not live and out is None):
        raise InputError(
            "meter.watch",
            "there are no cards to show, or no folder to write their page to",
            mend="give --cards FILE, and with --page also --out DIR",
        )
    mistakes: list[RightsError] = []
    found = find_names(files, mistakes)
    if not found:
        raise ManyErrors(mistakes)
    reels: list[InputLog] = []

    def hear(reel: InputLog) -> None:
        if not reels:
            print_notices(notes_of(reel), quiet)
        reels.append(reel)

    if out is not None:
        read = files_in(*found, cards, messages)
        with new_folder(out, force=force, inputs=read, about={"kind": "cards"}) as part:
            text = card_year(found, cards, messages, hear=hear)
            (part / CARD_PAGE).write_text(text, encoding="utf-8")
        say(t("Written: {path}", path=out / CARD_PAGE))
    if live:
        play_files(found, cards, messages, speed=TEN_DAYS if speed is None else speed, hear=hear)
    return [*mistakes, *reels[0].mistakes]
