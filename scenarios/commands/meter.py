"""`permits meter`: conversion of readings into masses, card balances and events."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
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
    Out,
    Quiet,
    help_of,
    print_json,
    tell,
)
from scenarios.text import render, t

if TYPE_CHECKING:
    from scenarios.monitoring.files import Asked, Outcome
    from scenarios.monitoring.files.series import Look
    from scenarios.monitoring.watch.input_tables import Reel


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
        typer.Option("--speed", help=t("Speed of --watch, as a multiple of real time.")),
    ] = None,
    out: Out = None,
    force: Force = False,
    as_json: Json = False,
    quiet: Quiet = False,
    lang: Lang = "",
    debug: Debug = False,
) -> None:
    """Meter readings or solvent balances, or run the cards' controllers on readings."""
    from scenarios.monitoring.files import Asked
    from scenarios.monitoring.files.meter_report import notices_of, print_told, to_told
    from scenarios.results.console import print_hints, print_wire
    from scenarios.results.stores.folder import check_free

    _check_used({"--messages": messages and not (watch or page), "--speed": speed and not watch})
    if materials is None:
        _check_used({"--conversion": conversions, "--limit": limits and not hints})
    else:
        idle = {"--hints": hints, "--wire": wire, "--limit": limits, "--by": by != "month"}
        idle |= {"--watch": watch, "--page": page}
        _check_used({**idle, "--missing": missing, "--zone": zone, "--scheduler": scheduler})
    if materials is not None or not files:
        _balances(materials, files, cards, conversions, out, force, as_json, quiet)
        return
    if watch or page:
        left = _controllers(
            files, cards, messages, out if page else None, force, speed, watch, quiet
        )
        _tell_mistakes(left)
        raise typer.Exit(MEND if left else DONE)
    asked = Asked(tuple(files), cards, by, missing, zone)  # type: ignore[arg-type]
    if out is not None:
        check_free(out, force)
    looks = _look_again(files, zone, limits, hints, wire)
    outcome = _metered(asked, scheduler, out, force, quiet, looks)
    tell(notices_of(outcome), quiet)
    if as_json:
        print_json(to_told(outcome) | {name: look.rows for name, look in looks.items()})
    else:
        print_told(outcome)
        for name, look in looks.items():
            print_hints(look.rows) if name == "hints" else print_wire(look.rows)
    _tell_mistakes(outcome.mistakes)
    raise typer.Exit(MEND if outcome.mistakes else DONE)


def _tell_mistakes(mistakes: Iterable[RightsError]) -> None:
    for error in mistakes:
        for line in render(error).splitlines():
            tell([f"{t('error')}{t(': ')}{line}"], quiet=False)


def _check_used(idle: dict[str, object]) -> None:
    """Refuse options that would have no effect, rather than ignore them."""
    for option, given in idle.items():
        if given:
            raise InputError(
                "meter.idle",
                "{option} has no effect here",
                where=option,
                mend="--limit goes with --hints, --conversion with --materials, --messages with "
                "--watch or --page, --speed with --watch, and the other options with readings",
                option=option,
            )


def _balances(
    materials: str | None,
    files: list[str] | None,
    cards: str | None,
    conversions: list[str],
    out: Path | None,
    force: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Meter monthly solvent balances instead of readings."""
    from permits.permit import Basis
    from scenarios.intake.basis_column import parse_conversion
    from scenarios.monitoring.materials import meter_materials
    from scenarios.results.console import print_materials

    if materials is None or files:
        raise InputError(
            "meter.what",
            "give files of readings, or --materials with one table of balances",
            mend="meter the two in two runs: a mass keeps its accounting basis",
        )
    given = [parse_conversion(c, Basis.MATERIAL_BALANCE, "--conversion") for c in conversions]
    metered = meter_materials(materials, cards=cards, conversions=given)
    tell(metered.notices, quiet)
    if out is not None:
        metered.write(out, force=force)
    print_json(metered.told()) if as_json else print_materials(metered.told())


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
    from scenarios.monitoring.files.file_kinds import find_names
    from scenarios.monitoring.watch import TEN_DAYS, card_year, notes_of, play
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
    reels: list[Reel] = []

    def hear(reel: Reel) -> None:
        if not reels:
            tell(notes_of(reel), quiet)
        reels.append(reel)

    if out is not None:
        with new_folder(out, force=force) as part:
            text = card_year(found, cards, messages, hear=hear)
            (part / CARD_PAGE).write_text(text, encoding="utf-8")
        print(t("Written: {path}", path=out / CARD_PAGE))
    if live:
        play(found, cards, messages, speed=TEN_DAYS if speed is None else speed, hear=hear)
    return [*mistakes, *reels[0].mistakes]


def _look_again(
    files: list[str], zone: str | None, limits: list[str], hints: bool, wire: bool
) -> dict[str, Look]:
    """Examine whole series for hints and rounding, in addition to the masses."""
    from scenarios.monitoring.files.rounded_off import look_at_wire
    from scenarios.monitoring.files.series_hints import look_for_hints, parse_limit

    given = dict(parse_limit(text, "--limit") for text in limits)
    looks = {}
    if hints:
        looks["hints"] = look_for_hints(files, zone=zone, limits_ng_per_l=given)
    if wire:
        looks["wire"] = look_at_wire(files, zone=zone)
    return looks


def _metered(
    asked: Asked,
    scheduler: str | None,
    out: Path | None,
    force: bool,
    quiet: bool,
    looks: dict[str, Look],
) -> Outcome:
    """Meter the readings; write the tables to `out` if given."""
    from scenarios.commands.progress import Progress
    from scenarios.monitoring.files import meter_files
    from scenarios.monitoring.files.cluster import meter_on_cluster
    from scenarios.monitoring.files.meter_report import spilling, write_tables
    from scenarios.results.stores.folder import new_folder

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
            for look in looks.values():
                look.write(folder)
    return outcome
