"""From files to the live view, or to the page of a year."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from permits.card import DeviceRules
from scenarios.monitoring.files.meter_report import TEXTS
from scenarios.monitoring.watch.card_months import add_up
from scenarios.monitoring.watch.card_page import card_page
from scenarios.monitoring.watch.controller_replay import replay_controllers
from scenarios.monitoring.watch.input_tables import FilePath, InputLog, read_input_log
from scenarios.monitoring.watch.screen import TEN_DAYS, watch
from scenarios.monitoring.watch.snapshot import Snapshot
from scenarios.text import language, set_language, t

if TYPE_CHECKING:
    from rich.console import Console


def play_files(
    readings: FilePath | Sequence[FilePath],
    cards: FilePath,
    messages: FilePath | None = None,
    *,
    lang: str | None = None,
    speed: float | None = TEN_DAYS,
    rules: DeviceRules | None = None,
    console: Console | None = None,
    hear: Callable[[InputLog], object] = id,
) -> Snapshot | None:
    """Replay cards live on a meter's readings, as `permits meter --watch` does.

    Args:
        readings: tables of readings, as `read_reel` takes them.
        cards: table of cards.
        messages: table of messages.
        lang: `en` or `zh`; by default the language in force.
        speed: multiple of real time; `None`: as fast as it can be drawn.
        rules: rules of the devices, by default the standard ones.
        console: where to draw; by default standard output.
        hear: called with the input log before it is shown.
    Returns: the last moment.
    Raises: KeyboardInterrupt after Ctrl-C, when the terminal is as it was.
    """
    before = language()
    set_language(lang or before)
    try:
        reel = read_input_log(readings, cards, messages, rules=rules)
        hear(reel)
        return watch(replay_controllers(reel), reel.names, speed=speed, console=console)
    finally:
        set_language(before)


def card_year(
    readings: FilePath | Sequence[FilePath],
    cards: FilePath,
    messages: FilePath | None = None,
    *,
    lang: str | None = None,
    rules: DeviceRules | None = None,
    hear: Callable[[InputLog], object] = id,
) -> str:
    """The same replay as a page of charts (HTML): each card's months, balance and events.

    Args:
        readings: tables of readings, as `read_reel` takes them.
        cards: table of cards.
        messages: table of messages.
        lang: `en` or `zh`; by default the language in force.
        rules: rules of the devices, by default the standard ones.
        hear: called with the input log before it is shown.
    """
    before = language()
    set_language(lang or before)
    try:
        reel = read_input_log(readings, cards, messages, rules=rules)
        hear(reel)
        # All of it first: the steps share one mapping of outlets, which then holds the end.
        frames = list(replay_controllers(reel))
        years = add_up(frames, reel.names, reel.outlets)
        ends = frames[-1].outlets if frames else reel.outlets
        return card_page(years, ends, notes=[t(ASSUMED), *notes_of(reel)])
    finally:
        set_language(before)


ASSUMED = (
    "Readings contain no valve positions: without valve measurements, each valve is assumed "
    "to follow its order after two minutes."
)


def notes_of(reel: InputLog) -> Iterator[str]:
    """Notes on excluded readings, cards without readings, and interpreted values."""
    if reel.unmeasured:
        yield t("1 reading without a valid value was excluded." if reel.unmeasured == 1 else
                "{count} readings without a valid value were excluded.",
                count=f"{reel.unmeasured:,}")  # fmt: skip
    for reason, count in reel.aside.items():
        yield f"{count:,} × {t(TEXTS[reason])} ({t('excluded')})"
    if reel.silent:
        yield t("1 card had no reading: {card}" if len(reel.silent) == 1 else
                "{count} cards had no reading; the first is {card}",
                count=f"{len(reel.silent):,}", card=reel.silent[0])  # fmt: skip
    yield from reel.notices
